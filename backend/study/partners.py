"""Co-expression over the samples of a study."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend import stats
from backend.errors import NotFound
from backend.model import COEXPRESSION_COLUMNS, EDGE_COLUMNS
from backend.study.standard import FLAT
from backend.study.store import Store

FEWEST = 4  # samples for a correlation

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


def partners(
    store: Store, place: int, labels: tuple[str, ...], limit: int, columns: Places | None = None
) -> pd.DataFrame:
    """Partners of one feature, up to `limit` of each sign, strongest first: COEXPRESSION_COLUMNS.

    Pearson over the samples measured for both, of all or of these columns; q over all features. Raises NotFound for
    fewer than FEWEST samples, or when the feature does not vary.
    """
    kept = slice(None) if columns is None else columns
    asked = store.rows([place])[0][kept]
    if np.count_nonzero(~np.isnan(asked)) < FEWEST:
        raise NotFound(f"{labels[place]} is measured in fewer than {FEWEST} samples.", "Choose another gene or study.")
    if stats.flat_rows(asked[None, :])[0]:
        raise _flat(labels[place])
    r, n, mean = _over_all(store, asked, columns)
    r[place] = np.nan
    r[n < FEWEST] = np.nan
    if np.isnan(r).all():
        raise _flat(labels[place])
    p = stats.p_values(r, n)
    keep = stats.strongest(r, limit)
    table = pd.DataFrame(
        {
            "gene": [labels[one] for one in keep],
            "r": r[keep],
            "n": n[keep].astype(int),
            "p": p[keep],
            "q": stats.q_values(p)[keep],
            "mean_expression": mean[keep],
        }
    )
    return table[list(COEXPRESSION_COLUMNS)]


def _flat(label: str) -> NotFound:
    return NotFound(f"{label} does not vary over these samples.", "Choose a gene that varies.")


def _over_all(store: Store, asked: Floats, columns: Places | None) -> tuple[Floats, Floats, Floats]:
    """r and n of a vector with every feature, and the mean of each feature, over all samples or these columns.

    By the index; features with gaps, and those the index is too coarse for, by their own numbers.
    """
    seen = ~np.isnan(asked)
    index = store.index if columns is None or seen.all() else None
    if index is None:
        return _by_numbers(store, asked, columns, np.ones(len(store.head.ids), dtype=bool))
    measured = columns if seen.all() else np.flatnonzero(seen)
    r, mean = index.correlate(asked[seen], measured)
    mean = mean if columns is not None else index.mean.copy()
    n = np.full(len(r), float(np.count_nonzero(seen)))
    own = np.isnan(r) & (index.state != FLAT)
    if own.any():
        found = _by_numbers(store, asked, columns, own)
        r[own], n[own], mean[own] = (one[own] for one in found)
    return r, n, mean


def _by_numbers(
    store: Store, asked: Floats, columns: Places | None, wanted: npt.NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats]:
    """r, n and mean of the wanted features by their numbers, NaN for others."""
    r, n, mean = (np.full(len(wanted), np.nan) for _ in range(3))
    for start, end in store.steps():
        here = start + np.flatnonzero(wanted[start:end])
        if not len(here):
            continue
        block = store.head.scale.apply(store.measured(start, end)[here - start])
        values = block if columns is None else block[:, columns]
        r[here], n[here] = stats.pearson(asked, values)
        mean[here] = stats.mean_and_sd(values)[0]
    return r, n, mean


def pairs(store: Store, places: list[int], labels: tuple[str, ...]) -> pd.DataFrame:
    """r of every pair among a few features: as `pair_table`."""
    return pair_table(store.rows(places), [labels[place] for place in places])


def pair_table(values: Floats, labels: Sequence[str]) -> pd.DataFrame:
    """r of every pair of rows (features, samples) over the samples measured for both, FEWEST at least: EDGE_COLUMNS."""
    seen = (~np.isnan(values)).astype(int)
    n = seen @ seen.T
    r = np.where(n < FEWEST, np.nan, stats.correlation_matrix(values))
    first, second = np.triu_indices(len(values), k=1)
    names = np.array(labels, dtype=object)
    table = pd.DataFrame(
        {"gene_a": names[first], "gene_b": names[second], "r": r[first, second], "n": n[first, second]}
    )
    return table.dropna(subset="r")[list(EDGE_COLUMNS)].reset_index(drop=True)
