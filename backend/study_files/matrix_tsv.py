"""Tables of features x samples: the TSV of ODM with its feature columns and measurements, and plain TSV or CSV.

    tsv     no quotation marks; feature columns at the left; `sample<separator>measurement` where a separator is given
    table   the id of the gene first, more columns of text may follow; quotation marks are taken off
Lines that begin with # above the header are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from backend.errors import BadInput
from backend.study.matrix import Floats
from backend.study_files.findings import Findings
from backend.study_files.gct import BOM, MOST_COLUMNS, note_columns
from backend.study_files.measurements import Measured, split
from backend.study_files.number_text import INFINITE, NA_TEXTS, is_number
from backend.study_files.outline import ExpressionOptions, ExpressionOutline
from backend.study_files.text_rows import Layout, Lines, TextRows, cells, note_features

MISSING = (*NA_TEXTS, *INFINITE)
UNNAMED = "feature"
LOOKED_AT = 50  # rows that tell which columns hold text
_CODES = {word.casefold() for word in (*MISSING, "")}
_TITLES = ("genename", "genesymbol", "symbol", "featurename", "description", "biotype", "genetype")


@dataclass(frozen=True)
class _Begin:
    """The header and what was found by looking at the first rows. rows: the whole rest of the file."""

    header: list[str]
    line: int
    n_features: int
    rows: Lines
    layout: Layout
    measured: Measured


def outline(lines: Lines, file: str, options: ExpressionOptions) -> ExpressionOutline:
    """Every line of a table, checked. Raises BadInput with its line for what is no text, or has no header."""
    findings = Findings(file)
    begin = _begin(lines, file, options, findings)
    rows = TextRows(begin.layout, findings)
    features: list[list[str]] = [[] for _ in range(begin.n_features)]
    seen: dict[str, int] = {}
    for block in rows.blocks(begin.rows):
        note_features(findings, "TSV", seen, block, demotable=options.form == "tsv")
        for place, column in enumerate(features):
            column += [labels[place] for labels in block.labels]
    if not rows.n_rows:
        findings.add("TSV_FEATURES", "The table has no rows under its header.", line=begin.line)
    titles = tuple(name.strip() for name in begin.header[: begin.n_features])
    return ExpressionOutline(
        file,
        "tsv" if options.form == "tsv" else "table",
        (titles[0] or UNNAMED, *titles[1:]),
        tuple(map(tuple, features)),
        begin.measured.columns,
        begin.measured.measurements,
        replace(options, n_features=begin.n_features),
        findings.all(),
        tuple(title for title, column in zip(titles, features, strict=True) if _is_numeric(column)),
        n_missing=rows.n_missing,
        lowest=rows.lowest,
    )


def blocks(lines: Lines, known: ExpressionOutline, measurement: str) -> Iterator[Floats]:
    """The numbers of one measurement of a file that was checked."""
    findings = Findings(known.file)
    begin = _begin(lines, known.file, replace(known.options, form=known.form), findings)
    chosen = begin.measured.places(measurement)
    done = 0
    for block in TextRows(begin.layout, findings).blocks(begin.rows):
        done += len(block.values)
        yield block.values if chosen is None else np.ascontiguousarray(block.values[:, chosen])
    if findings.errors or done != len(known.feature_ids) or begin.measured.columns != known.columns:
        raise BadInput(f"{known.file} has changed since it was checked.", "Check it again.")


def _begin(lines: Lines, file: str, options: ExpressionOptions, findings: Findings) -> _Begin:
    rest = iter(lines)
    number, raw = _header_line(rest, file)
    quoted = options.form != "tsv"
    delimiter = _delimiter(raw, file) if quoted else "\t"
    plain = Layout(file, "TSV", 1, (), MISSING, delimiter, quoted)
    header = cells(raw, number, plain)
    first = [found for _, found in zip(range(LOOKED_AT), rest, strict=False)]
    looked = [cells(one, line, plain) for line, one in first if one.strip()]
    if quoted and looked and all(len(row) == len(header) + 1 for row in looked):
        header = ["", *header]  # as R writes row names
    if len(header) > MOST_COLUMNS:
        raise BadInput(f"The header has {len(header):,} columns; the cap is {MOST_COLUMNS:,}.", "Split it.", number)
    n_features = _n_features(header, looked, options, number, findings)
    names = tuple(name.strip() for name in header[n_features:])
    _check_titles(header[:n_features], names, quoted, number, findings)
    texts = _text_columns(names, looked, n_features, number, findings)
    layout = replace(plain, labels=n_features, columns=names, texts=texts)
    return _Begin(
        header, number, n_features, chain(first, rest), layout, split(names, options.separator, number, findings)
    )


def _header_line(lines: Iterator[tuple[int, bytes]], file: str) -> tuple[int, bytes]:
    for number, raw in lines:
        line = raw.removeprefix(BOM) if number == 1 else raw
        if line.strip() and not line.startswith(b"#"):
            return number, line
    raise BadInput(f"{file} is empty, or has comments only.", "Give a table with a header.", line=1)


def _delimiter(header: bytes, file: str) -> str:
    """A tab where the header has one, else a comma when the file is called .csv or the header has one."""
    if b"\t" in header:
        return "\t"
    return "," if b"," in header or file.casefold().endswith(".csv") else "\t"


def _n_features(
    header: list[str], rows: list[list[str]], options: ExpressionOptions, line: int, findings: Findings
) -> int:
    """How many columns at the left are no numbers: as the user says, else by their titles and first cells."""
    given = options.n_features
    if given is not None and not 1 <= given < len(header):
        message = "The number of feature columns leaves no column for the id, or none for numbers."
        findings.add("TSV_FEATURES", message, line=line, value=str(given))
    if given is not None:
        return min(max(1, given), len(header))
    count = 1
    while count < len(header) - 1 and (_is_title(header[count]) or _holds_text(rows, count)):
        count += 1
    if len(header) < 2:
        findings.add("TSV_FEATURES", "The header has no column with numbers.", line=line, value=header[0])
    return count


def _check_titles(titles: list[str], columns: tuple[str, ...], plain: bool, line: int, findings: Findings) -> None:
    for place, title in enumerate(titles):
        if not title.strip() and not (plain and place == 0):
            findings.add("TSV_FEATURES", "A feature column has no title.", line=line, value=f"number {place + 1}")
    filled = [title.strip() for title in titles if title.strip()]
    for title in dict.fromkeys(one for one in filled if filled.count(one) > 1):
        findings.add("TSV_FEATURES", "A feature column stands twice.", line=line, column=title, value=title)
    note_columns(findings, "TSV_HEADER", columns, line, blanks=True)


def _text_columns(
    columns: tuple[str, ...], rows: list[list[str]], n_features: int, line: int, findings: Findings
) -> frozenset[int]:
    """Columns among the numbers that hold words only: feature columns in the wrong place."""
    found = [place for place in range(len(columns)) if _holds_text(rows, n_features + place, 1.0)]
    for place in found:
        message = "A column of text stands among the numbers; feature columns stand together at the left."
        findings.add("TSV_FEATURES", message, line=line, column=columns[place])
    return frozenset(found)


def _is_title(title: str) -> bool:
    return title.casefold().replace(" ", "").replace("_", "") in _TITLES


def _holds_text(rows: list[list[str]], place: int, share: float = 0.5) -> bool:
    seen = [row[place].strip() for row in rows if len(row) > place and row[place].strip().casefold() not in _CODES]
    words = sum(not is_number(cell) for cell in seen)
    return words > share * len(seen) or (share == 1.0 and bool(seen) and words == len(seen))


def _is_numeric(column: Sequence[str]) -> bool:
    seen = [cell for cell in column if cell.casefold() not in _CODES]
    return bool(seen) and all(map(is_number, seen))
