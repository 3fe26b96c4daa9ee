"""What lies behind an edge: r pooled, within each tissue and without it, against numpy in float64."""

from __future__ import annotations

import numpy as np
import pytest

from backend.atlas import atlas, build
from backend.errors import NotConfigured, NotFound
from tests.doubles import archs4_files
from tests.unit.atlas import cohort

PAIRS = (
    (cohort.TOGETHER_A, cohort.TOGETHER_B),
    (cohort.CARRIED_A, cohort.CARRIED_B),
    (cohort.TOGETHER_A, cohort.AGAINST),
    (60, 61),
)


def _r(truth, a, b, places):
    return np.corrcoef(truth.log[a, places], truth.log[b, places])[0, 1]


@pytest.mark.parametrize("pool", ["bulk", "both"])
@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_r_pooled_within_and_without_each_tissue(opened, truth, a, b, pool):
    found = opened.edge(a, b, pool)
    everything = truth.inside(pool)
    assert found.attrs["pooled"] == pytest.approx(_r(truth, a, b, everything), abs=0.02)
    assert found.attrs["n"] == len(everything)
    assert found["n"].sum() == len(everything)
    assert (np.diff(found["n"]) <= 0).all()
    for tissue, n, within, without in zip(found["tissue"], found["n"], found["r"], found["r_without"], strict=True):
        places = truth.inside(pool, tissue)
        assert n == len(places)
        assert without == pytest.approx(_r(truth, a, b, np.setdiff1d(everything, places)), abs=0.02)
        if n < 10:
            assert np.isnan(within)
        else:
            assert within == pytest.approx(_r(truth, a, b, places), abs=0.02)
    assert found.attrs["median_within"] == pytest.approx(found["r"].median())


def test_a_pair_that_one_tissue_carries_is_said_to_be_carried_by_it(opened):
    found = opened.edge(cohort.CARRIED_A, cohort.CARRIED_B, "both")
    assert found.attrs["pooled"] > 0.5
    assert "One tissue carries it: without Heart r is" in found.attrs["sentence"]


def test_a_pair_that_goes_together_everywhere_is_not(opened):
    for partner in (cohort.TOGETHER_B, cohort.AGAINST):
        sentence = opened.edge(cohort.TOGETHER_A, partner, "both").attrs["sentence"]
        assert sentence.endswith("No single tissue carries it.")


def test_a_weak_edge_is_not_explained(opened, truth):
    everything = truth.inside("both")
    weak = next(row for row in range(60, 320) if abs(_r(truth, 60, row, everything)) < 0.1)
    assert "carries" not in opened.edge(60, weak, "both").attrs["sentence"]


def test_where_a_gene_is_constant_there_is_no_r(opened, row):
    found = opened.edge(cohort.ONLY_LIVER, 60, "both").set_index("tissue")
    assert found["r"].drop("Liver").isna().all()
    assert np.isnan(found.loc["Liver", "r_without"])
    assert found["r_without"].drop("Liver").notna().all()


def test_genes_that_hardly_differ_between_replicates_have_an_r(tmp_path):
    random = np.random.default_rng(4)
    shared = random.normal(0, 0.08, 24)
    level = np.log2([[6e4], [9e4]]) + shared + random.normal(0, 0.03, (2, 24))
    counts = np.vstack([np.exp2(level), np.full((3, 24), 200_000)]).round().astype(np.int64)
    counts[4] += 1_000_000 - counts.sum(axis=0)  # the same library size throughout
    fields = {"source_name_ch1": ["liver"] * 12 + ["kidney"] * 12}
    fields |= {"title": ["replicate"] * 24, "characteristics_ch1": ["age: 9 weeks"] * 24}
    made = archs4_files.write_counts(tmp_path / "replicates.h5", "v2.5", counts, fields)
    build.build(made.path)
    found = atlas.opened(made.path).edge(0, 1, "both")
    steps = np.rint(np.log2(1 + counts[:2]) * 12.75)
    for tissue, places in (("Liver", slice(0, 12)), ("Kidney", slice(12, 24))):
        r = found.set_index("tissue").loc[tissue, "r"]
        assert r == pytest.approx(np.corrcoef(steps[:, places])[0, 1], abs=1e-9)


def test_a_gene_that_is_constant_everywhere_has_no_edge(opened):
    with pytest.raises(NotFound, match="same value in every sample"):
        opened.edge(cohort.SILENT, 60, "both")


def test_the_small_index_says_that_it_cannot_look_behind_an_edge(small):
    with pytest.raises(NotConfigured, match="--small"):
        small.edge(60, 61, "both")
