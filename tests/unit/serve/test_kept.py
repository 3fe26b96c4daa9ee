"""Answers in memory: worked on once, forgotten in order, failures never kept."""

from __future__ import annotations

import threading

import pytest

from backend.serve.kept import Kept


def test_equal_questions_at_the_same_time_are_worked_on_once() -> None:
    kept, made, begun, go = Kept(), [], threading.Event(), threading.Event()

    def make() -> bytes:
        begun.set()
        go.wait(10)
        made.append(1)
        return b"answer"

    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(kept.once("key", make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    begun.wait(10)
    go.set()
    for thread in threads:
        thread.join()
    assert found == [b"answer"] * 8
    assert made == [1]


def test_the_least_used_answers_are_forgotten_first() -> None:
    kept = Kept(most=30)
    for key in "abc":
        kept.once(key, lambda: b"x" * 10)
    kept.get("a")
    kept.once("d", lambda: b"x" * 10)
    assert [key for key in "abcd" if kept.get(key)] == ["a", "c", "d"]
    kept.once("big", lambda: b"x" * 100)
    assert kept.get("big") is None


def test_a_failure_is_not_kept() -> None:
    kept = Kept()

    def fail() -> bytes:
        raise ValueError

    with pytest.raises(ValueError):
        kept.once("key", fail)
    assert kept.once("key", lambda: b"answer") == b"answer"
