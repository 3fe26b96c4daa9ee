"""A matrix on disk: one HDF5 file, gene by gene, written aside and renamed, opened for each reading.

matrix          float32 (features, samples), chunks of a few genes, gzip
features/id, features/name      samples/<column>      attributes: unit, notes, about (JSON of the source), lowest
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.errors import BadAnswer, NotFound, Unavailable
from backend.study.matrix import Matrix, Scale, scale

FORMAT = 1
ROWS = 32  # genes of a chunk
BLOCK = 4_000_000  # numbers read at once when all genes are looked through
_GONE = "Open it again on the Datasets page."


def write(path: Path, matrix: Matrix, about: Mapping[str, Any]) -> Path:
    """Write a checked matrix. about: what the source must know of it later, as JSON. Raises Unavailable (disk)."""
    part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with h5py.File(part, "w") as file:
            _put(file, matrix, about)
        part.replace(path)
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise Unavailable(f"{path.name} could not be written: {what}.", "Make room, then try again.") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return path


def _put(file: h5py.File, matrix: Matrix, about: Mapping[str, Any]) -> None:
    n_features, n_samples = matrix.values.shape
    file.create_dataset(
        "matrix",
        data=matrix.values.astype(np.float32),
        chunks=(min(ROWS, n_features), n_samples),
        compression="gzip",
        compression_opts=1,
        shuffle=True,
    )
    text = h5py.string_dtype()
    file.create_dataset("features/id", data=_storable(matrix.ids), dtype=text)
    file.create_dataset("features/name", data=_storable(matrix.names), dtype=text)
    for place, name in enumerate(matrix.samples.columns):  # a column may be called anything, also with a /
        column = file.create_dataset(f"samples/{place:06d}", data=_storable(matrix.samples[name]), dtype=text)
        column.attrs["name"] = json.dumps(str(name))
    seen = matrix.values[np.isfinite(matrix.values)]
    file.attrs["format"] = FORMAT
    file.attrs["unit"] = json.dumps(matrix.unit)
    file.attrs["lowest"] = float(seen.min()) if seen.size else 0.0
    file.attrs["notes"] = json.dumps(list(matrix.notes))
    file.attrs["about"] = json.dumps(dict(about))


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

    def blocks(self) -> Iterator[tuple[int, npt.NDArray[np.float64]]]:
        """First place and numbers of one run of features after the other, on the scale shown."""
        n_features, n_samples = len(self.head.ids), max(1, len(self.head.samples))
        size = max(ROWS, BLOCK // n_samples // ROWS * ROWS)
        for start in range(0, n_features, size):
            with self._opened() as file:
                try:
                    values = file["matrix"][start : start + size]
                except (KeyError, OSError) as error:
                    raise BadAnswer(f"{self.path.name} is damaged.", _GONE) from error
            yield start, self.head.scale.apply(values)

    def _opened(self) -> h5py.File:
        try:
            return h5py.File(self.path, "r")
        except FileNotFoundError as error:
            raise NotFound(f"The matrix {self.path.stem} is not there any more.", _GONE) from error
        except OSError as error:
            raise BadAnswer(f"{self.path.name} cannot be opened.", _GONE) from error


def _storable(texts: Iterable[object]) -> list[str]:
    """Texts without what HDF5 cannot hold: NUL, and half characters."""
    return [str(text).replace("\0", "�").encode("utf-8", "replace").decode() for text in texts]


def _texts(data: h5py.Dataset) -> list[str]:
    return [one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in data[:]]
