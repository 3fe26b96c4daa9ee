"""Exact counts of chosen genes in chosen samples, equal to what was written."""

from __future__ import annotations

import numpy as np
import pytest

from backend.atlas import atlas, build
from backend.errors import BadInput, TooLarge
from tests.doubles import archs4_files
from tests.unit.atlas import cohort

ENGINES = ["", "h5py"]


@pytest.fixture(params=ENGINES, ids=["fast", "h5py"])
def asked(request, monkeypatch, truth):
    """The atlas, read by either engine."""
    monkeypatch.setenv("EXPRONAUT_ENGINE", request.param)
    atlas.index._opened.cache_clear()
    yield atlas.opened(truth.path)
    atlas.index._opened.cache_clear()


def test_every_count_is_as_written(asked, truth):
    found = asked.counts(range(cohort.GENES), range(cohort.SAMPLES))
    assert found.dtype == np.uint32
    np.testing.assert_array_equal(found, truth.counts)


def test_counts_come_in_the_order_asked_for(asked, truth):
    random = np.random.default_rng(3)
    rows = random.integers(0, cohort.GENES, 40)  # across pieces of genes, some twice
    places = random.integers(0, cohort.SAMPLES, 200)
    np.testing.assert_array_equal(asked.counts(rows, places), truth.counts[np.ix_(rows, places)])


@pytest.mark.parametrize(("rows", "places"), [([], [3]), ([3], []), ([], [])])
def test_nothing_asked_for_is_nothing_found(asked, rows, places):
    assert asked.counts(rows, places).shape == (len(rows), len(places))


def test_values_are_log2_of_1_plus_cpm_and_nan_without_reads(asked, truth):
    found = asked.values(range(cohort.GENES), range(cohort.SAMPLES))
    np.testing.assert_allclose(found, truth.log, rtol=1e-12, atol=1e-13)
    assert np.isnan(found[:, cohort.EMPTY]).all()


def test_library_sizes_are_the_sums_of_all_counts(opened, truth):
    np.testing.assert_array_equal(opened.libraries, truth.libraries)


@pytest.mark.parametrize(("rows", "places"), [([cohort.GENES], [0]), ([-1], [0]), ([0], [cohort.SAMPLES]), ([0], [-1])])
def test_a_place_outside_the_file_is_refused(asked, rows, places):
    with pytest.raises(BadInput, match="outside"):
        asked.counts(rows, places)


def test_more_than_the_cap_is_refused_with_both_numbers(asked):
    with pytest.raises(TooLarge, match=r"320 genes in 70,000 samples .*20,000,000"):
        asked.counts(range(cohort.GENES), [0] * 70_000)


def test_a_count_beyond_31_bits_survives(tmp_path):
    made = archs4_files.write(tmp_path / "large.h5", "v2.5", samples=10)
    assert made.counts.max() > 2**31
    build.build(made.path)
    np.testing.assert_array_equal(atlas.opened(made.path).counts(range(300), range(10)), made.counts)


def test_the_small_index_gives_exact_counts_too(small, truth):
    np.testing.assert_array_equal(small.counts([3, 200], [0, 5, 9]), truth.counts[np.ix_([3, 200], [0, 5, 9])])
