"""Paper figures of what lies behind an edge: r tissue by tissue, and two genes over samples. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from components.edge_chart import WITHIN, WITHOUT, labels
from components.palette import ABUNDANCE, NEGATIVE, POSITIVE, group_colours
from components.publication import INK, LABEL, QUIET, SMALL, clean, extent, finish, legend, paper, place, sheet
from components.publication_network import axis_names

ROW, WIDE = 0.165, 3.4  # inches
DOTTED = (0, (1.2, 1.8))


@paper()
def edge_dots(drawn: pd.DataFrame, title: str, footer: str, simulated: bool = False) -> Figure:
    """A row a tissue, first row on top: a dot for r within it, a diamond for r without it, a line for r of all.

    drawn: tissue, system, n, r, r_without; the first row is all samples.
    """
    height = max(0.8, ROW * len(drawn))
    figure = sheet(WIDE, height)
    axes = place(figure, 0, 0, WIDE, height)
    rows, r, pooled = np.arange(len(drawn)), drawn["r"].to_numpy(dtype=float), float(drawn["r"].iloc[0])
    axes.axvline(0, color=INK, linewidth=0.6, zorder=1)
    axes.axvline(pooled, color=QUIET, linewidth=0.8, linestyle=DOTTED, zorder=1)
    axes.scatter(
        drawn["r_without"], rows, s=16, marker="D", facecolors="white", edgecolors=INK, linewidths=0.8, zorder=2
    )
    axes.scatter(r, rows, s=26, c=np.where(r < 0, NEGATIVE, POSITIVE), linewidths=0, zorder=3)
    axes.set(xlim=(-1.04, 1.04), ylim=(len(drawn) - 0.4, -0.6), xlabel="Pearson r")
    axes.set_yticks(rows, [clean(label, 60) for label in labels(drawn)], size=SMALL)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    legend(figure, extent(figure).x1 + 0.2, extent(figure).y1, _key(), "", labelspacing=0.5)
    small = "* fewer than 10 samples: no r of its own.\n" if (drawn["n"] < 10).any() else ""
    return finish(figure, title, small + footer, simulated)


def _key() -> Sequence[Line2D]:
    dot = {"linestyle": "none", "markersize": 5}
    return (
        Line2D([], [], marker="o", color=POSITIVE, label=WITHIN, **dot),
        Line2D([], [], marker="D", markerfacecolor="white", markeredgecolor=INK, label=WITHOUT, **dot),
        Line2D([], [], color=QUIET, linewidth=0.8, linestyle=DOTTED, label="r of all samples"),
    )


@paper()
def sample_scatter(
    drawn: pd.DataFrame,
    gene_a: str,
    gene_b: str,
    axis: str,
    heading: str,
    footer: str,
    simulated: bool = False,
    by: str = "",
) -> Figure:
    """Two genes against each other, a point a sample. drawn: x (gene_a), y (gene_b) in the unit that axis names.

    heading: r and n in words, above the points. by: what the groups in the column tissue are, where they are coloured.
    """
    figure = sheet(4.0, 4.0)
    axes = place(figure, 0, 0, 4.0, 4.0)
    few = len(drawn) < 500
    colours = group_colours(drawn["tissue"]) if by else {}
    many = len(colours) > 1
    colour = drawn["tissue"].map(colours) if many else ABUNDANCE
    size, alpha = (14, 0.8) if few else (5, 0.4)
    axes.scatter(drawn["x"], drawn["y"], s=size, c=colour, alpha=alpha, linewidths=0, clip_on=False)
    axes.margins(0.05)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(clean(heading, 120), loc="left", size=LABEL, pad=6)
    axis_names(figure, axes, clean(gene_a), clean(gene_b), clean(axis))
    if many:
        dot: dict[str, Any] = {"linestyle": "none", "markersize": 5, "marker": "o"}
        keys = [Line2D([], [], color=colour, label=clean(name, 40), **dot) for name, colour in colours.items()]
        legend(figure, extent(figure).x1 + 0.2, extent(figure).y1, keys, clean(by))
    return finish(figure, "", footer, simulated)
