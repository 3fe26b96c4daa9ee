"""The order of heatmap rows and the lines of their dendrogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.cluster import hierarchy
from scipy.spatial.distance import cdist, squareform

from backend.errors import BadInput, TooLarge
from backend.stats import CORRELATIONS, Floats, Ints, Mask, as_floats, correlation_matrix, flat_rows

Line = tuple[tuple[float, ...], tuple[float, ...]]

LINKAGES = {
    "average": hierarchy.average,
    "complete": hierarchy.complete,
    "single": hierarchy.single,
    "ward": hierarchy.ward,
}
METHODS = tuple(LINKAGES)
METRICS = ("pearson", "spearman", "euclidean", "cosine")
MIN_ROWS = 3
MAX_ROWS = 3_000  # the distances of 3,000 rows take 72 MB
OPTIMAL_ROWS = 500  # optimal leaf order: up to 0.4 s at 500 rows, 14 s at 2,000
LARGEST = 1e100  # beyond it squared distances overflow


@dataclass(frozen=True)
class Clustering:
    """An order of g rows and the tree behind it.

    order (g,): every row index once. linkage (k-1, 4): scipy's, over the k clustered rows in
    their entered order, or None when nothing was clustered. leaves (k,): the clustered rows in
    the order of the tree. set_aside (g-k,): rows without a distance, in entered order.
    optimal: neighbouring leaves are as similar as the tree allows; False above OPTIMAL_ROWS.
    """

    order: Ints
    linkage: Floats | None
    leaves: Ints
    set_aside: Ints
    optimal: bool = False


def cluster_order(matrix: npt.ArrayLike, method: str = "average", metric: str = "pearson") -> Clustering:
    """Order the rows of matrix (g, m) by hierarchical clustering.

    method: average, complete, single or ward (euclidean only). metric: pearson (1 - r), spearman
    (1 - rho), euclidean or cosine. For the distance only, a missing value counts as its row's own
    mean. All-missing rows, and for all metrics but euclidean constant rows (zero rows among
    them), have no distance: they come last, as entered. So has no row a correlation over fewer
    than three columns. Fewer than three rows with a distance are not clustered: all stay as
    entered. Leaves are put in optimal order (Bar-Joseph et al.
    2001, Bioinformatics 17:S22) up to 500 rows. Raises BadInput for an unknown or impossible
    choice, TooLarge above 3,000 rows.
    """
    _check(method, metric)
    rows = as_floats(matrix, "rows", dims=(2,))
    if len(rows) > MAX_ROWS:
        raise TooLarge(
            f"Clustering is limited to {MAX_ROWS:,} rows and this is {len(rows):,}.",
            "Keep the most variable rows.",
        )
    if np.abs(rows[~np.isnan(rows)]).max(initial=0.0) > LARGEST:
        raise BadInput("The rows hold a number too large to cluster.", "Check the file for damaged numbers.")
    apart = _dissimilarity(rows, metric)
    aside = np.isnan(apart.diagonal())
    kept, set_aside = np.flatnonzero(~aside), np.flatnonzero(aside)
    if kept.size < MIN_ROWS:
        return Clustering(np.arange(len(rows)), None, kept, set_aside)
    distances = squareform(apart[np.ix_(kept, kept)], checks=False)
    tree: Floats = LINKAGES[method](distances)
    optimal = kept.size <= OPTIMAL_ROWS
    if optimal:
        tree = hierarchy.optimal_leaf_ordering(tree, distances)
    leaves = kept[hierarchy.leaves_list(tree)]
    return Clustering(np.concatenate([leaves, set_aside]), tree, leaves, set_aside, optimal)


def dendrogram_lines(clustering: Clustering) -> list[Line]:
    """The brackets of the tree, one per merge, from the lowest up, each as (xs, ys) of four points.

    xs: leaf positions, 0 for the first of `leaves` to k - 1 for the last; ys: distance, 0 at the
    leaves. Empty when nothing was clustered. No recursion, which long chains would exhaust.
    """
    tree = clustering.linkage
    if tree is None:
        return []
    # argsort: the n-th clustered row as entered stands at this place among the leaves
    place = [float(x) for x in np.argsort(clustering.leaves)]
    height = [0.0] * len(place)
    lines: list[Line] = []
    for left, right, distance, _ in tree.tolist():
        a, b, top = int(left), int(right), float(distance)
        lines.append(((place[a], place[a], place[b], place[b]), (height[a], top, top, height[b])))
        place.append((place[a] + place[b]) / 2)
        height.append(top)
    return lines


def _check(method: str, metric: str) -> None:
    if method not in METHODS:
        raise BadInput(f"There is no linkage called {method!r}.", f"Use one of {', '.join(METHODS)}.")
    if metric not in METRICS:
        raise BadInput(f"There is no distance called {metric!r}.", f"Use one of {', '.join(METRICS)}.")
    if method == "ward" and metric != "euclidean":
        raise BadInput(
            f"Ward linkage is defined for euclidean distance only, not for {metric}.",
            "Choose euclidean, or average linkage.",
        )


def _dissimilarity(rows: Floats, metric: str) -> Floats:
    """Distances (g, g); NaN, on the diagonal too, for a row that has none."""
    missing = np.isnan(rows)
    filled = _filled(rows, missing)
    if metric == "euclidean":
        apart = cdist(filled, filled)
        without = missing.all(axis=1)
        apart[without] = apart[:, without] = np.nan
        return np.asarray(apart)
    return 1.0 - (correlation_matrix(filled, metric) if metric in CORRELATIONS else _cosines(filled))


def _filled(rows: Floats, missing: Mask) -> Floats:
    """Rows with each gap at the row's own mean; a row missing throughout becomes zero."""
    known = np.maximum((~missing).sum(axis=1, keepdims=True), 1)
    mean = np.where(missing, 0.0, rows).sum(axis=1, keepdims=True) / known
    return np.where(missing, mean, rows)


def _cosines(rows: Floats) -> Floats:
    """Cosine of every row with every other; NaN for constant rows, which have no shape to compare."""
    flat = flat_rows(rows)
    largest = np.abs(rows).max(axis=1, keepdims=True, initial=0.0)
    scaled = rows / np.where(largest > 0, largest, 1.0)
    length = np.linalg.norm(scaled, axis=1, keepdims=True)
    units = scaled / np.where(length > 0, length, 1.0)
    likeness = np.clip(units @ units.T, -1.0, 1.0)
    likeness[flat] = likeness[:, flat] = np.nan
    return np.asarray(likeness)
