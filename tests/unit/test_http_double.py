"""The loopback server that stands for web services does to a plain client what its faults say."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import pytest
import requests

from tests.doubles.http_double import Answer, Call, Fault, HttpDouble, http_date

TEXT = "x" * 1_000


def echo(call: Call) -> Answer:
    return Answer.json({"query": call.query, "body": call.json(), "text": TEXT})


@pytest.fixture
def double() -> Iterator[HttpDouble]:
    with HttpDouble() as made:
        made.route("/echo", echo)
        yield made


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        yield made


def test_it_keeps_what_was_asked(double: HttpDouble, session: requests.Session) -> None:
    answer = session.post(f"{double.url}/echo/a%20b?q=x%2Cy&e=", json={"n": 1}, headers={"X-Token": "t"})
    assert answer.json() == {"query": {"q": "x,y", "e": ""}, "body": {"n": 1}, "text": TEXT}
    (record,) = double.requests
    assert (record.method, record.path, record.status) == ("POST", "/echo/a b", 200)
    assert record.query == {"q": "x,y", "e": ""}
    assert record.body == b'{"n": 1}'
    assert record.headers.get("x-token") == "t"
    assert record.arrived <= time.monotonic()
    assert (double.count("/echo"), double.count("/other")) == (1, 0)
    double.forget()
    assert double.count() == 0


def test_one_connection_serves_many_requests(double: HttpDouble, session: requests.Session) -> None:
    ports = set()
    for _ in range(3):
        with session.get(f"{double.url}/echo", stream=True) as answer:
            ports.add(answer.raw.connection.sock.getsockname())
            assert answer.content
    assert len(ports) == 1


def test_head_has_the_length_and_no_body(double: HttpDouble, session: requests.Session) -> None:
    head, whole = session.head(f"{double.url}/echo"), session.get(f"{double.url}/echo")
    assert head.content == b""
    assert int(head.headers["Content-Length"]) == len(whole.content)


def test_a_path_without_route_is_not_found(double: HttpDouble, session: requests.Session) -> None:
    answer = session.get(f"{double.url}/none")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        (Fault("status"), 500, "text/html; charset=utf-8"),
        (Fault("status", status=403), 403, "text/html; charset=utf-8"),
        (Fault("html"), 200, "text/html; charset=utf-8"),
        (Fault("html", status=502), 502, "text/html; charset=utf-8"),
        (Fault("empty"), 200, "application/json"),
        (Fault("garbage"), 200, "application/json"),
        (Fault("slow", seconds=0.01), 200, "application/json"),
        (Fault("drip", seconds=0.0001), 200, "application/json"),
        (Fault("stall", seconds=0.01), 200, "application/json"),
        (Fault("huge", size=100_000), 200, "application/json"),
        (Fault("huge", size=100_000, announced=True), 200, "application/json"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_faults_that_end_in_an_answer(
    double: HttpDouble, session: requests.Session, fault: Fault, status: int, kind: str
) -> None:
    whole = session.get(f"{double.url}/echo").content
    double.faults.append(fault)
    answer = session.get(f"{double.url}/echo")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, kind)
    assert (double.requests[-1].fault, double.requests[-1].status, fault.taken) == (fault.kind, status, 1)
    if kind == "application/json":
        half = whole[: len(whole) // 2]
        wanted = {"empty": b"", "garbage": half, "huge": b" " * 100_000}.get(fault.kind, whole)
        assert answer.content == wanted


def test_cut_and_gone_break_the_connection(double: HttpDouble, session: requests.Session) -> None:
    double.faults += [Fault("cut", times=1), Fault("gone", times=1)]
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        session.get(f"{double.url}/echo")
    with pytest.raises(requests.exceptions.ConnectionError):
        session.get(f"{double.url}/echo")
    assert session.get(f"{double.url}/echo").ok
    assert [record.fault for record in double.requests] == ["cut", "gone", ""]
    assert [record.status for record in double.requests] == [200, 0, 200]


def test_a_stalled_answer_runs_into_the_time_limit_or_is_released(
    double: HttpDouble, session: requests.Session
) -> None:
    double.faults.append(Fault("stall"))
    with pytest.raises((requests.exceptions.ConnectionError, requests.exceptions.ReadTimeout)):
        session.get(f"{double.url}/echo", timeout=0.2)  # in the body, or before it on a busy machine
    answer = session.get(f"{double.url}/echo", stream=True)
    double.release()
    assert answer.json()["text"] == TEXT


def test_retry_after_in_both_forms(double: HttpDouble, session: requests.Session) -> None:
    double.faults += [
        Fault("status", times=1, status=429, headers={"Retry-After": "3"}),
        Fault("status", times=1, status=429, headers={"Retry-After": http_date(3)}),
    ]
    first, second = (session.get(f"{double.url}/echo").headers["Retry-After"] for _ in range(2))
    assert first == "3"
    assert parsedate_to_datetime(second).tzinfo is not None


def test_faults_choose_path_and_method_and_wear_off(double: HttpDouble, session: requests.Session) -> None:
    double.faults.append(Fault("status", "/echo/a", times=2, status=503, method="POST"))
    post, get = session.post, session.get
    answers = [get(f"{double.url}/echo/a"), post(f"{double.url}/echo/b")]
    answers += [post(f"{double.url}/echo/a") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 503, 503, 200]


def test_a_redirect_leads_to_another_host(double: HttpDouble, session: requests.Session) -> None:
    with HttpDouble() as other:
        other.route("/echo", echo)
        double.faults.append(Fault("redirect", status=307, target=other.url + "{path}"))
        answer = session.post(f"{double.url}/echo?q=1", json={"n": 1})
        assert answer.json()["body"] == {"n": 1}
        assert [record.query for record in other.requests] == [{"q": "1"}]


def test_killed_it_refuses_and_revived_it_answers_at_the_same_port(
    double: HttpDouble, session: requests.Session
) -> None:
    url = f"{double.url}/echo"
    assert session.get(url).ok
    double.kill()
    for _ in range(2):
        with pytest.raises(requests.exceptions.ConnectionError):
            session.get(url)
    double.revive()
    assert session.get(url).ok
    assert double.count() == 2


def test_a_stop_ends_held_answers_and_all_threads() -> None:
    before = set(threading.enumerate())
    with HttpDouble() as double, requests.Session() as session:
        double.route("/echo", echo)
        double.faults += [Fault("stall", "/echo/stall"), Fault("drip", "/echo/drip", seconds=60)]
        held = [session.get(f"{double.url}/echo/{kind}", stream=True) for kind in ("stall", "drip")]
        idle = session.get(f"{double.url}/echo")
        assert idle.ok
    for answer in held:
        with pytest.raises(requests.exceptions.RequestException):
            _ = answer.content
    assert set(threading.enumerate()) <= before


def test_a_client_that_goes_away_is_no_error(double: HttpDouble, session: requests.Session) -> None:
    double.faults.append(Fault("huge", times=1))
    session.get(f"{double.url}/echo", stream=True).close()
    assert session.get(f"{double.url}/echo").ok


def test_a_failing_route_fails_the_test() -> None:
    def broken(call: Call) -> Answer:
        raise KeyError("no such thing")

    with pytest.raises(AssertionError, match="no such thing"), HttpDouble() as double:
        double.route("/", broken)
        assert requests.get(double.url, timeout=5).status_code == 500
