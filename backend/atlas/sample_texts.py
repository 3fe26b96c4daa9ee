"""Texts on their way into the sample table: numbered, folded, and stored once where they repeat."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from backend import sample_match

REMEMBERED = 200_000  # texts known again when they repeat; a series lies together, so the last ones are enough


class Codes:
    """Numbers for texts, in order of their first appearance; -1 for None."""

    def __init__(self) -> None:
        self._code: dict[str, int] = {}

    def of(self, value: str | None) -> int:
        return -1 if value is None else self._code.setdefault(value, len(self._code))

    def each(self, values: Sequence[str | None]) -> npt.NDArray[np.int32]:
        return np.fromiter(map(self.of, values), np.int32, len(values))

    @property
    def values(self) -> list[str]:
        return list(self._code)


class Texts:
    """Texts stored once where they repeat, with their words."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: dict[str, tuple[int, str]] = {}
        self._next = 0

    def each(self, values: Sequence[str | None]) -> tuple[npt.NDArray[np.int32], list[str]]:
        """The id, -1 for None, and the folded words of each text."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        new = [value for value in dict.fromkeys(values) if value is not None and value not in self._known]
        self._known.update((text, (self._next + i, sample_match.folded(text))) for i, text in enumerate(new))
        self._next += len(new)
        self._db.executemany("INSERT INTO texts VALUES (?, ?)", ((self._known[text][0], text) for text in new))
        found = [(-1, "") if value is None else self._known[value] for value in values]
        return np.array([code for code, _ in found], np.int32), [words for _, words in found]


def folded_each(values: Sequence[str | None], missing: str = "") -> list[str]:
    """The folded words of every value, folded once for each distinct one."""
    made = {value: sample_match.folded(value) if value else missing for value in set(values)}
    return [made[value] for value in values]
