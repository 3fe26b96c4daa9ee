"""Co-expression across the spots of a section, from the stored numbers only: what is not stored is a true 0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from backend import stats
from backend.errors import NotFound
from backend.model import COEXPRESSION_COLUMNS, EDGE_COLUMNS
from backend.section.scales import Scale
from backend.section.store import SectionStore, damaged

FEWEST = 4  # spots for a correlation
ROUNDING = 1e-12  # a variance below this share of the mean square is rounding, not signal
BLOCK = 8_000_000  # numbers of rows that are held at once
AHEAD = 2  # runs of genes that are added up while the next is read
NEAR = (
    "Neighbouring spots resemble each other, so the spots are no independent observations: p and q would be far too "
    "small and are not told. Compare r between genes."
)

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Correlated:
    """A gene with every gene: r, over how many spots, and the mean of each over the spots of the gene; (genes,)."""

    r: Floats
    n: Floats
    mean: Floats

    def strongest(self, place: int, labels: Sequence[str], limit: int) -> pd.DataFrame:
        """Partners, up to `limit` of each sign, strongest first: COEXPRESSION_COLUMNS. place: of the gene itself.

        p and q are NaN (NEAR says why).
        """
        r = self.r.copy()
        r[place] = np.nan
        keep = stats.strongest(r, limit)
        table = pd.DataFrame(
            {
                "gene": [labels[one] for one in keep],
                "r": r[keep],
                "n": self.n[keep].astype(int),
                "p": np.nan,
                "q": np.nan,
                "mean_expression": self.mean[keep],
            }
        )
        return table[list(COEXPRESSION_COLUMNS)]


def with_all(
    store: SectionStore, place: int, labels: Sequence[str], scale: Scale, columns: Places | None = None
) -> Correlated:
    """One gene with every gene, over all spots or these: Pearson over the spots measured for both.

    Raises NotFound for fewer than FEWEST spots, or when the gene does not vary.
    """
    asked = _only(scale.apply(store.rows([place]))[0], columns)
    if np.count_nonzero(~np.isnan(asked)) < FEWEST:
        raise NotFound(f"{labels[place]} is measured in fewer than {FEWEST} spots.", "Choose another gene or group.")
    if _is_flat(asked):
        raise flat(labels[place])
    r, n, mean = correlate(store, asked[None, :], scale)
    return Correlated(r[0], n[0], mean)


def panel(
    store: SectionStore, places: Sequence[int], labels: Sequence[str], scale: Scale
) -> dict[int, Correlated | NotFound]:
    """Several genes with every gene over all spots, in one pass over the numbers, or why there is no r."""
    rows = scale.apply(store.rows(list(places)))
    found: dict[int, Correlated | NotFound] = {}
    for place, row in zip(places, rows, strict=True):
        if _is_flat(row):
            found[place] = flat(labels[place])
        elif np.isnan(row).any() or len(row) < FEWEST:  # its spots are others than those of the rest
            try:
                found[place] = with_all(store, place, labels, scale)
            except NotFound as error:
                found[place] = error
    others = [at for at, place in enumerate(places) if place not in found]
    if others:
        r, n, mean = correlate(store, rows[others], scale)
        found |= {places[at]: Correlated(r[one], n[one], mean) for one, at in enumerate(others)}
    return found


def flat(label: str) -> NotFound:
    """A gene of which no r is defined."""
    return NotFound(f"{label} does not vary over these spots.", "Choose a gene that varies.")


def correlate(store: SectionStore, asked: Floats, scale: Scale) -> tuple[Floats, Floats, Floats]:
    """r of vectors with every gene and over how many spots, (k, genes); the mean of each gene over their spots.

    asked: (k, spots) on the scale, NaN where a spot does not count, for all at the same spots. r is NaN where a gene
    does not vary.
    """
    seen = ~np.isnan(asked[0])
    count = int(np.count_nonzero(seen))
    centred = np.where(seen, asked - asked[:, seen].mean(axis=1, keepdims=True), 0.0)
    sums, products = _sums(store, centred, seen, scale)
    total, squares, missing = sums.T
    mean = total / count
    spread = squares - total * mean
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.clip(products.T / np.sqrt(np.outer((centred**2).sum(axis=1), spread)), -1.0, 1.0)
    r[:, ~(spread > ROUNDING * np.maximum(squares, np.finfo(float).tiny))] = np.nan
    n = np.full(r.shape, float(count))
    for block in _blocks(np.flatnonzero(missing), asked.shape[1]):
        rows = scale.apply(store.rows(list(block)))
        for one in range(len(asked)):
            r[one, block], n[one, block] = stats.pearson(asked[one], rows)
        mean[block] = stats.mean_and_sd(np.where(seen, rows, np.nan))[0]
    r[n < FEWEST] = np.nan
    return r, n, mean


def varied(store: SectionStore, scale: Scale) -> Floats:
    """SD of each gene over all spots on the scale, (genes,); over the stored numbers and the zeros between them."""
    genes, count = len(store.head.ids), len(store.head.spots)
    if genes * count <= BLOCK:  # quicker than to bring numba
        return stats.mean_and_sd(scale.apply(store.rows(range(genes))))[1]
    sums, _ = _sums(store, np.empty((0, count)), np.ones(count, dtype=bool), scale)
    total, squares, missing = sums.T
    n = np.maximum(count - missing, 1)
    return np.asarray(np.sqrt(np.maximum(squares / n - (total / n) ** 2, 0.0)))


def pairs(store: SectionStore, places: Sequence[int], labels: Sequence[str], scale: Scale) -> pd.DataFrame:
    """r of every pair among a few genes over all spots measured for both, FEWEST at least: EDGE_COLUMNS."""
    rows, gaps = _sparse_rows(store, places, scale)
    count = rows.shape[1]
    mean = np.asarray(rows.sum(axis=1)).ravel() / count
    products = np.asarray((rows @ rows.T).todense()) - count * np.outer(mean, mean)
    squares = np.asarray(rows.multiply(rows).sum(axis=1)).ravel()
    spread = products.diagonal().copy()
    spread[~(spread > ROUNDING * np.maximum(squares, np.finfo(float).tiny))] = np.nan
    r = np.clip(products / np.sqrt(np.outer(spread, spread)), -1.0, 1.0)
    n = np.full(r.shape, count)
    for one in gaps:
        r[one], n[one] = r[:, one], n[:, one] = _with_each(store, places, one, scale)
    r[n < FEWEST] = np.nan
    first, second = np.triu_indices(len(places), k=1)
    names = np.array([labels[place] for place in places], dtype=object)
    table = pd.DataFrame(
        {"gene_a": names[first], "gene_b": names[second], "r": r[first, second], "n": n[first, second]}
    )
    return table.dropna(subset="r")[list(EDGE_COLUMNS)].reset_index(drop=True)


def _only(values: Floats, columns: Places | None) -> Floats:
    """The numbers of these spots, NaN elsewhere."""
    if columns is None:
        return values
    kept = np.full(len(values), np.nan)
    kept[columns] = values[columns]
    return kept


def _is_flat(row: Floats) -> bool:
    known = row[~np.isnan(row)]
    return not len(known) or bool(stats.flat_rows(known[None, :])[0])


def _sums(store: SectionStore, asked: Floats, member: npt.NDArray[np.bool_], scale: Scale) -> tuple[Floats, Floats]:
    """Sums and products of each gene, as `add_up`; runs of genes are added up in threads while the next is read."""
    from backend.section.sums import add_up  # brings numba, which takes a second to import

    genes = len(store.head.ids)
    sums, products = np.zeros((genes, 3)), np.zeros((genes, len(asked)))
    factors = np.empty(0) if scale.factors is None else scale.factors
    columns = np.ascontiguousarray(asked.T)
    with ThreadPoolExecutor(AHEAD) as pool:
        waiting: list[Future[None]] = []
        for place, first, spots, values in store.pieces(plain=True):
            if len(spots) and spots.max() >= len(member):  # the loop trusts them
                raise damaged()
            own = slice(place, place + len(first) - 1)
            work = (first, spots, values, columns, member, factors, scale.log, sums[own], products[own])
            waiting.append(pool.submit(add_up, *work))
            if len(waiting) > AHEAD:
                waiting.pop(0).result()
        for one in waiting:
            one.result()
    return sums, products


def _blocks(places: npt.NDArray[np.intp], spots: int) -> Iterator[npt.NDArray[np.intp]]:
    size = max(1, BLOCK // max(1, spots))
    return (places[start : start + size] for start in range(0, len(places), size))


def _sparse_rows(store: SectionStore, places: Sequence[int], scale: Scale) -> tuple[sparse.csr_matrix, list[int]]:
    """Rows of these genes on the scale, missing numbers as 0; and which of them have any, by their place here."""
    parts, gaps, done = [], [], 0
    for block in _blocks(np.asarray(places, dtype=np.intp), len(store.head.spots)):
        rows = scale.apply(store.rows(list(block)))
        lacking = np.isnan(rows).any(axis=1)
        gaps += [done + int(one) for one in np.flatnonzero(lacking)]
        rows[np.isnan(rows)] = 0.0
        parts.append(sparse.csr_matrix(rows))
        done += len(block)
    return sparse.vstack(parts, format="csr"), gaps


def _with_each(
    store: SectionStore, places: Sequence[int], one: int, scale: Scale
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """r and n of one gene with gaps with each of the genes, from all their numbers."""
    asked = scale.apply(store.rows([places[one]]))[0]
    r, n = np.empty(len(places)), np.empty(len(places), dtype=np.int64)
    done = 0
    for block in _blocks(np.asarray(places, dtype=np.intp), len(asked)):
        own = slice(done, done + len(block))
        r[own], n[own] = stats.pearson(asked, scale.apply(store.rows(list(block))))
        done += len(block)
    return r, n
