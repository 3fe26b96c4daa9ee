"""What is kept, for how long, and what is given when a service is down."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend import settings
from backend.errors import BadAnswer, ExpronautError, NotFound, RateLimited, Refused, Stopped, TooLarge, Unavailable
from backend.web import Reply, as_json, ask, question
from tests.doubles.http_double import Answer, Fault, HttpDouble
from tests.unit.web.loopback import chosen, n

DAY = 86_400.0


def aged(folder: Path, days: float) -> None:
    """Make everything kept in a folder so much older."""
    with sqlite3.connect(folder / "cache" / "answers.sqlite") as file:
        for key, value in file.execute("SELECT key, value FROM answers").fetchall():
            line, _, body = bytes(value).partition(b"\n")
            before, at = line.rsplit(b": ", 1)
            older = b"%s: %f}" % (before, float(at.rstrip(b"}")) - days * DAY)
            file.execute("UPDATE answers SET value = ? WHERE key = ?", (older + b"\n" + body, key))
    file.close()


def test_an_answer_is_asked_for_once_and_says_when(double: HttpDouble) -> None:
    before = datetime.now(UTC)
    first, second = n(double), n(double)
    assert double.count() == 1
    assert first.value == second.value == {"n": 1}
    assert (first.reply.kept, second.reply.kept, second.reply.stale) == (False, True, False)
    assert second.why is None
    assert before <= first.reply.fetched_at <= datetime.now(UTC)
    assert second.reply.fetched_at == first.reply.fetched_at
    assert (second.reply.status, second.reply.host, second.reply.content_type, second.reply.body) == (
        (200, double.url.removeprefix("http://"), "application/json", b'{"n": 1}')
    )


def test_a_miss_is_kept_too_for_a_day(double: HttpDouble, tmp_path: Path) -> None:
    def missing(reply: Reply) -> None:
        raise NotFound(f"no such gene, says {reply.status}")

    asked = question(f"{double.url}/elsewhere", lifetime=30 * DAY)
    for _ in range(2):
        with pytest.raises(NotFound, match="says 404"):
            ask(asked, missing)
    assert double.count() == 1
    aged(tmp_path, 1.1)
    with pytest.raises(NotFound):
        ask(asked, missing)
    assert double.count() == 2


def test_an_answer_that_says_not_found_is_kept(double: HttpDouble) -> None:
    def unknown(_reply: Reply) -> None:
        raise NotFound("200 with an error inside")

    for _ in range(2):
        with pytest.raises(NotFound):
            ask(question(f"{double.url}/n"), unknown)
    assert double.count() == 1


@pytest.mark.parametrize("kind", [BadAnswer, Unavailable, Refused, Stopped, TooLarge])
def test_an_answer_that_is_none_is_not_kept(double: HttpDouble, kind: type[ExpronautError]) -> None:
    def wrong(_reply: Reply) -> None:
        raise kind("wrong")

    for _ in range(2):
        with pytest.raises(kind):
            ask(question(f"{double.url}/n"), wrong)
    assert double.count() == 2


@pytest.mark.parametrize("status", [201, 206, 400, 403, 429, 500])
def test_no_other_status_is_kept(double: HttpDouble, status: int) -> None:
    double.faults.append(Fault("slow", seconds=0.0))
    double.route("/n", lambda _call: Answer.json({"status": status}, status))
    for _ in range(2):
        n(double, accepted=(200, status))
    assert double.count() == 2


def test_a_question_that_asks_for_it_is_never_kept(double: HttpDouble) -> None:
    assert [n(double, lifetime=0.0).value["n"] for _ in range(2)] == [1, 2]


@pytest.mark.parametrize("named", ["127.0.0.1", "with port"])
def test_how_long_is_set_for_each_host(double: HttpDouble, tmp_path: Path, named: str) -> None:
    host = double.url.removeprefix("http://") if named == "with port" else named
    n(double)
    aged(tmp_path, 3)
    assert n(double).reply.kept  # a week unless said otherwise
    with settings.use(chosen(tmp_path / "cache", keep=((host, 2 * DAY), ("other.example", 90 * DAY)))):
        assert not n(double).reply.kept
    aged(tmp_path, 8)
    with settings.use(chosen(tmp_path / "cache", keep=((host, 9 * DAY),))):
        assert n(double).reply.kept
    assert not n(double).reply.kept
    with settings.use(chosen(tmp_path / "cache", keep=((host, 0.0),))):
        assert not n(double).reply.kept
    assert double.count() == 4


@pytest.mark.parametrize("fault", ["dead", "gone", "status", "cut", "garbage", "html", "empty", "limited"])
def test_an_old_answer_is_given_and_marked_when_there_is_no_new_one(
    double: HttpDouble, tmp_path: Path, fault: str
) -> None:
    first = n(double)
    aged(tmp_path, 8)
    if fault == "dead":
        double.kill()
    elif fault == "limited":
        double.faults.append(Fault("status", status=429, headers={"Retry-After": "3600"}))
    else:
        double.faults.append(Fault(fault))
    old = n(double)
    assert old.value == first.value
    assert (old.reply.kept, old.reply.stale) == (True, True)
    assert isinstance(old.why, Unavailable | BadAnswer)
    assert isinstance(old.why, RateLimited) == (fault == "limited")
    age = (first.reply.fetched_at - old.reply.fetched_at).total_seconds()
    assert age == pytest.approx(8 * DAY, abs=1)
    double.faults.clear()
    if fault == "dead":
        double.revive()
    new = n(double)
    assert not new.reply.stale
    assert new.value != first.value
    assert new.why is None
    assert n(double).value == new.value


def test_fresh_wants_no_old_answer_but_a_kept_one(double: HttpDouble, tmp_path: Path) -> None:
    n(double)
    double.kill()
    assert n(double, mode="fresh").value == {"n": 1}
    aged(tmp_path, 8)
    with pytest.raises(Unavailable):
        n(double, mode="fresh")
    double.revive()
    assert n(double, mode="fresh").value == {"n": 2}


def test_kept_asks_nobody(double: HttpDouble, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1") as caught:
        n(double, mode="kept")
    assert caught.value.hint
    assert double.count() == 0
    n(double)
    aged(tmp_path, 8)
    old = n(double, mode="kept")
    assert (old.value, old.reply.stale) == ({"n": 1}, True)
    assert double.count() == 1


def test_offline_gives_what_was_kept(double: HttpDouble, tmp_path: Path) -> None:
    n(double, "/n/fresh")
    n(double, "/n/old")
    aged(tmp_path, 8)
    n(double, "/n/fresh")
    count = double.count()
    with settings.use(chosen(tmp_path / "cache", offline=True)):
        assert not n(double, "/n/fresh").reply.stale
        old = n(double, "/n/old")
        assert old.reply.stale
        assert "offline" in str(old.why)
        with pytest.raises(Unavailable, match="offline"):
            n(double, "/n/never")
    assert double.count() == count


def test_a_kept_answer_that_is_read_otherwise_now_is_asked_for_again(double: HttpDouble) -> None:
    def newer(reply: Reply) -> int:
        found = as_json(reply)["n"]
        if found == 1:
            raise BadAnswer("n cannot be 1")
        return int(found)

    n(double)
    asked = question(f"{double.url}/n")
    assert ask(asked, newer).value == 2
    assert ask(asked, newer).value == 2
    assert double.count() == 2


@pytest.mark.parametrize("days", [0, 8])
def test_and_the_error_is_that_of_the_service_when_it_is_down(double: HttpDouble, tmp_path: Path, days: int) -> None:
    def newer(_reply: Reply) -> None:
        raise BadAnswer("read otherwise")

    n(double)
    aged(tmp_path, days)
    double.kill()
    with pytest.raises(Unavailable, match="cannot be reached"):
        ask(question(f"{double.url}/n"), newer)
    with pytest.raises(Unavailable, match="Nothing was kept"):
        ask(question(f"{double.url}/n"), newer, "kept")


def test_a_refusal_is_not_covered_up(double: HttpDouble, tmp_path: Path) -> None:
    n(double)
    aged(tmp_path, 8)
    double.faults.append(Fault("status", status=403))
    with pytest.raises(Refused):
        n(double)


def test_settings_of_a_block_end_with_it(double: HttpDouble, tmp_path: Path) -> None:
    n(double)
    with settings.use(chosen(tmp_path / "other")):
        assert n(double).value == {"n": 2}
    assert n(double).value == {"n": 1}


def test_an_answer_under_way_during_a_change_is_not_taken_for_a_new_one(double: HttpDouble) -> None:
    changes: list[datetime] = []

    def changing(_call: object) -> Answer:
        told = Answer.json({"changes": len(changes)})
        changes.append(datetime.now(UTC))
        return told

    double.route("/changing", changing)
    n(double, "/changing")
    since = changes[0]
    assert n(double, "/changing", since=since).value == {"changes": 1}
    assert n(double, "/changing", since=since).reply.kept
    assert double.count("/changing") == 2


def test_nor_does_it_cover_up_for_a_service_that_is_down(double: HttpDouble) -> None:
    n(double)
    since = datetime.now(UTC)
    double.kill()
    with pytest.raises(Unavailable):
        n(double, since=since)
