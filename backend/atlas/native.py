"""Compiled helpers of two C libraries: libdeflate, as the wheel `deflate` carries it, and pread of the system.

numba loops call them by address, without Python in between: six times faster than HDF5 on ARCHS4's small pieces.
Where a symbol is missing (another platform or wheel) `fast()` is False, and HDF5 reads the same numbers slower.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import deflate

LEVEL = 1  # of compression; 6 saves a tenth of the space for three times the time
SLOW_VARIABLE = "EXPRONAUT_ENGINE"  # set to h5py to do without the fast path


@dataclass(frozen=True)
class Symbols:
    """Addresses of the C functions that the compiled loops call."""

    pread: int
    inflate: int
    deflate: int


def _address(library: ctypes.CDLL, name: str) -> int:
    return ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(deflate._deflate.__file__)


@lru_cache(maxsize=1)
def symbols() -> Symbols | None:
    """The addresses, or None where one of them is missing."""
    try:
        library = _library()
        return Symbols(
            pread=_address(ctypes.CDLL(None), "pread"),
            inflate=_address(library, "libdeflate_zlib_decompress"),
            deflate=_address(library, "libdeflate_zlib_compress"),
        )
    except (AttributeError, OSError, TypeError):  # no such symbol, no such library, no libraries by None (Windows)
        return None


def fast() -> bool:
    """Whether the compiled path can be used here."""
    return os.environ.get(SLOW_VARIABLE, "") != "h5py" and symbols() is not None


@contextmanager
def decompressor() -> Iterator[int]:
    """One libdeflate decompressor, for one thread at a time; its address."""
    yield from _made("libdeflate_alloc_decompressor", "libdeflate_free_decompressor")


@contextmanager
def compressor() -> Iterator[int]:
    """One libdeflate compressor of LEVEL, for one thread at a time; its address."""
    yield from _made("libdeflate_alloc_compressor", "libdeflate_free_compressor", LEVEL)


def _made(allocate: str, release: str, *arguments: int) -> Iterator[int]:
    library = _library()
    make, free = getattr(library, allocate), getattr(library, release)
    make.restype, free.argtypes, free.restype = ctypes.c_void_p, [ctypes.c_void_p], None
    made = make(*arguments)
    if not made:
        raise MemoryError("libdeflate found no memory.")
    try:
        yield made
    finally:
        free(made)
