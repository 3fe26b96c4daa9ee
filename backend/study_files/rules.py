"""What the tables of a study must hold. Findings only; a finding that may be demoted the user can let pass."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from backend.model_study import Finding, Kind
from backend.study_files.findings import Findings
from backend.study_files.tables import (
    LIBRARY_ID,
    PREPARATION_ID,
    SAMPLE_ID,
    SAMPLE_SOURCE,
    STUDY_TITLE,
    AttributeTable,
    texts,
)
from backend.study_files.text import same_but_case

IDS: dict[Kind, str] = {"samples": SAMPLE_ID, "libraries": LIBRARY_ID, "preparations": PREPARATION_ID}
_CODES: dict[Kind, str] = {"samples": "SAMPLE_SOURCE_ID", "libraries": "LIBRARY_ID", "preparations": "PREPARATION_ID"}


def check(kind: Kind, table: AttributeTable) -> tuple[Finding, ...]:
    """The rules for one table by itself. Expression has none here: its readers check it."""
    found = Findings(table.file)
    if kind == "study":
        _check_study(table, found)
    elif kind == "samples":
        _check_ids(table, kind, found)
        _check_sample_source(table, found)
    elif kind in ("libraries", "preparations"):
        _check_ids(table, kind, found)
        if SAMPLE_ID not in table:
            message = f"The attribute “{SAMPLE_ID}” is missing: {kind} need the samples that they are of."
            found.add("SAMPLE_REF_MISSING", message, line=1, column=SAMPLE_ID)
    elif kind == "expression metadata" and len(table.rows) != 1:
        message = f"Metadata of expression is one record; the file has {len(table.rows)}."
        found.add("EXPR_META_ROWS", message, line=table.line(1) or 1)
    return found.all()


def check_references(table: AttributeTable, samples: Iterable[AttributeTable]) -> tuple[Finding, ...]:
    """Libraries or preparations: the samples they name must exist. Empty is a reference that is missing."""
    found = Findings(table.file)
    known = set(chain.from_iterable(texts(cell) for one in samples for cell in one.column(SAMPLE_ID)))
    for row, cell in enumerate(table.column(SAMPLE_ID) if SAMPLE_ID in table else ()):
        if cell is None:
            message = f"“{SAMPLE_ID}” is not filled in."
            found.add("SAMPLE_REF_MISSING", message, line=table.line(row), column=SAMPLE_ID)
        for value in texts(cell):
            if value not in known:
                message = "No sample has this id."
                found.warn("SAMPLE_REF_UNKNOWN", message, line=table.line(row), column=SAMPLE_ID, value=value)
    return found.all()


def check_across(kind: Kind, tables: Iterable[AttributeTable]) -> tuple[Finding, ...]:
    """Ids that stand in two files of a kind: each file is a group of its own, yet an id must name one object."""
    seen: dict[str, str] = {}
    findings: list[Finding] = []
    for table in tables:
        found = Findings(table.file)
        for row, cell in enumerate(table.column(IDS[kind])):
            for value in texts(cell):
                if (other := seen.setdefault(value, table.file)) != table.file:
                    message = f"This id stands in {other} as well."
                    found.add(f"{_CODES[kind]}_DUPLICATE", message, line=table.line(row), column=IDS[kind], value=value)
        findings += found.all()
    return tuple(findings)


def _check_study(table: AttributeTable, found: Findings) -> None:
    if len(table.rows) != 1:
        message = f"A study file holds one record; this one has {len(table.rows)}."
        found.add("STUDY_ROWS", message, line=table.line(1) or 1)
    if STUDY_TITLE not in table:
        message = f"The attribute “{STUDY_TITLE}” is missing."
        found.add("STUDY_TITLE_MISSING", message, line=1, column=STUDY_TITLE, demotable=True)
    elif table.rows and table.column(STUDY_TITLE)[0] is None:
        message = f"“{STUDY_TITLE}” is not filled in."
        found.add("STUDY_TITLE_MISSING", message, line=table.line(0), column=STUDY_TITLE, demotable=True)


def _check_sample_source(table: AttributeTable, found: Findings) -> None:
    if SAMPLE_SOURCE not in table:
        message = f"The attribute “{SAMPLE_SOURCE}” is missing."
        found.add("SAMPLE_SOURCE_MISSING", message, line=1, column=SAMPLE_SOURCE, demotable=True)
        return
    for row, cell in enumerate(table.column(SAMPLE_SOURCE)):
        if cell is None:
            message = f"“{SAMPLE_SOURCE}” is not filled in."
            found.add("SAMPLE_SOURCE_MISSING", message, line=table.line(row), column=SAMPLE_SOURCE, demotable=True)


def _check_ids(table: AttributeTable, kind: Kind, found: Findings) -> None:
    """Present, filled in, one value, unique; a difference in capitals only is a warning."""
    name, code = IDS[kind], _CODES[kind]
    if name not in table:
        found.add(f"{code}_MISSING", f"The attribute “{name}” is missing.", line=1, column=name)
        return
    first: dict[str, int] = {}
    for row, cell in enumerate(table.column(name)):
        line = table.line(row)
        if cell is None:
            found.add(f"{code}_EMPTY", f"“{name}” is not filled in.", line=line, column=name)
        elif not isinstance(cell, str):
            found.add(f"{code}_LIST", "An id is one value, not a list.", line=line, column=name, value="|".join(cell))
        elif first.setdefault(cell, row) != row:
            message = f"This id stands in line {table.line(first[cell])} already."
            found.add(f"{code}_DUPLICATE", message, line=line, column=name, value=cell)
    for one, other in same_but_case(first):
        message = f"“{other}” and this id differ in capitals only."
        found.warn(f"{code}_CASE", message, line=table.line(first[one]), column=name, value=one)
    if not table.rows:
        found.add("NO_RECORDS", f"The file names no {kind}.", line=1)
