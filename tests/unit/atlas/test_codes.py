"""The codes of log2(1+CPM), and the compiled loops that must give the same as numpy."""

from __future__ import annotations

import numpy as np
import pytest

from backend.atlas import codes, kernels

LIBRARIES = (1, 7, 999, 12_345, 1_000_000, 36_300_000, 70_000_000, 4_000_000_000)


def _log(counts: np.ndarray, size: int) -> np.ndarray:
    return np.log2(1 + counts.astype(np.float64) * 1e6 / size)


@pytest.mark.parametrize("size", LIBRARIES)
def test_a_code_stands_for_its_value_within_half_a_step(size):
    counts = np.unique(np.geomspace(1, min(size, 2**32 - 1), 20_000).astype(np.uint32))
    counts = np.concatenate([np.array([0], np.uint32), counts])
    found = codes.encode(counts[:, None], np.array([size]))[:, 0]
    away = np.abs(codes.decode(found) - _log(counts, size))
    assert away.max() <= codes.HALF_STEP * (1 + 1e-9)
    assert (np.diff(found.astype(int)) >= 0).all()
    assert found[0] == 0


@pytest.mark.parametrize("size", [1, 7, 999, 12_345])
def test_a_code_is_the_nearest_one_for_every_count_of_a_small_library(size):
    counts = np.arange(size + 1, dtype=np.uint32)
    exact = _log(counts, size) * codes.STEPS
    found = codes.encode(counts[:, None], np.array([size]))[:, 0]
    clear = np.abs(exact % 1 - 0.5) > 1e-9  # halfway cases may go either way
    np.testing.assert_array_equal(found[clear], np.rint(exact[clear]))


def test_a_sample_without_reads_has_code_0():
    counts = np.zeros((5, 2), np.uint32)
    counts[:, 1] = 3
    found = codes.encode(counts, np.array([0, 15]))
    assert not found[:, 0].any()
    assert found[:, 1].all()


def test_all_codes_are_used_and_the_largest_value_has_one():
    counts = np.geomspace(1, 3e9, 100_000).astype(np.uint32)
    found = codes.encode(counts[:, None], np.array([3_000_000_000]))
    assert codes.decode(found.max()) == pytest.approx(np.log2(1_000_001), abs=codes.HALF_STEP)
    assert len(np.unique(found)) == found.max() + 1  # 0 too: a read of three billion lies below half a step


def test_log2_is_right_to_14_digits():
    x = np.concatenate([1 + np.geomspace(1e-12, 1, 5_000), np.geomspace(1, 1_000_001, 20_000), 2.0 ** np.arange(21)])
    np.testing.assert_allclose(codes.log2(x), np.log2(x), rtol=1e-13, atol=1e-14)


def test_log2_of_the_compiled_engine_is_the_same_to_the_last_bit():
    x = 1 + np.random.default_rng(1).lognormal(0, 4, 3_000)
    box = np.empty(1)
    found = np.array([kernels._log2(value, box) for value in x])
    np.testing.assert_array_equal(found, codes.log2(x))


def test_quantiles_of_the_histograms_are_those_of_numpy():
    random = np.random.default_rng(2)
    tissues, samples = 4, 301
    rows = np.minimum(random.geometric(0.02, (30, samples)), 255).astype(np.uint8)
    rows[:5] = random.integers(0, 2, (5, samples)) * 255
    groups = random.integers(-1, 2 * (tissues - 1), samples).astype(np.int32)  # the last tissue has no samples
    shares = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    found = np.empty((len(rows), 3, tissues + 1, len(shares)), np.uint16)
    kernels.quantiles(rows, groups, tissues, shares, found)
    for pool, in_pool in enumerate((groups % 2 == 0, groups % 2 == 1, groups >= 0)):
        for tissue in range(tissues + 1):
            here = in_pool & (groups >= 0) & ((groups // 2 == tissue) | (tissue == tissues))
            if not here.any():
                assert not found[:, pool, tissue].any()
                continue
            expected = np.quantile(rows[:, here].astype(float), shares, axis=1).T * 256
            np.testing.assert_allclose(found[:, pool, tissue], expected, atol=0.5)
