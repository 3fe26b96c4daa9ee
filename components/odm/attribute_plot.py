"""How many samples have which values of an attribute, perhaps by a second one; numbers as a histogram."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from matplotlib.figure import Figure as PaperFigure
from plotly.graph_objects import Figure

from backend.model import AttributeSummary, OdmKind, OdmStudy, Provenance
from backend.recipe import Recipe
from components import cards, charts, inputs, palette, publication, view

MOST_BARS, MOST_COLOURS, BINS, FEW = 20, 6, 12, 12
NONE, OTHER = "", "other values"
BETWEEN = " | "  # values of a list
LONGEST = 34


def draw(
    table: pd.DataFrame, told: tuple[AttributeSummary, ...], study: OdmStudy, kind: OdmKind, provenance: Provenance
) -> None:
    """Two pickers and the figure."""
    filled = [one for one in told if one.n_unique]
    names = [one.name for one in filled if one.name in table]
    if not names:
        return
    usual = next(
        (one.name for one in filled if 1 < one.n_unique <= FEW and one.n_unique < one.n - one.n_missing), names[0]
    )
    with st.container(horizontal=True, gap="small"):
        first = inputs.choice("Plot", inputs.PLOTTED, names, usual)
        others = [NONE, *[one.name for one in filled if one.n_unique <= 50 and one.name != first]]
        second = inputs.choice("by", inputs.AND_PLOTTED, others, NONE, {NONE: "nothing more"})
    drawn = counted(table, first, second)
    missing = int((table[first].astype(str).str.strip() == "").sum())
    legend = (
        f"{kind.capitalize()} of {study.title} by {first}{f' and {second}' if second else ''}: how many have which."
    )
    legend += f" {missing:,} without a value are left out." if missing else ""
    if drawn.empty:
        st.caption("No object has both.")
        return
    cards.chart(figure(drawn, kind, cards.is_dark()), "odm-plot", legend, of_source=False)
    recipe = Recipe("studies", "attribute", study.accession, view.options(), provenance, legend)

    def on_paper(footer: str) -> PaperFigure:
        return paper(drawn, first, kind, legend, footer)

    cards.foot(recipe, drawn, on_paper, "odm-plot", narrow=True)
    if missing:
        st.caption(f"{missing:,} of {len(table):,} have no value and are left out.")


def _values(table: pd.DataFrame, name: str) -> pd.Series:
    """One row a value: those of a list each count; empty ones are gone."""
    parts = table[name].astype(str).str.split(BETWEEN, regex=False).explode().str.strip()
    return parts[parts != ""]


def _binned(values: pd.Series) -> tuple[pd.Series, list[str]]:
    """Numbers with many values as ranges; the order of their names."""
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.isna().any() or numbers.nunique() <= FEW:
        order = values.value_counts()
        names = [str(name) for name in order.index]
        if not numbers.isna().any():
            names.sort(key=float)
        return values, names
    edges = np.histogram_bin_edges(numbers, bins=min(BINS, int(numbers.nunique())))
    names = [f"{low:.4g} to {high:.4g}" for low, high in itertools.pairwise(edges)]
    places = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, len(names) - 1)
    return pd.Series(np.array(names, dtype=object)[places], index=values.index), names


def counted(table: pd.DataFrame, first: str, second: str = "") -> pd.DataFrame:
    """value, by, count: in the order in which they are drawn. Beyond MOST_BARS and MOST_COLOURS: OTHER."""
    values, order = _binned(_values(table, first))
    frame = pd.DataFrame({"value": values})
    shown = order[:MOST_BARS]
    frame["value"] = frame["value"].where(frame["value"].isin(shown), OTHER)
    by_order = [""]
    if second:
        further, by_order = _binned(_values(table, second))
        frame = frame.join(further.rename("by"), how="inner")
        kept = by_order[:MOST_COLOURS]
        frame["by"] = frame["by"].where(frame["by"].isin(kept), OTHER)
        by_order = [*kept, *([OTHER] if OTHER in set(frame["by"]) else [])]
    else:
        frame["by"] = ""
    made = frame.groupby(["value", "by"], sort=False).size().rename("count").reset_index()
    rank = {name: place for place, name in enumerate([*shown, OTHER])}
    ranks = {name: place for place, name in enumerate(by_order)}
    keys = made.assign(a=made["value"].map(rank), b=made["by"].map(ranks)).sort_values(["a", "b"])
    return keys.drop(columns=["a", "b"]).reset_index(drop=True)


def _parts(drawn: pd.DataFrame) -> list[tuple[str, list[str], list[int], str]]:
    """Each colour: its name, rows, counts, colour."""
    names = list(dict.fromkeys(drawn["by"]))
    found = []
    for place, name in enumerate(names):
        own = drawn[drawn["by"] == name]
        colour = palette.ABUNDANCE if name == "" else palette.MISSING if name == OTHER else palette.OKABE_ITO[place]
        found.append((name, list(own["value"]), [int(n) for n in own["count"]], colour))
    return found


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def figure(drawn: pd.DataFrame, kind: str, dark: bool) -> Figure:
    """Horizontal bars, stacked by the second attribute."""
    rows = list(dict.fromkeys(drawn["value"]))
    data: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "name": _short(name) if name else kind,
            "y": values,
            "x": counts,
            "marker": {"color": colour},
            "hovertemplate": f"%{{y}}{'<br>' + _html(name) if name else ''}<br>%{{x:,}} {kind}<extra></extra>",
        }
        for name, values, counts, colour in _parts(drawn)
    ]
    ticks = {"tickvals": rows, "ticktext": [_html(_short(row)) for row in rows]}
    axes = {
        "xaxis": {"title": {"text": kind.capitalize()}, "rangemode": "tozero"},
        "yaxis": {"autorange": "reversed", "type": "category", "categoryarray": rows, **ticks},
    }
    many = len(data) > 1
    legend = {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0}
    extra = {"barmode": "stack", "showlegend": many, "legend": legend}
    return charts.figure(data, dark, 110 + 26 * len(rows) + (60 if many else 0), axes, **extra)


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@publication.paper()
def paper(drawn: pd.DataFrame, first: str, kind: str, title: str, footer: str) -> PaperFigure:
    """The same bars for print."""
    rows = list(dict.fromkeys(drawn["value"]))
    made, height = publication.sheet(4.0, 4.0), 0.19 * len(rows)
    axes = publication.place(made, 0, -height, 4.0, height)
    left = dict.fromkeys(rows, 0)
    handles = []
    for name, values, counts, colour in _parts(drawn):
        where = [rows.index(value) for value in values]
        handles.append(axes.barh(where, counts, left=[left[value] for value in values], color=colour, height=0.8))
        handles[-1].set_label(publication.clean(name, LONGEST))
        for value, count in zip(values, counts, strict=True):
            left[value] += count
    axes.set_yticks(range(len(rows)), [publication.clean(row, LONGEST) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel(f"{kind.capitalize()} by {publication.clean(first)}")
    publication.sns.despine(ax=axes)
    if drawn["by"].ne("").any():
        publication.legend(made, 4.2, 0, handles, "")
    return publication.finish(made, title, footer, False)
