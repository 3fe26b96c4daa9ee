"""Data that the public suite finds right, from its own lists of what it looks for; JSON to stdout.

Runs in the environment of the suite. The data it was written for are not part of the package.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from compliance_suite.config import constants
from compliance_suite.config import content_test_instances as cases

ROWS, COLUMNS = 100, 100
TRACKS, POSITIONS = 4, 301
JUMP = 69  # positions of chr1, from which on those of chr5 stand

Labels = list[str | None]


def expression() -> dict[str, Any]:
    ids, names = [None] * ROWS, [None] * ROWS
    samples, conditions, tissues = [None] * COLUMNS, ["normal"] * COLUMNS, ["lung"] * COLUMNS
    values = [[(100 * row + column) / 8 + 1 for column in range(COLUMNS)] for row in range(ROWS)]
    for number in range(1, 11):
        case = getattr(cases, f"EXPRESSION_VALUE_{number}")
        row, column, wanted = case["i"]["r"], case["i"]["c"], case["o"]
        ids[row], names[row], samples[column] = wanted["GeneID"], wanted["GeneName"], wanted["Sample"]
        conditions[column], tissues[column] = wanted["Condition"], wanted["Tissue"]
        values[row][column] = wanted["Value"]
    for name, labels in (("featureIDList", ids), ("sampleIDList", samples), ("featureNameList", names)):
        for number in range(1, 6):
            place(listed(getattr(cases, f"EXPRESSION_SLICE_{number}"), name), labels)
    fill(ids, "ENSG9{:010d}")
    fill(names, "SYN{}")
    fill(samples, "SYN{:03d} - normal")
    rows = {"GeneID": ids, "GeneName": names}
    columns = {"Sample": samples, "Condition": conditions, "Tissue": tissues}
    return {"values": values, "rows": rows, "columns": columns}


def listed(case: Any, name: str) -> Iterable[str]:
    """The items of a list anywhere in a case."""
    if isinstance(case, dict):
        for key, value in case.items():
            if key == name:
                yield from value.split(",") if isinstance(value, str) else value
            else:
                yield from listed(value, name)
    elif isinstance(case, list):
        for value in case:
            yield from listed(value, name)


def place(wanted: Iterable[str], labels: Labels) -> None:
    for label in wanted:
        if label not in labels:
            labels[labels.index(None)] = label


def fill(labels: Labels, pattern: str) -> None:
    labels[:] = [label or pattern.format(number) for number, label in enumerate(labels)]


def continuous() -> dict[str, Any]:
    positions = [f"chr1:{at}" if at < JUMP else f"chr5:{at - JUMP}" for at in range(POSITIONS)]
    tracks = [f"track {row}" for row in range(TRACKS)]
    values = [[1.0] * POSITIONS for _ in range(TRACKS)]
    for number in range(1, 6):
        for wanted in getattr(cases, f"CONTINUOUS_VALUE_{number}")["assert_values"]:
            row, column = wanted["i"]["r"], wanted["i"]["c"]
            assert positions[column] == wanted["o"]["Position"], (column, wanted)
            tracks[row], values[row][column] = wanted["o"]["Track"], wanted["o"]["Value"]
    return {"values": values, "tracks": tracks, "positions": positions}


json.dump(
    {
        "expression": expression(),
        "continuous": continuous(),
        "resources": constants.TEST_RESOURCES,
        "nonexistent": constants.NONEXISTENT_ID,
    },
    sys.stdout,
    default=str,
)
