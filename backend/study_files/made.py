"""Tables that the files of a study leave out: its title, its samples, and which column names the samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from backend.study_files.findings import Findings
from backend.study_files.outline import ExpressionOutline
from backend.study_files.tables import (
    RESERVED,
    SAMPLE_ID,
    STUDY_SOURCE,
    STUDY_TITLE,
    AttributeTable,
    Cell,
    table_of,
    texts,
)
from backend.study_files.text import LONGEST_NAME
from backend.study_files.unpack import plain_name


def title_of(table: AttributeTable | None, fallback: str) -> str:
    """What a study is called: its title, else its source, else what the file or folder is called."""
    for name in (STUDY_TITLE, STUDY_SOURCE):
        for cell in table.column(name)[:1] if table is not None else ():
            if cell is not None:
                return ", ".join(texts(cell))
    return fallback


def title_from(file: str) -> str:
    """A title from a file name: without endings, with blanks for underscores."""
    return Path(plain_name(file)).stem.replace("_", " ").strip() or "Study"


def study(title: str, file: str) -> AttributeTable:
    """A study of nothing but its title."""
    return AttributeTable(file, (STUDY_TITLE,), ((title,),))


def samples(outlines: Iterable[ExpressionOutline], named: Iterable[str], file: str) -> AttributeTable:
    """A sample a column of the expression files, with what h5ad or loom tell of it; and those `named` elsewhere."""
    records: dict[str, dict[str, Cell]] = {}
    for outline in outlines:
        told = outline.samples
        kept = [name for name in told.names if _usable(name)] if told is not None else []
        cells = [told.column(name) for name in kept] if told is not None else []
        for place, column in enumerate(outline.columns):
            record = records.setdefault(column, {SAMPLE_ID: column})
            for name, one in zip(kept, cells, strict=True):
                record.setdefault(name, one[place])
    for name in named:
        records.setdefault(name, {SAMPLE_ID: name})
    return table_of(file, list(records.values()))


def _usable(name: str) -> bool:
    return bool(name.strip()) and name not in RESERVED and len(name) <= LONGEST_NAME


def with_ids(table: AttributeTable, columns: Sequence[str], chosen: str, found: Findings) -> AttributeTable:
    """Samples without Sample Source ID: a copy of the chosen column, or of the one that names most columns of the data.

    The table as it is when no column fits.
    """
    if SAMPLE_ID in table:
        return table
    if chosen:
        return table.with_column(SAMPLE_ID, table.column(chosen)) if chosen in table else table
    there = set(columns)
    counts = {name: _matches(table.column(name), there) for name in table.names}
    best = max(counts, key=lambda name: counts[name], default="")
    if not best or not counts[best]:
        return table
    also = [name for name in counts if name != best and counts[name] == counts[best]]
    equal = f" “{also[0]}” would do as well." if also else ""
    message = (
        f"There is no “{SAMPLE_ID}”; “{best}” is taken for it, as it names {counts[best]:,} of "
        f"{len(there):,} columns of the data.{equal}"
    )
    found.warn("SAMPLE_ID_GUESSED", message, line=1, column=best)
    return table.with_column(SAMPLE_ID, table.column(best))


def _matches(cells: Sequence[Cell], columns: set[str]) -> int:
    """How many columns the cells name; none when a cell is a list, or stands twice."""
    values = [cell for cell in cells if cell is not None]
    if any(not isinstance(cell, str) for cell in values) or len(set(values)) < len(values):
        return 0
    return sum(value in columns for value in values)
