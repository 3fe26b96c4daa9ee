"""Sums over stored numbers give what numpy gives over all spots: any numbers, any scale, all spots or some."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from backend.errors import NotFound
from backend.section import partners, scales
from backend.section.partners import Correlated
from backend.section.spacing import spacing
from backend.section.store import SectionStore, build
from tests.doubles import section_files
from tests.doubles.section_files import Truth

COUNTS = st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 255.0, 256.0, 1e6])
RARE = np.arange(40.0).reshape(10, 4) % 7 - 3  # its first gene is measured in three spots
RARE[3:, 0] = np.nan
DECIMALS = st.one_of(st.just(0.0), st.just(np.nan), st.floats(-4, 9, width=32))
few = example_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def stored(folder: Path, values: np.ndarray) -> SectionStore:
    n, genes = values.shape
    names, spots = [f"g{place}" for place in range(genes)], [f"s{place}" for place in range(n)]
    truth = Truth(values, names, names, spots, np.zeros((n, 2)))
    path = section_files.h5ad(folder / "a.h5ad", truth, "dense")
    return SectionStore(build(path, target=folder / "copy.h5", trusted=True))


def on_scale(values: np.ndarray, key: str) -> np.ndarray:
    """By hand, (genes, spots)."""
    if key == "stored":
        return values.T
    if key == "log":
        return np.log2(values + 1).T
    totals = values.sum(axis=1, keepdims=True)
    return np.log2(np.divide(values * 1e4, totals, out=np.zeros_like(values), where=totals > 0) + 1).T


def check(found: Correlated | NotFound, place: int, shown: np.ndarray, at: np.ndarray) -> None:
    """A gene with every other over some spots, where numpy finds both to vary over those measured for both."""
    row = shown[place]
    if isinstance(found, NotFound):
        own = row[at][~np.isnan(row[at])]
        assert len(own) < partners.FEWEST or np.ptp(own) <= 1e-9 * max(1.0, np.abs(own).max())
        return
    for other, values in enumerate(shown):
        both = np.intersect1d(at, np.flatnonzero(~np.isnan(row) & ~np.isnan(values)))
        one, two = row[both], values[both]
        varies = len(both) >= partners.FEWEST and min(np.std(one), np.std(two)) > 1e-6
        if varies and other != place:
            assert found.n[other] == len(both)
            assert found.r[other] == pytest.approx(np.corrcoef(one, two)[0, 1], abs=1e-6)


def alone(store: SectionStore, place: int, scale: scales.Scale, at: np.ndarray) -> Correlated | NotFound:
    try:
        return partners.with_all(store, place, store.head.ids, scale, at)
    except NotFound as error:
        return error


@few
@given(values=arrays.arrays(np.float64, (12, 5), elements=COUNTS), key=st.sampled_from(["cp10k", "log", "stored"]))
def test_counts_on_any_scale(tmp_path: Path, values: np.ndarray, key: str) -> None:
    store = stored(tmp_path, values)
    head = store.head
    assert head.counts
    scale = scales.scale(key, scales.offered(True, 0.0), True, head.totals)
    shown = on_scale(values, key)
    for place, found in partners.panel(store, range(5), head.ids, scale).items():
        check(found, place, shown, np.arange(12))
    half = np.arange(0, 12, 2)
    check(alone(store, 1, scale, half), 1, shown, half)
    np.testing.assert_allclose(partners.varied(store, scale), shown.std(axis=1), atol=1e-9)


@few
@given(values=arrays.arrays(np.float64, (10, 4), elements=DECIMALS))
@example(values=RARE)
def test_numbers_below_zero_and_missing_ones(tmp_path: Path, values: np.ndarray) -> None:
    store = stored(tmp_path, values)
    scale = scales.scale("stored", scales.offered(False, -1.0), False)
    check(alone(store, 0, scale, np.arange(10)), 0, values.T, np.arange(10))
    pairs = partners.pairs(store, range(4), store.head.ids, scale).set_index(["gene_a", "gene_b"])
    for (first, second), row in pairs.iterrows():
        one, two = values[:, int(first[1:])], values[:, int(second[1:])]
        both = ~np.isnan(one) & ~np.isnan(two)
        assert row["n"] == both.sum() >= partners.FEWEST
        if min(np.std(one[both]), np.std(two[both])) > 1e-6:
            assert row["r"] == pytest.approx(np.corrcoef(one[both], two[both])[0, 1], abs=1e-6)


def test_numbers_below_zero_have_no_logarithm() -> None:
    assert [one.key for one in scales.offered(False, -0.5)] == ["stored"]
    assert [one.key for one in scales.offered(False, 0.0)] == ["stored", "log"]
    assert [one.key for one in scales.offered(True, 0.0, totals=False)] == ["log", "stored"]


def test_spacing_is_to_the_nearest_other_place() -> None:
    places = np.array([[0.0, 0.0], [0.0, 0.0], [3.0, 4.0], [3.0, 10.0], [np.nan, 1.0]])
    assert spacing(places) == 5.0
    assert spacing(None) is None
    assert spacing(np.zeros((3, 2))) is None
    assert spacing(np.full((3, 2), np.nan)) is None
