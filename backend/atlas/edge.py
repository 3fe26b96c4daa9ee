"""What lies behind one edge: r within each tissue, and r over all samples without that tissue.

A pooled r can come from the difference between tissues alone. Both are Pearson's, from sums over tissues.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.atlas.index import Index
from backend.errors import NotFound
from backend.model import EDGE_TISSUE_COLUMNS, Pool

FEWEST = 10  # samples of a tissue for an r of its own
STRONG, CARRIED = 0.3, 0.5  # a pooled r worth the question; what is left of it when one tissue carries it
Floats = npt.NDArray[np.float64]


def edge(index: Index, row_a: int, row_b: int, pool: Pool) -> pd.DataFrame:
    """EDGE_TISSUE_COLUMNS, largest tissue first. r: within, NaN below FEWEST samples or where a gene is constant.

    attrs: pooled (r over the whole pool), n, median_within, sentence (what it means).
    """
    store = index.needs_store("The view behind an edge")
    inside = np.flatnonzero(index.inside(pool))
    tissue = np.asarray(index.samples.tissue)[inside].astype(np.intp)
    x, y = store.rows([row_a, row_b])[:, inside].astype(np.float64)  # codes: whole numbers, so that sums are exact
    number = len(index.samples.labels)
    # n, Σx, Σy, Σx², Σy², Σxy of each tissue, (tissues, 6)
    parts = (np.ones_like(x), x, y, x * x, y * y, x * y)
    sums = np.stack([np.bincount(tissue, weights=part, minlength=number) for part in parts], axis=1).astype(np.float64)
    whole = sums.sum(axis=0)
    pooled = float(_r(whole[None])[0])
    if np.isnan(pooled):
        raise NotFound("One of the two genes has the same value in every sample.", "Choose another pair.")
    within = np.where(sums[:, 0] >= FEWEST, _r(sums), np.nan)
    there = np.flatnonzero(sums[:, 0])
    table = pd.DataFrame(
        {
            "tissue": np.asarray(index.samples.labels, dtype=object)[there],
            "system": np.asarray(index.samples.systems, dtype=object)[there],
            "n": sums[there, 0].astype(np.int64),
            "r": within[there],
            "r_without": _r(whole - sums)[there],
        }
    )
    table = table.sort_values("n", ascending=False, kind="stable").reset_index(drop=True)[list(EDGE_TISSUE_COLUMNS)]
    known = table["r"].dropna()
    middle = float(known.median()) if len(known) else float("nan")
    table.attrs |= {"pooled": pooled, "n": int(whole[0]), "median_within": middle}
    table.attrs["sentence"] = _sentence(index, row_a, row_b, table, pooled, middle, len(known))
    return table


def _r(sums: Floats) -> Floats:
    """Pearson's r from (n, Σx, Σy, Σx², Σy², Σxy) of whole numbers in the last axis; NaN where one does not vary."""
    n, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    spread_x, spread_y = (np.where(spread > 0, spread, np.nan) for spread in (n * xx - x * x, n * yy - y * y))
    return np.asarray(np.clip((n * xy - x * y) / np.sqrt(spread_x * spread_y), -1, 1))


def _sentence(
    index: Index, row_a: int, row_b: int, table: pd.DataFrame, pooled: float, middle: float, known: int
) -> str:
    pair = f"{index.label(row_a)} and {index.label(row_b)}"
    told = f"Over all samples r of {pair} is {pooled:.2f}; the median within {known} tissues is {middle:.2f}."
    left = table.dropna(subset="r_without")
    if abs(pooled) < STRONG or left.empty:
        return told
    least = left.loc[(left["r_without"] * np.sign(pooled)).idxmin()]
    without = float(least["r_without"])
    if without * np.sign(pooled) <= CARRIED * abs(pooled):
        return f"{told} One tissue carries it: without {least['tissue']} r is {without:.2f}."
    if abs(middle) < CARRIED * abs(pooled):
        return f"{told} No single tissue carries it, but it lies between the tissues rather than within them."
    return f"{told} No single tissue carries it."
