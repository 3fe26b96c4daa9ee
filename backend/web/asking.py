"""A question and its answer: kept, or fetched once for all who ask, or stale when the service is down."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, Literal, TypeVar

from backend import settings
from backend.errors import BadAnswer, ExpronautError, NotFound, RateLimited, Refused, Unavailable
from backend.settings import Patience
from backend.web import patience as waiting
from backend.web import store
from backend.web.flights import Flights
from backend.web.question import Question, Reply
from backend.web.transport import Streamed, stream

T = TypeVar("T")
# fresh: kept and fresh, or from the service. usual: that, else stale. kept: only what was kept, of any age.
# anew: from the service, and kept from then on.
Mode = Literal["usual", "fresh", "kept", "anew"]
_WRONG = (BadAnswer, Unavailable)  # what read raises for a reply that is none
_TELL = "If it stays so, tell those who run the service."


@dataclass(frozen=True)
class Got(Generic[T]):
    """What was read from an answer. why: when it is stale, what went wrong with the service now."""

    value: T
    reply: Reply
    why: ExpronautError | None = None


def ask(asked: Question, read: Callable[[Reply], T], mode: Mode = "usual") -> Got[T]:
    """The answer to a question, as `read` makes it of the reply (of a status in `accepted`).

    read only reads, it asks nothing; it raises BadAnswer for a reply that is not what was promised: such a reply is
    not kept. Raises Unavailable, RateLimited, Refused, BadAnswer, TooLarge, Stopped, and whatever read raises.
    """
    seen = _found(asked) if asked.keepable else None
    kept = None
    if seen is not None and (mode == "kept" or not (seen.stale or mode == "anew")):
        with suppress(*_WRONG):  # kept by a version that read it otherwise
            return Got(read(seen), seen)
    elif seen is not None and mode == "usual":
        kept = seen
    if mode == "kept":
        raise Unavailable(f"Nothing was kept of what {asked.host} answers to this.", "Ask again when it is there.")
    try:
        return _fetched(asked, read, seen)
    except (Unavailable, BadAnswer) as error:
        if kept is None:
            raise
        with suppress(*_WRONG):
            return Got(read(kept), kept, error)
        raise


def _fetched(asked: Question, read: Callable[[Reply], T], seen: Reply | None) -> Got[T]:
    """From the service, asked once for all who want the same now. seen: what was kept before, and will not do."""
    if not asked.keepable:
        reply = _patiently(asked)
        return Got(read(reply), reply)
    while True:
        key = f"{asked.key} {asked.since}"
        flight, ours = _flights.board(key)
        if ours:
            with _flights.flown(key, flight):
                return _read(asked, read, flight.bring(_kept_since(asked, seen) or _patiently(asked)))
        if (found := flight.awaited()) is not None:
            return Got(read(found), found)
        # the one that asked was stopped: ask ourselves


def _found(asked: Question) -> Reply | None:
    """What was kept, unless something was changed there since it was asked for."""
    found = store.current().find(asked)
    past = found is not None and asked.since is not None and found.fetched_at <= asked.since
    return None if past else found


def _kept_since(asked: Question, seen: Reply | None) -> Reply | None:
    """What another asker kept between our look and our turn."""
    found = _found(asked)
    newer = found is not None and not found.stale and (seen is None or found.fetched_at > seen.fetched_at)
    return found if newer else None


def _read(asked: Question, read: Callable[[Reply], T], reply: Reply) -> Got[T]:
    """What was read; the reply is kept unless read finds it wrong. NotFound is an answer too, and kept."""
    try:
        value = read(reply)
    except NotFound:
        _keep(asked, reply)
        raise
    _keep(asked, reply)
    return Got(value, reply)


def _keep(asked: Question, reply: Reply) -> None:
    if reply.status in (200, 404) and not reply.kept:
        store.current().keep(asked, reply)


def is_html(reply: Reply) -> bool:
    """Whether a web page came where data were due, or nothing at all."""
    begin = reply.body[:200].lstrip().lower()
    return not begin or begin.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body"))


def _patiently(asked: Question) -> Reply:
    """The reply, after as many attempts as it takes and the settings allow."""
    chosen = settings.current().patience
    for attempt in range(1, chosen.attempts + 1):
        if not settings.current().offline:
            waiting.wait_for(asked.host, chosen.longest_wait)
        try:
            return _once(asked)
        except Unavailable as error:
            again = asked.repeatable or isinstance(error, RateLimited)
            if attempt == chosen.attempts or not again or settings.current().offline:
                raise
            waiting.pause(_until_next(error, asked, attempt, chosen))
    raise AssertionError("unreachable")


def _until_next(error: Unavailable, asked: Question, attempt: int, chosen: Patience) -> float:
    """Seconds to wait. Raises the error when the service asks for more patience than the settings allow."""
    told = error.retry_after if isinstance(error, RateLimited) else None
    if told is None:
        return waiting.backoff(attempt, chosen)
    if told > chosen.longest_wait:
        raise error
    waiting.rest(asked.host, told)
    return max(told, waiting.backoff(attempt, chosen))


def _once(asked: Question) -> Reply:
    begun = datetime.now(UTC)  # what is changed while the answer travels may not be in it
    with stream(asked) as streamed:
        if streamed.status not in asked.accepted:
            raise _refusal(asked, streamed)
        body = streamed.body(asked.most_bytes)
        kind = streamed.headers.get("Content-Type", "")
        return Reply(streamed.status, streamed.host, kind, body, begun)


def _refusal(asked: Question, streamed: Streamed) -> ExpronautError:
    """The error of a status that is no answer. RateLimited says that nothing was done: it may be sent again."""
    status, host = streamed.status, streamed.host
    told = waiting.retry_after(streamed.headers.get("Retry-After", ""))
    if status == 429 or (status == 503 and told is not None and asked.repeatable):
        when = f"Ask again in {told:,.0f} s." if told else "Wait a little, then ask again."
        return RateLimited(f"{host} gets too many requests.", when, told)
    if status in (401, 403):
        return Refused(f"{host} refuses this request (HTTP {status}).", "Check the key and what it may see.")
    if status >= 500:
        return Unavailable(f"{host} has a problem (HTTP {status}).", f"Try again later. {_TELL}")
    return BadAnswer(f"{host} does not understand this request (HTTP {status} to {asked.shown}).", _TELL)


_flights = Flights()
