"""Co-expression answers of ARCHS4 as tables with COEXPRESSION_COLUMNS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from backend import stats
from backend.archs4_live.service import number
from backend.errors import BadAnswer, NotFound
from backend.model import COEXPRESSION_COLUMNS


def table(genes: Sequence[Any], r: Sequence[Any], means: Sequence[Any], n: int | None, asked: str) -> pd.DataFrame:
    """gene, r, n, p, q, mean_expression; strongest first, without the gene itself and without repeats.

    n: samples behind each r, None when the service does not tell: then n and p are missing. q is always missing,
    because only the strongest partners are served. Raises BadAnswer for an r beyond 1 or a partner without a name,
    NotFound without a partner.
    """
    values = np.array([number(one, "r") for one in r], dtype=float)
    if len(genes) != len(values) or len(means) != len(values):
        raise BadAnswer("The co-expressed genes and their r differ in number.", "The service has changed.")
    if not all(isinstance(gene, str) and gene.strip() for gene in genes):
        raise BadAnswer("ARCHS4 answers with a correlated gene that has no name.", "The service has changed.")
    if (np.abs(values[~np.isnan(values)]) > 1.0 + 1e-6).any():
        raise BadAnswer("ARCHS4 answers with a correlation beyond 1.", "The service has changed.")
    found = pd.DataFrame(
        {
            "gene": pd.Series(list(genes), dtype=object),
            "r": np.clip(values, -1.0, 1.0),
            "n": float("nan") if n is None else float(n),
            "p": np.nan if n is None else stats.p_values(np.clip(values, -1.0, 1.0), np.full(len(values), n)),
            "q": np.nan,
            "mean_expression": np.array([number(one, "mean_log_expression") for one in means], dtype=float),
        }
    )
    found = found[(found["gene"].str.casefold() != asked.casefold()) & found["r"].notna()]
    found = found.drop_duplicates("gene").sort_values("r", key=np.abs, ascending=False, kind="stable")
    if found.empty:
        raise NotFound(f"ARCHS4 gives no co-expressed gene for {asked}.", "Check the symbol, or choose another group.")
    return found[list(COEXPRESSION_COLUMNS)].reset_index(drop=True)
