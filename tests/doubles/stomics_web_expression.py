"""Expression of a gene in each shape a client should understand, and in some that it should refuse.

Which of them the service sends is not known: each is an ASSUMED SHAPE.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.doubles.section_files import Truth


def answer(shape: str, truth: Truth, gene: str, accession: str) -> Any:
    """The JSON of one of SHAPES (stomics_web_switches)."""
    spots, (x, y) = truth.spots, truth.xy.T.tolist()
    values, group = truth.of(gene).tolist(), next(iter(truth.groups.values()))
    ends = [{"accession": accession, "gene": gene, "n_spots": len(spots), "unit": "counts"}]
    columns = {"x": x, "y": y, "values": values, "cell_ids": spots, "cell_types": group}
    records = [
        {"cell_id": spot, "x": one_x, "y": one_y, "value": value, "cell_type": one_group}
        for spot, one_x, one_y, value, one_group in zip(spots, x, y, values, group, strict=True)
    ]
    mapping = dict(zip(spots, values, strict=True))
    return {
        "records": lambda: {"items": records},
        "bare records": lambda: [
            {"barcode": one["cell_id"], "spatial": [one["x"], one["y"]], "expression": one["value"]} for one in records
        ],
        "columns": lambda: {**ends[0], **columns},
        "no positions": lambda: {"values": values, "cell_ids": spots, "cell_types": group},
        "mapping": lambda: mapping,
        "genes": lambda: {"genes": {gene: {"coordinates": truth.xy.tolist(), "values": values}}},
        "gene": lambda: [{"gene": gene, "spots": records}],
        "summary": lambda: {"gene": gene, **summary(truth, gene)},
        "expressing": lambda: {**ends[0], "items": [one for one in records if one["value"]]},
        "nulls": lambda: {"items": [one | ({"value": None} if n == 1 else {}) for n, one in enumerate(records)]},
        "strings": lambda: mapping | {spots[0]: "high"},
        "booleans": lambda: mapping | {spots[0]: True},
        "unequal": lambda: {**ends[0], **columns, "values": values[:-1]},
        "empty": lambda: {"items": []},
        "unknown": lambda: {"gene": gene, "matrix_url": "elsewhere", "blocks": [[1, 2], [3, 4]]},
    }[shape]()


def summary(truth: Truth, gene: str) -> dict[str, float]:
    """Statistics of a gene; std of the population."""
    values = truth.of(gene)
    told = {"mean": np.mean(values), "median": np.median(values), "std": np.std(values)}
    return {name: float(value) for name, value in told.items()} | {
        "pct_expressing": float(100 * (values > 0).mean()),
        "n_spots": len(values),
    }
