"""The data of one group as CSV: fetched to a file, checked to its end, and read as numbers.

One row a feature, its names at the left, then one column a run, headed by the text the run had in its file. An error
while the server writes hides in the last line, which then begins with #.
"""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.aside import aside
from backend.errors import BadAnswer, NotFound, TooLarge
from backend.model_odm import OmicsQuery
from backend.odm.omics import STREAMED, streamed_params
from backend.odm.server import Server
from backend.study.matrix import MOST_STORED, Floats

OnBytes = Callable[[int, float], None]  # bytes until now, seconds
MOST_BYTES = 8_000_000_000
MOST_LINE = 50_000_000  # bytes
BLOCK = 1_000_000  # numbers
_TELL = "Fetch it again; if it stays so, ask those who run the server."
_NONE = frozenset({"", "na", "nan", "null", "none", "n/a", "n\\a", "filtered"})
_GENES = frozenset({"gene", "gene name", "gene_name", "gene symbol", "gene_symbol", "symbol", "hgnc_symbol"})


def fetch(server: Server, query: OmicsQuery, group: str, path: Path, on_bytes: OnBytes | None = None) -> Path:
    """Fetch the data of a group to a file, which is there when it is whole and not before.

    Raises NotFound for an unknown group, BadAnswer naming what the server says at the end of the data, or that it is
    cut, Unavailable (network, disk), TooLarge.
    """
    begun = time.monotonic()
    with aside(path) as part:
        with server.stream(STREAMED, streamed_params(query, group)) as streamed, part.open("wb") as file:
            done = 0
            for piece in streamed.pieces(MOST_BYTES):
                file.write(piece)
                done += len(piece)
                if on_bytes:
                    on_bytes(done, time.monotonic() - begun)
        check_end(part)
    return path


def check_end(path: Path) -> None:
    """Raise BadAnswer when the data end in an error, or in the middle of a row."""
    with path.open("rb") as file:
        first = file.readline(MOST_LINE)
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - MOST_LINE))
        last = first
        for line in file:  # at most MOST_LINE bytes
            last = line if line.strip() else last
    _refuse_error(last)
    if not first.strip():
        raise BadAnswer("The server sent no data.", _TELL)
    if first.lstrip()[:1] in (b"<", b"{"):
        raise BadAnswer("The server sent something else where a table was due.", _TELL)
    separator = _separator(first.decode("utf-8", "replace"))
    if len(_cells(_text(last), separator)) != len(_cells(_text(first), separator)):
        raise BadAnswer("The data of the server end in the middle of a row.", _TELL)


def _text(line: bytes) -> str:
    return line.decode("utf-8-sig", "replace").rstrip("\r\n")


def _refuse_error(line: bytes) -> None:
    if line.lstrip().startswith(b"#"):
        said = " ".join(line.decode("utf-8", "replace").lstrip("# ").split())[:300]
        raise BadAnswer(f"The server broke off the data: {said or 'without saying why'}.", _TELL)


def _separator(header: str) -> str:
    return "\t" if header.count("\t") > header.count(",") else ","


@dataclass(frozen=True)
class Outline:
    """What a fetched file holds, without its numbers. ids: of features; names: their gene, "" where none is told.

    runs: headers of the columns of numbers. n_infinite: numbers that are infinite, and come as NaN.
    """

    path: Path
    n_leading: int
    ids: tuple[str, ...]
    names: tuple[str, ...]
    runs: tuple[str, ...]
    n_infinite: int


def outline(path: Path, n_leading: int) -> Outline:
    """The features and runs of a file; numbers are not read yet. n_leading: columns of features at its left.

    Raises BadAnswer naming the line that has other columns, NotFound when there is no feature, TooLarge.
    """
    ids, names, infinite = [], [], 0
    with _opened(path) as (header, separator, rows):
        if len(header) <= n_leading:
            raise BadAnswer(f"The data have {len(header)} columns; {n_leading} of them should name features.", _TELL)
        gene = next((place for place in range(1, n_leading) if header[place].strip().casefold() in _GENES), None)
        for line, text in rows:
            leading = _leading(text, line, separator, n_leading, len(header))
            ids.append(leading[0].strip())
            names.append(leading[gene].strip() if gene is not None else "")
            if "inf" in text.casefold():
                infinite += int(np.isinf(_numbers(_row(text, line, separator, len(header))[n_leading:], line)).sum())
            if len(ids) * (len(header) - n_leading) > MOST_STORED:
                raise TooLarge(f"The data have over {MOST_STORED:,} values.", "Choose samples or genes.")
    if not ids:
        raise NotFound("The server has no feature for this choice.", "Choose other genes, samples or values.")
    return Outline(path, n_leading, tuple(ids), tuple(names), tuple(header[n_leading:]), infinite)


def blocks(found: Outline, places: Sequence[int]) -> Iterator[Floats]:
    """The numbers of some columns (places among the runs), some features at a time, (features, len(places)).

    Raises BadAnswer naming the line of what is no number.
    """
    kept, block = np.array(places, dtype=np.intp), []
    rows_at_once = max(1, BLOCK // max(1, len(found.runs)))
    with _opened(found.path) as (header, separator, rows):
        for line, text in rows:
            row = _row(text, line, separator, len(header))
            block.append(_numbers(row[found.n_leading :], line)[kept])
            if len(block) >= rows_at_once:
                yield _finite(block)
                block = []
    if block:
        yield _finite(block)


def _finite(block: list[Floats]) -> Floats:
    values = np.stack(block)
    values[np.isinf(values)] = np.nan
    return values


@contextmanager
def _opened(path: Path) -> Iterator[tuple[list[str], str, Iterator[tuple[int, str]]]]:
    """Header, separator, and the lines below it, numbered, without empty ones."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = file.readline(MOST_LINE)
        separator = _separator(first)
        lines = enumerate(iter(lambda: file.readline(MOST_LINE), ""), start=2)
        stripped = ((number, line.rstrip("\r\n")) for number, line in lines)
        yield _cells(first.rstrip("\r\n"), separator), separator, ((number, line) for number, line in stripped if line)


def _cells(line: str, separator: str) -> list[str]:
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error as error:
        raise BadAnswer(f"The data of the server are no table: {error}.", _TELL) from error


def _leading(text: str, line: int, separator: str, n_leading: int, wanted: int) -> list[str]:
    """The cells of features of a line, whose columns are counted but not read."""
    if '"' not in text and text.count(separator) + 1 == wanted:
        return text.split(separator, n_leading)[:n_leading]
    return _row(text, line, separator, wanted)[:n_leading]


def _row(text: str, line: int, separator: str, wanted: int) -> list[str]:
    found = _cells(text, separator)
    if len(found) != wanted:
        _refuse_error(text.encode())
        raise BadAnswer(f"Line {line:,} of the data has {len(found):,} columns instead of {wanted:,}.", _TELL)
    return found


def _numbers(cells: list[str], line: int) -> Floats:
    try:
        found = np.array([float(cell) for cell in cells])
    except ValueError:
        found = np.array([_number(cell, line) for cell in cells])
    with np.errstate(over="ignore"):
        return found.astype(np.float32)


def _number(cell: str, line: int) -> float:
    text = cell.strip()
    if text.casefold() in _NONE:
        return np.nan
    try:
        return float(text)
    except ValueError as error:
        raise BadAnswer(f"“{text[:40]}” in line {line:,} of the data is no number.", _TELL) from error
