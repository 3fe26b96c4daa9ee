"""Open an ARCHS4 file for reading, say what is wrong with it, and read its fields block by block."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from backend import hdf5
from backend.errors import BadAnswer, NotConfigured

HEADER = 65_536  # bytes; holds the superblock, which says where the file ends
AGAIN = "Get the file again."


@dataclass(frozen=True)
class Identity:
    """What tells a file from the one that replaced it: bytes, modification time, SHA-256 of its header."""

    size: int
    mtime_ns: int
    header: str


def identity(path: Path) -> Identity:
    """The identity of a file as it is now. Raises NotConfigured when it is missing or may not be read."""
    try:
        with path.open("rb") as file:
            header = file.read(HEADER)
        found = path.stat()
    except FileNotFoundError as error:
        raise NotConfigured(f"The file {path.name} is not there.", f"Put it into {path.parent.name}/.") from error
    except OSError as error:
        raise NotConfigured(f"{path.name} cannot be opened: {error.strerror}.", "Check its permissions.") from error
    return Identity(found.st_size, found.st_mtime_ns, hashlib.sha256(header).hexdigest())


@contextmanager
def reading(path: Path) -> Iterator[h5py.File]:
    """An HDF5 file for reading, never left open.

    Raises NotConfigured when missing, BadAnswer when it is not HDF5, cut off or damaged; also when
    a read inside the block fails.
    """
    identity(path)
    if not h5py.is_hdf5(path):
        raise BadAnswer(f"{path.name} is not an HDF5 file.", "Choose a file of ARCHS4 whose name ends in .h5.")
    try:
        with hdf5.opened(path) as file:
            yield file
    except BadAnswer as error:
        if "truncated" in str(error.__cause__):
            raise BadAnswer(f"{path.name} is cut off before its end.", "Download it again, to the end.") from error
        raise
    except RuntimeError as error:  # h5py, for damage below the level of a data set
        raise BadAnswer(f"{path.name} is damaged.", AGAIN) from error


@contextmanager
def same_file(path: Path, seen: Identity) -> Iterator[h5py.File]:
    """`reading`, provided that the file is the one seen before, at the start and still at the end.

    Raises BadAnswer when it was replaced or changed.
    """
    _check_same(path, seen)
    with reading(path) as file:
        yield file
    _check_same(path, seen)


def _check_same(path: Path, seen: Identity) -> None:
    if identity(path) != seen:
        raise BadAnswer(f"{path.name} was replaced or changed since it was opened.", "Open it again.")


def is_text(dataset: h5py.Dataset) -> bool:
    """Whether a data set holds strings, of fixed or variable length."""
    return h5py.check_string_dtype(dataset.dtype) is not None


def texts(dataset: h5py.Dataset, start: int = 0, stop: int | None = None) -> list[str]:
    """Values start..stop of a field as text; bytes that are not UTF-8 become the replacement character.

    Raises BadAnswer when fewer values come back than the data set promises.
    """
    stop = len(dataset) if stop is None else stop
    if is_text(dataset):
        values: Any = dataset.asstr("utf-8", errors="replace")[start:stop]
    else:
        values = dataset[start:stop]
    _check_length(dataset, len(values), stop - start)
    return [str(value) for value in values]


def numbers(dataset: h5py.Dataset, start: int = 0, stop: int | None = None) -> npt.NDArray[np.float64]:
    """Values start..stop of a field as float64; what is not a finite number is NaN, also in a text field."""
    stop = len(dataset) if stop is None else stop
    if dataset.dtype.kind in "iufb":
        values = np.asarray(dataset[start:stop], dtype=np.float64)
        _check_length(dataset, len(values), stop - start)
    else:
        values = np.array([_number(text) for text in texts(dataset, start, stop)], dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _check_length(dataset: h5py.Dataset, found: int, wanted: int) -> None:
    if found != wanted:
        raise BadAnswer(f"{dataset.name} gave {found:,} values where {wanted:,} were asked for.", AGAIN)


def scalar(file: h5py.File, name: str) -> str:
    """A text or number that stands alone or as the only element of an array; "" when it is not there."""
    found = file.get(name)
    if not isinstance(found, h5py.Dataset) or found.size != 1:
        return ""
    value: Any = np.asarray(found[()]).ravel()[0]
    return (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)).strip()
