"""Partners of a gene: r, n, p and q against numpy and scipy in float64, over a pool and within groups."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from backend.atlas import atlas, build
from backend.atlas.coexpression import LOW
from backend.errors import NotFound
from backend.settings import Settings
from backend.sources import archs4_files as archs4_shelf
from backend.sources import archs4_h5
from tests.doubles import archs4_files
from tests.unit.atlas import cohort

POOLS = ("bulk", "single-cell", "both")
METHODS = ("pearson", "spearman")
ASKED = (62, 60, 61, cohort.TWIN_A, cohort.TOGETHER_A, cohort.ONLY_LIVER)
CLEAR = 1.0  # mean log2(1+CPM) from which the codes of one byte tell r to two hundredths; single reads fall below them
EVERY = cohort.GENES


def _r(truth, row, places, method):
    """r of a gene with every gene, NaN where one does not vary."""
    values = truth.log[:, places]
    if method == "spearman":
        flat = np.ptp(values, axis=1) == 0
        values = stats.rankdata(values, axis=1)
        values[flat] = 1
    away = values - values.mean(axis=1, keepdims=True)
    away[np.ptp(values, axis=1) == 0] = 0
    length = np.sqrt((away**2).sum(axis=1))
    with np.errstate(invalid="ignore"):
        return away @ away[row] / (length * length[row])


def _check(found, expected, row, n, atol, clear=None):
    """A whole table of partners: every gene that varies is there, with its r where it is `clear`."""
    clear = np.ones(EVERY, bool) if clear is None else clear
    assert row not in found["row"].tolist()
    known = np.flatnonzero(~np.isnan(expected))
    assert set(known) - {row} >= set(found["row"])
    left_out = [gene for gene in set(known) - {row} - set(found["row"]) if clear[gene]]
    assert np.abs(expected[left_out]).max(initial=0) <= atol  # only a gene whose r is 0
    away = np.abs(found["r"] - expected[found["row"]])
    assert away[clear[found["row"]]].max() <= atol
    assert (found["n"] == n).all()
    assert (np.diff(found["r"].abs()) <= 0).all()


@pytest.fixture
def partners(opened, row):
    def asked(*arguments, of=opened):
        found = of.partners(*arguments)
        return found.assign(row=[row(gene) for gene in found["gene"]])

    return asked


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("pool", POOLS)
def test_over_a_pool_every_r_is_within_two_hundredths(partners, truth, pool, method):
    places = truth.inside(pool)
    clear = truth.log[:, places].mean(axis=1) > CLEAR
    assert clear.sum() > 200
    for gene in ASKED:
        assert clear[gene]
        found = partners(gene, pool, method, EVERY)
        _check(found, _r(truth, gene, places, method), gene, len(places), 0.02, clear)
        assert found.attrs["n"] == len(places)
        assert f"{method.capitalize()} over all {len(places):,} samples" in found.attrs["method"]


def test_twins_correlate_perfectly_and_opposites_negatively(partners):
    found = partners(cohort.TWIN_A, "both", "pearson", EVERY)
    assert (found["row"].iloc[0], found["r"].iloc[0]) == (cohort.TWIN_B, pytest.approx(1))
    found = partners(cohort.TOGETHER_A, "both", "spearman", 1)
    assert found["row"].tolist() == [cohort.TOGETHER_B, cohort.AGAINST]
    assert found["r"].iloc[0] > 0.8
    assert found["r"].iloc[1] < -0.5


def test_the_limit_holds_for_each_sign(partners, truth):
    found = partners(60, "bulk", "pearson", 7)
    assert [(found["r"] > 0).sum(), (found["r"] < 0).sum()] == [7, 7]
    whole = partners(60, "bulk", "pearson", EVERY)
    for sign in (1, -1):
        strongest = whole[np.sign(whole["r"]) == sign].head(7)
        assert set(found.loc[np.sign(found["r"]) == sign, "gene"]) == set(strongest["gene"])


def test_p_and_q_follow_from_r_and_n_over_all_genes(partners, truth):
    found = partners(60, "bulk", "pearson", EVERY)
    n = len(truth.inside("bulk"))
    t = found["r"] * np.sqrt((n - 2) / (1 - found["r"] ** 2))
    p = 2 * stats.t.sf(np.abs(t), n - 2)
    np.testing.assert_allclose(found["p"], p, rtol=1e-6, atol=1e-300)
    q = stats.false_discovery_control(np.concatenate([p, np.ones(EVERY - len(p))]))[: len(p)]
    np.testing.assert_allclose(found["q"], q, rtol=1e-6, atol=1e-300)


def test_mean_expression_and_the_mark_of_low_expression(partners, truth):
    found = partners(60, "bulk", "pearson", EVERY)
    mean = truth.log[:, truth.inside("bulk")].mean(axis=1)[found["row"]]
    np.testing.assert_allclose(found["mean_expression"], mean, rtol=0, atol=0.01)
    clear = np.abs(mean - LOW) > 0.01
    assert (found["low"] == (mean < LOW))[clear].all()
    assert found["low"].any()
    assert not found["low"].all()


def test_a_gene_that_never_varies_has_no_partners_and_is_none(opened, partners, truth):
    with pytest.raises(NotFound, match="same value in all"):
        opened.partners(cohort.SILENT, "bulk", "pearson", 5)
    with pytest.raises(NotFound, match="same value in all"):
        opened.partners(cohort.SILENT, truth.inside("both", "Heart"), "pearson", 5)
    with pytest.raises(NotFound, match="same value in all"):
        opened.partners(cohort.ONLY_LIVER, truth.inside("both", "Heart"), "spearman", 5)
    assert cohort.SILENT not in partners(60, "bulk", "spearman", EVERY)["row"].tolist()


# within a group, exactly


@pytest.mark.parametrize("engine", ["", "h5py"], ids=["fast", "h5py"])
@pytest.mark.parametrize("method", METHODS)
def test_within_a_tissue_r_is_exact(partners, truth, method, engine, monkeypatch):
    monkeypatch.setenv("EXPRONAUT_ENGINE", engine)
    atlas.index._opened.cache_clear()
    again = atlas.opened(truth.path)
    places = again.tissue_places("Heart", "bulk")
    np.testing.assert_array_equal(places, truth.inside("bulk", "Heart"))
    for gene in (3, cohort.CARRIED_A, cohort.TWIN_A):
        found = partners(gene, places, method, EVERY, of=again)
        _check(found, _r(truth, gene, places, method), gene, len(places), 1e-9)
        np.testing.assert_allclose(found["mean_expression"], truth.log[found["row"]][:, places].mean(axis=1), atol=1e-9)
        assert f"over {len(places)} samples" in found.attrs["method"]
    atlas.index._opened.cache_clear()


def test_within_a_series_and_within_a_search_r_is_exact(opened, partners, truth):
    series = opened.samples.series_places("GSE99")
    belongs = np.array([i for i in range(cohort.SAMPLES) if i % 11 == 0 and i % 17 != 4])  # the second one of these
    np.testing.assert_array_equal(series, belongs)
    for places in (series, opened.places("liver OR kidney", "single-cell")):
        usable = places[truth.libraries[places] > 0]
        found = partners(60, places, "pearson", EVERY)
        _check(found, _r(truth, 60, usable, "pearson"), 60, len(usable), 1e-9)


def test_samples_without_reads_are_left_out(partners, truth):
    places = np.append(truth.inside("both", "Spleen"), cohort.EMPTY)
    found = partners(60, places, "pearson", 5)
    assert (found["n"] == len(places) - 1).all()


def test_too_few_samples_are_refused(opened, truth):
    with pytest.raises(NotFound, match=r"3 samples.*needs 4"):
        opened.partners(60, truth.inside("both", "Heart")[:3], "pearson", 5)
    with pytest.raises(NotFound, match="None of the bulk samples"):
        opened.places("series:GSE404", "bulk")


# few genes among each other


@pytest.mark.parametrize("pool", POOLS)
def test_every_pair_of_a_few_genes(opened, truth, pool, row):
    rows = [60, cohort.TOGETHER_A, cohort.TOGETHER_B, cohort.SILENT, 3]
    found = opened.correlations(rows, pool)
    places = truth.inside(pool)
    pairs = {(row(a), row(b)): r for a, b, r in zip(found["gene_a"], found["gene_b"], found["r"], strict=True)}
    vary = [gene for gene in rows if gene != cohort.SILENT]
    assert set(pairs) == {(a, b) for i, a in enumerate(vary) for b in vary[i + 1 :]}
    for (a, b), r in pairs.items():
        assert r == pytest.approx(np.corrcoef(truth.log[a, places], truth.log[b, places])[0, 1], abs=0.02)
    assert (found["n"] == len(places)).all()


# the table of partners


def test_the_table_of_partners_is_the_two_ends_of_all_r_over_bulk_samples(opened, truth, row):
    places = truth.inside("bulk")
    detected = (truth.counts[:, places] > 0).mean(axis=1)
    there = detected >= 0.02
    for gene in (60, cohort.TOGETHER_A, cohort.CARRIED_A):
        expected = np.where(there, _r(truth, gene, places, "pearson"), np.nan)
        expected[gene] = np.nan
        found = opened.neighbours(gene, 10)
        rows = [row(name) for name in found["gene"]]
        assert len(set(rows)) == len(rows)
        assert gene not in rows
        np.testing.assert_allclose(found["r"], expected[rows], rtol=0, atol=0.02)
        assert (found["n"] == len(places)).all()
        assert (np.diff(found["r"].abs()) <= 0).all()
        for sign in (1, -1):
            ends = np.sort(sign * expected[~np.isnan(expected)])[::-1][:10]
            np.testing.assert_allclose(np.sort(sign * found["r"][np.sign(found["r"]) == sign])[::-1], ends, atol=0.02)


def test_a_gene_that_is_hardly_ever_detected_is_not_in_the_table(opened):
    with pytest.raises(NotFound, match="rarely detected"):
        opened.neighbours(cohort.SILENT, 5)


def test_in_a_file_of_few_genes_no_partner_is_listed_twice(tmp_path):
    made = archs4_files.write(tmp_path / "few.h5", "v2.5", genes=60, samples=80)
    build.build(made.path)
    opened = atlas.opened(made.path)
    found = opened.neighbours(14, 100)
    assert found["gene"].is_unique
    assert opened.genes.labels[14] not in found["gene"].tolist()


# candidates, as large files have them


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """(file, exact log2(1+CPM), atlas) of more genes than are looked at exactly, indexed with candidates."""
    random = np.random.default_rng(8)
    genes, samples = 2_600, 150
    factor = random.standard_normal((6, samples))
    level = random.normal(5, 2, (genes, 1)) + random.uniform(0, 1.5, (genes, 1)) * factor[np.arange(genes) % 6]
    share = np.exp2(level + random.normal(0, 0.5, level.shape))
    counts = random.poisson(share / share.sum(axis=0) * 3e6)
    single = np.where(np.arange(samples) % 3, 0.1, 0.9)
    made = archs4_files.write_counts(tmp_path_factory.mktemp("many") / "many.h5", "v2.5", counts, single_cell=single)
    build.build(made.path, scanned_whole=100)
    index = made.path.with_name("many.h5.index")
    drawn, places = np.load(index / "candidates.npy"), np.load(index / "candidate_places.npy")
    kept = np.sort(random.choice(samples, 60, replace=False))  # as if fewer samples than all had been drawn
    np.save(index / "candidates.npy", drawn[:, kept])
    np.save(index / "candidate_places.npy", places[kept])
    log = np.log2(1 + counts / counts.sum(axis=0) * 1e6)[:, single < 0.5]
    return log, atlas.opened(made.path)


@pytest.mark.parametrize("method", METHODS)
def test_candidates_are_ranked_again_over_all_samples(many, method):
    log, opened = many
    rank = {label: row for row, label in enumerate(opened.genes.labels)}
    ranked = stats.rankdata(log, axis=1) if method == "spearman" else log
    expected = np.corrcoef(ranked)[100]
    found = opened.partners(100, "bulk", method, 100)
    rows = [rank[gene] for gene in found["gene"]]
    np.testing.assert_allclose(found["r"], expected[rows], rtol=0, atol=0.02)
    assert (found["n"] == log.shape[1]).all()
    assert "candidates" in found.attrs["method"]
    assert "drawn at random" in found.attrs["method"]
    expected[100] = 0
    for ends in (np.argsort(-expected)[:100], np.argsort(expected)[:100]):
        assert len(set(ends) & set(rows)) >= 95


def test_what_is_a_candidate_has_the_r_of_a_scan(many, tmp_path):
    _, opened = many
    build.build(opened.layout.path)  # once more without candidates
    scanned = atlas.opened(opened.layout.path).partners(100, "bulk", "pearson", 2_600).set_index("gene")
    assert "of every gene" in scanned.attrs["method"]
    found = opened.partners(100, "bulk", "pearson", 50).set_index("gene")
    np.testing.assert_array_equal(found["r"], scanned.loc[found.index, "r"])


def test_the_small_index_correlates_over_the_drawn_samples_and_says_so(small, truth, row):
    found = small.partners(60, "bulk", "pearson", 20)
    expected = _r(truth, 60, truth.inside("bulk"), "pearson")
    np.testing.assert_allclose(found["r"], expected[[row(gene) for gene in found["gene"]]], rtol=0, atol=0.02)
    assert "small index" in found.attrs["method"]
    assert (found["n"] == len(truth.inside("bulk"))).all()
    pairs = small.correlations([60, 61], "bulk")
    np.testing.assert_allclose(pairs["r"], expected[61], rtol=0, atol=0.02)


def test_n_and_p_of_a_small_index_are_those_of_the_drawn_samples(small, truth, tmp_path):
    path = tmp_path / truth.path.name
    shutil.copy2(small.layout.path, path)
    index = Path(shutil.copytree(small.index.folder, tmp_path / small.index.folder.name))
    kept = np.arange(0, len(np.load(index / "candidate_places.npy")), 3)  # as if the file held more than are drawn
    for name in ("candidates.npy", "candidate_places.npy"):
        np.save(index / name, np.load(index / name)[..., kept])
    places = np.intersect1d(np.load(index / "candidate_places.npy"), truth.inside("bulk"))
    found = atlas.opened(path).partners(60, "bulk", "pearson", 20)
    assert (found["n"] == len(places)).all()
    assert found.attrs["n"] == len(places)
    t = found["r"] * np.sqrt((len(places) - 2) / (1 - found["r"] ** 2))
    np.testing.assert_allclose(found["p"], 2 * stats.t.sf(np.abs(t), len(places) - 2), rtol=1e-6, atol=1e-300)
    (file,) = archs4_shelf.look(Settings(data=(path,), home=tmp_path / "home", demo=False)).files.values()
    told = archs4_h5.source(file).correlations([truth.symbols[60], truth.symbols[61]], "human").provenance
    assert told.n == len(places)
    pool = f"{len(truth.inside('bulk'))} bulk samples"
    assert f"Over {len(places)} samples drawn at random from all {pool}." in told.notes


def test_the_small_index_is_exact_within_a_tissue(small, truth, row):
    places = truth.inside("both", "Heart")
    found = small.partners(60, places, "pearson", EVERY)
    expected = _r(truth, 60, places, "pearson")[[row(gene) for gene in found["gene"]]]
    np.testing.assert_allclose(found["r"], expected, rtol=0, atol=1e-9)
