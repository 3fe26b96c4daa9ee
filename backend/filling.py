"""A new HDF5 file on a disk that may fill up.

HDF5 ends the whole process when it cannot write what it holds at closing. So it writes through a file that never fails:
that remembers the first failure and takes no more, and the failure is raised when HDF5 has closed it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py

TOGETHER = 1 << 20  # bytes


class _Patient:
    """A file as HDF5 wants it. failed: the first failure, after which nothing is written.

    Pieces that lie one behind the other wait until they are TOGETHER bytes: HDF5 writes many small ones.
    """

    def __init__(self, file: Any) -> None:
        self._file = file
        self.failed: OSError | None = None
        self._at = self._begin = 0
        self._waiting = bytearray()

    def write(self, data: memoryview) -> int:
        if self._at != self._begin + len(self._waiting) or len(self._waiting) >= TOGETHER:
            self.flush()
            self._begin = self._at
        self._waiting += data
        self._at += len(data)
        return len(data)

    def flush(self) -> None:
        """What waits goes to the disk."""
        rest = memoryview(self._waiting)
        self._waiting = bytearray()
        try:
            if len(rest):
                self._file.seek(self._begin)
            while len(rest) and self.failed is None:
                rest = rest[self._file.write(rest) or 0 :]
        except OSError as error:
            self.failed = error

    def truncate(self, size: int) -> int:
        self.flush()
        try:
            if self.failed is None:
                self._file.truncate(size)
        except OSError as error:
            self.failed = error
        return size

    def read(self, size: int = -1) -> bytes:
        """Not used; h5py knows a file by having it."""
        self.flush()
        self._file.seek(self._at)
        found = bytes(self._file.read(size))
        self._at += len(found)
        return found

    def readinto(self, buffer: memoryview) -> int:
        """What was written, and zeros where nothing is."""
        self.flush()
        self._file.seek(self._at)
        n = int(self._file.readinto(buffer) or 0)
        buffer[n:] = bytes(len(buffer) - n)
        self._at += len(buffer)
        return len(buffer)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_END:
            self.flush()
            self._at = int(self._file.seek(0, os.SEEK_END))
        elif whence == os.SEEK_SET:
            self._at = 0
        self._at += offset
        return self._at

    def tell(self) -> int:
        return self._at

    def check(self) -> None:
        """Raises the failure."""
        if self.failed is not None:
            raise self.failed


@contextlib.contextmanager
def into(raw: Any, libver: str | None = None) -> Iterator[tuple[h5py.File, Callable[[], None]]]:
    """As `created`, in an empty file that is open, unbuffered, or in memory."""
    patient = _Patient(raw)
    try:
        with h5py.File(patient, "w", libver=libver) as file:
            yield file, patient.check
    finally:
        patient.flush()
        patient.check()  # before what HDF5 made of it


@contextlib.contextmanager
def created(path: Path, libver: str | None = None) -> Iterator[tuple[h5py.File, Callable[[], None]]]:
    """A new file, and what raises OSError as soon as it cannot be written. Raises OSError at the end at the latest.

    libver: as h5py.File has it.
    """
    with path.open("w+b", buffering=0) as raw, into(raw, libver) as new:
        yield new
