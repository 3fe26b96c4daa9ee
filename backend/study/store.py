"""A matrix on disk: one HDF5 file, gene by gene, written aside and renamed (writing.py), opened for each reading.

matrix          float32 (features, samples), chunks of a few genes, gzip
features/id, features/name      samples/<column>      attributes: unit, notes, about (JSON of the source), lowest
standard, features/mean, sd, state      the index for co-expression (standard.py); files of format 1 have none
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.errors import BadAnswer, NotFound
from backend.study import standard
from backend.study.matrix import Floats, Scale, scale
from backend.study.standard import Index
from backend.study.writing import ROWS, NewMatrix, write, write_blocks

__all__ = ["Head", "NewMatrix", "Store", "write", "write_blocks"]

BLOCK = 4_000_000  # numbers read at once when all genes are looked through
_GONE = "Open it again on the Datasets page."


@dataclass(frozen=True)
class Head:
    """What a stored matrix is, without its numbers."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    samples: pd.DataFrame
    unit: str
    scale: Scale
    notes: tuple[str, ...]
    about: dict[str, Any]


class Store:
    """A stored matrix."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def head(self) -> Head:
        """Read once. Raises NotFound when the file is gone, BadAnswer when it is damaged."""
        with self._opened() as file:
            try:
                columns = {json.loads(one.attrs["name"]): _texts(one) for _, one in sorted(file["samples"].items())}
                unit = str(json.loads(file.attrs["unit"]))
                return Head(
                    tuple(_texts(file["features/id"])),
                    tuple(_texts(file["features/name"])),
                    pd.DataFrame(columns, dtype=object),
                    unit,
                    scale(unit, float(file.attrs["lowest"])),
                    tuple(json.loads(file.attrs["notes"])),
                    dict(json.loads(file.attrs["about"])),
                )
            except (KeyError, ValueError, TypeError, OSError) as error:
                raise BadAnswer(f"{self.path.name} is damaged.", _GONE) from error

    def rows(self, places: Sequence[int]) -> npt.NDArray[np.float64]:
        """Numbers of some features in all samples, (len(places), samples), on the scale shown."""
        with self._opened() as file:
            try:
                data = file["matrix"]
                values = np.stack([data[place] for place in places]) if len(places) else np.empty((0, data.shape[1]))
            except (KeyError, OSError) as error:
                raise BadAnswer(f"{self.path.name} is damaged.", _GONE) from error
        return self.head.scale.apply(values)

    @cached_property
    def index(self) -> Index | None:
        """For co-expression; None where the file has none. Raises as `head`."""
        with self._opened() as file:
            try:
                return standard.of(self.path, file)
            except (KeyError, OSError) as error:
                raise BadAnswer(f"{self.path.name} is damaged.", _GONE) from error

    def blocks(self) -> Iterator[tuple[int, npt.NDArray[np.float64]]]:
        """First place and numbers of one run of features after the other, on the scale shown."""
        for start, end in self.steps():
            yield start, self.head.scale.apply(self.measured(start, end))

    def steps(self) -> Iterator[tuple[int, int]]:
        """First and last place of runs of features that are read at once."""
        n_features, n_samples = len(self.head.ids), max(1, len(self.head.samples))
        size = max(ROWS, BLOCK // n_samples // ROWS * ROWS)
        return ((start, min(start + size, n_features)) for start in range(0, n_features, size))

    def measured(self, start: int, end: int) -> Floats:
        """Numbers of a run of features as they were measured, (end - start, samples), not on the scale shown."""
        with self._opened() as file:
            try:
                return np.asarray(file["matrix"][start:end], dtype=np.float32)
            except (KeyError, OSError) as error:
                raise BadAnswer(f"{self.path.name} is damaged.", _GONE) from error

    def _opened(self) -> h5py.File:
        try:
            return h5py.File(self.path, "r")
        except FileNotFoundError as error:
            raise NotFound(f"The matrix {self.path.stem} is not there any more.", _GONE) from error
        except OSError as error:
            raise BadAnswer(f"{self.path.name} cannot be opened.", _GONE) from error


def _texts(data: h5py.Dataset) -> list[str]:
    return [one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in data[:]]
