"""A matrix as JSON: of v0.1.0 (rowLabels, columnLabels, expressionMatrix), of CanDIG (features), of ENCODE (@graph)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from backend.errors import BadAnswer, TooLarge
from backend.study.genes import is_ensembl, plain
from backend.study.matrix import MOST_CELLS, Matrix, as_float32
from backend.web import read_json

_HINT = "Tell those who run the server."
ASSUMED = "The server does not say whether rows are genes or samples; rows are taken as genes."


def read(body: bytes, unit: str) -> Matrix:
    """Raises BadAnswer for anything but the three forms, TooLarge over MOST_CELLS."""
    try:
        found = read_json(body)
    except (ValueError, RecursionError) as error:
        raise BadAnswer("The JSON of the server is damaged or cut.", "Ask again.") from error
    return of(found, unit)


def of(found: Any, unit: str, genes: Sequence[str] = (), samples: Sequence[str] = ()) -> Matrix:
    """The same of parsed JSON. genes, samples: what was asked for, which tells genes from samples in v0.1.0."""
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if isinstance(found, list) and found:
        raise BadAnswer(f"The server sent {len(found)} matrices where one was asked for.", "Choose a study or an id.")
    if not isinstance(found, Mapping) or not found:
        raise BadAnswer("The server has no matrix for this choice.", "Choose other genes or samples.")
    if "expressionMatrix" in found:
        return _seed(found, unit, genes, samples)
    if "@graph" in found:
        return _encode(found, unit)
    if "features" in found and isinstance(found.get("expression"), Mapping):
        return _candig(found, unit)
    raise BadAnswer(f"The JSON of the server holds no matrix; it has {', '.join(list(found)[:6])}.", _HINT)


def _seed(found: Mapping[str, Any], unit: str, genes: Sequence[str], wanted: Sequence[str]) -> Matrix:
    rows, columns = _texts(found, "rowLabels"), _texts(found, "columnLabels")
    values = _numbers(found["expressionMatrix"], len(rows), len(columns))
    listed = found.get("sampleList")
    known = {str(found.get("sampleID") or ""), *wanted, *map(str, listed if isinstance(listed, list) else ())}
    turned = _turned(rows, columns, {plain(one) for one in known} - {""}, {plain(one) for one in genes})
    if turned:
        rows, columns, values = columns, rows, values.T
    notes = (ASSUMED,) if turned is None else ()
    samples = pd.DataFrame({"sample": columns}, dtype=object)
    for name in ("tissue", "organism"):
        if found.get(name):
            samples[name] = str(found[name])
    told = str(found.get("units") or unit)
    return Matrix(tuple(rows), ("",) * len(rows), samples, values, told, notes)


def _turned(rows: list[str], columns: list[str], samples: set[str], genes: set[str]) -> bool | None:
    """Whether rows are samples, by labels that are known or look like Ensembl ids; None where nothing tells."""
    down, across = {plain(one) for one in rows}, {plain(one) for one in columns}
    upright, turned = _likeness(down, across, samples, genes), _likeness(across, down, samples, genes)
    return None if upright == turned else turned > upright


def _likeness(genes: set[str], samples: set[str], known: set[str], asked: set[str]) -> tuple[int, int]:
    """How much these look like genes, and those like samples: by names, then by the form of Ensembl ids."""
    return len(genes & asked) + len(samples & known), sum(is_ensembl(one) for one in genes)


def _candig(found: Mapping[str, Any], unit: str) -> Matrix:
    features, by_sample = _texts(found, "features"), found["expression"]
    samples = [str(name) for name in by_sample]
    values = _numbers(list(by_sample.values()), len(samples), len(features)).T
    told = str(found.get("units") or unit)
    return Matrix(tuple(features), ("",) * len(features), pd.DataFrame({"sample": samples}, dtype=object), values, told)


def _encode(found: Mapping[str, Any], unit: str) -> Matrix:
    graph = found["@graph"]
    if not isinstance(graph, list) or not all(isinstance(one, Mapping) for one in graph):
        raise BadAnswer("The @graph of the server is no list of objects.", _HINT)
    name = unit.casefold() if unit.casefold() in ("tpm", "fpkm") else "tpm"
    rows: dict[str, str] = {}
    samples: dict[str, str] = {}
    cells: dict[tuple[str, str], float] = {}
    for one in graph:
        expression, file = one.get("expression"), one.get("file")
        if not isinstance(expression, Mapping) or not isinstance(file, Mapping) or "gene_id" not in expression:
            raise BadAnswer("A row of the @graph of the server names no gene or file.", _HINT)
        gene, sample = str(expression["gene_id"]), str(file.get("@id") or "")
        named = one.get("gene")
        rows.setdefault(gene, str(named.get("symbol") or "") if isinstance(named, Mapping) else "")
        samples.setdefault(sample, str(file.get("assay_title") or ""))
        cells[gene, sample] = _number(expression.get(name))
    if len(rows) * len(samples) > MOST_CELLS:
        what = f"The matrix has {len(rows):,} genes in {len(samples):,} samples; the cap is {MOST_CELLS:,} numbers."
        raise TooLarge(what, "Choose genes or samples.")
    values = as_float32([[cells.get((g, s), np.nan) for s in samples] for g in rows])
    table = pd.DataFrame({"sample": list(samples), "assay": list(samples.values())}, dtype=object)
    return Matrix(tuple(rows), tuple(rows.values()), table, values.reshape(len(rows), len(samples)), name.upper())


def _texts(found: Mapping[str, Any], name: str) -> list[str]:
    listed = found.get(name)
    if not isinstance(listed, list) or not all(isinstance(one, str | int | float) for one in listed):
        raise BadAnswer(f"{name} of the server is no list of labels.", _HINT)
    return [str(one) for one in listed]


def _numbers(rows: Sequence[Any], n_rows: int, n_columns: int) -> Any:
    if not isinstance(rows, list) or len(rows) != n_rows or any(not isinstance(row, list) for row in rows):
        raise BadAnswer(f"The matrix of the server does not have the {n_rows} rows of its labels.", _HINT)
    for number, row in enumerate(rows, start=1):
        if len(row) != n_columns:
            raise BadAnswer(f"Row {number} of the matrix has {len(row)} numbers for {n_columns} columns.", _HINT)
    return as_float32([[_number(cell) for cell in row] for row in rows]).reshape(n_rows, n_columns)


def _number(cell: Any) -> float:
    if cell is None:
        return float("nan")
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        raise BadAnswer("The matrix of the server holds something that is no number.", _HINT)
    try:
        return float(cell)
    except (ValueError, OverflowError) as error:
        raise BadAnswer(f"The matrix of the server holds “{str(cell)[:20]}”, which is no number.", _HINT) from error
