"""Candidates for co-expression: samples drawn at random, and the partners of each gene among them.

candidates.npy (genes, drawn) u8 holds the codes of all genes in the drawn samples (candidate_places.npy); kept for
large files, where reading every gene of every sample would take minutes, and where the store is left out.
neighbours.h5 holds the strongest partners of the most expressed genes over the drawn bulk samples, for networks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backend import hdf5
from backend.aside import renamed
from backend.atlas import chunks, correlate
from backend.atlas.store import BUILD_AGAIN
from backend.errors import NotFound
from backend.filling import created

FILE, CANDIDATES = "neighbours.h5", "candidates.npy"
EACH = 100  # partners of each sign
MOST_GENES = 12_000
LEAST_DETECTED = 0.02  # share of samples with at least one read
DRAWN, MOST_DRAWN, ONE_IN = 4_096, 16_384, 16
TOGETHER = 1_024  # genes correlated with all others at once
ENOUGH = 1_536  # bulk samples of the table: r of two unrelated genes then has an SD of 0.026
SEED = 20_180_410

Floats32 = npt.NDArray[np.float32]


def draw(libraries: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Places of samples with reads, drawn at random with a fixed seed, ascending."""
    usable = np.flatnonzero(libraries > 0)
    most = min(len(usable), max(DRAWN, min(MOST_DRAWN, len(libraries) // ONE_IN)))
    return np.sort(np.random.default_rng(SEED).choice(usable, most, replace=False))


def build(
    folder: Path,
    subset: npt.NDArray[np.uint8],
    bulk: npt.NDArray[np.bool_],
    detected: npt.NDArray[np.float64],
    mean: npt.NDArray[np.float64],
    on_progress: Callable[[int, int], None],
) -> None:
    """neighbours.h5 from codes (genes, drawn); bulk: (drawn,). detected, mean: (genes,) over all bulk samples."""
    bulk = _some(bulk)
    chosen = np.flatnonzero(detected >= LEAST_DETECTED)
    chosen = np.sort(chosen[np.argsort(-mean[chosen], kind="stable")[:MOST_GENES]])
    scaled, kept = _scaled(subset, chosen, bulk)
    chosen = chosen[kept]
    each = min(EACH, max(len(chosen) - 1, 0))
    partner = np.zeros((len(chosen), 2 * each), dtype=np.int32)
    r = np.zeros(partner.shape, dtype=np.float32)
    for start in range(0, len(chosen), TOGETHER):
        stop = min(start + TOGETHER, len(chosen))
        found = scaled[start:stop] @ scaled.T
        found[np.arange(stop - start), np.arange(start, stop)] = 0
        places = np.empty((stop - start, 2 * each), dtype=np.int64)
        correlate.ends(found, each, places)
        partner[start:stop] = chosen[places]
        r[start:stop] = np.take_along_axis(found, places, axis=1)
        on_progress(stop, len(chosen))
    with renamed(folder / FILE, alone=True) as part, created(part, libver="latest") as (file, _):
        file["gene"] = chosen
        for name, values in (("partner", partner), ("r", r.astype(np.float16))):
            small = {"chunks": (min(16, len(values)), values.shape[1]), "compression": "gzip", "shuffle": True}
            file.create_dataset(name, data=values, **(small if values.size else {}))
        file.attrs["n"] = int(bulk.sum())


def _some(bulk: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """At most a third of the drawn samples, or ENOUGH: the table's time grows with them, its r hardly gets better."""
    places, most = np.flatnonzero(bulk), max(ENOUGH, len(bulk) // 3)
    if len(places) <= most:
        return bulk
    kept = np.zeros_like(bulk)
    kept[np.random.default_rng(SEED).choice(places, most, replace=False)] = True
    return kept


def _scaled(
    subset: npt.NDArray[np.uint8], chosen: npt.NDArray[np.intp], bulk: npt.NDArray[np.bool_]
) -> tuple[Floats32, npt.NDArray[np.bool_]]:
    """Rows with mean 0 and length 1, so that products are Pearson's r; and which rows vary at all."""
    values = subset[chosen][:, bulk].astype(np.float32)
    values -= values.sum(axis=1, keepdims=True) / max(1, values.shape[1])  # there may be no bulk sample
    length = np.sqrt((values**2).sum(axis=1))
    kept = length > 0
    return values[kept] / length[kept, None], kept


@dataclass(frozen=True)
class Neighbours:
    """The table of partners."""

    path: Path

    def of(self, gene: int) -> tuple[npt.NDArray[np.int64], Floats32, int]:
        """Rows of the partners of a gene, their r, strongest |r| first, and n. Raises NotFound for a gene without."""
        with hdf5.opened(self.path, BUILD_AGAIN) as file:
            genes = file["gene"][:]
            at = int(np.searchsorted(genes, gene))
            if at >= len(genes) or genes[at] != gene:
                raise NotFound("This gene is too rarely detected for the table of partners.", "Choose another gene.")
            partner, r, n = file["partner"][at], file["r"][at].astype(np.float32), int(file.attrs["n"])
        partner, first = np.unique(partner, return_index=True)  # of few genes, the ends of the order overlap
        partner, r = partner[partner != gene], r[first][partner != gene]
        order = np.argsort(-np.abs(r), kind="stable")
        return partner[order].astype(np.int64), r[order], n


def candidates(folder: Path) -> npt.NDArray[np.uint8] | None:
    """Codes (genes, drawn), mapped; None where they were not kept."""
    path = folder / CANDIDATES
    return np.asarray(chunks.mapped(path)) if path.is_file() else None
