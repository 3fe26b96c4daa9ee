"""Writes a stored matrix in bounded memory: its numbers as they come, then an index for co-expression beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.aside import aside
from backend.errors import BadInput, TooLarge
from backend.filling import created
from backend.study import standard
from backend.study.matrix import MOST_STORED, Floats, Matrix, check_finite, check_names, misfit, scale

FORMAT = 2  # 1 has no index
ROWS = 32  # genes of a chunk, fewer where there are many samples
CHUNK = 16 << 10  # bytes of a chunk: a gene is read in a tenth of a millisecond
PIECE = 1_000_000  # numbers written at once

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class NewMatrix:
    """A matrix without its numbers, as `Matrix`."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    samples: pd.DataFrame
    unit: str
    notes: tuple[str, ...] = field(default=())

    @property
    def shape(self) -> tuple[int, int]:
        """Features and samples."""
        return len(self.ids), len(self.samples)


def write(path: Path, matrix: Matrix, about: Mapping[str, Any]) -> Path:
    """Write a checked matrix. about: what the source must know of it later, as JSON. Raises Unavailable (disk)."""
    head = NewMatrix(matrix.ids, matrix.names, matrix.samples, matrix.unit, matrix.notes)
    return write_blocks(path, head, [matrix.values], about)


def write_blocks(
    path: Path,
    head: NewMatrix,
    blocks: Iterable[Floats],
    about: Mapping[str, Any],
    on_progress: OnProgress | None = None,
) -> Path:
    """Write a matrix whose numbers come in blocks of features, (features of the block, samples), in order.

    on_progress: told how many of how many features are written, then again for the index, which makes twice as many;
    it may raise to stop. Nothing is left behind then. Raises BadInput for numbers that do not fit, TooLarge over
    MOST_STORED, Unavailable (disk), and whatever the blocks raise.
    """
    if np.prod(head.shape, dtype=float) > MOST_STORED:
        raise TooLarge(f"The matrix has more than {MOST_STORED:,} numbers.", "Take fewer samples or features.")
    if len(head.names) != len(head.ids):
        raise misfit((len(head.names), len(head.samples)), head.shape)
    check_names(head.ids, head.samples)
    with aside(path, path.name) as part, created(part) as (file, check):
        _put(file, head, blocks, about, _checking(on_progress or _silent, check))
    return path


def _put(
    file: h5py.File, head: NewMatrix, blocks: Iterable[Floats], about: Mapping[str, Any], on_progress: OnProgress
) -> None:
    text = h5py.string_dtype()
    file.create_dataset("features/id", data=_storable(head.ids), dtype=text)
    file.create_dataset("features/name", data=_storable(head.names), dtype=text)
    for place, name in enumerate(head.samples.columns):  # a column may be called anything, also with a /
        column = file.create_dataset(f"samples/{place:06d}", data=_storable(head.samples[name]), dtype=text)
        column.attrs["name"] = json.dumps(str(name))
    lowest = _put_numbers(file, head.shape, blocks, on_progress)
    file.attrs["format"] = FORMAT
    file.attrs["unit"] = json.dumps(head.unit)
    file.attrs["lowest"] = lowest
    file.attrs["notes"] = json.dumps(list(head.notes))
    file.attrs["about"] = json.dumps(dict(about))
    standard.put(file, scale(head.unit, lowest), lambda done, of: on_progress(of + done, 2 * of))


def _put_numbers(file: h5py.File, shape: tuple[int, int], blocks: Iterable[Floats], on_progress: OnProgress) -> float:
    """The lowest number, 0 when there is none."""
    n_features, n_samples = shape
    rows = max(1, min(ROWS, n_features, CHUNK // (4 * n_samples)))
    data = file.create_dataset(
        "matrix", shape, np.float32, chunks=(rows, n_samples), compression="gzip", compression_opts=1, shuffle=True
    )
    lowest, done = np.inf, 0
    for block in _evenly(blocks, rows * max(1, PIECE // (rows * n_samples))):
        if block.shape[1] != n_samples or done + len(block) > n_features:
            raise misfit((done + len(block), block.shape[1]), shape)
        check_finite(block)
        data[done : done + len(block)] = block
        lowest = float(np.fmin(lowest, np.fmin.reduce(block, axis=None, initial=np.inf)))
        done += len(block)
        on_progress(done, 2 * n_features)
    if done != n_features:
        raise misfit((done, n_samples), shape)
    return lowest if np.isfinite(lowest) else 0.0


def _checking(on_progress: OnProgress, check: Callable[[], None]) -> OnProgress:
    """Progress that ends as soon as the disk takes no more."""

    def told(done: int, of: int) -> None:
        check()
        on_progress(done, of)

    return told


def _silent(_done: int, _of: int) -> None:
    pass


def _evenly(blocks: Iterable[Floats], size: int) -> Iterator[npt.NDArray[np.float32]]:
    """The same rows in blocks of `size`, so that every chunk is packed once."""
    held: list[npt.NDArray[np.float32]] = []
    count = 0
    for block in blocks:
        values = np.asarray(block, dtype=np.float32)
        if values.ndim != 2:
            raise BadInput("The matrix is no table of numbers.", "Choose another one.")
        start = 0
        while count + len(values) - start >= size:
            end = start + size - count
            yield np.concatenate([*held, values[start:end]]) if held else values[start:end]
            held, count, start = [], 0, end
        if start < len(values):
            held.append(values[start:])
            count += len(values) - start
    if held:
        yield np.concatenate(held)


def _storable(texts: Iterable[object]) -> list[str]:
    """Texts without what HDF5 cannot hold: NUL, and half characters."""
    return [str(text).replace("\0", "�").encode("utf-8", "replace").decode() for text in texts]
