"""Paper figures of sections: genes over their spots, the groups of the spots, and boxes of groups. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import EllipseCollection
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from backend.errors import BadInput
from components import palette, spatial_drawn, spatial_groups
from components.publication import (
    INK,
    LABEL,
    QUIET,
    SMALL,
    TINY,
    clean,
    finish,
    legend,
    limits_of,
    paper,
    place,
    sheet,
    value_axis,
)
from components.spatial_drawn import Drawing
from components.spatial_groups import Distribution

WIDE, TALLEST, BAR, GAP = 3.3, 4.4, 0.09, 0.95  # inches
ROW, ACROSS = 0.3, 2.9
MANY = 2_000  # spots above which they are a picture in SVG and PDF
UNKNOWN = 0.02  # of the width: a spot where the spacing is not known


@paper()
def section(drawing: Drawing, title: str, footer: str, simulated: bool = False) -> Figure:
    """A panel a gene with its colour bar, or one panel of groups with their legend; steps along x and y are equal."""
    left, right, bottom, top = drawing.box
    wide = min(WIDE, TALLEST * (right - left) / (top - bottom))
    high = wide * (top - bottom) / (right - left)
    figure = sheet(drawing.panels * (wide + GAP), high)
    for number in range(drawing.panels):
        axes = place(figure, number * (wide + GAP), 0, wide, high)
        axes.set(xlim=(left, right), ylim=(top, bottom) if drawing.look.turned else (bottom, top))
        (_cells if drawing.raster else _spots)(axes, drawing, number)
        _frame(axes, first=number == 0)
        if drawing.look.colour == spatial_drawn.EXPRESSION:
            axes.set_title(clean(drawing.genes[number]), style="italic", size=10, pad=4, loc="left")
            if not drawing.look.common or number == drawing.panels - 1:
                bar = place(figure, number * (wide + GAP) + wide + 0.12, 0.04 * high, BAR, 0.92 * high)
                _bar(figure, bar, drawing, number)
    if drawing.look.colour == spatial_drawn.GROUPS:
        _groups(figure, drawing, wide + 0.2, high)
    return finish(figure, title, "\n".join((*_key(drawing), footer)), simulated)


def _key(drawing: Drawing) -> list[str]:
    """What was drawn, and what grey means."""
    grey = "Grey: not measured." if drawing.missing() else ""
    return [" ".join(filter(None, (drawing.told(), grey)))]


def _colours(drawing: Drawing, number: int) -> np.ndarray:
    """RGBA of each row of the drawing, (rows, 4)."""
    if drawing.look.colour == spatial_drawn.GROUPS:
        chosen = palette.group_colours(drawing.order)
        table = ListedColormap([chosen.get(name, palette.ABUNDANCE) for name in drawing.order or ("",)])
        number_of = {name: at for at, name in enumerate(drawing.order)}
        return np.asarray(table([number_of.get(name, 0) for name in drawing.rows["group"]]))
    values, (low, high) = drawing.values[number], drawing.limits[number]
    shades = np.asarray(colormaps["viridis"](Normalize(low, high)(np.nan_to_num(values))))
    shades[np.isnan(values)] = (*(int(palette.MISSING[at : at + 2], 16) / 255 for at in (1, 3, 5)), 1.0)
    return shades


def _spots(axes: Axes, drawing: Drawing, number: int) -> None:
    """Discs as wide as the distance between neighbours, in units of x and y, so that they touch at any size."""
    left, right, _, _ = drawing.box
    wide = (drawing.spacing or UNKNOWN * (right - left)) * drawing.look.size
    n = len(drawing.rows)
    discs = EllipseCollection(
        np.full(n, wide),
        np.full(n, wide),
        np.zeros(n),
        units="xy",
        offsets=drawing.rows[["x", "y"]].to_numpy(dtype=float),
        offset_transform=axes.transData,
        facecolors=_colours(drawing, number),
        linewidths=0,
        rasterized=n > MANY,
    )
    axes.add_collection(discs)


def _cells(axes: Axes, drawing: Drawing, number: int) -> None:
    """The raster as a picture; empty cells stay white."""
    raster = drawing.raster
    assert raster is not None
    pixels = np.zeros((raster.rows, raster.columns, 4))
    pixels[raster.row, raster.column] = _colours(drawing, number)
    half = raster.cell / 2
    edges = (
        raster.x0 - half,
        raster.x0 + raster.cell * (raster.columns - 1) + half,
        raster.y0 - half,
        raster.y0 + raster.cell * (raster.rows - 1) + half,
    )
    limits = axes.get_xlim(), axes.get_ylim()
    axes.imshow(pixels, extent=edges, origin="lower", interpolation="nearest", aspect="auto")
    axes.set(xlim=limits[0], ylim=limits[1])


def _frame(axes: Axes, first: bool) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda at, _: f"{at:,.6g}".replace("-", "−")))
    axes.tick_params(labelsize=TINY)
    axes.set_xlabel("x", size=SMALL)
    if first:
        axes.set_ylabel("y", size=SMALL)
    else:
        axes.set_yticklabels([])


def _bar(figure: Figure, axes: Axes, drawing: Drawing, number: int) -> None:
    low, high = drawing.limits[number]
    ticks = spatial_drawn.ticks(drawing, number)
    bar = figure.colorbar(ScalarMappable(Normalize(low, high), "viridis"), cax=axes)
    bar.set_ticks(ticks["tickvals"], labels=ticks["ticktext"], size=TINY)
    bar.outline.set_visible(False)
    bar.set_label(clean(spatial_drawn.scale_title(drawing, number), 90), size=TINY)


def _groups(figure: Figure, drawing: Drawing, left: float, top: float) -> None:
    chosen = palette.group_colours(drawing.order)
    keys = [Patch(color=colour, label=clean(name, 40)) for name, colour in chosen.items()]
    if keys:
        legend(figure, left, top, keys, clean(drawing.by), handlelength=1.0, handleheight=1.0)


@paper()
def boxes(shown: Sequence[Distribution], title: str, footer: str, simulated: bool = False) -> Figure:
    """A panel a gene, a box a group in the colour of the group, with its mean, sampled spots beneath."""
    if not shown:
        raise BadInput("There is nothing to draw.", "Choose another gene.")
    tallest = max(len(one.table) for one in shown)
    figure, left = sheet(len(shown) * (ACROSS + 2.0), tallest * ROW), 0.0
    for one in shown:
        height = len(one.table) * ROW
        axes = place(figure, left, tallest * ROW - height, ACROSS, height)
        _boxes(axes, one)
        axes.set_title(clean(one.gene), style="italic", size=10, pad=4, loc="left")
        left += ACROSS + 2.0
    key = spatial_groups.KEY + (" Points: a random part of the spots." if shown[0].sampled else " Points: spots.")
    return finish(figure, title, f"{key}\n{footer}", simulated)


def _boxes(axes: Axes, shown: Distribution) -> None:
    table = shown.table[shown.table["n"] > 0]
    place_of = {name: row for row, name in enumerate(shown.table["group"])}
    points = shown.points
    offsets = points.groupby("group")["value"].transform(lambda part: spatial_groups.spread(part.to_numpy(dtype=float)))
    dots = {"s": 2, "color": QUIET, "alpha": 0.4, "linewidths": 0, "rasterized": len(points) > 500, "zorder": 1}
    axes.scatter(points["value"], points["group"].map(place_of) + 0.36 * offsets, **dots)
    names = {"min": "whislo", "q1": "q1", "median": "med", "q3": "q3", "max": "whishi", "mean": "mean"}
    found = axes.bxp(
        table[list(names)].rename(columns=names).astype(float).to_dict("records"),
        positions=table.index.to_numpy(),
        widths=0.52,
        orientation="horizontal",
        manage_ticks=False,
        showfliers=False,
        showmeans=True,
        patch_artist=True,
        medianprops={"color": INK, "linewidth": 1.1},
        meanprops={"marker": "D", "markersize": 3.4, "markerfacecolor": "white", "markeredgecolor": INK},
        boxprops={"linewidth": 0.7},
        whiskerprops={"linewidth": 0.7},
        capprops={"linewidth": 0.7},
    )
    tones = spatial_groups.colours(shown, dark=False)
    for box, group in zip(found["boxes"], table["group"], strict=True):
        box.set(facecolor=tones.get(group, palette.MISSING), alpha=0.75)
    labels = [spatial_groups.words(row) for row in shown.table.itertuples()]
    axes.set_ylim(len(shown.table) - 0.5, -0.5)
    axes.set_yticks(range(len(labels)), [clean(text, 70) for text in labels], size=SMALL)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right"]].set_visible(False)
    value_axis(axes, limits_of(shown.table[["min", "max"]]))
    axes.set_xlabel(clean(shown.unit), size=LABEL)
