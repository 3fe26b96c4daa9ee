"""stats.py and clustering.py against scipy, pandas, definitions and invariants."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats as reference
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist, squareform

from backend import clustering, stats
from backend.clustering import cluster_order, dendrogram_lines
from backend.errors import BadInput, TooLarge

NAN = np.nan

whole = st.integers(-1000, 1000).map(float)
any_float = st.floats(allow_infinity=False, allow_nan=True)
any_rows = st.tuples(st.integers(0, 6), st.integers(0, 8)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=any_float)
)


def expression(rows: int, columns: int, missing: float = 0.0, seed: int = 1) -> np.ndarray:
    """log2(TPM+1)-like values with shared signal, ties at zero and, if asked, gaps."""
    rng = np.random.default_rng(seed)
    values = rng.normal(4, 2, (rows, 3)) @ rng.normal(0, 1, (3, columns)) / 2 + rng.normal(3, 1, (rows, columns))
    values = np.maximum(values, 0.0)
    values[rng.random(values.shape) < missing] = NAN
    return values


class TestZ:
    def test_equals_pandas_row_by_row_with_gaps(self) -> None:
        values = expression(20, 30, missing=0.2)
        frame = pd.DataFrame(values).T
        expected = ((frame - frame.mean()) / frame.std(ddof=0)).T
        np.testing.assert_allclose(stats.z_scores(values), expected, rtol=1e-12)

    def test_reference_is_the_population_not_the_values(self) -> None:
        # mean 5, population SD 2 (the textbook example)
        population = [2, 4, 4, 4, 5, 5, 7, 9, NAN]
        np.testing.assert_allclose(stats.z_scores([5, 9, NAN, 1], population), [0, 2, NAN, -2])

    def test_reference_for_each_row_or_for_all(self) -> None:
        np.testing.assert_allclose(stats.z_scores([[10.0], [10.0]], [[0, 20], [10, 30]]), [[0.0], [-1.0]])
        np.testing.assert_allclose(stats.z_scores([[10.0], [20.0]], [0, 20]), [[0.0], [1.0]])

    @pytest.mark.parametrize(
        "row",
        [[5, 5, 5], [0, 0, 0], [0.1 + 0.2, 0.3, 0.3], [7, NAN, NAN], [NAN, NAN, NAN], [1e300, 1e300, 1e300]],
    )
    def test_constant_reference_gives_nan_never_zero_or_infinite(self, row: list[float]) -> None:
        assert np.isnan(stats.z_scores(row)).all()
        assert np.isnan(stats.z_scores([1.0, 2.0], row)).all()

    def test_tiny_and_huge_units_give_the_same_z(self) -> None:
        values = np.array([1.0, 2.0, 4.0])
        for unit in (1e-300, 1e-20, 1e300):
            np.testing.assert_allclose(stats.z_scores(values * unit), stats.z_scores(values))

    @given(st.lists(whole, min_size=1, max_size=20), whole, st.floats(0.01, 100))
    def test_shift_and_scale_change_nothing(self, values: list[float], shift: float, scale: float) -> None:
        z = stats.z_scores(values)
        np.testing.assert_allclose(stats.z_scores(np.array(values) * scale + shift), z, atol=1e-6)

    @given(any_rows)
    def test_any_numbers_give_finite_z_or_nan_where_due(self, rows: np.ndarray) -> None:
        z = stats.z_scores(rows)
        assert z.shape == rows.shape
        assert not np.isinf(z).any()
        assert np.isnan(z[np.isnan(rows)]).all()

    def test_rows_that_do_not_fit_are_refused(self) -> None:
        with pytest.raises(BadInput, match="rows"):
            stats.z_scores(np.ones((3, 4)), np.ones((2, 4)))

    @pytest.mark.parametrize("bad", [[1.0, np.inf], ["a", "b"], [[[1.0]]]])
    def test_what_is_not_a_finite_table_is_refused(self, bad: list[object]) -> None:
        with pytest.raises(BadInput):
            stats.z_scores(bad)  # type: ignore[arg-type]


class TestTau:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ([0, 8, 0, 0], 1.0),  # one tissue only
            ([3, 3, 3], 0.0),  # everywhere the same
            ([8, 4, 2, 0], 0.75),  # (0 + 1/2 + 3/4 + 1) / 3
            ([0, 2], 1.0),
            ([8, 4, NAN, NAN], 0.5),  # n is 2, not 4
        ],
    )
    def test_by_hand(self, values: list[float], expected: float) -> None:
        assert float(stats.tau(values)) == pytest.approx(expected)

    @pytest.mark.parametrize("values", [[0, 0, 0], [5], [5, NAN], [NAN, NAN], []])
    def test_undefined_is_nan_and_leaves_other_rows_alone(self, values: list[float]) -> None:
        assert np.isnan(stats.tau(values))
        rows = [[8, 4, 2, 0], (values + [NAN] * 4)[:4], [1, 1, NAN, 1]]
        np.testing.assert_allclose(stats.tau(rows), [0.75, NAN, 0.0])

    def test_negative_values_are_refused(self) -> None:
        with pytest.raises(BadInput, match="below zero"):
            stats.tau([1.0, -0.5, 2.0])

    @given(any_rows.map(np.abs))
    def test_any_abundances_give_zero_to_one_or_nan(self, rows: np.ndarray) -> None:
        tau = stats.tau(rows)
        assert tau.shape == rows.shape[:1]
        known = tau[~np.isnan(tau)]
        assert ((known >= 0) & (known <= 1)).all()


def pair_by_pair(vector: np.ndarray, matrix: np.ndarray, method: str) -> tuple[list[float], list[int]]:
    """The slow way: one scipy call per row over the pairs both have."""
    compute = {"pearson": reference.pearsonr, "spearman": reference.spearmanr}[method]
    r, n = [], []
    for row in matrix:
        both = ~(np.isnan(vector) | np.isnan(row))
        n.append(int(both.sum()))
        a, b = vector[both], row[both]
        defined = n[-1] >= 3 and np.ptp(a) > 0 and np.ptp(b) > 0
        r.append(float(compute(a, b).statistic) if defined else NAN)
    return r, n


@pytest.mark.parametrize("method", ["pearson", "spearman"])
class TestCorrelation:
    @pytest.mark.parametrize("missing", [0.0, 0.05, 0.5, 0.9])
    @pytest.mark.parametrize("vector_missing", [0.0, 0.3])
    def test_equals_scipy_pair_by_pair(self, method: str, missing: float, vector_missing: float) -> None:
        matrix = expression(60, 12, missing, seed=2)
        matrix[:20] = expression(20, 12, seed=4)  # some rows whole, some not
        matrix[3], matrix[4] = 7.0, NAN
        vector = expression(1, 12, vector_missing, seed=3)[0]
        r, n = getattr(stats, method)(vector, matrix)
        expected_r, expected_n = pair_by_pair(vector, matrix, method)
        np.testing.assert_allclose(r, expected_r, atol=1e-12)
        np.testing.assert_array_equal(n, expected_n)

    def test_constant_over_the_shared_pairs_is_nan(self, method: str) -> None:
        # The vector varies only where the row is missing; the rounding of 0.1 + 0.2 is no signal.
        r, n = getattr(stats, method)([2, 2, 2, 9], [[1, 2, 3, NAN], [0.3, 0.1 + 0.2, 0.3, 0.3], [5, 5, 5, 5]])
        assert np.isnan(r).all()
        np.testing.assert_array_equal(n, [3, 4, 4])

    def test_two_pairs_are_no_correlation(self, method: str) -> None:
        r, n = getattr(stats, method)([1.0, 2.0, NAN], [[5.0, 6.0, 7.0], [1.0, NAN, 2.0]])
        assert np.isnan(r).all()
        np.testing.assert_array_equal(n, [2, 1])

    def test_large_offset_loses_no_digits(self, method: str) -> None:
        rows = expression(5, 40)
        near, _ = getattr(stats, method)(rows[0], rows)
        far, _ = getattr(stats, method)(rows[0] + 1e6, rows + 1e6)
        np.testing.assert_allclose(far, near, atol=1e-8)

    def test_rounding_never_passes_one(self, method: str) -> None:
        rows = expression(200, 50, seed=6)
        for row in rows:
            r, _ = getattr(stats, method)(row, rows)
            assert np.abs(r).max() <= 1

    def test_single_precision_input_is_computed_in_double(self, method: str) -> None:
        rows = expression(50, 50).astype(np.float32)
        r, _ = getattr(stats, method)(rows[0], rows)
        expected, _ = pair_by_pair(rows[0].astype(float), rows.astype(float), method)
        assert r.dtype == np.float64
        np.testing.assert_allclose(r, expected, atol=1e-12)

    @given(st.integers(0, 12).flatmap(lambda m: arrays(np.float64, (2, m), elements=any_float)))
    def test_symmetric_within_bounds_and_counted(self, method: str, pair: np.ndarray) -> None:
        correlate = getattr(stats, method)
        (there,), (n,) = correlate(pair[0], pair[1:])
        (back,), _ = correlate(pair[1], pair[:1])
        assert n == (~np.isnan(pair)).all(axis=0).sum()
        np.testing.assert_allclose(there, back, atol=1e-9)
        assert np.isnan(there) or -1 <= there <= 1

    @pytest.mark.parametrize("missing", [0.0, 0.3])
    def test_matrix_equals_pandas(self, method: str, missing: float) -> None:
        rows = expression(15, 10, missing)
        rows[5] = NAN
        ours = stats.correlation_matrix(rows, method)
        theirs = pd.DataFrame(rows.T).corr(method=method, min_periods=3)
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
        np.testing.assert_array_equal(ours, ours.T)
        np.testing.assert_array_equal(np.delete(ours.diagonal(), 5), 1.0)

    def test_matrix_of_a_constant_row_or_too_few_columns_is_nan_on_the_diagonal_too(self, method: str) -> None:
        matrix = stats.correlation_matrix([[1, 2, 3], [4, 4, 4]], method)
        np.testing.assert_array_equal(matrix, [[1, NAN], [NAN, NAN]])
        for columns in (0, 2):
            assert np.isnan(stats.correlation_matrix(expression(3, columns), method)).all()

    def test_other_samples_are_refused(self, method: str) -> None:
        with pytest.raises(BadInput, match="3 values and the rows have 4"):
            getattr(stats, method)([1, 2, 3], np.ones((2, 4)))


def test_spearman_sees_order_not_size() -> None:
    r, _ = stats.spearman([1, 2, 3, 4, 5], [[1, 10, 100, 1000, 1e9], [5, 4, 3, 2, -1e9]])
    np.testing.assert_allclose(r, [1, -1])


def test_unknown_correlation_names_the_known() -> None:
    with pytest.raises(BadInput, match="pearson or spearman"):
        stats.correlation_matrix(np.ones((2, 3)), "kendall")


class TestP:
    @pytest.mark.parametrize("samples", [3, 4, 10, 50, 1000])
    def test_equals_scipy(self, samples: int) -> None:
        a, b = expression(2, samples)
        theirs = reference.pearsonr(a, b)
        assert stats.p_values(theirs.statistic, samples) == pytest.approx(theirs.pvalue, rel=1e-9)

    @given(st.floats(-0.999999, 0.999999), st.integers(3, 100_000))
    def test_equals_student_t(self, r: float, n: int) -> None:
        t = abs(r) * np.sqrt((n - 2) / (1 - r * r))
        expected = 2 * reference.t.sf(t, n - 2)
        np.testing.assert_allclose(stats.p_values(r, n), expected, rtol=1e-6, atol=1e-290)

    def test_edges_and_the_impossible(self) -> None:
        p = stats.p_values([1.0, -1.0, NAN, 0.0, 0.5, 0.5], [10, 10, 10, 10, 2, 0])
        np.testing.assert_array_equal(p, [0, 0, NAN, 1, NAN, NAN])
        with pytest.raises(BadInput):
            stats.p_values([1.5], 10)


class TestQ:
    def test_published_example(self) -> None:
        # Benjamini & Hochberg 1995, section 4: at q* = 0.05 exactly the first four of 15 are rejected.
        p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
        p += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
        np.testing.assert_array_equal(stats.q_values(p) <= 0.05, [True] * 4 + [False] * 11)

    @given(st.lists(st.floats(0, 1) | st.just(NAN), max_size=20))
    def test_from_the_definition(self, p: list[float]) -> None:
        known = sorted(x for x in p if not np.isnan(x))
        expected = [
            min((y * len(known) / (rank + 1) for rank, y in enumerate(known) if y >= x), default=NAN) for x in p
        ]
        np.testing.assert_allclose(stats.q_values(p), np.minimum(expected, 1.0))

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
    def test_monotone_and_never_below_p(self, p: list[float]) -> None:
        q = stats.q_values(p)
        assert (q >= np.array(p) * (1 - 1e-12)).all()
        assert (np.diff(q[np.argsort(p)]) >= 0).all()

    def test_missing_is_no_test_and_keeps_its_place(self) -> None:
        np.testing.assert_allclose(stats.q_values([NAN, 0.01, NAN, 0.04]), [NAN, 0.02, NAN, 0.04])

    def test_impossible_p_is_refused(self) -> None:
        with pytest.raises(BadInput):
            stats.q_values([0.5, -0.1])


@pytest.mark.parametrize("metric", clustering.METRICS)
class TestClusterOrder:
    def test_tree_is_scipys_over_the_right_distance(self, metric: str) -> None:
        rows = expression(12, 9)
        compared = reference.rankdata(rows, axis=1) if metric == "spearman" else rows
        distance = pdist(compared, {"pearson": "correlation", "spearman": "correlation"}.get(metric, metric))
        for method in ("average", "complete", "single"):
            found = cluster_order(rows, method, metric)
            assert found.linkage is not None
            expected = hierarchy.linkage(distance, method)
            np.testing.assert_allclose(hierarchy.cophenet(found.linkage), hierarchy.cophenet(expected), atol=1e-9)
            np.testing.assert_array_equal(found.order, hierarchy.leaves_list(found.linkage))

    def test_every_row_once_and_rows_without_shape_last_as_entered(self, metric: str) -> None:
        rows = expression(8, 6)
        rows[1], rows[4], rows[6] = NAN, 5.0, 0.0
        found = cluster_order(rows, metric=metric)
        aside = [1] if metric == "euclidean" else [1, 4, 6]
        np.testing.assert_array_equal(found.set_aside, aside)
        np.testing.assert_array_equal(found.order, [*found.leaves, *aside])
        np.testing.assert_array_equal(np.sort(found.order), np.arange(8))

    @given(rows=any_rows.map(lambda rows: np.clip(rows, -1e90, 1e90)))
    def test_any_table_gets_a_permutation(self, metric: str, rows: np.ndarray) -> None:
        found = cluster_order(rows, metric=metric)
        np.testing.assert_array_equal(np.sort(found.order), np.arange(len(rows)))
        np.testing.assert_array_equal(np.sort(np.concatenate([found.leaves, found.set_aside])), np.arange(len(rows)))
        assert len(dendrogram_lines(found)) == (len(found.leaves) - 1 if len(found.leaves) >= 3 else 0)

    @pytest.mark.parametrize("rows", [0, 1, 2])
    def test_fewer_than_three_stay_as_entered(self, metric: str, rows: int) -> None:
        found = cluster_order(expression(rows, 5), metric=metric)
        assert found.linkage is None
        np.testing.assert_array_equal(found.order, np.arange(rows))
        assert dendrogram_lines(found) == []

    def test_identical_rows_become_neighbours(self, metric: str) -> None:
        rows = expression(6, 8)
        rows[5] = rows[0]
        found = cluster_order(rows, metric=metric)
        assert found.linkage is not None
        assert found.linkage[:, 2].min() == pytest.approx(0, abs=1e-12)
        place = list(found.order)
        assert abs(place.index(0) - place.index(5)) == 1

    def test_missing_counts_as_the_rows_mean(self, metric: str) -> None:
        rows = expression(7, 6)
        rows[2, 3] = rows[5, 0] = NAN
        filled = pd.DataFrame(rows.T).fillna(pd.DataFrame(rows.T).mean()).to_numpy().T
        gaps, whole_rows = cluster_order(rows, metric=metric), cluster_order(filled, metric=metric)
        np.testing.assert_allclose(gaps.linkage, whole_rows.linkage)
        np.testing.assert_array_equal(gaps.order, whole_rows.order)


class TestOrderAndChoices:
    def test_leaf_order_is_the_best_the_tree_allows(self) -> None:
        rows = expression(7, 10, seed=8)
        found = cluster_order(rows)
        apart = squareform(pdist(rows, "correlation"))

        def orders(node: hierarchy.ClusterNode) -> list[list[int]]:
            if node.is_leaf():
                return [[node.id]]
            pairs = itertools.product(orders(node.left), orders(node.right))
            return [order for a, b in pairs for order in (a + b, b + a)]

        def length(order: list[int]) -> float:
            return sum(apart[a, b] for a, b in itertools.pairwise(order))

        lengths = [length(order) for order in orders(hierarchy.to_tree(found.linkage))]
        assert length(list(found.order)) == pytest.approx(min(lengths))
        assert min(lengths) < max(lengths)
        assert found.optimal

    def test_groups_come_out_together(self) -> None:
        rng = np.random.default_rng(5)
        shapes = rng.normal(size=(3, 20))
        group = np.array([0, 1, 2] * 5)
        found = cluster_order(shapes[group] + 0.1 * rng.normal(size=(15, 20)))
        assert len(list(itertools.groupby(group[found.order]))) == 3

    def test_ward_equals_scipy_and_is_euclidean_only(self) -> None:
        rows = expression(10, 5)
        found = cluster_order(rows, "ward", "euclidean")
        expected = hierarchy.linkage(rows, "ward")
        np.testing.assert_allclose(hierarchy.cophenet(found.linkage), hierarchy.cophenet(expected))
        for metric in ("pearson", "spearman", "cosine"):
            with pytest.raises(BadInput, match="euclidean"):
                cluster_order(rows, "ward", metric)

    @pytest.mark.parametrize(("method", "metric"), [("upgma", "pearson"), ("average", "manhattan")])
    def test_unknown_names_are_answered_with_the_known(self, method: str, metric: str) -> None:
        with pytest.raises(BadInput) as refused:
            cluster_order(expression(4, 4), method, metric)
        allowed = clustering.METHODS if method == "upgma" else clustering.METRICS
        assert all(name in refused.value.hint for name in allowed)

    def test_two_samples_have_no_correlation_so_rows_stay_as_entered(self) -> None:
        found = cluster_order(expression(5, 2))
        np.testing.assert_array_equal(found.order, np.arange(5))
        assert found.linkage is None

    def test_too_many_rows_and_too_large_numbers_are_refused(self) -> None:
        with pytest.raises(TooLarge, match=r"3,000 rows and this is 3,001"):
            cluster_order(np.zeros((3001, 3)))
        with pytest.raises(BadInput, match="too large"):
            cluster_order([[1e200, 0, 1], [0, 1, 2], [2, 1, 5]], metric="euclidean")


class TestDendrogram:
    @pytest.mark.parametrize("metric", ["pearson", "euclidean"])
    def test_brackets_are_those_scipy_draws(self, metric: str) -> None:
        rows = expression(20, 8)
        rows[3] = NAN
        found = cluster_order(rows, metric=metric)
        drawn = hierarchy.dendrogram(found.linkage, no_plot=True)
        places = [tuple((x - 5) / 10 for x in xs) for xs in drawn["icoord"]]  # scipy: 10 a leaf, from 5
        expected = sorted((xs, tuple(ys)) for xs, ys in zip(places, drawn["dcoord"], strict=True))
        np.testing.assert_allclose(sorted(dendrogram_lines(found)), expected)

    def test_a_chain_of_two_thousand_rows_is_drawn(self) -> None:
        gaps = np.arange(2000.0)
        found = cluster_order(np.cumsum(gaps)[:, None], "single", "euclidean")
        assert found.linkage is not None
        assert (found.linkage[:, :2].min(axis=1) < 2000).all()  # each merge adds one leaf: a chain indeed
        lines = dendrogram_lines(found)
        positions = {x for xs, ys in lines for x, y in zip(xs, ys, strict=True) if y == 0}
        assert positions >= set(map(float, range(2000)))
        assert [ys[1] for _, ys in lines] == sorted(gaps[1:])
        assert not found.optimal
