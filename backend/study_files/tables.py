"""Attribute tables: studies, samples, libraries, preparations and the metadata of expression, one record a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backend.errors import BadInput

Cell = str | tuple[str, ...] | None
SAMPLE_ID, LIBRARY_ID, PREPARATION_ID = "Sample Source ID", "Library ID", "Preparation ID"
STUDY_TITLE, STUDY_SOURCE, SAMPLE_SOURCE = "Study Title", "Study Source", "Sample Source"
RESERVED = ("genestack:accession", "groupId")  # given by the system


@dataclass(frozen=True)
class AttributeTable:
    """A table as it was read. names: of the attributes, unique. rows: a cell for each name.

    A cell is trimmed text, a list as a tuple of at least two texts, or None where nothing stands. lines: of the rows in
    the file, from 1; () when the table was made here.
    """

    file: str
    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    lines: tuple[int, ...] = field(default=(), compare=False)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def column(self, name: str) -> tuple[Cell, ...]:
        """The cells of an attribute; None in each row when the table does not have it."""
        if name not in self.names:
            return (None,) * len(self.rows)
        place = self.names.index(name)
        return tuple(row[place] for row in self.rows)

    def line(self, row: int) -> int | None:
        """Where a row stands in the file."""
        return self.lines[row] if row < len(self.lines) else None

    def with_column(self, name: str, cells: Sequence[Cell]) -> AttributeTable:
        """The table with one more attribute, at the left."""
        rows = tuple((cell, *row) for cell, row in zip(cells, self.rows, strict=True))
        return replace(self, names=(name, *self.names), rows=rows)


def texts(cell: Cell) -> tuple[str, ...]:
    """The values of a cell: none, one, or those of the list."""
    if cell is None:
        return ()
    return (cell,) if isinstance(cell, str) else cell


def cell(text: str) -> Cell:
    """A cell as it is written: trimmed; `|` between values of a list, `||` for the sign itself; None when empty.

    Scanned from the left, `||` first. Empty values of a list are left out.
    """
    if "|" not in text:
        return text.strip() or None
    marked = text.replace("||", "\0")  # no table holds NUL: `text.decoded` refuses it
    values = tuple(filter(None, (one.replace("\0", "|").strip() for one in marked.split("|"))))
    return values[0] if len(values) == 1 else values or None


def written(cell: Cell) -> str:
    """The cell as `cell` reads it. A value of a list that begins with `|` gets a blank before it."""
    if cell is None or (isinstance(cell, str) and "|" not in cell):
        return cell or ""
    values = [one.replace("|", "||") for one in texts(cell)]
    return "|".join(f" {one}" if place and one.startswith("|") else one for place, one in enumerate(values))


def one_line(text: object) -> Cell:
    """A value from elsewhere (h5ad, a server) as a cell: tabs and line ends become blanks, no list is looked for."""
    return " ".join(str(text).replace("\0", " ").split()) or None


def write_table(table: AttributeTable) -> bytes:
    """TSV in UTF-8, a line each with LF. Raises BadInput for a text that no line can hold, naming its attribute."""
    lines = ["\t".join(table.names)]
    lines += ["\t".join(map(written, row)) for row in table.rows]
    body = "\n".join(lines) + "\n"
    tabs = len(lines) * (len(table.names) - 1)
    if (body.count("\n"), body.count("\t")) != (len(lines), tabs) or "\r" in body or "\0" in body:
        name = next(iter(_misplaced(table)), "")
        raise BadInput(f"A value of “{name}” in {table.file} holds a tab or a line end.", "Take it out.", column=name)
    return body.encode("utf-8", "replace")


def _misplaced(table: AttributeTable) -> Iterable[str]:
    """Attributes with a sign that separates cells or lines."""
    for place, name in enumerate(table.names):
        here = (name, *(one for row in table.rows for one in texts(row[place])))
        if any(sign in one for one in here for sign in "\t\n\r\0"):
            yield name


def table_of(file: str, records: Sequence[Mapping[str, Cell]]) -> AttributeTable:
    """A table of records; an attribute that one of them has is a column of all, in the order they come up."""
    names = tuple(dict.fromkeys(name for record in records for name in record))
    return AttributeTable(file, names, tuple(tuple(record.get(name) for name in names) for record in records))
