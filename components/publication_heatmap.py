"""The paper heatmap: z by colour, dendrograms, organ systems, gene and tissue names. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, QuadMesh
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from backend.errors import BadInput
from components.palette import MISSING
from components.publication import (
    INK,
    LABEL,
    POINTS,
    SMALL,
    clean,
    extent,
    finish,
    legend,
    paper,
    place,
    sheet,
    write,
)

if TYPE_CHECKING:
    from components.drawn import HeatmapDrawing

GAP, BAND, TREE = 0.04, 0.11, 0.65  # inches between parts, of the organ-system band, of a dendrogram
SMALLEST = 3.0  # points; a name fills 0.84 of its row
VECTOR_CELLS = 4_000  # above it the coloured cells, and only they, are a picture in SVG and PDF
LONGEST_NAME = 48  # signs


class _Grid(NamedTuple):
    """Width and height of the cells together, in inches, and the font sizes of their names."""

    width: float
    height: float
    tissue_size: float
    gene_size: float

    @classmethod
    def of(cls, genes: int, tissues: int) -> _Grid:
        row = float(np.clip(620 / genes, SMALLEST / 0.84, 13.0))
        column = float(np.clip(450 / tissues, SMALLEST / 0.84, 16.0))
        return cls(column * tissues / POINTS, row * genes / POINTS, min(LABEL, 0.84 * column), min(LABEL, 0.84 * row))


@paper()
def heatmap(drawing: HeatmapDrawing, title: str, footer: str, simulated: bool = False) -> Figure:
    """Genes down, tissues across, z by colour from blue over white to red, clipped where the drawing says.

    Grey: not measured or constant. Band on top: organ system. Dendrograms where there are lines.
    """
    if not drawing.genes or not drawing.tissues:
        raise BadInput("There is nothing to draw.", "Choose other tissues or genes.")
    grid = _Grid.of(len(drawing.genes), len(drawing.tissues))
    figure = sheet(grid.width, grid.height)
    axes = place(figure, 0, 0, grid.width, grid.height)
    mesh = _cells(axes, drawing)
    _names(axes, drawing, grid)
    colours = drawing.colours
    top = grid.height + GAP
    if colours:
        _systems(place(figure, 0, top, grid.width, BAND), [colours[system] for system in drawing.systems])
        top += BAND + GAP
    if drawing.column_lines:
        tree = place(figure, 0, top, grid.width, TREE)
        _dendrogram(tree, drawing.column_lines, len(drawing.tissues), upright=True)
    if drawing.row_lines:
        tree = place(figure, -GAP - TREE, 0, TREE, grid.height)
        _dendrogram(tree, drawing.row_lines, len(drawing.genes), upright=False)
    _keys(figure, mesh, drawing, colours)
    return finish(figure, title, footer, simulated)


def _cells(axes: Axes, drawing: HeatmapDrawing) -> QuadMesh:
    """The coloured cells; what is missing is left out and shows the grey behind."""
    many = drawing.z.size > VECTOR_CELLS
    axes.set_facecolor(MISSING)
    sns.heatmap(
        drawing.z,
        mask=~np.isfinite(drawing.z),
        cmap="RdBu_r",
        vmin=-drawing.clip,
        vmax=drawing.clip,
        cbar=False,
        xticklabels=False,
        yticklabels=False,
        linewidths=0 if many else 0.3,
        linecolor="white",
        ax=axes,
        rasterized=many,
    )
    for side in axes.spines.values():
        side.set(visible=True, linewidth=0.4)
    return axes.collections[0]


def _names(axes: Axes, drawing: HeatmapDrawing, grid: _Grid) -> None:
    """Genes italic on the right, tissues upright below, every one of them."""
    tissues = [clean(name, LONGEST_NAME) if drawing.is_named else "" for name in drawing.names]
    genes = [clean(gene, LONGEST_NAME) for gene in drawing.genes]
    axes.set_xticks(np.arange(len(tissues)) + 0.5, tissues, rotation=90, size=grid.tissue_size)
    axes.set_yticks(
        np.arange(len(genes)) + 0.5,
        genes,
        rotation=0,
        size=grid.gene_size,
        style="italic",
        va="center_baseline",
    )
    axes.tick_params(axis="both", length=0, pad=2, left=False, labelleft=False, right=True, labelright=True)


def _systems(axes: Axes, colours: list[str]) -> None:
    """One patch per tissue in the colour of its organ system."""
    axes.bar(np.arange(len(colours)) + 0.5, 1.0, width=1.0, color=colours, edgecolor=colours, linewidth=0.2)
    axes.set(xlim=(0, len(colours)), ylim=(0, 1))
    axes.set_axis_off()


def _dendrogram(axes: Axes, lines: list[tuple[list[float], list[float]]], leaves: int, upright: bool) -> None:
    """Brackets, their feet on the middle of rows or columns; the length is the distance."""
    tallest = max(max(heights) for _, heights in lines) or 1.0
    along = [(np.asarray(places) + 0.5, np.asarray(heights)) for places, heights in lines]
    paths = [np.column_stack(line if upright else line[::-1]) for line in along]
    width = float(np.clip(40 / leaves, 0.35, 0.8))
    axes.add_collection(LineCollection(paths, colors=INK, linewidths=width, capstyle="projecting", clip_on=False))
    if upright:
        axes.set(xlim=(0, leaves), ylim=(0, tallest * 1.02))
    else:
        axes.set(xlim=(tallest * 1.02, 0), ylim=(leaves, 0))
    axes.set_axis_off()


def _keys(figure: Figure, mesh: QuadMesh, drawing: HeatmapDrawing, colours: dict[str, str]) -> None:
    """Right of the gene names: the colour bar, what grey means, the organ systems."""
    box = extent(figure)
    left, top = box.x1 + 0.3, box.y1
    heading = write(figure, left, top, clean(drawing.colour_title), size=SMALL, va="top")
    top = extent(figure, heading).y0 - 0.08
    _colour_bar(place(figure, left, top - 1.2, 0.12, 1.2), mesh, drawing)
    top -= 1.4
    square = {"handlelength": 1.0, "handleheight": 1.0}
    if not np.isfinite(drawing.z).all():
        grey = Patch(facecolor=MISSING, edgecolor="none", label="not measured or constant")
        top = legend(figure, left, top, [grey], "", **square) - 0.18
    if colours:
        patches = [
            Patch(facecolor=colour, label=clean(name, LONGEST_NAME) or f"no {drawing.band}")
            for name, colour in colours.items()
        ]
        legend(figure, left, top, patches, drawing.band.capitalize(), **square)


def _colour_bar(axes: Axes, mesh: QuadMesh, drawing: HeatmapDrawing) -> None:
    """The scale of z, pointed where numbers lie beyond the clip."""
    seen = drawing.z[np.isfinite(drawing.z)]
    beyond = (bool((seen < -drawing.clip).any()), bool((seen > drawing.clip).any()))
    extend = {(True, True): "both", (True, False): "min", (False, True): "max"}.get(beyond, "neither")
    bar = axes.figure.colorbar(mesh, cax=axes, extend=extend)
    ticks = drawing.clip * np.array([-1, -0.5, 0, 0.5, 1])
    bar.set_ticks(ticks, labels=[f"{tick:g}".replace("-", "−") for tick in ticks])
    bar.outline.set_linewidth(0.4)
    axes.tick_params(labelsize=SMALL, length=2, width=0.4)
