"""What is drawn of a section: every spot, or a raster of cells, with the limits of its colours. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.model import Spots
from components import palette, spatial_raster

Numbers = npt.NDArray[np.float64]
Window = tuple[float, float, float, float]  # lowest and highest x, lowest and highest y
AUTOMATIC, EVERY, RASTER = "auto", "spots", "raster"
EXPRESSION, GROUPS = "expression", "groups"
MOST_SPOTS, MOST_OF_GRID = 60_000, 10_000  # drawn as spots; squares of a grid show no gaps as cells
CELLS, GROUP_CELLS = 300_000, 150_000  # of a raster, over all panels; names of groups take more room than numbers
NO_CLIP = 100.0


@dataclass(frozen=True)
class Look:
    """The options of the figure of a section.

    colour: EXPRESSION or GROUPS. how: AUTOMATIC, EVERY or RASTER. clip: percentile of the highest colour, NO_CLIP for
    the maximum. common: two genes share their colours. turned: y grows downwards, as in images. size: of a spot, as a
    multiple of the distance between neighbours.
    """

    colour: str = EXPRESSION
    how: str = AUTOMATIC
    clip: float = 99.0
    common: bool = False
    turned: bool = False
    size: float = 1.0


@dataclass(frozen=True)
class Drawing:
    """A section ready to draw.

    rows: spot, x, y, group, one row a spot; of a raster x, y (middles of cells), n (spots), group (the most frequent),
    but spot, x, y, group where each cell is one spot.
    values: (genes, rows), NaN where missing; of a raster the mean of the spots of a cell that are measured.
    limits: lowest and highest colour of each gene. clipped: whether something lies beyond them. raster: the cells, None
    where every spot is drawn. n: spots drawn; unplaced: those without a place. window: the part of the section that is
    shown, None for the whole.
    """

    rows: pd.DataFrame
    values: Numbers
    genes: tuple[str, ...]
    unit: str
    limits: tuple[tuple[float, float], ...]
    clipped: tuple[bool, ...]
    look: Look
    order: tuple[str, ...]
    by: str
    spacing: float | None
    n: int
    unplaced: int = 0
    window: Window | None = None
    raster: spatial_raster.Raster | None = None

    @property
    def panels(self) -> int:
        """How many sections stand beside each other."""
        return 1 if self.look.colour == GROUPS else len(self.genes)

    @property
    def exact(self) -> bool:
        """Whether each drawn thing is one spot."""
        return self.raster is None or self.raster.exact

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Lowest and highest x, lowest and highest y, with half a spot around."""
        if self.window is not None:
            return self.window
        around = self.raster.cell / 2 if self.raster else (self.spacing or 0.0) * 0.75
        x, y = (self.rows[name].to_numpy(dtype=float) for name in ("x", "y"))
        around = around or 0.02 * max(float(np.ptp(x)), float(np.ptp(y))) or 1.0
        return (x.min() - around, x.max() + around, y.min() - around, y.max() + around)

    def told(self) -> str:
        """What is drawn, in a sentence or two."""
        part = ""
        if self.window is not None:
            left, right, bottom, top = (f"{end:,.6g}" for end in self.window)
            part = f"Shown: x from {left} to {right}, y from {bottom} to {top}. "
        return part + self._drawn()

    def _drawn(self) -> str:
        if self.raster is None:
            return f"Every spot drawn (n = {self.n:,})."
        wide = f"{self.raster.cell:.4g}"
        if self.raster.exact:
            return f"Every spot drawn as a cell of {wide} × {wide} units (n = {self.n:,})."
        of = "the most frequent group" if self.look.colour == GROUPS else "mean"
        return (
            f"Drawn as a raster of cells of {wide} × {wide} units, {of} of their spots "
            f"({self.n:,} spots in {len(self.rows):,} cells)."
        )

    def numbers(self) -> pd.DataFrame:
        """Exactly the numbers drawn, with the unit in the name of each gene's column."""
        values = {} if self.look.colour == GROUPS else dict(zip(self.genes, self.values, strict=True))
        mean = "" if self.exact else "mean "
        columns = {f"{gene}, {mean}{self.unit}" if self.unit else gene: row for gene, row in values.items()}
        rows = self.rows if self.by else self.rows.drop(columns="group")
        if self.by:
            rows = rows.rename(columns={"group": "group" if self.exact else "most frequent group"})
        return rows.assign(**columns)

    def missing(self) -> int:
        """Rows without a number for one of the genes."""
        return int(np.isnan(self.values).any(axis=0).sum()) if self.look.colour == EXPRESSION else 0


def of(spots: Spots, look: Look, window: Window | None = None) -> Drawing | None:
    """The drawing; None where no spot has a position. window: the part that is shown.

    Colours are those of all spots, so that they stay while one looks closer; a window without spots shows all.
    """
    x, y = (spots.table[name].to_numpy(dtype=float) for name in ("x", "y"))
    found = placed = np.isfinite(x) & np.isfinite(y)
    if not found.any():
        return None
    if window is not None:
        around = (spots.spacing or 0.0) / 2  # spots that are in sight by half
        placed = found & (x >= window[0] - around) & (x <= window[1] + around)
        placed &= (y >= window[2] - around) & (y <= window[3] + around)
        if not placed.any():
            placed, window = found, None
    table = spots.table[placed].reset_index(drop=True)
    values, n = spots.values[:, placed], int(placed.sum())
    order = group_order(spots)
    codes = group_codes(table["group"], order)
    rows = table.assign(group=np.array(order or ("",), dtype=object)[codes]) if spots.by else table
    raster = _raster(table, spots, look)
    if raster is not None:
        rows = pd.DataFrame({"x": raster.x, "y": raster.y})
        if raster.exact:
            rows.insert(0, "spot", table["spot"].to_numpy()[np.argsort(raster.of)])
        else:
            rows["n"] = raster.counts
        kinds = raster.most_frequent(codes, len(order)) if order else np.zeros(len(rows), dtype=np.intp)
        rows["group"] = np.array(order or ("",), dtype=object)[kinds]
        values = np.array([raster.mean(row) for row in values]).reshape(len(spots.genes), len(rows))
    ranges = limits(spots.values[:, found], look)
    return Drawing(
        rows=rows,
        values=values,
        genes=spots.genes,
        unit=spots.unit,
        limits=tuple(ranges),
        clipped=tuple(is_beyond(row, one) for row, one in zip(values, ranges, strict=True)),
        look=look,
        order=order,
        by=spots.by,
        spacing=spots.spacing,
        n=n,
        unplaced=int((~found).sum()),
        window=window,
        raster=raster,
    )


def _raster(table: pd.DataFrame, spots: Spots, look: Look) -> spatial_raster.Raster | None:
    """The cells to draw, None where spots are drawn."""
    if look.how == EVERY or (look.how == AUTOMATIC and len(table) <= MOST_OF_GRID):
        return None
    most = GROUP_CELLS if look.colour == GROUPS else CELLS // max(1, len(spots.genes))
    raster = spatial_raster.of(table["x"], table["y"], spots.spacing, most)
    return raster if look.how == RASTER or len(table) > MOST_SPOTS or raster.exact else None


def group_order(spots: Spots) -> tuple[str, ...]:
    """The groups in their order, those that are not told last."""
    if not spots.by:
        return ()
    found = spots.table["group"].replace("", palette.NOT_TOLD)
    every = dict.fromkeys([*spots.order, *found.unique()])
    every.pop("", None)
    last = [palette.NOT_TOLD] if every.pop(palette.NOT_TOLD, 0) is None and (found == palette.NOT_TOLD).any() else []
    return (*every, *last)


def group_codes(groups: pd.Series, order: tuple[str, ...]) -> npt.NDArray[np.intp]:
    """The place of each group in the order; 0 where there are no groups."""
    if not order:
        return np.zeros(len(groups), dtype=np.intp)
    place = {name: number for number, name in enumerate(order)}
    return groups.replace("", palette.NOT_TOLD).map(place).to_numpy(dtype=np.intp)


def limits(values: Numbers, look: Look) -> list[tuple[float, float]]:
    """Of each gene the lowest and highest colour. values: (genes, spots)."""
    own = [_limits(row, look.clip) for row in values]
    if look.common and own:
        low, high = min(one[0] for one in own), max(one[1] for one in own)
        own = [(low, high)] * len(own)
    return own


def _limits(row: Numbers, clip: float) -> tuple[float, float]:
    """From 0, or what lies below it, to the percentile; to the maximum where the percentile is no higher than 0."""
    seen = row[np.isfinite(row)]
    if not len(seen):
        return 0.0, 1.0
    low = min(0.0, float(np.percentile(seen, 100 - clip)))
    high = float(np.percentile(seen, clip))
    if high <= low or high <= 0 < seen.max():
        high = float(seen.max())
    return low, high if high > low else low + 1.0


def is_beyond(row: Numbers, one: tuple[float, float]) -> bool:
    """Whether a number lies beyond a range."""
    seen = row[np.isfinite(row)]
    return bool(len(seen) and (seen.max() > one[1] or seen.min() < one[0]))


def clip_words(look: Look) -> str:
    """ "up to percentile 99", "" without clipping."""
    return "" if look.clip >= NO_CLIP else f"up to percentile {look.clip:g}"


def scale_title(drawing: Drawing, number: int) -> str:
    """The title of a colour bar: unit, and that its colours are clipped."""
    clip = clip_words(drawing.look) if drawing.clipped[number] else ""
    mean = "" if drawing.exact else "mean of spots"
    return ", ".join(filter(None, (drawing.unit, mean, clip)))


def ticks(drawing: Drawing, number: int) -> dict[str, Any]:
    """Values and words of the ticks of a colour bar; the ends say where numbers lie beyond them."""
    low, high = drawing.limits[number]
    at = np.linspace(low, high, 5)
    words = [f"{value:.3g}".replace("-", "−") for value in at]
    shown = drawing.values if drawing.look.common else drawing.values[number : number + 1]
    seen = shown[np.isfinite(shown)]
    if len(seen) and seen.max() > high:
        words[-1] = f"≥ {words[-1]}"
    if len(seen) and seen.min() < low:
        words[0] = f"≤ {words[0]}"
    return {"tickvals": at.tolist(), "ticktext": words}
