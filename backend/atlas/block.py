"""One block of samples, from the file into the index: a plain function that any executor can run anywhere.

(path of the file, folder of the index, first and last sample) -> two files in that folder: the block's codes
as HDF5, and its sums for the statistics. Both are written aside and renamed; a block is done when both are there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.archs4 import counts, layout, opening
from backend.archs4.layout import Layout
from backend.archs4.opening import AGAIN
from backend.aside import renamed
from backend.atlas import chunks, codes, kernels, native, place, store
from backend.errors import BadAnswer

SUMS = "sums"
SLOW_RUN = 256  # samples that HDF5 reads at once


@dataclass
class Sums:
    """Sums of log2(1+CPM) over the samples of each group, (groups, genes); groups: their codes."""

    groups: npt.NDArray[np.int32]
    total: npt.NDArray[np.float32]
    square: npt.NDArray[np.float32]
    detected: npt.NDArray[np.uint32]
    libraries: npt.NDArray[np.int64]
    local: npt.NDArray[np.int32] = field(repr=False)

    @classmethod
    def of(cls, groups: npt.NDArray[np.int32], n_genes: int) -> Sums:
        """Zeros for the groups that occur among these samples."""
        present, local = np.unique(groups, return_inverse=True)
        shape = (len(present), n_genes)
        return cls(
            groups=present.astype(np.int32),
            total=np.zeros(shape, dtype=np.float32),
            square=np.zeros(shape, dtype=np.float32),
            detected=np.zeros(shape, dtype=np.uint32),
            libraries=np.zeros(len(groups), dtype=np.int64),
            local=local.astype(np.int32),
        )


def process_block(path: str, index: str, number: int, start: int, stop: int) -> int:
    """Samples start..stop (block `number`) of the file into the folder `index`; gives the number back.

    Raises BadAnswer when the file is damaged or was replaced; never writes a block that was not read whole.
    """
    source, folder = layout.detect(Path(path)), Path(index)
    if is_done(folder, number):
        return number
    if not place.begun_for(folder, source.identity):
        raise BadAnswer(f"{source.path.name} was replaced or changed while its index was built.", "Build it again.")
    sums = Sums.of(groups_of(folder)[start:stop], source.n_genes)
    found: codes.Codes = np.empty((source.n_genes, stop - start), dtype=np.uint8)
    if chunks.exists(folder) and native.fast():
        _read_fast(source, folder, start, stop, found, sums)
    else:
        _read_slowly(source, start, found, sums)
    with source.opened():  # once more: a file replaced during the block is no answer
        pass
    _write_sums(folder, number, sums)
    store.write_block(folder, number, found)
    return number


def is_done(folder: Path, number: int) -> bool:
    """Whether both files of a block are there."""
    return store.block_path(folder, number).is_file() and sums_path(folder, number).is_file()


def sums_path(folder: Path, number: int) -> Path:
    """The file of a block's sums."""
    return folder / SUMS / f"{number:05}.npz"


def groups_of(folder: Path) -> npt.NDArray[np.int32]:
    """The group of each sample: twice its tissue, plus one for single cells."""
    with np.load(folder / "samples.npz", allow_pickle=False) as arrays:
        return np.asarray(arrays["tissue"].astype(np.int32) * 2 + arrays["single"], dtype=np.int32)


def labels_of(folder: Path) -> npt.NDArray[np.str_]:
    """The tissue labels of the index, in the order of their codes."""
    with np.load(folder / "samples.npz", allow_pickle=False) as arrays:
        return np.asarray(arrays["labels"])


def single_of(folder: Path) -> npt.NDArray[np.bool_]:
    """Which samples are single cells."""
    with np.load(folder / "samples.npz", allow_pickle=False) as arrays:
        return np.asarray(arrays["single"], dtype=np.bool_)


def accessions(source: Layout) -> list[str]:
    """The GEO accession of each sample."""
    with source.opened() as file:
        return opening.texts(file[source.accession])


def read_sums(folder: Path, number: int) -> dict[str, npt.NDArray[Any]]:
    """What a block left: groups, total, square, detected, libraries."""
    with np.load(sums_path(folder, number), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _write_sums(folder: Path, number: int, sums: Sums) -> None:
    target = sums_path(folder, number)
    target.parent.mkdir(exist_ok=True)
    with renamed(target, alone=True) as part, part.open("wb") as file:
        np.savez(
            file,
            groups=sums.groups,
            total=sums.total,
            square=sums.square,
            detected=sums.detected,
            libraries=sums.libraries,
        )


def _read_fast(source: Layout, folder: Path, start: int, stop: int, found: codes.Codes, sums: Sums) -> None:
    symbols = native.symbols()
    assert symbols is not None
    with source.opened() as file:
        piece_genes = int(file[layout.EXPRESSION].chunks[0])
    pieces = chunks.load(folder, piece_genes)
    descriptor = os.open(source.path, os.O_RDONLY)
    try:
        with native.decompressor() as decompressor:
            state = kernels.fill(
                symbols.pread,
                symbols.inflate,
                decompressor,
                descriptor,
                np.ascontiguousarray(pieces.offsets[start:stop]),
                np.ascontiguousarray(pieces.sizes[start:stop]),
                piece_genes,
                sums.local,
                found,
                sums.libraries,
                sums.total,
                sums.square,
                sums.detected,
            )
    finally:
        os.close(descriptor)
    if state:
        raise damaged(source, state, f"in samples {start:,} to {stop - 1:,} (from 0)")


def damaged(source: Layout, state: int, where: str) -> BadAnswer:
    """The error of a piece that could not be read or inflated."""
    what = "is cut off" if state == kernels.READ else "is damaged"
    return BadAnswer(f"{layout.EXPRESSION} of {source.path.name} {what} {where}.", AGAIN)


def _read_slowly(source: Layout, start: int, found: codes.Codes, sums: Sums) -> None:
    """The same through HDF5 and numpy, sample by sample in the same order, so that the sums are the same bytes."""
    genes = np.arange(source.n_genes)
    run = max(1, min(SLOW_RUN, counts.MAX_CELLS // source.n_genes))  # transcript files have many rows
    for first in range(0, found.shape[1], run):
        last = min(first + run, found.shape[1])
        counted = counts.counts(source, genes, np.arange(start + first, start + last))
        sizes = counted.sum(axis=0, dtype=np.int64)
        sums.libraries[first:last] = sizes
        found[:, first:last] = codes.encode(counted, sizes)
        for sample in np.flatnonzero(sizes):
            value = codes.log2(1.0 + counted[:, sample] * (codes.PER_MILLION / sizes[sample])).astype(np.float32)
            group = sums.local[first + sample]
            sums.total[group] += value
            sums.square[group] += value * value
            sums.detected[group] += counted[:, sample] > 0
