"""Sections on the screen: genes over their spots, or the groups of the spots. Pure, as charts.py."""

from __future__ import annotations

import html
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.colors import get_colorscale

from components import charts, spatial_drawn
from components.charts import figure, ink, titled
from components.spatial_drawn import Drawing
from components.spatial_traces import colour_axis, nth, panel

Place = tuple[float, float, float, float]
LOWEST, HIGHEST = 240, 600  # px of a panel
WIDE = {1: 510, 2: 365}  # px of a panel on a usual screen
NARROW = 210  # the same on a telephone
SHORT = 250  # px of a panel beside which a title has several lines
SMALLEST, LARGEST = 1.2, 160.0  # px of a spot; WebGL draws points of 255 px everywhere
ABOVE, BELOW, BESIDE = 28, 44, 56  # px


def section(drawing: Drawing, dark: bool, narrow: bool = False) -> go.Figure:
    """Panels side by side, on a narrow screen below each other, linked in zoom."""
    panels, places = range(drawing.panels), _places(drawing, narrow)
    wide, high = _size(drawing, narrow)
    data = [trace for number in panels for trace in panel(drawing, number, dark, _spot(drawing, wide, high))]
    groups = drawing.look.colour == spatial_drawn.GROUPS
    below = BELOW + (22 * -(-len(drawing.order) // (2 if narrow else 4)) if groups else 0)
    stacked = len(panels) if narrow else 1
    return figure(
        data,
        dark,
        round(stacked * high + (stacked - 1) * (BELOW + ABOVE) + ABOVE + below),
        _axes(drawing, places),
        dragmode="zoom",
        hovermode="closest",
        margin={"l": BESIDE, "r": 12 if groups else 84, "t": ABOVE, "b": below},
        annotations=[] if groups else [_name(drawing.genes[n], places[n], dark) for n in panels],
        showlegend=groups,
        legend={"orientation": "h", "y": 0, "yref": "container", "yanchor": "bottom", "itemsizing": "constant"},
        **({} if groups else _colour_axes(drawing, places, dark, high)),
    )


def _places(drawing: Drawing, narrow: bool) -> list[Place]:
    """Left, right, lower and upper end of each panel, as shares; a colour bar of its own stands at the right."""
    if drawing.panels == 1:
        return [(0.0, 1.0, 0.0, 1.0)]
    if narrow:
        half = 0.5 * (1 - 0.24)
        return [(0.0, 1.0, 1 - half, 1.0), (0.0, 1.0, 0.0, half)]
    half = 0.5 * (1 - (0.07 if drawing.look.common else 0.17))
    return [(0.0, half, 0.0, 1.0), (1 - half, 1.0, 0.0, 1.0)]


def _size(drawing: Drawing, narrow: bool) -> tuple[float, float]:
    """Width and height in px of what a panel shows, at the usual width."""
    left, right, bottom, top = drawing.box
    wide = NARROW if narrow else WIDE[min(2, drawing.panels)]
    high = float(np.clip(wide * (top - bottom) / (right - left), LOWEST if not narrow else 120, HIGHEST))
    return wide, high


def _spot(drawing: Drawing, wide: float, high: float) -> float:
    """The diameter in px at which neighbours touch, times the chosen size."""
    left, right, bottom, top = drawing.box
    scale = min(wide / (right - left), high / (top - bottom))
    touching = drawing.spacing * scale if drawing.spacing else 9.0
    return float(np.clip(touching * drawing.look.size, SMALLEST, LARGEST))


def _axes(drawing: Drawing, places: list[Place]) -> dict[str, dict[str, Any]]:
    """Equal steps along x and y; the panels move together."""
    left, right, bottom, top = drawing.box
    plain = {"showgrid": False, "zeroline": False, "automargin": False, "nticks": 5, "tickfont": {"size": 11}}
    plain |= {"constrain": "domain", "exponentformat": "none", "separatethousands": True, "ticks": ""}
    ends = [top, bottom] if drawing.look.turned else [bottom, top]
    axes: dict[str, dict[str, Any]] = {}
    for number, (start, end, low, high) in enumerate(places):
        name = nth("", number)
        x = {"domain": [start, end], "range": [left, right], "title": titled("x"), "anchor": f"y{name}"}
        y = {"domain": [low, high], "range": ends, "anchor": f"x{name}", "constraintoward": "top"}
        first = start == 0
        y |= {"showticklabels": first, "title": titled("y") if first else None}
        axes[f"xaxis{name}"] = plain | x | ({"matches": "x"} if number else {"constraintoward": "left"})
        axes[f"yaxis{name}"] = plain | y | ({"matches": "y"} if number else {"scaleanchor": "x", "scaleratio": 1})
    return axes


def marked_simulated(made: go.Figure, dark: bool) -> go.Figure:
    """The mark of simulated data, above the names of the genes."""
    marked = charts.marked_simulated(made, dark)
    marked.layout.annotations[-1].yshift = ABOVE - 4
    return marked


def _name(gene: str, place: Place, dark: bool) -> dict[str, Any]:
    """The gene above its panel."""
    return {
        "text": f"<i>{html.escape(gene)}</i>",
        "xref": "paper",
        "yref": "paper",
        "x": place[0],
        "y": place[3],
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 14, "color": ink(dark)["text"]},
    }


def _bar_title(drawing: Drawing, number: int, high: float) -> dict[str, Any]:
    """Beside the bar, in lines of their own where the bar is short. high: px of the bar."""
    text = html.escape(spatial_drawn.scale_title(drawing, number))
    short = high < SHORT
    return {
        "text": text.replace(", ", "<br>") if short else text,
        "side": "right",
        "font": {"size": 11 if short else 12},
    }


def _colour_axes(drawing: Drawing, places: list[Place], dark: bool, tall: float) -> dict[str, Any]:
    """One colour scale for all panels, or one each, with its bar beside the panel."""
    axes = {}
    for number in range(1 if drawing.look.common else drawing.panels):
        low, high = drawing.limits[number]
        _, right, lower, upper = places[number]
        axes[colour_axis(drawing, number)] = {
            "colorscale": get_colorscale("Viridis"),
            "cmin": low,
            "cmax": high,
            "colorbar": {
                "x": 1.0 if drawing.look.common else right,
                "xpad": 8,
                "thickness": 12,
                "len": 0.97 * (upper - lower),
                "y": upper,
                "yanchor": "top",
                "outlinewidth": 0,
                "title": _bar_title(drawing, number, tall),
                "tickfont": {"size": 11, "color": ink(dark)["text"]},
                **spatial_drawn.ticks(drawing, number),
            },
        }
    return axes
