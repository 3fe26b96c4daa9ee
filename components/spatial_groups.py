"""How a gene is spread over the groups of a section: numbers, sampled spots, boxes on the screen. Pure."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from backend.model import Spots
from components import palette, spatial_drawn
from components.charts import figure, ink, titled
from components.drawn import BY_NAME, BY_VALUE, spread

Numbers = npt.NDArray[np.float64]
ALL, ABSENT = "All spots", "not listed, as 0"
MOST_POINTS = 1_500  # of a gene
ROW, AROUND = 40, 62  # px
MEANS, POINTS = "means", "spots"
BOX = ("min", "q1", "median", "q3", "max")
_LONGEST = 26  # signs of a group beside its row
ORDERS = {BY_VALUE: "Mean", BY_NAME: "Group"}
KEY = "Box: first to third quartile. Line: median. Diamond: mean. Whiskers: lowest and highest spot."


@dataclass(frozen=True)
class Distribution:
    """One gene over groups.

    table: group, n (spots measured), missing, above_0 (share of n), mean, sd, BOX, first row on top. points: group,
    value; sampled: whether they are a part only. as_0: spots that the answer does not list count as 0; zeros: those of
    no group.
    """

    gene: str
    unit: str
    table: pd.DataFrame
    points: pd.DataFrame
    sampled: bool
    zeros: int
    as_0: bool
    order: tuple[str, ...]

    def numbers(self) -> pd.DataFrame:
        """Exactly the numbers drawn, with the unit in the names of their columns."""
        names = {name: f"{name}, {self.unit}" if self.unit else name for name in ("mean", "sd", *BOX)}
        return self.table.rename(columns={**names, "n": "n spots", "above_0": "share above 0"})


def filled(spots: Spots, place: int) -> tuple[Numbers, int]:
    """Values of a gene, 0 for each spot that its answer does not list; how many further spots of no group there are.

    Spots that another gene lists have their groups, unless some that are listed have no value: those stay missing, and
    then all that are not listed are of no group.
    """
    values, told = spots.values[place], spots.n_told or 0
    listed = spots.n_listed[place] if spots.n_listed else len(values)
    if listed > np.isfinite(values).sum():
        return values, max(0, told - listed)
    return np.nan_to_num(values), max(0, told - len(values))


def with_zeros(spots: Spots) -> Spots:
    """The same over all spots there are, 0 for those not listed; as it is where that would hide what is missing."""
    parts = [filled(spots, place) for place in range(len(spots.genes))]
    if len({zeros for _, zeros in parts}) > 1 or any(np.isnan(values).any() for values, _ in parts):
        return spots
    values = np.array([np.r_[values, np.zeros(zeros)] for values, zeros in parts])
    return replace(spots, values=values, n_told=None)


def of(spots: Spots, place: int, order: str = BY_VALUE, as_0: bool = False) -> Distribution:
    """The gene at a place over all spots and each group. as_0: spots that the answer does not list count as 0."""
    as_0 = as_0 and spots.n_told is not None
    values, zeros = filled(spots, place) if as_0 else (spots.values[place], 0)
    names = spatial_drawn.group_order(spots)
    codes = spatial_drawn.group_codes(spots.table["group"], names)
    parts = {name: values[codes == number] for number, name in enumerate(names)}
    if zeros and parts:
        parts[ABSENT] = np.zeros(zeros)
    rows = [_row(name, part) for name, part in parts.items() if len(part)]
    whole = _row(ALL, np.r_[values, np.zeros(zeros)])
    table = pd.DataFrame([whole, *_sorted(rows, order)])
    points = _points(values, codes, names)
    sampled = len(points) < int(np.isfinite(values).sum())
    return Distribution(spots.genes[place], spots.unit, table, points, sampled, zeros, as_0, names)


def _row(name: str, values: Numbers) -> dict[str, Any]:
    seen = values[np.isfinite(values)]
    if not len(seen):
        empty = dict.fromkeys(("above_0", "mean", "sd", *BOX), np.nan)
        return {"group": name, "n": 0, "missing": len(values), **empty}
    box = dict(zip(BOX, np.percentile(seen, [0, 25, 50, 75, 100]), strict=True))
    return {
        "group": name,
        "n": len(seen),
        "missing": len(values) - len(seen),
        "above_0": float((seen > 0).mean()),
        "mean": float(seen.mean()),
        "sd": float(seen.std()),
        **box,
    }


def _sorted(rows: list[dict[str, Any]], order: str) -> list[dict[str, Any]]:
    """By mean, highest first, or as they are; what is not told stays last."""
    if order == BY_NAME:
        return rows
    last = {palette.NOT_TOLD: 1, ABSENT: 2}
    return sorted(rows, key=lambda row: (last.get(row["group"], 0), -np.nan_to_num(row["mean"], nan=-np.inf)))


def _points(values: Numbers, codes: npt.NDArray[np.intp], names: tuple[str, ...]) -> pd.DataFrame:
    """Spots that were measured; of more than MOST_POINTS as many, drawn at random, the same ones each time."""
    seen = np.flatnonzero(np.isfinite(values))
    if len(seen) > MOST_POINTS:
        seen = np.sort(np.random.default_rng(0).choice(seen, MOST_POINTS, replace=False))
    groups = np.array(names or (ALL,), dtype=object)[codes[seen]]
    return pd.DataFrame({"group": groups, "value": values[seen]})


def boxes(shown: Distribution, dark: bool, limits: tuple[float, float] | None = None) -> go.Figure:
    """A box a group in the colour of the group, with its mean and some of its spots. limits: of the values."""
    table = shown.table
    place = {name: row for row, name in enumerate(table["group"])}
    data = [_dots(shown, place, dark), *_boxes(shown, dark), _means(shown, dark)]
    ticks = [_label(row) for row in table.itertuples()]
    rows = {"tickvals": list(range(len(table))), "ticktext": ticks, "range": [len(table) - 0.5, -0.5]}
    low, high = limits or reach([shown])
    return figure(
        data,
        dark,
        ROW * len(table) + AROUND,
        {
            "xaxis": {"title": titled(html.escape(shown.unit)), "range": [low, high], "nticks": 5},
            "yaxis": {"showgrid": False, "tickfont": {"size": 12}, "tickmode": "array", **rows},
        },
        hovermode="y",
        margin={"l": 8, "r": 14, "t": 8, "b": 48},
    )


def reach(shown: list[Distribution]) -> tuple[float, float]:
    """A range of values that holds every box."""
    low = min([0.0, *(float(one.table["min"].min()) for one in shown if one.table["n"].any())])
    high = max([0.0, *(float(one.table["max"].max()) for one in shown if one.table["n"].any())])
    room = 0.04 * (high - low) or 1.0
    return low - room / 2, high + room


def colours(shown: Distribution, dark: bool) -> dict[str, str]:
    """Group -> colour, as in the section."""
    plain = palette.ABUNDANCE_DARK if dark else palette.ABUNDANCE
    named = palette.group_colours(shown.order)
    return {ALL: ink(dark)["line"] if named else plain, ABSENT: palette.MISSING, **named}


def _label(row: Any) -> str:
    """Group, number of spots and share above 0, on two lines."""
    name = row.group if len(row.group) <= _LONGEST else f"{row.group[: _LONGEST - 1].rstrip()}…"
    return f"{html.escape(name)}<br><span style='font-size:10px'>{_counted(row)}</span>"


def words(row: Any) -> str:
    """The same in one line, for paper."""
    return f"{row.group} ({_counted(row)})"


def _counted(row: Any) -> str:
    return f"n = {row.n:,}, {share(row.above_0)} > 0" if row.n else "not measured"


def share(part: float) -> str:
    """A share in words that never rounds something to nothing, or nearly all to all."""
    if 0 < part < 0.001:
        return "<0.1%"
    return f"{part:.1%}" if part < 0.1 or 0.999 > part > 0.9 else ">99.9%" if 0.999 <= part < 1 else f"{part:.0%}"


def _boxes(shown: Distribution, dark: bool) -> list[dict[str, Any]]:
    tones = colours(shown, dark)
    traces = []
    for row in shown.table.itertuples():
        if row.n:
            tone = tones.get(row.group, palette.MISSING)
            one = {name: [getattr(row, name)] for name in ("q1", "median", "q3")}
            traces.append(
                {
                    "type": "box",
                    "y": [row.Index],
                    **one,
                    "lowerfence": [row.min],
                    "upperfence": [row.max],
                    "orientation": "h",
                    "width": 0.5,
                    "line": {"width": 1.3, "color": ink(dark)["text"]},
                    "fillcolor": palette.faded(tone, 0.75),
                    "whiskerwidth": 0.5,
                    "hoverinfo": "skip",
                    "name": row.group,
                }
            )
    return traces


def _dots(shown: Distribution, place: dict[str, int], dark: bool) -> dict[str, Any]:
    """Sampled spots beneath the boxes, spread over the height of their row."""
    points = shown.points
    offsets = points.groupby("group")["value"].transform(lambda values: spread(values.to_numpy(dtype=float)))
    rows = points["group"].map(place).to_numpy(dtype=float)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": POINTS,
        "x": points["value"].to_numpy(dtype=np.float32),
        "y": (rows + 0.38 * offsets.to_numpy(dtype=float)).astype(np.float32),
        "marker": {"size": 3, "color": ink(dark)["line"], "opacity": 0.45},
        "hoverinfo": "skip",
    }


def _means(shown: Distribution, dark: bool) -> dict[str, Any]:
    """Diamonds on the means, which carry the hover of their row."""
    table = shown.table[shown.table["n"] > 0]
    hovers = [_hover(row, shown) for row in table.itertuples()]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": MEANS,
        "x": table["mean"].to_numpy(),
        "y": table.index.to_numpy(),
        "customdata": list(table["group"]),
        "hovertext": hovers,
        "hoverinfo": "text",
        "marker": {
            "symbol": "diamond",
            "size": 8,
            "color": ink(dark)["paper"],
            "line": {"width": 1.4, "color": ink(dark)["text"]},
        },
    }


def _hover(row: Any, shown: Distribution) -> str:
    unit = f" {html.escape(shown.unit)}" if shown.unit else ""
    lost = f", {row.missing:,} not measured" if row.missing else ""
    return (
        f"<b>{html.escape(row.group)}</b><br>n = {row.n:,} spots{lost}<br>above 0: {share(row.above_0)}<br>"
        f"mean {row.mean:.3g}, median {row.median:.3g}{unit}<br>quartiles {row.q1:.3g} to {row.q3:.3g}"
    )
