"""Indexes built in the background: one at a time, in a thread of this process; further ones wait.

Every process has one such thread, whatever Streamlit runs anew. Between processes the lock of the index
(backend/atlas/place.py) keeps two from building the same.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from backend import settings
from backend.archs4.layout import detect
from backend.atlas import place, sample_table
from backend.errors import ExpronautError
from backend.model import IndexProgress

DEMO = "demo"
SETTLED = 1.0  # seconds before a speed is told
Tell = Callable[[str, int, int, str, float], None]  # part, done, of, unit, seconds since the part began
Work = Callable[[Tell], object]


class Stopped(ExpronautError):
    """The user stopped it."""

    def __init__(self) -> None:
        super().__init__("Stopped.", "What is finished is kept; building goes on there next time.")


def build(path: Path, tell: Tell, small: bool = False, scheduler: str = "") -> Path:
    """Build or finish the index of a file here and now; its folder. A file of descriptions gets its sample table.

    tell may raise to stop. Raises as backend.atlas.build.build.
    """
    if detect(path).kind == "metadata":
        return _samples_only(path, tell)
    from backend.atlas import build as builder  # brings numba, which takes a second to import

    def on_progress(step: builder.Step) -> None:
        tell(step.part, step.done, step.of, step.unit, time.monotonic() - step.started)

    return builder.build(path, small=small, scheduler=scheduler, on_progress=on_progress)


def make_demo(path: Path, tell: Tell, samples: int | None = None) -> Path:
    """Write the demo cohort where it is missing, and its index; the folder of the index. One process at a time."""
    from backend import demo  # brings the profiles it is made from

    began = time.monotonic()
    path.parent.mkdir(parents=True, exist_ok=True)
    with place.lock(path):
        if not path.is_file():
            demo.write(
                path,
                demo.SAMPLES if samples is None else samples,
                on_progress=lambda done, of: tell("Simulating", done, of, "samples", time.monotonic() - began),
            )
    return build(path, tell)


def start(key: str, path: Path, small: bool = False) -> IndexProgress:
    """Begin, or wait for one's turn; nothing new when it is under way already."""
    return _queue.put(key, lambda tell: build(path, tell, small))


def ensure_demo() -> IndexProgress | None:
    """Make and index the demo cohort unless it is there, is not wanted, or failed before in this process."""
    chosen = settings.current()
    path, begun = chosen.demo_file, _queue.progress(DEMO)
    if not chosen.demo or (path.is_file() and place.state(path).kind == "ready"):
        return None
    return start_demo() if begun is None else begun


def start_demo() -> IndexProgress:
    """Make and index the demo cohort, as `start`."""
    path = settings.current().demo_file
    return _queue.put(DEMO, lambda tell: make_demo(path, tell))


def cancel(key: str) -> None:
    """Stop it, or take it out of the queue."""
    _queue.cancel(key)


def progress(key: str) -> IndexProgress | None:
    """How far it is; None when it was never begun here."""
    return _queue.progress(key)


@dataclass
class _Job:
    key: str
    work: Work
    seen: IndexProgress = field(default_factory=lambda: IndexProgress("waiting"))
    stopped: threading.Event = field(default_factory=threading.Event)

    def tell(self, part: str, done: int, of: int, unit: str, seconds: float) -> None:
        if self.stopped.is_set():
            raise Stopped
        self.seen = measured(part, done, of, unit, seconds)

    def run(self) -> None:
        self.seen = IndexProgress("running", "Starting")
        try:
            self.work(self.tell)
        except ExpronautError as error:
            self.seen = replace(self.seen, state="failed", message=error.message, hint=error.hint)
            if self.stopped.is_set():
                self.seen = replace(self.seen, state="cancelled")
        except OSError as error:
            what = error.strerror or type(error).__name__
            hint = "Check the disk and the folder's permissions."
            self.seen = replace(self.seen, state="failed", message=f"The system says: {what}.", hint=hint)
        else:
            self.seen = replace(self.seen, state="done", left=0.0)
        finally:
            if self.seen.state == "running":  # a fault of ours: the log has it, the page must not wait for ever
                self.seen = replace(self.seen, state="failed", message="Something unexpected happened; see the log.")


def measured(part: str, done: int, of: int, unit: str, seconds: float) -> IndexProgress:
    """Progress with its speed and time left, once there is something to measure."""
    speed = done / seconds if done and seconds > SETTLED else None
    left = (of - done) / speed if speed else None
    return IndexProgress("running", part, done, of, unit, speed, left)


class Queue:
    """Jobs by key, one after the other in a thread that ends when none is waiting."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, _Job] = {}
        self._waiting: deque[_Job] = deque()
        self._thread: threading.Thread | None = None

    def put(self, key: str, work: Work) -> IndexProgress:
        """Begin this work, or let it wait; what is under way by this key goes on instead."""
        with self._lock:
            known = self._jobs.get(key)
            if known is not None and known.seen.state in ("waiting", "running"):
                return known.seen
            job = self._jobs[key] = _Job(key, work)
            self._waiting.append(job)
            if self._thread is None:
                self._begin_thread()
            return job.seen

    def cancel(self, key: str) -> None:
        """As `cancel` of this module."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None:
                return
            job.stopped.set()
            if job in self._waiting:
                self._waiting.remove(job)
                job.seen = IndexProgress("cancelled", message="Stopped before it began.")

    def progress(self, key: str) -> IndexProgress | None:
        """As `progress` of this module."""
        with self._lock:
            job = self._jobs.get(key)
            return None if job is None else job.seen

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
        self._thread = threading.Thread(target=self._run, name="expronaut-index", daemon=True)
        self._thread.start()


_queue = Queue()


def _samples_only(path: Path, tell: Tell) -> Path:
    layout, index = detect(path), place.folder(path)
    chosen = settings.current()
    began = time.monotonic()
    with place.lock(index):
        folder = place.partial(index)
        folder.mkdir(parents=True, exist_ok=True)
        sample_table.build(
            layout,
            folder,
            chosen.single_cell,
            on_progress=lambda done, of: tell("Samples", done, of, "samples", time.monotonic() - began),
        )
        place.write_json(
            folder / place.MANIFEST,
            {"file": place.key(layout.identity), "name": path.name, "threshold": chosen.single_cell, "small": True},
        )
        place.replace_folder(folder, index)
    return index
