"""What is tried again, how often, and how long is waited in between."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import settings
from backend.errors import BadAnswer, ExpronautError, RateLimited, Refused, Stopped, Unavailable, Unreachable
from backend.settings import Patience
from backend.web import pause, stopping
from backend.web.patience import backoff, retry_after
from tests.doubles.http_double import Fault, HttpDouble, http_date
from tests.unit.web.loopback import chosen, n


def waits(double: HttpDouble) -> list[float]:
    times = [record.arrived for record in double.requests]
    return [later - earlier for earlier, later in pairwise(times)]


@pytest.mark.parametrize("fault", ["gone", "cut", "stall", "status"])
def test_what_passes_is_tried_again_and_answered(double: HttpDouble, fault: str) -> None:
    double.faults.append(Fault(fault, times=2, seconds=3, status=502))
    assert n(double).value
    assert double.count() == 3
    double.release()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 507])
def test_what_stays_is_tried_as_often_as_set(double: HttpDouble, status: int) -> None:
    double.faults.append(Fault("status", status=status))
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1") as caught:
        n(double)
    assert double.count() == 3
    assert caught.value.hint
    assert isinstance(caught.value, RateLimited) == (status == 429)


@pytest.mark.parametrize(
    ("status", "kind"), [(400, BadAnswer), (401, Refused), (403, Refused), (405, BadAnswer), (410, BadAnswer)]
)
def test_other_refusals_are_final(double: HttpDouble, status: int, kind: type[ExpronautError]) -> None:
    double.faults.append(Fault("status", status=status))
    with pytest.raises(kind, match=rf"127\.0\.0\.1.*{status}") as caught:
        n(double)
    assert double.count() == 1
    assert caught.value.hint


def test_no_connection_is_tried_again_until_the_server_is_back(double: HttpDouble, tmp_path: Path) -> None:
    double.kill()
    back = threading.Timer(0.3, double.revive)
    back.start()
    with settings.use(chosen(tmp_path, attempts=8, first_wait=0.1)):
        assert n(double).value == {"n": 1}
    back.join()


def test_no_connection_at_all_is_told(double: HttpDouble) -> None:
    double.kill()
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:\d+ cannot be reached"):
        n(double)


def test_each_wait_is_longer_than_half_of_twice_the_one_before(double: HttpDouble, tmp_path: Path) -> None:
    double.faults.append(Fault("status"))
    with settings.use(chosen(tmp_path, attempts=4, first_wait=0.1)), pytest.raises(Unavailable):
        n(double)
    for place, wait in enumerate(waits(double)):
        assert wait >= 0.1 * 2**place / 2


def test_waits_differ_so_that_clients_do_not_come_back_together() -> None:
    patience = Patience(first_wait=1.0, longest_wait=4.0)
    for attempt, whole in ((1, 1.0), (2, 2.0), (3, 4.0), (9, 4.0)):
        found = {backoff(attempt, patience) for _ in range(50)}
        assert len(found) > 10
        assert all(whole / 2 <= wait <= whole for wait in found)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("told", ["1", "date"])
def test_the_wait_a_service_asks_for_is_kept(double: HttpDouble, told: str, status: int) -> None:
    header = http_date(2) if told == "date" else told  # a date is cut to whole seconds
    double.faults.append(Fault("status", times=1, status=status, headers={"Retry-After": header}))
    assert n(double).value
    assert waits(double)[0] >= (0.9 if told == "date" else 1.0)


def test_it_holds_for_all_who_ask_that_host(double: HttpDouble) -> None:
    double.faults.append(Fault("status", "/n/1", times=1, status=429, headers={"Retry-After": "1"}))
    first = threading.Thread(target=lambda: n(double, "/n/1"))
    first.start()
    while not double.requests or not double.requests[0].done:
        pause(0.01)
    pause(0.1)
    n(double, "/n/2")
    first.join()
    assert double.requests[1].arrived - double.requests[0].arrived >= 1.0


@pytest.mark.parametrize("header", ["3600", "date"])
def test_a_longer_wait_is_told_at_once(double: HttpDouble, header: str) -> None:
    told = http_date(3600) if header == "date" else header
    double.faults.append(Fault("status", status=429, headers={"Retry-After": told}))
    with pytest.raises(RateLimited, match=r"127\.0\.0\.1") as caught:
        n(double)
    assert double.count() == 1
    assert caught.value.retry_after == pytest.approx(3600, abs=5)
    assert "3,6" in caught.value.hint or "3,59" in caught.value.hint


def test_a_wait_without_sense_is_replaced_by_our_own(double: HttpDouble) -> None:
    double.faults.append(Fault("status", times=1, status=429, headers={"Retry-After": "soon"}))
    assert n(double).value


@given(
    st.text() | st.from_regex(r"\s*[+-]?\d+(\.\d+)?\s*") | st.datetimes().map(lambda when: f"{when:%a, %d %b %Y %T}")
)
def test_any_retry_after_gives_a_number_or_nothing(text: str) -> None:
    found = retry_after(text)
    assert found is None or 0 <= found < float("inf")


@pytest.mark.parametrize("fault", ["cut", "gone", "stall"])
def test_what_must_not_be_sent_twice_is_not(double: HttpDouble, fault: str) -> None:
    double.faults.append(Fault(fault, times=1, seconds=3))
    with pytest.raises(Unavailable):
        n(double, body={"a": 1}, lifetime=0.0, repeatable=False)
    assert double.count() == 1
    double.release()


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "0"}])
@pytest.mark.parametrize("status", [500, 503, 504])
def test_nor_after_a_server_broke_down_over_it(double: HttpDouble, status: int, headers: dict[str, str]) -> None:
    double.faults.append(Fault("status", times=1, status=status, headers=headers))
    with pytest.raises(Unavailable):
        n(double, body={"a": 1}, lifetime=0.0, repeatable=False)
    assert double.count() == 1


def test_but_it_is_when_the_service_took_nothing(double: HttpDouble) -> None:
    double.faults.append(Fault("status", times=1, status=429))
    assert n(double, body={"a": 1}, lifetime=0.0, repeatable=False).value == {"n": 1}
    assert [record.method for record in double.requests] == ["POST", "POST"]


def test_a_stop_ends_a_wait(double: HttpDouble, tmp_path: Path) -> None:
    double.faults.append(Fault("status"))
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    patient = chosen(tmp_path, first_wait=3600, longest_wait=3600)
    with settings.use(patient), stopping(stop), pytest.raises(Stopped):
        n(double)
    assert double.count() == 1
    timer.join()
