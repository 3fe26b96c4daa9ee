"""Paper figures of co-expression: the network, and two genes against each other. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D

from backend.errors import BadInput
from components.palette import MISSING, NEGATIVE, OKABE_ITO, POSITIVE, module_colour, system_colours
from components.publication import (
    INK,
    LABEL,
    QUIET,
    SMALL,
    TINY,
    clean,
    extent,
    finish,
    legend,
    paper,
    place,
    sheet,
    write,
)

Floats = npt.NDArray[np.float64]

NODE, SEED = 4.2, 6.6  # radius of a node and of a seed, points
THIN, THICK = 0.5, 3.2  # width of the weakest and the strongest edge drawn, points
DASHES = (0, (3.0, 1.6))
DOT = 2.6
LINE = 0.135  # inches between lines of the key
BESIDE, AROUND = (1.0,), (1.0, 5.0, 11.0, 18.0, 27.0, 38.0, 52.0)  # gaps tried between point and name
FAR = 3.0  # points between a point and its name from which a line joins them
_ANGLES = np.radians([90, 270, 0, 180, 45, 135, 315, 225, 22, 158, 338, 202, 68, 112, 292, 248])


@paper()
def network(nodes: pd.DataFrame, edges: pd.DataFrame, title: str, footer: str, simulated: bool = False) -> Figure:
    """Genes at their places, edges between them: width is |r|, red solid positive, blue dashed negative.

    nodes: gene, seed, hop, degree, module, mean_expression, x, y. edges: gene_a, gene_b, r, n.
    Seeds are diamonds with a dark outline; colour is the module.
    """
    if nodes.empty:
        raise BadInput("There is nothing to draw.", "Give at least one gene.")
    side = _side(nodes[["x", "y"]].to_numpy(dtype=float))
    figure = sheet(side, side)
    axes = place(figure, 0, 0, side, side)
    points = _spaced(axes, nodes[["x", "y"]].to_numpy(dtype=float))
    places = dict(zip(nodes["gene"], points, strict=True))
    scale = _Widths(edges["r"].abs().to_numpy(dtype=float))
    _edges(axes, edges, places, scale)
    seeds = nodes["seed"].to_numpy(dtype=bool)
    _nodes(axes, points, seeds, [module_colour(int(module)) for module in nodes["module"]])
    _gene_names(axes, [clean(gene, 40) for gene in nodes["gene"]], points, seeds)
    _network_keys(figure, nodes, edges, scale)
    return finish(figure, title, footer, simulated)


def _side(where: Floats) -> float:
    """Inches: more for more genes, and for genes that lie close together."""
    roomy = float(np.clip(0.86 * len(where) ** 0.5, 2.6, 9.0))
    if len(where) < 3:
        return roomy
    apart = np.hypot(*(where[:, None] - where[None]).transpose(2, 0, 1)) + np.diag(np.full(len(where), np.inf))
    close = np.quantile(apart.min(axis=1), 0.15) / max(float(np.ptp(where, axis=0).max()), 1e-9)
    return float(np.clip(0.22 / max(close, 1e-9), roomy, 9.0))


class _Widths:
    """|r| to the width of an edge, over the range of |r| drawn."""

    def __init__(self, strengths: Floats) -> None:
        self.low, self.high = (strengths.min(), strengths.max()) if strengths.size else (0.0, 0.0)

    def __call__(self, strengths: Floats) -> Floats:
        span = self.high - self.low
        part = (strengths - self.low) / span if span > 0 else np.full(strengths.shape, 0.5)
        return THIN + (THICK - THIN) * part

    def examples(self) -> list[float]:
        """Weakest, middle and strongest, as many as differ in print."""
        values = (self.low, (self.low + self.high) / 2, self.high)
        return list({f"{value:.2f}": float(value) for value in values}.values())


def _spaced(axes: Axes, where: Floats) -> Floats:
    """Axes in points, and the places on them: the layout stretched over the page with a margin."""
    box = axes.get_window_extent()
    size = np.array([box.width, box.height])
    span = np.ptp(where, axis=0)
    part = np.where(span > 0, (where - where.min(axis=0)) / np.where(span > 0, span, 1), 0.5)
    axes.set(xlim=(0, size[0]), ylim=(0, size[1]))
    axes.set_axis_off()
    return 14 + part * (size - 28)


def _edges(axes: Axes, edges: pd.DataFrame, places: dict[str, Floats], scale: _Widths) -> None:
    """One collection of lines per sign, the weakest first so that strong ones lie on top."""
    ordered = edges.sort_values("r", key=abs, kind="stable")
    for positive, colour, style in ((False, NEGATIVE, DASHES), (True, POSITIVE, "solid")):
        part = ordered[(ordered["r"] > 0) == positive]
        lines = [(places[a], places[b]) for a, b in zip(part["gene_a"], part["gene_b"], strict=True)]
        widths = scale(part["r"].abs().to_numpy(dtype=float))
        axes.add_collection(
            LineCollection(lines, colors=colour, linewidths=widths, linestyles=[style], alpha=0.6, zorder=1)
        )


def _nodes(axes: Axes, points: Floats, seeds: npt.NDArray[np.bool_], colours: Sequence[str]) -> None:
    shades = np.array(colours)
    for mask, marker, radius, outline in ((~seeds, "o", NODE, 0.5), (seeds, "D", SEED / 2**0.5, 1.6)):
        axes.scatter(
            points[mask, 0],
            points[mask, 1],
            s=(2 * radius) ** 2,
            marker=marker,
            c=shades[mask],
            edgecolors=INK,
            linewidths=outline,
            zorder=3,
            clip_on=False,
        )


def _gene_names(axes: Axes, names: Sequence[str], points: Floats, seeds: npt.NDArray[np.bool_]) -> None:
    """Each name beside its node, off nodes and other names; seeds in bold."""
    fonts = [FontProperties(size=SMALL, style="italic", weight="bold" if seed else "normal") for seed in seeds]
    back = {"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.2}
    _names(axes, names, fonts, points, np.where(seeds, SEED + 0.8, NODE + 0.3), AROUND, bbox=back)


def _network_keys(figure: Figure, nodes: pd.DataFrame, edges: pd.DataFrame, scale: _Widths) -> None:
    """Right of the network: sign, |r|, seeds, modules; only what is drawn."""
    box = extent(figure)
    left, top = box.x1 + 0.3, box.y1
    modules = [_dot(label, colour) for label, colour in _modules(nodes["module"])]
    for heading, handles in (
        ("Correlation", _sign_key(edges["r"])),
        ("Width: |r|", _width_key(scale) if len(edges) else []),
        ("Gene", _seed_key(nodes["seed"])),
        ("Colour: module", modules),
    ):
        if handles:
            top = legend(figure, left, top, handles, heading, handlelength=2.6, labelspacing=0.45) - 0.2


def _sign_key(r: pd.Series) -> list[Line2D]:
    positive = Line2D([], [], color=POSITIVE, linewidth=1.8, label="positive (r > 0)")
    negative = Line2D([], [], color=NEGATIVE, linewidth=1.8, linestyle=DASHES, label="negative (r < 0)")
    return [line for line, there in ((positive, r > 0), (negative, r <= 0)) if there.any()]


def _width_key(scale: _Widths) -> list[Line2D]:
    return [
        Line2D([], [], color=QUIET, linewidth=float(scale(np.array(r))), label=f"{r:.2f}") for r in scale.examples()
    ]


def _seed_key(seed: pd.Series) -> list[Line2D]:
    both = ((_dot("seed gene", "white", "D", 5.5, 1.4), seed), (_dot("partner", "white"), ~seed.astype(bool)))
    return [dot for dot, there in both if there.any()]


def _dot(label: str, colour: str, marker: str = "o", size: float = 7, outline: float = 0.5) -> Line2D:
    return Line2D(
        [],
        [],
        linestyle="none",
        marker=marker,
        markersize=size,
        markerfacecolor=colour,
        markeredgecolor=INK,
        markeredgewidth=outline,
        label=label,
    )


def _modules(modules: pd.Series) -> list[tuple[str, str]]:
    """Label and colour of each module; those beyond the palette are one entry."""
    counts = modules.astype(int).value_counts().sort_index()
    named = [(f"module {number} ({count})", module_colour(number)) for number, count in counts.items()]
    own = [entry for entry in named if entry[1] != MISSING]
    others = int(counts.sum() - counts[counts.index.isin(range(1, len(OKABE_ITO) + 1))].sum())
    return [*own, (f"other modules ({others})", MISSING)] if others else own


@paper()
def pair_scatter(
    drawn: pd.DataFrame, gene_a: str, gene_b: str, axis: str, title: str, footer: str, simulated: bool = False
) -> Figure:
    """Two genes against each other, a named point per tissue; Pearson r and n above.

    drawn: tissue, system, x (gene_a), y (gene_b), both in the unit that axis names. Points are
    named beside them, or numbered with a key when names would overlap.
    """
    measured = np.isfinite(drawn[["x", "y"]].to_numpy(dtype=float)).all(axis=1)
    shown, left_out = drawn[measured].fillna({"system": ""}), [clean(tissue) for tissue in drawn["tissue"][~measured]]
    order = {system: number for number, system in enumerate(dict.fromkeys(shown["system"]))}
    shown = shown.sort_values("system", key=lambda systems: systems.map(order), kind="stable")
    colours = system_colours(shown["system"])
    figure = sheet(4.4, 4.4)
    axes = place(figure, 0, 0, 4.4, 4.4)
    axes.scatter(
        shown["x"],
        shown["y"],
        s=(2 * DOT) ** 2,
        c=[colours[system] for system in shown["system"]],
        edgecolors=INK,
        linewidths=0.4,
        zorder=3,
        clip_on=False,
    )
    axes.margins(0.07)
    axes.autoscale_view()
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(_correlation(shown), loc="left", size=LABEL, pad=6)
    axis_names(figure, axes, clean(gene_a), clean(gene_b), clean(axis))
    numbered = _point_names(axes, shown)
    _tissue_key(figure, shown, colours, numbered)
    missing = f"Not drawn, not measured in both genes: {', '.join(left_out)}.\n" if left_out else ""
    return finish(figure, title, missing + footer, simulated)


def _correlation(shown: pd.DataFrame) -> str:
    """Pearson r and n in words; undefined below three points or when a gene is constant."""
    n, x, y = len(shown), shown["x"].to_numpy(dtype=float), shown["y"].to_numpy(dtype=float)
    if n < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return f"Pearson r not defined, n = {n} tissue{'' if n == 1 else 's'}"
    return f"Pearson r = {np.corrcoef(x, y)[0, 1]:.3f}, n = {n} tissues".replace("-", "−")


def axis_names(figure: Figure, axes: Axes, gene_a: str, gene_b: str, unit: str) -> None:
    """Gene in italics and unit, below and left of the numbers of the axes."""
    box, frame = extent(figure, axes), axes.get_window_extent().transformed(figure.dpi_scale_trans.inverted())
    middle = (frame.x0 + frame.width / 2, frame.y0 + frame.height / 2)
    write(figure, middle[0], box.y0 - 0.06, gene_a, style="italic", size=9, ha="center", va="top")
    write(figure, middle[0], box.y0 - 0.24, unit, size=SMALL, ha="center", va="top")
    upright = {"rotation": 90, "ha": "right", "va": "center"}
    write(figure, box.x0 - 0.06, middle[1], unit, size=SMALL, **upright)
    write(figure, box.x0 - 0.22, middle[1], gene_b, style="italic", size=9, **upright)


def _point_names(axes: Axes, shown: pd.DataFrame) -> bool:
    """Names beside the points; where they would overlap, numbers. Whether there are numbers."""
    where, radii = shown[["x", "y"]].to_numpy(dtype=float), np.full(len(shown), DOT + 0.5)
    fonts = [FontProperties(size=TINY)] * len(shown)
    names = [clean(tissue, 40) for tissue in shown["tissue"]]
    if _names(axes, names, fonts, where, radii, BESIDE, whole=True):
        return False
    _names(axes, [str(number) for number in range(1, len(shown) + 1)], fonts, where, radii, AROUND)
    return True


def _tissue_key(figure: Figure, shown: pd.DataFrame, colours: dict[str, str], numbered: bool) -> None:
    """Right of the points: organ systems by colour, under each its numbered tissues if need be."""
    entries: list[tuple[str, str, str]] = []  # number, text, colour of a heading
    number = 0
    for system, part in shown.groupby("system", sort=False):
        entries.append(("●", clean(system) or "no organ system", colours[system]))
        for tissue in part["tissue"] if numbered else ():
            number += 1
            entries.append((str(number), clean(tissue, 40), ""))
    box = extent(figure)
    columns = -(-len(entries) // max(2, int(box.height / LINE)))
    rows, left = -(-len(entries) // max(1, columns)) + 1, box.x1 + 0.3
    while entries:
        orphan = numbered and len(entries) >= rows and bool(entries[rows - 1][2])  # a heading, nothing under it
        column, entries = entries[: rows - orphan], entries[rows - orphan :]
        left = 0.2 + max(_key_line(figure, left, box.y1 - LINE * row, *entry) for row, entry in enumerate(column))


def _key_line(figure: Figure, left: float, top: float, number: str, text: str, colour: str) -> float:
    """One line of the key; gives back its right edge."""
    write(figure, left + 0.14, top, number, size=SMALL, ha="right", va="top", color=colour or INK)
    weight = "bold" if colour else "normal"
    line = write(figure, left + 0.2, top, text, size=SMALL, va="top", weight=weight)
    return float(extent(figure, line).x1)


# Names beside points.


def _names(
    axes: Axes,
    names: Sequence[str],
    fonts: Sequence[FontProperties],
    where: Floats,
    radii: Floats,
    gaps: Sequence[float],
    whole: bool = False,
    **style: object,
) -> bool:
    """Names by points at `where` in data units, a thin line to those that stand far off.

    Gives back whether every name found a free place; if not and `whole`, draws none of them.
    """
    points, frame = axes.transData.transform(where), axes.get_window_extent()
    sizes = _sizes(axes, names, fonts)
    corners, free = spread(points, sizes, radii, gaps, np.array(frame.extents))
    if whole and not free:
        return False
    nearest = np.clip(points, corners, corners + sizes)
    far = np.hypot(*(nearest - points).T) > radii + FAR
    back = axes.transData.inverted().transform
    lines = [(back(point), back(end)) for point, end in zip(points[far], nearest[far], strict=True)]
    axes.add_collection(LineCollection(lines, colors=QUIET, linewidths=0.4, zorder=2), autolim=False)
    for name, font, data, offset in zip(names, fonts, where, corners - points, strict=True):
        words = {"fontproperties": font, "va": "bottom", "zorder": 4, "annotation_clip": False, **style}
        axes.annotate(name, data, offset, textcoords="offset points", **words)
    return free


def _sizes(axes: Axes, names: Sequence[str], fonts: Sequence[FontProperties]) -> Floats:
    """Width and height of each name with a little room, points; a line is never lower than "lp"."""
    measure = axes.figure.canvas.get_renderer().get_text_width_height_descent
    sizes = [
        (measure(name, font, False)[0], max(measure(text, font, False)[1] for text in (name, "lp")))
        for name, font in zip(names, fonts, strict=True)
    ]
    return np.array(sizes, dtype=float).reshape(-1, 2) + 1.0


def spread(points: Floats, sizes: Floats, radii: Floats, gaps: Sequence[float], frame: Floats) -> tuple[Floats, bool]:
    """Lower left corners of names beside points: off all points and other names, inside the frame.

    Everything in points; frame: x0, y0, x1, y1. Names of large points choose first, each the first
    free place around its point, nearest first, or the least covered one. Second: whether all were free.
    """
    corners = np.zeros_like(points)
    square = 0.85 * radii[:, None]  # half the side of the square that stands for a round point
    taken = np.column_stack([points - square, points + square])  # x0, y0, x1, y1
    around = np.tile(np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)]), (len(gaps), 1))
    beyond = np.clip(1.5 * around, -1, 1) / 2  # which part of a name lies on the far side of its middle
    free = True
    for one in np.argsort(-radii, kind="stable"):
        reach = radii[one] + np.repeat(gaps, len(_ANGLES))[:, None]
        low = points[one] + around * reach + (beyond - 0.5) * sizes[one]
        boxes = np.column_stack([low, low + sizes[one]])
        outside = np.prod(sizes[one]) - _covered(boxes, frame[None, :])
        lost = np.where(outside > 1e-6, outside, 0.0) + _covered(boxes, taken)
        dots = _dotted(points[one], boxes, radii[one] + 1.0)
        best = int(np.argmin(lost + 4 * _crossed(dots, taken)))
        free = free and lost[best] <= 0
        corners[one] = low[best]
        line = dots[best][np.isfinite(dots[best, :, 0])]
        taken = np.vstack([taken, boxes[best], np.column_stack([line - 0.6, line + 0.6])])
    return corners, bool(free)


def _dotted(point: Floats, boxes: Floats, radius: float) -> Floats:
    """Dots on the way from a point to each box, NaN within the radius: (boxes, dots, 2)."""
    ends = np.clip(point, boxes[:, :2], boxes[:, 2:])
    dots = point + np.linspace(0, 0.95, 14)[None, :, None] * (ends - point)[:, None, :]
    dots[np.hypot(*(dots - point).transpose(2, 0, 1)) <= radius] = np.nan
    return dots


def _crossed(dots: Floats, taken: Floats) -> Floats:
    """How many dots of each way lie in a taken box."""
    inside = (dots[:, :, None] >= taken[:, :2]) & (dots[:, :, None] <= taken[:, 2:])
    return inside.all(axis=3).any(axis=2).sum(axis=1)


def _covered(boxes: Floats, taken: Floats) -> Floats:
    """The area of each box that lies under taken boxes."""
    low = np.maximum(boxes[:, None, :2], taken[None, :, :2])
    shared = np.minimum(boxes[:, None, 2:], taken[None, :, 2:]) - low
    return np.prod(np.clip(shared, 0, None), axis=2).sum(axis=1)
