"""The heatmap on the screen: dendrograms left and top, organ-system bar, clickable gene names."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from components import palette
from components.charts import ink, layout
from components.drawn import HeatmapDrawing

NAMED_GENES = 100  # above this, names would overlap on a screen; the PDF and SVG hold them all
TOP, BAR = 64, 12  # px of the column dendrogram and the organ-system bar
NAME_TRACE = "genes"


def row_height(genes: int) -> float:
    """Pixels a row: readable names up to NAMED_GENES rows, then ever thinner."""
    if genes <= 40:
        return 20.0
    return 13.0 if genes <= NAMED_GENES else max(1.9, 1000 / genes)


def heatmap(drawing: HeatmapDrawing, dark: bool) -> go.Figure:
    """Genes x tissues of z, RdBu_r centred on 0 and clipped; grey where missing or constant."""
    body = max(60, round(row_height(len(drawing.genes)) * len(drawing.genes)))
    bottom = 26 + 6 * max(len(tissue) for tissue in drawing.tissues)
    total = TOP + BAR + 6 + body + bottom
    plot = TOP + BAR + 6 + body
    body_top = body / plot
    bar_low, bar_high = (body + 3) / plot, (body + 3 + BAR) / plot
    left = 0.09 if drawing.row_lines else 0.0
    figure = go.Figure()
    figure.add_trace(_cells(drawing))
    figure.add_trace(_system_bar(drawing))
    _dendrograms(figure, drawing, dark)
    if len(drawing.genes) <= NAMED_GENES:
        figure.add_trace(_names(drawing, dark))
    layout(figure, dark, total, hovermode="closest")
    figure.update_layout(margin={"l": 4, "r": 4, "t": 4, "b": bottom}, clickmode="event+select")
    right = 0.86 if len(drawing.genes) <= NAMED_GENES else 0.92
    blank = {"visible": False, "showgrid": False, "fixedrange": True}
    columns, rows = len(drawing.tissues), len(drawing.genes)
    figure.update_layout(
        xaxis={
            "domain": [left + 0.005, right],
            "range": [-0.5, columns - 0.5],
            "tickvals": list(range(columns)),
            "ticktext": drawing.tissues,
            "tickangle": -90,
            "tickfont": {"size": 11},
            "showgrid": False,
            "anchor": "y",
            "automargin": False,
        },
        yaxis={
            "domain": [0, body_top],
            "range": [rows - 0.5, -0.5],
            "showticklabels": False,
            "showgrid": False,
        },
        xaxis2={**blank, "domain": [left + 0.005, right], "matches": "x"},
        yaxis2={**blank, "domain": [bar_low, bar_high]},
        yaxis3={**blank, "domain": [min(bar_high + 0.004, 0.999), 1], "rangemode": "tozero"},
        xaxis3={**blank, "domain": [left + 0.005, right], "matches": "x"},
        xaxis4={**blank, "domain": [0, left], "autorange": "reversed"},
        yaxis4={**blank, "domain": [0, body_top], "matches": "y"},
        xaxis5={**blank, "domain": [right, 1], "range": [0, 1]},
        yaxis5={**blank, "domain": [0, body_top], "matches": "y"},
    )
    return figure


def _cells(drawing: HeatmapDrawing) -> go.Heatmap:
    z = np.round(drawing.z, 3).astype(np.float32)
    return go.Heatmap(
        z=z,
        x=np.arange(z.shape[1]),
        y=np.arange(z.shape[0]),
        zmin=-drawing.clip,
        zmax=drawing.clip,
        zmid=0,
        colorscale="RdBu_r",
        hoverongaps=False,
        customdata=np.round(drawing.value, 3).astype(np.float32),
        text=[[f"<i>{gene}</i> in {tissue}" for tissue in drawing.tissues] for gene in drawing.genes]
        if z.size <= 3_000
        else None,
        hovertemplate=("%{text}<br>" if z.size <= 3_000 else "")
        + "z = %{z:.2f}<br>"
        + drawing.unit
        + " = %{customdata:.2f}<extra></extra>",
        colorbar={
            "title": {"text": drawing.colour_title, "side": "top", "font": {"size": 12}},
            "orientation": "h",
            "thickness": 10,
            "len": 0.36,
            "x": 1,
            "xanchor": "right",
            "y": 1,
            "yanchor": "top",
            "outlinewidth": 0,
            "tickfont": {"size": 11},
            "nticks": 5,
        },
        name="z",
    )


def _system_bar(drawing: HeatmapDrawing) -> go.Heatmap:
    """One coloured cell a tissue; the hover names the organ system."""
    colours = palette.system_colours(drawing.systems)
    names = list(dict.fromkeys(drawing.systems))
    steps = max(1, len(names))
    scale = []
    for number, name in enumerate(names):
        scale += [[number / steps, colours[name]], [(number + 1) / steps, colours[name]]]
    return go.Heatmap(
        z=[[names.index(system) + 0.5 for system in drawing.systems]],
        x=np.arange(len(drawing.tissues)),
        y=[0],
        text=[drawing.systems],
        xaxis="x2",
        yaxis="y2",
        zmin=0,
        zmax=steps,
        colorscale=scale,
        showscale=False,
        hovertemplate="%{text}<extra></extra>",
        name="organ system",
        xgap=1,
    )


def _dendrograms(figure: go.Figure, drawing: HeatmapDrawing, dark: bool) -> None:
    line = {"color": ink(dark)["line"], "width": 1}
    if drawing.column_lines:
        x, y = _joined(drawing.column_lines)
        figure.add_scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", xaxis="x3", yaxis="y3")
    if drawing.row_lines:
        position, height = _joined(drawing.row_lines)
        figure.add_scatter(x=height, y=position, mode="lines", line=line, hoverinfo="skip", xaxis="x4", yaxis="y4")


def _joined(lines: list[tuple[list[float], list[float]]]) -> tuple[list[float | None], list[float | None]]:
    """All segments as one line with gaps: one trace is drawn much faster than hundreds."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for segment_x, segment_y in lines:
        xs += [*segment_x, None]
        ys += [*segment_y, None]
    return xs, ys


def _names(drawing: HeatmapDrawing, dark: bool) -> go.Scatter:
    """Gene names as points, so that a click on a name can open the gene."""
    size = 12 if len(drawing.genes) <= 40 else 10
    return go.Scatter(
        x=[0.02] * len(drawing.genes),
        y=np.arange(len(drawing.genes)),
        mode="markers+text",
        name=NAME_TRACE,
        text=[f"<i>{gene}</i>" for gene in drawing.genes],
        customdata=drawing.genes,
        textposition="middle right",
        textfont={"size": size, "color": ink(dark)["text"]},
        cliponaxis=False,
        xaxis="x5",
        yaxis="y5",
        marker={"size": size, "opacity": 0.01},
        hovertemplate="Open %{text}<extra></extra>",
        selected={"marker": {"opacity": 0.01}},
        unselected={"marker": {"opacity": 0.01}},
    )
