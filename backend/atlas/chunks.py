"""The chunk index: where in the file each piece of counts lies, so that it can be read without HDF5.

HDF5 walks a tree for every piece and lets one thread at a time do so; the real file has 37 million pieces. They
are listed once (1.4 to 5 µs a piece). Asking for them one by one would walk the tree anew each time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from backend.archs4.layout import EXPRESSION, Layout
from backend.archs4.opening import AGAIN
from backend.aside import renamed
from backend.atlas import native
from backend.errors import BadAnswer

OFFSETS, SIZES = "chunk_offsets.npy", "chunk_sizes.npy"
EVERY = 100_000  # pieces between two looks at the progress
OTHER_PIECES = "This file is not stored in compressed pieces of one sample, so HDF5 reads it, more slowly."


@dataclass(frozen=True)
class Chunks:
    """offsets, sizes: (samples, pieces of a sample), in bytes. piece_genes: genes in a piece."""

    offsets: npt.NDArray[np.uint64]
    sizes: npt.NDArray[np.uint32]
    piece_genes: int


def why_slow(layout: Layout) -> str:
    """Why the fast path cannot read this file here; "" when it can."""
    if not native.fast():
        return "The compiled reader is not available on this machine, so HDF5 reads the file, more slowly."
    with layout.opened() as file:
        data = file[EXPRESSION]
        plain = data.dtype == np.dtype("<u4") and layout.genes_first and data.chunks and data.chunks[1] == 1
        filters = [
            data.id.get_create_plist().get_filter(i)[0] for i in range(data.id.get_create_plist().get_nfilters())
        ]
    if plain and filters == [h5py.h5z.FILTER_DEFLATE]:
        return ""
    return OTHER_PIECES


def build(layout: Layout, folder: Path, on_progress: Callable[[int, int], None]) -> None:
    """List the pieces of a file that the fast path can read, into `folder`; nothing when some are not compressed.

    Raises BadAnswer when a piece was never written, since HDF5 would hand out zeros for it.
    """
    with layout.opened() as file:
        found, plain = _listed(file[EXPRESSION], layout, on_progress)
    if plain:
        return
    missing = np.flatnonzero((found.sizes == 0).any(axis=1))
    if len(missing):
        where = f"first in sample {missing[0]:,} (from 0)"
        raise BadAnswer(f"{EXPRESSION} of {layout.path.name} was never written completely, {where}.", AGAIN)
    for name, values in ((SIZES, found.sizes), (OFFSETS, found.offsets)):
        save(folder / name, values)


def _listed(data: h5py.Dataset, layout: Layout, on_progress: Callable[[int, int], None]) -> tuple[Chunks, int]:
    """The pieces, and how many of them HDF5 left uncompressed because they would have grown."""
    piece_genes = int(data.chunks[0])
    pieces = -(-layout.n_genes // piece_genes)
    found = Chunks(
        np.zeros((layout.n_samples, pieces), dtype=np.uint64),
        np.zeros((layout.n_samples, pieces), dtype=np.uint32),
        piece_genes,
    )
    offsets, sizes, total = found.offsets, found.sizes, layout.n_samples * pieces
    seen = plain = 0

    def note(piece: Any) -> None:
        nonlocal seen, plain
        gene, sample = piece.chunk_offset
        offsets[sample, gene // piece_genes] = piece.byte_offset
        sizes[sample, gene // piece_genes] = piece.size
        seen, plain = seen + 1, plain + (piece.filter_mask != 0)
        if seen % EVERY == 0:
            on_progress(seen, total)

    data.id.chunk_iter(note)
    on_progress(total, total)
    return found, plain


def load(folder: Path, piece_genes: int) -> Chunks:
    """The chunk index, mapped from its files."""
    return Chunks(mapped(folder / OFFSETS), mapped(folder / SIZES), piece_genes)


def exists(folder: Path) -> bool:
    """Whether the chunk index of this folder is complete; the offsets are written last."""
    return (folder / OFFSETS).is_file()


def save(target: Path, values: npt.NDArray[Any]) -> None:
    """An array to a .npy file, aside first, then renamed."""
    with renamed(target, alone=True) as part, part.open("wb") as file:
        np.save(file, values, allow_pickle=False)


def mapped(path: Path) -> Any:
    """An array of a .npy file, read-only. Raises BadAnswer when it is damaged."""
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BadAnswer(f"{path.name} of the index is damaged.", "Delete the index and build it again.") from error
