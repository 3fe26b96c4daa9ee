"""Boxes of tissues and the samples behind them, for the screen. Pure, as charts.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from components import charts, groups, palette
from components.charts import figure, ink, titled
from components.drawn import spread

STRIP_HEIGHT = 130  # px a gene
DOTS = "samples"  # the trace of the samples behind the boxes
LEAST = 240  # px of a figure with samples
DOTTED = 1.5  # how much higher rows are with samples in them
BESIDE = {"overlaying": "y", "visible": False, "showgrid": False, "fixedrange": True, "automargin": False}
CLICKED = "tissues"  # the trace whose points are clicked


def profile_boxes(
    drawn: pd.DataFrame,
    axis: str,
    dark: bool,
    limits: tuple[float, float] | None = None,
    points: pd.DataFrame | None = None,
) -> go.Figure:
    """Boxes of one gene from their five numbers, first row on top, n beside the tissue; few samples paler.

    limits: the x range shared by all panels. A click on a row finds the trace CLICKED, with the tissue as customdata.
    points: the samples behind the boxes, tissue, sample, title, value; None where they are not drawn.
    """
    boxes = drawn.assign(label=groups.labels(drawn), few=groups.few(drawn), kind=groups.kinds(drawn))
    measured = boxes.dropna(subset=["q1", "median", "q3"])
    parts = [_boxes(part, int(kind), bool(few), dark) for (kind, few), part in measured.groupby(["kind", "few"])]
    missing = boxes.loc[~boxes.index.isin(measured.index), "label"]
    notes = [charts.note(list(missing), "not measured", dark)] if len(missing) else []
    dots = [] if points is None else [_dots(points, boxes, axis, dark)]
    return figure(
        [*parts, *notes, *dots, _rows(measured, axis, dark)],
        dark,
        charts.height(len(drawn)) if points is None else max(LEAST, charts.height(round(DOTTED * len(drawn)))),
        {
            "xaxis": {"title": titled(axis)} | ({"range": list(limits)} if limits else {}),
            "yaxis": {
                **{name: value for name, value in charts.TISSUE_AXIS.items() if name != "autorange"},
                "categoryorder": "array",
                "categoryarray": list(boxes["label"]),
                "range": [len(boxes) - 0.5, -0.5],
                **charts.named_rows(drawn, list(boxes["label"])),
            },
            **({} if points is None else {"yaxis2": {**BESIDE, "range": [len(boxes) - 0.5, -0.5]}}),
        },
        hovermode="y" if points is None else "closest",
        clickmode="event+select",
        shapes=charts.block_lines(drawn, dark),
    )


def _dots(points: pd.DataFrame, boxes: pd.DataFrame, axis: str, dark: bool) -> dict[str, Any]:
    """Every sample beside its median, on an axis of numbers over the one of names, so that they can be spread."""
    place = {tissue: number for number, tissue in enumerate(boxes["tissue"])}
    shown = points[points["tissue"].isin(place)]
    offsets = shown.groupby("tissue")["value"].transform(lambda values: spread(values.to_numpy(dtype=float)))
    about = shown[["sample", "title", "tissue"]].to_numpy(dtype=object)
    faint = float(np.interp(len(shown), [60, 600], [0.7, 0.35]))
    return {
        "type": "scattergl" if len(shown) > 1_000 else "scatter",
        "name": DOTS,
        "mode": "markers",
        "x": shown["value"].to_numpy(dtype=float),
        "y": shown["tissue"].map(place).to_numpy(dtype=float) + 0.3 * offsets.to_numpy(dtype=float),
        "yaxis": "y2",
        "customdata": [[charts.short(str(cell), 60) for cell in line[:2]] + [line[2]] for line in about],
        "marker": {"size": 5 if len(shown) <= 300 else 4, "color": ink(dark)["text"], "opacity": faint},
        **{name: {"marker": {"opacity": faint}} for name in ("selected", "unselected")},
        "hovertemplate": f"<b>%{{customdata[0]}}</b> %{{customdata[1]}}<br>%{{customdata[2]}}<br>%{{x:.2f}} {axis}"
        "<extra></extra>",
    }


def _boxes(part: pd.DataFrame, kind: int, few: bool, dark: bool) -> dict[str, Any]:
    colour = charts.row_colour(kind, dark)
    return {
        "type": "box",
        "y": list(part["label"]),
        **{name: part[name].to_numpy(dtype=float) for name in ("q1", "median", "q3")},
        "lowerfence": part["min"].to_numpy(dtype=float),
        "upperfence": part["max"].to_numpy(dtype=float),
        "orientation": "h",
        "line": {"width": 1.2, "color": colour},
        "fillcolor": palette.faded(colour, 0.12 if few else 0.5),
        "opacity": 0.65 if few else 1.0,
        "whiskerwidth": 0.5,
        "hoverinfo": "skip",
    }


def _rows(drawn: pd.DataFrame, axis: str, dark: bool) -> dict[str, Any]:
    """Invisible points on the medians: boxes of given numbers have no hover and no click of their own."""
    hidden = {"marker": {"opacity": 0}}
    return {
        "type": "scatter",
        "name": CLICKED,
        "mode": "markers",
        "x": drawn["median"].to_numpy(dtype=float),
        "y": list(drawn["label"]),
        "customdata": list(drawn["tissue"]),
        "text": groups.behind(drawn),
        "marker": {"size": 12, "opacity": 0, "color": ink(dark)["text"]},
        "selected": hidden,
        "unselected": hidden,
        "hovertemplate": f"<b>%{{customdata}}</b><br>median %{{x:.2f}} {axis}<br>%{{text}}<extra></extra>",
    }


def strips(points: pd.DataFrame, unit: str, dark: bool) -> go.Figure:
    """The samples of one tissue, one strip a gene: gene, sample, series, title, value; a line on each median."""
    genes = list(dict.fromkeys(points["gene"]))
    traces, lines = [], []
    colour = palette.ABUNDANCE_DARK if dark else palette.ABUNDANCE
    for row, gene in enumerate(genes):
        part = points[points["gene"] == gene]
        traces.append(_strip(part, row, unit, colour))
        middle = float(part["value"].median())
        stroke = {"width": 2, "color": ink(dark)["text"]}
        lines.append({"type": "line", "x0": middle, "x1": middle, "y0": row - 0.42, "y1": row + 0.42, "line": stroke})
    axis = {"tickvals": list(range(len(genes))), "ticktext": [f"<i>{gene}</i>" for gene in genes], "showgrid": False}
    return figure(
        traces,
        dark,
        max(190, STRIP_HEIGHT * len(genes) + 64),
        {
            "xaxis": {"title": titled(unit)},
            "yaxis": axis | {"range": [len(genes) - 0.5, -0.5]},
        },
        hovermode="closest",
        shapes=lines,
    )


def _strip(part: pd.DataFrame, row: int, unit: str, colour: str) -> dict[str, Any]:
    """The points of one gene, spread so that they do not hide each other."""
    about = part[["sample", "series", "title"]].to_numpy(dtype=object)
    return {
        "type": "scattergl" if len(part) > 1_000 else "scatter",
        "name": str(part["gene"].iloc[0]),
        "mode": "markers",
        "x": part["value"].to_numpy(dtype=float),
        "y": row + 0.36 * spread(part["value"].to_numpy(dtype=float)),
        "customdata": [[charts.short(str(cell), 60) for cell in line] for line in about],
        "marker": {
            "size": 6 if len(part) <= 300 else 4,
            "color": colour,
            "opacity": float(np.interp(len(part), [50, 1_000], [0.85, 0.4])),
        },
        "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}<br>"
        + unit
        + " = %{x:.2f}<extra></extra>",
    }
