"""The expression of a gene as STOmics may answer it: five shapes, read into one table. Pure.

Which of them the service uses is not published, so all of this is assumed; what fits none of them is an error that
names the keys that came, never a guess. In the order they are tried:

1 records   a list of objects, one a spot, or such a list under `items`, `data`, ...
2 columns   parallel lists: `values`, and `x` and `y` or `coordinates`
4 by gene   {"genes": {"SOX2": ...}}, a list of {"gene": "SOX2", ...}, or one such object around a mapping
5 summary   mean, median and the like, without any spot
3 mapping   {"spot 1": 0.0, ...}; last, because it has no key of its own
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from backend.errors import UnknownExpressionShape
from backend.stomics import spot_lists
from backend.stomics.spot_lists import FALLBACK, GENE, STATISTICS, Listed, number, plain, scalar, table_of

RECORDS, COLUMNS, MAPPING, BY_GENE, SUMMARY = 1, 2, 3, 4, 5
NAMES = {RECORDS: "records", COLUMNS: "columns", MAPPING: "mapping", BY_GENE: "by gene", SUMMARY: "summary"}
CONTAINERS = ("items", "data", "results", "spots", "cells", "expression", "values")
TOTALS = ("n_spots", "n_cells", "n_total", "n_obs", "total")
UNITS = ("unit", "units")
PAGING = ("page", "per_page", "pages", "next")
# Single values that describe an answer; in a mapping they are no spots.
ABOUT = (*TOTALS, *UNITS, *PAGING, "accession", "dataset", "dataset_id", "gene_id", "normalization", "species")
# What no spot is called: parts of other shapes, and of errors.
_NO_SPOT = {*CONTAINERS, *STATISTICS, *spot_lists.NAMES, GENE, "genes", "detail", "error", "message", "status", "code"}
_COUNT = re.compile(r"^n_[a-z_]+$")
_SHOWN, _LONGEST = 12, 40  # keys in a message, and characters of each


@dataclass(frozen=True)
class Expression:
    """What an answer tells. shape: its number; inner: of what stands inside of shape 4, else the same.

    table: spot_lists.TABLE, one row a spot; x, y and value are NaN and group is "" where none is told. has_ids,
    has_places: obs_id, x and y are told. by: the name of the field that tells the group, "" for none. unit: "" when not
    told. n_total: spots there are, None when not told. annotations: further single values. unread: names of what else
    came. summaries: gene -> statistic -> number, NaN where missing. is_page: it may be one page of several.
    """

    shape: int
    inner: int
    table: pd.DataFrame
    has_ids: bool = False
    has_places: bool = False
    by: str = ""
    unit: str = ""
    n_total: int | None = None
    annotations: tuple[tuple[str, str], ...] = ()
    unread: tuple[str, ...] = ()
    summaries: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    is_page: bool = False

    @property
    def name(self) -> str:
        """The shape in words: "columns", or "columns by gene"."""
        return NAMES[self.inner] if self.shape == self.inner else f"{NAMES[self.inner]} by gene"


def read(value: Any, gene: str = "") -> Expression:
    """A JSON value as a table. gene: what its rows are called where it names none itself.

    Raises UnknownExpressionShape for anything else, and for parallel lists of unequal lengths.
    """
    found = _read(value, gene)
    if found is None:
        raise unknown(value)
    return found


def is_empty(value: Any) -> bool:
    """Whether nothing came at all, which is what a gene that is not there may look like."""
    return value is None or value in ([], {}, "")


def unknown(value: Any) -> UnknownExpressionShape:
    """The error for a value of no known shape, with the keys that were seen."""
    if isinstance(value, Mapping):
        keys = tuple(plain(key) for key in value)
        what = f"an object with {_listed(keys)}"
    elif isinstance(value, list):
        keys = tuple(dict.fromkeys(plain(key) for row in value[:_SHOWN] if isinstance(row, Mapping) for key in row))
        what = f"a list of {len(value):,}" + (f" with {_listed(keys)}" if keys else ", not of objects")
    else:
        keys, what = (), f"“{plain(value)[:_LONGEST]}”"
    return UnknownExpressionShape(f"STOmics told the expression in a form that is not known: {what}.", FALLBACK, keys)


def _listed(keys: Sequence[str]) -> str:
    if not keys:
        return "no keys"
    more = f" and {len(keys) - _SHOWN:,} more" if len(keys) > _SHOWN else ""
    return f"the keys {', '.join(key[:_LONGEST] or '“”' for key in keys[:_SHOWN])}{more}"


def _read(value: Any, gene: str) -> Expression | None:
    found = _flat(value, gene)
    if found is None and isinstance(value, list):
        return _wrappers(value, gene)
    if found is None and isinstance(value, Mapping):
        return _genes(value)
    return found


def _flat(value: Any, gene: str) -> Expression | None:
    """Every shape but genes inside of something."""
    if isinstance(value, list):
        return _records(value, {}, gene)
    if not isinstance(value, Mapping):
        return None
    named = plain(value[GENE]) if isinstance(value.get(GENE), str) else gene
    for shape in (_contained, _columns, _summary, _mapping):
        if (found := shape(value, named)) is not None:
            return found
    return None


def _records(rows: Sequence[Any], about: Mapping[str, Any], gene: str, key: str = "") -> Expression | None:
    return _spots(RECORDS, spot_lists.of_records(rows), about, gene, (key,))


def _contained(value: Mapping[str, Any], gene: str) -> Expression | None:
    """Records under one of CONTAINERS. An empty list is one only where nothing else can be meant."""
    lists = {key: value[key] for key in CONTAINERS if isinstance(value.get(key), list)}
    for key, rows in lists.items():
        if rows and (found := _records(rows, value, gene, key)) is not None:
            return found
    if not lists or any(lists.values()) or "values" in lists:
        return None
    return _records([], value, gene, next(iter(lists)))


def _columns(value: Mapping[str, Any], gene: str) -> Expression | None:
    return _spots(COLUMNS, spot_lists.of_columns(value), value, gene, spot_lists.COLUMNS)


def _genes(value: Mapping[str, Any]) -> Expression | None:
    """{"genes": {"SOX2": {...}}}."""
    inside = value.get("genes")
    if not isinstance(inside, Mapping):
        return None
    return _joined([_flat(one, plain(name)) for name, one in inside.items()], value)


def _wrappers(rows: Sequence[Any], gene: str) -> Expression | None:
    """A list of {"gene": "SOX2", ...}."""
    if not all(isinstance(row, Mapping) and isinstance(row.get(GENE), str) for row in rows):
        return None
    return _joined([_flat(row, gene) for row in rows], {})


def _summary(value: Mapping[str, Any], gene: str) -> Expression | None:
    """Statistics alone; texts beside them describe them."""
    told = {key: number(one) for key, one in value.items() if key in STATISTICS or _COUNT.match(key)}
    others = {key: one for key, one in value.items() if key not in told and key != GENE}
    statistics = {key: one for key, one in told.items() if one is not None}
    if not told or len(statistics) < len(told):
        return None
    if not all(isinstance(one, str) or (key in ABOUT and scalar(one) is not None) for key, one in others.items()):
        return None
    found = _spots(SUMMARY, spot_lists.of_records([]), value, gene, STATISTICS)
    return found and replace(found, summaries={gene: statistics})


def _mapping(value: Mapping[str, Any], gene: str) -> Expression | None:
    """Spot -> number. Inside of {"gene": ..., ...} texts may describe it; alone it holds numbers only."""
    wrapped = isinstance(value.get(GENE), str)
    about = {key: one for key, one in value.items() if key in ABOUT or _COUNT.match(key) or (wrapped and key == GENE)}
    spots = {key: one for key, one in value.items() if key not in about}
    if not spots or _NO_SPOT & spots.keys() or not (wrapped or all(number(one) is not None for one in about.values())):
        return None
    found = _spots(MAPPING, spot_lists.of_mapping(spots), about, gene)
    return found and replace(found, shape=BY_GENE if wrapped else MAPPING)


def _joined(parts: Sequence[Expression | None], about: Mapping[str, Any]) -> Expression | None:
    """What several genes tell, as one; None when any cannot be read, or when they are told in different ways."""
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return None
    first, outer = known[0], _about(about, ("genes",))
    ways = {(part.inner, part.by, part.unit, part.has_ids, part.has_places) for part in known}
    if len(ways) > 1:
        return None
    return replace(
        first,
        shape=BY_GENE,
        table=first.table if len(known) == 1 else pd.concat([part.table for part in known], ignore_index=True),
        unit=first.unit or outer.unit,
        n_total=next((part.n_total for part in (*known, outer) if part.n_total is not None), None),
        annotations=tuple(dict.fromkeys((*outer.annotations, *first.annotations))),
        unread=tuple(dict.fromkeys((*outer.unread, *first.unread))),
        summaries={name: told for part in known for name, told in part.summaries.items()},
        is_page=outer.is_page or any(part.is_page for part in known),
    )


def _spots(
    shape: int, listed: Listed | None, about: Mapping[str, Any], gene: str, used: Sequence[str] = ()
) -> Expression | None:
    if listed is None:
        return None
    return replace(
        _about(about, used),
        shape=shape,
        inner=shape,
        table=table_of(listed, gene),
        has_ids=listed.ids is not None,
        has_places=listed.x is not None,
        by=listed.by,
    )


def _about(value: Mapping[str, Any], used: Sequence[str]) -> Expression:
    """What stands around the spots. used: keys that were read already."""
    rest = {key: one for key, one in value.items() if key not in used and key != GENE and one is not None}
    texts = {key: scalar(one) for key, one in rest.items()}
    unit = next((text for key in UNITS if isinstance(rest.get(key), str) and (text := texts[key])), "")
    total = next((rest[key] for key in TOTALS if type(rest.get(key)) is int and rest[key] >= 0), None)
    told = tuple((plain(key), text) for key, text in texts.items() if text is not None and key not in UNITS)
    unread = tuple(plain(key) for key, text in texts.items() if text is None and rest[key])
    return Expression(
        0, 0, spot_lists.NOTHING, unit=unit, n_total=total, annotations=told, unread=unread,
        is_page=any(key in rest for key in PAGING) and rest.get("pages") != 1,
    )  # fmt: skip
