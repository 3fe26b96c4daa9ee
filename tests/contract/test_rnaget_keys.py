"""Where a key of an RNAget server goes: to that server, and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backend import settings
from backend.api import rnaget as counter
from backend.errors import BadAnswer, ExpronautError, NotFound
from backend.rnaget.server import Endpoint, Server
from backend.rnaget.tickets import read_ticket
from tests.contract.rnaget_online import KEY, online, stored
from tests.doubles.http_double import Answer, HttpDouble
from tests.doubles.rnaget_web import Fault, RnagetWeb
from tests.doubles.rnaget_world import EXPRESSION, STUDY

LAB = Server(Endpoint("lab", "https://lab.org/rnaget", KEY))


@pytest.fixture
def web() -> Iterator[RnagetWeb]:
    with RnagetWeb() as double:
        double.switches.token = KEY
        yield double


@pytest.fixture(autouse=True)
def services(web: RnagetWeb, tmp_path: Path) -> Iterator[None]:
    with settings.use(online(web, tmp_path, KEY)):
        yield


def _sent_elsewhere(web: RnagetWeb) -> list[str]:
    """Everything the host of the files was sent."""
    return [f"{record.path} {record.query} {record.headers}" for record in web.files.requests]


def _nowhere_on_disk(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    assert not any(KEY.encode() in path.read_bytes() for path in files)


@pytest.mark.parametrize("echo", [False, True])
@pytest.mark.parametrize("name", ["spec12", "crg"])
def test_a_ticket_to_another_port_gets_no_key(
    web: RnagetWeb, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, echo: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    web.switches.elsewhere, web.switches.echo_token = True, echo
    answer = counter.open_matrix(name, EXPRESSION)
    assert stored(answer.value).shape == (140, 24)
    assert len(web.files.requests) == 1
    assert not any(KEY in text for text in _sent_elsewhere(web))
    assert all(record.headers["Authorization"] == f"Bearer {KEY}" for record in web.requests)
    told = "\n".join(answer.provenance.notes)
    assert ("was not sent there" in told) == (echo or name == "crg")
    assert KEY not in f"{answer!r} {caplog.text} {settings.current()!r}"
    _nowhere_on_disk(tmp_path)


def test_a_ticket_of_the_server_itself_is_served_with_its_key(web: RnagetWeb, tmp_path: Path) -> None:
    web.switches.echo_token = True
    answer = counter.open_matrix("spec12", EXPRESSION)
    assert any("carries your key" in note for note in answer.provenance.notes)
    web.switches.echo_token = False
    counter.open_matrix("spec12", EXPRESSION)
    assert not web.files.requests
    _nowhere_on_disk(tmp_path)


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_redirect_to_another_port_gets_no_key(web: RnagetWeb, status: int) -> None:
    web.faults.append(Fault("redirect", "/spec12/expressions/", status=status, target=web.files.url + "{path}"))
    answer = counter.open_matrix("spec12", EXPRESSION, genes=["EGFR"])
    assert stored(answer.value).shape == (1, 24)
    assert web.files.requests
    assert not any(KEY in text for text in _sent_elsewhere(web))


def test_an_error_that_repeats_the_key_does_not_show_or_keep_it(
    web: RnagetWeb, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    web.switches.tell_token = True
    for ask in (
        lambda: counter.open_matrix("spec12", "nope"),
        lambda: counter.rnaget_signal("spec12", "nope", "chr1"),
    ):
        with pytest.raises(ExpronautError) as caught:
            ask()
        assert KEY not in f"{caught.value} {caught.value!r} {caplog.text}"
    assert counter.rnaget_entries("spec12", "expressions").value == ()  # a 404 as well, of a kind that is kept
    _nowhere_on_disk(tmp_path)


def test_an_answer_that_repeats_the_key_is_not_shown_or_kept(web: RnagetWeb, tmp_path: Path) -> None:
    with HttpDouble() as double:
        double.route("/service-info", lambda _: Answer.json({"name": "Lab", "type": {"version": "1.2.0"}}))
        double.route("/studies", lambda _: Answer.json([{"id": "s1", "description": f"asked with {KEY}"}]))
        lab = replace(online(web, tmp_path, KEY), rnaget=(settings.Rnaget("lab", double.url, KEY),))
        with settings.use(lab), pytest.raises(BadAnswer, match="repeats the key") as caught:
            counter.rnaget_entries("lab", "studies")
    assert KEY not in f"{caught.value!r}"
    _nowhere_on_disk(tmp_path)


def test_a_key_that_is_wrong_is_told_without_it(web: RnagetWeb) -> None:
    web.switches.token = "another"
    with pytest.raises(ExpronautError) as caught:
        counter.rnaget_about("crg")
    assert "401" in caught.value.message
    assert KEY not in str(caught.value)


def test_a_ticket_over_http_is_warned_of() -> None:
    told = read_ticket(LAB, {"url": "http://data.org/a.tsv", "headers": {"X-Key": "short-lived"}})
    assert told.headers == (("X-Key", "short-lived"),)
    assert "over http from data.org" in told.notes[0]
    assert read_ticket(LAB, {"url": "https://data.org/a.tsv"}).notes == ()
    assert "short-lived" not in repr(told)


def test_the_same_host_over_http_or_at_another_port_gets_no_key() -> None:
    for url in ("http://lab.org/rnaget/a", "https://lab.org:8443/rnaget/a", "https://lab.org.evil.org/rnaget/a"):
        told = read_ticket(LAB, {"url": url, "headers": {"Authorization": f"Bearer {KEY}"}})
        assert told.headers == ()
    assert read_ticket(LAB, {"url": "https://lab.org/other/a"}).headers == ()
    assert dict(read_ticket(LAB, {"url": "expressions/1/bytes"}).headers) == {"Authorization": f"Bearer {KEY}"}
    with pytest.raises(BadAnswer, match="puts your key into an address"):
        read_ticket(LAB, {"url": f"https://data.org/a?token={KEY}"})


@pytest.mark.parametrize(
    "ticket",
    [
        None, 5, "text", {}, {"url": ""}, {"url": None}, {"url": "file:///etc/passwd"}, {"url": "http://[x"},
        {"url": "https://data.org/a", "headers": {"A\nB": "c"}},
        {"url": "https://data.org/a", "headers": {"A": "b\nc"}},
        [{"url": "https://data.org/1"}, {"url": "https://data.org/2"}], {"url": "https://user:pw@data.org/a"},
    ],
)  # fmt: skip
def test_what_is_no_ticket_is_a_bad_answer(ticket: object) -> None:
    with pytest.raises(BadAnswer):
        read_ticket(LAB, ticket)


def test_a_ticket_in_any_spelling() -> None:
    odd = {"URL": "https://data.org/a", "MD5": "AB", "format": "tsv", "units": "tsv", "headers": None}
    told = read_ticket(Server(Endpoint("lab", "https://lab.org/rnaget")), [odd])
    assert (told.url, told.md5, told.format, told.unit, told.headers) == ("https://data.org/a", "AB", "tsv", "", ())
    with pytest.raises(NotFound):
        read_ticket(LAB, [])


def test_nothing_is_asked_offline(web: RnagetWeb, tmp_path: Path) -> None:
    off = online(web, tmp_path / "anew", KEY, offline=True)
    with settings.use(off), pytest.raises(ExpronautError, match="offline"):
        counter.open_matrix("spec12", study=STUDY)
    assert web.count() == 0
