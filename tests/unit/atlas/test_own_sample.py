"""A sample of the user's own: percentiles against scipy, and the nearest tissues."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from backend.atlas import codes, own_sample
from backend.errors import BadInput, NotConfigured
from tests.unit.atlas import cohort

ROWS = [3, 60, 61, 62, cohort.SILENT, cohort.ONLY_LIVER, cohort.TOGETHER_A]
POOLS = ("bulk", "single-cell", "both")


@pytest.fixture(scope="module")
def mine(truth):
    """log2(1+CPM) of a liver sample as a user would bring it, every count a little changed."""
    place = truth.inside("bulk", "Liver")[3]
    return own_sample.log_cpm(truth.counts[:, place] * 0.9 + 3.5)


@pytest.mark.parametrize("pool", POOLS)
def test_percentiles_are_the_share_of_each_tissue_below_with_ties_counted_half(opened, truth, mine, pool):
    found = opened.percentiles(ROWS, mine[ROWS], pool)
    labels = opened.genes.labels
    tissues = [name for _, name, _ in cohort.TISSUES if len(truth.inside(pool, name))]
    assert len(found) == len(ROWS) * len(tissues)
    for gene in ROWS:
        one = found[found["gene"] == labels[gene]].set_index("tissue")
        assert set(one.index) == set(tissues)
        for tissue in tissues:
            values = truth.log[gene, truth.inside(pool, tissue)]
            rounded = np.floor(values * codes.STEPS + 0.5)
            exact = stats.percentileofscore(rounded, np.floor(mine[gene] * codes.STEPS + 0.5), kind="mean")
            assert one.loc[tissue, "n"] == len(values)
            assert one.loc[tissue, "value"] == mine[gene]
            assert one.loc[tissue, "percentile"] == pytest.approx(exact)
            low, high = (
                stats.percentileofscore(values, mine[gene] + away, kind=kind)
                for away, kind in ((-1 / codes.STEPS, "strict"), (1 / codes.STEPS, "weak"))
            )
            assert low - 1e-9 <= one.loc[tissue, "percentile"] <= high + 1e-9


def test_the_largest_and_the_smallest_of_all(opened):
    found = opened.percentiles([62, 62], np.array([19.9, 0.0]), "both")
    top, bottom = found["percentile"].to_numpy().reshape(2, -1)
    assert (top == 100).all()
    assert (bottom <= 50).all()


@pytest.mark.parametrize("pool", POOLS)
def test_the_nearest_tissues_are_ranked_by_spearman_with_their_means(opened, truth, mine, pool):
    rows = list(range(cohort.GENES))
    found = opened.nearest_tissues(rows, mine, pool)
    expected = {}
    for _, tissue, _ in cohort.TISSUES:
        if len(places := truth.inside(pool, tissue)):
            expected[tissue] = stats.spearmanr(mine, truth.log[:, places].mean(axis=1)).statistic
            assert found.set_index("tissue").loc[tissue, "n"] == len(places)
    assert found["tissue"].iloc[0] == "Liver"
    assert set(found["tissue"]) == set(expected)
    np.testing.assert_allclose(found["r"], [expected[tissue] for tissue in found["tissue"]], rtol=0, atol=0.01)
    assert (np.diff(found["r"]) <= 0).all()
    assert (found["genes"] == cohort.GENES).all()


def test_the_small_index_finds_the_nearest_tissues_but_no_percentile(small, mine):
    assert small.nearest_tissues(list(range(cohort.GENES)), mine, "both")["tissue"].iloc[0] == "Liver"
    with pytest.raises(NotConfigured, match="--small"):
        small.percentiles([60], mine[[60]], "both")


def test_a_few_genes_are_too_few_for_a_comparison(opened, mine):
    with pytest.raises(BadInput, match="Only 199 genes"):
        opened.nearest_tissues(list(range(199)), mine[:199], "both")


@pytest.mark.parametrize("counts", [[], [0, 0], [1, -1], [1, np.nan], [1, np.inf]])
def test_a_vector_that_is_no_sample_is_refused(counts):
    with pytest.raises(BadInput):
        own_sample.log_cpm(np.array(counts, float))
