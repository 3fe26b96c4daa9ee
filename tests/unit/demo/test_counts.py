"""Counts have the size, the zeros and the single-cell mix of ARCHS4, and the tissue means of the atlas."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from backend import settings

SERIES_OF_LIVER = "GSE9000001"  # every file begins with it


@pytest.fixture(scope="module")
def atlas() -> dict[str, np.ndarray]:
    """Tissue -> log2(nTPM+1), in the order of the ids under "ensembl", read without the app."""
    with h5py.File(settings.ROOT / "data" / "hpa" / "hpa_v23.h5") as file:
        keys = [key.decode() for key in file["tissue/key"][:]]
        values = np.log2(file["tissue/expression"][:].astype(np.float64) + 1)
        ids = np.array([ensembl.decode() for ensembl in file["genes/ensembl"][:]])
    return {"ensembl": ids} | dict(zip(keys, values.T, strict=True))


def _log_cpm(cohort, places: np.ndarray) -> np.ndarray:
    return np.log2(1 + cohort.counts[:, places] / cohort.sizes[places] * 1e6)


def test_six_counts_in_ten_are_zero_most_of_them_in_single_cells(cohort):
    zero = cohort.counts == 0
    single, bulk = zero[:, cohort.single].mean(), zero[:, ~cohort.single].mean()
    share = 0.4 * single + 0.6 * bulk  # at the mix of the whole cohort
    assert 0.5 <= share <= 0.7
    assert single > 0.8
    assert bulk < 0.55


def test_library_sizes_span_what_is_measured(cohort):
    read = cohort.sizes > 0
    bulk, single = cohort.sizes[~cohort.single & read], cohort.sizes[cohort.single & read]
    assert 15e6 < np.median(bulk) < 35e6
    assert bulk.min() > 0.45e6
    assert bulk.max() < 71e6
    assert single.min() > 45e3
    assert single.max() < 2.1e6


def test_one_sample_has_no_reads(cohort):
    assert np.flatnonzero(cohort.sizes == 0).tolist() == [11]


def test_the_mean_of_a_tissue_is_the_atlas_s(cohort, atlas):
    """And no other tissue's: of its 50 profiles the right one is nearest."""
    places = np.flatnonzero((cohort.table["series"] == SERIES_OF_LIVER) & (cohort.sizes > 0))
    mean = _log_cpm(cohort, places).mean(axis=1)
    row = {ensembl: at for at, ensembl in enumerate(cohort.ensembl)}
    rows = np.array([row[ensembl] for ensembl in atlas["ensembl"]])
    r = {}
    for tissue in atlas.keys() - {"ensembl"}:
        known = ~np.isnan(atlas[tissue])
        r[tissue] = np.corrcoef(mean[rows][known], atlas[tissue][known])[0, 1]
    assert len(places) >= 10
    assert r["liver"] > 0.9
    assert max(r, key=r.__getitem__) == "liver"


def test_genes_are_co_expressed_within_a_tissue(cohort):
    """A few shared factors: the first components hold more than chance would give them."""
    places = np.flatnonzero((cohort.table["series"] == SERIES_OF_LIVER) & (cohort.sizes > 0))
    values = _log_cpm(cohort, places)
    values = values[values.mean(axis=1) > 4]
    values -= values.mean(axis=1, keepdims=True)
    shuffled = np.random.default_rng(0).permuted(values, axis=1)
    share, by_chance = (
        np.linalg.svd(matrix, compute_uv=False)[0] ** 2 / (matrix**2).sum() for matrix in (values, shuffled)
    )
    assert share > 1.3 * by_chance
