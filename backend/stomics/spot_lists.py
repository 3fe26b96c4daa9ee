"""Spots with values of a gene, as objects, as parallel lists or as a mapping; None for what is none of them. Pure.

The names of fields are assumed: the service does not publish them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.errors import UnknownExpressionShape

Floats = npt.NDArray[np.float64]
TABLE = ("gene", "obs_id", "x", "y", "value", "group")
GENE = "gene"
VALUE = ("value", "expression", "expr", "count", "level")
ID = ("cell_id", "spot_id", "barcode", "obs_id", "id", "name")
AXES = (("x", "y"), ("spatial_x", "spatial_y"), ("coord_x", "coord_y"))
PAIR = ("coordinates", "spatial")
GROUP = ("cluster", "cell_type", "annotation", "group")
VALUES, IDS, GROUPS = "values", ("cell_ids", "barcodes", "spots"), ("cell_types", *GROUP)
COLUMNS = (VALUES, *IDS, *GROUPS, *PAIR, *(name for axes in AXES for name in axes))
NAMES = frozenset((*VALUE, *ID, *COLUMNS))
STATISTICS = ("mean", "median", "std", "pct_expressing")  # of all spots: what has one is no spot
FALLBACK = "Download an h5ad file of the data set, and open it on the page Spatial."
LONGEST = 200  # characters of a name


@dataclass(frozen=True)
class Listed:
    """Spots in a list. values, x, y: (n,), NaN where missing; x and y are None together. by: the field of the group."""

    values: Floats
    ids: Sequence[str] | None = None
    x: Floats | None = None
    y: Floats | None = None
    groups: Sequence[str] | None = None
    by: str = ""
    genes: Sequence[str] | None = None


def _texts(column: Sequence[str] | None, count: int, usual: str = "") -> npt.NDArray[np.object_]:
    found = np.full(count, usual, dtype=object)
    if column is not None:
        found[:] = column
    return found


def table_of(listed: Listed, gene: str) -> pd.DataFrame:
    """TABLE. gene: of rows that name none."""
    missing = np.full(len(listed.values), np.nan)
    return pd.DataFrame(
        {
            "gene": _texts(listed.genes, len(missing), gene),
            "obs_id": _texts(listed.ids, len(missing)),
            "x": missing if listed.x is None else listed.x,
            "y": missing if listed.y is None else listed.y,
            "value": listed.values,
            "group": _texts(listed.groups, len(missing)),
        },
        columns=list(TABLE),
    )


NOTHING = table_of(Listed(np.empty(0)), "")  # without a row


def of_records(rows: Sequence[Any]) -> Listed | None:
    """A list of objects, one a spot. One that tells neither which spot it is nor where may hold nothing else."""
    if not all(isinstance(row, Mapping) and row.keys().isdisjoint(STATISTICS) for row in rows):
        return None
    values = _first_numbers(rows, VALUE)
    if values is None:
        return None if len(rows) else Listed(np.empty(0))
    x, y = _places(rows)
    ids, (by, groups) = _ids(rows), _groups(rows)
    if ids is None and x is None and any(set(row) - {*VALUE, GENE} for row in rows):
        return None
    return Listed(values, ids, x, y, groups, by, _names(rows))


def of_columns(found: Mapping[str, Any]) -> Listed | None:
    """Parallel lists. Raises UnknownExpressionShape, naming each length, when they are not equally long."""
    given = {name: found[name] for name in COLUMNS if isinstance(found.get(name), list)}
    values = numbers(given.get(VALUES))
    if values is None:
        return None
    lengths = {name: len(column) for name, column in given.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length:,}" for name, length in lengths.items())
        raise UnknownExpressionShape(f"STOmics tells lists of unequal lengths: {told}.", FALLBACK, tuple(lengths))
    x, y = _column_places(given)
    ids = next((ids for name in IDS if (ids := _all(given.get(name), _id)) is not None), None)
    by = next((name for name in GROUPS if _all(given.get(name), _group) is not None), "")
    others = [name for name, one in found.items() if isinstance(one, list | Mapping) and name != VALUES]
    if ids is None and x is None and others:
        return None
    return Listed(values, ids, x, y, _all(given.get(by), _group), by)


def of_mapping(found: Mapping[str, Any]) -> Listed | None:
    """Spot -> number or null."""
    values = numbers(list(found.values()))
    return None if values is None else Listed(values, [plain(key) for key in found])


def number(value: Any) -> float | None:
    """A finite number, NaN for null; None for anything else, also for true and false."""
    if value is None:
        return math.nan
    if type(value) is float:
        return None if math.isinf(value) else value
    if type(value) is not int:
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def numbers(column: Any) -> Floats | None:
    """A list of numbers and nulls; None for anything else."""
    if not isinstance(column, list):
        return None
    found = [number(value) for value in column]
    return None if None in found else np.array(found, dtype=np.float64)


def plain(text: Any) -> str:
    """A text of the service as it can be shown and sent: one line, not too long, no half characters."""
    whole = str(text)
    if not (whole.isascii() and whole.isprintable()):  # most are, and names of very many spots come
        whole = whole.encode("utf-8", "replace").decode()
        whole = "".join(sign if sign.isprintable() else " " for sign in whole)
    return " ".join(whole.split())[:LONGEST]


def scalar(value: Any) -> str | None:
    """A single value as text; None for lists, objects and null."""
    if isinstance(value, bool):
        return str(value).lower()
    return (
        plain(f"{value:.12g}" if isinstance(value, float) else value) if isinstance(value, str | int | float) else None
    )


def _first_numbers(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Floats | None:
    return next((found for name in names if (found := _numbers_of(rows, name)) is not None), None)


def _numbers_of(rows: Sequence[Mapping[str, Any]], name: str) -> Floats | None:
    """A field that every row has."""
    if not rows or not all(name in row for row in rows):
        return None
    return numbers([row[name] for row in rows])


def _places(rows: Sequence[Mapping[str, Any]]) -> tuple[Floats, Floats] | tuple[None, None]:
    for first, second in AXES:
        x, y = _numbers_of(rows, first), _numbers_of(rows, second)
        if x is not None and y is not None:
            return x, y
    for name in PAIR:
        if all(name in row for row in rows) and (found := _pairs([row[name] for row in rows])) is not None:
            return found
    return None, None


def _column_places(given: Mapping[str, list[Any]]) -> tuple[Floats, Floats] | tuple[None, None]:
    for first, second in AXES:
        x, y = numbers(given.get(first)), numbers(given.get(second))
        if x is not None and y is not None:
            return x, y
    return next((found for name in PAIR if (found := _pairs(given.get(name))) is not None), (None, None))


def _pairs(column: Any) -> tuple[Floats, Floats] | None:
    """[x, y] or null for each spot."""
    if not isinstance(column, list):
        return None
    pairs = [[None, None] if pair is None else pair for pair in column]
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        return None
    x, y = numbers([pair[0] for pair in pairs]), numbers([pair[1] for pair in pairs])
    return None if x is None or y is None else (x, y)


def _ids(rows: Sequence[Mapping[str, Any]]) -> list[str] | None:
    for name in ID:
        if all(name in row for row in rows) and (found := _all([row[name] for row in rows], _id)) is not None:
            return found
    return None


def _groups(rows: Sequence[Mapping[str, Any]]) -> tuple[str, list[str] | None]:
    """The field that tells the group, of some spots at least, and the groups."""
    for name in GROUP:
        if any(name in row for row in rows):
            found = _all([row.get(name) for row in rows], _group)
            if found is not None:
                return name, found
    return "", None


def _names(rows: Sequence[Mapping[str, Any]]) -> list[str] | None:
    return [plain(row[GENE]) for row in rows] if all(isinstance(row.get(GENE), str) for row in rows) else None


def _all(column: Any, read: Any) -> list[str] | None:
    """What `read` makes of every element of a list; None when it makes None of any."""
    if not isinstance(column, list):
        return None
    found = [read(value) for value in column]
    return None if None in found else found


def _id(value: Any) -> str | None:
    return scalar(value) if value is not None and not isinstance(value, bool) and value != "" else None


def _group(value: Any) -> str | None:
    return "" if value is None else scalar(value)
