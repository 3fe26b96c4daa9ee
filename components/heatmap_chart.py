"""The heatmap on the screen: dendrograms left and top, organ-system bar, clickable gene names."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.colors import get_colorscale

from components import palette
from components.charts import LONGEST, figure, ink, middle
from components.drawn import HeatmapDrawing

NAMED_GENES = 100  # above this, names would overlap on a screen; the PDF and SVG hold them all
STRIP, TOP, BAR = 46, 56, 12  # px of the colour bar, the column dendrogram and the organ-system bar
NAME_TRACE = "genes"
RIM = "1px solid color-mix(in srgb, currentColor 40%, transparent)"  # of a square that is as dark as the page
RED_TO_BLUE = get_colorscale("RdBu")  # by its name the browser would take another one, which begins with blue


def row_height(genes: int) -> float:
    """Pixels a row: readable names up to NAMED_GENES rows, then ever thinner."""
    if genes <= 40:
        return 20.0
    return 13.0 if genes <= NAMED_GENES else max(1.9, 1000 / genes)


def heatmap(drawing: HeatmapDrawing, dark: bool) -> go.Figure:
    """Genes x tissues of z, RdBu_r centred on 0 and clipped; grey where missing or constant."""
    named = len(drawing.genes) <= NAMED_GENES
    data = [_cells(drawing), _system_bar(drawing), *_dendrograms(drawing, dark)]
    if named:
        data.append(_names(drawing, dark))
    body = max(60, round(row_height(len(drawing.genes)) * len(drawing.genes)))
    below = 26 + 6 * max(len(middle(name)) for name in drawing.names) if drawing.is_named else 12
    plot = STRIP + TOP + BAR + 6 + body
    return figure(
        data,
        dark,
        plot + below + 8,
        _axes(drawing, body, plot, 0.86 if named else 0.92),
        hovermode="closest",
        hoverdistance=60,  # a click anywhere on a gene's name finds the point before it
        clickmode="event+select",
        margin={"l": 4, "r": 4, "t": 4, "b": below},
        shapes=[_missing_ground(drawing, body / plot, 0.86 if named else 0.92, dark)],
    )


def _axes(drawing: HeatmapDrawing, body: int, plot: int, right: float) -> dict[str, dict[str, Any]]:
    """1: the cells, y2: the organ-system bar, 3: dendrogram above, 4: dendrogram left, 5: gene names.

    The tissues are categories, so that Plotly leaves names out where they would overlap.
    """
    left = 0.09 if drawing.row_lines else 0.0
    across, cells = [left + 0.005, right], [0, body / plot]
    blank = {"visible": False, "showgrid": False, "fixedrange": True}
    rows = {"range": [len(drawing.genes) - 0.5, -0.5]}
    names = {"type": "category", "tickangle": -90, "tickfont": {"size": 11}, "anchor": "y", "automargin": False}
    if not drawing.is_named:
        names |= {"showticklabels": False, "ticks": ""}
    elif max(map(len, drawing.names)) > LONGEST:
        shown = [middle(name) for name in drawing.names]
        names |= {"tickmode": "array", "tickvals": drawing.names, "ticktext": shown}
    return {
        "xaxis": {**names, "domain": across, "showgrid": False},
        "yaxis": {**rows, "type": "category", "domain": cells, "showticklabels": False, "ticks": "", "showgrid": False},
        "yaxis2": {**blank, "domain": [(body + 3) / plot, (body + 3 + BAR) / plot]},
        "xaxis3": {**blank, "domain": across, "range": [-0.5, len(drawing.tissues) - 0.5]},
        "yaxis3": {**blank, "domain": [(body + 5 + BAR) / plot, 1 - STRIP / plot], "rangemode": "tozero"},
        "xaxis4": {**blank, "domain": [0, left], "autorange": "reversed"},
        "yaxis4": {**blank, **rows, "domain": cells},
        "xaxis5": {**blank, "domain": [right, 1], "range": [0, 1]},
        "yaxis5": {**blank, **rows, "domain": cells},
    }


def system_legend(drawing: HeatmapDrawing) -> str:
    """What the colours of the bar mean, as HTML that wraps at any width."""
    squares = (
        f'<span style="white-space:nowrap"><span style="display:inline-block;width:.7em;height:.7em;'
        f'background:{colour};outline:{RIM}"></span> {escape(name) or f"no {drawing.band}"}</span>'
        for name, colour in drawing.colours.items()
    )
    grey = '<span style="white-space:nowrap">grey cell: not measured or constant</span>'
    return f'<div style="font-size:.8rem;line-height:1.7;word-spacing:.02em">{"&emsp;".join([*squares, grey])}</div>'


def _missing_ground(drawing: HeatmapDrawing, top: float, right: float, dark: bool) -> dict[str, Any]:
    """Grey behind the cells: it shows where a cell has no number."""
    left = 0.095 if drawing.row_lines else 0.005
    place = {"xref": "paper", "yref": "paper", "x0": left, "x1": right, "y0": 0, "y1": top}
    return {"type": "rect", **place, "layer": "below", "line": {"width": 0}, "fillcolor": ink(dark)["missing"]}


def _cells(drawing: HeatmapDrawing) -> dict[str, Any]:
    """float32 of three decimals: a 500-gene map stays below half a megabyte."""
    return {
        "type": "heatmap",
        "name": "z",
        "z": np.round(drawing.z, 3).astype(np.float32),
        "x": drawing.names,
        "y": drawing.genes,
        "zmin": -drawing.clip,
        "zmid": 0,
        "zmax": drawing.clip,
        "colorscale": RED_TO_BLUE,
        "reversescale": True,
        "hoverongaps": False,
        "customdata": np.round(drawing.value, 3).astype(np.float32),
        "hovertemplate": "<i>%{y}</i> in %{x}<br>z = %{z:.2f}"
        + ("" if drawing.is_z_alone else f"<br>{drawing.unit} = %{{customdata:.2f}}")
        + "<extra></extra>",
        "colorbar": {
            "title": {"text": drawing.colour_title, "side": "top", "font": {"size": 12}},
            "orientation": "h",
            "thickness": 10,
            "len": 0.36,
            "x": 1,
            "xanchor": "right",
            "y": 1,
            "yanchor": "top",
            "ypad": 0,
            "outlinewidth": 0,
            "tickfont": {"size": 11},
            "tickvals": [-drawing.clip, 0, drawing.clip],
        },
    }


def _system_bar(drawing: HeatmapDrawing) -> dict[str, Any]:
    """One coloured cell a column; the hover says what is known of it."""
    colours = drawing.colours or palette.system_colours(drawing.systems)
    names = list(dict.fromkeys(drawing.systems))
    scale = []
    for number, name in enumerate(names):
        scale += [[number / len(names), colours[name]], [(number + 1) / len(names), colours[name]]]
    return {
        "type": "heatmap",
        "name": drawing.band,
        "z": [[names.index(system) + 0.5 for system in drawing.systems]],
        "x": drawing.names,
        "y": [0],
        "yaxis": "y2",
        "text": [_about(drawing)],
        "hovertemplate": "%{text}<extra></extra>",
        "zmin": 0,
        "zmax": len(names),
        "colorscale": scale,
        "showscale": False,
        "xgap": 1,
    }


def _about(drawing: HeatmapDrawing) -> list[str]:
    """The hover of the band: the organ system and n of a tissue; accession, series, title, tissue of a sample."""
    if drawing.column == "sample":
        rows = zip(drawing.tissues, drawing.about["series"], drawing.about["title"], drawing.systems, strict=True)
        return ["<br>".join(escape(str(cell)) for cell in row if cell) for row in rows]
    if "n_samples" not in drawing.about:
        return drawing.systems
    counts = drawing.about.reindex(columns=["n_samples", "n_series"])
    rows = zip(drawing.names, drawing.systems, counts["n_samples"], counts["n_series"], strict=True)
    none = " (no organ system)" if any(drawing.systems) else ""
    return [f"{name}{f' ({system})' if system else none}{_counted(n, m)}" for name, system, n, m in rows]


def _counted(samples: float, series: float) -> str:
    """The line of a hover on n; nothing where n is not told."""
    if np.isnan(samples):
        return ""
    return f"<br>n = {samples:,.0f}" + ("" if np.isnan(series) else f" in {series:,.0f} series")


def _dendrograms(drawing: HeatmapDrawing, dark: bool) -> list[dict[str, Any]]:
    line = {"color": ink(dark)["line"], "width": 1}
    common = {"type": "scatter", "mode": "lines", "line": line, "hoverinfo": "skip"}
    traces = []
    if drawing.column_lines:
        x, y = _joined(drawing.column_lines)
        traces.append({**common, "x": x, "y": y, "xaxis": "x3", "yaxis": "y3"})
    if drawing.row_lines:
        position, height = _joined(drawing.row_lines)
        traces.append({**common, "x": height, "y": position, "xaxis": "x4", "yaxis": "y4"})
    return traces


def _joined(lines: list[tuple[list[float], list[float]]]) -> npt.NDArray[np.float64]:
    """All segments as one line with gaps, x above y: one trace is drawn much faster than hundreds."""
    segments = np.array([((*x, np.nan), (*y, np.nan)) for x, y in lines])
    return segments.swapaxes(0, 1).reshape(2, -1)


def _names(drawing: HeatmapDrawing, dark: bool) -> dict[str, Any]:
    """Gene names as points, so that a click on a name can open the gene."""
    size = 12 if len(drawing.genes) <= 40 else 10
    return {
        "type": "scatter",
        "name": NAME_TRACE,
        "mode": "markers+text",
        "x": [0.02] * len(drawing.genes),
        "y": np.arange(len(drawing.genes)),
        "xaxis": "x5",
        "yaxis": "y5",
        "text": [f"<i>{gene}</i>" for gene in drawing.genes],
        "customdata": drawing.genes,
        "textposition": "middle right",
        "textfont": {"size": size, "color": ink(dark)["text"]},
        "cliponaxis": False,
        "marker": {"size": size, "opacity": 0.01, "color": ink(dark)["line"]},
        "hovertemplate": "Open %{text}<extra></extra>",
        "selected": {"marker": {"opacity": 0.01}},
        "unselected": {"marker": {"opacity": 0.01}},
    }
