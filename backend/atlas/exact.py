"""Exact counts of chosen genes in chosen samples, from the file itself by the chunk index."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from backend.archs4 import counts as slowly
from backend.atlas import codes, kernels, native
from backend.atlas.block import damaged
from backend.atlas.chunks import Chunks
from backend.atlas.index import Index, Places, as_places
from backend.errors import BadInput, TooLarge

MAX_CELLS = slowly.MAX_CELLS
FEW = 64  # samples that are not worth a second thread

Counts = npt.NDArray[np.uint32]
Wanted = Sequence[int] | npt.NDArray[np.integer]


def counts(index: Index, rows: Wanted, places: Wanted) -> Counts:
    """Counts (genes, samples), as the file holds them. Raises TooLarge over MAX_CELLS, BadAnswer for a damaged file."""
    genes, samples = as_places(rows), as_places(places)
    _check(genes, index.layout.n_genes, "gene")
    _check(samples, index.layout.n_samples, "sample")
    if len(genes) * len(samples) > MAX_CELLS:
        size = f"{len(genes):,} genes in {len(samples):,} samples"
        raise TooLarge(f"{size} are over {MAX_CELLS:,} counts.", "Ask for fewer genes or samples.")
    if index.pieces is None or not (len(genes) and len(samples)):
        return slowly.counts(index.layout, genes, samples)
    found: Counts = np.empty((len(genes), len(samples)), dtype=np.uint32)
    with opened_fast(index) as read:
        for piece in np.unique(genes // index.pieces.piece_genes):
            chosen = np.flatnonzero(genes // index.pieces.piece_genes == piece)
            found[chosen] = read(int(piece), genes[chosen], samples)
    return found


def values(index: Index, rows: Wanted, places: Wanted) -> npt.NDArray[np.float64]:
    """log2(1+CPM) (genes, samples) from the exact counts; NaN in a sample without reads. Raises as `counts`."""
    return logged(counts(index, rows, places), index.libraries[as_places(places)])


def logged(counted: Counts, libraries: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """log2(1+CPM) of counts (genes, samples) with the samples' library sizes."""
    scale = codes.PER_MILLION / np.where(libraries > 0, libraries, np.nan)
    return np.asarray(np.log2(1.0 + counted * scale))


class Reader:
    """Reads genes of one piece in many samples, with all processors."""

    def __init__(self, index: Index, pieces: Chunks, descriptor: int, team: ThreadPoolExecutor, workers: int) -> None:
        self.index, self.pieces, self.descriptor, self.team, self.workers = index, pieces, descriptor, team, workers

    def __call__(self, piece: int, genes: Places, samples: Places) -> Counts:
        """Counts (genes, samples); all genes must lie in this piece. Raises BadAnswer for a damaged file."""
        found: Counts = np.empty((len(genes), len(samples)), dtype=np.uint32)
        parts = max(1, min(self.workers, len(samples) // FEW))
        edges = np.linspace(0, len(samples), parts + 1).astype(int)
        within = genes - piece * self.pieces.piece_genes
        runs = [(piece, within, samples[a:b], found[:, a:b]) for a, b in pairwise(edges)]
        for _ in self.team.map(lambda run: self._read(*run), runs):
            pass
        return found

    def _read(self, piece: int, within: Places, samples: Places, out: Counts) -> None:
        symbols = native.symbols()
        assert symbols is not None
        with native.decompressor() as decompressor:
            state = kernels.gather(
                symbols.pread,
                symbols.inflate,
                decompressor,
                self.descriptor,
                self.pieces.offsets[samples, piece],
                self.pieces.sizes[samples, piece],
                self.pieces.piece_genes,
                within,
                out,
            )
        if state:
            raise damaged(self.index.layout, state, f"in one of {len(samples):,} samples from {samples[0]:,} on")


@contextmanager
def opened_fast(index: Index) -> Iterator[Reader]:
    """The file for reading by the chunk index; it must be the same at the start and at the end."""
    assert index.pieces is not None
    workers = os.cpu_count() or 1
    with index.layout.opened(), ThreadPoolExecutor(workers) as team:
        descriptor = os.open(index.layout.path, os.O_RDONLY)
        try:
            yield Reader(index, index.pieces, descriptor, team, workers)
        finally:
            os.close(descriptor)


def _check(places: Places, length: int, what: str) -> None:
    if len(places) and not 0 <= places.min() <= places.max() < length:
        raise BadInput(f"A {what} outside the {length:,} of the file was asked for.", "Places begin at 0.")
