"""Tables to Plotly figures for the screen. Pure: never calls Streamlit, changes no table."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from components import groups, palette
from components.drawn import BOX, Z, why_no_number

ROW_HEIGHT = 20
GUIDES = (-2, 2)
UNFADED = {name: {"marker": {"opacity": 1}} for name in ("selected", "unselected")}  # a click chooses, no more
LONGEST = 34  # signs of a name beside a row of a study
NO_TEMPLATE = {"data": {"scatter": [{"type": "scatter"}]}}  # how Plotly itself writes an empty one
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

    Made in one piece and unchecked: Plotly's checks take milliseconds a figure, and change nothing of one without
    mistakes, but for colour scales given by name: give those in full. The tests of the pages check each.
    """
    colours = ink(dark)
    common = {"gridcolor": colours["grid"], "zeroline": False, "linecolor": colours["grid"], "automargin": True}
    look = {
        "template": NO_TEMPLATE,
        "height": height,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": colours["text"]},
        "margin": {"l": 8, "r": 12, "t": 8, "b": 48},
        "dragmode": False,
        "showlegend": False,
        "hoverlabel": {"font": {"size": 13}, "align": "left"},
    }
    layout = look | extra | {name: common | axis for name, axis in axes.items()}
    return go.Figure({"data": data, "layout": layout}, _validate=False)


SIMULATED = "SIMULATED DATA"
SIMULATED_ROOM = 20  # px above the figure


def marked_simulated(made: go.Figure, dark: bool) -> go.Figure:
    """The figure with the mark of simulated data above its upper left corner; every figure of theirs bears it."""
    above = made.layout.margin.t or 0
    made.update_layout(margin={"t": above + SIMULATED_ROOM}, height=(made.layout.height or 450) + SIMULATED_ROOM)
    colour = "#F2B36B" if dark else "#7A3E00"
    return made.add_annotation(
        text=f'<b><span style="color:{colour}">{SIMULATED}</span></b>',
        xref="paper",
        yref="paper",
        x=0,
        y=1,
        xanchor="left",
        yanchor="bottom",
        yshift=2,
        showarrow=False,
        font={"size": 12},
    )


def titled(text: str) -> dict[str, Any]:
    """An axis title."""
    return {"text": text, "standoff": 8, "font": {"size": 13}}


TISSUE_AXIS = {"autorange": "reversed", "tickfont": {"size": 12}, "showgrid": False, "type": "category", "dtick": 1}


def named_rows(drawn: pd.DataFrame, labels: list[str]) -> dict[str, Any]:
    """Ticks of the rows of a study whose names are long: shortened in the middle; the hover and the table hold all."""
    if not groups.is_of_study(drawn) or max(map(len, labels), default=0) <= LONGEST:
        return {}
    return {"tickmode": "array", "tickvals": labels, "ticktext": [middle(label) for label in labels]}


def middle(label: str) -> str:
    """A long name without its middle, where beginnings and ends tell names apart."""
    if len(label) <= LONGEST:
        return label
    return f"{label[: LONGEST // 2 - 1].rstrip()}…{label[-LONGEST // 2 :].lstrip()}"


def sign_colours(values: pd.Series, dark: bool) -> list[str]:
    """One colour a bar by sign: red above, blue below the reference."""
    positive, negative = (
        (palette.POSITIVE_DARK, palette.NEGATIVE_DARK) if dark else (palette.POSITIVE, palette.NEGATIVE)
    )
    return [positive if value >= 0 else negative for value in values.fillna(0)]


def profile_bars(
    drawn: pd.DataFrame,
    axis: str,
    unit: str,
    measure: str,
    dark: bool,
    limits: tuple[float, float],
    alone: str = groups.ALONE,
) -> go.Figure:
    """Horizontal bars of one gene, best at the top; `limits` is the x range shared by all panels.

    unit: of the column median, named in the hover with z and n. alone: as in groups.behind.
    A click on a bar finds its tissue in customdata.
    """
    values, labels = drawn["value"], groups.labels(drawn)
    about = zip(drawn["system"], drawn["z"], drawn["median"], groups.behind(drawn, alone), drawn["tissue"], strict=True)
    bars = {
        "type": "bar",
        "x": values.to_numpy(),
        "y": labels,
        "orientation": "h",
        "marker": _bar_colours(drawn, measure, dark),
        **(UNFADED if groups.has_samples(drawn) else {}),
        "customdata": [list(row) for row in about],
        "hovertemplate": _bar_hover(drawn, unit),
    }
    return figure(
        [bars, *_notes(drawn, labels, dark)],
        dark,
        height(len(drawn)),
        {
            "xaxis": {"title": titled(axis), "range": list(limits)},
            "yaxis": TISSUE_AXIS | named_rows(drawn, labels),
        },
        bargap=0.22,
        shapes=[*block_lines(drawn, dark), *(_guides(dark) if measure == Z else [])],
        **({"clickmode": "event+select"} if groups.has_samples(drawn) else {}),
    )


def _notes(drawn: pd.DataFrame, labels: list[str], dark: bool) -> list[dict[str, Any]]:
    """Why bars are missing, in their places."""
    gone = drawn["value"].isna()
    if not gone.any():
        return []
    missing = pd.Series(labels, index=drawn.index)[gone]
    by_reason = missing.groupby(pd.Series(why_no_number(drawn), index=drawn.index))
    return [note(list(tissues), str(words), dark) for words, tissues in by_reason]


def _bar_hover(drawn: pd.DataFrame, unit: str) -> str:
    """Tissue and system, z, value, what stands behind; without what no row has."""
    system = " (%{customdata[0]})" if drawn["system"].any() else ""
    value = f"{unit} = %{{customdata[2]:.3f}}<br>" if drawn["median"].notna().any() else ""
    return f"<b>%{{y}}</b>{system}<br>z = %{{customdata[1]:.2f}}<br>{value}%{{customdata[3]}}<extra></extra>"


def _bar_colours(drawn: pd.DataFrame, measure: str, dark: bool) -> dict[str, Any]:
    """By sign for z; cohorts orange, samples without a tissue grey; few samples paler."""
    if not groups.has_samples(drawn):
        return {"color": sign_colours(drawn["value"], dark) if measure == Z else _abundance(dark)}
    plain = sign_colours(drawn["value"], dark) if measure == Z else [_abundance(dark)] * len(drawn)
    special = {groups.COHORT: _cohort(dark), groups.NO_TISSUE: ink(dark)["line"]}
    colours = [special.get(kind, colour) for kind, colour in zip(groups.kinds(drawn), plain, strict=True)]
    faint = groups.few(drawn)
    return {"color": [palette.faded(c, 0.45) if few else c for c, few in zip(colours, faint, strict=True)]}


def row_colour(kind: int, dark: bool) -> str:
    """Cohorts orange, samples without a tissue grey, everything else the colour of abundance."""
    return {groups.COHORT: _cohort(dark), groups.NO_TISSUE: ink(dark)["line"]}.get(kind, _abundance(dark))


def _cohort(dark: bool) -> str:
    return palette.COHORT_DARK if dark else palette.COHORT


def block_lines(drawn: pd.DataFrame, dark: bool) -> list[dict[str, Any]]:
    """A line between cohorts, tissues, cell lines and unlabelled samples."""
    line = {"color": ink(dark)["line"], "width": 1}
    span = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "line": line}
    return [{**span, "y0": row - 0.5, "y1": row - 0.5} for row in groups.blocks(drawn)]


def note(tissues: list[str], words: str, dark: bool) -> dict[str, Any]:
    """`words` in the place of the bars of `tissues`, a space away from the line at 0."""
    return {
        "type": "scatter",
        "x": [0] * len(tissues),
        "y": tissues,
        "mode": "text",
        "text": f"\N{NO-BREAK SPACE}{words}",
        "hoverinfo": "skip",
        "textposition": "middle right",
        "textfont": {"size": 11, "color": ink(dark)["line"]},
        "cliponaxis": False,
    }


def _abundance(dark: bool) -> str:
    return palette.ABUNDANCE_DARK if dark else palette.ABUNDANCE


def height(rows: int) -> int:
    """Pixels of a figure of this many rows."""
    return max(150, ROW_HEIGHT * rows + 64)


def _guides(dark: bool) -> list[dict[str, Any]]:
    """The zero line and the dotted guides at z = -2 and 2, over the whole height."""
    line = {"color": ink(dark)["line"], "width": 1}
    span = {"type": "line", "yref": "paper", "y0": 0, "y1": 1}
    return [{**span, "x0": at, "x1": at, "line": line if at == 0 else {**line, "dash": "dot"}} for at in (0, *GUIDES)]


def profile_limits(drawn: pd.DataFrame, measure: str) -> tuple[float, float]:
    """The x range that holds every gene: symmetric for z, for values from 0 or from the lowest below it."""
    values = drawn["value"].dropna()
    if measure == Z:
        reach = max(2.5, float(values.abs().max()) * 1.06 if len(values) else 0.0)
        return (-reach, reach)
    lowest = min(0.0, float((drawn["min"] if measure == BOX else values).min())) if len(values) else 0.0
    if measure == BOX:
        values = drawn["max"].dropna()
    top = float(values.max()) if len(values) else 0.0
    low = -0.012 * top if measure == BOX else 0.0  # a box on zero is not cut in half
    return (min(low, lowest * 1.06), top * 1.06 if top > 0 else 1.0)


def cohort_bars(drawn: pd.DataFrame, dark: bool) -> go.Figure:
    """Bars of the cohorts of one unit, highest at the top; linear values."""
    unit = str(drawn["unit"].iloc[0])
    bars = {
        "type": "bar",
        "x": drawn["value"].to_numpy(),
        "y": [f"{short(name)} ({cohort})" for name, cohort in zip(drawn["name"], drawn["cohort"], strict=True)],
        "orientation": "h",
        "marker": {"color": _abundance(dark)},
        "customdata": list(drawn["name"]),
        "hovertemplate": f"<b>%{{customdata}}</b><br>%{{x:.4g}} {unit}<extra></extra>",
    }
    axes = {"xaxis": {"title": titled(unit), "rangemode": "tozero"}, "yaxis": TISSUE_AXIS}
    return figure([bars], dark, height(len(drawn)), axes, bargap=0.22)


def short(name: str, most: int = 24) -> str:
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
