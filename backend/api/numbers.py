"""Plain numbers in, plain numbers out, for what pages compute from an answer."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import streamlit as st

from backend import clustering, stats
from backend.api.checks import HOUR
from backend.model import Clustered


def tau(values: Iterable[float]) -> float:
    """Tissue specificity of one gene's values (Yanai 2005); NaN when it is not defined."""
    return float(stats.tau(list(values)))


def correlation(x: Iterable[float], y: Iterable[float]) -> tuple[float, float, int]:
    """Pearson r, Spearman rho and the number of pairs of two equally long rows of values."""
    first, second = list(x), [list(y)]
    r, n = stats.pearson(first, second)
    rho, _ = stats.spearman(first, second)
    return float(r[0]), float(rho[0]), int(n[0])


def cluster(matrix: npt.ArrayLike, linkage: str, metric: str) -> Clustered:
    """The clustered order of the rows of (g, m) `matrix`, and the dendrogram to draw."""
    values = np.ascontiguousarray(matrix, dtype=np.float64)
    return _cluster(values.tobytes(), (values.shape[0], values.shape[1]), linkage, metric)


@st.cache_data(ttl=HOUR, max_entries=20, show_spinner=False)
def _cluster(values: bytes, shape: tuple[int, int], linkage: str, metric: str) -> Clustered:
    """Keyed by the bytes themselves: an array as argument would be hashed by sample when large."""
    found = clustering.cluster_order(np.frombuffer(values).reshape(shape), linkage, metric)
    lines = clustering.dendrogram_lines(found) if found.linkage is not None else []
    return Clustered(found.order, [(list(xs), list(ys)) for xs, ys in lines])
