"""No host gets more requests in a second than it is promised."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from backend import settings
from backend.errors import Unavailable
from backend.settings import Patience
from backend.web import each
from tests.doubles.http_double import Fault, HttpDouble
from tests.unit.web.loopback import chosen, most_in_a_second, n, together

PER_SECOND = 5


def test_ten_a_second_unless_said_otherwise() -> None:
    assert Patience().per_second == 10


def test_requests_of_several_threads_share_one_limit(double: HttpDouble, tmp_path: Path) -> None:
    with settings.use(chosen(tmp_path, per_second=PER_SECOND)):
        together(*[lambda begin=begin: [n(double, f"/n/{begin + i}") for i in range(3)] for begin in range(0, 12, 3)])
    times = [record.arrived for record in double.requests]
    assert len(times) == 12
    assert most_in_a_second(times) <= PER_SECOND + 1


def test_the_first_requests_of_new_threads_do_not_escape_it(double: HttpDouble, tmp_path: Path) -> None:
    """Nobody has asked at this rate before: the threads race for who makes the session."""
    with settings.use(chosen(tmp_path, per_second=3)):
        together(*[lambda i=i: n(double, f"/n/{i}") for i in range(8)])
    assert most_in_a_second([record.arrived for record in double.requests]) <= 3 + 1


def test_retries_and_redirects_count(double: HttpDouble, tmp_path: Path) -> None:
    double.faults += [
        Fault("status", "/n/down", status=503),
        Fault("redirect", "/n/moved", target="/n/there"),
    ]
    with settings.use(chosen(tmp_path, per_second=PER_SECOND, attempts=6)):
        with pytest.raises(Unavailable):
            n(double, "/n/down")
        for i in range(3):
            n(double, f"/n/moved?{i}")
    times = [record.arrived for record in double.requests]
    assert len(times) == 6 + 3 * 2
    assert most_in_a_second(times) <= PER_SECOND + 1


def test_another_host_is_not_held_up(double: HttpDouble, other: HttpDouble, tmp_path: Path) -> None:
    with settings.use(chosen(tmp_path, per_second=2)):
        for i in range(2):
            n(double, f"/n/{i}")
        waiting = threading.Thread(target=lambda: n(double, "/n/waits"))
        waiting.start()
        n(other)
        waiting.join()
    assert other.requests[0].arrived < double.requests[-1].arrived


def test_a_stop_while_waiting_for_the_turn_sends_nothing(double: HttpDouble, tmp_path: Path) -> None:
    def give_up(done: int, _of: int) -> None:
        if done >= 2:
            raise KeyboardInterrupt

    with settings.use(chosen(tmp_path, per_second=2)):
        with pytest.raises(KeyboardInterrupt):
            each(lambda i: n(double, f"/n/{i}"), range(6), give_up)
        n(double, "/n/later")  # has its turn after those that waited
        n(double, "/n/last")
    assert [record.path for record in double.requests[2:]] == ["/n/later", "/n/last"]
