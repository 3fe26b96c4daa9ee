"""Statistics of log2(1+CPM) for every gene, pool and tissue: exact sums from the counts, quantiles from the store.

statistics.h5 holds a row of bytes for each gene, (pools, tissues + all, FIELDS) u16 with the low bytes first: number
/ SCALE is log2(1+CPM) for every field but `detected`, a share of DETECTED_SCALE. means.npy has the means once more,
(pools, genes, tissues + all); counted.npy how many samples and series are behind them, (2, pools, tissues + all).
Quantiles interpolate linearly between neighbours, as numpy does; SD is the population SD.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backend.atlas import block, chunks, codes, kernels, store
from backend.atlas.samples import SampleTable
from backend.atlas.store import Store
from backend.model import POOLS

ROWS, MEANS, COUNTED = "statistics.h5", "means.npy", "counted.npy"
PLACES = "candidate_places.npy"  # samples drawn at random, ascending
FIELDS = ("mean", "sd", "detected", "min", "q1", "median", "q3", "max")
SCALE = 256 * codes.STEPS  # of log2(1+CPM) in u16: 20.08 is the largest
DETECTED_SCALE = 65_535
QUANTILES = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
ROW_BYTES = 64_000_000  # of codes in memory at once, for each worker

Packed = npt.NDArray[np.uint16]


def merge(folder: Path, blocks: int, n_genes: int, tissues: int) -> tuple[npt.NDArray[np.int64], Packed]:
    """Library sizes of all samples; mean, sd and detected (genes, pools, tissues + all, 3) from the blocks' sums.

    Blocks are added in their order in float64, so the result does not depend on who computed them.
    """
    groups = 2 * tissues
    total, square = (np.zeros((groups, n_genes)) for _ in range(2))
    detected = np.zeros((groups, n_genes), dtype=np.int64)
    libraries = []
    for number in range(blocks):
        part = block.read_sums(folder, number)
        for place, group in enumerate(part["groups"]):
            total[group] += part["total"][place]
            square[group] += part["square"][place]
            detected[group] += part["detected"][place]
        libraries.append(part["libraries"])
    sizes = np.concatenate(libraries)
    n = np.bincount(block.groups_of(folder)[sizes > 0], minlength=groups)
    found: Packed = np.zeros((n_genes, len(POOLS), tissues + 1, 3), dtype=np.uint16)
    for pool, tissue, members in _groups(tissues):
        if count := int(n[members].sum()):
            mean = total[members].sum(axis=0) / count
            spread = np.sqrt(np.maximum(square[members].sum(axis=0) / count - mean**2, 0))
            share = detected[members].sum(axis=0) / count
            for place, (values, scale, unit) in enumerate(
                ((mean, SCALE, 4), (spread, SCALE, 4), (share, DETECTED_SCALE, 15))
            ):
                kept = 1 if tissue == tissues else unit  # the rest would not compress; z needs the reference finer
                found[:, pool, tissue, place] = np.round(values * scale / kept) * kept
    return sizes, found


def _groups(tissues: int) -> list[tuple[int, int, npt.NDArray[np.intp]]]:
    """(pool, tissue or `tissues` for all, groups that make it up)."""
    every = np.arange(tissues)
    sets = []
    for pool, offsets in enumerate(((0,), (1,), (0, 1))):
        for tissue in range(tissues + 1):
            chosen = every if tissue == tissues else np.array([tissue])
            sets.append((pool, tissue, np.concatenate([2 * chosen + offset for offset in offsets])))
    return sets


def quantiles(folder: str, starts: tuple[int, ...], first: int, last: int) -> tuple[Packed, store.Rows]:
    """Quantiles of genes first..last from the store, (genes, pools, tissues + all, 5) u16, and their codes in the
    samples of candidates.PLACES; for any executor."""
    index = Path(folder)
    groups = block.groups_of(index)
    tissues = int(SampleTable(index).labels.size)
    groups[np.load(index / "library_sizes.npy") == 0] = -1
    whole, drawn = Store(index, starts), np.load(index / PLACES)
    subset: store.Rows = np.empty((last - first, len(drawn)), dtype=np.uint8)
    found: Packed = np.zeros((last - first, len(POOLS), tissues + 1, len(QUANTILES)), dtype=np.uint16)
    at_once = max(1, ROW_BYTES // max(1, whole.n_samples))
    for start in range(first, last, at_once):
        stop = min(start + at_once, last)
        rows = whole.rows(np.arange(start, stop))
        kernels.quantiles(rows, groups, tissues, QUANTILES, found[start - first : stop - first])
        subset[start - first : stop - first] = rows[:, drawn]
    return found, subset


def counted(folder: Path, sizes: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """n and n_series, (pools, tissues + all); a sample without reads counts nowhere, one of two series in both."""
    samples = SampleTable(folder)
    tissues = samples.labels.size
    usable = sizes > 0
    n, series = (np.zeros((len(POOLS), tissues + 1), dtype=np.int64) for _ in range(2))
    for pool, chosen in enumerate((~samples.single, samples.single, np.ones_like(samples.single))):
        places = np.flatnonzero(chosen & usable)
        pairs = series_of(samples, chosen & usable)
        n[pool, :tissues] = np.bincount(samples.tissue[places], minlength=tissues)
        series[pool, :tissues] = np.bincount(pairs[0], minlength=tissues)
        n[pool, tissues], series[pool, tissues] = len(places), len(np.unique(pairs[1]))
    return n, series


def series_of(samples: SampleTable, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """(tissue, series) of the chosen samples, each pair once, (2, pairs); a sample counts in each of its series."""
    places = np.flatnonzero(chosen)
    more = chosen[samples.more_place]
    every = np.concatenate([places, samples.more_place[more]])
    series = np.concatenate([samples.series[places], samples.more_series[more]]).astype(np.int64)
    pairs = np.unique(np.stack([samples.tissue[every].astype(np.int64), series]), axis=1)
    return pairs[:, pairs[1] >= 0]


def write(
    folder: Path,
    moments: Packed,
    parts: list[Packed],
    n: npt.NDArray[np.int64],
    n_series: npt.NDArray[np.int64],
) -> None:
    """Statistics, means and counts into `folder`, each aside first. parts: quantiles of the genes in order."""
    whole = np.concatenate([moments, np.concatenate(parts)], axis=3)
    chunks.save(folder / MEANS, np.ascontiguousarray(whole[..., 0].swapaxes(0, 1)))
    chunks.save(folder / COUNTED, np.stack([n, n_series]))
    store.write_rows(folder / ROWS, _planes(whole))


def _planes(values: Packed) -> store.Rows:
    """Each gene's numbers as a row of bytes, all low bytes before all high ones, which compress better so."""
    pairs = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), -1, 2)
    return np.ascontiguousarray(pairs.transpose(0, 2, 1)).reshape(len(values), -1)


@dataclass(frozen=True)
class Statistics:
    """The statistics of an index. n, n_series: (pools, tissues + all)."""

    folder: Path
    n: npt.NDArray[np.int64]
    n_series: npt.NDArray[np.int64]

    @classmethod
    def of(cls, folder: Path) -> Statistics:
        """Raises BadAnswer when they are damaged."""
        n, n_series = np.asarray(chunks.mapped(folder / COUNTED))
        return cls(folder, n, n_series)

    def values(self, genes: npt.NDArray[np.integer], pool: int) -> npt.NDArray[np.float64]:
        """(genes, tissues + all, FIELDS) in log2(1+CPM), `detected` as a share; rows of empty groups mean nothing."""
        groups = self.n.shape[1]
        rows = store.read_rows(self.folder / ROWS, np.asarray(genes), 2 * len(POOLS) * groups * len(FIELDS))
        pairs = np.ascontiguousarray(rows.reshape(len(rows), 2, -1).transpose(0, 2, 1))
        packed = pairs.view(np.uint16).reshape(len(rows), len(POOLS), groups, len(FIELDS))[:, pool]
        found = packed / SCALE
        found[:, :, 2] *= SCALE / DETECTED_SCALE
        return np.asarray(found)

    def overall(self, pool: int) -> npt.NDArray[np.float64]:
        """Mean log2(1+CPM) of every gene over a whole pool, (genes,)."""
        return np.asarray(chunks.mapped(self.folder / MEANS)[pool, :, -1] / SCALE)

    def means(self, pool: int) -> npt.NDArray[np.float64]:
        """Mean log2(1+CPM) of every gene, (genes, tissues + all)."""
        return np.asarray(chunks.mapped(self.folder / MEANS)[pool] / SCALE)
