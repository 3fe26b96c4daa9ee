"""Open, read, close: HDF5 files never stay open between calls (opening costs about 0.2 ms)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from backend.errors import BadAnswer, NotConfigured


@contextmanager
def opened(path: Path, hint: str = "") -> Iterator[h5py.File]:
    """An HDF5 file for reading. Raises NotConfigured when missing, BadAnswer when unreadable.

    A missing data set or a failed read inside the block is a BadAnswer too. hint: what to do then.
    """
    if not path.is_file():
        raise NotConfigured(f"The file {path.name} is not there.", hint or f"Put it into {path.parent.name}/.")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, KeyError) as error:
        raise BadAnswer(
            f"{path.name} is damaged or not the expected HDF5 file.", hint or "Get the file again."
        ) from error


def own_data(file: h5py.Group, name: str) -> h5py.Dataset:
    """A data set whose numbers lie in the file itself, so that no other file of this machine is read.

    Raises KeyError when there is none of that name.
    """
    place: Any = file
    for step in name.split("/"):
        if not isinstance(place, h5py.Group) or not isinstance(place.get(step, getlink=True), h5py.HardLink):
            raise KeyError(name)
        place = place[step]
    if not is_own(place):
        raise KeyError(name)
    return place


def is_own(place: object) -> bool:
    """Whether it is a data set that holds its numbers itself."""
    return isinstance(place, h5py.Dataset) and not place.external and not place.is_virtual


def matrix(file: h5py.File, name: str, shape: tuple[int, int]) -> npt.NDArray[np.float32]:
    """A whole float matrix of the promised shape. Raises BadAnswer for another shape or type."""
    data = file[name]
    if data.shape != shape or data.dtype.kind != "f":
        raise BadAnswer(
            f"{name} is {data.dtype} of shape {data.shape}, expected a float matrix of shape {shape}.",
            "Get the file again.",
        )
    return np.asarray(data[:], dtype=np.float32)


def strings(file: h5py.File, name: str) -> list[str]:
    """A data set of text as a list of str."""
    return [value.decode("utf-8") if isinstance(value, bytes) else str(value) for value in file[name][:]]


def attribute(file: h5py.File, name: str) -> str:
    """A text attribute of the file."""
    value: Any = file.attrs[name]
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)
