"""Tables to Plotly figures for the screen. Pure: never calls Streamlit, changes no table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from components import palette
from components.drawn import Z

ROW_HEIGHT = 20
GUIDES = (-2, 2)


def ink(dark: bool) -> dict[str, str]:
    """Text, grid and missing colours of a theme."""
    if dark:
        return {
            "text": "#E6EDF2",
            "grid": "#2C3944",
            "line": "#8FA1AE",
            "missing": "#4A5763",
            "paper": "#11181F",
        }
    return {"text": "#1B2733", "grid": "#E3E8EC", "line": "#6B7A86", "missing": "#BDC5CB", "paper": "#FFFFFF"}


def layout(figure: go.Figure, dark: bool, height: int, **extra: object) -> go.Figure:
    """The common look: theme colours, transparent paper, no title, tight margins."""
    colours = ink(dark)
    axis = {"gridcolor": colours["grid"], "zeroline": False, "linecolor": colours["grid"], "automargin": True}
    figure.update_layout(
        template="none",
        height=height,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={
            "family": "Source Sans, Source Sans Pro, Helvetica, sans-serif",
            "size": 13,
            "color": colours["text"],
        },
        margin={"l": 8, "r": 12, "t": 8, "b": 48},
        dragmode=False,
        showlegend=False,
        hoverlabel={"font": {"size": 13}, "align": "left"},
        **extra,
    )
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    return figure


def sign_colours(values: pd.Series, dark: bool) -> list[str]:
    """One colour a bar by sign: red above, blue below the reference."""
    positive, negative = (
        (palette.POSITIVE_DARK, palette.NEGATIVE_DARK) if dark else (palette.POSITIVE, palette.NEGATIVE)
    )
    return [positive if value >= 0 else negative for value in values.fillna(0)]


def profile_bars(drawn: pd.DataFrame, axis: str, measure: str, dark: bool, limits: tuple[float, float]) -> go.Figure:
    """Horizontal bars of one gene, best at the top; `limits` is the x range shared by all panels."""
    values = drawn["value"]
    colours = sign_colours(values, dark) if measure == Z else palette.ABUNDANCE_DARK if dark else palette.ABUNDANCE
    hover = drawn[["system", "z", "median"]].to_numpy()
    figure = go.Figure(
        go.Bar(
            x=values,
            y=drawn["tissue"],
            orientation="h",
            marker={"color": colours},
            customdata=hover,
            hovertemplate="<b>%{y}</b> (%{customdata[0]})<br>z = %{customdata[1]:.2f}"
            "<br>value = %{customdata[2]:.3f}<extra></extra>",
        )
    )
    missing = drawn[values.isna()]
    if len(missing):
        figure.add_scatter(
            x=np.zeros(len(missing)),
            y=missing["tissue"],
            mode="text",
            text="not measured",
            hoverinfo="skip",
            textposition="middle right",
            textfont={"size": 11, "color": ink(dark)["line"]},
            cliponaxis=False,
        )
    layout(figure, dark, _height(len(drawn)), bargap=0.22)
    if measure == Z:
        _guides(figure, dark)
    figure.update_xaxes(title={"text": axis, "standoff": 8}, range=list(limits))
    figure.update_yaxes(autorange="reversed", tickfont={"size": 12}, showgrid=False, type="category", dtick=1)
    return figure


def _height(rows: int) -> int:
    return max(150, ROW_HEIGHT * rows + 64)


def _guides(figure: go.Figure, dark: bool) -> None:
    line = ink(dark)["line"]
    figure.add_vline(x=0, line={"color": line, "width": 1})
    for at in GUIDES:
        figure.add_vline(x=at, line={"color": line, "width": 1, "dash": "dot"})


def profile_limits(drawn: pd.DataFrame, measure: str) -> tuple[float, float]:
    """The x range that holds every gene: symmetric for z, from 0 for values."""
    values = drawn["value"].dropna()
    if measure == Z:
        reach = max(2.5, float(values.abs().max()) * 1.06 if len(values) else 0.0)
        return (-reach, reach)
    top = float(values.max()) if len(values) else 0.0
    return (0.0, top * 1.06 if top > 0 else 1.0)


def profile_boxes(drawn: pd.DataFrame, axis: str, dark: bool) -> go.Figure:
    """Boxes from their five numbers, best at the top, n beside the tissue."""
    colours = ink(dark)
    labels = [f"{row.tissue}  (n={row.n_samples:,.0f})" for row in drawn.itertuples()]
    figure = go.Figure(
        go.Box(
            y=labels,
            q1=drawn["q1"],
            median=drawn["median"],
            q3=drawn["q3"],
            lowerfence=drawn["min"],
            upperfence=drawn["max"],
            orientation="h",
            line={"width": 1.2, "color": colours["text"]},
            fillcolor=palette.ABUNDANCE_DARK if dark else palette.ABUNDANCE,
        )
    )
    layout(figure, dark, _height(len(drawn)))
    figure.update_xaxes(title={"text": axis, "standoff": 8})
    figure.update_yaxes(autorange="reversed", tickfont={"size": 12}, type="category", dtick=1)
    return figure


def cohort_bars(drawn: pd.DataFrame, dark: bool) -> go.Figure:
    """Bars of the cohorts of one unit, highest at the top; linear values."""
    labels = [f"{row.name} ({row.cohort})" for row in drawn.itertuples(index=False)]
    figure = go.Figure(
        go.Bar(
            x=drawn["value"],
            y=labels,
            orientation="h",
            marker={"color": palette.ABUNDANCE_DARK if dark else palette.ABUNDANCE},
            hovertemplate="<b>%{y}</b><br>%{x:.4g} " + str(drawn["unit"].iloc[0]) + "<extra></extra>",
        )
    )
    layout(figure, dark, _height(len(drawn)), bargap=0.22)
    figure.update_xaxes(title={"text": str(drawn["unit"].iloc[0]), "standoff": 8}, rangemode="tozero")
    figure.update_yaxes(autorange="reversed", tickfont={"size": 12}, showgrid=False, type="category", dtick=1)
    return figure


def pair_scatter(drawn: pd.DataFrame, gene_a: str, gene_b: str, unit: str, dark: bool) -> go.Figure:
    """Two genes over the tissues, each point named; x, y in `unit`."""
    colours = palette.system_colours(drawn["system"])
    outliers = _furthest(drawn, 14)
    figure = go.Figure(
        go.Scatter(
            x=drawn["x"],
            y=drawn["y"],
            mode="markers+text",
            customdata=drawn[["tissue", "system"]].to_numpy(),
            text=[tissue if far else "" for tissue, far in zip(drawn["tissue"], outliers, strict=True)],
            textposition="top center",
            textfont={"size": 10},
            cliponaxis=False,
            marker={
                "size": 8,
                "color": [colours[s] for s in drawn["system"]],
                "line": {"width": 0.5, "color": ink(dark)["text"]},
            },
            hovertemplate="<b>%{customdata[0]}</b> (%{customdata[1]})<br>%{x:.2f}, %{y:.2f}<extra></extra>",
        )
    )
    layout(figure, dark, 430)
    figure.update_xaxes(title={"text": f"<i>{gene_a}</i>, {unit}"})
    figure.update_yaxes(title={"text": f"<i>{gene_b}</i>, {unit}"})
    return figure


def _furthest(drawn: pd.DataFrame, count: int) -> list[bool]:
    """Which points get their name written: the `count` furthest from the middle; the rest on hover."""
    x, y = (drawn[c] - drawn[c].median() for c in ("x", "y"))
    spread = (x / (x.abs().max() or 1)) ** 2 + (y / (y.abs().max() or 1)) ** 2
    return list(spread.rank(ascending=False, method="first") <= count)
