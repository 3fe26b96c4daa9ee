"""Lines of a GEM file: gene, x, y, count, and the cell where one is told; read by pyarrow in blocks of text.

Comments (#) come first, then a header: geneID, geneName in version 0.2, x, y, MIDCount or MIDCounts, ExonCount,
CellID or label. A block that pyarrow refuses is read line by line, which finds the line and the fault.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from pyarrow import csv

from backend.errors import BadInput, TooLarge
from backend.section_files.outline import Floats, Ints

BLOCK = 8 << 20  # bytes of text read at once
LONGEST = 1 << 20  # bytes of a line
MOST_COMMENTS = 1_000
GENE, SYMBOL = ("geneid", "gene"), ("genename",)
COUNT = ("midcount", "midcounts", "umicount", "umicounts", "count", "counts")
CELL = ("cellid", "cell", "cell_id", "label")
_FARTHEST = 2**31 - 1
_TEXT = pa.dictionary(pa.int32(), pa.string())
_HINT = "A GEM has the columns geneID, x, y, MIDCount, separated by tabs."


@dataclass(frozen=True)
class Header:
    """columns: as they stand; the others: the column of each meaning, "" where there is none. lines: up to it.

    comments: name -> value of the lines above, as "OffsetX".
    """

    columns: tuple[str, ...]
    gene: str
    symbol: str
    count: str
    cell: str
    lines: int
    comments: dict[str, str]


@dataclass(frozen=True)
class Lines:
    """A block: names of genes (and symbols, cells), each once, and for each line a place among them, x, y, count.

    symbols: of each gene of the block, "" without such a column. cell: None without such a column.
    """

    genes: list[str]
    symbols: list[str]
    gene: Ints
    x: Ints
    y: Ints
    count: Floats
    cells: list[str]
    cell: Ints | None


def header(stream: BinaryIO, told: str) -> Header:
    """Reads up to the header. Raises BadInput, with its line, when it is none."""
    comments: dict[str, str] = {}
    for number in range(1, MOST_COMMENTS + 2):
        line = stream.readline(LONGEST)
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if line.startswith(b"#"):
            name, _, value = line[1:].decode("utf-8", "replace").strip().partition("=")
            comments[name] = value
            continue
        columns = tuple(one.strip() for one in line.decode("utf-8", "replace").rstrip("\r\n").split("\t"))
        return _header(columns, number, comments, told)
    raise BadInput(f"{told} begins with more than {MOST_COMMENTS:,} comments.", _HINT)


def check_tabs(start: bytes, told: str) -> None:
    """Raises BadInput when a text has the columns of a GEM, but something else than tabs between them."""
    lines = start.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace").splitlines()
    number, line = next(((at, one) for at, one in enumerate(lines, start=1) if not one.startswith("#")), (0, ""))
    for sign, what in ((",", "commas"), (";", "semicolons"), (" ", "blanks")):
        plain = {one.strip().strip('"').casefold() for one in line.split(sign)}
        if {"x", "y"} <= plain and plain & set(COUNT) and plain & {*GENE, *SYMBOL}:
            message = f"The columns of {told} are separated by {what}, as in line {number}."
            raise BadInput(message, "Write it again with tabs between the columns.", line=number)


def _header(columns: tuple[str, ...], number: int, comments: dict[str, str], told: str) -> Header:
    plain = [one.casefold() for one in columns]

    def of(names: tuple[str, ...]) -> str:
        return next((columns[plain.index(name)] for name in names if name in plain), "")

    gene, symbol, count = of((*GENE, *SYMBOL)), of(SYMBOL), of(COUNT)
    lacking = [
        name for name, one in (("geneID", gene), ("x", of(("x",))), ("y", of(("y",))), ("MIDCount", count)) if not one
    ]
    if lacking or len(set(plain)) < len(plain):
        what = f"no column {lacking[0]}" if lacking else "two columns of one name"
        raise BadInput(f"{told} has {what} in its header, line {number}.", _HINT, line=number)
    return Header(columns, gene, symbol if symbol != gene else "", count, of(CELL), number, comments)


def blocks(stream: BinaryIO, head: Header, told: str) -> Iterator[tuple[Lines, int]]:
    """The lines after the header, with the number of bytes of text read so far. Raises BadInput with its line."""
    rest, number, done = b"", head.lines + 1, 0
    while piece := stream.read(BLOCK):
        done += len(piece)
        text = rest + piece
        cut = text.rfind(b"\n") + 1
        text, rest = text[:cut], text[cut:]
        if len(rest) > LONGEST:
            raise TooLarge(f"A line of {told} has more than {LONGEST:,} bytes.", "Check its line ends.")
        if text:
            yield _read(text, head, number, told), done
            number += text.count(b"\n")
    if rest.strip():
        yield _read(rest, head, number, told), done


def _read(text: bytes, head: Header, number: int, told: str) -> Lines:
    """The lines of a block; number: of its first."""
    for kind in (pa.int64(), pa.float64()):
        try:
            found = _made(_table(text, head, kind), head)
        except (pa.ArrowInvalid, pa.ArrowKeyError, UnicodeDecodeError):
            continue
        if _plausible(found):
            return found
    raise _fault(text, head, number, told)


def _table(text: bytes, head: Header, kind: pa.DataType) -> pa.Table:
    x, y = (next(one for one in head.columns if one.casefold() == name) for name in ("x", "y"))
    types = {head.gene: _TEXT, x: kind, y: kind, head.count: kind}
    types |= {one: _TEXT for one in (head.symbol, head.cell) if one}
    return csv.read_csv(
        pa.BufferReader(text),
        csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=list(head.columns)),
        csv.ParseOptions(delimiter="\t", quote_char=False, double_quote=False),
        csv.ConvertOptions(column_types=types, include_columns=list(types), null_values=[], strings_can_be_null=False),
    ).rename_columns(
        ["gene", "x", "y", "count", *(["symbol"] if head.symbol else []), *(["cell"] if head.cell else [])]
    )


def _made(table: pa.Table, head: Header) -> Lines:
    genes, gene = _coded(table["gene"])
    symbols = [""] * len(genes)
    if head.symbol:
        names, which = _coded(table["symbol"])
        places, first = np.unique(gene, return_index=True)
        for place, row in zip(places.tolist(), first.tolist(), strict=True):
            symbols[place] = names[which[row]]
    x, y = (_whole(table[one]) for one in ("x", "y"))
    cells, cell = _coded(table["cell"]) if head.cell else ([], None)
    return Lines(genes, symbols, gene, x, y, table["count"].to_numpy().astype(np.float64), cells, cell)


def _coded(column: pa.ChunkedArray) -> tuple[list[str], Ints]:
    found = column.unify_dictionaries().combine_chunks()
    if isinstance(found, pa.ChunkedArray):  # of no lines, or of several chunks in old versions of pyarrow
        found = found.chunk(0) if found.num_chunks else pa.array([], pa.string()).dictionary_encode()
    return [one.strip() for one in found.dictionary.to_pylist()], found.indices.to_numpy().astype(np.int64)


def _whole(column: pa.ChunkedArray) -> Ints:
    values = column.to_numpy()
    if values.dtype.kind == "f":
        values = np.floor(values)
        if not np.isfinite(values).all() or np.abs(values).max(initial=0) > _FARTHEST:
            raise pa.ArrowInvalid("no coordinate")
    return np.asarray(values, dtype=np.int64)


def _plausible(found: Lines) -> bool:
    far = max(int(np.abs(one).max(initial=0)) for one in (found.x, found.y)) > _FARTHEST
    return not far and bool(np.isfinite(found.count).all() and (found.count >= 0).all()) and "" not in found.genes


def _fault(text: bytes, head: Header, number: int, told: str) -> BadInput:
    """What is wrong with the first line that cannot be read."""
    for at, raw in enumerate(text.splitlines(), start=number):
        if not raw.strip():
            continue
        what = _wrong(raw, head)
        if what:
            return BadInput(f"Line {at} of {told}: {what}.", "Correct it, or get the file again.", line=at)
    return BadInput(f"{told} cannot be read from line {number} on.", _HINT, line=number)


def _wrong(raw: bytes, head: Header) -> str:
    try:
        cells = raw.decode("utf-8").split("\t")
    except UnicodeDecodeError:
        return "it is not text in UTF-8"
    if len(cells) != len(head.columns):
        return f"it has {len(cells)} cells, the header has {len(head.columns)}"
    for name, cell in zip(head.columns, cells, strict=True):
        if name == head.gene and not cell.strip():
            return "it names no gene"
        if name.casefold() in ("x", "y") or name == head.count:
            number = _number(cell)
            if number is None:
                return f"{name} is no number: “{cell[:40]}”"
            if (name == head.count and number < 0) or abs(number) > _FARTHEST:
                return f"{name} is out of range: {cell[:40]}"
    return ""


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if np.isfinite(value) else None
