"""What lies behind an edge, on the screen: r tissue by tissue, and two genes over the samples of one tissue. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from components import charts, groups, palette
from components.charts import figure, ink, titled

ALL_SAMPLES = "All samples"
WITHIN, WITHOUT = "r within the tissue", "r of all samples without it"


def table(found: pd.DataFrame, pooled: float, n: int) -> pd.DataFrame:
    """What screen, paper and CSV show: tissue, system, n, r, r_without.

    The first row is all samples; then by r within, highest first; tissues too small for an r of their own come last.
    """
    whole = pd.DataFrame({"tissue": [ALL_SAMPLES], "system": [""], "n": [n], "r": [pooled], "r_without": [np.nan]})
    ranked = found.sort_values(["r", "n"], ascending=[False, False], na_position="last", kind="stable")
    return pd.concat([whole, ranked[whole.columns]], ignore_index=True)


def labels(drawn: pd.DataFrame) -> list[str]:
    """Name and n of each row, an asterisk where n is small."""
    marks = ["*" if n < groups.FEW else "" for n in drawn["n"]]
    return [f"{tissue}{mark} (n = {n:,})" for tissue, mark, n in zip(drawn["tissue"], marks, drawn["n"], strict=True)]


def edge_dots(drawn: pd.DataFrame, dark: bool) -> go.Figure:
    """A row a tissue: a dot for r within it, a diamond for r without it; the line is r of all samples.

    drawn: as `table` gives it.
    """
    names, colours = labels(drawn), ink(dark)
    pooled = float(drawn["r"].iloc[0])
    positive = palette.POSITIVE_DARK if dark else palette.POSITIVE
    negative = palette.NEGATIVE_DARK if dark else palette.NEGATIVE
    common = {"type": "scatter", "mode": "markers", "y": names, "cliponaxis": False}
    within = {
        **common,
        "name": WITHIN,
        "x": drawn["r"].to_numpy(),
        "customdata": list(drawn["system"]),
        "marker": {"size": 10, "color": [negative if r < 0 else positive for r in drawn["r"]]},
        "hovertemplate": "<b>%{y}</b> %{customdata}<br>r within = %{x:.3f}<extra></extra>",
    }
    without = {
        **common,
        "name": WITHOUT,
        "x": drawn["r_without"].to_numpy(),
        "marker": {"size": 8, "symbol": "diamond-open", "color": colours["text"], "line": {"width": 1.4}},
        "hovertemplate": "without <b>%{y}</b><br>r = %{x:.3f}<extra></extra>",
    }
    line = {"type": "line", "yref": "paper", "y0": 0, "y1": 1}
    shapes = [
        {**line, "x0": 0, "x1": 0, "line": {"color": colours["line"], "width": 1}},
        {**line, "x0": pooled, "x1": pooled, "line": {"color": colours["line"], "width": 1, "dash": "dot"}},
    ]
    below = {"yref": "container", "y": 0, "yanchor": "bottom", "x": 0, "orientation": "h"}
    legend = {**below, "font": {"size": 11}, "itemclick": False, "itemdoubleclick": False}
    axes = {"xaxis": {"title": titled("Pearson r"), "range": [-1.04, 1.04]}, "yaxis": charts.TISSUE_AXIS}
    height = max(220, 20 * len(drawn) + 110)
    return figure([without, within], dark, height, axes, shapes=shapes, showlegend=True, legend=legend, margin=_MARGIN)


_MARGIN = {"l": 8, "r": 12, "t": 8, "b": 78}


def group_scatter(drawn: pd.DataFrame, gene_a: str, gene_b: str, unit: str, dark: bool) -> go.Figure:
    """The same over the samples of a study, coloured by their group. drawn: sample, title, tissue (the group), x, y."""
    made = sample_scatter(drawn, gene_a, gene_b, unit, dark)
    colours = palette.group_colours(drawn["tissue"])
    if len(colours) < 2:
        return made
    (template,) = made.to_plotly_json()["data"]
    traces = []
    for group, part in drawn.groupby("tissue", sort=False):
        about = part[["sample", "tissue", "title"]].to_numpy(dtype=object).tolist()
        place = {"x": part["x"].to_numpy(), "y": part["y"].to_numpy(), "customdata": about}
        marker = template["marker"] | {"color": colours[str(group)], "line": {"width": 0.5, "color": ink(dark)["line"]}}
        traces.append(template | place | {"name": charts.short(str(group), 40), "marker": marker})
    below = {"yref": "container", "y": 0, "yanchor": "bottom", "x": 0, "orientation": "h"}
    legend = {**below, "font": {"size": 11}, "itemclick": False, "itemdoubleclick": False}
    axes = {name: {"title": titled(f"<i>{gene}</i>, {unit}")} for name, gene in (("xaxis", gene_a), ("yaxis", gene_b))}
    rows = -(-sum(len(str(trace["name"])) + 5 for trace in traces) // 60)
    margin = _MARGIN | {"b": 62 + 20 * rows}
    return figure(traces, dark, 430 + 20 * rows, axes, showlegend=True, legend=legend, margin=margin)


def sample_scatter(drawn: pd.DataFrame, gene_a: str, gene_b: str, unit: str, dark: bool) -> go.Figure:
    """Two genes over samples. drawn: sample, title, x (gene_a), y (gene_b), in `unit`."""
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": drawn["x"].to_numpy(),
        "y": drawn["y"].to_numpy(),
        "customdata": [list(row) for row in zip(drawn["sample"], drawn["series"], drawn["title"], strict=True)],
        "cliponaxis": False,
        "marker": {
            "size": 7 if len(drawn) < 500 else 4,
            "color": palette.ABUNDANCE_DARK if dark else palette.ABUNDANCE,
            "opacity": 0.8 if len(drawn) < 500 else 0.45,
        },
        "hovertemplate": "<b>%{customdata[0]}</b> (%{customdata[1]})<br>%{customdata[2]}<br>%{x:.2f}, %{y:.2f}"
        "<extra></extra>",
    }
    axes = {
        "xaxis": {"title": titled(f"<i>{gene_a}</i>, {unit}")},
        "yaxis": {"title": titled(f"<i>{gene_b}</i>, {unit}")},
    }
    return figure([points], dark, 430, axes)
