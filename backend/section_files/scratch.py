"""Numbers that do not fit into memory, kept aside in a file that goes when it is closed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.errors import Unavailable

Array = npt.NDArray[Any]


class Scratch:
    """Blocks of columns, written one after the other, read again as often as needed. One group unless told otherwise.

    columns: name and type of each. The file has no name where the system allows that, so a kill leaves nothing.
    """

    def __init__(self, folder: Path, columns: tuple[tuple[str, str], ...], groups: int = 1) -> None:
        self._types = [np.dtype(kind) for _, kind in columns]
        self._parts: list[list[tuple[int, int]]] = [[] for _ in range(groups)]
        self._end = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115  closed by __exit__
        except OSError as error:
            raise _failed("written", error) from error

    def __enter__(self) -> Scratch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def put(self, *columns: Array, group: int = 0) -> None:
        """A block; all columns have one length. Raises Unavailable when the disk is full."""
        n = len(columns[0])
        if not n:
            return
        self._parts[group].append((self._end, n))
        try:
            for values, kind in zip(columns, self._types, strict=True):
                rest = np.ascontiguousarray(values, dtype=kind).data.cast("B")
                while len(rest):
                    written = os.pwrite(self._file.fileno(), rest, self._end)
                    self._end, rest = self._end + written, rest[written:]
        except OSError as error:
            raise _failed("written", error) from error

    def count(self, group: int = 0) -> int:
        """Rows of a group."""
        return sum(n for _, n in self._parts[group])

    def parts(self, group: int = 0) -> Iterator[tuple[Array, ...]]:
        """The blocks of a group, as they were put, in the types of the columns."""
        for start, n in self._parts[group]:
            kept = []
            for kind in self._types:
                kept.append(self._read(start, n, kind))
                start += n * kind.itemsize
            yield tuple(kept)

    def whole(self, group: int = 0) -> tuple[Array, ...]:
        """All blocks of a group as one."""
        whole = tuple(np.empty(self.count(group), dtype=kind) for kind in self._types)
        done = 0
        for part in self.parts(group):
            for target, values in zip(whole, part, strict=True):
                target[done : done + len(values)] = values
            done += len(part[0])
        return whole

    def _read(self, start: int, n: int, kind: np.dtype[Any]) -> Array:
        values = np.empty(n, dtype=kind)
        rest = values.data.cast("B")
        try:
            while len(rest):
                got = os.preadv(self._file.fileno(), [rest], start)
                if not got:
                    raise OSError(0, "a file of ours was cut")
                start, rest = start + got, rest[got:]
        except OSError as error:
            raise _failed("read", error) from error
        return values


def _failed(what: str, error: OSError) -> Unavailable:
    reason = error.strerror or type(error).__name__
    return Unavailable(f"A file of the cache could not be {what}: {reason}.", "Make room, then try again.")
