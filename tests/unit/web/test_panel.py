"""Many questions with progress, errors of their own, and an end when the user has enough."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from backend import settings
from backend.errors import NotFound, Stopped, Unavailable
from backend.web import each, pause, stopping
from backend.web.panel import AT_ONCE
from tests.doubles.http_double import Answer, Fault, HttpDouble
from tests.unit.web.loopback import chosen, n

ROOT = Path(__file__).resolve().parents[3]


class Rerun(BaseException):
    """What Streamlit raises in a script to end it."""


def test_answers_stand_in_the_order_asked_for(double: HttpDouble) -> None:
    double.route("/n", lambda call: Answer.json(call.path))
    double.faults.append(Fault("slow", "/n/3", seconds=0.3))
    items = [3, 1, 2, 1, 0]
    found = each(lambda i: n(double, f"/n/{i}").value, items)
    assert list(found.items()) == [(3, "/n/3"), (1, "/n/1"), (2, "/n/2"), (0, "/n/0")]
    assert double.count() == 4
    assert each(lambda i: n(double).value, []) == {}


def test_progress_is_told_here_up_to_the_end(double: HttpDouble) -> None:
    double.faults.append(Fault("slow", "/n/0", seconds=0.7))
    told: list[tuple[int, int, int]] = []
    each(lambda i: n(double, f"/n/{i}"), range(6), lambda done, of: told.append((done, of, threading.get_ident())))
    assert {of for _, of, _ in told} == {6}
    assert {thread for *_, thread in told} == {threading.get_ident()}
    done = [done for done, *_ in told]
    assert done == sorted(done)
    assert done[-1] == 6
    assert done.count(5) >= 2  # also while nothing comes back


def test_an_error_of_one_is_its_own(double: HttpDouble) -> None:
    double.faults += [Fault("status", "/n/1"), Fault("gone", "/n/2")]

    def work(i: int) -> Any:
        if i == 3:
            raise NotFound("no such gene")
        return n(double, f"/n/{i}").value

    found = each(work, range(5))
    kinds = [type(found[i]) for i in range(5)]
    assert kinds == [dict, Unavailable, Unavailable, NotFound, dict]


def test_an_error_of_another_kind_ends_all(double: HttpDouble) -> None:
    def work(i: int) -> Any:
        if i == 1:
            raise ZeroDivisionError
        return n(double, f"/n/{i}")

    double.faults.append(Fault("slow", seconds=0.2))
    with pytest.raises(ZeroDivisionError):
        each(work, range(50))
    assert double.count() < 10


@pytest.mark.parametrize("raised", [Rerun, Stopped])
def test_who_leaves_asks_nothing_more(double: HttpDouble, raised: type[BaseException]) -> None:
    double.faults.append(Fault("slow", seconds=0.2))

    def leave(done: int, _of: int) -> None:
        if done >= 2:
            raise raised

    with pytest.raises(raised):
        each(lambda i: n(double, f"/n/{i}"), range(50), leave)
    pause(0.2)  # what was on its way has arrived
    left = double.count()
    assert left <= 2 + 2 * AT_ONCE
    pause(0.6)
    assert double.count() == left


def test_waits_end_with_those_who_leave(double: HttpDouble, tmp_path: Path) -> None:
    """All that are asked wait an hour for their second attempt; when the user leaves, their threads end."""
    double.faults.append(Fault("status"))

    def leave(_done: int, _of: int) -> None:
        if all(record.done for record in double.requests) and double.count() == AT_ONCE:
            raise Rerun

    with settings.use(chosen(tmp_path, first_wait=3600, longest_wait=3600)), pytest.raises(Rerun):
        each(lambda i: n(double, f"/n/{i}"), range(9), leave)
    for thread in _ours():
        thread.join(10)
    assert not _ours()
    assert double.count() == AT_ONCE


def _ours() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "expronaut-web"]


def test_a_slow_answer_is_not_waited_for_by_those_who_leave(double: HttpDouble, tmp_path: Path) -> None:
    double.faults.append(Fault("slow"))  # until released

    def leave(_done: int, _of: int) -> None:
        if double.count() == AT_ONCE:
            raise Rerun

    with settings.use(chosen(tmp_path, read=60)), pytest.raises(Rerun):
        each(lambda i: n(double, f"/n/{i}"), range(9), leave)
    assert not any(record.done for record in double.requests)
    double.release()


def test_a_stop_of_the_caller_reaches_panels_within_panels(double: HttpDouble) -> None:
    double.faults.append(Fault("slow", seconds=0.1))
    stop = threading.Event()

    def inner(i: int) -> Any:
        return each(lambda j: n(double, f"/n/{i}/{j}"), range(100))

    def enough(_done: int, _of: int) -> None:
        if double.count() > 5:
            stop.set()

    with stopping(stop), pytest.raises(Stopped):
        each(inner, range(3), enough)
    for thread in _ours():
        thread.join(10)
    assert double.count() < 100


_LEAVING = """
import sys, threading
from pathlib import Path
from backend import settings
from backend.web import each
from tests.unit.web.loopback import chosen, n
class Server: url = sys.argv[1]
begun = threading.Event()
def work(i):
    begun.set()
    return n(Server, f"/n/{i}")
with settings.use(chosen(Path(sys.argv[2]), read=600.0, whole=600.0)):
    threading.Thread(target=each, args=(work, range(100)), daemon=True).start()
    begun.wait()
print("left")
"""


def test_the_app_ends_while_a_panel_is_under_way(double: HttpDouble, tmp_path: Path) -> None:
    """Ctrl-C must not wait for a hundred answers of a service that sleeps."""
    double.faults.append(Fault("slow"))
    told = subprocess.run(
        [sys.executable, "-c", _LEAVING, double.url, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        text=True,
    )
    assert told.stdout == "left\n"
    assert "Traceback" not in told.stderr
