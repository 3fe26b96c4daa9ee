"""Indexes built in the background: one at a time (backend/jobs.py); further ones wait.

Between processes the lock of the index (backend/atlas/place.py) keeps two from building the same.
"""

from __future__ import annotations

import time
from pathlib import Path

from backend import settings
from backend.archs4.layout import detect
from backend.atlas import place, sample_table
from backend.jobs import Queue, Tell
from backend.model import IndexProgress

DEMO = "demo"


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


def forget(key: str) -> None:
    """Know no more of what has ended under this key."""
    _queue.forget(key)


_queue = Queue("expronaut-index", "What is finished is kept; building goes on there next time.")


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
