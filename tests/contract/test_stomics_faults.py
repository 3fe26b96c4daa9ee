"""STOmics through the counter when something is wrong: errors, 429, the calls of the hour, redirects, the key."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend import api, settings, web
from backend.errors import (
    BadAnswer,
    ExpronautError,
    NotConfigured,
    NotFound,
    RateLimited,
    Refused,
    Stopped,
    Unavailable,
)
from backend.stomics import files
from backend.stomics.server import server
from tests.contract.stomics_online import online
from tests.doubles.http_double import Answer
from tests.doubles.stomics_web import KEY, OTHER_KEY, Fault, StomicsWeb
from tests.doubles.stomics_web_world import SECTION, TINY

LIST = "/api/v1/datasets"


# errors


@pytest.mark.parametrize(("status", "hint"), [(401, "does your account there still list it"), (403, "may see this")])
def test_a_wrong_key_is_refused_and_it_is_said_what_to_check(
    double: StomicsWeb, tmp_path: Path, status: int, hint: str
) -> None:
    double.switches.denied = status
    wrong = online(double, tmp_path, EXPRONAUT_STOMICS_KEY="sk-wrong-key-0001")
    with settings.use(wrong), pytest.raises(Refused, match="Not authenticated") as caught:
        api.stomics_datasets()
    assert hint in caught.value.hint
    assert "sk-wrong" not in str(caught.value)


def test_without_a_key_nothing_is_asked(double: StomicsWeb, tmp_path: Path) -> None:
    with settings.use(online(double, tmp_path, EXPRONAUT_STOMICS_KEY="")):
        with pytest.raises(NotConfigured, match="EXPRONAUT_STOMICS_KEY"):
            api.stomics_datasets()
        assert api.stomics_status().key_hint == ""
    assert not double.requests


@pytest.mark.parametrize("form", ["detail", "error", "object", "message", "text", "html"])
def test_errors_are_read_in_every_form_and_a_web_page_is_never_shown(double: StomicsWeb, form: str) -> None:
    double.switches.error_form = form
    with pytest.raises(ExpronautError) as caught:
        api.stomics_dataset("STD9999")
    assert ("Dataset not found" in caught.value.message) == (form != "html")
    assert "<" not in str(caught.value)
    assert isinstance(caught.value, BadAnswer if form == "html" else NotFound)


@pytest.mark.parametrize("kind", ["html", "empty", "garbage"])
def test_what_is_no_json_is_an_error_and_not_kept(double: StomicsWeb, kind: str) -> None:
    double.faults.append(Fault(kind, LIST, times=1))
    with pytest.raises(BadAnswer):
        api.stomics_datasets()
    assert api.stomics_datasets().value.total == 45


def test_an_answer_that_repeats_the_key_is_neither_shown_nor_kept(odd: StomicsWeb, tmp_path: Path) -> None:
    odd.route(f"{LIST}/STD0005", lambda call: Answer.json({"accession": "STD0005", "title": KEY}))
    with pytest.raises(BadAnswer, match="repeats the key") as caught:
        api.stomics_dataset("STD0005")
    assert KEY not in str(caught.value)
    assert not any(KEY.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_failing_service_is_tried_three_times_and_then_stale_answers_are_shown(double: StomicsWeb) -> None:
    api.stomics_dataset(TINY)
    double.faults.append(Fault("status", LIST, status=502))
    with pytest.raises(Unavailable):
        api.stomics_dataset(SECTION)
    assert double.count(f"{LIST}/{SECTION}") == 3
    with settings.use(replace(settings.current(), keep=(("127.0.0.1", 0.0),))):
        stale = api.stomics_dataset(TINY)
    assert stale.provenance.stale
    assert stale.value.dataset.accession == TINY


# too many requests


@pytest.mark.parametrize("form", ["seconds", "date", "odd", ""])
def test_429_is_waited_for_when_it_is_short(double: StomicsWeb, form: str) -> None:
    double.switches.limit, double.switches.refusals, double.switches.retry_after = 0, 1, form
    double.switches.limit = 1
    api.stomics_dataset(TINY)
    assert api.stomics_dataset(SECTION).value.dataset.accession == SECTION
    assert [record.status for record in double.requests] == [200, 429, 200]


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_long_429_is_told_at_once_and_kept_to(double: StomicsWeb, form: str) -> None:
    double.switches.limit, double.switches.retry_after, double.switches.wait = 1, form, 900
    api.stomics_dataset(TINY)
    with pytest.raises(RateLimited, match=r"Ask again after \d\d:\d\d:\d\d UTC") as caught:
        api.stomics_dataset(SECTION)
    assert 890 < (caught.value.retry_after or 0) <= 900
    before = len(double.requests)
    with pytest.raises(RateLimited):
        api.stomics_dataset("STD0003")
    assert len(double.requests) == before  # not asked again meanwhile
    assert api.stomics_dataset(TINY).value.dataset.accession == TINY  # kept


def test_a_wait_of_ages_is_told_as_one_of_an_hour(double: StomicsWeb) -> None:
    double.faults.append(Fault("status", LIST, status=429, headers={"Retry-After": "999999999999"}))
    with pytest.raises(RateLimited, match=r"UTC, in 3,600 s") as caught:
        api.stomics_datasets()
    assert caught.value.retry_after == 3_600


def test_a_429_for_ever_ends(double: StomicsWeb) -> None:
    double.switches.limit, double.switches.retry_after = 0, ""
    with pytest.raises(RateLimited, match="too many requests"):
        api.stomics_dataset(TINY)
    assert len(double.requests) == 3


def test_a_wait_can_be_cancelled(double: StomicsWeb) -> None:
    double.switches.limit, double.switches.retry_after = 0, "seconds"
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped), web.stopping(stop):
        api.stomics_dataset(TINY)


# the budget


def test_calls_are_counted_and_kept_answers_are_not(double: StomicsWeb) -> None:
    assert (api.stomics_status().calls_used, api.stomics_status().resets_at) == (0, None)
    for _ in range(3):
        api.stomics_dataset(TINY)
    files.address(server(), TINY, "42")
    status = api.stomics_status()
    assert (status.calls_used, status.calls_left) == (len(double.requests), 998) == (2, 998)
    assert timedelta(minutes=59) < status.resets_at - datetime.now(UTC) <= timedelta(hours=1)
    assert status.key_hint == "sk-…abcd"


def test_attempts_and_redirects_count_and_storage_does_not(double: StomicsWeb, tmp_path: Path) -> None:
    double.faults.append(Fault("status", LIST, status=503, times=1))
    double.switches.sibling = 307
    with settings.use(online(double, tmp_path, double.sibling)):
        address = files.address(server(), TINY, "42")
        web.ask(web.question(address.url, lifetime=0), lambda reply: reply.body)
        assert api.stomics_status().calls_used == len(double.requests) == 3
    assert len(double.storage.requests) == 1


def test_another_key_has_a_budget_and_answers_of_its_own(double: StomicsWeb, tmp_path: Path) -> None:
    api.stomics_dataset(TINY)
    with settings.use(online(double, tmp_path, EXPRONAUT_STOMICS_KEY=OTHER_KEY)):
        assert api.stomics_status().calls_used == 0
        api.stomics_dataset(TINY)
    assert [record.headers["Authorization"] for record in double.requests] == [f"Bearer {KEY}", f"Bearer {OTHER_KEY}"]


# redirects


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_the_other_name_of_the_service_takes_the_key_along(
    double: StomicsWeb, tmp_path: Path, status: int
) -> None:
    double.switches.sibling = status
    with settings.use(online(double, tmp_path, double.sibling)):
        assert api.stomics_dataset(TINY).value.dataset.accession == TINY
    assert [record.headers["Authorization"] for record in double.requests] == [f"Bearer {KEY}"] * 2


def test_and_to_no_name_that_is_not_allowed(double: StomicsWeb, tmp_path: Path) -> None:
    double.switches.sibling = 301
    strict = online(double, tmp_path, double.sibling, EXPRONAUT_STOMICS_HOSTS="stomics.io")
    with settings.use(strict), pytest.raises(BadAnswer, match="where the key may not go"):
        api.stomics_dataset(TINY)
    assert len(double.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_host_is_refused_and_not_asked(double: StomicsWeb, status: int) -> None:
    double.switches.foreign = status
    with pytest.raises(BadAnswer, match="where the key may not go"):
        api.stomics_dataset(TINY)
    assert not double.storage.requests


def test_the_key_is_in_no_log(double: StomicsWeb, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    api.stomics_datasets("brain")
    with pytest.raises(NotFound):
        api.stomics_dataset("STD9999")
    assert caplog.records
    assert KEY not in caplog.text
