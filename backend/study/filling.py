"""A new HDF5 file on a disk that may fill up.

HDF5 ends the whole process when it cannot write what it holds at closing. So it writes through a file that never fails:
that remembers the first failure and takes no more, and the failure is raised when HDF5 has closed it.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py


class _Patient:
    """A file as HDF5 wants it, unbuffered. failed: the first failure, after which nothing is written."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self.failed: OSError | None = None

    def write(self, data: memoryview) -> int:
        n = len(data)
        rest = memoryview(data)
        try:
            while len(rest) and self.failed is None:
                rest = rest[self._file.write(rest) or 0 :]
        except OSError as error:
            self.failed = error
        return n

    def truncate(self, size: int) -> int:
        try:
            if self.failed is None:
                self._file.truncate(size)
        except OSError as error:
            self.failed = error
        return size

    def read(self, size: int = -1) -> bytes:
        """Not used; h5py knows a file by having it."""
        return self._file.read(size)

    def readinto(self, buffer: memoryview) -> int:
        """What was written, and zeros where nothing is."""
        n = self._file.readinto(buffer) or 0
        buffer[n:] = bytes(len(buffer) - n)
        return len(buffer)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def flush(self) -> None:
        pass

    def check(self) -> None:
        """Raises the failure."""
        if self.failed is not None:
            raise self.failed


@contextlib.contextmanager
def created(path: Path) -> Iterator[tuple[h5py.File, Callable[[], None]]]:
    """A new file, and what raises OSError as soon as it cannot be written. Raises OSError at the end at the latest."""
    with path.open("w+b", buffering=0) as raw:
        patient = _Patient(raw)
        try:
            with h5py.File(patient, "w") as file:
                yield file, patient.check
        finally:
            patient.check()  # before what HDF5 made of it
