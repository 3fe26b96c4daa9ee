"""Paper figure of continuous tracks of a region. Pure."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from components.palette import ABUNDANCE
from components.publication import INK, LABEL, SMALL, clean, finish, paper, place, sheet
from components.signal_chart import Signal, limits, line

WIDE, PANEL, GAP = 6.4, 0.8, 0.26  # inches


@paper()
def signal_plot(signal: Signal, one_scale: bool, title: str, footer: str, simulated: bool = False) -> Figure:
    """A panel a track, first on top, over the same positions. one_scale: all with the same range of values."""
    names = signal.tracks
    figure = sheet(WIDE, len(names) * (PANEL + GAP))
    axes = None
    for number, name in enumerate(names):
        axes = place(figure, 0, (len(names) - 1 - number) * (PANEL + GAP), WIDE, PANEL)
        _panel(axes, signal, signal.table[signal.table["track"] == name].reset_index(drop=True))
        axes.set(xlim=(signal.first - 0.5, signal.last + 1.5), ylim=limits(signal, names if one_scale else [name]))
        axes.set_title(clean(name, 90), loc="left", size=SMALL, pad=2)
        axes.set_ylabel(clean(signal.unit, 24), size=SMALL)
        if number < len(names) - 1:
            axes.set_xticklabels([])
    assert axes is not None
    axes.set_xlabel(clean(f"Position on {signal.chromosome} (zero-based)"), size=LABEL)
    return finish(figure, title, "\n".join(filter(None, (signal.told(), footer))), simulated)


def _panel(axes: Axes, signal: Signal, rows: pd.DataFrame) -> None:
    points = line(signal, rows)
    x, y = points["x"].to_numpy(), points["y"].to_numpy()
    if signal.binned:
        axes.plot(x, y, color=ABUNDANCE, linewidth=0.5)
    else:
        axes.fill_between(x, y, step="post", color=ABUNDANCE, alpha=0.28, linewidth=0)
        axes.step(x, y, where="post", color=ABUNDANCE, linewidth=0.7)
    if limits(signal, [str(rows["track"].iloc[0])])[0] < 0:
        axes.axhline(0, color=INK, linewidth=0.5)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{at:,.0f}"))
    axes.spines[["top", "right"]].set_visible(False)
