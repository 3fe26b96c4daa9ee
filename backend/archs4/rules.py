"""The keyword rules of data/tissues/rules.csv, read and checked. data/tissues/NOTICE.md explains the columns."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from backend import settings
from backend.errors import BadInput

Kind = Literal["tissue", "cell line", "tumour"]
KINDS: tuple[Kind, ...] = ("tissue", "cell line", "tumour")
COLUMNS = ("order", "kind", "label", "system", "pattern", "fields", "needs", "unless")
KEYS = ("tissue", "organ", "organ part", "tissue type", "body site", "source tissue", "cell type")
STANDARD = (*KEYS, "source", "title")  # the order in which texts decide

_Pattern = re.Pattern[str] | None


@dataclass(frozen=True)
class Rule:
    """One line of the file.

    words: the pattern as written; pattern: the same for whole words. fields: where it looks.
    needs, unless: None where the file leaves them empty.
    """

    order: int
    kind: Kind
    label: str
    system: str
    words: str
    pattern: re.Pattern[str]
    fields: tuple[str, ...]
    needs: _Pattern
    unless: _Pattern

    def agrees(self, texts: str) -> bool:
        """Whether the texts of a sample, together, hold what the rule needs and nothing that forbids it."""
        if self.needs is not None and not self.needs.search(texts):
            return False
        return self.unless is None or not self.unless.search(texts)


class Search:
    """Several rules, searched for at once."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        # One pass over a text that holds none of the words is ten times faster than a pass for each rule.
        # Numbered groups would change their numbers.
        joined = "|".join(rule.words for rule in rules if not rule.pattern.groups)
        self._any = _whole_words(joined) if joined and not any(rule.pattern.groups for rule in rules) else None

    def matching(self, text: str) -> tuple[Rule, ...]:
        """The rules whose words the text holds, in order."""
        if self._any is not None and not self._any.search(text):
            return ()
        return tuple(rule for rule in self.rules if rule.pattern.search(text))


def read(path: Path | None = None) -> tuple[Rule, ...]:
    """The rules in their order, from `path` or the file in force (settings).

    Raises BadInput, with line and column, when the file is missing or breaks a rule of NOTICE.md.
    """
    path = settings.current().rules if path is None else path
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            _check_columns(reader.fieldnames or (), path)
            rules = [_rule(row, reader.line_num) for row in reader if any(row.values())]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(
            f"The tissue rules in {path.name} cannot be read: {error}.", "Check out data/tissues."
        ) from error
    return _checked(rules)


def fingerprint() -> str:
    """What tells the rules in force from edited ones: SHA-256 of their file. Raises BadInput when it is missing."""
    path = settings.current().rules
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise BadInput(f"The tissue rules {path.name} cannot be read: {error.strerror}.", "Check the path.") from error


def _check_columns(found: Sequence[str], path: Path) -> None:
    if tuple(found) != COLUMNS:
        wanted = ",".join(COLUMNS)
        raise BadInput(f"{path.name} does not begin with the columns {wanted}.", "Restore its first line.", line=1)


def _rule(row: Mapping[str | None, str | None], line: int) -> Rule:
    if None in row or None in row.values():
        raise BadInput(f"Line {line} has not {len(COLUMNS)} columns.", "Quote a pattern that holds a comma.", line=line)
    cell = {str(name): str(value).strip() for name, value in row.items()}
    if not re.fullmatch(r"[1-9]\d{0,5}", cell["order"], re.ASCII):
        raise _bad("order", line, f"“{cell['order']}” is not a number from 1 to 999999")
    kind = next((kind for kind in KINDS if kind == cell["kind"]), None)
    if kind is None:
        raise _bad("kind", line, f"“{cell['kind']}” is none of {', '.join(KINDS)}")
    if cell["kind"] == "tissue" and not (cell["label"] and cell["system"]):
        raise _bad("label", line, "a tissue needs a label and a system")
    fields = tuple(normal_key(name) for name in cell["fields"].split(";") if name.strip()) or STANDARD
    if cell["kind"] == "tissue" and not set(fields) <= set(STANDARD):
        raise _bad("fields", line, f"a tissue is read from {', '.join(STANDARD)} only")
    pattern = _compiled(cell["pattern"], line, "pattern")
    if pattern is None:
        raise _bad("pattern", line, "the pattern is empty")
    return Rule(
        order=int(cell["order"]),
        kind=kind,
        label=cell["label"],
        system=cell["system"],
        words=cell["pattern"],
        pattern=pattern,
        fields=fields,
        needs=_compiled(cell["needs"], line, "needs"),
        unless=_compiled(cell["unless"], line, "unless"),
    )


def _whole_words(pattern: str) -> re.Pattern[str]:
    """The pattern between borders of words; digits may follow, as in "brain1"."""
    return re.compile(rf"(?<!\w)(?:{pattern})(?![^\W\d])")


def _compiled(pattern: str, line: int, column: str) -> _Pattern:
    if not pattern:
        return None
    try:
        re.compile(pattern)  # on its own: "a)(b" would pass between the borders
        return _whole_words(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise _bad(column, line, f"“{pattern[:60]}” is not a regular expression ({error})") from error


def _checked(rules: list[Rule]) -> tuple[Rule, ...]:
    """Sorted; each number once, each label in one system."""
    numbers: set[int] = set()
    systems: dict[str, str] = {}
    for rule in rules:
        if rule.order in numbers:
            raise BadInput(f"Two tissue rules have the number {rule.order}.", "Give each its own.", column="order")
        numbers.add(rule.order)
        if systems.setdefault(rule.label, rule.system) != rule.system:
            both = f"“{systems[rule.label]}” and “{rule.system}”"
            raise BadInput(f"{rule.label} is put under {both}.", "Choose one system.", column="system")
    return tuple(sorted(rules, key=lambda rule: rule.order))


def _bad(column: str, line: int, what: str) -> BadInput:
    hint = "data/tissues/NOTICE.md explains the columns."
    return BadInput(f"Tissue rules, line {line}, {column}: {what}.", hint, line=line, column=column)


@lru_cache(maxsize=1_000)
def normal_key(name: str) -> str:
    """A key of the characteristics as it is compared: without case, underscores and spare blanks."""
    return " ".join(name.replace("_", " ").casefold().split())
