"""How far an index is, in words and numbers."""

from __future__ import annotations

import itertools

import pytest

from backend.model import IndexProgress
from components.index_progress import PARTS, duration, is_under_way, share, size, whole, words


def test_words_say_what_how_far_how_fast_and_how_long() -> None:
    seen = IndexProgress("running", "Counts", 12_288, 50_000, "samples", 2_900.4, 13.2)
    assert words(seen) == "Counts: 12,288 of 50,000 samples, 2,900 samples/s, 13 s left"
    assert words(IndexProgress("running", "Starting")) == "Starting"
    assert words(IndexProgress("waiting")) == "Waiting for its turn"
    assert "left" not in words(IndexProgress("running", "Counts", 5, 5, "samples", 3.0, 0.0))


def test_the_whole_grows_from_part_to_part_and_ends_at_one() -> None:
    steps = [IndexProgress("running", part, done, 10) for part in PARTS for done in (0, 5, 10)]
    found = [whole(step) for step in steps]
    assert all(later >= earlier - 1e-12 for earlier, later in itertools.pairwise(found))
    assert found[0] == 0
    assert found[-1] == pytest.approx(1)
    assert whole(IndexProgress("done", "Partners", 1, 10)) == 1
    assert whole(IndexProgress("running", "Starting")) == 0


def test_a_share_stays_within_its_bounds() -> None:
    assert share(IndexProgress("running", "Counts", 0, 0)) == 0
    assert share(IndexProgress("running", "Counts", 12, 10)) == 1


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_what_has_ended_is_not_under_way(state: str) -> None:
    assert not is_under_way(IndexProgress(state))
    assert not is_under_way(None)
    assert is_under_way(IndexProgress("running"))


def test_sizes_and_times_are_rounded() -> None:
    assert [size(n) for n in (10, 24_457_565, 999_600_000, 56e9)] == ["1 kB", "24 MB", "1.0 GB", "56.0 GB"]
    assert [duration(s) for s in (0.2, 40, 720, 6_600)] == ["1 s", "40 s", "12 min", "1 h 50 min"]
