"""Numbers of an HDF5 data set that are stored as they are, read from the file itself.

h5py reads whole chunks, and one reader at a time in a process. Most h5ad files are not packed: of theirs only the
wanted bytes are read, while others go on. Packed data sets are read by h5py.
"""

from __future__ import annotations

import os

import h5py
import numpy as np
import numpy.typing as npt

from backend.errors import BadInput
from backend.section_files.hdf5_file import sound

NEAR = 4_096  # bytes between two wanted numbers that are read with them
Numbers = npt.NDArray[np.generic]
Ints = npt.NDArray[np.int64]


class PlainNumbers:
    """A list of numbers in an open file, or a table of them, row after row. What it raises is BadInput."""

    def __init__(self, data: h5py.Dataset, told: str) -> None:
        self._data, self._told = data, told
        self._size = data.chunks[0] if data.chunks else max(1, data.size)  # numbers of a chunk
        with sound(told):
            self._places = _places(data)
            self._file = data.file.id.get_vfd_handle() if self._places is not None else -1  # by path it may be another

    @property
    def plain(self) -> bool:
        """Whether they are read from the file itself."""
        return self._places is not None

    def read(self, start: int, end: int) -> Numbers:
        """Numbers from start to end."""
        if self._places is None:
            with sound(self._told):
                found: Numbers = self._data[start:end]
            return found
        values = np.empty(end - start, dtype=self._data.dtype)
        done = start
        while done < end:
            stop = min(end, (done // self._size + 1) * self._size)
            self._fill(values[done - start : stop - start], done)
            done = stop
        return values

    def pick(self, at: Ints) -> Numbers:
        """Numbers at these ascending places, read without what lies between them."""
        near = self._size if self._places is None else NEAR // self._data.dtype.itemsize
        runs = np.split(at, np.flatnonzero(np.diff(at) > near) + 1)
        return np.concatenate([self.read(int(run[0]), int(run[-1]) + 1)[run - run[0]] for run in runs])

    def column(self, place: int) -> Numbers:
        """One number of each row of a table that is `plain` and in one piece."""
        assert self._places is not None
        rows, width = self._data.shape
        values = np.empty(rows, dtype=self._data.dtype)
        size, raw = values.dtype.itemsize, values.data.cast("B")
        begin = int(self._places[0]) + place * size
        with sound(self._told):
            got = sum(
                os.preadv(self._file, [raw[row * size : (row + 1) * size]], begin + row * width * size)
                for row in range(rows)
            )
        if got < values.nbytes:
            raise BadInput(f"{self._told} is cut.", "Get it again.")
        return values

    def _fill(self, values: Numbers, start: int) -> None:
        """Numbers of one chunk."""
        assert self._places is not None
        chunk, first = divmod(start, self._size)
        place = int(self._places[chunk]) + first * values.dtype.itemsize
        rest = values.data.cast("B")
        while len(rest):
            with sound(self._told):
                got = os.preadv(self._file, [rest], place)
            if not got:
                raise BadInput(f"{self._told} is cut.", "Get it again.")
            place, rest = place + got, rest[got:]


def _places(data: h5py.Dataset) -> Ints | None:
    """Where each chunk begins in the file; None when it is packed, not all there, or kept in another way."""
    if h5py.h5t.py_create(data.dtype) != data.id.get_type():  # numbers of a kind that numpy does not have
        return None
    plan = data.id.get_create_plist()
    if plan.get_nfilters() or data.file.userblock_size or data.file.driver != "sec2" or not data.size:
        return None
    if plan.get_layout() == h5py.h5d.CONTIGUOUS:
        start = data.id.get_offset()
        return None if start is None else np.array([start], dtype=np.int64)
    if plan.get_layout() != h5py.h5d.CHUNKED or data.ndim != 1:
        return None
    places = np.full(-(-data.size // data.chunks[0]), -1, dtype=np.int64)

    def note(chunk: h5py.h5d.StoreInfo) -> None:
        places[chunk.chunk_offset[0] // data.chunks[0]] = chunk.byte_offset

    data.id.chunk_iter(note)
    return None if (places < 0).any() else places
