"""Signals of a region: bins keep every extreme, gaps stay gaps, and screen, paper and table show the same numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import publication, publication_signal, signal_chart


def long(values: np.ndarray, positions: np.ndarray, names: list[str]) -> pd.DataFrame:
    """values: (tracks, positions), in the form of the counter."""
    return pd.DataFrame(
        {
            "track": np.repeat(np.array(names, dtype=object), len(positions)),
            "position": np.tile(positions, len(names)),
            "value": values.ravel(),
        }
    )


@pytest.fixture
def two() -> pd.DataFrame:
    """Positions 20 to 39 and 60 to 79; one number missing."""
    values = np.random.default_rng(1).gamma(2, 3, size=(2, 40))
    values[0, 3] = np.nan
    return long(values, np.r_[20:40, 60:80], ["plus", "minus"])


def test_few_positions_are_drawn_as_they_are(two: pd.DataFrame) -> None:
    signal = signal_chart.drawn(two, "chr1", "RPM")
    assert (signal.binned, signal.told(), signal.tracks) == (False, "", ["plus", "minus"])
    assert (signal.first, signal.last) == (20, 79)
    pd.testing.assert_frame_equal(signal.numbers(), two)


@given(st.integers(1, 400), st.integers(2, 60), st.integers(0, 2**32 - 1))
def test_bins_keep_every_extreme_and_every_position_once(count: int, most: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    positions = np.sort(random.choice(10 * count, size=count, replace=False))
    values = np.where(random.random((2, count)) < 0.2, np.nan, random.normal(size=(2, count)))
    signal = signal_chart.drawn(long(values, positions, ["a", "b"]), "chr1", "RPM", most)
    for track, row in zip(("a", "b"), values, strict=True):
        bins = signal.table[signal.table["track"] == track]
        assert len(bins) * (2 if signal.binned else 1) <= max(most, 1)
        told = [
            (positions >= first) & (positions <= last) for first, last in zip(bins["first"], bins["last"], strict=True)
        ]
        assert (np.sum(told, axis=0) == 1).all()
        for inside, low, high in zip(told, bins["low"], bins["high"], strict=True):
            seen = row[inside][~np.isnan(row[inside])]
            wanted = (seen.min(), seen.max()) if len(seen) else (np.nan, np.nan)
            np.testing.assert_equal((low, high), wanted)


def test_many_positions_are_binned_and_it_is_said() -> None:
    values = np.random.default_rng(2).random((1, 100_000))
    signal = signal_chart.drawn(long(values, np.arange(100_000), ["a"]), "chr2", "RPM")
    assert len(signal.table) == 10_000
    assert "100,000 positions are drawn in bins of 10" in signal.told()
    assert list(signal.numbers()) == list(signal_chart.BINS)
    (trace,) = signal_chart.signal_plot(signal, False, True).data
    assert len(trace.x) == signal_chart.MOST_POINTS
    assert trace.y.max() == values.max()
    three = signal_chart.drawn(long(np.repeat(values, 3, axis=0), np.arange(100_000), ["a", "b", "c"]), "chr2", "RPM")
    assert {one.type for one in signal_chart.signal_plot(three, False, True).data} == {"scattergl"}


def test_a_gap_between_positions_is_no_line(two: pd.DataFrame) -> None:
    for most in (signal_chart.MOST_POINTS, 20):
        signal = signal_chart.drawn(two, "chr1", "RPM", most)
        line = signal_chart.line(signal, signal.table[signal.table["track"] == "minus"].reset_index(drop=True))
        here = line.index[line["x"] < 41][-1], line.index[line["x"] >= 60][0]
        assert line.loc[here[0] : here[1], "y"].isna().any()
        assert not line["x"].between(41, 59).any()


def test_the_last_position_is_as_wide_as_the_others() -> None:
    signal = signal_chart.drawn(long(np.array([[1.0, 2.0, 3.0]]), np.array([0, 10, 20]), ["a"]), "chr1", "RPM")
    line = signal_chart.line(signal, signal.table).dropna()
    assert list(zip(line["x"], line["y"], strict=True)) == [(0, 1), (10, 2), (20, 3), (30, 3)]


def test_tracks_share_the_positions_and_where_wanted_the_scale(two: pd.DataFrame) -> None:
    two.loc[two["track"] == "minus", "value"] *= 10
    signal = signal_chart.drawn(two, "chr1", "RPM")
    together = signal_chart.signal_plot(signal, False, True).layout
    apart = signal_chart.signal_plot(signal, True, False).layout
    assert together.yaxis.range == together.yaxis2.range
    assert apart.yaxis.range[1] < apart.yaxis2.range[1] / 2
    assert together.yaxis.range[1] >= two["value"].max()
    assert together.yaxis.domain[0] > together.yaxis2.domain[1]
    assert [note.text for note in together.annotations] == ["plus, RPM", "minus, RPM"]


def test_values_below_zero_stay_in_sight() -> None:
    signal = signal_chart.drawn(long(np.array([[-5.0, 2.0]]), np.arange(2), ["a"]), "chr1", "RPM")
    low, high = signal_chart.limits(signal, ["a"])
    assert low < -5
    assert high > 2


@pytest.mark.parametrize("values", [np.array([[np.nan, np.nan]]), np.array([[0.0, 0.0]]), np.array([[7.0]])])
def test_nothing_to_see_is_drawn_all_the_same(values: np.ndarray) -> None:
    signal = signal_chart.drawn(long(values, np.arange(values.shape[1]), ["a"]), "chr1", "RPM")
    low, high = signal_chart.limits(signal, ["a"])
    assert low < high
    signal_chart.signal_plot(signal, False, True)
    assert publication.to_bytes(publication_signal.signal_plot(signal, True, "", ""), "png", {})


def test_tracks_of_one_name_stay_apart() -> None:
    signal = signal_chart.drawn(long(np.array([[1.0, 2.0], [3.0, 4.0]]), np.arange(2), ["a", "a"]), "chr1", "RPM")
    assert signal.tracks == ["a (1)", "a (2)"]
    assert list(signal.numbers()["value"]) == [1, 2, 3, 4]


def test_paper_shows_tracks_unit_position_and_what_was_binned(two: pd.DataFrame) -> None:
    signal = signal_chart.drawn(two, "chr1", "RPM", 20)
    text = publication.to_bytes(publication_signal.signal_plot(signal, True, "", "source", True), "svg", {}).decode()
    for words in ("plus", "minus", "RPM", "Position on chr1", "in bins of", "source", "SIMULATED DATA"):
        assert f">{words}" in text or words in text
