"""The rows of a matrix as expression items, in the three forms that ODM had."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.doubles.odm_web_exquery import Cell
from tests.doubles.odm_web_grammar import Condition
from tests.doubles.odm_web_world import ACCESSION, ACTIVE, CHAIN, NUMBER, Matrix, Run, Thing, World

_HIDDEN = (ACCESSION, CHAIN, NUMBER, ACTIVE)
_SHOWN = (
    "Features (numeric)",
    "Genome Version",
    "Normalization Method",
    "Values (numeric)",
    "Data Class",
    "Features (string)",
)


@dataclass(frozen=True)
class Item:
    """One value, or one of each measurement, of one run. values: without those that are missing."""

    group: Thing
    matrix: Matrix
    row: int
    run: Run
    values: dict[str, float]

    @property
    def id(self) -> str:
        return f"{self.run.id}-{self.matrix.features[self.row][0]}"


def items_of(world: World, group: Thing, condition: Condition | None, runs: set[str] | None) -> Iterator[Item]:
    """Every item of a group that the condition and the ids of runs leave, by row and then by run."""
    matrix = world.matrices[group.accession]
    columns = [column for column, run in enumerate(matrix.runs) if runs is None or run.id in runs]
    for row in range(len(matrix.features)) if columns else ():
        cells = matrix.cells(row)
        whole = True if condition is None else condition(Cell(cells, None))
        if whole is False:
            continue
        numbers = matrix.values[row].tolist()
        for column in columns:
            values = dict(zip(matrix.measurements, numbers[column], strict=True))
            there = {name: value for name, value in values.items() if not math.isnan(value)}
            if there and (whole or condition is None or condition(Cell(cells, values))):
                yield Item(group, matrix, row, matrix.runs[column], there)


def told(item: Item, generation: int) -> dict[str, Any]:
    return {1: _first, 2: _second, 3: _third}[generation](item)


def number_told(value: float) -> float | str:
    return value if math.isfinite(value) else "Inf" if value > 0 else "-Inf"


def _third(item: Item) -> dict[str, Any]:
    own = item.group.metadata
    metadata = {name: own.get(name) for name in _SHOWN}
    metadata |= {name: value for name, value in own.items() if name not in _HIDDEN}
    return {
        "itemId": item.id,
        "itemOrigin": {"runSourceId": item.run.source, "runId": item.run.id, "groupId": item.group.accession},
        "metadata": metadata,
        "feature": item.matrix.cells(item.row),
        "value": {name: number_told(value) for name, value in item.values.items()},
        "relationships": _relationships(item.run),
    }


def _second(item: Item) -> dict[str, Any]:
    feature = item.matrix.features[item.row][0]
    own = item.group.metadata
    metadata = {name: own.get(name) for name in ("Genome Version", "Normalization Method")}
    return {
        "itemId": item.id,
        "metadata": metadata | {"Run Source ID": item.run.source},
        "runId": item.run.id,
        "groupId": item.group.accession,
        "gene": feature,
        "feature": feature,
        "expression": number_told(next(iter(item.values.values()))),
        "relationships": _relationships(item.run),
    }


def _first(item: Item) -> dict[str, Any]:
    return {
        "itemId": None,
        "metadata": None,
        "gene": item.matrix.features[item.row][0],
        "expression": number_told(next(iter(item.values.values()))),
        "description": None,
        "relationships": _relationships(item.run),
    }


def _relationships(run: Run) -> dict[str, str] | None:
    return None if run.target is None else dict([run.target])
