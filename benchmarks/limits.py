"""What this machine can do at best, measured in the same run: the ceilings that results are shares of."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from measure import evict, seconds
from numba import njit

from backend.atlas import native

REPEATS = 5
CHUNKS = 4_000  # of the file, for libdeflate
READ = 1 << 30  # bytes, for the disk


@dataclass(frozen=True)
class Limits:
    """memory, disk, inflate: bytes a second, inflate of one thread; sgemm: operations a second."""

    memory: float
    sgemm: float
    inflate: float
    disk: float

    def lines(self) -> list[str]:
        """For print."""
        return [
            f"memory read, all threads     {self.memory / 1e9:8.1f} GB/s",
            f"sgemm, all threads           {self.sgemm / 1e9:8.0f} GFLOP/s",
            f"libdeflate, 1 thread         {self.inflate / 1e6:8.0f} MB/s out, on chunks of this file",
            f"sequential read, cold        {self.disk / 1e6:8.0f} MB/s",
        ]


def measured(path: Path) -> Limits:
    """The limits of now, each the best of a few tries. path: an ARCHS4 file."""
    return Limits(_memory(), _sgemm(), _inflate(path), _disk(path))


def _best(amount: float, run: Callable[[], object]) -> float:
    return amount / min(seconds(run) for _ in range(REPEATS))


def _memory() -> float:
    values = np.ones(128 << 20, dtype=np.float32)
    return _best(values.nbytes, lambda: np.dot(values, values))


def _sgemm() -> float:
    n = 2_048
    values = np.random.default_rng(0).random((n, n), dtype=np.float32)
    return _best(2 * n**3, lambda: values @ values)


def _inflate(path: Path) -> float:
    packed, starts, sizes, room = _chunks(path)
    library = ctypes.CDLL(native._library()._name)
    inflate = library.libdeflate_zlib_decompress
    pointer, number = ctypes.c_void_p, ctypes.c_size_t
    inflate.argtypes, inflate.restype = [pointer, pointer, number, pointer, number, pointer], ctypes.c_int
    out = np.empty(room, dtype=np.uint8)

    @njit
    def loop(decompressor, data, starts, sizes, out):  # type: ignore[no-untyped-def]
        bad = 0
        for at in range(len(starts)):
            source = data.ctypes.data + starts[at]
            bad += inflate(decompressor, source, sizes[at], out.ctypes.data, len(out), 0) != 0
        return bad

    with native.decompressor() as decompressor:
        if loop(decompressor, packed, starts, sizes, out):
            raise SystemExit("libdeflate cannot read the chunks of the file.")
        return _best(len(starts) * room, lambda: loop(decompressor, packed, starts, sizes, out))


def _chunks(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Compressed chunks of the first samples in one array, where each begins, its bytes; bytes of one inflated."""
    with h5py.File(path) as file:
        data = file["data/expression"]
        genes = range(0, data.shape[0], data.chunks[0])
        places = [(gene, sample) for sample in range(min(CHUNKS // len(genes), data.shape[1])) for gene in genes]
        pieces = [data.id.read_direct_chunk(place)[1] for place in places]
        room = data.chunks[0] * 4
    sizes = np.array([len(piece) for piece in pieces])
    return np.frombuffer(b"".join(pieces), np.uint8), np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes, room


def _disk(path: Path) -> float:
    amount = min(READ, path.stat().st_size)
    buffer = bytearray(4 << 20)

    def read() -> None:
        left = amount
        with path.open("rb", buffering=0) as file:
            while left > 0 and (got := file.readinto(buffer)):
                left -= got

    evict(path)
    return amount / seconds(read)
