"""Reading of attribute tables: UTF-8, tabs, LF or CRLF, no quoting; a .csv with commas is taken too, and said.

What breaks a rule is a finding with its line and attribute; no content of a file makes this raise.
"""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from backend.errors import BadInput, TooLarge
from backend.model_study import Finding
from backend.study_files.findings import Findings
from backend.study_files.tables import RESERVED, AttributeTable, Cell, cell, written
from backend.study_files.unpack import opened, plain_name

MOST_BYTES = 128 << 20
MOST_CELLS = 20_000_000
LONGEST_NAME = 255
_OTHER_ENCODINGS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_Row = tuple[int, list[str]]  # line, cells


def read_table(source: Path | BinaryIO, file: str) -> tuple[AttributeTable | None, tuple[Finding, ...]]:
    """The table and what is wrong with it; None when it cannot be used. file: what the user calls it.

    Raises Unavailable when the disk fails.
    """
    found = Findings(file)
    try:
        text = decoded(_body(source, file), file)
        table = _table(text, file, found)
    except (BadInput, TooLarge) as error:
        found.add_failure(error)
        table = None
    return table if not found.errors else None, found.all()


def _body(source: Path | BinaryIO, file: str) -> bytes:
    if isinstance(source, Path):
        with opened(source, file, MOST_BYTES) as stream:
            return stream.read()
    body = source.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise TooLarge(f"{file} has more than {MOST_BYTES >> 20} MB.", "Give a smaller table.")
    return body


def decoded(body: bytes, file: str) -> str:
    """The text without a byte order mark. Raises BadInput with the line that is no UTF-8, or holds NUL."""
    if body.startswith(_OTHER_ENCODINGS):
        raise BadInput(f"{file} is UTF-16, not UTF-8.", "Save it as UTF-8.", line=1)
    if (at := body.find(b"\0")) >= 0:
        hint = "It may be UTF-16, or no text at all; save it as UTF-8 text."
        raise BadInput(f"{file} holds a NUL.", hint, *_place(body, at))
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        sign = f"0x{error.object[error.start]:02x}"
        raise BadInput(
            f"{file} is not UTF-8: a byte {sign}.", "Save it as UTF-8.", *_place(body, error.start)
        ) from None


def _place(body: bytes, at: int) -> tuple[int, str]:
    """Line and attribute of a byte."""
    line_start = body.rfind(b"\n", 0, at) + 1
    names = body[: body.find(b"\n")].split(b"\t")
    column = body.count(b"\t", line_start, at)
    line = body.count(b"\n", 0, at) + 1
    name = names[column].strip().decode("utf-8", "replace") if line > 1 and column < len(names) else ""
    return line, name


def _table(text: str, file: str, found: Findings) -> AttributeTable | None:
    if not text.strip():
        found.add("EMPTY_FILE", "The file is empty; its first line must name the attributes.", line=1)
        return None
    rows = _rows(text, plain_name(file).lower().endswith(".csv"), found)
    _, header = next(rows)
    names = tuple(name.strip().strip("\ufeff").strip() for name in header)
    _check_names(names, found)
    kept: list[tuple[int, tuple[Cell, ...]]] = []
    for line, cells in rows:
        kept.append((line, _row(cells, line, names, found)))
        if len(kept) * len(names) > MOST_CELLS:
            raise TooLarge(f"{file} has more than {MOST_CELLS:,} cells.", "Give a smaller table.")
    kept = _filled(kept, found)
    return AttributeTable(file, names, tuple(row for _, row in kept), tuple(line for line, _ in kept))


def _rows(text: str, called_csv: bool, found: Findings) -> Iterator[_Row]:
    """Lines cut into cells. Blank lines are left out: said, unless they are the last."""
    lines = text.split("\n")
    while lines and not lines[-1].strip(" \r"):
        lines.pop()
    separator = _separator(lines[0], called_csv, found)
    for number, line in enumerate(lines, start=1):
        bare = line.removesuffix("\r")
        if "\r" in bare:
            message = "A line end of old Macs stands inside a line; save the file with LF or CRLF."
            found.add("TEXT_LINE_ENDS", message, line=number)
        if number > 1 and not bare.strip(" "):
            found.warn("BLANK_LINE", "A blank line is left out.", line=number)
        else:
            yield number, _cut(bare, separator, number, found)


def _separator(header: str, called_csv: bool, found: Findings) -> str:
    if "\t" in header:
        return "\t"
    for sign, word in ((",", "commas"), (";", "semicolons")):
        if sign in header:
            if called_csv:
                found.warn("NOT_TAB_SEPARATED", f"The table is read with {word} for tabs, and with quotes.", line=1)
                return sign
            found.warn("NOT_TAB_SEPARATED", f"The first line has {word} but no tab: is it one attribute?", line=1)
    return "\t"


def _cut(line: str, separator: str, number: int, found: Findings) -> list[str]:
    if separator == "\t":
        return line.split("\t")
    try:
        cells = next(csv.reader([line], delimiter=separator, strict=True), [""])
        return [one.replace("\t", " ") for one in cells]
    except csv.Error:
        found.add("TEXT_QUOTES", "A quote is not closed in its line, or text follows it.", line=number)
        return []


def _check_names(names: tuple[str, ...], found: Findings) -> None:
    for place, name in enumerate(names, start=1):
        if not name:
            found.add("EMPTY_ATTRIBUTE", f"Column {place} has no name.", line=1, column=str(place))
        if len(name) > LONGEST_NAME:
            message = f"The name of an attribute has more than {LONGEST_NAME} letters."
            found.add("ATTRIBUTE_TOO_LONG", message, line=1, column=name, value=name)
        if name in RESERVED:
            message = f"“{name}” is given by the system; take the column out."
            found.add("RESERVED_ATTRIBUTE", message, line=1, column=name)
    counts = Counter(filter(None, names))
    for name, count in counts.items():
        if count > 1:
            message = f"The attribute “{name[:LONGEST_NAME]}” stands {count} times; a name may stand once."
            found.add("DUP_ATTRIBUTE", message, line=1, column=name, value=name)
    for name, other in same_but_case(counts):
        message = f"“{other}” and “{name}” differ in capitals only."
        found.warn("CASE_ATTRIBUTE", message, line=1, column=name, value=name)


def same_but_case(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names that come after one that differs in capitals only, with that one."""
    first: dict[str, str] = {}
    for name in names:
        other = first.setdefault(name.casefold(), name)
        if other != name:
            yield name, other


def _row(cells: list[str], line: int, names: tuple[str, ...], found: Findings) -> tuple[Cell, ...]:
    """A cell for each attribute. Too few are filled up and said; too many are an error unless they are empty."""
    for more in cells[len(names) :]:
        if more.strip():
            message = f"A cell stands right of the last of the {len(names)} attributes."
            found.add("EXTRA_CELL", message, line=line, value=more)
    if len(cells) < len(names):
        message = f"A row has fewer cells than the {len(names)} attributes; the rest is taken as empty."
        found.warn("SHORT_ROW", message, line=line, column=names[len(cells)])
    row = tuple(map(cell, cells[: len(names)]))
    for name, one, text in zip(names, row, cells, strict=False):
        if "|" in text and written(one) != "|".join(map(str.strip, text.split("|"))).strip():
            found.warn("LIST_VALUE", "An empty value of a list is left out.", line=line, column=name, value=text)
    return row + (None,) * (len(names) - len(row))


def _filled(rows: list[tuple[int, tuple[Cell, ...]]], found: Findings) -> list[tuple[int, tuple[Cell, ...]]]:
    """Rows with at least one value; a single row may be without any: metadata where nothing is known yet."""
    filled = [(line, row) for line, row in rows if any(one is not None for one in row)]
    if len(filled) == len(rows) or not filled:
        return rows
    for line, row in rows:
        if all(one is None for one in row):
            found.warn("BLANK_LINE", "A blank line is left out.", line=line)
    return filled
