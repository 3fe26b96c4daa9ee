"""The samples of a matrix: what its columns are called, with the metadata of all they link to."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from backend.own.records import GroupEntry, MatrixEntry
from backend.own.study import Study
from backend.study_files.tables import SAMPLE_ID, AttributeTable, Cell, texts

SAMPLE = "sample"  # the column of the names
Records = list[dict[str, Cell]]


def samples(study: Study, matrix: MatrixEntry, headers: Sequence[str]) -> pd.DataFrame:
    """One row a column of the matrix: its header, then attributes of its samples, then of its library or preparation.

    Several samples of one library have their different values in one text, with ` | ` between them.
    """
    linked = study.linked(matrix.accession)
    if matrix.link.target == "samples":
        return _table(headers, _records(study, linked), [[] for _ in linked])
    through = _samples_of(study, matrix)
    pooled = [tuple(sample for own in one for sample in through.get(own, ())) for one in linked]
    return _table(headers, _records(study, pooled), _records(study, linked))


def is_pooled(study: Study, matrix: MatrixEntry) -> bool:
    """Whether some column stands for several samples."""
    if matrix.link.target == "samples":
        return False
    through = _samples_of(study, matrix)
    return any(sum(len(through.get(own, ())) for own in one) > 1 for one in study.linked(matrix.accession))


def _samples_of(study: Study, matrix: MatrixEntry) -> dict[str, tuple[str, ...]]:
    """The samples of each library or preparation."""
    found: dict[str, tuple[str, ...]] = {}
    for group in study.of(matrix.link.target):
        for item, one in enumerate(study.linked(group.accession)):
            found[f"LOC{group.first + item}"] = one
    return found


def _records(study: Study, linked: Sequence[tuple[str, ...]]) -> list[Records]:
    """The metadata of the objects that stand for each column."""
    groups = [group for group in study.manifest.groups if group.kind in ("samples", "libraries", "preparations")]
    wanted = {accession for one in linked for accession in one}
    known = {accession: record for group in groups for accession, record in _of(study, group) if accession in wanted}
    return [[known[accession] for accession in one if accession in known] for one in linked]


def _of(study: Study, group: GroupEntry) -> list[tuple[str, dict[str, Cell]]]:
    table = study.table(group)
    return [
        (f"LOC{group.first + item}", dict(zip(table.names, row, strict=True))) for item, row in enumerate(table.rows)
    ]


def _table(headers: Sequence[str], of_samples: list[Records], of_own: list[Records]) -> pd.DataFrame:
    columns: dict[str, Sequence[str]] = {SAMPLE: list(headers)}
    names = _names(of_samples)
    for name in names:
        columns[_free(name, columns, "attribute")] = [_joined(one, name) for one in of_samples]
    for name in _names(of_own):
        if name != SAMPLE_ID or name not in names:
            columns[_free(name, columns, "library or preparation")] = [_joined(one, name) for one in of_own]
    return pd.DataFrame(columns, dtype=object)


def _names(listed: list[Records]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for one in listed for record in one for name in record))


def _free(name: str, taken: dict[str, Sequence[str]], what: str) -> str:
    return name if name not in taken else f"{name} ({what})"


def frame(table: AttributeTable) -> pd.DataFrame:
    """A table of samples in the same form."""
    ids = [" | ".join(texts(cell)) for cell in table.column(SAMPLE_ID)]
    return _table(ids, [[dict(zip(table.names, row, strict=True))] for row in table.rows], [])


def _joined(of: Records, name: str) -> str:
    """The different values of some objects, each once."""
    return " | ".join(dict.fromkeys(text for record in of for text in texts(record.get(name))))
