"""One sample of the user's own beside the atlas: percentiles within each tissue, and the nearest tissues."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend import stats
from backend.atlas import codes
from backend.atlas.index import Index
from backend.errors import BadInput
from backend.model import PERCENTILE_COLUMNS, Pool

FEWEST_GENES = 200  # shared genes for a comparison with whole tissues
Floats = npt.NDArray[np.float64]


def log_cpm(counts: npt.NDArray[np.float64]) -> Floats:
    """log2(1+CPM) of all counts of one sample. Raises BadInput for negative numbers or a sample without reads."""
    if not len(counts) or not np.isfinite(counts).all() or (counts < 0).any():
        raise BadInput("A count is negative, missing or not a number.", "Give one count of 0 or more for each gene.")
    if not counts.sum():
        raise BadInput("All counts are zero.", "Give a sample with reads.")
    return np.asarray(np.log2(1.0 + counts * (codes.PER_MILLION / counts.sum())))


def percentiles(index: Index, rows: Sequence[int], values: Floats, pool: Pool) -> pd.DataFrame:
    """PERCENTILE_COLUMNS: the share of a tissue's samples below each value, in percent, ties counted half.

    values: log2(1+CPM) of the user's sample for each of `rows`.
    """
    store = index.needs_store("A percentile")
    inside = np.flatnonzero(index.inside(pool))
    tissue = np.asarray(index.samples.tissue)[inside].astype(np.int64)
    number = len(index.samples.labels)
    tables = []
    for row, value in zip(rows, values, strict=True):
        code = int(np.clip(np.floor(value * codes.STEPS + 0.5), 0, codes.LARGEST))
        found = store.rows([row])[0][inside]
        n = np.bincount(tissue, minlength=number)
        below = np.bincount(tissue, weights=(found < code) + 0.5 * (found == code), minlength=number)
        there = np.flatnonzero(n)
        tables.append(
            pd.DataFrame(
                {
                    "gene": index.label(row),
                    "tissue": np.asarray(index.samples.labels, dtype=object)[there],
                    "system": np.asarray(index.samples.systems, dtype=object)[there],
                    "n": n[there],
                    "value": value,
                    "percentile": 100 * below[there] / n[there],
                }
            )
        )
    return pd.concat(tables, ignore_index=True)[list(PERCENTILE_COLUMNS)]


def nearest_tissues(index: Index, rows: Sequence[int], values: Floats, pool: Pool) -> pd.DataFrame:
    """tissue, system, n (samples), genes (shared), r: Spearman with the mean of each tissue, best first."""
    if len(rows) < FEWEST_GENES:
        raise BadInput(
            f"Only {len(rows):,} genes of the sample are known here; a comparison needs {FEWEST_GENES}.",
            "Give the counts of all genes.",
        )
    number = index.pool_number(pool)
    n = index.statistics.n[number, :-1]
    there = np.flatnonzero(n)
    means = index.statistics.means(number)[np.asarray(rows)][:, there]
    r, _ = stats.spearman(values, means.T)
    table = pd.DataFrame(
        {
            "tissue": np.asarray(index.samples.labels, dtype=object)[there],
            "system": np.asarray(index.samples.systems, dtype=object)[there],
            "n": n[there],
            "genes": len(rows),
            "r": r,
        }
    )
    return table.sort_values("r", ascending=False, kind="stable").reset_index(drop=True)
