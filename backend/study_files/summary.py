"""The attributes of a table with their values and counts."""

from __future__ import annotations

from collections import Counter

from backend.model_study import AttributeSummary
from backend.study_files.tables import AttributeTable, Cell, texts

MOST_VALUES = 50


def summarise(table: AttributeTable) -> tuple[AttributeSummary, ...]:
    """One summary an attribute, in the order of the table. Each value of a list counts by itself."""
    return tuple(_summary(name, table.column(name)) for name in table.names)


def _summary(name: str, cells: tuple[Cell, ...]) -> AttributeSummary:
    counts = Counter(value for cell in cells for value in texts(cell))
    missing = sum(not texts(cell) for cell in cells)
    values = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST_VALUES]
    return AttributeSummary(name, len(cells), missing, len(counts), tuple(values))
