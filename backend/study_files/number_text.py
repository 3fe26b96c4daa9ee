"""Numbers out of text, by lines: fast where every cell is plain, cell by cell where one is not.

Both ways know the same numbers, whatever the locale: digits with a point, with an exponent in e or E; nothing else.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.study.matrix import Floats, as_float32

NA_TEXTS = ("NA", "N/A", "N\\A", "NaN", "null", "filtered")
INFINITE = ("Inf", "-Inf", "+Inf")
LONGEST = 200  # bytes of a cell that are shown
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_PLAIN = b"0123456789+-.eE\t\n"
_TRAPS = re.compile(rb"[^ A-Za-z/\\]|tru|fals", re.IGNORECASE)  # pandas takes True for 1, and cuts cells at a NUL


@dataclass(frozen=True)
class Cells:
    """Numbers of some lines. values: (lines, width), NaN for missing.

    wrong: (line, column, text) of cells that are no number. n_words: cells that say in a word that they are missing;
    word: the (line, column, text) of the first of them.
    """

    values: Floats
    wrong: list[tuple[int, int, str]] = field(default_factory=list)
    n_words: int = 0
    word: tuple[int, int, str] | None = None


class NumberText:
    """Reads lines of `width` cells with tabs between them.

    missing: words for a missing number, whatever their case, besides an empty cell.
    """

    def __init__(self, width: int, missing: tuple[str, ...]) -> None:
        self.width = width
        self.missing = {word.casefold().encode() for word in missing}
        words = [word for word in missing if word not in INFINITE]  # pandas would take 1e400 for one of these
        self._spellings = sorted({spelt for word in words for spelt in (word, word.lower(), word.upper())} | {""})

    def read(self, lines: list[bytes]) -> Cells:
        """lines: each with exactly `width` cells, without their ends."""
        if not lines or not self.width:
            return Cells(np.empty((len(lines), self.width), dtype=np.float32))
        body = b"\n".join([*lines, b""])
        found = None if self._is_odd(body) else self._fast(body, len(lines))
        return self._by_cell(lines) if found is None else found

    def _is_odd(self, body: bytes) -> bool:
        """Whether the fast reader may take something for a number that is none."""
        return _TRAPS.search(body.translate(None, _PLAIN)) is not None

    def _fast(self, body: bytes, n_lines: int) -> Cells | None:
        """None when some cell is no finite number."""
        try:
            table = pd.read_csv(
                io.BytesIO(body),
                sep="\t",
                header=None,
                names=range(self.width),
                index_col=False,
                dtype=np.float64,
                na_values=self._spellings,
                keep_default_na=False,
                quoting=csv.QUOTE_NONE,
                skip_blank_lines=False,
                lineterminator="\n",
                low_memory=False,
            )
        except (ValueError, OverflowError):  # ParserError is one of them
            return None
        values = as_float32(table.to_numpy())
        return self._with_words(values, body) if values.shape == (n_lines, self.width) else None

    def _with_words(self, values: Floats, body: bytes) -> Cells | None:
        missing = ~np.isfinite(values)
        if not missing.any():
            return Cells(values)
        starts, ends = self._bounds(body)
        for place in np.flatnonzero(np.isinf(values)):
            if body[starts[place] : ends[place]].strip().lower() not in self.missing:
                return None  # a number that is too large
        values[missing] = np.nan
        words = np.flatnonzero(missing.ravel() & (ends > starts))
        if not len(words):
            return Cells(values)
        first = int(words[0])
        text = _text(body[starts[first] : ends[first]].strip())
        return Cells(values, [], len(words), (first // self.width, first % self.width, text))

    def _bounds(self, body: bytes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Where each cell begins and ends."""
        letters = np.frombuffer(body, dtype=np.uint8)
        ends = np.flatnonzero((letters == ord("\t")) | (letters == ord("\n")))
        return np.concatenate([[0], ends[:-1] + 1]), ends

    def _by_cell(self, lines: list[bytes]) -> Cells:
        cells = [[cell.strip() for cell in line.split(b"\t")] for line in lines]
        values = as_float32([[_number(cell) for cell in row] for row in cells])
        values[np.isinf(values)] = np.nan
        wrong: list[tuple[int, int, str]] = []
        words: list[tuple[int, int]] = []
        for place, column in zip(*(found.tolist() for found in np.nonzero(np.isnan(values))), strict=True):
            cell = cells[place][column]
            if cell and cell.lower() in self.missing:
                words.append((place, column))
            elif cell:
                wrong.append((place, column, _text(cell)))
        word = (*words[0], _text(cells[words[0][0]][words[0][1]])) if words else None
        return Cells(values, wrong, len(words), word)


def _number(cell: bytes) -> float:
    return float(cell) if _NUMBER.fullmatch(cell) else float("nan")


def _text(cell: bytes) -> str:
    return cell[:LONGEST].decode("utf-8", "replace")


def is_number(text: str) -> bool:
    """Whether a cell holds a number by the rules of this file."""
    return _NUMBER.fullmatch(text.strip().encode()) is not None
