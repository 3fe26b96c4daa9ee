"""How many objects have which value of an attribute, or of two crossed: a table, and its figure. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from backend.model import AttributeSummary
from components import charts, palette

MOST_BARS = 20
MOST_COLOURS = 8
OTHERS = "other values"


def telling(summaries: Sequence[AttributeSummary]) -> str:
    """The attribute that is plotted first: one with few values, each of several objects."""
    filled = [one for one in summaries if one.n_unique]
    good = [one for one in filled if 2 <= one.n_unique <= MOST_BARS and one.n_unique < one.n - one.n_missing]
    return (good or [one for one in filled if one.n_unique > 1] or filled)[0].name


def counted(table: pd.DataFrame, first: str, second: str = "") -> pd.DataFrame:
    """Columns value, by, count: objects with both values, most frequent first; each value of a list counts.

    Objects without a value are left out; values behind the most frequent ones are counted together.
    """
    pairs = pd.DataFrame(
        {"value": table[first].map(_values), "by": table[second].map(_values) if second else [[""]] * len(table)}
    )
    pairs = pairs.explode("value").explode("by").dropna()
    pairs["value"] = _capped(pairs["value"], MOST_BARS)
    pairs["by"] = _capped(pairs["by"], MOST_COLOURS)
    found = pairs.groupby(["value", "by"], sort=False).size().rename("count").reset_index()
    order = {name: place for place, name in enumerate(_order(pairs["value"]))}
    colours = {name: place for place, name in enumerate(_order(pairs["by"]))}
    return found.sort_values(["value", "by"], key=lambda of: of.map(order if of.name == "value" else colours))


def left_out(table: pd.DataFrame, first: str, second: str = "") -> str:
    """How many objects lack a value, in a sentence; "" for none."""
    lacking = table[first].map(lambda cell: not _values(cell))
    if second:
        lacking |= table[second].map(lambda cell: not _values(cell))
    count = int(lacking.sum())
    verb = "lacks" if count == 1 else "lack"
    return f"{count:,} of {len(table):,} {verb} a value and are left out." if count else ""


def _values(cell: str) -> list[str]:
    """The values of a cell as a file has it: `a|b` are two, `||` stands for the sign."""
    return [one.replace("\0", "|").strip() for one in cell.replace("||", "\0").split("|") if one.strip()]


def _order(values: pd.Series) -> list[str]:
    """Values, most frequent first, those counted together last."""
    counts = values.value_counts()
    names = sorted(counts.index, key=lambda name: (name == OTHERS, -counts[name], name))
    return [str(name) for name in names]


def _capped(values: pd.Series, most: int) -> pd.Series:
    names = _order(values)
    return values if len(names) <= most else values.where(values.isin(names[: most - 1]), OTHERS)


def bars(counts: pd.DataFrame, second: str, what: str, dark: bool) -> go.Figure:
    """Horizontal bars, the most frequent value at the top; stacked in colours when two are crossed."""
    names = list(dict.fromkeys(counts["value"]))
    parts = list(dict.fromkeys(counts["by"]))
    alone = palette.ABUNDANCE_DARK if dark else palette.ABUNDANCE
    colours = palette.group_colours(parts) if second else dict.fromkeys(parts, alone)
    data = []
    for part in parts:
        own = counts[counts["by"] == part]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": charts.middle(part),
                "y": own["value"].tolist(),
                "x": own["count"].tolist(),
                "marker": {"color": colours[part]},
                "hovertemplate": f"%{{y}}{' · %{fullData.name}' if second else ''}<br>%{{x:,}} {what}<extra></extra>",
            }
        )
    few = {"dtick": 1} if counts.groupby("value")["count"].sum().max() <= 5 else {}
    axes = {
        "xaxis": {"title": charts.titled(what), "tickformat": ",d", "rangemode": "tozero"} | few,
        "yaxis": charts.TISSUE_AXIS
        | {
            "categoryorder": "array",
            "categoryarray": names,
            "tickvals": names,
            "ticktext": [charts.middle(name) for name in names],
        },
    }
    legend = {
        "orientation": "h",
        "traceorder": "normal",
        "y": 1.02,
        "yanchor": "bottom",
        "x": 0,
        "title": {"text": charts.middle(second)},
    }
    height = 90 + 24 * len(names) + (40 if second else 0)
    margin = {"l": 8, "r": 12, "t": 40 if second else 8, "b": 48}
    return charts.figure(
        data, dark, height, axes, barmode="stack", showlegend=bool(second), legend=legend, margin=margin
    )
