"""The user's own sample beside the tissues: what the two figures draw, on screen and on paper. Pure."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go
from matplotlib.figure import Figure

from backend.errors import BadInput
from components import charts, groups, palette
from components.publication import INK, QUIET, counted, finish, panels_of, paper, row_colours, value_axis

NEAREST, BY_VALUE, BY_NAME = "nearest", "value", "name"
SHOWN = 15  # nearest tissues in the figure; the table twin and the file hold them too
PERCENTILE = "Percentile of your sample among the samples of a tissue"
RHO = "Spearman's rho, your sample with the mean of a tissue"
GUIDES = (5, 50, 95)
ENDS = (-4.0, 104.0)  # room for the dots at 0 and 100


def percentiles(table: pd.DataFrame, nearest: list[str], order: str, top: int | None) -> tuple[pd.DataFrame, int]:
    """What the percentile figure draws, in its order, and how many tissues are too small to show.

    table: PERCENTILE_COLUMNS. nearest: tissues by similarity; its order decides which `top` tissues are drawn, or
    that of the first gene's percentile where it is empty. Gives gene, tissue, system, n_samples, value (of the
    sample), percentile; best first. Raises BadInput when no tissue is left.
    """
    drawn, hidden = groups.visible(table.rename(columns={"n": "n_samples"}), small=False)
    first = drawn[drawn["gene"] == drawn["gene"].iloc[0]]
    by_value = list(first.sort_values(["percentile", "tissue"], ascending=[False, True])["tissue"])
    by_nearness = [tissue for tissue in nearest if tissue in set(by_value)]
    kept = (by_nearness + [tissue for tissue in by_value if tissue not in by_nearness])[:top]
    orders = {NEAREST: kept, BY_VALUE: by_value, BY_NAME: sorted(kept, key=str.casefold)}
    rank = {tissue: place for place, tissue in enumerate(tissue for tissue in orders[order] if tissue in kept)}
    genes = {gene: place for place, gene in enumerate(dict.fromkeys(table["gene"]))}
    drawn = drawn[drawn["tissue"].isin(rank)]
    places = pd.DataFrame({"gene": drawn["gene"].map(genes), "tissue": drawn["tissue"].map(rank)})
    columns = ["gene", "tissue", "system", "n_samples", "value", "percentile"]
    return drawn.loc[places.sort_values(["gene", "tissue"]).index, columns].reset_index(drop=True), hidden


def nearest(table: pd.DataFrame) -> pd.DataFrame:
    """The SHOWN nearest tissues of at least groups.FEWEST samples: tissue, system, n_samples, genes, value (rho)."""
    renamed = table.rename(columns={"n": "n_samples", "r": "value"})
    kept = renamed[(renamed["n_samples"] >= groups.FEWEST) & renamed["value"].notna()].head(SHOWN)
    if kept.empty:
        raise BadInput("No tissue has enough samples to compare with.", "Choose another pool of samples.")
    return kept.reset_index(drop=True)


def dots(drawn: pd.DataFrame, dark: bool) -> go.Figure:
    """One gene: a dot a tissue on the scale from 0 to 100, guides at 5, 50 and 95; few samples paler."""
    colour = palette.ABUNDANCE_DARK if dark else palette.ABUNDANCE
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": drawn["percentile"].to_numpy(),
        "y": groups.labels(drawn),
        "marker": {"size": 9, "color": _colours(drawn, colour)},
        "customdata": [list(row) for row in zip(drawn["tissue"], drawn["n_samples"], drawn["value"], strict=True)],
        "hovertemplate": "<b>%{customdata[0]}</b><br>percentile %{x:.1f}<br>your value %{customdata[2]:.2f} log2(CPM+1)"
        "<br>n = %{customdata[1]:,} samples<extra></extra>",
        "cliponaxis": False,
    }
    line = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    inked = charts.ink(dark)["line"]
    guides = [
        {**line, "x0": at, "x1": at, "line": {"color": inked, "width": 1, "dash": "solid" if at == 50 else "dot"}}
        for at in GUIDES
    ]
    axes = {
        "xaxis": {"title": charts.titled("Percentile"), "range": list(ENDS), "tickvals": [0, 25, 50, 75, 100]},
        "yaxis": charts.TISSUE_AXIS,
    }
    return charts.figure([points], dark, _height(len(drawn)), axes, shapes=guides)


def bars(drawn: pd.DataFrame, dark: bool) -> go.Figure:
    """The nearest tissues: rho as bars with their numbers, best on top; few samples paler."""
    colour = palette.ABUNDANCE_DARK if dark else palette.ABUNDANCE
    made = {
        "type": "bar",
        "orientation": "h",
        "x": drawn["value"].to_numpy(),
        "y": groups.labels(drawn),
        "text": [f"{value:.3f}" for value in drawn["value"]],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": _colours(drawn, colour)},
        "customdata": [list(row) for row in zip(drawn["tissue"], drawn["n_samples"], strict=True)],
        "hovertemplate": "<b>%{customdata[0]}</b><br>rho = %{x:.3f}<br>n = %{customdata[1]:,} samples<extra></extra>",
    }
    low = min(0.0, float(drawn["value"].min()) * 1.2)
    axes = {
        "xaxis": {"title": charts.titled("Spearman’s rho"), "range": [low, 1.15], "tickvals": [0, 0.25, 0.5, 0.75, 1]},
        "yaxis": charts.TISSUE_AXIS,
    }
    return charts.figure([made], dark, _height(len(drawn)), axes, bargap=0.22)


@paper()
def paper_dots(drawn: pd.DataFrame, footer: str, simulated: bool) -> Figure:
    """The percentile figure for paper: one gene a panel."""
    figure, panels = panels_of(drawn, counted(drawn), PERCENTILE)
    for axes, rows in panels:
        for at in GUIDES:
            style: Any = "-" if at == 50 else (0, (4, 3))
            axes.axvline(at, color=QUIET, linewidth=0.6, linestyle=style, zorder=1)
        colours = row_colours(rows, [palette.ABUNDANCE] * len(rows))
        axes.scatter(rows["percentile"], range(len(rows)), s=14, c=colours, linewidths=0, zorder=3, clip_on=False)
        value_axis(axes, ENDS)
        axes.set_xticks([0, 50, 100])
        axes.tick_params(axis="x", colors=INK)
    key = "Line: 50, the median of the tissue. Dashed: 5 and 95."
    return finish(figure, "", f"{key} {groups.few_note(drawn)}\n{footer}", simulated)


def _colours(drawn: pd.DataFrame, colour: str) -> list[str]:
    return [palette.faded(colour, 0.45) if few else colour for few in groups.few(drawn)]


def _height(rows: int) -> int:
    return max(150, charts.ROW_HEIGHT * rows + 64)
