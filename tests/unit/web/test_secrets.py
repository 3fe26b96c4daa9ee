"""A token is in the header it is sent in, and nowhere else."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from backend import settings
from backend.errors import ExpronautError, NotFound, RateLimited
from backend.web import Got, as_json, ask, hiding, question, stream
from tests.doubles.http_double import Answer, Fault, HttpDouble
from tests.unit.web.loopback import chosen, n

TOKEN = "s3cr3t-t0k3n-of-a-user"
SECRET = {"Authorization": f"Bearer {TOKEN}", "X-Key": TOKEN}


@pytest.fixture
def everything(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Every logger tells everything, those we silence too."""
    names = ("", "expronaut.web", "urllib3", "urllib3.connectionpool", "requests_cache", "requests_ratelimiter")
    for name in (*names, "requests", "pyrate_limiter", "requests_cache.backends.sqlite"):
        caplog.set_level(logging.DEBUG, name or None)
    return caplog


def said(error: BaseException | None) -> str:
    """An error and all that caused it."""
    found = ""
    while error is not None:
        found += f"{error} {error!r} {vars(error)} "
        error = error.__cause__ or error.__context__
    return found


@pytest.mark.parametrize("fault", ["", "status", "gone", "cut", "html", "redirect", "refused", "limited", "dead"])
def test_a_token_is_nowhere_else(
    double: HttpDouble, tmp_path: Path, everything: pytest.LogCaptureFixture, fault: str
) -> None:
    orders = {
        "redirect": [Fault("redirect", "/n", times=1, target="/n/there")],
        "refused": [Fault("status", status=401)],
        "limited": [Fault("status", times=1, status=429)],
    }
    double.faults += orders.get(fault) or ([Fault(fault)] if fault not in ("", "dead") else [])
    if fault == "dead":
        double.kill()
    asked = question(f"{double.url}/n", {"q": "TP53"}, secret=SECRET)
    seen = f"{asked} {asked!r} {asked.shown} {asked.key} {asked.url}"
    try:
        got = ask(asked, as_json)
        seen += f"{got} {got!r} {got.reply!r}"
    except ExpronautError as error:
        seen += said(error)
    if fault == "":
        with stream(asked) as streamed:
            seen += repr(streamed)
    assert fault == "dead" or double.requests[0].headers["X-Key"] == TOKEN
    seen += "".join(f"{record.getMessage()} {record.args} {record.exc_text}" for record in everything.records)
    assert everything.records
    assert TOKEN not in seen
    files = [path for path in (tmp_path / "cache").iterdir() if path.is_file()]
    assert files
    for path in files:
        assert TOKEN.encode() not in path.read_bytes(), path.name


def test_an_error_that_tells_a_key_keeps_all_else_that_it_carries() -> None:
    with pytest.raises(RateLimited) as limited, hiding(TOKEN):
        raise RateLimited(f"Too many with {TOKEN}.", "Wait.", 90.0)
    assert (str(limited.value), limited.value.retry_after) == ("Too many with …. Wait.", 90.0)
    with pytest.raises(NotFound) as lacking, hiding(TOKEN):
        raise NotFound("No such gene.", "Choose one.", ("SOX2", TOKEN))
    assert lacking.value.suggestions == ("SOX2", "…")
    assert TOKEN not in repr(lacking.value)


def test_our_log_holds_no_query(double: HttpDouble, everything: pytest.LogCaptureFixture) -> None:
    n(double, params={"q": "patient-17"})
    ours = [record.getMessage() for record in everything.records if record.name == "expronaut.web"]
    assert any("/n 200" in line for line in ours)
    assert not any("patient-17" in line for line in ours)


def test_libraries_are_silent_unless_told_otherwise() -> None:
    for name in ("urllib3.connectionpool", "requests_cache.backends.sqlite", "pyrate_limiter"):
        assert not logging.getLogger(name).isEnabledFor(logging.WARNING)


def test_two_users_never_share_an_answer(double: HttpDouble) -> None:
    double.route("/n", lambda call: Answer.json(call.headers["Authorization"]))
    double.faults.append(Fault("slow", seconds=0.2))
    found: dict[str, Got[str]] = {}

    def one(user: str) -> None:
        found[user] = n(double, secret={"Authorization": user})

    threads = [threading.Thread(target=one, args=(user,)) for user in ("anna", "berta")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    one("anna")
    assert {user: got.value for user, got in found.items()} == {"anna": "anna", "berta": "berta"}
    assert found["anna"].reply.kept
    assert n(double).value is None  # nor one without a key
    assert double.count() == 3


def test_no_cookie_is_kept_or_sent(double: HttpDouble) -> None:
    double.faults.append(Fault("slow", seconds=0.0, headers={"Set-Cookie": "id=7; Path=/"}))
    for i in range(2):
        n(double, f"/n/{i}")
    double.faults[:] = [Fault("redirect", "/n/x", target="/n/y", headers={"Set-Cookie": "id=8; Path=/"})]
    n(double, "/n/x")
    assert [record.headers["Cookie"] for record in double.requests] == [None] * 4


def test_passwords_of_the_machine_are_not_sent(
    double: HttpDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password hunter2\ndefault login me password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    double.faults.append(Fault("redirect", "/n/x", target="/n/y"))
    with settings.use(chosen(tmp_path)):
        n(double)
        n(double, "/n/x")
    assert ["Authorization" in record.headers for record in double.requests] == [False] * 3


def test_who_asks_is_told(double: HttpDouble) -> None:
    n(double)
    assert "Expronaut" in double.requests[0].headers["User-Agent"]
