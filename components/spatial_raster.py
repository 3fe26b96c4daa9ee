"""Spots put into square cells, for sections of more spots than a screen can show. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
_NEAR = 0.02  # of a cell: how far a spot of a grid may lie from the middle
_TABLE = 10_000_000  # cells × groups that are counted in one table


@dataclass(frozen=True)
class Raster:
    """Cells that hold spots.

    cell: their width. x0, y0: the middle of the first column and row; columns, rows: how many there are, empty cells
    with them. column, row: of each cell that holds spots, row by row. of: the cell of each spot. counts: spots of each
    cell. exact: every cell holds one spot, in its middle.
    """

    cell: float
    x0: float
    y0: float
    columns: int
    rows: int
    column: Places
    row: Places
    of: Places
    counts: Places
    exact: bool

    @property
    def x(self) -> Numbers:
        """The middle of each cell that holds spots."""
        return self.x0 + self.cell * self.column

    @property
    def y(self) -> Numbers:
        """The same, upwards."""
        return self.y0 + self.cell * self.row

    def mean(self, values: Numbers) -> Numbers:
        """Of each cell the mean of its spots that are measured, NaN where none is."""
        seen = np.isfinite(values)
        sums = np.bincount(self.of[seen], weights=values[seen], minlength=len(self.counts))
        n = np.bincount(self.of[seen], minlength=len(self.counts))
        return np.divide(sums, n, out=np.full(len(n), np.nan), where=n > 0)

    def most_frequent(self, codes: Places, kinds: int) -> Places:
        """Of each cell the most frequent of `kinds` codes of its spots, the first one of equals."""
        if len(self.counts) * kinds <= _TABLE:
            table = np.bincount(self.of * kinds + codes, minlength=len(self.counts) * kinds)
            return table.reshape(-1, kinds).argmax(axis=1)
        pairs, counts = np.unique(self.of * kinds + codes, return_counts=True)
        cells, kind = np.divmod(pairs, kinds)
        order = np.lexsort((kind, -counts, cells))
        first = order[np.r_[True, np.diff(cells[order]) > 0]]
        return kind[first].astype(np.intp)

    def grid(self, values: npt.NDArray[Any], fill: float | str) -> npt.NDArray[Any]:
        """What cells have as (rows, columns), `fill` where no spot lies."""
        full = np.full((self.rows, self.columns), fill, dtype=values.dtype)
        full[self.row, self.column] = values
        return full


def of(x: pd.Series, y: pd.Series, spacing: float | None, most: int) -> Raster:
    """The finest cells, a multiple of the spacing wide, that are not more than `most`, empty ones counted.

    Spots on a grid have cells as wide as its steps, if those are few enough; others begin with two spacings, so that
    no gaps open between them.
    """
    across, up = x.to_numpy(dtype=float), y.to_numpy(dtype=float)
    wide = max(float(np.ptp(across)), float(np.ptp(up)))
    step = spacing if spacing else wide / np.sqrt(len(across)) or 1.0
    first = 1 if is_grid(across, up, step) else 2
    least = np.sqrt((np.ptp(across) + step) * (np.ptp(up) + step) / most) / step
    times = max(first, int(np.floor(least)))
    while _size(across, times * step) * _size(up, times * step) > most:
        times += 1
    return _made(across, up, times * step, first == times == 1)


def _size(values: Numbers, cell: float) -> int:
    return int(np.floor(np.ptp(values) / cell + 0.5)) + 1


def is_grid(x: Numbers, y: Numbers, step: float) -> bool:
    """Whether the spots lie on a square grid of this step, one in each place at most."""
    places = [(values - values.min()) / step for values in (x, y)]
    if any(np.abs(place - np.round(place)).max() > _NEAR for place in places):
        return False
    column, row = (np.round(place).astype(np.int64) for place in places)
    if (column.max() + 1) * (row.max() + 1) > _TABLE:
        return len(np.unique(row * (column.max() + 1) + column)) == len(x)
    return int(np.bincount(row * (column.max() + 1) + column).max()) == 1


def _made(x: Numbers, y: Numbers, cell: float, exact: bool) -> Raster:
    """The raster whose first cell has the lowest x and y in its middle."""
    column, row = (np.floor((values - values.min()) / cell + 0.5).astype(np.int64) for values in (x, y))
    columns, rows = int(column.max()) + 1, int(row.max()) + 1
    place = row * columns + column
    every = np.bincount(place, minlength=columns * rows)
    held = np.flatnonzero(every)
    up, across = np.divmod(held, columns)
    number = np.cumsum(every > 0) - 1  # of each cell among those that hold spots
    return Raster(
        cell=float(cell),
        x0=float(x.min()),
        y0=float(y.min()),
        columns=columns,
        rows=rows,
        column=across.astype(np.intp),
        row=up.astype(np.intp),
        of=number[place].astype(np.intp),
        counts=every[held].astype(np.intp),
        exact=exact,
    )
