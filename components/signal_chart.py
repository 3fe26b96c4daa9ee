"""Continuous tracks of a region: what is drawn of them, and the figure on the screen. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from components import palette
from components.charts import figure, ink, short, titled

MOST_POINTS = 20_000  # of a track
MOST_TRACKS = 8  # of a figure
SMOOTH = 20_000  # points of all tracks, above which the browser's graphics card draws
PANEL, GAP, BELOW = 104, 22, 66  # px
NUMBERS = ("track", "position", "value")
BINS = ("track", "first position", "last position", "lowest", "highest")


@dataclass(frozen=True)
class Signal:
    """A region as it is drawn.

    table: track, first, last (positions, both included), low, high; one row a position, where low is high, or one row
    a bin. Rows of a track are in order. positions: how many the region has; per_bin: how many a bin holds at most, 1
    when nothing was binned. step: the usual distance between two rows.
    """

    table: pd.DataFrame
    chromosome: str
    unit: str
    positions: int
    per_bin: int
    step: int

    @property
    def tracks(self) -> list[str]:
        """Names of the tracks, in order."""
        return list(dict.fromkeys(self.table["track"]))

    @property
    def first(self) -> int:
        """The first position of the region."""
        return int(self.table["first"].min())

    @property
    def last(self) -> int:
        """The last position of the region."""
        return int(self.table["last"].max())

    @property
    def binned(self) -> bool:
        """Whether rows are bins."""
        return self.per_bin > 1

    def told(self) -> str:
        """What was binned, in a sentence; "" for nothing."""
        if not self.binned:
            return ""
        return (
            f"{self.positions:,} positions are drawn in bins of {self.per_bin:,}: each shows its lowest and its "
            "highest value. A smaller region shows every position."
        )

    def numbers(self) -> pd.DataFrame:
        """Exactly the numbers drawn, as NUMBERS, or as BINS where they are binned."""
        if self.binned:
            return self.table[["track", "first", "last", "low", "high"]].set_axis(list(BINS), axis=1)
        return self.table[["track", "first", "low"]].set_axis(list(NUMBERS), axis=1)


def drawn(table: pd.DataFrame, chromosome: str, unit: str, most: int = MOST_POINTS) -> Signal:
    """table: track, position, value, where every track has the same positions, in order. most: points of a track.

    Above `most` positions, runs of neighbouring ones become bins of two points, their lowest and highest value.
    """
    all_positions, all_names = table["position"].to_numpy(dtype=np.int64), table["track"].to_numpy(dtype=object)
    new = np.flatnonzero((np.diff(all_positions) < 0) | (all_names[1:] != all_names[:-1]))
    count = int(new[0]) + 1 if len(new) else len(table)
    positions, names = all_positions[:count], _once(list(all_names[::count]))
    values = table["value"].to_numpy(dtype=float).reshape(-1, count)
    per_bin = 1 if count <= most else -(-count // (most // 2))
    starts = np.arange(0, count, per_bin)
    ends = np.append(starts[1:], count) - 1
    absent = np.isnan(values)
    low = np.minimum.reduceat(np.where(absent, np.inf, values), starts, axis=1)
    high = np.maximum.reduceat(np.where(absent, -np.inf, values), starts, axis=1)
    missing = np.isinf(low)
    found = pd.DataFrame(
        {
            "track": np.repeat(np.array(names, dtype=object), len(starts)),
            "first": np.tile(positions[starts], len(names)),
            "last": np.tile(positions[ends], len(names)),
            "low": np.where(missing, np.nan, low).ravel(),
            "high": np.where(missing, np.nan, high).ravel(),
        }
    )
    return Signal(found, chromosome, unit, count, per_bin, _step(positions[starts]))


def _once(names: list[str]) -> list[str]:
    """Every name once: tracks that share a name are numbered."""
    return [
        name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})"
        for place, name in enumerate(names)
    ]


def _step(positions: npt.NDArray[np.int64]) -> int:
    """The usual distance between neighbours."""
    return int(np.median(np.diff(positions))) if len(positions) > 1 else 1


def line(signal: Signal, rows: pd.DataFrame) -> pd.DataFrame:
    """The points of one track's line: x, y, and the row each belongs to; NaN where positions are left out.

    A position is a step as wide as the usual distance; a bin goes, at its first position, from its lowest to its
    highest value.
    """
    first = rows["first"].to_numpy()
    low, number = rows["low"].to_numpy(dtype=float), np.arange(len(rows))
    after = np.append(np.flatnonzero(np.diff(first) > 1.5 * signal.step), len(rows) - 1)  # rows that end a run
    if signal.binned:
        x, row = np.repeat(first.astype(float), 2), np.repeat(number, 2)
        y = np.stack([low, rows["high"].to_numpy(dtype=float)], axis=1).ravel()
        row_ends = after[:-1]
        at, ends, y_ends = 2 * row_ends + 2, x[2 * row_ends + 1], np.full(len(row_ends), np.nan)
    else:
        x, y, row = first.astype(float), low, number
        at, row_ends = np.repeat(after + 1, 2), np.repeat(after, 2)
        ends = first[row_ends] + float(signal.step)
        y_ends = np.where(np.arange(len(at)) % 2, np.nan, low[row_ends])
    return pd.DataFrame(
        {"x": np.insert(x, at, ends), "y": np.insert(y, at, y_ends), "row": np.insert(row, at, row_ends)}
    )


def limits(signal: Signal, tracks: list[str]) -> tuple[float, float]:
    """The range of values of some tracks, with zero in it."""
    rows = signal.table[signal.table["track"].isin(tracks)]
    low, high = min(0.0, float(rows["low"].min())), max(0.0, float(rows["high"].max()))
    low, high = (0.0 if np.isnan(low) else low), (0.0 if np.isnan(high) else high)
    room = 0.05 * (high - low)
    return (low - room if low < 0 else 0.0, high + room) if high > low else (0.0, 1.0)


def signal_plot(signal: Signal, dark: bool, one_scale: bool) -> go.Figure:
    """A panel a track above each other, over the same positions. one_scale: all with the same range of values."""
    names = signal.tracks
    height = len(names) * PANEL + (len(names) - 1) * GAP + BELOW
    inner = height - BELOW - 22
    axes: dict[str, dict[str, Any]] = {
        "xaxis": {
            "title": titled(f"Position on {signal.chromosome} (zero-based)"),
            "range": [signal.first - 0.5, signal.last + 1.5],
            "tickformat": ",d",
            "nticks": 6,
            "anchor": _axis("y", len(names) - 1),
        }
    }
    share = (PANEL - 8) / inner, (PANEL + GAP - 8) / inner
    data, notes = [], []
    for number, name in enumerate(names):
        top = 1 - number * (1 / len(names))
        bottom = max(0.0, top - 1 / len(names) * (share[0] / share[1]))
        axes[_axis("yaxis", number)] = {
            "domain": [bottom, top],
            "range": list(limits(signal, names if one_scale else [name])),
            "nticks": 4,
        }
        data.append(_trace(signal, name, number, dark))
        notes.append(_name(f"{short(name, 48)}, {signal.unit}", top, dark))
    return figure(data, dark, height, axes, annotations=notes, margin={"l": 8, "r": 16, "t": 22, "b": 48})


def _axis(kind: str, number: int) -> str:
    return kind if number == 0 else f"{kind}{number + 1}"


def _trace(signal: Signal, name: str, number: int, dark: bool) -> dict[str, Any]:
    rows = signal.table[signal.table["track"] == name].reset_index(drop=True)
    points = line(signal, rows)
    colour = palette.ABUNDANCE_DARK if dark else palette.ABUNDANCE
    at = f"{signal.chromosome}:%{{customdata[0]:,}}"
    if signal.binned:
        hover = f"{at} to %{{customdata[1]:,}}<br>%{{customdata[2]:.4g}} to %{{customdata[3]:.4g}}"
    else:
        hover = f"{at}<br>%{{y:.4g}}"
    many = 2 * len(signal.table) > SMOOTH if signal.binned else len(signal.table) > SMOOTH
    about = rows[["first", "last", "low", "high"]].to_numpy()[points["row"]]
    return {
        "type": "scattergl" if many else "scatter",
        "name": name,
        "mode": "lines" if len(rows) > 1 else "lines+markers",
        "x": points["x"].to_numpy(),
        "y": points["y"].to_numpy(),
        "yaxis": _axis("y", number),
        "customdata": about if signal.binned else about[:, :1],
        "connectgaps": False,
        "line": {"color": colour, "width": 1.2, "shape": "linear" if signal.binned else "hv"},
        **({} if signal.binned else {"fill": "tozeroy", "fillcolor": palette.faded(colour, 0.28)}),
        "hovertemplate": f"<b>{short(name, 60)}</b><br>{hover} {signal.unit}<extra></extra>",
    }


def _name(text: str, top: float, dark: bool) -> dict[str, Any]:
    """Name and unit of a track above the left end of its panel."""
    return {
        "text": text,
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": top,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 12, "color": ink(dark)["text"]},
    }
