"""Opening an HDF5 file that a user gave, and reading lists of texts and numbers from it in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt

from backend.errors import BadInput, TooLarge, Unavailable
from backend.study_files import hdf5_parts as parts

MOST_TEXT = 256 << 20  # bytes of one list of texts
BLOCK = 65_536  # texts read at once
_LIBRARY = (OSError, KeyError, ValueError, TypeError, RuntimeError, OverflowError, MemoryError, IndexError)


@contextmanager
def sound(file: str) -> Iterator[None]:
    """Reads inside raise BadInput when the file is cut or damaged. Never yield or write to a disk inside."""
    try:
        yield
    except _LIBRARY as error:
        message = f"{file} is damaged, cut, or not built as its name says."
        raise BadInput(message, "Get it again, or write it again with a current version of its library.") from error


@contextmanager
def opened(path: Path, file: str) -> Iterator[h5py.File]:
    """The file, closed at the end. Raises BadInput when it is no sound HDF5 file, Unavailable when it is not there,
    must not be read, or is being written.
    """
    if not path.is_file():
        raise Unavailable(f"{file} is not there any more.", "Open it again from where it is now.")
    with sound(file):
        found = _found(path, file)
    try:
        yield found
    finally:
        found.close()


def _found(path: Path, file: str) -> h5py.File:
    try:
        return h5py.File(path, "r")
    except PermissionError as error:
        raise Unavailable(f"{file} must not be read here.", "Check the permissions of the file.") from error
    except BlockingIOError as error:  # HDF5 locks what it writes
        raise Unavailable(f"{file} is being written by another program.", "Open it when that has finished.") from error


def data(group: h5py.Group, name: str, file: str) -> h5py.Dataset:
    """A data set of the file itself. Raises BadInput when there is none, TooLarge for a bomb."""
    with sound(file):
        return parts.data(group, name, file)


def group_of(place: h5py.Group, name: str, file: str) -> h5py.Group:
    """A group of the file itself, through groups of the file itself. Raises BadInput when there is none."""
    with sound(file):
        for step in name.split("/"):
            if not parts.has_group(place, step):
                raise BadInput(f"{file} has no group {name}.", "Choose another file, or write it again.")
            place = place[step]
    return place


def texts(found: h5py.Dataset, file: str, most: int) -> list[str]:
    """A list of texts, or numbers as texts, without blanks around them. Raises BadInput for another form, TooLarge over
    `most` entries or MOST_TEXT bytes.
    """
    if found.ndim != 1 or found.dtype.kind not in "OSUbiuf":
        raise BadInput(f"{found.name} of {file} holds no texts or numbers.", "Leave it out.")
    if found.size > most:
        raise TooLarge(f"{found.name} of {file} has more than {most:,} entries.", "Cut the section into parts.")
    kept: list[str] = []
    size = 0
    block = max(1, min(BLOCK, MOST_TEXT // max(1, found.dtype.itemsize)))
    for start in range(0, found.size, block):
        with sound(file):
            kept += _as_texts(found[start : start + block])
        size += sum(map(len, kept[start:]))
        if size > MOST_TEXT:
            raise TooLarge(f"{found.name} of {file} holds more than {MOST_TEXT >> 20} MB of text.", "Leave it out.")
    return kept


def _as_texts(values: npt.NDArray[np.generic]) -> list[str]:
    return [parts.text(one).replace("\0", "�").strip() for one in values.tolist()]


def native(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """The same values with their bytes in the order of this machine, as pandas wants them."""
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def numbers(found: h5py.Dataset, file: str, columns: int | None = None) -> npt.NDArray[np.float64] | None:
    """Numbers as float64, infinite ones as missing, of a table its first columns; None when it holds something else."""
    if found.dtype.kind not in "fiub":
        return None
    with sound(file):
        values = np.asarray(found[()] if columns is None else found[:, :columns], dtype=np.float64)
    return np.where(np.isinf(values), np.nan, values)
