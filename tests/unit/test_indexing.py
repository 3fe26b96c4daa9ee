"""Indexes are built one after the other in the background, can be watched, stopped, and fail in words."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from backend import indexing, settings
from backend.atlas import place
from backend.errors import NotConfigured, Stopped
from backend.jobs import Queue, Tell, measured
from backend.model import IndexProgress
from backend.settings import Settings
from tests.doubles import archs4_files


def until(ready: Callable[[], bool]) -> None:
    """Wait for the other thread; a test that waits in vain ends by its timeout."""
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def ended(queue: Queue, key: str) -> IndexProgress:
    until(lambda: queue.progress(key).state not in ("waiting", "running"))
    return queue.progress(key)


class Held:
    """Work that goes on telling until it is let go."""

    def __init__(self) -> None:
        self.begun, self.free = threading.Event(), threading.Event()
        self.runs = 0

    def __call__(self, tell: Tell) -> None:
        self.runs += 1
        self.begun.set()
        while not self.free.is_set():
            tell("Counts", 1, 2, "samples", 0.0)
            time.sleep(0.001)


def test_one_is_built_at_a_time_and_the_same_is_not_begun_twice() -> None:
    queue, first, second = Queue(), Held(), Held()
    queue.put("a", first)
    first.begun.wait(60)
    until(lambda: queue.progress("a").part == "Counts")
    assert queue.put("a", first).state == "running"
    assert queue.put("b", second).state == "waiting"
    assert not second.begun.is_set()
    first.free.set()
    second.begun.wait(60)
    second.free.set()
    assert ended(queue, "a").state == ended(queue, "b").state == "done"
    assert (first.runs, second.runs) == (1, 1)


def test_a_running_and_a_waiting_one_can_be_stopped() -> None:
    queue, first, second = Queue(), Held(), Held()
    queue.put("a", first)
    first.begun.wait(60)
    queue.put("b", second)
    queue.cancel("b")
    assert queue.progress("b").state == "cancelled"
    queue.cancel("a")
    assert ended(queue, "a").state == "cancelled"
    assert not second.begun.is_set()
    queue.cancel("never begun")
    first.free.set()
    queue.put("a", first)
    assert ended(queue, "a").state == "done"  # begun again after a stop
    third, fourth = Held(), Held()
    queue.put("a", third)
    third.begun.wait(60)
    queue.cancel("a")
    fourth.free.set()
    queue.put("a", fourth)  # while the former one is still stopping
    assert ended(queue, "a").state == "done"
    assert fourth.runs == 1


def test_a_failure_is_told_in_our_words() -> None:
    def fail(tell: Tell) -> None:
        tell("Samples", 3, 9, "samples", 0.0)
        raise NotConfigured("The disk is gone.", "Bring it back.")

    queue = Queue()
    queue.put("a", fail)
    seen = ended(queue, "a")
    assert (seen.state, seen.message, seen.hint, seen.done) == ("failed", "The disk is gone.", "Bring it back.", 3)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_after_a_fault_of_ours_the_next_one_is_built_all_the_same() -> None:
    def broken(tell: Tell) -> None:
        raise KeyError("nobody expected this")

    queue, second = Queue(), Held()
    second.free.set()
    queue.put("a", broken)
    assert ended(queue, "a").state == "failed"
    queue.put("b", second)
    assert ended(queue, "b").state == "done"
    queue.put("a", second)
    assert ended(queue, "a").state == "done"


def test_speed_and_time_left() -> None:
    assert measured("Counts", 0, 100, "samples", 5.0).speed is None
    seen = measured("Counts", 25, 100, "samples", 5.0)
    assert (seen.speed, seen.left) == (5.0, 15.0)


def test_what_was_there_before_says_nothing_of_the_speed() -> None:
    assert measured("Downloading", 90, 100, "MB", 5.0, before=90).speed is None
    seen = measured("Downloading", 95, 100, "MB", 5.0, before=90)
    assert (seen.speed, seen.left) == (1.0, 5.0)


def test_a_file_is_indexed_and_a_stopped_build_goes_on(tmp_path: Path) -> None:
    path = archs4_files.write(tmp_path / "gene.h5", "v2.5").path
    with settings.use(Settings(data=(tmp_path,), home=tmp_path, cache=tmp_path, demo=False)):

        def stop(part: str, done: int, of: int, unit: str, seconds: float) -> None:
            if part == "Counts":
                raise Stopped

        with pytest.raises(Stopped):
            indexing.build(path, stop)
        assert place.state(path).kind == "partial"
        indexing.start("gene", path)
        until(lambda: indexing.progress("gene").state not in ("waiting", "running"))
        assert indexing.progress("gene").state == "done"
        assert place.state(path).kind == "ready"


def test_the_demo_cohort_is_not_made_when_it_is_there_or_not_wanted(tmp_path: Path) -> None:
    chosen = Settings(data=(tmp_path,), home=tmp_path, cache=tmp_path)
    chosen.demo_file.parent.mkdir()
    archs4_files.write(chosen.demo_file, "v2.5")
    indexing.build(chosen.demo_file, lambda *_: None)
    before = chosen.demo_file.stat().st_mtime_ns
    with settings.use(chosen):
        assert indexing.ensure_demo() is None
    assert chosen.demo_file.stat().st_mtime_ns == before
    with settings.use(Settings(data=(tmp_path,), home=tmp_path, cache=tmp_path / "none", demo=False)):
        assert indexing.ensure_demo() is None
    assert not (tmp_path / "none").exists()
