"""What is wrong with files, gathered: equal findings are counted once, and no more than so many are listed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from backend.errors import ExpronautError
from backend.model_study import Finding, Level

MOST_OF_A_CODE = 200
LONGEST_VALUE = 80


def shortened(value: object, longest: int = LONGEST_VALUE) -> str:
    """A value as it is shown in a report: one line, at most so many letters."""
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in str(value)[: longest * 4]).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


class Findings:
    """The findings of one file. `errors` counts what blocks the import."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: dict[tuple[str, str, str, str], Finding] = {}
        self._listed: Counter[str] = Counter()
        self._more: dict[str, Finding] = {}

    def add(
        self,
        code: str,
        message: str,
        *,
        level: Level = "error",
        line: int | None = None,
        column: str = "",
        value: object = "",
        demotable: bool = False,
        count: int = 1,
    ) -> None:
        """Note a broken rule. message: one sentence, the same for equal cases, so that they are counted together."""
        told = Finding(code, level, self.file, message, line, shortened(column), shortened(value), count, demotable)
        key = (code, told.column, told.value, message)
        if key in self._found:
            self._found[key] = replace(self._found[key], count=self._found[key].count + count)
        elif self._listed[code] < MOST_OF_A_CODE:
            self._listed[code] += 1
            self._found[key] = told
        else:
            self._add_to_rest(told)

    def _add_to_rest(self, told: Finding) -> None:
        rest = self._more.get(told.code) or replace(told, column="", value="", count=0)
        self._more[told.code] = replace(
            rest, count=rest.count + told.count, message="More of this kind, not listed one by one."
        )

    def warn(self, code: str, message: str, *, line: int | None = None, column: str = "", value: object = "") -> None:
        """Note what may be meant so."""
        self.add(code, message, level="warning", line=line, column=column, value=value)

    def add_failure(self, error: ExpronautError, code: str = "UNREADABLE") -> None:
        """Note that reading ended with an error."""
        self.add(code, str(error), line=getattr(error, "line", None), column=getattr(error, "column", None) or "")

    @property
    def errors(self) -> int:
        """How many different errors."""
        return sum(one.level == "error" for one in self._found.values())

    def all(self) -> tuple[Finding, ...]:
        """Errors first, then by line; what is not listed one by one last of its code."""
        found = sorted(self._found.values(), key=lambda one: (one.level, one.line or 0))
        return (*found, *self._more.values())
