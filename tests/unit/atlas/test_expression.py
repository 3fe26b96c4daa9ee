"""Profiles: boxes of tissues and cohorts against numpy in float64."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from backend.atlas import codes
from backend.errors import BadInput, NotConfigured, NotFound
from backend.model import PROFILE_BOX_COLUMNS, Choice, Cohort
from tests.unit.atlas import cohort

POOLS = ("bulk", "single-cell", "both")
STEP = 0.5 / (256 * codes.STEPS)  # statistics are kept in steps of this half
NEAR = codes.HALF_STEP + STEP
SHARES = (0, 0.25, 0.5, 0.75, 1)
ROWS = list(range(cohort.GENES))


def _expected(truth, row, places):
    values = truth.log[row, places]
    quantiles = dict(zip(PROFILE_BOX_COLUMNS, np.quantile(values, SHARES), strict=True))
    return {"mean": values.mean(), "sd": values.std(), "detected": (truth.counts[row, places] > 0).mean()} | quantiles


@pytest.fixture(scope="module", params=POOLS)
def profiles(request, opened, truth):
    """(pool, all profiles of a pool, what they must be)."""
    pool = request.param
    found = opened.profiles(ROWS, Choice(pool))
    tables = []
    for tissue in found["tissue"].unique():
        places = truth.inside(pool, tissue)
        values = truth.log[:, places]
        boxes = dict(zip(PROFILE_BOX_COLUMNS, np.quantile(values, SHARES, axis=1), strict=True))
        moments = {"mean": values.mean(axis=1), "sd": values.std(axis=1)}
        detected = (truth.counts[:, places] > 0).mean(axis=1)
        names = {"gene": opened.genes.labels, "tissue": tissue, "row": ROWS, "detected": detected}
        tables.append(pd.DataFrame(names | moments | boxes))
    expected = pd.concat(tables).sort_values("row", kind="stable", ignore_index=True)
    return pool, found, expected


def test_each_tissue_of_the_pool_is_there_once_with_its_numbers_of_samples_and_series(profiles, truth):
    pool, found, expected = profiles
    assert list(zip(found["gene"], found["tissue"], strict=True)) == list(
        zip(expected["gene"], expected["tissue"], strict=True)
    )
    one = found[found["gene"] == found["gene"].iloc[0]].set_index("tissue")
    wanted = {name: truth.inside(pool, name) for _, name, _ in cohort.TISSUES}
    assert set(one.index) == {name for name, places in wanted.items() if len(places)}
    assert one["n_samples"].to_dict() == {name: len(wanted[name]) for name in one.index}
    assert one["n_series"].to_dict() == {name: truth.n_series(wanted[name]) for name in one.index}


def test_means_are_within_a_hundredth(profiles):
    _, found, expected = profiles
    np.testing.assert_allclose(found["mean"], expected["mean"], rtol=0, atol=0.01)


def test_standard_deviations_are_those_of_the_population(profiles):
    _, found, expected = profiles
    np.testing.assert_allclose(found["sd"], expected["sd"], rtol=0, atol=0.01)


@pytest.mark.parametrize("field", PROFILE_BOX_COLUMNS)
def test_quartiles_and_ends_are_within_half_a_step(profiles, field):
    _, found, expected = profiles
    np.testing.assert_allclose(found[field], expected[field], rtol=0, atol=NEAR)


def test_the_detected_share_counts_every_read(profiles):
    _, found, expected = profiles
    samples = found["n_samples"]
    np.testing.assert_array_equal((found["detected"] * samples).round(), (expected["detected"] * samples).round())
    np.testing.assert_allclose(found["detected"], expected["detected"], rtol=0, atol=2e-4)


def test_a_single_read_in_a_deep_library_is_detected_though_its_value_is_next_to_nothing(opened, truth):
    deep = truth.libraries > 37_000_000
    assert (truth.counts[cohort.FAINT, deep] == 1).any()
    found = opened.profiles([cohort.FAINT], Choice("both")).set_index("tissue")
    places = truth.inside("both", "Liver")
    assert found.loc["Liver", "detected"] == pytest.approx((truth.counts[cohort.FAINT, places] > 0).mean(), abs=2e-4)


def test_z_is_against_all_samples_of_the_pool(profiles, truth, opened):
    pool, found, wanted = profiles
    everything = truth.inside(pool)
    reference = truth.log[:, everything]
    mean, sd = reference.mean(axis=1), reference.std(axis=1)
    order = {label: row for row, label in enumerate(opened.genes.labels)}
    rows = found["gene"].map(order).to_numpy()
    flat = sd[rows] == 0
    assert found["z"][flat].isna().all()
    expected = ((wanted["mean"] - mean[rows]) / np.where(flat, np.nan, sd[rows]))[~flat]
    step = 4 * STEP  # of a mean as it is kept; what it weighs depends on the spread of the gene
    allowed = (1 + np.abs(expected)) * step / sd[rows][~flat] + 0.001
    assert (np.abs(found["z"][~flat] - expected) <= allowed).all()
    assert allowed[(sd[rows] > 0.1)[~flat]].max() < 0.1
    assert opened.pool_size(pool) == len(everything)
    assert f"{len(everything):,}" in opened.reference(pool)


def test_a_gene_without_any_read_is_zero_and_has_no_z(opened):
    found = opened.profiles([cohort.SILENT], Choice("both"))
    assert (found[["mean", "sd", "detected", *PROFILE_BOX_COLUMNS]] == 0).all(axis=None)
    assert found["z"].isna().all()


def test_a_cohort_is_a_bar_of_its_own(opened, truth):
    choice = Choice("both", cohorts=(Cohort("Study", "series:GSE13"), Cohort("Warm", "liver OR heart")))
    found = opened.profiles([60, 61], choice)
    assert list(found["gene"].unique()) == [opened.genes.labels[row] for row in (60, 61)]
    belongs = np.array([name == "GSE13" for name in truth.series])
    wanted = {
        "Study": np.flatnonzero(belongs & (truth.libraries > 0)),
        "Warm": np.union1d(truth.inside("both", "Liver"), truth.inside("both", "Heart")),
    }
    for row in (60, 61):
        one = found[found["gene"] == opened.genes.labels[row]].set_index("tissue")
        assert list(one.index[-2:]) == ["Study", "Warm"]
        for name, places in wanted.items():
            expected = _expected(truth, row, places)
            assert one.loc[name, "n_samples"] == len(places)
            assert one.loc[name, "n_series"] == truth.n_series(places)
            assert one.loc[name, "system"] == "Cohorts"
            for field in (*PROFILE_BOX_COLUMNS, "mean", "sd"):  # from the counts themselves
                assert one.loc[name, field] == pytest.approx(expected[field], abs=1e-9)


def test_a_cohort_of_all_samples_of_a_tissue_equals_the_tissue(opened):
    found = opened.profiles([60], Choice("both", cohorts=(Cohort("Mine", "tissue:Liver"),))).set_index("tissue")
    numbers = [*PROFILE_BOX_COLUMNS, "mean", "sd", "detected", "z"]
    mine, liver = (found.loc[name, numbers].astype(float) for name in ("Mine", "Liver"))
    np.testing.assert_allclose(mine, liver, atol=NEAR)
    np.testing.assert_allclose(mine[["mean", "sd"]], liver[["mean", "sd"]], atol=0.01)


def test_cohorts_hold_samples_of_the_pool_only(opened, truth):
    found = opened.profiles([60], Choice("single-cell", cohorts=(Cohort("Mine", "heart"),))).set_index("tissue")
    assert found.loc["Mine", "n_samples"] == len(truth.inside("single-cell", "Heart"))


@pytest.mark.parametrize("query", ["series:GSE404", "sample:GSM1000988"])  # nothing; only the sample without reads
def test_an_empty_cohort_is_said_to_be_empty(opened, query):
    with pytest.raises(NotFound, match="matches"):
        opened.profiles([60], Choice("both", cohorts=(Cohort("None", query),)))


def test_a_query_that_cannot_be_read_is_refused(opened):
    with pytest.raises(BadInput):
        opened.profiles([60], Choice("both", cohorts=(Cohort("None", '"open'),)))


# study-balanced


def _weights(truth, places):
    """One over the size of the sample's series among these; a sample of no series stands alone."""
    names = [truth.series[place] or f"alone {place}" for place in places]
    return np.array([1 / names.count(name) for name in names])


def _weighted(truth, row, places):
    values, weight = truth.log[row, places], _weights(truth, places)
    mean = np.average(values, weights=weight)
    order = np.argsort(values)
    reached = np.cumsum(weight[order]) / weight.sum()
    quantile = {
        name: values[order][np.argmax(reached >= share - 1e-9)]
        for name, share in (("q1", 0.25), ("median", 0.5), ("q3", 0.75))
    }
    return quantile | {
        "mean": mean,
        "sd": np.sqrt(np.average((values - mean) ** 2, weights=weight)),
        "n_effective": weight.sum() ** 2 / (weight**2).sum(),
    }


@pytest.mark.parametrize("pool", POOLS)
def test_balanced_each_series_weighs_once(opened, truth, pool):
    rows = [3, 60, 61, cohort.ONLY_LIVER]
    found = opened.profiles(rows, Choice(pool, balanced=True, cohorts=(Cohort("Mine", "liver OR heart"),)))
    mine = np.union1d(truth.inside(pool, "Liver"), truth.inside(pool, "Heart"))
    for row in rows:
        one = found[found["gene"] == opened.genes.labels[row]].set_index("tissue")
        whole = _weighted(truth, row, truth.inside(pool))
        for tissue in one.index:
            places = mine if tissue == "Mine" else truth.inside(pool, tissue)
            expected = _weighted(truth, row, places)
            assert one.loc[tissue, "n_samples"] == len(places)
            assert one.loc[tissue, "n_effective"] == pytest.approx(expected["n_effective"])
            assert one.loc[tissue, "mean"] == pytest.approx(expected["mean"], abs=0.02)
            assert one.loc[tissue, "sd"] == pytest.approx(expected["sd"], abs=0.03)
            for field in ("q1", "median", "q3"):
                assert one.loc[tissue, field] == pytest.approx(expected[field], abs=NEAR)
            z = (expected["mean"] - whole["mean"]) / whole["sd"]
            assert one.loc[tissue, "z"] == pytest.approx(z, abs=0.03)


def test_balancing_moves_a_tissue_that_one_large_study_rules(opened):
    plain = opened.profiles([60], Choice("both")).set_index("tissue")
    balanced = opened.profiles([60], Choice("both", balanced=True)).set_index("tissue")
    assert abs(plain.loc["Liver", "mean"] - balanced.loc["Liver", "mean"]) > 0.05
    assert balanced.loc["Liver", "n_effective"] < plain.loc["Liver", "n_samples"]


# points


def test_points_are_the_samples_of_a_tissue_with_their_exact_values(opened, truth):
    found = opened.points(60, "Heart", "bulk")
    places = truth.inside("bulk", "Heart")
    assert list(found["sample"]) == [truth.samples[place] for place in places]
    np.testing.assert_allclose(found["value"], truth.log[60, places], rtol=1e-12)
    assert found.attrs["of"] == len(places)


def test_a_draw_of_points_is_the_same_each_time_and_says_of_how_many(opened, truth):
    first, second = (opened.points(60, "Liver", "both", most=10) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert len(first) == 10
    assert first["sample"].is_unique
    assert first.attrs["of"] == len(truth.inside("both", "Liver"))


def test_points_of_a_tissue_that_is_not_there_are_refused(opened):
    with pytest.raises(NotFound, match="no tissue"):
        opened.points(60, "Moon", "both")


# the small index


def test_the_small_index_gives_the_same_profiles(small, opened):
    pd.testing.assert_frame_equal(small.profiles(ROWS, Choice("bulk")), opened.profiles(ROWS, Choice("bulk")))


def test_the_small_index_reads_a_cohort_from_the_file(small, truth):
    found = small.profiles([60], Choice("both", cohorts=(Cohort("Mine", "heart"),))).set_index("tissue")
    places = truth.inside("both", "Heart")
    expected = _expected(truth, 60, places)
    for field in ("mean", "sd", "detected", *PROFILE_BOX_COLUMNS):
        assert found.loc["Mine", field] == pytest.approx(expected[field], abs=1e-9)


def test_the_small_index_says_that_it_cannot_balance(small):
    with pytest.raises(NotConfigured, match="--small"):
        small.profiles([60], Choice("both", balanced=True))
