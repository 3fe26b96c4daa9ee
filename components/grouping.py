"""What the samples of a study are grouped by: one control, in the URL as `by` and `and`, the same on every page."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from backend import api
from backend.model import Answer, Choice, Grouping, Species
from components import inputs

MOST_POINTS = 2_000  # samples drawn over the boxes of a figure
ALONE = ""
CROSS = " × "  # between the groups of two columns


@dataclass(frozen=True)
class Grouped:
    """A grouping that was chosen. by: its keys. title: in words. ordered: whether its order means something."""

    by: tuple[str, ...]
    title: str
    ordered: bool

    @property
    def choice(self) -> Choice:
        """The same for the counter."""
        return Choice(by=self.by)


def is_there(source: str) -> bool:
    """Whether the samples of the source can be grouped by what is known of them."""
    return api.has(source, "Choice of grouping")


def picker(source: str, species: Species, crossed: bool = True) -> Grouped | None:
    """The controls; None where there is nothing to choose. crossed: whether a second column is offered."""
    if not is_there(source):
        return None
    offered = {one.key: one for one in api.groupings(source, species).value}
    if not offered:
        return None
    names = {key: f"{one.title} ({len(one.groups)})" for key, one in offered.items()}
    first = inputs.choice("Group by", inputs.BY, list(offered), next(iter(offered)), names, width=150)
    second = _second(offered, names, first) if crossed else ALONE
    parts = [offered[key] for key in (first, second) if key]
    return Grouped(
        tuple(one.key for one in parts), CROSS.join(one.title for one in parts), len(parts) > 1 or parts[0].ordered
    )


def _second(offered: dict[str, Grouping], names: dict[str, str], first: str) -> str:
    """The column that is crossed with the first: never the same one cut otherwise."""
    column = first.partition(":")[2] if offered[first].ordered and ":" in first else first
    others = [key for key in offered if key != first and not key.endswith(f":{column}") and key != column]
    return inputs.choice("and", inputs.AND_BY, [ALONE, *others], ALONE, names | {ALONE: "Nothing else"}, width=125)


def points(
    source: str, genes: list[str], species: Species, grouped: Grouped, n: int | None
) -> Answer[pd.DataFrame] | None:
    """The samples behind the groups; None where there are too many to draw. n: samples of the study."""
    if n is None or n > MOST_POINTS:
        return None
    return api.group_points(source, genes, species, grouped.by)
