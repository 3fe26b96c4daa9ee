"""A build that is killed, cancelled or refused: the next one ends in the same index, and nothing half-made is used."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from backend.atlas import atlas, build, place
from backend.errors import NotConfigured, Unavailable
from backend.model import Choice
from tests.unit.atlas import cohort, contents, killed

WIDTH = cohort.WIDTH
SIX = range(6)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs kill -9")


def _index(path: Path) -> Path:
    return path.with_name(f"{path.name}.index")


def _cancel_at(part: str, done: int):
    def step(now: build.Step) -> None:
        if now.part == part and now.done >= done:
            raise build.Cancelled

    return step


@pytest.fixture(scope="module")
def moments(truth, tmp_path_factory):
    path = Path(shutil.copy2(truth.path, tmp_path_factory.mktemp("counted")))
    return killed.moments(path, WIDTH)


# kill -9


@pytest.mark.parametrize("part", SIX)
def test_a_kill_at_any_moment_ends_in_the_same_index(fresh, truth, moments, part):
    moment = 1 + part * (moments - 1) // (len(SIX) - 1)
    killed.kill_at(moment, fresh, WIDTH)
    state = place.state(fresh)
    assert state.kind in ("none", "partial", "ready")
    if state.kind != "ready":  # nothing half-made is used
        with pytest.raises(NotConfigured):
            atlas.opened(fresh)
    build.build(fresh, width=WIDTH)
    contents.assert_equal(_index(fresh), _index(truth.path))
    assert sorted(path.name for path in fresh.parent.iterdir()) == ["human.h5", "human.h5.index"]


@pytest.mark.parametrize("step", [1, 5])
def test_a_kill_while_blocks_are_under_way_ends_in_the_same_index(fresh, truth, step):
    killed.kill_after_step(step, fresh, WIDTH)
    build.build(fresh, width=WIDTH)
    contents.assert_equal(_index(fresh), _index(truth.path))


def test_one_kill_after_the_other_ends_in_the_same_index(fresh, truth, moments):
    for moment in (moments // 2, moments // 3):
        killed.kill_at(moment, fresh, WIDTH)
    build.build(fresh, width=WIDTH)
    contents.assert_equal(_index(fresh), _index(truth.path))


@pytest.mark.parametrize("before_the_end", [2, 8])
def test_an_index_stays_in_use_or_is_replaced_when_its_rebuilding_is_killed(copied, truth, moments, before_the_end):
    expected = atlas.opened(copied).profiles([60], Choice("bulk"))
    killed.kill_at(moments - before_the_end, copied, WIDTH)
    if place.state(copied).kind == "ready":
        assert atlas.opened(copied).profiles([60], Choice("bulk")).equals(expected)
    build.build(copied, width=WIDTH)
    contents.assert_equal(_index(copied), _index(truth.path))
    assert sorted(path.name for path in copied.parent.iterdir()) == ["human.h5", "human.h5.index"]


# the lock


def test_a_second_builder_is_refused_while_the_first_is_at_it_and_a_kill_frees_the_lock(fresh, truth):
    first = killed.standing_still(fresh, WIDTH)
    try:
        assert place.state(fresh).kind == "building"
        with pytest.raises(Unavailable, match="another process"):
            build.build(fresh, width=WIDTH)
        assert first.is_alive()
    finally:
        first.kill()
        first.join()
    assert place.state(fresh).kind == "partial"
    build.build(fresh, width=WIDTH)
    contents.assert_equal(_index(fresh), _index(truth.path))


def test_a_ready_index_answers_while_a_new_one_is_built(copied, truth):
    first = killed.standing_still(copied, WIDTH)
    try:
        assert place.state(copied).kind == "building"
        opened = atlas.opened(copied)
        np.testing.assert_array_equal(opened.counts([5], [6]), truth.counts[[5]][:, [6]])
    finally:
        first.kill()
        first.join()


def test_looking_at_the_state_from_many_sides_is_never_taken_for_building(fresh):
    (fresh.parent / "human.h5.index.lock").touch()  # a kill leaves it
    with ThreadPoolExecutor(8) as team:
        kinds = set(team.map(lambda _: place.state(fresh).kind, range(800)))
    assert kinds == {"none"}


# cancel


def test_cancelling_keeps_the_finished_blocks(fresh, truth):
    with pytest.raises(build.Cancelled):
        build.build(fresh, width=WIDTH, on_progress=_cancel_at("Counts", 2 * WIDTH))
    assert place.state(fresh).kind == "partial"
    done = {path: path.stat().st_mtime_ns for path in place.partial(_index(fresh)).glob("expression/*.h5")}
    assert len(done) >= 2
    steps: list[build.Step] = []
    build.build(fresh, width=WIDTH, on_progress=steps.append)
    for path, when in done.items():
        assert (_index(fresh) / "expression" / path.name).stat().st_mtime_ns == when
    contents.assert_equal(_index(fresh), _index(truth.path))


@pytest.mark.parametrize("part", ["Samples", "Places of the counts", "Counts", "Statistics", "Partners"])
def test_cancelling_any_part_leaves_no_index_and_no_lock(fresh, truth, part):
    with pytest.raises(build.Cancelled):
        build.build(fresh, width=WIDTH, on_progress=_cancel_at(part, 1))
    assert place.state(fresh).kind == "partial"
    with pytest.raises(NotConfigured, match="goes on where it stopped"):
        atlas.opened(fresh)
    build.build(fresh, width=WIDTH)
    contents.assert_equal(_index(fresh), _index(truth.path))


@pytest.mark.parametrize("begun_small", [False, True])
def test_a_build_may_go_on_as_another_kind_of_index(fresh, truth, small, begun_small):
    killed.kill_at("manifest.json.part", fresh, WIDTH, small=begun_small)
    assert (place.partial(_index(fresh)) / "neighbours.h5").is_file()
    build.build(fresh, width=WIDTH, small=not begun_small)
    contents.assert_equal(_index(fresh), _index(truth.path) if begun_small else small.index.folder)


@pytest.mark.parametrize("before", ["manifest.json.part", "neighbours.h5.part", "00002.h5"])
def test_a_small_build_killed_near_its_end_ends_in_the_same_small_index(fresh, small, before):
    killed.kill_at(before, fresh, WIDTH, small=True)
    build.build(fresh, width=WIDTH, small=True)
    contents.assert_equal(_index(fresh), small.index.folder)


def test_other_settings_begin_anew(fresh, tmp_path):
    with pytest.raises(build.Cancelled):
        build.build(fresh, width=WIDTH, on_progress=_cancel_at("Statistics", 1))
    build.build(fresh, width=WIDTH, threshold=0.2)
    other = (
        Path(shutil.copytree(fresh.parent, tmp_path / "other", ignore=shutil.ignore_patterns("*.index"))) / "human.h5"
    )
    build.build(other, width=WIDTH, threshold=0.2)
    contents.assert_equal(_index(fresh), _index(other))


@pytest.mark.parametrize("engines", [("", "h5py"), ("h5py", "")], ids=["fast then h5py", "h5py then fast"])
def test_a_build_may_go_on_with_the_other_engine(fresh, truth, monkeypatch, engines):
    monkeypatch.setenv("EXPRONAUT_ENGINE", engines[0])
    with pytest.raises(build.Cancelled):
        build.build(fresh, width=WIDTH, on_progress=_cancel_at("Counts", WIDTH))
    monkeypatch.setenv("EXPRONAUT_ENGINE", engines[1])
    build.build(fresh, width=WIDTH)
    contents.assert_equal(_index(fresh), _index(truth.path))
