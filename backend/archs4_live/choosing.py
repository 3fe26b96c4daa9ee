"""Which service answers: the first that does, in order; what was kept when none does; a clear error otherwise."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from backend import settings
from backend.archs4_live.health import Trouble, health
from backend.archs4_live.service import Served, Service
from backend.errors import BadAnswer, ExpronautError, NotFound, RateLimited, Refused, Unavailable
from backend.web import Mode

T = TypeVar("T")
FAILURES = (Unavailable, BadAnswer, Refused)


@dataclass(frozen=True)
class Way(Generic[T]):
    """One way to an answer: the service, and how it is asked."""

    service: Service
    ask: Callable[[Mode], Served[T]]


def served(what: str, ways: Sequence[Way[T]]) -> Served[T]:
    """The answer of the first way that has one. what: what is asked for, in words, for messages.

    A service that fails is left alone for a while, and the next is asked; when none answers, a kept answer is given,
    stale. Raises NotFound when those that answer do not know it, else Unavailable, RateLimited or BadAnswer.
    """
    failures: dict[str, ExpronautError] = {}
    unknown: NotFound | None = None
    for way in ways:
        try:
            found = _now(way)
        except NotFound as error:
            unknown = unknown or error
            continue
        except FAILURES as error:
            failures[way.service.dialect] = error
            if not isinstance(error, Unavailable):
                health.changed()  # it is asked again next time, so what is said without it is not kept in memory
            continue
        return found.noting(*_instead(found, failures))
    if unknown is not None:
        raise unknown
    for way in ways:
        if (old := _kept(way)) is not None:
            health.changed()
            why = failures.get(way.service.dialect) or next(iter(failures.values()))
            return replace(old, why=old.why or why)
    raise _failure(what, failures)


def _now(way: Way[T]) -> Served[T]:
    """What the service says now; one that is left alone may still have said it not long ago."""
    base, trouble = way.service.base, health.trouble(way.service.base)
    if trouble is not None:
        old = _kept(way)
        if old is None or old.stale:
            raise _resting(trouble)
        return old
    try:
        found = way.ask("fresh")
    except NotFound:
        health.answered(base)
        raise
    except Unavailable as error:
        if not settings.current().offline:
            health.failed(base, error)
        raise
    if not all(reply.kept for reply in found.replies):
        health.answered(base)
    return found


def either(first: str, second: str, ask: Callable[[str], Served[T]]) -> Served[T]:
    """The answer for a first name, else for a second: services compare names letter by letter."""
    try:
        return ask(first)
    except NotFound:
        if second == first:
            raise
        return ask(second)


def _resting(trouble: Trouble) -> ExpronautError:
    """The error a service is left alone for, with the time until it is tried again."""
    left = max(1, math.ceil(trouble.until - time.monotonic()))
    error = trouble.error
    if isinstance(error, RateLimited):
        return RateLimited(error.message, f"It is asked again in {left} s.", float(left))
    return type(error)(error.message, f"It is asked again in {left} s.")


def _kept(way: Way[T]) -> Served[T] | None:
    try:
        return way.ask("kept")
    except (*FAILURES, NotFound):
        return None


def _instead(found: Served[T], failures: dict[str, ExpronautError]) -> tuple[str, ...]:
    """That another service answered than usual, and why."""
    return tuple(
        f"{dialect} did not answer ({error.message.rstrip('.')}); {found.dialect} did."
        for dialect, error in failures.items()
        if dialect != found.dialect
    )


def _failure(what: str, failures: dict[str, ExpronautError]) -> ExpronautError:
    """One error for all that went wrong."""
    if not failures:
        return Unavailable(f"No service of ARCHS4 that is switched on can answer {what}.", "See EXPRONAUT_ARCHS4.")
    errors = list(failures.values())
    hint = next((error.hint for error in errors if error.hint), "Try again in a moment.")
    if len({error.message for error in errors}) == 1:
        told = errors[0].message
    else:
        told = " ".join(f"{dialect}: {error.message}" for dialect, error in failures.items())
    message = f"ARCHS4 cannot be asked for {what} now. {told}"
    if all(isinstance(error, RateLimited) for error in errors):
        waits = [error.retry_after for error in errors if isinstance(error, RateLimited) and error.retry_after]
        return RateLimited(message, hint, min(waits, default=None))
    if any(isinstance(error, Unavailable) for error in errors):
        return Unavailable(message, hint)
    return type(errors[0])(message, hint)
