"""The index of a stored matrix for co-expression: every feature less its mean, at length 1, plain float32 in the file.

Pearson's r of two features is then the sum of the products of their rows, and a matrix is gone through as fast as the
file is read. A part of the samples is centred and stretched again; r does not change with either.

standard            float32 (features, samples) on the scale shown, not packed; 0 where `state` is not COMPLETE
features/state      COMPLETE, GAPS (some numbers are missing) or FLAT (no gap, no variation)
features/mean, features/sd      over the numbers measured, population SD, NaN where none is
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt

from backend import stats
from backend.errors import BadAnswer
from backend.study.matrix import Scale

COMPLETE, GAPS, FLAT = 0, 1, 2
MOST_INDEXED = 400_000_000  # numbers: 1.6 GB; above, co-expression reads the packed matrix
PIECE = 1_000_000  # numbers that are read and multiplied at once
SHORT = 0.01  # length of a part of a row below which float32 is too coarse for r to five digits
_HINT = "Import it again."

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Index:
    """Where the rows stand in the file, and what is known of each."""

    path: Path
    offset: int
    shape: tuple[int, int]
    state: npt.NDArray[np.uint8]
    mean: Doubles
    sd: Doubles

    def pieces(self) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
        """First row and rows of one part after the other; the array is used again for the next. Raises BadAnswer."""
        n_features, n_samples = self.shape
        size = max(1, PIECE // n_samples)
        buffer = np.empty((min(size, n_features), n_samples), dtype=np.float32)
        try:
            with self.path.open("rb", buffering=0) as file:
                file.seek(self.offset)
                for start in range(0, n_features, size):
                    rows = buffer[: min(size, n_features - start)]
                    if file.readinto(rows.view(np.uint8).data) != rows.nbytes:
                        raise BadAnswer(f"{self.path.name} is damaged: it ends too early.", _HINT)
                    yield start, rows
        except OSError as error:
            raise BadAnswer(f"{self.path.name} cannot be read.", _HINT) from error

    def correlate(self, asked: Doubles, columns: npt.NDArray[np.intp] | None) -> tuple[Doubles, Doubles]:
        """r of a vector over these columns (all for None) with every complete row, and their means, each (features,).

        asked: (columns,), without gaps. r is NaN for rows that are not complete, or too short over the columns to tell.
        """
        away = asked - asked.mean()
        one = (away / np.sqrt(away @ away)).astype(np.float32)
        r, mean = (np.zeros(self.shape[0]) for _ in range(2))
        length = np.ones(self.shape[0])
        for start, rows in self.pieces():
            end = start + len(rows)
            part = rows
            if columns is not None:
                part = rows[:, columns]
                middle = part.mean(axis=1)
                part -= middle[:, None]
                mean[start:end], length[start:end] = middle, np.sqrt(np.vecdot(part, part))
            r[start:end] = np.vecdot(part, one)  # no slower than BLAS alone, and calm when others compute
        told = (self.state == COMPLETE) & (length > SHORT)
        known = np.where(told, r / np.where(told, length, 1), np.nan)
        spread = np.where(self.state == COMPLETE, self.sd * np.sqrt(self.shape[1]), 0)
        return np.clip(known, -1, 1), self.mean + mean * spread


def put(file: h5py.File, scale: Scale, on_progress: Callable[[int, int], None]) -> None:
    """Go through the matrix of a file that is being written once more, and add the index."""
    data = file["matrix"]
    n_features, n_samples = data.shape
    state = np.zeros(n_features, dtype=np.uint8)
    mean, sd = (np.full(n_features, np.nan) for _ in range(2))
    rows = None
    if data.size <= MOST_INDEXED:
        rows = file.create_dataset("standard", data.shape, np.float32)
    size = data.chunks[0] * max(1, PIECE // (data.chunks[0] * n_samples))
    for start in range(0, n_features, size):
        values = scale.apply(data[start : start + size])
        end = start + len(values)
        directions = stats.directions(values)
        gaps, flat = np.isnan(values).any(axis=1), np.isnan(directions).any(axis=1)
        state[start:end] = np.where(gaps, GAPS, np.where(flat, FLAT, COMPLETE))
        mean[start:end], sd[start:end] = stats.mean_and_sd(values)
        if rows is not None:
            rows[start:end] = np.where(np.logical_or(gaps, flat)[:, None], 0, directions)
        on_progress(end, n_features)
    for name, found in (("state", state), ("mean", mean), ("sd", sd)):
        file.create_dataset(f"features/{name}", data=found)


def of(path: Path, file: h5py.File) -> Index | None:
    """The index of an opened file; None when it has none: an old one, or one with very many numbers."""
    if "standard" not in file:
        return None
    rows, matrix = file["standard"], file["matrix"]
    offset = rows.id.get_offset()
    if rows.shape != matrix.shape or offset is None or rows.dtype != np.dtype("<f4"):
        raise BadAnswer(f"{path.name} is damaged: its index does not fit.", _HINT)
    state, mean, sd = (file[f"features/{name}"][:] for name in ("state", "mean", "sd"))
    return Index(path, int(offset), rows.shape, state, mean, sd)
