"""Where a redirect may lead, and what goes along."""

from __future__ import annotations

import pytest

from backend.errors import BadAnswer, Refused, Unavailable
from backend.web import question, stream
from backend.web.transport import check_sibling
from tests.doubles.http_double import Answer, Fault, HttpDouble
from tests.unit.web.loopback import n

TOKEN = "hush-hush-1"
SECRET = {"Authorization": f"Bearer {TOKEN}"}


def moved(target: str, status: int = 302) -> Fault:
    return Fault("redirect", "/n/moved", target=target, status=status)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_it_is_followed_and_the_key_goes_along_within_a_host(double: HttpDouble, status: int) -> None:
    double.faults.append(moved("/n/there?a=b", status))
    assert n(double, "/n/moved", secret=SECRET).value == {"n": 1}
    assert [record.path for record in double.requests] == ["/n/moved", "/n/there"]
    assert [record.headers["Authorization"] for record in double.requests] == [SECRET["Authorization"]] * 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_key_goes_to_no_other_port(double: HttpDouble, other: HttpDouble, status: int) -> None:
    double.faults.append(moved(f"{other.url}/n/there", status))
    reply = n(double, "/n/moved", secret=SECRET, headers={"X-Plain": "yes"}).reply
    assert reply.host == other.url.removeprefix("http://")
    assert "Authorization" not in other.requests[0].headers
    assert TOKEN not in str(other.requests[0].headers)
    assert other.requests[0].headers["X-Plain"] == "yes"


def test_nor_to_another_name_of_the_same_machine(double: HttpDouble) -> None:
    double.faults.append(moved(double.url.replace("127.0.0.1", "localhost") + "/n/there"))
    n(double, "/n/moved", secret=SECRET)
    assert ["Authorization" in record.headers for record in double.requests] == [True, False]


def test_nor_back_by_way_of_another_host(double: HttpDouble, other: HttpDouble) -> None:
    """Whoever sent us back chose the address: it is not ours any more."""
    double.faults.append(moved(f"{other.url}/n/moved"))
    other.faults.append(moved(f"{double.url}/n/home"))
    n(double, "/n/moved", secret=SECRET)
    assert double.requests[-1].path == "/n/home"
    assert "Authorization" not in double.requests[-1].headers


def test_nor_to_another_scheme(double: HttpDouble) -> None:
    double.faults.append(moved(double.url.replace("http:", "https:") + "/n"))
    with pytest.raises(Unavailable):  # there is no https there; what was sent in clear is what the record holds
        n(double, "/n/moved", secret=SECRET)
    assert {record.path for record in double.requests} == {"/n/moved"}


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "javascript:alert(1)", "ftp://127.0.0.1/x", "http://u:p@127.0.0.1/", "http://["],
)
def test_other_targets_are_not_followed(double: HttpDouble, target: str) -> None:
    double.faults.append(moved(target))
    with pytest.raises(BadAnswer, match=r"127\.0\.0\.1") as caught:
        n(double, "/n/moved")
    assert caught.value.hint
    assert double.count() == 1


def test_the_body_of_a_redirect_is_not_read(double: HttpDouble) -> None:
    there = Fault("huge", "/n/moved", status=302, headers={"Location": "/n/there"}, size=2_000_000_000)
    double.faults.append(there)
    assert n(double, "/n/moved").value == {"n": 1}


def test_a_loop_ends(double: HttpDouble) -> None:
    double.faults.append(moved("/n/moved"))
    with pytest.raises(BadAnswer, match=r"127\.0\.0\.1"):
        n(double, "/n/moved")
    assert double.count() < 10


def test_an_answer_that_names_no_target_is_a_bad_one(double: HttpDouble) -> None:
    double.faults.append(Fault("status", status=302))
    with pytest.raises(BadAnswer, match="302"):
        n(double)


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_a_body_is_sent_on_only_when_told_so(double: HttpDouble, status: int, method: str) -> None:
    double.faults.append(moved("/n/there", status))
    n(double, "/n/moved", body={"gene": "TP53"})
    last = double.requests[-1]
    assert (last.method, last.body) == (method, b'{"gene": "TP53"}' if method == "POST" else b"")
    assert ("Content-Type" in last.headers) == (method == "POST")


def test_a_look_at_the_head_stays_one(double: HttpDouble) -> None:
    double.faults.append(moved("/n/there", 303))
    with stream(question(f"{double.url}/n/moved", method="HEAD")) as streamed:
        assert streamed.status == 200
    assert [record.method for record in double.requests] == ["HEAD", "HEAD"]


def test_an_answer_of_another_host_is_refused_like_any(double: HttpDouble, other: HttpDouble) -> None:
    double.faults.append(moved(f"{other.url}/n"))
    other.route("/n", lambda _call: Answer.html(403))
    with pytest.raises(Refused, match=other.url.removeprefix("http://")):
        n(double, "/n/moved")


SIBLINGS = ("127.0.0.1", "localhost", "stomics.io", "www.stomics.io")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_key_goes_to_the_names_that_may_get_it(double: HttpDouble, status: int) -> None:
    double.faults.append(moved(double.url.replace("127.0.0.1", "localhost") + "/n/there", status))
    assert n(double, "/n/moved", secret=SECRET, siblings=SIBLINGS).value == {"n": 1}
    assert [record.headers["Authorization"] for record in double.requests] == [SECRET["Authorization"]] * 2


def test_and_to_no_other_port_of_theirs(double: HttpDouble, other: HttpDouble) -> None:
    double.faults.append(moved(f"{other.url}/n/there"))
    with pytest.raises(BadAnswer, match="where the key may not go"):
        n(double, "/n/moved", secret=SECRET, siblings=SIBLINGS)
    assert not other.requests


def test_within_the_same_address_no_name_need_be_given(double: HttpDouble) -> None:
    double.faults.append(moved("/n/there"))
    assert n(double, "/n/moved", secret=SECRET, siblings=()).value == {"n": 1}


@pytest.mark.parametrize(
    ("asked", "target", "status", "fine"),
    [
        ("https://stomics.io/a", "https://www.stomics.io/a", 301, True),
        ("https://www.stomics.io/a", "https://stomics.io:443/a", 308, True),
        ("http://localhost:8950/a", "https://stomics.io/a", 302, True),
        ("https://stomics.io/a", "http://www.stomics.io/a", 301, False),
        ("https://stomics.io/a", "http://stomics.io/a", 301, False),
        ("https://stomics.io/a", "https://stomics.io:8443/a", 307, False),
        ("https://stomics.io/a", "https://stomics.io.evil.example/a", 307, False),
        ("https://stomics.io/a", "https://evil.example/stomics.io", 307, False),
        ("https://stomics.io/a", "http://localhost/a", 307, False),
        ("https://stomics.io/a", "http://localhost:443/a", 307, False),
        ("https://stomics.io/a", "https://www.stomics.io/a", 303, False),
    ],
)
def test_where_a_key_may_go_on_to(asked: str, target: str, status: int, fine: bool) -> None:
    if fine:
        check_sibling(asked, target, SIBLINGS, status)
        return
    with pytest.raises(BadAnswer, match="where the key may not go"):
        check_sibling(asked, target, SIBLINGS, status)


def test_every_request_is_announced_those_of_redirects_and_of_further_attempts_too(double: HttpDouble) -> None:
    sent: list[int] = []
    double.faults += [moved("/n/there"), Fault("status", "/n/there", times=1, status=503)]
    assert n(double, "/n/moved", on_send=lambda: sent.append(1)).value == {"n": 1}
    assert len(sent) == len(double.requests) == 4
