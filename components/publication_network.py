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
    INK, LABEL, POINTS, QUIET, SMALL, TINY, clean, extent, finish, legend, paper, place, sheet, write,
)  # fmt: skip

Floats = npt.NDArray[np.float64]

NODE, SEED = 4.2, 6.6  # radius of a node and of a seed, points
THIN, THICK = 0.5, 3.2  # width of the weakest and the strongest edge drawn, points
DASHES = (0, (3.0, 1.6))
DOT = 2.6
LINE = 0.135  # inches between lines of the key
BESIDE, FAR = (1.0,), (1.0, 5.0, 11.0, 18.0, 27.0, 38.0, 52.0)  # gaps tried between point and name
_ANGLES = np.radians([90, 270, 0, 180, 45, 135, 315, 225, 22, 158, 338, 202, 68, 112, 292, 248])


@paper()
def network(
    nodes: pd.DataFrame, edges: pd.DataFrame, title: str, footer: str, simulated: bool = False
) -> Figure:
    """Genes at their places, edges between them: width is |r|, red solid positive, blue dashed negative.

    nodes: gene, seed, hop, degree, module, mean_expression, x, y. edges: gene_a, gene_b, r, n.
    Seeds are diamonds with a dark outline; colour is the module.
    """
    if nodes.empty:
        raise BadInput("There is nothing to draw.", "Give at least one gene.")
    side = float(np.clip(0.86 * len(nodes) ** 0.5, 2.6, 11.0))
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
            points[mask, 0], points[mask, 1], s=(2 * radius) ** 2, marker=marker, c=shades[mask],
            edgecolors=INK, linewidths=outline, zorder=3, clip_on=False,
        )  # fmt: skip


def _gene_names(axes: Axes, names: Sequence[str], points: Floats, seeds: npt.NDArray[np.bool_]) -> None:
    """Each name beside its node, off nodes and other names; seeds first, in bold."""
    fonts = [FontProperties(size=SMALL, style="italic", weight="bold" if seed else "normal") for seed in seeds]
    order = np.argsort(~seeds, kind="stable")
    radii = np.where(seeds, SEED + 0.8, NODE + 0.3)
    corners, _ = spread(points, _sizes(axes, names, fonts), radii, FAR, order)
    back = {"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.2}
    for name, font, point, corner in zip(names, fonts, points, corners, strict=True):
        _name(axes, name, point, corner, fontproperties=font, bbox=back)


def _network_keys(figure: Figure, nodes: pd.DataFrame, edges: pd.DataFrame, scale: _Widths) -> None:
    """Right of the network: sign, |r|, seeds, modules; only what is drawn."""
    box = extent(figure)
    left, top = box.x1 + 0.3, box.y1
    positive, negative = bool((edges["r"] > 0).any()), bool((edges["r"] <= 0).any())
    signs = [Line2D([], [], color=POSITIVE, linewidth=1.8, label="positive (r > 0)")] if positive else []
    if negative:
        signs.append(Line2D([], [], color=NEGATIVE, linewidth=1.8, linestyle=DASHES, label="negative (r < 0)"))
    widths = [
        Line2D([], [], color=QUIET, linewidth=float(scale(np.array(r))), label=f"{r:.2f}") for r in scale.examples()
    ] if len(edges) else []  # fmt: skip
    dot = {"linestyle": "none", "markeredgecolor": INK}
    kinds = [Line2D([], [], marker="D", markersize=7, markerfacecolor="white", markeredgewidth=1.6, label="seed gene", **dot)]
    kinds.append(Line2D([], [], marker="o", markersize=7, markerfacecolor="white", markeredgewidth=0.5, label="partner", **dot))
    drawn = [kind for kind, there in zip(kinds, (nodes["seed"].any(), not nodes["seed"].all()), strict=True) if there]
    modules = [
        Line2D([], [], marker="o", markersize=7, markerfacecolor=colour, markeredgewidth=0.5, label=label, **dot)
        for label, colour in _modules(nodes["module"])
    ]
    for heading, handles in (("Correlation", signs), ("Width: |r|", widths), ("Gene", drawn), ("Colour: module", modules)):
        if handles:
            top = legend(figure, left, top, handles, heading, handlelength=2.6) - 0.2


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
    shown, left_out = drawn[measured], [clean(tissue) for tissue in drawn["tissue"][~measured]]
    order = {system: number for number, system in enumerate(dict.fromkeys(shown["system"]))}
    shown = shown.sort_values("system", key=lambda systems: systems.map(order), kind="stable")
    colours = system_colours(shown["system"])
    figure = sheet(4.4, 4.4)
    axes = place(figure, 0, 0, 4.4, 4.4)
    axes.scatter(
        shown["x"], shown["y"], s=(2 * DOT) ** 2, c=[colours[system] for system in shown["system"]],
        edgecolors=INK, linewidths=0.4, zorder=3, clip_on=False,
    )  # fmt: skip
    axes.margins(0.07)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(_correlation(shown), loc="left", size=LABEL, pad=6)
    _axis_names(figure, axes, clean(gene_a), clean(gene_b), clean(axis))
    numbered = _point_names(axes, shown)
    _tissue_key(figure, shown, colours, numbered)
    missing = f"Not drawn, not measured in both genes: {', '.join(left_out)}.\n" if left_out else ""
    return finish(figure, title, missing + footer, simulated)


def _correlation(shown: pd.DataFrame) -> str:
    """Pearson r and n in words; undefined below three points or when a gene is constant."""
    n, x, y = len(shown), shown["x"].to_numpy(dtype=float), shown["y"].to_numpy(dtype=float)
    if n < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return f"Pearson r not defined, n = {n}"
    return f"Pearson r = {np.corrcoef(x, y)[0, 1]:.3f}, n = {n}".replace("-", "−")


def _axis_names(figure: Figure, axes: Axes, gene_a: str, gene_b: str, unit: str) -> None:
    """Gene in italics and unit, below and left of the numbers of the axes."""
    box, frame = extent(figure, axes), axes.get_window_extent().transformed(figure.dpi_scale_trans.inverted())
    middle = (frame.x0 + frame.width / 2, frame.y0 + frame.height / 2)
    write(figure, middle[0], box.y0 - 0.06, gene_a, style="italic", size=9, ha="center", va="top")
    write(figure, middle[0], box.y0 - 0.24, unit, size=SMALL, ha="center", va="top")
    upright = {"rotation": 90, "ha": "right", "va": "center"}
    write(figure, box.x0 - 0.06, middle[1], unit, size=SMALL, **upright)
    write(figure, box.x0 - 0.22, middle[1], gene_b, style="italic", size=9, **upright)


def _point_names(axes: Axes, shown: pd.DataFrame) -> bool:
    """Names beside the points, else numbers, with a thin line where one had to move away."""
    points = axes.transData.transform(shown[["x", "y"]].to_numpy(dtype=float))
    names = [clean(tissue, 40) for tissue in shown["tissue"]]
    font, radii, order = FontProperties(size=TINY), np.full(len(names), DOT + 0.5), np.arange(len(names))
    corners, free = spread(points, _sizes(axes, names, [font] * len(names)), radii, BESIDE, order)
    if not free:
        names = [str(number) for number in range(1, len(shown) + 1)]
        corners, _ = spread(points, _sizes(axes, names, [font] * len(names)), radii, FAR, order)
    for name, data, point, corner in zip(names, shown[["x", "y"]].to_numpy(), points, corners, strict=True):
        _name(axes, name, data, corner - point, fontproperties=font)
    return not free


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
    columns = max(1, int(np.ceil(len(entries) * LINE / (box.height + LINE))))
    rows, left = -(-len(entries) // columns), box.x1 + 0.3
    for start in range(0, len(entries), rows):
        column = [
            _key_line(figure, left, box.y1 - LINE * row, *entry) for row, entry in enumerate(entries[start : start + rows])
        ]
        left = max(column) + 0.2


def _key_line(figure: Figure, left: float, top: float, number: str, text: str, colour: str) -> float:
    """One line of the key; gives back its right edge."""
    write(figure, left + 0.14, top, number, size=SMALL, ha="right", va="top", color=colour or INK)
    line = write(figure, left + 0.2, top, text, size=SMALL, va="top", weight="bold" if colour else "normal")
    return float(extent(figure, line).x1)


# Names beside points.


def _sizes(axes: Axes, names: Sequence[str], fonts: Sequence[FontProperties]) -> Floats:
    """Width and height of each name, points."""
    renderer = axes.figure.canvas.get_renderer()
    measured = [
        renderer.get_text_width_height_descent(name, font, False)[:2] for name, font in zip(names, fonts, strict=True)
    ]
    return np.array(measured, dtype=float).reshape(-1, 2) + 1.0


def _names(
    axes: Axes, names: Sequence[str], where: Floats, points: Floats, corners: Floats, fonts: Sequence[FontProperties],
    **style: object,
) -> None:  # fmt: skip
    """Names with their lower left corners at `corners`; where one is far, a thin line to its point."""
    for name, data, offset, font in zip(names, where, corners - points, fonts, strict=True):
        note = axes.annotate(
            name, data, offset, textcoords="offset points", fontproperties=font, va="bottom", zorder=4,
            annotation_clip=False, arrowprops=_LEADER, **style,
        )  # fmt: skip
        note.arrow_patch.set_visible(bool(np.hypot(*offset) > 99))


def spread(
    points: Floats, sizes: Floats, radii: Floats, gaps: Sequence[float], order: npt.NDArray[np.intp]
) -> tuple[Floats, bool]:
    """Lower left corners of names beside points, off all points and other names, in `order`.

    Everything in points. Each name takes the first free place around its point, nearest first,
    or the least covered one. Second: whether every name found a free place.
    """
    corners = np.zeros_like(points)
    taken = np.column_stack([points - radii[:, None], points + radii[:, None]])  # x0, y0, x1, y1
    free = True
    around = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])
    for one in order:
        reach = radii[one] + np.repeat(gaps, len(around))[:, None] + sizes[one] / 2
        low = points[one] + np.tile(around, (len(gaps), 1)) * reach - sizes[one] / 2
        boxes = np.column_stack([low, low + sizes[one]])
        covered = _covered(boxes, taken)
        best = int(np.argmin(covered))
        free = free and covered[best] <= 0
        corners[one] = low[best]
        taken = np.vstack([taken, boxes[best]])
    return corners, bool(free)


def _covered(boxes: Floats, taken: Floats) -> Floats:
    """The area of each box that lies under taken boxes."""
    shared = np.minimum(boxes[:, None, 2:], taken[None, :, 2:]) - np.maximum(boxes[:, None, :2], taken[None, :, :2])
    return np.prod(np.clip(shared, 0, None), axis=2).sum(axis=1)
