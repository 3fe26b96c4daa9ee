"""Work in the background: one job at a time, in a thread of this process; further ones wait.

A queue has one such thread, whatever Streamlit runs anew. Jobs say how far they are, can be stopped, fail in words.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from backend import web
from backend.errors import ExpronautError, Stopped
from backend.model import IndexProgress

SETTLED = 1.0  # seconds before a speed is told
Ended = Literal["done", "failed", "cancelled"]


class Tell(Protocol):
    """How work says how far it is; it may raise to stop the work."""

    def __call__(self, part: str, done: int, of: int, unit: str, seconds: float, before: int = 0) -> None:
        """seconds: since the part began. before: what of `done` was there already then, which says nothing of speed."""


Work = Callable[[Tell], object]


def measured(part: str, done: int, of: int, unit: str, seconds: float, before: int = 0) -> IndexProgress:
    """Progress with its speed and time left, once there is something to measure."""
    speed = (done - before) / seconds if done > before and seconds > SETTLED else None
    left = max(0, of - done) / speed if speed else None
    return IndexProgress("running", part, done, of, unit, speed, left)


@dataclass
class _Job:
    key: str
    work: Work
    hint: str
    seen: IndexProgress = field(default_factory=lambda: IndexProgress("waiting"))
    stopped: threading.Event = field(default_factory=web.Stop)

    def tell(self, part: str, done: int, of: int, unit: str, seconds: float, before: int = 0) -> None:
        if self.stopped.is_set():
            raise Stopped(hint=self.hint)
        self.seen = measured(part, done, of, unit, seconds, before)

    def run(self) -> None:
        self.seen = IndexProgress("running", "Starting")
        try:
            with web.stopping(self.stopped):
                self.work(self.tell)
        except ExpronautError as error:
            hint = self.hint if isinstance(error, Stopped) else error.hint
            state: Ended = "cancelled" if self.stopped.is_set() else "failed"
            self._end(state, error.message, hint)
        except OSError as error:
            what = error.strerror or type(error).__name__
            self._end("failed", f"The system says: {what}.", "Check the disk and the folder's permissions.")
        else:
            self.seen = replace(self.seen, left=0.0)
            self._end("done")
        finally:
            if self.seen.state == "running":  # a fault of ours: the log has it, the page must not wait for ever
                self._end("failed", "Something unexpected happened; see the log.")

    def _end(self, state: Ended, message: str = "", hint: str = "") -> None:
        """After all that the work changed, so that who looks later than `ended` sees it."""
        self.seen = replace(self.seen, state=state, message=message, hint=hint, ended=time.monotonic())


class Queue:
    """Jobs by key, one after the other in a thread that ends when none is waiting."""

    def __init__(self, name: str = "expronaut-job", hint: str = "What is finished is kept; it goes on there.") -> None:
        """name: of the thread. hint: what is told with a job that was stopped."""
        self._name, self._hint = name, hint
        self._lock = threading.Lock()
        self._jobs: dict[str, _Job] = {}
        self._waiting: deque[_Job] = deque()
        self._thread: threading.Thread | None = None

    def put(self, key: str, work: Work) -> IndexProgress:
        """Begin this work, or let it wait; what is under way by this key goes on instead, unless it is stopping."""
        with self._lock:
            known = self._jobs.get(key)
            if known is not None and known.seen.state in ("waiting", "running") and not known.stopped.is_set():
                return known.seen
            job = self._jobs[key] = _Job(key, work, self._hint)
            self._waiting.append(job)
            if self._thread is None:
                self._begin_thread()
            return job.seen

    def cancel(self, key: str) -> None:
        """Stop it, or take it out of the queue."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None:
                return
            job.stopped.set()
            if job in self._waiting:
                self._waiting.remove(job)
                job.seen = IndexProgress("cancelled", message="Stopped before it began.", ended=time.monotonic())

    def progress(self, key: str) -> IndexProgress | None:
        """How far it is; None when it was never begun here."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None:
                return None
            seen = job.seen
            if job.stopped.is_set() and seen.state == "running":
                return IndexProgress("running", "Stopping")  # it looks up from its work in a moment
            return seen

    def forget(self, key: str) -> None:
        """Know no more of what has ended under this key."""
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and job.seen.state not in ("waiting", "running"):
                del self._jobs[key]

    def keys(self) -> tuple[str, ...]:
        """Everything begun here, in the order of its beginning."""
        with self._lock:
            return tuple(self._jobs)

    def _run(self) -> None:
        """Every waiting job; after a fault of ours, which ends this thread, another one goes on with the rest."""
        try:
            while (job := self._next()) is not None:
                job.run()
        finally:
            with self._lock:
                if self._thread is threading.current_thread():
                    self._begin_thread()

    def _next(self) -> _Job | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._thread = None
            return None

    def _begin_thread(self) -> None:
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()
