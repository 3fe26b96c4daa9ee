"""Build the index of an ARCHS4 file: streamed in blocks, resumed after a kill, complete or not there at all.

Everything is written into `<file>.index.partial`, each part aside and renamed, and the folder gets its name when
it is complete. A kill at any moment loses at most the blocks under way. Memory: about 6 bytes a gene and sample of
a block for each worker, 0.4 GB at 67,186 genes; with the quantile pass under 4 GB at a million samples.
"""

from __future__ import annotations

import errno
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from backend import settings
from backend.archs4 import genes as gene_table
from backend.archs4 import rules as tissue_rules
from backend.archs4.layout import Layout, detect
from backend.atlas import block, chunks, executor, neighbours, place, sample_table, statistics, store
from backend.errors import ExpronautError, NotConfigured, TooLarge

WIDE, NARROW, FEW = 4_096, 1_024, 8_192  # samples of a block; narrow ones below FEW samples
GENES_AT_ONCE = 1_024  # of one task of the quantile pass
MOST_WORKERS = 8  # bounds the memory
SCANNED_WHOLE = 65_536  # samples up to which co-expression reads the whole store instead of candidates


@dataclass(frozen=True)
class Step:
    """Progress: `done` of `of` units of this part; started: seconds of time.monotonic when the part began."""

    part: str
    done: int
    of: int
    unit: str
    started: float


class Cancelled(ExpronautError):
    """The user stopped it; what is finished is kept and building goes on there next time."""

    def __init__(self) -> None:
        super().__init__("Stopped.", "What is finished is kept; building goes on there next time.")


OnProgress = Callable[[Step], None]


def build(
    path: Path,
    *,
    small: bool = False,
    scheduler: str = "",
    threshold: float | None = None,
    on_progress: OnProgress | None = None,
    workers: int = MOST_WORKERS,
    width: int | None = None,
    scanned_whole: int = SCANNED_WHOLE,
) -> Path:
    """Build or finish the index of `path`; gives its folder.

    small: without the gene-major store in the end (it is needed meanwhile). scheduler: of a dask cluster, else
    threads. threshold: of the single-cell probability. on_progress is called often; raise Cancelled in it to stop.
    width: samples of a block, by their number when left out. scanned_whole: above so many samples, candidates are
    kept for co-expression.
    Raises NotConfigured for a file without counts or a folder that cannot be written, TooLarge when the disk is
    too small, Unavailable while another process builds, BadAnswer when the file is damaged.
    """
    source = detect(path)
    if source.family == "metadata":
        raise NotConfigured(f"{path.name} holds no counts, so there is nothing to index.", "Choose a gene file.")
    index = place.folder(path)
    with place.lock(index), _disk_errors(index):
        work = _Build(source, index, small, threshold, on_progress or (lambda _: None), width, scanned_whole)
        work.run(scheduler, workers)
    return index


@contextmanager
def _disk_errors(index: Path) -> Iterator[None]:
    """A full or read-only disk in the user's words; h5py tells it in a text only."""
    try:
        yield
    except OSError as error:
        told = str(error)  # h5py gives the number in its text only
        if error.errno in (errno.ENOSPC, errno.EDQUOT) or "errno = 28" in told or "No space left" in told:
            raise TooLarge(
                "The disk is full; what is finished of the index is kept.", "Free some space and build again."
            ) from error
        raise NotConfigured(
            f"{index.name} cannot be written: {error.strerror or error}.", "Check the folder's permissions."
        ) from error


class _Build:
    """One run over the parts, in order; each part that is there already is skipped."""

    def __init__(
        self,
        source: Layout,
        index: Path,
        small: bool,
        threshold: float | None,
        on_progress: OnProgress,
        width: int | None,
        scanned_whole: int,
    ) -> None:
        self.source, self.index, self.small, self.tell = source, index, small, on_progress
        self.threshold = settings.current().single_cell if threshold is None else threshold
        self.folder = place.partial(index)
        self.candidates = small or source.n_samples > scanned_whole
        width = width or (NARROW if source.n_samples <= FEW else WIDE)
        self.starts = (*range(0, source.n_samples, width), source.n_samples)
        self.began = time.monotonic()

    def run(self, scheduler: str, workers: int) -> None:
        self._prepare()
        self._samples()
        self._chunks()
        with ExitStack() as stack:
            team = executor.cluster(scheduler) if scheduler else executor.threads(workers)
            pool, ahead = stack.enter_context(team)
            self._blocks(pool, ahead)
            self._statistics(pool, ahead)
        self._names()
        self._finish()

    def _prepare(self) -> None:
        """Go on in the folder that is there if it was begun for the same file and settings, else start anew."""
        plan = {
            "file": place.key(self.source.identity),
            "threshold": self.threshold,
            "rules": tissue_rules.fingerprint(),
            "starts": list(self.starts),
        }
        if not place.same_json(self.folder / place.PLAN, plan):
            shutil.rmtree(self.folder, ignore_errors=True)
            self._check_disk()
            self.folder.mkdir(parents=True)
            place.write_json(self.folder / place.PLAN, plan)

    def _check_disk(self) -> None:
        free = shutil.disk_usage(self.index.parent).free
        need = needed_bytes(self.source)
        if free < need:
            raise TooLarge(
                f"The index needs about {need / 1e9:,.1f} GB while it is built; {free / 1e9:,.1f} GB are free.",
                "Free some space, or set EXPRONAUT_CACHE to a larger disk.",
            )

    def _step(self, part: str, unit: str) -> Callable[[int, int], None]:
        started = time.monotonic()
        return lambda done, of: self.tell(Step(part, done, of, unit, started))

    def _samples(self) -> None:
        step = self._step("Samples", "samples")
        if not ((self.folder / "samples.npz").is_file() and (self.folder / "samples.sqlite").is_file()):
            sample_table.build(self.source, self.folder, self.threshold, on_progress=step)
        step(self.source.n_samples, self.source.n_samples)

    def _chunks(self) -> None:
        if not chunks.why_slow(self.source) and not chunks.exists(self.folder):
            chunks.build(self.source, self.folder, self._step("Places of the counts", "pieces"))

    def _blocks(self, pool: Executor, ahead: int) -> None:
        step = self._step("Counts", "samples")
        numbers = range(len(self.starts) - 1)
        tasks = [
            (str(self.source.path), str(self.folder), number, self.starts[number], self.starts[number + 1])
            for number in numbers
        ]
        step(0, self.source.n_samples)
        if self._is_settled() and (self.small or all(store.block_path(self.folder, n).is_file() for n in numbers)):
            tasks = []  # a kill right at the end: the sums may be gone, and nobody needs them any more
        for number in executor.in_order(pool, ahead, block.process_block, tasks):
            step(self.starts[number + 1], self.source.n_samples)

    def _is_settled(self) -> bool:
        """Whether all that is computed from the blocks is there."""
        kept = not self.candidates or (self.folder / neighbours.CANDIDATES).is_file()
        return kept and (self.folder / neighbours.FILE).is_file()

    def _statistics(self, pool: Executor, ahead: int) -> None:
        if self._is_settled():
            return
        n_genes = self.source.n_genes
        tissues = int(block.labels_of(self.folder).size)
        libraries, moments = statistics.merge(self.folder, len(self.starts) - 1, n_genes, tissues)
        chunks.save(self.folder / "library_sizes.npy", libraries)
        places = neighbours.draw(libraries)
        chunks.save(self.folder / statistics.PLACES, places)
        step = self._step("Statistics", "genes")
        edges = [*range(0, n_genes, GENES_AT_ONCE), n_genes]
        tasks = [(str(self.folder), self.starts, a, b) for a, b in pairwise(edges)]
        parts, drawn = [], np.empty((n_genes, len(places)), dtype=np.uint8)
        for (_, _, first, last), (part, subset) in zip(
            tasks, executor.in_order(pool, ahead, statistics.quantiles, tasks), strict=True
        ):
            parts.append(part)
            drawn[first:last] = subset
            step(last, n_genes)
        n, n_series = statistics.counted(self.folder, libraries)
        statistics.write(self.folder, moments, parts, n, n_series)
        if self.candidates:
            chunks.save(self.folder / neighbours.CANDIDATES, drawn)
        everything = moments[:, 0, tissues]
        neighbours.build(
            self.folder,
            drawn,
            ~block.single_of(self.folder)[places],
            everything[:, 2] / statistics.DETECTED_SCALE,
            everything[:, 0] / statistics.SCALE,
            self._step("Partners", "genes"),
        )

    def _names(self) -> None:
        """The view over all blocks with the names, or nothing of the store when it is to be small."""
        if not self.candidates:  # of an index that was begun as a small one
            (self.folder / neighbours.CANDIDATES).unlink(missing_ok=True)
        if self.small:
            (self.folder / store.WHOLE).unlink(missing_ok=True)
            shutil.rmtree(self.folder / store.FOLDER, ignore_errors=True)
            return
        table = gene_table.read(self.source)
        names = {"gene": list(table.labels), "ensembl": list(table.ensembl), "sample": block.accessions(self.source)}
        store.write_whole(self.folder, self.starts, self.source.n_genes, names)

    def _finish(self) -> None:
        """The manifest, then the name. The blocks' sums are no longer needed."""
        with self.source.opened():
            pass
        shutil.rmtree(self.folder / block.SUMS, ignore_errors=True)
        slow = chunks.why_slow(self.source) or ("" if chunks.exists(self.folder) else chunks.OTHER_PIECES)
        place.write_json(
            self.folder / place.MANIFEST,
            {
                "file": place.key(self.source.identity),
                "name": self.source.path.name,
                "threshold": self.threshold,
                "rules": tissue_rules.fingerprint(),
                "starts": list(self.starts),
                "small": self.small,
                "built_with": slow or "compiled reader (numba, libdeflate)",
                "seconds": round(time.monotonic() - self.began, 1),
            },
        )
        place.replace_folder(self.folder, self.index)


def needed_bytes(source: Layout) -> int:
    """Disk space while the index is built, estimated generously from what was measured."""
    cells = source.n_genes * source.n_samples
    groups = 3 * 100 * 16 * source.n_genes // 2
    return int(0.42 * cells + 1_500 * source.n_samples + groups + 25 * source.n_genes * 200 + 50_000_000)
