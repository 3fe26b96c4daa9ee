"""The gene-major store: log2(1+CPM) of every gene in every sample, as codes of one byte, in ordinary HDF5.

expression/00000.h5, ... hold a block of samples each: `expression` (genes, samples) u8, a row of a gene in one
piece, gzip. expression.h5 shows all blocks as one data set (a virtual one), with gene and sample names, for any
program that reads HDF5. Here the rows are read by their place in the files, which is several times faster.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import deflate
import h5py
import numpy as np
import numpy.typing as npt

from backend.aside import renamed
from backend.atlas import chunks, codes, kernels, native
from backend.errors import BadAnswer
from backend.filling import created

FOLDER, WHOLE, DATA = "expression", "expression.h5", "expression"
AT_ONCE = 2_048  # genes compressed together
BUILD_AGAIN = "Delete the index and build it again."

Rows = npt.NDArray[np.uint8]


def block_path(folder: Path, number: int) -> Path:
    """The HDF5 file of a block."""
    return folder / FOLDER / f"{number:05}.h5"


def write_block(folder: Path, number: int, found: Rows) -> None:
    """Codes (genes, samples) of a block to its file, aside first; where its pieces lie goes beside it."""
    target = block_path(folder, number)
    target.parent.mkdir(exist_ok=True)
    write_rows(target, found, f"log2(1+CPM) = code / {codes.STEPS}")


def write_rows(target: Path, found: Rows, meaning: str = "") -> None:
    """Rows of bytes as an HDF5 data set of one compressed piece a row; the file appears when it is complete."""
    with renamed(target, alone=True) as part:
        with created(part, libver="latest") as (file, check):
            data = file.create_dataset(
                DATA,
                found.shape,
                np.uint8,
                chunks=(1, found.shape[1]),
                compression="gzip",
                compression_opts=native.LEVEL,
            )
            data.attrs["meaning"] = meaning
            for start in range(0, len(found), AT_ONCE):
                for row, packed in enumerate(_packed(found[start : start + AT_ONCE]), start=start):
                    data.id.write_direct_chunk((row, 0), packed)
                check()
        chunks.save(target.with_suffix(".npy"), _where(part, len(found)))


def read_rows(path: Path, rows: npt.NDArray[np.integer], width: int) -> Rows:
    """Chosen rows of a file of `write_rows`, (rows, width). Raises BadAnswer when it is damaged or missing."""
    found: Rows = np.empty((len(rows), width), dtype=np.uint8)
    if len(rows):
        (_read_fast if native.fast() else _read_slowly)(path, np.asarray(rows, dtype=np.intp), found)
    return found


def _read_fast(path: Path, rows: npt.NDArray[np.intp], out: Rows) -> None:
    symbols = native.symbols()
    assert symbols is not None
    where = chunks.mapped(path.with_suffix(".npy"))[rows]
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise _bad(path) from error
    try:
        with native.decompressor() as decompressor:
            offsets, sizes = np.ascontiguousarray(where[:, 0]), where[:, 1].astype(np.uint32)
            state = kernels.unpack(symbols.pread, symbols.inflate, decompressor, descriptor, offsets, sizes, out)
    finally:
        os.close(descriptor)
    if state:
        raise _bad(path)


def _read_slowly(path: Path, rows: npt.NDArray[np.intp], out: Rows) -> None:
    try:
        with h5py.File(path, "r") as file:
            data = file[DATA]
            for place, row in enumerate(rows):
                out[place] = data[row]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise _bad(path) from error


def _bad(path: Path) -> BadAnswer:
    return BadAnswer(f"{path.name} of the index is damaged or missing.", BUILD_AGAIN)


def _packed(rows: Rows) -> list[Any]:
    """Each row compressed, as bytes; the same with and without the compiled loop."""
    symbols = native.symbols()
    if symbols is None or not native.fast():
        return [deflate.zlib_compress(row.tobytes(), native.LEVEL) for row in rows]
    room = rows.shape[1] + rows.shape[1] // 1_000 + 64  # what libdeflate needs for data that do not compress
    packed = np.empty((len(rows), room), dtype=np.uint8)
    sizes = np.empty(len(rows), dtype=np.uint64)
    with native.compressor() as compressor:
        if kernels.pack(symbols.deflate, compressor, np.ascontiguousarray(rows), packed, sizes):
            raise BadAnswer("A row of the index could not be compressed.", "Please report this.")
    return [memoryview(line)[: int(size)] for line, size in zip(packed, sizes, strict=True)]


def _where(path: Path, n_genes: int) -> npt.NDArray[np.uint64]:
    """Place and size in bytes of each row's piece, (genes, 2)."""
    found = np.zeros((n_genes, 2), dtype=np.uint64)
    with h5py.File(path, "r") as file:

        def note(piece: h5py.h5d.StoreInfo) -> None:
            found[piece.chunk_offset[0]] = piece.byte_offset, piece.size

        file[DATA].id.chunk_iter(note)
    return found


def write_whole(folder: Path, starts: Sequence[int], n_genes: int, names: dict[str, list[str]]) -> None:
    """expression.h5 over all blocks. starts: first sample of each, and the number of samples at the end."""
    whole = h5py.VirtualLayout((n_genes, starts[-1]), np.uint8)
    for number, (start, stop) in enumerate(pairwise(starts)):
        relative = f"{FOLDER}/{number:05}.h5"
        whole[:, start:stop] = h5py.VirtualSource(relative, DATA, (n_genes, stop - start))
    with renamed(folder / WHOLE, alone=True) as part, created(part, libver="latest") as (file, _):
        data = file.create_virtual_dataset(DATA, whole)
        data.attrs["meaning"] = f"log2(1+CPM) = code / {codes.STEPS}"
        for name, values in names.items():
            file.create_dataset(name, data=values, dtype=h5py.string_dtype())


@dataclass(frozen=True)
class Store:
    """The store of an index. starts: first sample of each block, and the number of samples at the end."""

    folder: Path
    starts: tuple[int, ...]

    @property
    def n_samples(self) -> int:
        """Samples in every row."""
        return self.starts[-1]

    def rows(self, genes: Sequence[int] | npt.NDArray[np.integer]) -> Rows:
        """Codes (genes, samples) of these genes over all samples. Raises BadAnswer when the store is damaged."""
        wanted = np.asarray(genes, dtype=np.intp)
        found: Rows = np.empty((len(wanted), self.n_samples), dtype=np.uint8)
        read = _read_fast if native.fast() else _read_slowly
        for number, start in enumerate(self.starts[:-1]):
            if len(wanted):
                read(block_path(self.folder, number), wanted, found[:, start : self.starts[number + 1]])
        return found
