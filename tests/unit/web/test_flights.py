"""Equal questions at the same time are one request."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from backend.errors import NotFound, RateLimited, Stopped
from backend.web import Got, Reply, as_json, ask, pause, question, stopping
from tests.doubles.http_double import Fault, HttpDouble
from tests.unit.web.loopback import n, together


def until(holds: Any) -> None:
    while not holds():
        pause(0.01)


def test_eight_at_once_are_one_request(double: HttpDouble) -> None:
    double.faults.append(Fault("slow", seconds=0.3))
    found = together(*[lambda: n(double).value] * 8)
    assert found == [{"n": 1}] * 8
    assert double.count() == 1


def test_those_who_come_while_it_is_read_and_kept_take_it_too(double: HttpDouble) -> None:
    """Also between the arrival of an answer and its being kept; many rounds, since it is a matter of moments."""
    for i in range(40):
        found = together(*[lambda i=i: n(double, f"/n/{i}").value["n"] for _ in range(4)])
        assert len(set(found)) == 1, found
    assert double.count() == 40


def test_different_questions_and_changes_are_not_shared(double: HttpDouble) -> None:
    double.faults.append(Fault("slow", seconds=0.2))
    together(lambda: n(double, "/n/a"), lambda: n(double, "/n/b"))
    assert double.count() == 2
    together(*[lambda: n(double, body={}, lifetime=0.0)] * 2)
    assert double.count() == 4


def test_who_asks_after_a_change_does_not_take_what_was_asked_for_before(double: HttpDouble) -> None:
    double.faults.append(Fault("slow", seconds=0.3))
    since = datetime.now(UTC)
    found = together(lambda: n(double).value, lambda: n(double, since=since).value)
    assert sorted(one["n"] for one in found) == [1, 2]  # type: ignore[index]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_change_is_sent_each_time(double: HttpDouble, method: str) -> None:
    assert [n(double, method=method, body={}).value["n"] for _ in range(2)] == [1, 2]


def test_an_error_is_one_for_all_with_all_it_says(double: HttpDouble) -> None:
    told = Fault("status", status=429, headers={"Retry-After": "77"})
    double.faults += [Fault("stall", times=1, seconds=3), told]  # the first attempt takes long enough for all to come
    found = together(*[lambda: n(double)] * 8)
    assert double.count() == 2
    assert {(type(error), str(error), getattr(error, "retry_after", None)) for error in found} == {
        (RateLimited, str(found[0]), 77.0)
    }
    assert len({id(error) for error in found}) == 8  # each may be raised on its own
    double.release()


@pytest.mark.parametrize("ends", ["stopped", "broken"])
def test_one_who_is_stopped_or_breaks_down_does_not_take_the_others_along(double: HttpDouble, ends: str) -> None:
    """The first waits for its second attempt; what ends it there is its own affair."""
    double.faults.append(Fault("status", times=1, status=429, headers={"Retry-After": "1"}))
    leave = _Leaving() if ends == "broken" else threading.Event()
    outcome: list[BaseException] = []

    def first() -> None:
        with stopping(leave):
            try:
                n(double)
            except BaseException as error:  # noqa: BLE001  looked at below
                outcome.append(error)

    leader = threading.Thread(target=first)
    leader.start()
    until(lambda: double.count() == 1 and double.requests[0].done)
    others = threading.Thread(target=lambda: outcome.extend(together(*[lambda: n(double).value] * 4)))
    others.start()
    pause(0.2)
    leave.set()
    leader.join(10)
    others.join(10)
    assert isinstance(outcome[0], Stopped if ends == "stopped" else _Death)
    assert outcome[1:] == [{"n": 1}] * 4
    assert double.count() == 2


class _Death(BaseException):
    """As Streamlit ends a script: no Exception, and none of ours."""


class _Leaving(threading.Event):
    """Ends whoever waits for it with something that is not of our tree."""

    def wait(self, timeout: float | None = None) -> bool:
        if super().wait(timeout):
            raise _Death
        return False


def test_a_follower_may_stop_while_the_first_goes_on(double: HttpDouble) -> None:
    double.faults.append(Fault("slow", seconds=0.4))
    leader = threading.Thread(target=lambda: n(double))
    leader.start()
    until(lambda: double.count() == 1)
    stop = threading.Event()
    stop.set()
    with stopping(stop), pytest.raises(Stopped):
        n(double)
    leader.join()
    assert double.count() == 1


def test_each_reads_the_shared_reply_in_its_own_way(double: HttpDouble) -> None:
    def wrong(_reply: Reply) -> None:
        raise NotFound("none", "other")

    double.faults.append(Fault("slow", seconds=0.2))
    asked = question(f"{double.url}/n")
    first, second = together(lambda: ask(asked, as_json), lambda: ask(asked, wrong))
    assert isinstance(first, Got)
    assert isinstance(second, NotFound)
    assert double.count() == 1


def test_a_reader_that_breaks_does_not_block_the_question(double: HttpDouble) -> None:
    def broken(_reply: Reply) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask(question(f"{double.url}/n"), broken)
    assert n(double).value == {"n": 2}
