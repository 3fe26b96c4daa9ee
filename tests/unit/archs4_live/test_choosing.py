"""Which service answers, how long one that failed is left alone, and when memory must not be trusted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from backend import settings
from backend.archs4_live.choosing import Way, either, served
from backend.archs4_live.health import LONGEST, health
from backend.archs4_live.service import Served, Service
from backend.errors import BadAnswer, ExpronautError, NotFound, RateLimited, Refused, Unavailable, Unreachable
from backend.settings import Archs4
from backend.web import Reply

_number = count(1)
DOWN = Unavailable("h has a problem (HTTP 500).", "Try again later.")
ODD = BadAnswer("h should have answered in JSON.", "The service has changed.")
UNKNOWN = NotFound("h answers: not found.", "Check the name.")


@pytest.fixture(autouse=True)
def rests(tmp_path: Path) -> Iterator[None]:
    with settings.use(replace(settings.read({}), offline=False, cache=tmp_path, archs4=Archs4(rest=60))):
        yield
    health.forget()


@pytest.fixture
def bases() -> Iterator[list[str]]:
    """Addresses nobody else has troubles with."""
    return [f"http://h{next(_number)}.example/{name}" for name in "ab"]


class _Asked:
    """A service as a function: `now` is a value or an error, `kept` a value or None."""

    def __init__(self, dialect: str, base: str, now: object, kept: object = None) -> None:
        self.service, self.now, self.kept, self.times = Service(dialect, base), now, kept, 0

    def __call__(self, mode: str) -> Served[object]:
        if mode == "kept":
            if self.kept is None:
                raise Unavailable("Nothing was kept.")
            return self._served(self.kept, True)
        self.times += 1
        if isinstance(self.now, ExpronautError):
            raise self.now
        return self._served(self.now, False)

    def _served(self, value: object, old: bool) -> Served[object]:
        came = Reply(200, "h", "", b"", datetime.now(UTC), old, old)
        return Served(value, self.service.dialect, self.service.base, (came,))


def _ask(*asked: _Asked) -> Served[object]:
    return served("it", [Way(one.service, one) for one in asked])


def test_the_first_that_answers_is_taken(bases: list[str]) -> None:
    first, second = _Asked("sigpy", bases[0], 1), _Asked("legacy", bases[1], 2)
    assert _ask(first, second).value == 1
    assert (second.times, _ask(first, second).notes) == (0, ())


@pytest.mark.parametrize("error", [DOWN, ODD, Refused("h refuses.", "Check."), UNKNOWN])
def test_the_next_is_asked_and_it_is_said_why(bases: list[str], error: ExpronautError) -> None:
    found = _ask(_Asked("sigpy", bases[0], error), _Asked("legacy", bases[1], 2))
    assert found.value == 2
    assert bool(found.notes) == (error is not UNKNOWN)
    assert all("sigpy did not answer" in note and error.message.rstrip(".") in note for note in found.notes)


def test_one_that_is_down_is_left_alone(bases: list[str]) -> None:
    first, second = _Asked("sigpy", bases[0], DOWN), _Asked("legacy", bases[1], 2)
    for _ in range(3):
        _ask(first, second)
    assert (first.times, second.times) == (1, 3)
    assert health.trouble(bases[0]).error is DOWN
    assert health.trouble(bases[1]) is None


def test_one_that_answers_nonsense_is_not_left_alone(bases: list[str]) -> None:
    first = _Asked("sigpy", bases[0], ODD)
    for _ in range(2):
        with pytest.raises(BadAnswer):
            _ask(first)
    assert first.times == 2


def test_it_is_tried_again_after_its_rest(bases: list[str]) -> None:
    first = _Asked("sigpy", bases[0], RateLimited("h gets too many requests.", "", 0.05))
    with pytest.raises(RateLimited):
        _ask(first)
    first.now = 1
    end = time.monotonic() + 10
    while health.trouble(bases[0]) and time.monotonic() < end:
        time.sleep(0.01)
    assert _ask(first).value == 1
    assert health.last(bases[0]) is None


def test_a_host_without_connection_is_left_alone_as_a_whole(bases: list[str]) -> None:
    other = bases[0].rpartition("/")[0] + "/other"
    health.failed(bases[0], Unreachable("h cannot be reached."))
    assert health.trouble(other) is not None
    health.answered(other)
    assert health.trouble(other) is None


def test_nobody_asks_us_to_stay_away_for_ever(bases: list[str]) -> None:
    health.failed(bases[0], RateLimited("h gets too many requests.", "", 10**11))
    assert health.trouble(bases[0]).until <= time.monotonic() + LONGEST


def test_old_answers_are_better_than_none_but_not_than_a_new_one(bases: list[str]) -> None:
    first, second = _Asked("sigpy", bases[0], DOWN, kept=1), _Asked("legacy", bases[1], 2)
    assert (_ask(first, second).value, _ask(first, second).stale) == (2, False)
    second.now = DOWN
    found = _ask(first, second)
    assert (found.value, found.stale) == (1, True)
    assert "HTTP 500" in found.why.message


def test_unknown_to_those_that_answer_is_unknown(bases: list[str]) -> None:
    with pytest.raises(NotFound):
        _ask(_Asked("sigpy", bases[0], DOWN, kept=1), _Asked("legacy", bases[1], UNKNOWN))


@pytest.mark.parametrize(
    ("errors", "kind"),
    [
        ((DOWN, ODD), Unavailable),
        ((ODD, ODD), BadAnswer),
        ((RateLimited("a", "b", 9.0), RateLimited("c", "d", 4.0)), RateLimited),
        ((RateLimited("a", "b", 9.0), ODD), Unavailable),
    ],
)
def test_the_error_of_all(bases: list[str], errors: tuple[ExpronautError, ...], kind: type[ExpronautError]) -> None:
    with pytest.raises(kind) as caught:
        _ask(*(_Asked(*one) for one in zip(("sigpy", "legacy"), bases, errors, strict=True)))
    assert type(caught.value) is kind
    assert caught.value.hint
    assert all(error.message in caught.value.message for error in errors)
    if kind is RateLimited:
        assert caught.value.retry_after == 4.0


def test_without_a_service_it_is_said() -> None:
    with pytest.raises(Unavailable, match="switched on"):
        served("it", [])


@pytest.mark.parametrize("error", [DOWN, ODD])
def test_memory_is_not_trusted_after_a_failure_nor_after_its_end(bases: list[str], error: ExpronautError) -> None:
    first, second = _Asked("sigpy", bases[0], error), _Asked("legacy", bases[1], 2)
    before = health.stamp()
    _ask(first, second)
    during = health.stamp()
    assert during != before
    health.forget()
    first.now = 1
    _ask(first, second)
    assert health.stamp() != during


def test_offline_is_no_trouble_of_a_service(bases: list[str]) -> None:
    with settings.use(replace(settings.current(), offline=True)), pytest.raises(Unavailable):
        _ask(_Asked("sigpy", bases[0], DOWN))
    assert health.trouble(bases[0]) is None


def test_a_second_name_is_tried_for_an_unknown_one_alone() -> None:
    def ask(known: str) -> Callable[[str], Served[str]]:
        def answer(name: str) -> Served[str]:
            if name != known:
                raise UNKNOWN
            return Served(name, "v1", "", ())

        return answer

    assert either("Trp53", "TRP53", ask("TRP53")).value == "TRP53"
    assert either("Trp53", "TRP53", ask("Trp53")).value == "Trp53"
    with pytest.raises(NotFound):
        either("Trp53", "TRP53", ask("ALB"))
