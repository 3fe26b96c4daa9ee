"""The arithmetic of the dashboard, on plain arrays: z, tau, correlation, p and q.

Missing is NaN, and NaN comes back wherever a number is not defined (a constant row, too few
pairs): never 0, never infinite, never a numpy warning. Everything is computed in float64.
Infinite input is refused with BadInput. The clustering of heatmap rows is in clustering.py.
scipy is imported where it is used: it takes most of a second, which no start of the program should wait for.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from backend.errors import BadInput

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

CORRELATIONS = ("pearson", "spearman")
FLAT = 1e-12  # a spread below this share of the largest value is rounding, not signal
SQUARABLE = (1e-100, 1e100)  # sizes whose squares neither vanish nor overflow
MIN_PAIRS = 3  # any two points lie on a line


def as_floats(values: npt.ArrayLike, what: str, dims: tuple[int, ...] = (1, 2)) -> Floats:
    """`values` as float64, or BadInput when they are not finite or missing numbers in `dims` dimensions."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f"The {what} hold something that is not a number.", "Give numbers only.") from error
    if array.ndim not in dims:
        raise BadInput(f"The {what} have {array.ndim} dimensions.", f"Give {' or '.join(map(str, dims))}.")
    if np.isinf(array).any():
        raise BadInput(f"The {what} hold an infinite number.", "Use log2(x+1) rather than log2(x).")
    return array


def z_scores(values: npt.ArrayLike, reference: npt.ArrayLike | None = None) -> Floats:
    """How many reference SDs each value lies from the reference mean, along the last axis.

    values: (m,) or (g, m), any unit. reference: the population to compare with, (k,) or one row
    per row of values, (g, k), same unit; values themselves when left out. SD is the population
    SD (ddof 0). NaN is ignored in mean and SD and stays NaN. A constant reference gives NaN.
    Returns the shape of values, in SDs. Raises BadInput for shapes that do not fit.
    """
    shown = as_floats(values, "values")
    population = shown if reference is None else as_floats(reference, "reference values")
    if population.ndim == 2 and (shown.ndim == 1 or len(population) != len(shown)):
        raise BadInput("The reference does not have the rows of the values.", "Give one row for each.")
    # Dividing by the largest value changes no z and keeps the squares from overflowing.
    size = np.maximum(_peak(shown), _peak(population))
    size = np.where(size > 0, size, 1.0)
    shown, population = shown / size, population / size
    mean, sd = _mean_and_sd(population)
    spread = np.where(sd > FLAT * _peak(population), sd, np.nan)
    return np.asarray((shown - mean) / spread)


def tau(values: npt.ArrayLike) -> Floats:
    """Tissue specificity, 0 (the same everywhere) to 1 (one tissue only), along the last axis.

    Yanai et al. 2005, Bioinformatics 21:650: sum over tissues of (1 - x_i / max x) / (n - 1).
    values: (n,) or (g, n), not negative, usually log2(x + 1). Missing tissues are left out of n.
    Returns shape () or (g,); NaN when all are zero or fewer than two are known. Raises BadInput
    for a negative value.
    """
    profile = as_floats(values, "values")
    seen = ~np.isnan(profile)
    if (profile[seen] < 0).any():
        raise BadInput("Tissue specificity is not defined below zero.", "Give abundances, not z-scores.")
    top = _peak(profile)
    share = profile / np.where(top > 0, top, np.nan)
    others = seen.sum(axis=-1) - 1.0
    total = np.where(seen, 1.0 - share, 0.0).sum(axis=-1)
    return np.asarray(total / np.where(others > 0, others, np.nan))


def pearson(vector: npt.ArrayLike, matrix: npt.ArrayLike) -> tuple[Floats, Ints]:
    """Pearson r of one vector (m,) with every row of matrix (g, m), over the pairs both have.

    Returns r (g,), within -1..1, and n (g,), the number of pairs. r is NaN below three pairs and
    where either side is constant over the pairs. Raises BadInput for shapes that do not fit.
    """
    return _correlate(vector, matrix, ranked=False)


def spearman(vector: npt.ArrayLike, matrix: npt.ArrayLike) -> tuple[Floats, Ints]:
    """Spearman rho: as `pearson`, on average ranks taken over the pairs both have."""
    return _correlate(vector, matrix, ranked=True)


def correlation_matrix(matrix: npt.ArrayLike, method: str = "pearson") -> Floats:
    """Correlation of every row of matrix (g, m) with every other, over the pairs both have.

    method: "pearson" or "spearman". Returns (g, g), symmetric, 1 on the diagonal; NaN as in
    `pearson`, on the diagonal too. Raises BadInput for another method.
    """
    if method not in CORRELATIONS:
        raise BadInput(f"There is no correlation called {method!r}.", f"Use {' or '.join(CORRELATIONS)}.")
    rows = as_floats(matrix, "rows", dims=(2,))
    ranked = method == "spearman"
    if rows.shape[1] >= MIN_PAIRS and not np.isnan(rows).any():
        units = _directions(rows, ranked)
        result = np.clip(units @ units.T, -1.0, 1.0)
    else:
        result = np.empty((len(rows), len(rows)))
        for i in range(len(rows)):
            result[i, i:] = result[i:, i] = _correlate(rows[i], rows[i:], ranked)[0]
    np.fill_diagonal(result, np.where(np.isnan(result.diagonal()), np.nan, 1.0))
    return result


def p_values(r: npt.ArrayLike, n: npt.ArrayLike) -> Floats:
    """Two-sided p of correlations r over n pairs, from Student t with n - 2 degrees of freedom.

    t = r sqrt((n-2) / (1-r^2)), and its two tails are the incomplete beta function of 1 - r^2
    (Abramowitz & Stegun 26.7.1, 26.5.27), which has no division by zero: r = +-1 gives 0.
    r and n broadcast. NaN r and n below 3 give NaN. Raises BadInput for r outside -1..1.
    """
    from scipy import special

    strength, pairs = np.atleast_1d(np.asarray(r, np.float64)), np.asarray(n, np.float64)
    if (np.abs(strength) > 1).any():
        raise BadInput("A correlation lies outside -1 to 1.", "Give r as pearson or spearman return it.")
    freedom = np.where(pairs >= MIN_PAIRS, pairs - 2, np.nan)
    p = np.asarray(special.betainc(freedom / 2, 0.5, (1 - strength) * (1 + strength)), np.float64)
    return p.reshape(np.broadcast_shapes(np.shape(r), np.shape(n)))


def q_values(p: npt.ArrayLike) -> Floats:
    """Benjamini-Hochberg false discovery rates (J R Stat Soc B 1995, 57:289) of p values.

    p: any shape, each within 0..1. NaN stays NaN and does not count as a test. Same shape back.
    Raises BadInput for a p outside 0..1.
    """
    from scipy.stats import false_discovery_control

    chances = np.asarray(p, np.float64)
    known = ~np.isnan(chances)
    if ((chances[known] < 0) | (chances[known] > 1)).any():
        raise BadInput("A p value lies outside 0 to 1.", "Give p values as p_values returns them.")
    q = np.full(chances.shape, np.nan)
    if known.any():
        q[known] = false_discovery_control(chances[known], method="bh")
    return q


def strongest(r: Floats, limit: int) -> npt.NDArray[np.intp]:
    """Places of the highest and of the lowest r, up to `limit` of each sign, strongest first; NaN never."""
    order = np.argsort(r, kind="stable")  # NaN last
    lowest, highest = order[r[order] < 0][:limit], order[r[order] > 0][::-1][:limit]
    keep = np.concatenate([highest, lowest])
    return np.asarray(keep[np.argsort(-np.abs(r[keep]), kind="stable")])


def directions(rows: Floats) -> Floats:
    """Each row of (g, m) less its mean, at length 1: r of two rows is the sum of their products.

    A gap is 0, and the row is what its other numbers give; a row without variation is NaN throughout.
    """
    return _directions(rows, ranked=False)


def mean_and_sd(rows: Floats) -> tuple[Floats, Floats]:
    """Mean and population SD of what is not NaN in each row of (g, m), each (g,); NaN where nothing is."""
    mean, sd = _mean_and_sd(rows)
    known = ~np.isnan(rows).all(axis=1)
    return np.where(known, mean[:, 0], np.nan), np.where(known, sd[:, 0], np.nan)


def flat_rows(rows: Floats) -> Mask:
    """Which rows of (g, m) hold no two values that differ beyond rounding; all missing counts."""
    return _centred(rows)[1]


def _correlate(vector: npt.ArrayLike, matrix: npt.ArrayLike, ranked: bool) -> tuple[Floats, Ints]:
    one, rows = as_floats(vector, "vector", dims=(1,)), as_floats(matrix, "rows", dims=(2,))
    if one.size != rows.shape[1]:
        raise BadInput(f"The vector has {one.size} values and the rows have {rows.shape[1]}.", "Give the same samples.")
    here = ~np.isnan(one)
    if not here.all():
        one, rows = one[here], rows[:, here]
    r = np.full(len(rows), np.nan)
    n = np.full(len(rows), one.size, dtype=np.int64)
    if one.size < MIN_PAIRS:
        return r, n - np.isnan(rows).sum(axis=1)
    if not np.isnan(rows).any():
        return _along(one, rows, ranked), n
    gaps = np.isnan(rows).any(axis=1)
    r[~gaps] = _along(one, rows[~gaps], ranked)
    r[gaps], n[gaps] = _pairwise(one, rows[gaps], ranked)
    return r, n


def _along(one: Floats, rows: Floats, ranked: bool) -> Floats:
    """r of a complete vector with complete rows."""
    r = _directions(rows, ranked) @ _directions(one[None, :], ranked)[0]
    return np.asarray(np.clip(r, -1.0, 1.0))


def _pairwise(one: Floats, rows: Floats, ranked: bool) -> tuple[Floats, Ints]:
    """r and n of a complete vector with rows that have gaps; the vector gets each row's gaps."""
    missing = np.isnan(rows)
    n = (~missing).sum(axis=1)
    same_gaps = np.where(missing, np.nan, one)
    r = np.vecdot(_directions(rows, ranked), _directions(same_gaps, ranked))
    return np.where(n < MIN_PAIRS, np.nan, np.clip(r, -1.0, 1.0)), n


def _directions(rows: Floats, ranked: bool) -> Floats:
    """Each row less its mean, at length 1; gaps are 0, a constant row is NaN throughout."""
    away, flat = _centred(rows)
    if ranked:  # flat is kept from before: ranks would blow rounding up to whole steps
        away, _ = _centred(_row_ranks(rows))
    length = np.sqrt(np.vecdot(away, away))
    away /= np.where(flat, np.nan, length)[:, None]
    return away


def _centred(rows: Floats) -> tuple[Floats, Mask]:
    """Rows less their means, up to a factor, with gaps at 0; and which rows are constant."""
    rows = _tame(rows)
    gaps = np.isnan(rows)
    gappy = bool(gaps.any())
    filled = np.where(gaps, 0.0, rows) if gappy else rows
    count = rows.shape[1] - (gaps.sum(axis=1) if gappy else np.zeros(len(rows)))
    mean = filled @ np.ones(rows.shape[1]) / np.maximum(count, 1)
    away = filled - mean[:, None]
    if gappy:
        away[gaps] = 0.0
    flat = np.vecdot(away, away) <= FLAT**2 * count * mean**2
    return away, np.asarray(flat)


def _row_ranks(rows: Floats) -> Floats:
    """Average ranks from 1 within each row of (g, m); missing values get no rank and stay NaN."""
    from scipy.stats import rankdata

    missing = np.isnan(rows)
    # Missing goes last, where it moves no other rank.
    ranks = np.asarray(rankdata(np.where(missing, np.inf, rows), axis=1), np.float64)
    ranks[missing] = np.nan
    return ranks


def _tame(rows: Floats) -> Floats:
    """Rows as they are or, if some value is huge or all are minute, over their largest, to be squared."""
    high = max(np.fmax.reduce(rows, axis=None, initial=0.0), -np.fmin.reduce(rows, axis=None, initial=0.0))
    if SQUARABLE[0] < high < SQUARABLE[1]:
        return rows
    peak = _peak(rows)
    return np.asarray(rows / np.where(peak > 0, peak, 1.0))


def _mean_and_sd(values: Floats) -> tuple[Floats, Floats]:
    """Mean and population SD of what is not NaN, last axis kept at length 1; SD 0 where nothing is."""
    seen = ~np.isnan(values)
    count = np.maximum(seen.sum(axis=-1, keepdims=True), 1)
    mean = np.where(seen, values, 0.0).sum(axis=-1, keepdims=True) / count
    away = np.where(seen, values - mean, 0.0)
    return mean, np.sqrt((away * away).sum(axis=-1, keepdims=True) / count)


def _peak(values: Floats) -> Floats:
    """Largest absolute value along the last axis, kept at length 1; 0 where nothing is known."""
    high = np.fmax.reduce(values, axis=-1, keepdims=True, initial=0.0)
    low = np.fmin.reduce(values, axis=-1, keepdims=True, initial=0.0)
    return np.asarray(np.fmax(high, -low))
