"""The questions users ask, beside what raw h5py and archs4py take for them; answers are compared before times.

Repeats are interleaved: one of the peer, then ours, and again, so that both meet the same machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import h5py
import numpy as np
from archs4py_peer import Archs4py
from measure import seconds
from results import Result

from backend.atlas import atlas, exact
from backend.atlas.atlas import Atlas
from backend.atlas.samples import SampleTable
from backend.model import Choice

BLOCK = 1_000  # samples that h5py reads at once
AT_ONCE = 20  # of our answers for one of the peer's, where ours take milliseconds
WORDS = (
    *("liver", "lung", "blood", "kidney", "brain", "hepatocytes", "macrophages", "prostate", "melanoma", "fibroblasts"),
    *("neurons", "colon", "placenta", "carcinoma", "islets", "heart", "skin", "pancreas", "ovarian", "astrocytes"),
)
MOST_OF_TISSUE = 600


class Questions:
    """Over one file with its index."""

    def __init__(self, path: Path, repeats: int, archs4py: Archs4py | None) -> None:
        self.path, self.repeats, self.archs4py = path, repeats, archs4py
        self.atlas: Atlas = atlas.opened(path)
        self.random = np.random.default_rng(1)

    def results(self) -> Iterator[Result]:
        """All lines, one after the other."""
        yield from self.inflate()
        yield self.profile()
        yield self.heatmap()
        yield from self.counts()
        yield from self.within()
        yield from self.search()

    def inflate(self) -> Iterator[Result]:
        """Consecutive samples: every chunk inflated (of each, one gene is kept), and all of it as a matrix."""
        n = min(BLOCK, self.atlas.layout.n_samples)
        starts = [int(start) for start in self.random.integers(0, self.atlas.layout.n_samples - n + 1, self.repeats)]
        _same(self._all_genes(starts[0], n), _block(self.path, starts[0], n), "counts of all genes")
        inflated, matrix, theirs = [], [], []
        for start in starts:
            theirs.append(seconds(partial(_block, self.path, start, n)))
            inflated.append(seconds(partial(self._all_genes, start, n, 1)))
            matrix.append(seconds(partial(self._all_genes, start, n)))
        yield Result(f"inflating all genes of {n:,} samples", inflated, "h5py block", theirs, ("≥", 6))
        yield Result(f"all genes of {n:,} samples as a matrix", matrix, "h5py block", theirs)

    def _all_genes(self, start: int, n: int, of_piece: int | None = None) -> np.ndarray:
        """Counts (genes, samples), of the first `of_piece` genes of each chunk when given."""
        index = self.atlas.index
        piece, n_genes = index.pieces.piece_genes, index.layout.n_genes
        found = np.empty((n_genes, n), dtype=np.uint32)
        with exact.opened_fast(index) as read:
            for first in range(0, n_genes, piece):
                genes = np.arange(first, min(first + (of_piece or piece), n_genes))
                found[first : first + len(genes)] = read(first // piece, genes, np.arange(start, start + n))
        return found

    def profile(self) -> Result:
        """One gene over all tissues."""
        self._check_profile(self._a_gene())
        ours, theirs = [], []
        for _ in range(self.repeats):
            theirs.append(seconds(lambda: _row(self.path, self._a_gene())))
            ours += [seconds(lambda: self.atlas.profiles([self._a_gene()], Choice())) for _ in range(AT_ONCE)]
        return Result("profile: 1 gene, all tissues", ours, "h5py row", theirs, ("≥", 500))

    def _check_profile(self, gene: int) -> None:
        """Means of tissues against float64 from the row, within 0.01."""
        sizes = self.atlas.libraries
        usable = self.atlas.index.inside("bulk")
        values = np.log2(1 + _row(self.path, gene) * (1e6 / np.where(sizes > 0, sizes, 1)))
        tissue = np.asarray(self.atlas.samples.labels)[np.asarray(self.atlas.samples.tissue)]
        for line in self.atlas.profiles([gene], Choice()).itertuples():
            inside = usable & (tissue == line.tissue)
            if inside.sum() != line.n_samples or abs(values[inside].mean() - line.mean) > 0.01:
                raise SystemExit(f"The mean of gene {gene} in {line.tissue} is not that of the file.")

    def heatmap(self) -> Result:
        """500 genes over all tissues."""

        def genes() -> list[int]:
            return self.random.choice(self.atlas.layout.n_genes, 500, replace=False).tolist()

        ours = [seconds(lambda: self.atlas.profiles(genes(), Choice())) for _ in range(self.repeats * 3)]
        return Result("heatmap: 500 genes, all tissues", ours)

    def counts(self) -> Iterator[Result]:
        """20 genes in 500 samples, exactly."""
        n = self.atlas.layout.n_samples
        genes = np.sort(self.random.choice(self.atlas.layout.n_genes, 20, replace=False))
        samples = [np.sort(self.random.choice(n, min(500, n), replace=False)) for _ in range(self.repeats)]
        _same(self.atlas.counts(genes, samples[0]), _columns(self.path, genes, samples[0]), "counts")
        ours, h5, peer = [], [], []
        for places in samples:
            h5.append(seconds(lambda at=places: _columns(self.path, genes, at)))
            ours.append(seconds(lambda at=places: self.atlas.counts(genes, at)))
            if self.archs4py is not None:
                told = self.archs4py.ask(self.path, samples=places.tolist(), genes=genes.tolist())
                _same(self.atlas.counts(genes, places), np.array(told["answer"]), "counts of archs4py")
                peer.append(told["seconds"])
        what = f"20 genes x {len(samples[0])} samples, exact"
        yield Result(what, ours, "h5py columns", h5, ("≥", 8))
        if peer:
            yield Result(what, ours, "archs4py", peer, ("≥", 8))

    def within(self) -> Iterator[Result]:
        """Partners of a gene within the largest tissue, exactly; the peers only read its counts."""
        tissue, places = self._tissue()
        gene = self._a_gene(2.0)
        self._check_within(gene, places)
        ours, h5, peer = [], [], []
        for _ in range(self.repeats):
            h5.append(seconds(lambda: _columns(self.path, None, places)))
            ours.append(seconds(lambda: self.atlas.partners(self._a_gene(2.0), places, "pearson", 100)))
            if self.archs4py is not None:
                peer.append(self.archs4py.ask(self.path, samples=places.tolist())["seconds"])
        what = f"co-expression within {len(places)} samples of {tissue}"
        yield Result(what, ours, "h5py reads them", h5)
        if peer:
            yield Result(what, ours, "archs4py reads them", peer, ("≥", 5))

    def _tissue(self) -> tuple[str, np.ndarray]:
        codes = np.asarray(self.atlas.samples.tissue)[self.atlas.index.inside("bulk")]
        labels = [str(label) for label in self.atlas.samples.labels]
        counted = np.bincount(codes, minlength=len(labels))
        counted[[labels.index(name) for name in ("Cell line", "Unlabelled") if name in labels]] = 0
        tissue = labels[int(counted.argmax())]
        return tissue, self.atlas.tissue_places(tissue, "bulk")[:MOST_OF_TISSUE]

    def _check_within(self, gene: int, places: np.ndarray) -> None:
        counts = _columns(self.path, None, places)
        values = np.log2(1 + counts * (1e6 / counts.sum(axis=0, dtype=np.int64)))
        found = self.atlas.partners(gene, places, "pearson", 100)
        rows = [self.atlas.genes.row(name) for name in found["gene"]]
        r = [np.corrcoef(values[gene], values[row])[0, 1] for row in rows]
        if np.abs(np.array(r) - found["r"]).max() > 1e-6:
            raise SystemExit(f"r of gene {gene} within a tissue is not that of the file.")

    def search(self) -> Iterator[Result]:
        """Count, first page and facets of words not asked before."""
        ours, theirs = [], []
        for at in range(self.repeats):
            table = SampleTable(self.atlas.index.folder)  # remembers no search
            words = WORDS[at :: self.repeats]
            if self.archs4py is not None:
                told = self.archs4py.ask(self.path, meta=words[0])
                self._check_search(words[0], told["answer"])
                theirs.append(told["seconds"])
            ours += [seconds(partial(table.search, _query(word), 0, 50)) for word in words]
        yield Result("sample search: hits, page, facets", ours, "archs4py", theirs, ("≥", 300))

    def _check_search(self, word: str, accessions: list[str]) -> None:
        found = self.atlas.samples.rows(self.atlas.samples.places(_query(word)))
        if sorted(found["sample"]) != accessions:
            raise SystemExit(f"{word}: {len(found):,} hits, and {len(accessions):,} by archs4py.")

    def _a_gene(self, least: float = 0.0) -> int:
        """Any gene whose mean log2(1+CPM) over bulk samples is at least that."""
        mean = self.atlas.index.statistics.overall(0)
        return int(self.random.choice(np.flatnonzero(mean >= least)))


def _query(word: str) -> str:
    """The fields archs4py searches; ours alone would also find the tissue the rules gave a sample."""
    return f"title:{word} OR source:{word} OR characteristics:{word}"


def _same(ours: np.ndarray, theirs: np.ndarray, what: str) -> None:
    if not np.array_equal(ours, theirs):
        raise SystemExit(f"The {what} differ from those of the file.")


def _row(path: Path, gene: int) -> np.ndarray:
    with h5py.File(path) as file:
        return file["data/expression"][gene, :]


def _block(path: Path, start: int, n: int) -> np.ndarray:
    with h5py.File(path) as file:
        return file["data/expression"][:, start : start + n]


def _columns(path: Path, genes: np.ndarray | None, samples: np.ndarray) -> np.ndarray:
    """Chosen genes, or all, in chosen samples: the fastest plain h5py, column by column."""
    with h5py.File(path) as file:
        data = file["data/expression"]
        pick: Callable[[np.ndarray], np.ndarray] = (
            (lambda column: column) if genes is None else (lambda column: column[genes])
        )
        return np.stack([pick(data[:, place]) for place in samples], axis=1)
