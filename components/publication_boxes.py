"""Paper figures of distributions: boxes of tissues, and the samples of one tissue as strips. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from backend.errors import BadInput
from components import groups
from components.drawn import spread
from components.palette import ABUNDANCE
from components.publication import (
    INK,
    LABEL,
    block_lines,
    clean,
    counted,
    finish,
    limits_of,
    panels_of,
    paper,
    place,
    row_colours,
    say_missing,
    sheet,
    value_axis,
)

MANY = 500  # points above which they are a picture in SVG and PDF


@paper()
def profile_boxes(
    drawn: pd.DataFrame,
    axis: str,
    title: str,
    footer: str,
    simulated: bool = False,
    points: pd.DataFrame | None = None,
) -> Figure:
    """One gene per panel, one box per tissue: quartiles and median, whiskers at min and max as given.

    drawn: tissue, min, q1, median, q3, max and, where known, gene and n_samples. Tissues with few samples carry an
    asterisk. points: the samples behind the boxes, gene, tissue, value; None where they are not drawn.
    """
    drawn = drawn if "gene" in drawn else drawn.assign(gene="")
    figure, panels = panels_of(drawn, counted(drawn), axis)
    limits = limits_of(drawn[["min", "max"]])
    for axes, rows in panels:
        _boxes(axes, rows)
        if points is not None:
            _dots(axes, rows, points)
        block_lines(axes, rows)
        value_axis(axes, limits)
    key = "Box: first to third quartile. Line: median. Whiskers: lowest and highest value given."
    key += "" if points is None else " Points: single values."
    return finish(figure, title, f"{key} {groups.few_note(drawn)}\n{footer}", simulated)


def _boxes(axes: Axes, rows: pd.DataFrame) -> None:
    """A box per measured tissue, drawn with matplotlib's bxp from the given numbers."""
    numbers = rows[["min", "q1", "median", "q3", "max"]].to_numpy(dtype=float)
    measured = np.isfinite(numbers).all(axis=1)
    names = ("whislo", "q1", "med", "q3", "whishi")
    found = axes.bxp(
        [dict(zip(names, map(float, row), strict=True)) for row in numbers[measured]],
        positions=np.flatnonzero(measured),
        widths=0.66,
        orientation="horizontal",
        manage_ticks=False,
        showfliers=False,
        zorder=2,
        patch_artist=True,
        medianprops={"color": INK, "linewidth": 1.2},
    )
    colours = row_colours(rows, [ABUNDANCE] * len(rows))[measured]
    for number, colour in enumerate(colours):
        paler = (*(1 - 0.24 * colour[3] * (1 - colour[:3])), 1.0)
        found["boxes"][number].set(facecolor=paler, edgecolor=colour, linewidth=0.7)
        for part in (*found["whiskers"][2 * number : 2 * number + 2], *found["caps"][2 * number : 2 * number + 2]):
            part.set(color=colour, linewidth=0.7)
    say_missing(axes, measured)


def _dots(axes: Axes, rows: pd.DataFrame, points: pd.DataFrame) -> None:
    """Every sample of the gene of this panel, spread over the height of its row."""
    own = points[points["gene"] == rows["gene"].dropna().iloc[0]]
    for row, tissue in enumerate(rows.index):
        values = own.loc[own["tissue"] == tissue, "value"].to_numpy(dtype=float)
        dots = {"s": 5, "color": INK, "alpha": 0.6, "linewidths": 0, "zorder": 4, "rasterized": len(own) > MANY}
        axes.scatter(values, row + 0.26 * spread(values), **dots)


@paper()
def strips(points: pd.DataFrame, axis: str, title: str, footer: str, simulated: bool = False) -> Figure:
    """The samples of one tissue, one strip a gene, a line on each median. points: gene, value."""
    if points.empty:
        raise BadInput("There is nothing to draw.", "Choose another tissue.")
    genes = list(dict.fromkeys(points["gene"]))
    height = 0.8 * len(genes)
    figure = sheet(4.4, height)
    axes = place(figure, 0, 0, 4.4, height)
    for row, gene in enumerate(genes):
        values = points.loc[points["gene"] == gene, "value"].to_numpy(dtype=float)
        dots = {"s": 7, "color": ABUNDANCE, "alpha": 0.6, "linewidths": 0, "rasterized": len(values) > MANY}
        axes.scatter(values, row + 0.36 * spread(values), **dots)
        axes.vlines(np.median(values), row - 0.42, row + 0.42, color=INK, linewidth=1.4)
    axes.set_ylim(len(genes) - 0.5, -0.5)
    axes.set_yticks(range(len(genes)), [clean(gene) for gene in genes], style="italic", size=LABEL)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right"]].set_visible(False)
    low, high = float(points["value"].min()), float(points["value"].max())
    room = 0.05 * (high - low) or 0.5
    value_axis(axes, (low - room, high + room))
    axes.set_xlabel(clean(axis))
    return finish(figure, title, f"Each point is a sample. Line: median.\n{footer}", simulated)
