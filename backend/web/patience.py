"""How often a request is tried, and how long is waited in between."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from backend.errors import Stopped
from backend.settings import Patience

_DIGITS = 12  # of a number of seconds with any sense
_JITTER = random.SystemRandom()
_stop: ContextVar[threading.Event | None] = ContextVar("stop", default=None)
_resting: dict[str, float] = {}  # host -> monotonic time before which it asked not to be asked
_lock = threading.Lock()


class Stop(threading.Event):
    """Set when the user stops. What waits for the network and cannot look at it is woken."""

    def __init__(self) -> None:
        super().__init__()
        self._wakes: list[Callable[[], object]] = []

    def set(self) -> None:
        """Stop."""
        super().set()
        for wake in tuple(self._wakes):
            wake()

    @contextmanager
    def waking(self, wake: Callable[[], object]) -> Iterator[None]:
        """Inside, `wake` is called by who stops."""
        self._wakes.append(wake)
        try:
            yield
        finally:
            self._wakes.remove(wake)


@contextmanager
def woken(wake: Callable[[], object]) -> Iterator[None]:
    """Inside, `wake` is called, in the thread of who stops, as soon as the user stops; it ends what waits."""
    event = _stop.get()
    with event.waking(wake) if isinstance(event, Stop) else nullcontext():
        yield


@contextmanager
def stopping(event: threading.Event) -> Iterator[None]:
    """Inside, waits end with Stopped as soon as the event is set; so do requests between their attempts."""
    token = _stop.set(event)
    try:
        yield
    finally:
        _stop.reset(token)


def pause(seconds: float) -> None:
    """Wait. Raises Stopped when the user stops meanwhile, or has."""
    event = _stop.get()
    if event is not None and event.wait(max(0.0, seconds)):
        raise Stopped
    if event is None and seconds > 0:
        time.sleep(seconds)


def backoff(attempt: int, patience: Patience) -> float:
    """Seconds before the attempt after this one (1 is the first): doubled each time, between half of it and all."""
    whole = min(patience.first_wait * 2 ** (attempt - 1), patience.longest_wait)
    return float(whole * _JITTER.uniform(0.5, 1.0))


def retry_after(header: str) -> float | None:
    """Seconds a Retry-After header asks for, given as seconds or as a date (RFC 9110, 10.2.3); None without sense."""
    text = header.strip()
    if text.isascii() and text.isdecimal():
        return float(text) if len(text) <= _DIGITS else None
    try:
        when = parsedate_to_datetime(text)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (when - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):  # the standard library does not promise which
        return None


def rest(host: str, seconds: float) -> None:
    """Leave a host alone for a while, whoever asks."""
    with _lock:
        _resting[host] = max(_resting.get(host, 0.0), time.monotonic() + seconds)


def resting(host: str) -> float:
    """Seconds for which a host is still left alone; 0 when it may be asked."""
    with _lock:
        return max(0.0, _resting.get(host, 0.0) - time.monotonic())


def wait_for(host: str, longest: float) -> None:
    """Wait until a host may be asked again, at most `longest` seconds."""
    pause(min(resting(host), longest))
