"""Many questions, a few at a time: in the order they come back, with progress, and cancelled as a whole."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from queue import Empty, SimpleQueue
from typing import TypeVar

from backend.errors import ExpronautError
from backend.web.patience import pause, stopping

K = TypeVar("K")
V = TypeVar("V")
Progress = Callable[[int, int], None]
AT_ONCE = 4  # more would not be polite
TICK = 0.25  # seconds between two looks at whether the user cancels


def each(
    work: Callable[[K], V], items: Sequence[K], on_progress: Progress | None = None, at_once: int = AT_ONCE
) -> dict[K, V | ExpronautError]:
    """item -> what `work` gives for it, or the error of our tree it raises; in the order of `items`.

    on_progress(done, of) is called here, in the calling thread, several times a second; when it raises, nothing more
    is asked, waits end, and the same is raised. Any other error of `work`, and a stop of the caller, end all alike.
    """
    wanted, found = list(dict.fromkeys(items)), dict[K, V | ExpronautError]()
    todo, done, stop = SimpleQueue[K](), SimpleQueue[tuple[K, Future[V]]](), threading.Event()
    for item in wanted:
        todo.put(item)
    try:
        for _ in range(min(at_once, len(wanted))):
            _begin(partial(_work_off, work, todo, done, stop))
        while len(found) < len(wanted):
            _take(done, found)
            pause(0)  # whoever asks may be stopped
            if on_progress:
                on_progress(len(found), len(wanted))
    finally:
        stop.set()
    return {item: found[item] for item in wanted}


def _begin(run: Callable[[], None]) -> None:
    """In a thread that knows what this one knows, and that no exit of the app waits for."""
    threading.Thread(target=copy_context().run, args=(run,), name="expronaut-web", daemon=True).start()


def _work_off(
    work: Callable[[K], V], todo: SimpleQueue[K], done: SimpleQueue[tuple[K, Future[V]]], stop: threading.Event
) -> None:
    """Take items until none is left, or the event is set."""
    with stopping(stop), suppress(Empty):
        while not stop.is_set():
            item, outcome = todo.get_nowait(), Future[V]()
            try:
                outcome.set_result(work(item))
            except BaseException as error:  # noqa: BLE001  raised again in the thread that asked
                outcome.set_exception(error)
            done.put((item, outcome))


def _take(done: SimpleQueue[tuple[K, Future[V]]], found: dict[K, V | ExpronautError]) -> None:
    """Add what is done by now, after a wait of at most TICK. Raises what is no error of our tree."""
    with suppress(Empty):
        item, outcome = done.get(timeout=TICK)
        while True:
            try:
                found[item] = outcome.result()
            except ExpronautError as error:
                found[item] = error
            item, outcome = done.get_nowait()
