"""Tissue answers of ARCHS4 as tables: one row a leaf of its tree of tissues.

Columns: tissue, system, organ, min, q1, median, q3, max, and n_samples, n_series where a dialect tells them.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from backend.archs4_live.service import number
from backend.errors import BadAnswer, NotFound
from backend.web import Reply

NUMBERS = ("min", "q1", "median", "q3", "max")
FLOORS = {"human": 0.113644}  # what ARCHS4 gives for no reads
ROOT = "System"
MOST_SAMPLES = 10**9  # no count is higher
SAME = "ARCHS4 gives the same numbers for"
_SPELLED = {"BLYMPHOCYTE": "B lymphocyte", "TLYMPHOCYTE": "T lymphocyte", "GRANULOSA": "Granulosa cell"}


def of_csv(reply: Reply) -> pd.DataFrame:
    """The legacy answer: id,min,q1,median,q3,max and a colour that is not needed; ids System.<system>.<organ>.<LEAF>.

    Raises NotFound for the answer to an unknown gene (the root alone), BadAnswer for another form or a part of one.
    """
    rows = [_row(parts, line) for parts, line in leaves_of_csv(reply, 4)]
    if not rows:
        raise NotFound("ARCHS4 has no tissue for this gene.", "Check the symbol and the species.")
    return _table(rows)


def leaves_of_csv(reply: Reply, depth: int) -> list[tuple[list[str], dict[str, Any]]]:
    """The parts of each id that has `depth` of them, and its line. Lines without numbers are groups, or leaves without.

    Every group is listed before the leaves, so that an answer which lost its end is known by a group without a leaf:
    the length of a page need not be announced. Raises BadAnswer.
    """
    columns, lines = _lines(reply)
    if not {"id", *NUMBERS} <= set(columns):
        raise BadAnswer(f"The tissues of {reply.host} lack the columns id, {', '.join(NUMBERS)}.", _CHANGED)
    split = [(str(line["id"]).split("."), line) for line in lines]
    found = [(parts, line) for parts, line in split if len(parts) == depth]
    whole = [(parts, line) for parts, line in found if line["min"]]
    groups = {tuple(parts) for parts, _ in split if len(parts) == depth - 1}
    bare = groups - {tuple(parts[:-1]) for parts, _ in found}
    cut = [line for _, line in found if any(line[name] is None or (line["min"] and not line[name]) for name in NUMBERS)]
    if bare or cut:
        raise BadAnswer(f"The table of {reply.host} is not complete.", "Try again in a moment.")
    return whole


def _lines(reply: Reply) -> tuple[list[str], list[dict[str, Any]]]:
    reader = csv.DictReader(reply.text.splitlines())
    try:
        lines = list(reader)
    except csv.Error as error:
        raise BadAnswer(f"{reply.host} should have answered with a table.", _CHANGED) from error
    return list(reader.fieldnames or []), lines


def _row(parts: list[str], line: Mapping[str, Any]) -> dict[str, Any]:
    _, system, organ, leaf = parts
    return {"leaf": leaf, "system": system, "organ": organ} | {name: number(line[name], name) for name in NUMBERS}


def of_tree(found: Mapping[str, Any]) -> pd.DataFrame:
    """The answer of sigpy: system -> organ -> leaf, a leaf known by its `statistics`. Leaves without samples go.

    Raises NotFound for an empty tree, BadAnswer for another form.
    """
    rows = list(_leaves(found, ()))
    if not rows:
        raise NotFound("ARCHS4 has no tissue for this gene.", "Check the symbol.")
    return _table(rows)


def _leaves(node: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    if len(path) > 6:
        raise BadAnswer("The tree of tissues of ARCHS4 is deeper than promised.", _CHANGED)
    statistics = node.get("statistics")
    if isinstance(statistics, Mapping):
        if node.get("sample_count"):
            yield _leaf(node, statistics, path)
        return
    for name, inner in node.items():
        if isinstance(inner, Mapping):
            yield from _leaves(inner, (*path, str(name)))


def _leaf(node: Mapping[str, Any], statistics: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    *above, leaf = path or ("",)
    above = [name for name in above if name not in (ROOT, "data")] or [""]
    counts = {"n_samples": node.get("sample_count"), "n_series": node.get("series_count")}
    return (
        {"leaf": leaf, "system": above[0], "organ": above[-1]}
        | {name: number(statistics.get(name), name) for name in NUMBERS}
        | {name: number(value, name) for name, value in counts.items()}
    )


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Leaves as a table, each once; attrs `notes` says what was listed twice. By lists: a panel has hundreds."""
    once: dict[tuple[str, str, str], dict[str, Any]] = {}
    twice: dict[str, None] = {}
    for row in rows:
        path = row["system"], row["organ"], row["leaf"]
        if path in once:
            twice[_spelled(row["leaf"])] = None
        once.setdefault(path, row)
    kept = list(once.values())
    counts = [name for name in ("n_samples", "n_series") if name in kept[0]]
    columns: dict[str, list[Any]] = {
        "tissue": _names(kept),
        "system": [row["system"].capitalize() for row in kept],
        "organ": [row["organ"] for row in kept],
        **{name: [row[name] for row in kept] for name in NUMBERS},
        **{name: [_count(row[name], name) for row in kept] for name in counts},
    }
    table = pd.DataFrame(columns)
    table.attrs["notes"] = (f"ARCHS4 lists {', '.join(twice)} twice; it is kept once.",) if twice else ()
    return table


def _count(value: float, name: str) -> int:
    """A number of samples or series; missing is none. Raises BadAnswer for one that cannot be."""
    if math.isnan(value):
        return 0
    if not 0 <= value <= MOST_SAMPLES:
        raise BadAnswer(f"ARCHS4 answers with an impossible {name}.", _CHANGED)
    return int(value)


def _spelled(leaf: str) -> str:
    return _SPELLED.get(leaf, leaf.capitalize())


def _names(rows: list[dict[str, Any]]) -> list[str]:
    """Leaves as people write them; those that share a name with their organ, or with their path as served."""
    named = [_spelled(row["leaf"]) for row in rows]
    organs = [row["organ"] for row in rows]
    paths = [f"{row['system']}, {row['organ']}, {row['leaf']}" for row in rows]
    for places in (organs, paths):
        seen = Counter(named)
        named = [f"{name} ({place})" if seen[name] > 1 else name for name, place in zip(named, places, strict=True)]
    return named


def notes(table: pd.DataFrame, species: str) -> tuple[str, ...]:
    """What must be known of the boxes: what stands twice, equal leaves, the floor, and that no unit is published."""
    found = [*table.attrs.get("notes", ())]
    floor = FLOORS.get(species)
    if floor is not None and (table["min"].sub(floor).abs() < 1e-6).any():
        found.append(
            f"{floor} is the floor of these numbers: no reads. A box that begins there has samples without any."
        )
    if equal := _equal(table):
        found.append(f"{SAME} {equal}.")
    found.append(
        "ARCHS4 publishes log expression without a unit; human and mouse are on different scales, so do not compare "
        "them. Each tissue mixes laboratories."
    )
    return tuple(found)


def _equal(table: pd.DataFrame) -> str:
    """Different tissues with the very same box; those of a gene that is hardly there are often alike."""
    groups: dict[tuple[float, ...], list[str]] = {}
    for tissue, *box in zip(table["tissue"], *(table[name].tolist() for name in NUMBERS), strict=True):
        groups.setdefault(tuple(box), []).append(tissue)
    alike = [names for box, names in sorted(groups.items()) if len(names) == 2 and box[2] > 3]
    return "; ".join(" and ".join(names) for names in alike)


_CHANGED = "The service has changed; try again later."
