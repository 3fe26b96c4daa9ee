"""Exact counts of chosen genes in chosen samples, library sizes and log2(1+CPM), straight from the file.

The real files are stored in pieces of 2,000 genes x 1 sample, so a sample costs about 3 ms and a gene
costs as much a sample as 2,000 genes do. Lists are never handed to h5py as an index, which is an order of
magnitude slower: what is wanted is read as contiguous runs that follow the pieces, and picked in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import h5py
import numpy as np
import numpy.typing as npt

from backend.archs4.layout import EXPRESSION, Layout
from backend.archs4.opening import AGAIN
from backend.errors import BadAnswer, BadInput, NotConfigured, TooLarge

MAX_CELLS = 20_000_000  # genes x samples of one answer: 80 MB of counts, 160 MB of log2(1+CPM)
RUN = 256  # samples read at once, at most
LARGEST = np.iinfo(np.uint32).max

Counts = npt.NDArray[np.uint32]
Sizes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Wanted = Sequence[int] | npt.NDArray[np.integer]


def counts(layout: Layout, gene_rows: Wanted, sample_columns: Wanted) -> Counts:
    """Counts (genes, samples), kallisto pseudo-counts as the file holds them, in the order asked for.

    gene_rows, sample_columns: places in the file from 0; a place may be asked for twice.
    Raises BadInput for a place outside the file, TooLarge over MAX_CELLS, NotConfigured for a file of
    metadata; BadAnswer when the file is damaged, incomplete, replaced since `detect`, or holds a number
    that is no count. Nothing unread ever becomes zero.
    """
    genes, samples = _Axis.of(gene_rows, layout.n_genes, "genes"), _Axis.of(sample_columns, layout.n_samples, "samples")
    _check_size(genes, samples)
    found: Counts = np.empty((len(genes.places), len(samples.places)), dtype=np.uint32, order="F")
    with layout.opened() as file:
        for at, block in _blocks(_Matrix(file, layout), genes.places, samples.places):
            found[:, at] = block
    return found if genes.plain and samples.plain else found[np.ix_(genes.back, samples.back)]


def library_sizes(layout: Layout, sample_columns: Wanted) -> Sizes:
    """The sum of all counts of each sample, (samples,), in reads. About 3 ms a sample. Raises as `counts`."""
    samples = _Axis.of(sample_columns, layout.n_samples, "samples")
    sizes: Sizes = np.empty(len(samples.places), dtype=np.int64)
    with layout.opened() as file:
        for at, block in _blocks(_Matrix(file, layout), np.arange(layout.n_genes), samples.places):
            sizes[at] = block.sum(axis=0, dtype=np.int64)
    return sizes[samples.back]


def log_cpm(layout: Layout, gene_rows: Wanted, sample_columns: Wanted) -> Floats:
    """log2(1 + count / library size * 1,000,000), (genes, samples), each sample read once.

    A sample without a single read has no such value: NaN. About 3 ms a sample. Raises as `counts`.
    """
    genes, samples = _Axis.of(gene_rows, layout.n_genes, "genes"), _Axis.of(sample_columns, layout.n_samples, "samples")
    _check_size(genes, samples)
    found: Floats = np.empty((len(genes.places), len(samples.places)), order="F")
    with layout.opened() as file:
        for at, block in _blocks(_Matrix(file, layout), np.arange(layout.n_genes), samples.places):
            found[:, at] = normalised(block[genes.places], block.sum(axis=0, dtype=np.int64))
    return found if genes.plain and samples.plain else found[np.ix_(genes.back, samples.back)]


def normalised(counted: npt.NDArray[np.integer], sizes: npt.NDArray[np.integer]) -> Floats:
    """log2(1+CPM) of counts (genes, samples) with library sizes (samples,); NaN where the size is 0."""
    per_million = 1e6 / np.where(sizes > 0, sizes, np.nan)
    return np.asarray(np.log2(1.0 + counted * per_million))


@dataclass(frozen=True)
class _Axis:
    """Places asked for along one axis: each once and ascending, and where each asked one stands in them."""

    places: Places
    back: Places
    plain: bool  # asked for exactly as `places`

    @classmethod
    def of(cls, wanted: Wanted, length: int, what: str) -> _Axis:
        asked = np.asarray(wanted)
        if not asked.size:
            asked = asked.astype(np.intp)
        if asked.ndim != 1 or asked.dtype.kind not in "iu":
            raise BadInput(f"The {what} are not a list of whole numbers.", "Give their places in the file.")
        if asked.size and (asked.min() < 0 or asked.max() >= length):
            worst = asked.min() if asked.min() < 0 else asked.max()
            raise BadInput(f"Place {worst} is outside the {length:,} {what} of the file.", "Places begin at 0.")
        places, back = np.unique(asked.astype(np.intp), return_inverse=True)
        return cls(places, back, np.array_equal(places, asked))


def _check_size(genes: _Axis, samples: _Axis) -> None:
    if (cells := len(genes.back) * len(samples.back)) > MAX_CELLS:
        sizes = f"{len(genes.back):,} genes in {len(samples.back):,} samples"
        raise TooLarge(f"{sizes} are {cells:,} counts, over {MAX_CELLS:,}.", "Ask for fewer genes or samples.")


class _Matrix:
    """The counts of an open file as genes x samples, whichever way they lie."""

    def __init__(self, file: h5py.File, layout: Layout) -> None:
        if layout.family == "metadata":
            hint = "Choose a gene or transcript file of ARCHS4."
            raise NotConfigured(f"{layout.path.name} describes samples and holds no counts.", hint)
        self.layout = layout
        self.data: h5py.Dataset = file[EXPRESSION]
        genes, samples = (0, 1) if layout.genes_first else (1, 0)
        self.piece = self.data.chunks  # None when it lies in one piece
        lengths = (layout.n_genes, layout.n_samples)
        self.gene_piece = self.piece[genes] if self.piece else lengths[0]
        self.sample_piece = min(self.piece[samples] if self.piece else RUN, RUN)
        shape = (self.data.shape[genes], self.data.shape[samples]) if self.data.ndim == 2 else self.data.shape
        if shape != lengths or self.data.dtype.kind not in "iu":
            what = f"{self.data.dtype} of shape {self.data.shape}"
            raise BadAnswer(f"{EXPRESSION} of {layout.path.name} is now {what}.", AGAIN)

    def read(self, genes: slice, samples: slice) -> Counts:
        """A contiguous block, checked: whole, nothing but counts, and stored in the file."""
        block = self.data[genes, samples] if self.layout.genes_first else self.data[samples, genes].T
        if block.shape != (genes.stop - genes.start, samples.stop - samples.start):
            raise self._bad(samples, f"gave {block.shape} counts")
        if block.dtype != np.uint32 and block.size and (block.min() < 0 or block.max() > LARGEST):
            raise self._bad(samples, f"holds {block.min()} to {block.max()}, which are not counts")
        counted: Counts = np.asarray(block, dtype=np.uint32)
        self._check_zeros(counted, genes, samples)
        return counted

    def _check_zeros(self, block: Counts, genes: slice, samples: slice) -> None:
        """HDF5 hands out zeros for a piece that was never written; those must not pass for counts.

        Only pieces of nothing but zeros are looked up, by reading them raw: asking HDF5 where a piece
        lies goes through all of them.
        """
        if self.piece is None:
            if not block.any() and not self.data.id.get_storage_size():
                raise self._bad(samples, "was never written")
            return
        gene_piece, sample_piece = self.piece if self.layout.genes_first else self.piece[::-1]
        first_genes, first_samples = _firsts(genes, gene_piece), _firsts(samples, sample_piece)
        largest = np.maximum.reduceat(block, first_genes - genes.start, axis=0)
        largest = np.maximum.reduceat(largest, first_samples - samples.start, axis=1)
        for i, j in np.argwhere(largest == 0):
            at = (int(first_genes[i]) // gene_piece * gene_piece, int(first_samples[j]) // sample_piece * sample_piece)
            if not self._is_stored(at if self.layout.genes_first else at[::-1]):
                raise self._bad(samples, "was never written completely")

    def _is_stored(self, at: tuple[int, ...]) -> bool:
        try:
            self.data.id.read_direct_chunk(at)
        except (OSError, RuntimeError):  # which one depends on the filters of the data set
            return False
        return True

    def _bad(self, samples: slice, what: str) -> BadAnswer:
        where = f"in samples {samples.start:,} to {samples.stop - 1:,} (from 0)"
        return BadAnswer(f"{EXPRESSION} of {self.layout.path.name} {what} {where}.", AGAIN)


def _blocks(matrix: _Matrix, genes: Places, samples: Places) -> Iterator[tuple[slice, Counts]]:
    """Counts (genes, run of samples) for each run of samples, with the run's place in `samples`."""
    gene_runs = list(_runs(genes, matrix.gene_piece, joining=True))
    for run in _runs(samples, matrix.sample_piece, joining=False):
        block: Counts = np.empty((len(genes), run.stop - run.start), dtype=np.uint32)
        for rows in gene_runs:
            block[rows] = _picked(matrix, genes[rows], samples[run])
        yield run, block


def _picked(matrix: _Matrix, genes: Places, samples: Places) -> Counts:
    """Ascending genes and samples out of the smallest block that holds them."""
    first_gene, first_sample = int(genes[0]), int(samples[0])
    block = matrix.read(slice(first_gene, int(genes[-1]) + 1), slice(first_sample, int(samples[-1]) + 1))
    if block.shape == (len(genes), len(samples)):
        return block
    return block[np.ix_(genes - first_gene, samples - first_sample)]


def _firsts(run: slice, piece: int) -> Places:
    """Where each piece of the file begins within a run."""
    firsts = np.arange(run.start // piece * piece, run.stop, piece, dtype=np.intp)
    firsts[0] = run.start
    return firsts


def _runs(places: Places, piece: int, joining: bool) -> Iterator[slice]:
    """Ascending places cut where they leave a piece of the file; joining: only where a piece is skipped."""
    if not len(places):
        return
    steps = np.diff(places // piece)
    cuts = np.flatnonzero(steps > (1 if joining else 0)) + 1
    edges = [0, *cuts.tolist(), len(places)]
    for start, stop in pairwise(edges):
        yield slice(start, stop)
