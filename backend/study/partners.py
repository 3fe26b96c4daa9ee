"""Co-expression over the samples of a study."""

from __future__ import annotations

import numpy as np
import pandas as pd

from backend import stats
from backend.errors import NotFound
from backend.model import COEXPRESSION_COLUMNS, EDGE_COLUMNS
from backend.study.store import Store

FEWEST = 4  # samples for a correlation


def partners(store: Store, place: int, labels: tuple[str, ...], limit: int) -> pd.DataFrame:
    """Partners of one feature, up to `limit` of each sign, strongest first: COEXPRESSION_COLUMNS.

    Pearson over the samples measured for both; q over all features. Raises NotFound for fewer than FEWEST samples, or
    when the feature does not vary.
    """
    asked = store.rows([place])[0]
    if np.count_nonzero(~np.isnan(asked)) < FEWEST:
        raise NotFound(f"{labels[place]} is measured in fewer than {FEWEST} samples.", "Choose another gene or study.")
    r, n, mean = (np.full(len(labels), np.nan) for _ in range(3))
    for start, values in store.blocks():
        end = start + len(values)
        r[start:end], n[start:end] = stats.pearson(asked, values)
        seen = ~np.isnan(values)
        mean[start:end] = np.where(seen, values, 0).sum(axis=1) / np.where(seen.any(axis=1), seen.sum(axis=1), np.nan)
    r[place] = np.nan
    r[n < FEWEST] = np.nan
    if np.isnan(r).all():
        raise NotFound(f"{labels[place]} does not vary over these samples.", "Choose a gene that varies.")
    p = stats.p_values(r, n)
    order = np.argsort(r, kind="stable")  # NaN last
    lowest, highest = order[r[order] < 0][:limit], order[r[order] > 0][::-1][:limit]
    keep = np.concatenate([highest, lowest])
    keep = keep[np.argsort(-np.abs(r[keep]), kind="stable")]
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


def pairs(store: Store, places: list[int], labels: tuple[str, ...]) -> pd.DataFrame:
    """r of every pair among a few features: EDGE_COLUMNS."""
    values = store.rows(places)
    seen = (~np.isnan(values)).astype(int)
    r = stats.correlation_matrix(values)
    first, second = np.triu_indices(len(places), k=1)
    names = np.array([labels[place] for place in places], dtype=object)
    table = pd.DataFrame(
        {"gene_a": names[first], "gene_b": names[second], "r": r[first, second], "n": (seen @ seen.T)[first, second]}
    )
    return table.dropna(subset="r")[list(EDGE_COLUMNS)].reset_index(drop=True)
