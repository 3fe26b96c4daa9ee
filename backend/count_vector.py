"""The counts of one sample as people bring them: a table of genes and counts in plain text.

One gene a line, columns divided by tab, comma, semicolon or white space. Lines that begin with # are remarks. A header
is not needed for two columns; where there are more, it has to name the column of counts, and Ensembl ids are taken
before symbols. A gene stands on one line: where symbols repeat, Ensembl ids tell the genes apart. Lines of HTSeq that
begin with __ and of STAR that begin with N_ are sums and no genes.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import pandas as pd

from backend.errors import BadInput, TooLarge
from backend.gene_list import decoded
from backend.model import CountVector

MAX_BYTES = 10_000_000
MAX_LINES = 200_000
MAX_NAME = 200
LARGEST = 2**32 - 1
IDS = ("ensembl", "ensembl_gene_id", "ensembl_id", "ensembl_gene", "gene_id", "geneid", "ensembl_gene_id_version")
NAMES = (
    *IDS,
    *("gene", "genes", "symbol", "gene_symbol", "hgnc_symbol", "mgi_symbol", "gene_name", "genename", "genesymbol"),
    *("name", "id", "feature", "feature_id", "target_id", "", "unnamed: 0"),
)
COUNTS = (
    *("count", "counts", "raw_count", "raw_counts", "read_count", "read_counts", "readcount", "reads", "numreads"),
    *("est_counts", "expected_count", "estimated_counts", "n_reads", "value"),
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_SUMS = re.compile(r"__\w+|N_(unmapped|multimapping|noFeature|ambiguous)")
_VERSION = re.compile(r"^(ENS[A-Z]*G\d{11})\.\d+$", re.IGNORECASE)
_PACKED = {
    b"\x1f\x8b": "is packed with gzip",
    b"PK": "is a zip archive or a spreadsheet",
    b"BZh": "is packed with bzip2",
    b"\xfd7zXZ": "is packed with xz",
    b"\x89HDF": "is an HDF5 file",
}
_PER_MILLION = 1_000_000


def read_counts(name: str, content: bytes) -> CountVector:
    """The counts of a file or of pasted text; `name` is what messages call it.

    Raises TooLarge over MAX_BYTES or MAX_LINES, else BadInput with the line and the column where a rule is broken.
    """
    if len(content) > MAX_BYTES:
        size = f"{len(content) / 1e6:,.1f} MB; the cap is {MAX_BYTES / 1e6:.0f} MB"
        raise TooLarge(f"{name} has {size}.", "Keep only the genes and their counts.")
    for start, what in _PACKED.items():
        if content.startswith(start):
            raise BadInput(f"{name} {what}.", "Unpack it, or save the genes and their counts as TSV or CSV.")
    lines = _lines(decoded(name, content))
    if not lines:
        raise BadInput(f"{name} holds no counts.", "Give a gene and a count in each line.")
    if len(lines) > MAX_LINES:
        raise TooLarge(f"{name} has {len(lines):,} lines; the cap is {MAX_LINES:,}.", "Give one line for each gene.")
    return _read(name, lines)


@dataclass(frozen=True)
class _Columns:
    """Which columns hold the name and the count, from 0; how many there are; the header, if there is one."""

    gene: int
    count: int
    number: int
    header: tuple[str, ...] = ()


def _lines(text: str) -> list[tuple[int, str]]:
    """Line numbers, from 1, and lines that are neither blank nor remarks."""
    numbered = enumerate(re.split(r"\r\n|\n|\r", text), start=1)
    return [(number, line) for number, line in numbered if line.strip() and not line.lstrip().startswith("#")]


def _read(name: str, lines: list[tuple[int, str]]) -> CountVector:
    divider = next((sign for sign in "\t;," if sign in lines[0][1]), None)
    columns = _columns(name, lines[0][0], _cells(lines[0][1], divider))
    genes: list[str] = []
    numbers: list[float] = []
    places: dict[str, int] = {}
    sums = 0
    for line, text in lines[bool(columns.header) :]:
        cells = _cells(text, divider)
        if len(cells) != columns.number:
            raise _bad(name, line, None, f"has {len(cells)} columns; the first line has {columns.number}")
        gene = cells[columns.gene]
        if _SUMS.fullmatch(gene):
            sums += 1
            continue
        _check_name(name, line, columns, gene, places)
        genes.append(gene)
        numbers.append(_count(name, line, columns, cells[columns.count]))
    if not genes:
        raise BadInput(f"{name} holds no counts.", "Give a gene and a count in each line.")
    counts = pd.DataFrame({"gene": genes, "count": numbers, "line": list(places.values())})
    return CountVector(counts, _notes(lines[0][0], columns, sums, math.fsum(numbers)))


def _cells(line: str, divider: str | None) -> list[str]:
    """The cells of a line without the quotes and blanks around them."""
    return [cell.strip().strip("\"'").strip() for cell in line.rstrip("\r\n").split(divider)]


def _columns(name: str, line: int, cells: list[str]) -> _Columns:
    if len(cells) < 2:
        raise _bad(name, line, None, "has 1 column; there have to be two, gene and count")
    heads = [cell.casefold().replace(" ", "_") for cell in cells]
    named = [at for at, head in enumerate(heads) if head in COUNTS]
    is_header = bool(named) or (heads[0] in NAMES and not any(_NUMBER.fullmatch(cell) for cell in cells))
    if not is_header and len(cells) == 2:
        return _Columns(0, 1, 2)
    if not named and len(cells) > 2:
        raise _bad(name, line, None, f"has {len(cells)} columns, none of them headed count")
    if len(named) > 1:
        raise _bad(name, line, named[1], f"heads a second column of counts, beside column {named[0] + 1}")
    gene = next((heads.index(head) for head in NAMES if head in heads and heads.index(head) not in named), None)
    count = named[0] if named else 1
    if gene is None and len(cells) > 2:
        raise _bad(name, line, None, "heads no column gene")
    return _Columns((1 - count) if gene is None else gene, count, len(cells), tuple(cells))


def _check_name(name: str, line: int, columns: _Columns, gene: str, places: dict[str, int]) -> None:
    """Takes the gene down, or says why it cannot stand here."""
    if not gene:
        raise _bad(name, line, columns.gene, "names no gene")
    if len(gene) > MAX_NAME:
        raise _bad(name, line, columns.gene, f"names a gene with over {MAX_NAME} characters")
    versioned = _VERSION.match(gene)
    key = (versioned[1] if versioned else gene).casefold()
    if key in places:
        hint = "Give each gene once; where genes share a symbol, give their Ensembl ids."
        raise BadInput(f"{name}: {gene[:40]} stands on line {places[key]} and on line {line}.", hint, line=line)
    places[key] = line


def _count(name: str, line: int, columns: _Columns, text: str) -> float:
    if not _NUMBER.fullmatch(text):
        what = f"“{text[:20]}” is not a count" if text else "there is no count"
        raise _bad(name, line, columns.count, f": {what}")
    number = float(text)
    if number < 0:
        raise _bad(name, line, columns.count, f": {text[:20]} is negative")
    if number > LARGEST:
        raise _bad(name, line, columns.count, f": {text[:20]} is over {LARGEST:,}")
    return number


def _bad(name: str, line: int, column: int | None, what: str) -> BadInput:
    """An error that names the place; `what` begins with a colon or goes on with the sentence. column: from 0."""
    where = f"{name}, line {line}" + ("" if column is None else f", column {column + 1}")
    hint = "Give a gene and its count in each line, for example ALB, tab, 1204; decimals with a point."
    glue = "" if what.startswith(":") else " "
    return BadInput(f"{where}{glue}{what}.", hint, line, None if column is None else str(column + 1))


def _notes(line: int, columns: _Columns, sums: int, total: float) -> tuple[str, ...]:
    """What was done that the user may not expect."""
    notes = []
    if columns.header:
        taken = f"column {columns.gene + 1} as genes, column {columns.count + 1} as counts"
        notes.append(f"Line {line} is read as the header: {taken}.")
    if sums:
        notes.append(f"{sums} lines of sums (such as __no_feature) are left out.")
    if abs(total / _PER_MILLION - 1) < 0.001:
        notes.append("The numbers sum to a million, as TPM and CPM do; TPM cannot be compared, so give raw counts.")
    return tuple(notes)
