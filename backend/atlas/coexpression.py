"""With what a gene is expressed: partners over a pool, or exactly within any group of samples.

Over a pool, files of up to 65,536 samples are read whole from the store. Larger ones first look for candidates
among samples drawn at random, then r of the candidates is computed over all samples. Within a tissue, a series or
a search result the exact counts of all its samples are read from the file.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend import stats
from backend.archs4 import counts as slowly
from backend.atlas import correlate, exact
from backend.atlas.index import Index, Mask, Places
from backend.errors import NotFound
from backend.model import COEXPRESSION_COLUMNS, EDGE_COLUMNS, Pool

Method = Literal["pearson", "spearman"]
RERANKED = 1_000  # candidates of each sign
LOW = 0.5  # mean log2(1+CPM) below which a partner is marked
FEWEST = 4  # samples for a correlation
MOST_SAMPLES = 10_000  # of a group read exactly; more are drawn at random
SLAB_BYTES = 32_000_000
CELLS = 2_000_000  # genes x samples as float64 at once
_TURNS = threading.BoundedSemaphore(2)  # users who read everything at the same time; bounds the memory of a server
SEED = 11
Floats = npt.NDArray[np.float64]


def partners(index: Index, row: int, pool: Pool, method: Method, limit: int) -> pd.DataFrame:
    """Up to `limit` partners of each sign over a pool: COEXPRESSION_COLUMNS and low, strongest |r| first.

    attrs: method (a sentence), n. low: mean log2(1+CPM) below LOW. Raises NotFound for a gene that does not vary.
    """
    inside = index.inside(pool)
    _enough(index, int(inside.sum()), index.called(pool))
    r, n, how = _over_pool(index, row, inside, method)
    return _table(index, row, r, n, index.statistics.overall(index.pool_number(pool)), limit, how)


def _over_pool(index: Index, row: int, inside: Mask, method: Method) -> tuple[Floats, int, str]:
    """r with every gene (NaN where unknown), over how many samples, and in a sentence how it was found."""
    n = int(inside.sum())
    count = f"{n:,} samples"
    if index.store is not None and index.candidates is None:
        one = index.store.rows([row])[0]
        return _scan(index, one, inside, method), n, f"{method.capitalize()} over all {count}, of every gene."
    if index.candidates is None:
        raise NotFound("This index holds neither the store nor candidates.", "Build the index again.")
    drawn, places = index.candidates
    chosen = inside[places]
    n_drawn = int(chosen.sum())
    _enough(index, n_drawn, "samples drawn at random")
    r = correlate.with_rows(drawn[row], drawn, chosen, method)
    among = f"among {n_drawn:,} samples drawn at random"
    if index.store is None:
        return r, n_drawn, f"{method.capitalize()} {among}; this small index holds no more."
    best = _strongest(r, row, RERANKED)
    r_exact = np.full(len(r), np.nan)
    r_exact[best] = correlate.with_rows(index.store.rows([row])[0], index.store.rows(best), inside, method)
    return r_exact, n, f"{method.capitalize()} over all {count} for {len(best):,} candidates found {among}."


def _scan(index: Index, one: npt.NDArray[np.uint8], inside: Mask, method: Method) -> Floats:
    """r of a gene with every gene, over the whole store."""
    store = index.needs_store("Co-expression over all samples")
    at_once = max(16, SLAB_BYTES // max(1, store.n_samples))
    starts = range(0, index.layout.n_genes, at_once)

    def slab(start: int) -> Floats:
        rows = store.rows(np.arange(start, min(start + at_once, index.layout.n_genes)))
        return correlate.with_rows(one, rows, inside, method)

    with _TURNS, ThreadPoolExecutor(os.cpu_count() or 1) as team:
        return np.concatenate(list(team.map(slab, starts)))


def _strongest(r: Floats, row: int, each: int) -> npt.NDArray[np.intp]:
    """Places of the `each` largest and smallest r, without the gene itself, ascending."""
    known = np.flatnonzero(~np.isnan(r))
    known = known[known != row]
    order = known[np.argsort(r[known], kind="stable")]
    return np.unique(np.concatenate([order[:each], order[-each:]]))


def _table(index: Index, row: int, r: Floats, n: int, mean: Floats, limit: int, how: str) -> pd.DataFrame:
    r = r.copy()
    r[row] = np.nan
    known = np.flatnonzero(~np.isnan(r))
    if not len(known):
        hint = "Choose a gene that varies, or other samples."
        raise NotFound(
            f"{index.label(row)} has the same value in all {n:,} samples, so it correlates with nothing.", hint
        )
    p = stats.p_values(r, np.full(len(r), n))
    q = _q_values(p, index.layout.n_genes)
    keep = np.array([place for place in _strongest(r, row, limit) if r[place] != 0], dtype=np.intp)
    positive, negative = keep[r[keep] > 0], keep[r[keep] < 0]
    keep = np.concatenate([positive[np.argsort(-r[positive])][:limit], negative[np.argsort(r[negative])][:limit]])
    keep = keep[np.argsort(-np.abs(r[keep]), kind="stable")]
    table = pd.DataFrame(
        {
            "gene": [index.label(place) for place in keep],
            "r": r[keep],
            "n": n,
            "p": p[keep],
            "q": q[keep],
            "mean_expression": mean[keep],
            "low": mean[keep] < LOW,
        }
    )
    table = table[[*COEXPRESSION_COLUMNS, "low"]]
    table.attrs |= {"method": how, "n": n}
    return table


def _q_values(p: Floats, genes: int) -> Floats:
    """Benjamini-Hochberg over all genes; those that were no candidates count as the least significant."""
    filled = np.where(np.isnan(p), 1.0, p)
    q = stats.q_values(np.concatenate([filled, np.ones(max(0, genes - len(filled)))]))[: len(p)]
    return np.asarray(np.where(np.isnan(p), np.nan, q))


def partners_within(index: Index, row: int, places: Places, method: Method, limit: int) -> pd.DataFrame:
    """The same within a group of samples, from their exact counts; over MOST_SAMPLES a random draw, said in attrs."""
    places = places[index.usable[places]]
    _enough(index, len(places), "samples with reads in this group")
    of = len(places)
    if of > MOST_SAMPLES:
        places = np.sort(np.random.default_rng(SEED).choice(places, MOST_SAMPLES, replace=False))
    r, mean = _exactly(index, row, places, method)
    drawn = f" drawn at random from {of:,}" if of > len(places) else ""
    how = f"{method.capitalize()} of exact log2(1+CPM) over {len(places):,} samples{drawn}, of every gene."
    return _table(index, row, r, len(places), mean, limit, how)


def _exactly(index: Index, row: int, places: Places, method: Method) -> tuple[Floats, Floats]:
    """r and mean of every gene in these samples, piece of genes by piece."""
    one = exact.values(index, [row], places)[0]
    libraries = index.libraries[places]
    r, mean = np.full(index.layout.n_genes, np.nan), np.zeros(index.layout.n_genes)
    if np.ptp(one) == 0:
        return r, mean
    at_once = max(1, CELLS // len(places))
    with _TURNS:
        for first, counted in _slabs(index, places):
            for start in range(0, len(counted), at_once):
                values = exact.logged(counted[start : start + at_once], libraries)
                genes = slice(first + start, first + start + len(values))
                mean[genes] = values.mean(axis=1)
                r[genes] = _pearson(one, values) if method == "pearson" else stats.spearman(one, values)[0]
    return r, mean


def _pearson(one: Floats, values: Floats) -> Floats:
    """r of complete rows; NaN for rows that do not vary."""
    first = one - one.mean()
    rows = values - values.mean(axis=1, keepdims=True)
    length = np.sqrt((rows**2).sum(axis=1) * (first @ first))
    flat = np.ptp(values, axis=1) == 0
    r = np.clip(rows @ first / np.where(length > 0, length, np.nan), -1.0, 1.0)
    return np.asarray(np.where(flat, np.nan, r))


def _slabs(index: Index, places: Places) -> Iterator[tuple[int, exact.Counts]]:
    """First gene and counts (genes, these samples) of run after run of genes, within bounded memory."""
    n_genes = index.layout.n_genes
    if index.pieces is None:
        at_once = max(1, slowly.MAX_CELLS // (4 * len(places)))
        for start in range(0, n_genes, at_once):
            genes = np.arange(start, min(start + at_once, n_genes))
            yield start, slowly.counts(index.layout, genes, places)
        return
    piece_genes = index.pieces.piece_genes
    with exact.opened_fast(index) as read:
        for piece in range(-(-n_genes // piece_genes)):
            genes = np.arange(piece * piece_genes, min((piece + 1) * piece_genes, n_genes))
            yield piece * piece_genes, read(piece, genes, places)


def correlations(index: Index, rows: Sequence[int], pool: Pool) -> pd.DataFrame:
    """Pearson r of every pair of a few genes over a pool: EDGE_COLUMNS, attrs n; pairs without r are left out."""
    inside = index.inside(pool)
    if index.store is not None:
        found = index.store.rows(rows)
    elif index.candidates is not None:
        drawn, places = index.candidates
        found, inside = drawn[np.asarray(rows)], inside[places]
    else:
        raise NotFound("This index holds neither the store nor candidates.", "Build the index again.")
    n = int(inside.sum())
    names = [index.label(row) for row in rows]
    pairs = []
    for i in range(len(rows) - 1):
        r = correlate.with_rows(found[i], found[i + 1 :], inside, "pearson")
        pairs += [(names[i], names[i + 1 + j], value, n) for j, value in enumerate(r) if not np.isnan(value)]
    table = pd.DataFrame(pairs, columns=list(EDGE_COLUMNS))
    table.attrs["n"] = n
    return table


def _enough(index: Index, n: int, what: str) -> None:
    if n < FEWEST:
        raise NotFound(
            f"{index.layout.path.name} has {n} {what}; a correlation needs {FEWEST}.", "Choose other samples."
        )
