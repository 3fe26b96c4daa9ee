"""Tables to Plotly figures for the screen. Pure: never calls Streamlit, changes no table."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from components import palette
from components.drawn import Z, why_no_number

ROW_HEIGHT = 20
GUIDES = (-2, 2)
FONT = "Source Sans, Source Sans Pro, Helvetica, sans-serif"


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


def figure(
    data: list[dict[str, Any]], dark: bool, height: int, axes: dict[str, dict[str, Any]], **extra: Any
) -> go.Figure:
    """The common look around `data`: theme colours, transparent paper, no title, tight margins.

    Made in one piece, because every later update of a Plotly figure is checked again and takes milliseconds.
    """
    colours = ink(dark)
    common = {"gridcolor": colours["grid"], "zeroline": False, "linecolor": colours["grid"], "automargin": True}
    look = {
        "template": {},
        "height": height,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": colours["text"]},
        "margin": {"l": 8, "r": 12, "t": 8, "b": 48},
        "dragmode": False,
        "showlegend": False,
        "hoverlabel": {"font": {"size": 13}, "align": "left"},
    }
    return go.Figure({"data": data, "layout": look | extra | {name: common | axis for name, axis in axes.items()}})


def titled(text: str) -> dict[str, Any]:
    """An axis title."""
    return {"text": text, "standoff": 8, "font": {"size": 13}}


TISSUE_AXIS = {"autorange": "reversed", "tickfont": {"size": 12}, "showgrid": False, "type": "category", "dtick": 1}


def sign_colours(values: pd.Series, dark: bool) -> list[str]:
    """One colour a bar by sign: red above, blue below the reference."""
    positive, negative = (
        (palette.POSITIVE_DARK, palette.NEGATIVE_DARK) if dark else (palette.POSITIVE, palette.NEGATIVE)
    )
    return [positive if value >= 0 else negative for value in values.fillna(0)]


def profile_bars(
    drawn: pd.DataFrame, axis: str, unit: str, measure: str, dark: bool, limits: tuple[float, float]
) -> go.Figure:
    """Horizontal bars of one gene, best at the top; `limits` is the x range shared by all panels.

    unit: of the column median, named in the hover with z and n.
    """
    values = drawn["value"]
    colours = sign_colours(values, dark) if measure == Z else _abundance(dark)
    bars = {
        "type": "bar",
        "x": values.to_numpy(),
        "y": list(drawn["tissue"]),
        "orientation": "h",
        "marker": {"color": colours},
        "customdata": [list(row) for row in zip(drawn["system"], drawn["z"], drawn["median"], _n(drawn), strict=True)],
        "hovertemplate": "<b>%{y}</b> (%{customdata[0]})<br>z = %{customdata[1]:.2f}<br>"
        + unit
        + " = %{customdata[2]:.3f}<br>%{customdata[3]}<extra></extra>",
    }
    missing = drawn.loc[values.isna(), "tissue"]
    notes = missing.groupby(pd.Series(why_no_number(drawn), index=drawn.index)) if len(missing) else ()
    return figure(
        [bars, *(_note(list(tissues), str(words), dark) for words, tissues in notes)],
        dark,
        _height(len(drawn)),
        {"xaxis": {"title": titled(axis), "range": list(limits)}, "yaxis": TISSUE_AXIS},
        bargap=0.22,
        shapes=_guides(dark) if measure == Z else [],
    )


def _n(drawn: pd.DataFrame) -> list[str]:
    """What stands behind each value, in words for the hover."""
    if "n_samples" not in drawn:
        return ["n = 1 consensus value"] * len(drawn)
    return [f"n = {count:,.0f} samples" for count in drawn["n_samples"]]


def _note(tissues: list[str], words: str, dark: bool) -> dict[str, Any]:
    """`words` in the place of the bars of `tissues`."""
    return {
        "type": "scatter",
        "x": [0] * len(tissues),
        "y": tissues,
        "mode": "text",
        "text": words,
        "hoverinfo": "skip",
        "textposition": "middle right",
        "textfont": {"size": 11, "color": ink(dark)["line"]},
        "cliponaxis": False,
    }


def _abundance(dark: bool) -> str:
    return palette.ABUNDANCE_DARK if dark else palette.ABUNDANCE


def _height(rows: int) -> int:
    return max(150, ROW_HEIGHT * rows + 64)


def _guides(dark: bool) -> list[dict[str, Any]]:
    """The zero line and the dotted guides at z = -2 and 2, over the whole height."""
    line = {"color": ink(dark)["line"], "width": 1}
    span = {"type": "line", "yref": "paper", "y0": 0, "y1": 1}
    return [{**span, "x0": at, "x1": at, "line": line if at == 0 else {**line, "dash": "dot"}} for at in (0, *GUIDES)]


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
    box = {
        "type": "box",
        "y": [f"{row.tissue}  (n={row.n_samples:,.0f})" for row in drawn.itertuples()],
        **{name: drawn[name].to_numpy() for name in ("q1", "median", "q3")},
        "lowerfence": drawn["min"].to_numpy(),
        "upperfence": drawn["max"].to_numpy(),
        "orientation": "h",
        "line": {"width": 1.2, "color": ink(dark)["text"]},
        "fillcolor": _abundance(dark),
    }
    return figure([box], dark, _height(len(drawn)), {"xaxis": {"title": titled(axis)}, "yaxis": TISSUE_AXIS})


def cohort_bars(drawn: pd.DataFrame, dark: bool) -> go.Figure:
    """Bars of the cohorts of one unit, highest at the top; linear values."""
    unit = str(drawn["unit"].iloc[0])
    bars = {
        "type": "bar",
        "x": drawn["value"].to_numpy(),
        "y": [f"{_short(name)} ({cohort})" for name, cohort in zip(drawn["name"], drawn["cohort"], strict=True)],
        "orientation": "h",
        "marker": {"color": _abundance(dark)},
        "customdata": list(drawn["name"]),
        "hovertemplate": f"<b>%{{customdata}}</b><br>%{{x:.4g}} {unit}<extra></extra>",
    }
    axes = {"xaxis": {"title": titled(unit), "rangemode": "tozero"}, "yaxis": TISSUE_AXIS}
    return figure([bars], dark, _height(len(drawn)), axes, bargap=0.22)


def _short(name: str, most: int = 24) -> str:
    """A name that leaves room for the bars on a narrow screen; the hover and the table hold it whole."""
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


def pair_scatter(drawn: pd.DataFrame, gene_a: str, gene_b: str, unit: str, dark: bool) -> go.Figure:
    """Two genes over the tissues, each point named; x, y in `unit`."""
    colours = palette.system_colours(drawn["system"])
    outliers = _furthest(drawn, 14)
    points = {
        "type": "scatter",
        "x": drawn["x"].to_numpy(),
        "y": drawn["y"].to_numpy(),
        "mode": "markers+text",
        "customdata": [list(row) for row in zip(drawn["tissue"], drawn["system"], strict=True)],
        "text": [tissue if far else "" for tissue, far in zip(drawn["tissue"], outliers, strict=True)],
        "textposition": "top center",
        "textfont": {"size": 10},
        "cliponaxis": False,
        "marker": {
            "size": 8,
            "color": [colours[system] for system in drawn["system"]],
            "line": {"width": 0.5, "color": ink(dark)["text"]},
        },
        "hovertemplate": "<b>%{customdata[0]}</b> (%{customdata[1]})<br>%{x:.2f}, %{y:.2f}<extra></extra>",
    }
    axes = {
        "xaxis": {"title": titled(f"<i>{gene_a}</i>, {unit}")},
        "yaxis": {"title": titled(f"<i>{gene_b}</i>, {unit}")},
    }
    return figure([points], dark, 430, axes)


def _furthest(drawn: pd.DataFrame, count: int) -> list[bool]:
    """Which points get their name written: up to `count`, the furthest from the middle first, none so
    near another written name that they would overlap; the hover and the table name them all."""
    x, y = ((drawn[c] - drawn[c].median()) / (drawn[c].max() - drawn[c].min() or 1) for c in ("x", "y"))
    written: list[int] = []
    for row in (x**2 + y**2).sort_values(ascending=False, kind="stable").index:
        clear = all(abs(x[row] - x[other]) > 0.22 or abs(y[row] - y[other]) > 0.06 for other in written)
        if clear and len(written) < count:
            written.append(row)
    return [row in written for row in drawn.index]
