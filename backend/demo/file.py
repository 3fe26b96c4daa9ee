"""A simulated cohort as a file of the layout ARCHS4 v2.5: chunks of 2,000 genes x 1 sample, gzip level 4."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import h5py
import numpy as np

from backend.aside import renamed
from backend.demo import genes as gene_rows
from backend.demo.counts import Expression
from backend.demo.genes import Genes
from backend.demo.studies import Sample
from backend.demo.studies import samples as drawn
from backend.demo.wording import SIMULATED, TEXTS, texts
from backend.errors import BadInput, NotConfigured
from backend.filling import created

Progress = Callable[[int, int], None]  # samples written, samples in all

SAMPLES, SEED = 2_400, 2026
CHUNK = 2_000  # genes
LEVEL = 4
BLOCK = 1_000  # samples appended at once, gene chunk by gene chunk
BATCH = 25  # samples drawn at once; keeps a draw in the cache of the processor
THREADS = 2
CHUNK_BYTES, TEXT_BYTES = 1_900, 4_500  # of the file, at most: a chunk with its index; the texts of a sample


def write(
    path: Path,
    samples: int = SAMPLES,
    seed: int = SEED,
    on_progress: Progress | None = None,
    genes: int | None = None,
) -> None:
    """A simulated file of `samples` samples at `path`, replacing what is there; about 5 s per 1,000 samples.

    genes: as `genes.rows`, all real ones when left out. The same arguments give the same bytes. Memory stays below
    1 GB however many samples. Written beside `path` as <name>.part and renamed, by one writer at a time;
    on_progress(samples done, samples in all) may raise, which cancels and leaves nothing behind.
    Raises BadInput for no samples or too few genes, NotConfigured when the disk is full or refuses.
    """
    if samples < 1:
        raise BadInput(f"A simulated file of {samples} samples is empty.", "Ask for at least one.")
    rows = gene_rows.rows(genes)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _check_room(path, samples, len(rows))
        with renamed(path, alone=True) as part, created(part) as (file, check):

            def tell(done: int, of: int) -> None:
                check()
                (on_progress or _silent)(done, of)

            _describe(file, rows)
            _fill(file, samples, seed, Expression(rows, seed), tell)
    except OSError as error:
        hint = "Choose a folder that can be written to and has room."
        raise NotConfigured(
            f"{path.name} cannot be written to {path.parent}: {error.strerror or error}.", hint
        ) from error


def _silent(done: int, of: int) -> None:
    """No progress is asked for."""


def _check_room(path: Path, samples: int, genes: int) -> None:
    needed = samples * (-(-genes // CHUNK) * CHUNK_BYTES + TEXT_BYTES)
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        what = f"{path.name} needs up to {needed / 1e6:,.0f} MB in {path.parent}, where {free / 1e6:,.0f} MB are free"
        raise NotConfigured(f"{what}.", "Make room or choose another folder.")


def _describe(file: h5py.File, genes: Genes) -> None:
    """The file about itself, and its genes."""
    info = {
        "author": "Expronaut",
        "contact": "none: simulated data",
        "creation-date": "01/01/2026",
        "laboratory": "none: simulated data",
        "version": "2.5",
        "simulated": SIMULATED,
    }
    if "simulated" in genes.biotypes:
        info["simulated"] += " Genes named SIM00001 and so on do not exist."
    for name, value in info.items():
        file[f"meta/info/{name}"] = value
    for name, values in (("symbol", genes.symbols), ("ensembl_gene", genes.ensembl), ("biotype", genes.biotypes)):
        file.create_dataset(f"meta/genes/{name}", data=list(values), dtype=h5py.string_dtype())


def _fill(file: h5py.File, number: int, seed: int, expression: Expression, on_progress: Progress) -> None:
    """The samples, block by block."""
    n_genes = len(file["meta/genes/symbol"])
    counts = file.create_dataset(
        "data/expression",
        shape=(n_genes, number),
        dtype=np.uint32,
        maxshape=(n_genes, None),
        chunks=(min(CHUNK, n_genes), 1),
        compression="gzip",
        compression_opts=LEVEL,
    )
    fields = {**dict.fromkeys(TEXTS, h5py.string_dtype()), "singlecellprobability": np.dtype(np.float64)}
    for name, dtype in sorted(fields.items()):
        chunk = (min(number, BLOCK),)
        file.create_dataset(f"meta/samples/{name}", shape=(number,), dtype=dtype, maxshape=(None,), chunks=chunk)
    with ThreadPoolExecutor(THREADS) as pool:
        on_progress(0, number)
        for start, block in _cut(drawn(number, seed), BLOCK):
            _write_texts(file, start, block, seed)
            _write_counts(counts, start, _pieces(pool, expression, start, block, on_progress, number))


def _pieces(
    pool: ThreadPoolExecutor, expression: Expression, start: int, block: list[Sample], tell: Progress, number: int
) -> list[list[bytes]]:
    """The chunks of every sample of a block, drawn and compressed; what is left is dropped when `tell` raises."""
    found: list[list[bytes]] = []
    jobs = [pool.submit(_compressed, expression, start + at, batch) for at, batch in _cut(iter(block), BATCH)]
    try:
        for job in jobs:
            found += job.result()
            tell(start + len(found), number)
    finally:
        for job in jobs:
            job.cancel()
    return found


def _cut(samples: Iterator[Sample], size: int) -> Iterator[tuple[int, list[Sample]]]:
    """Lists of up to `size` samples, each with the place of its first."""
    at = 0
    while piece := list(islice(samples, size)):
        yield at, piece
        at += len(piece)


def _write_texts(file: h5py.File, start: int, block: Sequence[Sample], seed: int) -> None:
    told = [texts(sample, seed) for sample in block]
    place = slice(start, start + len(block))
    for name in TEXTS:
        file[f"meta/samples/{name}"][place] = [fields[name] for fields in told]
    file["meta/samples/singlecellprobability"][place] = [sample.probability for sample in block]


def _compressed(expression: Expression, first: int, batch: Sequence[Sample]) -> list[list[bytes]]:
    """The chunks of each sample as HDF5 stores them."""
    counts = expression.draw(first, batch)
    n_genes = counts.shape[1]
    chunk = min(CHUNK, n_genes)
    padded = np.zeros((len(batch), -(-n_genes // chunk) * chunk), dtype="<u4")
    padded[:, :n_genes] = counts
    starts = range(0, padded.shape[1], chunk)
    return [[zlib.compress(row[at : at + chunk].tobytes(), LEVEL) for at in starts] for row in padded]


def _write_counts(counts: h5py.Dataset, start: int, pieces: Sequence[Sequence[bytes]]) -> None:
    chunk = counts.chunks[0]
    for at in range(len(pieces[0])):
        for place, piece in enumerate(pieces, start):
            counts.id.write_direct_chunk((at * chunk, place), piece[at])
