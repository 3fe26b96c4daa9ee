"""Figures for paper: a table to a matplotlib figure, a figure to SVG, PDF or PNG. Pure.

No pyplot, no Streamlit. White background and dark text whatever the theme; text stays text.
Lengths are inches, font sizes points. Everything that reads matplotlib's settings runs in paper(),
one thread at a time, because those settings belong to the whole process.
"""

from __future__ import annotations

import io
import re
import textwrap
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from backend.errors import BadInput, TooLarge
from components import groups
from components.drawn import NOT_MEASURED, why_no_number
from components.palette import ABUNDANCE, COHORT, NEGATIVE, POSITIVE

DPI = 300
MAX_PANELS = 6
INK, QUIET = "#222222", "#6B6B6B"
SIMULATED = "SIMULATED DATA"
_MARK = "#7A3E00"
LABEL, SMALL, TINY = 8.0, 7.0, 6.0
POINTS = 72.0

_LOCK = threading.RLock()
_INKED = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
_STYLE = {
    **sns.plotting_context("paper"),
    **sns.axes_style("ticks"),
    **dict.fromkeys(_INKED, INK),
    **dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), "white"),
    **dict.fromkeys(("axes.linewidth", "xtick.major.width", "ytick.major.width"), 0.6),
    **dict.fromkeys(("xtick.major.size", "ytick.major.size"), 2.5),
    **dict.fromkeys(("xtick.labelsize", "ytick.labelsize"), SMALL),
    **dict.fromkeys(("font.size", "axes.labelsize"), LABEL),
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "axes.formatter.useoffset": False,
    "text.parse_math": False,
    "text.hinting": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "expronaut",
    "pdf.fonttype": 42,
}

# What each format calls an entry, "" for nothing: such an entry joins the description.
FORMATS = ("svg", "pdf", "png")
_KEYS = {
    "title": ("Title", "Title", "Title"),
    "description": ("Description", "Subject", "Description"),
    "creator": ("Creator", "Creator", "Software"),
    "author": ("Contributor", "Author", "Author"),
    "keywords": ("Keywords", "Keywords", ""),
    "link": ("Identifier", "", "Source"),
    "licence": ("Rights", "", "Copyright"),
}
_SYNONYMS = {"url": "link", "identifier": "link", "license": "licence", "rights": "licence"}
_DATES = {"svg": "Date", "pdf": "CreationDate"}  # None leaves them out
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@contextmanager
def paper() -> Iterator[None]:
    """The style of paper figures, for one thread at a time. A sign the font lacks is drawn as a box."""
    with _LOCK, warnings.catch_warnings(), mpl.rc_context(_STYLE):
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font")
        yield


@paper()
def to_bytes(figure: Figure, fmt: str, metadata: Mapping[str, object]) -> bytes:
    """The figure as a file: "svg", "pdf" or "png" (300 dpi). The same figure gives the same bytes.

    metadata: title, description, creator, link, licence, ... ; whatever a format has no key for
    is written into its description.
    """
    if fmt not in FORMATS:
        raise BadInput(f"There is no figure format called “{fmt}”.", "Choose svg, pdf or png.")
    file, entries = io.BytesIO(), _entries(fmt, metadata)
    figure.savefig(file, format=fmt, dpi=DPI, facecolor="white", bbox_inches="tight", pad_inches=0.1, metadata=entries)
    return file.getvalue()


def _entries(fmt: str, metadata: Mapping[str, object]) -> dict[str, str | None]:
    """Metadata under the keys that the format allows, without a date."""
    column = FORMATS.index(fmt)
    found: dict[str, str | None] = {_DATES[fmt]: None} if fmt in _DATES else {}
    about, further = _KEYS["description"][column], []
    for name, value in metadata.items():
        text = _UNWRITABLE.sub("", "" if value is None else str(value))
        key = _KEYS.get(_SYNONYMS.get(name.casefold(), name.casefold()), ("", "", ""))[column]
        if text and key and key not in found:
            found[key] = text
        elif text:
            further.append(f"{name}: {text}")
    if further:
        found[about] = "\n".join(filter(None, [found.get(about), *further]))
    return found


# Building blocks, for the other figures too.


def sheet(width: float, height: float) -> Figure:
    """An empty figure on which a pixel is a point."""
    figure = Figure(figsize=(width, height), dpi=POINTS)
    FigureCanvasAgg(figure)
    return figure


def place(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at a place in inches. They may lie outside the figure: saving takes in all that is drawn."""
    across, up = figure.get_size_inches()
    return figure.add_axes((left / across, bottom / up, width / across, height / up))


def write(figure: Figure, x: float, y: float, text: str, **style: object) -> Text:
    """Text at a place in inches."""
    across, up = figure.get_size_inches()
    return figure.text(x / across, y / up, text, **style)


def extent(figure: Figure, artist: Artist | None = None) -> Bbox:
    """What an artist, or all that is drawn, covers, in inches."""
    if artist is None:
        return figure.get_tightbbox(figure.canvas.get_renderer())
    return artist.get_tightbbox(figure.canvas.get_renderer()).transformed(figure.dpi_scale_trans.inverted())


def clean(text: object, longest: int = 80) -> str:
    """One line without unwritable signs, cut with … when longer than `longest`."""
    line = " ".join(_UNWRITABLE.sub("", str(text)).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def wrapped(text: str, width: float, size: float) -> str:
    """Text broken into lines that fit a width in inches at a font size; no line begins with a dot."""
    columns = max(24, int(width * POINTS / (size * 0.56)))
    lines = _UNWRITABLE.sub("", text).replace(" · ", "\u00a0· ").splitlines()
    return "\n".join(textwrap.fill(line, columns) for line in lines if line.strip()).replace("\u00a0", " ")


def legend(figure: Figure, x: float, top: float, handles: Sequence[Artist], title: str, **style: object) -> float:
    """A legend with its upper left corner at (x, top) in inches; gives back its lower edge."""
    across, up = figure.get_size_inches()
    sizes = {"fontsize": SMALL, "title_fontsize": SMALL, "borderpad": 0, "borderaxespad": 0, "handletextpad": 0.6}
    where = {"loc": "upper left", "bbox_to_anchor": (x / across, top / up), "alignment": "left", "frameon": False}
    drawn = figure.legend(handles=list(handles), title=title, **{**sizes, **where, **style})
    return float(extent(figure, drawn).y0)


def finish(figure: Figure, title: str, footer: str, simulated: bool, style: str = "normal") -> Figure:
    """Title above and footer below all that is drawn; the mark of simulated data above the title.

    style: of the title, "italic" where it is a gene.
    """
    box = extent(figure)
    width, top = max(box.width, 3.5), box.y1 + 0.14
    if title.strip():
        heading = write(
            figure, box.x0, top, wrapped(title, width, 10.5), va="bottom", size=10, weight="bold", style=style
        )
        top = extent(figure, heading).y1 + 0.12
    if simulated:
        frame = {"facecolor": "#FFE8C7", "edgecolor": _MARK, "linewidth": 0.8, "boxstyle": "square,pad=0.3"}
        mark = {"size": 11, "weight": "bold", "color": _MARK, "bbox": frame}
        write(figure, box.x0 + 0.05, top, SIMULATED, va="bottom", **mark)
    if footer.strip():
        small = {"size": TINY, "color": QUIET, "linespacing": 1.3}
        write(figure, box.x0, box.y0 - 0.16, wrapped(footer, width, TINY), va="top", **small)
    return figure


def fit(figure: Figure, text: Text, width: float) -> None:
    """Make text small enough for a width in inches, down to 4 points."""
    needed = text.get_window_extent(figure.canvas.get_renderer()).width / figure.dpi
    if needed > width:
        text.set_size(max(4.0, text.get_size() * width / needed))


# Profiles and cohorts.


class _Rows(NamedTuple):
    """Rows of bars or boxes: labels, the height of a row in inches, the font size of a label."""

    labels: list[str]
    height: float
    size: float


def _rows(labels: Iterable[object], columns: int) -> _Rows:
    """Labels wrapped at `columns` signs, in rows high enough for them, lower when there are many."""
    lines = [textwrap.fill(clean(label, 3 * columns), columns) for label in labels]
    height = float(np.clip(40 / max(1, len(lines)), 0.07, 0.165))
    size = min(LABEL, height * POINTS * 0.68)
    deepest = max((line.count("\n") for line in lines), default=0)
    return _Rows(lines, height + deepest * size * 1.2 / POINTS, size)


@paper()
def profile_bars(drawn: pd.DataFrame, axis: str, title: str, footer: str, z: bool, simulated: bool = False) -> Figure:
    """One gene per panel, one bar per tissue, first row on top; few samples paler and with an asterisk.

    drawn: gene, tissue, system, value and, where known, n_samples; at most six genes. axis: what value is, with
    its unit. z: value is a z-score; then zero is centred, with guides at ±2.
    """
    figure, panels = panels_of(drawn, counted(drawn), axis)
    limits = _symmetric(drawn["value"]) if z else limits_of(drawn["value"])
    for axes, rows in panels:
        values = rows["value"].to_numpy(dtype=float)
        plain = np.where(values < 0, NEGATIVE, POSITIVE) if z else np.full(len(values), ABUNDANCE)
        _bars(axes, values, row_colours(rows, plain), why_no_number(rows))
        block_lines(axes, rows)
        value_axis(axes, limits)
        if z:
            axes.axvline(0, color=INK, linewidth=0.7, zorder=3)
            for guide in (-2, 2):
                axes.axvline(guide, color=QUIET, linewidth=0.6, linestyle=(0, (4, 3)), zorder=1)
    return finish(figure, title, f"{groups.few_note(drawn)}\n{footer}", simulated)


@paper()
def cohort_bars(drawn: pd.DataFrame, title: str, footer: str, simulated: bool = False) -> Figure:
    """One panel per unit, one bar per cohort, first row on top. drawn: cohort, name, unit, value; title: the gene."""
    _check(drawn)
    rows = _rows((f"{row.name} ({row.cohort})" for row in drawn.itertuples(index=False)), 46)
    labels = pd.Series(rows.labels, index=drawn.index)
    figure, bottom = sheet(4.2, 4.2), 0.0
    for unit, part in drawn.groupby("unit", sort=False):
        height = rows.height * len(part)
        axes = place(figure, 0, bottom - height, 4.2, height)
        _row_axis(axes, rows._replace(labels=list(labels[part.index])), len(part))
        _bars(axes, part["value"].to_numpy(dtype=float), ABUNDANCE)
        value_axis(axes, limits_of(part["value"]))
        axes.set_xlabel(clean(unit))
        bottom -= height + 0.7
    return finish(figure, title, footer, simulated, "italic")


def _check(drawn: pd.DataFrame) -> None:
    if drawn.empty:
        raise BadInput("There is nothing to draw.", "Choose other tissues or another gene.")


def panels_of(drawn: pd.DataFrame, labels: pd.Series, axis: str) -> tuple[Figure, list[tuple[Axes, pd.DataFrame]]]:
    """Panels side by side, one per gene, with the tissues of the first gene in its order.

    labels: what to write for each row of drawn. Each panel comes with its rows, one per tissue.
    """
    _check(drawn)
    genes = list(dict.fromkeys(drawn["gene"]))
    if len(genes) > MAX_PANELS:
        raise TooLarge(f"{len(genes)} genes; a profile figure holds {MAX_PANELS}.", "Choose fewer genes.")
    tissues = list(dict.fromkeys(drawn["tissue"]))
    named = dict(zip(reversed(list(drawn["tissue"])), reversed(list(labels)), strict=True))
    rows = _rows([named[tissue] for tissue in tissues], 60)
    width, gap = 4.4 if len(genes) == 1 else 7.4 / len(genes), 0.24
    figure, panels = sheet(len(genes) * (width + gap), max(1.0, rows.height * len(tissues))), []
    for number, gene in enumerate(genes):
        axes = place(figure, number * (width + gap), 0, width, rows.height * len(tissues))
        _row_axis(axes, rows if number == 0 else None, len(tissues))
        fit(figure, axes.set_title(clean(gene), style="italic", size=10, pad=4), width)
        panels.append((axes, drawn[drawn["gene"] == gene].set_index("tissue").reindex(tissues)))
    total = len(genes) * (width + gap) - gap
    write(figure, total / 2, -0.3, wrapped(axis, total, LABEL), ha="center", va="top", size=LABEL)
    return figure, panels


def _row_axis(axes: Axes, rows: _Rows | None, count: int) -> None:
    """`count` rows from the top down, with labels where given; light vertical lines behind."""
    axes.set_ylim(count - 0.5, -0.5)
    if rows is None:
        axes.set_yticks([])
    else:
        axes.set_yticks(range(count), rows.labels, size=rows.size, linespacing=1.0)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#E8E8E8", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def value_axis(axes: Axes, limits: tuple[float, float]) -> None:
    """The range of values, with as many ticks as the width has room for."""
    widest = max(4, *(len(_number(float(f"{limit:.2g}"))) for limit in limits))
    room = axes.get_window_extent().width / POINTS / (0.17 + 0.06 * widest)
    axes.set_xlim(limits)
    axes.xaxis.set_major_locator(MaxNLocator(int(np.clip(room, 2, 8)), steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: _number(value))


def _number(value: float) -> str:
    return f"{value:,.6g}".replace("-", "−")


def _bars(axes: Axes, values: np.ndarray, colour: str | np.ndarray, otherwise: Sequence[str] = ()) -> None:
    """A bar per number; where there is none, `otherwise` says why, row by row."""
    measured = np.isfinite(values)
    colours = colour if isinstance(colour, str) else colour[measured]
    axes.barh(np.flatnonzero(measured), values[measured], height=0.74, color=colours, linewidth=0, zorder=2)
    say_missing(axes, measured, otherwise)


def row_colours(rows: pd.DataFrame, plain: Sequence[str] | np.ndarray) -> np.ndarray:
    """RGBA (rows, 4): cohorts orange, samples without a tissue grey, else the plain colour; few samples paler."""
    special = {groups.COHORT: COHORT, groups.NO_TISSUE: QUIET}
    rows = rows.assign(tissue=rows.index) if "tissue" not in rows else rows
    chosen = [special.get(kind, colour) for kind, colour in zip(groups.kinds(rows), plain, strict=True)]
    found = to_rgba_array(chosen)
    found[groups.few(rows).to_numpy(), 3] = 0.45
    return found


def block_lines(axes: Axes, rows: pd.DataFrame) -> None:
    """A line between cohorts, tissues, cell lines and unlabelled samples."""
    for row in groups.blocks(rows.assign(tissue=rows.index)):
        axes.axhline(row - 0.5, color=QUIET, linewidth=0.6, zorder=1)


def counted(drawn: pd.DataFrame) -> pd.Series:
    """What to write for each row: the tissue, with n where it is known."""
    return pd.Series(groups.labels(drawn), index=drawn.index)


def say_missing(axes: Axes, measured: np.ndarray, words: Sequence[str] = ()) -> None:
    size = min(TINY, axes.get_window_extent().height / max(1, len(measured)) * 0.7)
    for row in np.flatnonzero(~measured):
        why = words[row] if words else NOT_MEASURED
        axes.text(0, row, f" {why}", size=size, color="#767676", va="center_baseline", zorder=4)


def limits_of(values: pd.DataFrame | pd.Series) -> tuple[float, float]:
    """From zero, or the lowest value below it, to the highest, with room."""
    numbers = values.to_numpy(dtype=float)
    numbers = numbers[np.isfinite(numbers)]
    low, high = numbers.min(initial=0.0), numbers.max(initial=0.0)
    room = 0.04 * (high - low)
    return (low - room if low < 0 else 0.0, high + room) if high > low else (0.0, 1.0)


def _symmetric(values: pd.Series) -> tuple[float, float]:
    """Zero in the middle, the guides at ±2 always in sight."""
    largest = max(2.3, *(abs(limit) for limit in limits_of(values)))
    return -largest, largest
