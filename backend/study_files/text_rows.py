"""Rows of an expression table: labels at the left, numbers after them, read in blocks of lines."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from backend.errors import BadInput, TooLarge
from backend.study.matrix import MOST_STORED, Floats
from backend.study_files.findings import Findings
from backend.study_files.number_text import NumberText

BLOCK = 4 << 20  # bytes of text that are read at once
MOST_FEATURES, MOST_LABEL_BYTES = 2_000_000, 256 << 20
MOST_WRONG = 2_000  # cells that are no numbers, before reading ends

Lines = Iterable[tuple[int, bytes]]


@dataclass(frozen=True)
class Layout:
    """code: of the rules, GCT or TSV. labels: columns at the left. columns: headers of the columns with numbers.

    quoted: whether cells may stand in quotation marks. texts: columns that were found to hold text, told already.
    """

    file: str
    code: str
    labels: int
    columns: tuple[str, ...]
    missing: tuple[str, ...]
    delimiter: str = "\t"
    quoted: bool = False
    texts: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Rows:
    """A block. lines: numbers of its lines. labels: one tuple of texts a line. values: (lines, columns)."""

    lines: list[int]
    labels: list[tuple[str, ...]]
    values: Floats


class TextRows:
    """Reads the rows once, and notes what is wrong with them.

    stopped: reading ended early because too many cells were no numbers.
    """

    def __init__(self, layout: Layout, findings: Findings) -> None:
        self.layout, self.findings = layout, findings
        self.stopped = False
        self.n_rows = self.n_missing = self.n_wrong = self.n_words = 0
        self.lowest = float("nan")
        self._word: tuple[int, str, str] | None = None
        self._label_bytes = 0
        self._delimiter = layout.delimiter.encode()
        self._numbers = NumberText(len(layout.columns), layout.missing)

    def blocks(self, lines: Lines) -> Iterator[Rows]:
        """Blocks of the rows that have the right number of cells. Raises BadInput with its line for what is no text."""
        numbers: list[int] = []
        rows: list[bytes] = []
        size = 0
        for number, line in self._filled(lines):
            numbers.append(number)
            rows.append(line)
            size += len(line)
            if size >= BLOCK:
                yield self._block(numbers, rows)
                numbers, rows, size = [], [], 0
                if self.stopped:
                    break
        if rows:
            yield self._block(numbers, rows)
        self._tell_words()

    def _filled(self, lines: Lines) -> Iterator[tuple[int, bytes]]:
        """The lines with as many cells as the header. Blank ones are no fault at the end of the file."""
        blank: list[int] = []
        due = self.layout.labels + len(self.layout.columns)
        for number, raw in lines:
            if not raw.strip():
                blank = blank or [number]
                continue
            if blank:
                self.findings.add(f"{self.layout.code}_DIMS", "A line between the rows is empty.", line=blank.pop())
            self.n_rows += 1
            line = self._tabbed(raw, number)
            if (there := line.count(b"\t") + 1) == due:
                yield number, line
            else:
                message = f"A row does not have {due:,} cells as the header does."
                self.findings.add(f"{self.layout.code}_DIMS", message, line=number, value=f"{there:,} cells")
            if self.n_rows > MOST_FEATURES or self.n_rows * len(self.layout.columns) > MOST_STORED:
                raise too_large(self.layout.file, MOST_STORED)

    def _tabbed(self, line: bytes, number: int) -> bytes:
        """The line with tabs between its cells, and none inside."""
        if self.layout.quoted and b'"' in line:
            return "\t".join(cell.replace("\t", " ") for cell in cells(line, number, self.layout)).encode()
        return line if self._delimiter == b"\t" else line.replace(b"\t", b" ").replace(self._delimiter, b"\t")

    def _block(self, numbers: list[int], rows: list[bytes]) -> Rows:
        split = [row.split(b"\t", self.layout.labels) for row in rows]
        texts = [
            tuple(decoded(cell, number, self.layout.file).strip() for cell in parts[: self.layout.labels])
            for number, parts in zip(numbers, split, strict=True)
        ]
        self._label_bytes += sum(sum(map(len, row)) for row in texts)
        if self._label_bytes > MOST_LABEL_BYTES:
            raise TooLarge(f"The labels of {self.layout.file} are longer than 256 MB.", "Leave columns of text out.")
        found = self._numbers.read([parts[self.layout.labels] if self.layout.columns else b"" for parts in split])
        for row, column, text in found.wrong:
            self._tell_wrong(numbers[row], column, text)
            if self.stopped:
                break
        if found.word is not None and self._word is None:
            row, column, text = found.word
            self._word = numbers[row], self.layout.columns[column], text
        self.n_words += found.n_words
        self._count(found.values)
        return Rows(numbers, texts, found.values)

    def _count(self, values: Floats) -> None:
        self.n_missing += int(np.count_nonzero(np.isnan(values)))
        self.lowest = float(np.fmin(self.lowest, np.fmin.reduce(values, axis=None, initial=np.nan)))

    def _tell_wrong(self, line: int, column: int, text: str) -> None:
        if column in self.layout.texts:
            return
        if self.n_wrong >= MOST_WRONG:
            self._stop(line)
            return
        self.n_wrong += 1
        message = "A cell holds something that is not a number."
        name = self.layout.columns[column]
        self.findings.add(f"{self.layout.code}_VALUE", message, line=line, column=name, value=text)

    def _tell_words(self) -> None:
        if self._word is None:
            return
        line, column, text = self._word
        message = "Cells with a word in place of a number are read as missing, not as 0."
        self.findings.add(
            f"{self.layout.code}_VALUE",
            message,
            level="warning",
            line=line,
            column=column,
            value=text,
            count=self.n_words,
        )

    def _stop(self, line: int) -> None:
        self.stopped = True
        message = "Too many cells hold no number; not all were looked at."
        self.findings.add(f"{self.layout.code}_UNREAD", message, line=line)


def cells(line: bytes, number: int, layout: Layout) -> list[str]:
    """The cells of a line that may hold quotation marks. Raises BadInput with the line."""
    text = decoded(line, number, layout.file)
    if not layout.quoted or '"' not in text:
        return text.split(layout.delimiter)
    try:
        return next(csv.reader([text], delimiter=layout.delimiter, strict=True))
    except (csv.Error, StopIteration) as error:
        message = f"A quotation mark in line {number} of {layout.file} is not closed."
        raise BadInput(message, "Save the table without quotation marks.", line=number) from error


def decoded(raw: bytes, number: int, file: str) -> str:
    """Text of a line. Raises BadInput with the line."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"Line {number} of {file} is not text in UTF-8."
        raise BadInput(message, "Save it as UTF-8.", line=number) from error
    if "\0" in text:
        raise BadInput(f"Line {number} of {file} is not text.", "Give a table, as text.", line=number)
    return text


def too_large(file: str, most: int) -> TooLarge:
    """A matrix with more numbers, or features, than can be kept."""
    return TooLarge(
        f"{file} has more than {most:,} numbers or {MOST_FEATURES:,} features.", "Split it, or take fewer samples."
    )


def note_features(findings: Findings, code: str, seen: dict[str, int], rows: Rows, demotable: bool = False) -> None:
    """Notes ids that are empty or stand twice. seen: the line of each id so far; grows."""
    for line, labels in zip(rows.lines, rows.labels, strict=True):
        name = labels[0]
        if not name:
            findings.add(f"{code}_EMPTY_FEATURE", "A row has no id in its first column.", line=line)
        elif (first := seen.setdefault(name, line)) != line:
            message = f"The id stands in line {first} already."
            findings.add(f"{code}_DUP_FEATURE", message, line=line, value=name, demotable=demotable)
