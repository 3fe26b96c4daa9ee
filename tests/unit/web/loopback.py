"""What the tests of the web share: short patience, a server with one route, and questions to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from backend.settings import Patience, Settings
from backend.web import Got, Mode, as_json, ask, question
from tests.doubles.http_double import Answer, HttpDouble

T = TypeVar("T")
SHORT = {"connect": 2.0, "read": 0.5, "whole": 5.0, "attempts": 3, "first_wait": 0.01, "longest_wait": 2.5}


def chosen(folder: Path, keep: tuple[tuple[str, float], ...] = (), offline: bool = False, **patience: Any) -> Settings:
    """Settings that keep answers in a folder and lose patience soon."""
    given: dict[str, Any] = {**SHORT, "per_second": 1000, **patience}
    return Settings(cache=folder, keep=keep, offline=offline, patience=Patience(**given))


def counting(double: HttpDouble) -> HttpDouble:
    """/n answers with the number of the request, so that a kept answer is told from a new one."""
    numbers = iter(range(1, 1000))
    lock = threading.Lock()

    def number(_call: object) -> Answer:
        with lock:
            return Answer.json({"n": next(numbers)})

    double.route("/n", number)
    return double


def n(double: HttpDouble, path: str = "/n", mode: Mode = "usual", **more: Any) -> Got[Any]:
    """The answer to a question of the double, read as JSON."""
    return ask(question(f"{double.url}{path}", **more), as_json, mode)


def together(*runs: Callable[[], T]) -> list[T | BaseException]:
    """What each run gives or raises, all at once in threads of their own."""
    gate, outcomes = threading.Barrier(len(runs)), dict[int, T | BaseException]()

    def run(place: int) -> None:
        gate.wait()
        try:
            outcomes[place] = runs[place]()
        except BaseException as error:  # noqa: BLE001  handed back
            outcomes[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(runs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(outcomes) == len(runs), "some never ended"
    return [outcomes[place] for place in range(len(runs))]


def most_in_a_second(times: Sequence[float]) -> int:
    """The largest number of times in any second that begins with one of them."""
    return max(sum(begin <= time < begin + 1.0 for time in times) for begin in times)
