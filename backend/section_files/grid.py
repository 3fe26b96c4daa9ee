"""Spots of a file that tells coordinates alone: the squares of a grid in which something was counted."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from backend.errors import TooLarge
from backend.section_files.outline import MOST_SPOTS, Floats, Ints

MAPPED = 40_000_000  # squares up to which each has a mark in memory (5 bytes); above, those in use are kept sorted
_PENDING = 4_000_000
_WIDER = "Choose a wider bin."

Extent = tuple[int, int, int, int]  # lowest x, lowest y, highest x, highest y
Numbers = npt.NDArray[np.integer]


def extent(pairs: Iterable[tuple[Numbers, Numbers]]) -> Extent:
    """Over all coordinates; zeros where there is none."""
    low, high = np.full(2, np.iinfo(np.int64).max), np.full(2, np.iinfo(np.int64).min)
    for x, y in pairs:
        if len(x):
            low = np.minimum(low, [x.min(), y.min()])
            high = np.maximum(high, [x.max(), y.max()])
    return (0, 0, 0, 0) if (low > high).any() else (int(low[0]), int(low[1]), int(high[0]), int(high[1]))


class Grid:
    """Squares of `width`, aligned to 0. First add all coordinates, then ask for `positions` and `places`.

    most: squares in use after which `full` is set and no more are added.
    """

    def __init__(self, bounds: Extent, width: int, most: int = MOST_SPOTS) -> None:
        self.width, self.most, self.full = width, most, False
        self._left, self._top = bounds[0] // width, bounds[1] // width
        self._high = bounds[3] // width - self._top + 1
        self._n = (bounds[2] // width - self._left + 1) * self._high
        self._marks = np.zeros(self._n, dtype=bool) if self._n <= MAPPED else None
        self._known: Ints = np.empty(0, dtype=np.int64)
        self._waiting: list[Ints] = []
        self._rank: npt.NDArray[np.int32] | None = None

    def add(self, x: Numbers, y: Numbers) -> None:
        """Coordinates in which something was counted."""
        if self.full or not len(x):
            return
        keys = self._keys(x, y)
        if self._marks is not None:
            self._marks[keys] = True
            self.full = len(self) > self.most if self._n > self.most else False
            return
        self._waiting.append(np.unique(keys))
        if sum(map(len, self._waiting)) > _PENDING:
            self._merge()

    def __len__(self) -> int:
        """Squares in use."""
        if self._marks is not None:
            return int(np.count_nonzero(self._marks))
        self._merge()
        return len(self._known)

    def over(self) -> bool:
        """Whether more than `most` are in use."""
        return self.full or len(self) > self.most

    def check(self, told: str) -> None:
        """Raises TooLarge over `most`."""
        if self.over():
            message = f"{told} has more than {self.most:,} spots with a bin of {self.width}."
            raise TooLarge(message, _WIDER)

    def positions(self) -> Floats:
        """Corners of the squares in use, by x, then y, (spots, 2), in units of the file."""
        keys = self._sorted()
        corners = np.column_stack([keys // self._high + self._left, keys % self._high + self._top])
        return (corners * self.width).astype(np.float64)

    def places(self, x: Numbers, y: Numbers) -> Ints:
        """The place of each coordinate's square among `positions`; it must be in use."""
        keys = self._keys(x, y)
        if self._marks is None:
            return np.searchsorted(self._sorted(), keys)
        if self._rank is None:
            self._rank = np.cumsum(self._marks, dtype=np.int32) - 1
        return self._rank[keys].astype(np.int64)

    def _keys(self, x: Numbers, y: Numbers) -> Ints:
        across = x.astype(np.int64) // self.width - self._left
        return np.asarray(across * self._high + (y.astype(np.int64) // self.width - self._top))

    def _sorted(self) -> Ints:
        if self._marks is not None:
            return np.flatnonzero(self._marks)
        self._merge()
        return self._known

    def _merge(self) -> None:
        if self._waiting:
            self._known = np.unique(np.concatenate([self._known, *self._waiting]))
            self._waiting = []
            self.full = len(self._known) > self.most
