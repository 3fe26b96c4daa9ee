"""What is told of matrices opened from servers."""

from __future__ import annotations

from backend.model import OpenedMatrix
from backend.sources.opened_matrix import OpenedSource


def described(source: OpenedSource) -> OpenedMatrix:
    """An opened matrix. One whose file is damaged has no genes, and its problem as title."""
    if source.problem is not None:
        return OpenedMatrix(source.name, source.problem.message, "", 0, 0, "", (), "", source.fetched)
    head = source.head
    columns = tuple(name for name in head.samples.columns if name != "sample")
    return OpenedMatrix(
        source.name, source.title, source.species[0], len(head.ids), len(head.samples), head.unit, columns,
        source.grouping, source.fetched,
    )  # fmt: skip
