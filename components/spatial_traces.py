"""The spots of one panel of a section for the browser: markers or cells, with what the hover tells. Pure."""

from __future__ import annotations

import html
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from components import palette, spatial_drawn, spatial_raster
from components.charts import ink
from components.spatial_drawn import Drawing

NAMED = 50_000  # spots of all panels, up to which the hover names them and their groups
MISSING = "not measured"
_WHOLE = np.iinfo(np.int16).max
_SHOWN = 22  # signs of a group in the legend


def panel(drawing: Drawing, number: int, dark: bool, size: float) -> list[dict[str, Any]]:
    """The traces of one panel."""
    on = {"xaxis": nth("x", number), "yaxis": nth("y", number)}
    if drawing.look.colour == spatial_drawn.GROUPS:
        return _group_cells(drawing) if drawing.raster else _group_spots(drawing, size)
    make = _cells if drawing.raster else _spots
    return [trace | on for trace in make(drawing, number, dark, size)]


def nth(word: str, number: int) -> str:
    """ "xaxis", "xaxis2" """
    return word if number == 0 else f"{word}{number + 1}"


def colour_axis(drawing: Drawing, number: int) -> str:
    return "coloraxis" if drawing.look.common else nth("coloraxis", number)


def _spots(drawing: Drawing, number: int, dark: bool, size: float) -> list[dict[str, Any]]:
    """Every spot in its colour, those that were not measured grey and beneath."""
    values = drawing.values[number]
    seen = np.isfinite(values)
    gene = drawing.genes[number]
    shades = {"size": size, "color": compact(values[seen]), "coloraxis": colour_axis(drawing, number)}
    unit = f" {html.escape(drawing.unit)}" if drawing.unit else ""
    value = f"<i>{html.escape(gene)}</i> = %{{marker.color:.4g}}{unit}"
    traces = [_markers(drawing, seen, gene, shades, value)]
    if not seen.all():
        grey = {"size": size, "color": ink(dark)["missing"]}
        traces.insert(0, _markers(drawing, ~seen, MISSING, grey, f"<i>{html.escape(gene)}</i> {MISSING}"))
    return traces


def _markers(
    drawing: Drawing, which: npt.NDArray[np.bool_], name: str, marker: dict[str, Any], words: str
) -> dict[str, Any]:
    rows = drawing.rows[which]
    about = {"text": _texts(rows, bool(drawing.by))} if _is_named(drawing) else {}
    first = "%{text}<br>" if about else ""
    return {
        "type": "scattergl",
        "mode": "markers",
        "name": name,
        "x": compact(rows["x"].to_numpy(dtype=float)),
        "y": compact(rows["y"].to_numpy(dtype=float)),
        "marker": {"line": {"width": 0}, "opacity": 1, "symbol": _symbol(drawing)} | marker,
        **about,
        "hovertemplate": f"{first}x = %{{x:,.6~g}}, y = %{{y:,.6~g}}<br>{words}<extra></extra>",
    }


def _symbol(drawing: Drawing) -> str:
    """Squares for the places of a grid, discs for others."""
    x, y = (drawing.rows[name].to_numpy(dtype=float) for name in ("x", "y"))
    return "square" if drawing.spacing and len(x) > 4 and spatial_raster.is_grid(x, y, drawing.spacing) else "circle"


def _texts(rows: pd.DataFrame, grouped: bool) -> list[str]:
    """Of each spot its name, and its group where there are groups."""
    names = [html.escape(str(name)) for name in rows["spot"]]
    if not grouped:
        return [f"<b>{name}</b>" for name in names]
    words = {name: html.escape(str(name)) for name in rows["group"].unique()}
    return [f"<b>{name}</b><br>{words[group]}" for name, group in zip(names, rows["group"], strict=True)]


def _cells(drawing: Drawing, number: int, dark: bool, size: float) -> list[dict[str, Any]]:
    """The raster of one gene; cells of which no spot was measured grey."""
    del size
    values = drawing.values[number]
    gene = html.escape(drawing.genes[number])
    unit = f" {html.escape(drawing.unit)}" if drawing.unit else ""
    n = "" if drawing.exact else "<br>mean of %{customdata} spots"
    first = "%{text}<br>" if _is_named(drawing) else ""
    hover = f"{first}x = %{{x:,.6~g}}, y = %{{y:,.6~g}}<br><i>{gene}</i> = %{{z:.4g}}{unit}{n}<extra></extra>"
    heat = _heat(drawing, values.astype(np.float32), drawing.genes[number], hover)
    heat["coloraxis"] = colour_axis(drawing, number)
    blank = np.isnan(values)
    if not blank.any():
        return [heat]
    about = f"x = %{{x:,.6~g}}, y = %{{y:,.6~g}}<br><i>{gene}</i> {MISSING}<extra></extra>"
    grey = _heat(drawing, np.where(blank, 0, np.nan).astype(np.float32), MISSING, about)
    shade = ink(dark)["missing"]
    return [grey | {"colorscale": [[0, shade], [1, shade]], "showscale": False}, heat]


def _heat(drawing: Drawing, values: npt.NDArray[np.float32], name: str, hover: str) -> dict[str, Any]:
    raster = drawing.raster
    assert raster is not None
    more = {} if drawing.exact else {"customdata": raster.grid(_counts(raster.counts), 0)}
    if _is_named(drawing):
        more["text"] = raster.grid(np.array(_texts(drawing.rows, bool(drawing.by)), dtype=object), "")
    return {
        "type": "heatmap",
        "name": name,
        "z": raster.grid(values, np.nan),
        "x0": raster.x0,
        "dx": raster.cell,
        "y0": raster.y0,
        "dy": raster.cell,
        "hoverongaps": False,
        "hovertemplate": hover,
        **more,
    }


def _is_named(drawing: Drawing) -> bool:
    """Whether the hover names spots and their groups: of too many the browser would be sent too much."""
    return drawing.exact and len(drawing.rows) * drawing.panels <= NAMED


def _counts(counts: npt.NDArray[np.intp]) -> npt.NDArray[np.generic]:
    return counts.astype(np.int16 if counts.max(initial=0) <= _WHOLE else np.int32)


def _group_spots(drawing: Drawing, size: float) -> list[dict[str, Any]]:
    """A trace a group, so that the legend shows and hides them."""
    colours = palette.group_colours(drawing.order)
    group = drawing.rows["group"]
    traces = []
    for name in drawing.order or ("",):
        which = (group == name).to_numpy() if drawing.order else np.ones(len(group), dtype=bool)
        marker = {"size": size, "color": colours.get(name, palette.ABUNDANCE)}
        trace = _markers(drawing, which, _short(name), marker, html.escape(name))
        if "text" in trace:
            trace["hovertemplate"] = "%{text}<br>x = %{x:,.6~g}, y = %{y:,.6~g}<extra></extra>"
        traces.append(trace)
    return traces


def _group_cells(drawing: Drawing) -> list[dict[str, Any]]:
    """A raster a group; empty points stand for it in the legend."""
    raster = drawing.raster
    assert raster is not None
    colours = palette.group_colours(drawing.order)
    group = drawing.rows["group"].to_numpy()
    place = {name: number for number, name in enumerate(drawing.order)}
    codes = np.array([place.get(name, 0) for name in group], dtype=np.float32)
    shades = [colours.get(name, palette.ABUNDANCE) for name in drawing.order or ("",)]
    last = max(1, len(shades))
    scale = [[edge / last, shade] for number, shade in enumerate(shades) for edge in (number, number + 1)]
    heat = _heat(drawing, codes, "groups", "<b>%{text}</b><br>x = %{x:,.6~g}, y = %{y:,.6~g}<extra></extra>")
    heat |= {"colorscale": scale, "zmin": -0.5, "zmax": last - 0.5, "showscale": False}
    heat.pop("customdata", None)
    heat["text"] = raster.grid(np.array([html.escape(name) for name in group], dtype=object), "")
    keys = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [None],
            "y": [None],
            "name": _short(name),
            "marker": {"color": shade, "size": 9, "symbol": "square"},
            "hoverinfo": "skip",
        }
        for name, shade in zip(drawing.order, shades, strict=False)
    ]
    return [heat, *keys]


def _short(name: str) -> str:
    return html.escape(name if len(name) <= _SHOWN else f"{name[: _SHOWN - 1].rstrip()}…")


def compact(values: npt.NDArray[np.float64]) -> npt.NDArray[np.generic]:
    """The same numbers in two bytes where they are small and whole, else in four (seven digits)."""
    whole = len(values) and bool(np.isfinite(values).all()) and bool((values == np.round(values)).all())
    if whole and np.abs(values).max() <= _WHOLE:
        return values.astype(np.int16)
    return values.astype(np.float32)
