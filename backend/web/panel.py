"""Many questions, a few at a time: in the order they come back, with progress, and cancelled as a whole."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import copy_context
from multiprocessing import TimeoutError
from multiprocessing.pool import ThreadPool
from typing import TypeVar

from backend.errors import ExpronautError
from backend.web.patience import Stop, pause, stopping

K = TypeVar("K")
V = TypeVar("V")
Progress = Callable[[int, int], None]
AT_ONCE = 4  # more would not be polite
TICK = 0.25  # seconds between two looks at whether the user cancels


def each(
    work: Callable[[K], V],
    items: Sequence[K],
    on_progress: Progress | None = None,
    at_once: int = AT_ONCE,
    on_found: Callable[[K, V | ExpronautError], None] | None = None,
) -> dict[K, V | ExpronautError]:
    """item -> what `work` gives for it, or the error of our tree it raises; in the order of `items`.

    on_progress(done, of) is called here, in the calling thread, several times a second; when it raises, nothing more
    is asked, waits end, and the same is raised. on_found(item, outcome) is called here too, as each comes. Any other
    error of `work`, and a stop of the caller, end all alike.
    """
    wanted, found = list(dict.fromkeys(items)), dict[K, V | ExpronautError]()
    if not wanted:
        return found
    stop = Stop()
    pool = ThreadPool(min(at_once, len(wanted)))  # daemon threads: no exit of the app waits for them
    known = [copy_context() for _ in wanted]  # what this thread knows, for each of them
    done = pool.imap_unordered(lambda one: one[0].run(_one, work, one[1], stop), zip(known, wanted, strict=True))
    try:
        while len(found) < len(wanted):
            with suppress(TimeoutError):
                item, outcome = done.next(TICK)
                found[item] = outcome
                if on_found:
                    on_found(item, outcome)
            pause(0)  # whoever asks may be stopped
            if on_progress:
                on_progress(len(found), len(wanted))
    finally:
        stop.set()
        pool.terminate()
    return {item: found[item] for item in wanted}


def _one(work: Callable[[K], V], item: K, stop: threading.Event) -> tuple[K, V | ExpronautError]:
    """What `work` gives for an item, or the error of our tree it raises; any other is raised by the pool."""
    with stopping(stop):
        pause(0)
        try:
            return item, work(item)
        except ExpronautError as error:
            return item, error
