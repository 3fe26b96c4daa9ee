"""Several genes over the same spots: each answer lists spots of its own, in an order of its own. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.errors import BadAnswer
from backend.stomics.shapes import Expression

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
_TEXTS = np.empty(0, dtype=object)
_NONE = pd.DataFrame({"spot": _TEXTS, "x": np.empty(0), "y": np.empty(0), "group": _TEXTS})


@dataclass(frozen=True)
class Joined:
    """Genes over all spots that any of their answers lists.

    spots: spot, x, y, group as in model.SPOT_COLUMNS. genes: labels. listed: of each gene, the places of its spots, and
    their values. by: what tells the group, "" for nothing. n_told: spots there are, when a gene lists fewer, else None.
    """

    spots: pd.DataFrame
    genes: tuple[str, ...]
    listed: tuple[tuple[Places, Floats], ...]
    by: str
    n_told: int | None

    def row(self, number: int) -> Floats:
        """Values of a gene over all spots, (s,); NaN where missing, and for spots its answer does not list."""
        places, values = self.listed[number]
        found = np.full(len(self.spots), np.nan)
        found[places] = values
        return found

    def rows(self) -> Floats:
        """All of them, (g, s)."""
        return np.stack([self.row(number) for number in range(len(self.genes))])

    @property
    def n_listed(self) -> tuple[int, ...]:
        """How many spots the answer of each gene lists."""
        return tuple(len(places) for places, _ in self.listed)


def join(found: Mapping[str, Expression]) -> Joined:
    """Genes by their spots' ids, else by their places; without either by their order, if equally many are listed.

    Raises BadAnswer where one gene comes with ids, and another without, or where the order cannot be trusted.
    """
    known = {gene: one for gene, one in found.items() if len(one.table)}
    _check(known)
    index: pd.Index[Any] = pd.Index([], dtype=object)
    parts: list[pd.DataFrame] = []
    listed: dict[str, tuple[Places, Floats]] = {}
    for gene, one in known.items():
        keys = _keys(one)
        new = index.get_indexer(keys) < 0
        parts.append(_spots(one, new))
        index = index.append(keys[new])
        listed[gene] = index.get_indexer(keys), one.table["value"].to_numpy()
    spots = pd.concat(parts, ignore_index=True) if parts else _NONE.copy()
    again = spots.groupby("spot").cumcount()
    spots.loc[again > 0, "spot"] += " (" + (again[again > 0] + 1).astype(str) + ")"
    for gene, one in known.items():
        _complete(spots, listed[gene][0], one.table)
    nothing = np.empty(0, dtype=np.intp), np.empty(0)
    told = max((one.n_total or 0 for one in known.values()), default=0)
    most = max(told, len(spots))
    short = any(len(places) < most for places, _ in listed.values())
    return Joined(
        spots,
        tuple(found),
        tuple(listed.get(gene, nothing) for gene in found),
        next((one.by for one in known.values() if one.by), ""),
        most if short else None,
    )


def _check(found: Mapping[str, Expression]) -> None:
    ways = {_way(one): gene for gene, one in found.items()}
    if len(ways) > 1:
        told = " and ".join(f"{gene} by {way}" for way, gene in ways.items())
        raise BadAnswer(f"STOmics tells the spots of {told}, so they cannot be joined.", "Ask for one gene at a time.")
    counts = {len(one.table): gene for gene, one in found.items()}
    if "order" in ways and len(counts) > 1:
        told = ", ".join(f"{gene} {count:,}" for count, gene in counts.items())
        raise BadAnswer(
            f"STOmics tells neither names nor places of spots, and not equally many: {told}.",
            "Ask for one gene at a time.",
        )


def _way(one: Expression) -> str:
    return "name" if one.has_ids else "place" if one.has_places else "order"


def _keys(one: Expression) -> pd.Index[Any]:
    """What tells spots apart; a name that stands several times is told apart by its order."""
    table = one.table
    if one.has_ids:
        keys = table["obs_id"]
    elif one.has_places:
        keys = pd.Series([f"{x!r},{y!r}" for x, y in zip(table["x"].tolist(), table["y"].tolist(), strict=True)])
    else:
        keys = pd.Series([str(number) for number in range(len(table))])
    again = keys.duplicated(keep=False)
    if again.any():
        keys = keys.where(~again, keys + "\0" + keys.groupby(keys).cumcount().astype(str))
    found: pd.Index[Any] = pd.Index(np.asarray(keys, dtype=object))
    return found


def _spots(one: Expression, which: npt.NDArray[np.bool_] | slice) -> pd.DataFrame:
    table = one.table[which]
    if one.has_ids:
        names = table["obs_id"].to_numpy(dtype=object)
    elif one.has_places:
        names = np.array([f"{x:g}, {y:g}" for x, y in zip(table["x"], table["y"], strict=True)], dtype=object)
    else:
        names = np.array([str(number + 1) for number in table.index], dtype=object)
    return pd.DataFrame(
        {"spot": names, "x": table["x"].to_numpy(), "y": table["y"].to_numpy(), "group": table["group"].to_numpy()}
    )


def _complete(spots: pd.DataFrame, places: Places, table: pd.DataFrame) -> None:
    """Positions and groups that the first answer with a spot did not tell, and this one does."""
    for column, lacks in (("x", spots["x"].isna()), ("y", spots["y"].isna()), ("group", spots["group"] == "")):
        wanted = lacks.to_numpy()[places]
        if wanted.any():
            spots.loc[places[wanted], column] = table[column].to_numpy()[wanted]
