"""Downloads in the background of the dashboard: one after the other, with what happened on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from backend.downloading.checking import Doubtful
from backend.downloading.download import Say
from backend.downloading.transfer import AGAIN, DOWNLOADING
from backend.errors import Stopped
from backend.jobs import Queue, Tell
from backend.model import IndexProgress

MOST_NOTES = 6
Fetch = Callable[[Tell, Say], object]


class Background:
    """A queue of downloads by key. It lives as long as the server, whatever page is shown."""

    def __init__(self, name: str) -> None:
        """name: of its thread."""
        self.queue = Queue(name, "What is here is kept; the download goes on there.")
        self._lock = threading.Lock()
        self._notes: dict[str, list[str]] = {}
        self._doubtful: set[str] = set()

    def start(self, key: str, fetch: Fetch) -> IndexProgress:
        """Begin this download, or let it wait for its turn; what is under way by this key goes on instead."""
        begun = self.queue.progress(key)
        if begun is None or begun.state not in ("waiting", "running"):
            with self._lock:
                self._notes[key] = []
                self._doubtful.discard(key)

        def work(tell: Tell) -> None:
            def telling(part: str, *how_far: Any, **more: Any) -> None:
                if part != DOWNLOADING:  # nothing is tried again any more
                    self._settle(key)
                tell(part, *how_far, **more)

            try:
                fetch(telling, lambda sentence: self._say(key, sentence))
            except Doubtful:
                self._settle(key)
                with self._lock:
                    self._doubtful.add(key)
                raise
            except Stopped:
                self._settle(key)
                raise

        return self.queue.put(key, work)

    def forget(self, key: str) -> None:
        """Tell no more how one that is not under way ended, and what happened on its way."""
        self.queue.forget(key)
        with self._lock:
            if self.queue.progress(key) is None:
                self._notes.pop(key, None)
                self._doubtful.discard(key)

    def begun(self) -> tuple[str, ...]:
        """Keys of all that were begun since the start of the program."""
        return self.queue.keys()

    def notes(self, key: str) -> tuple[str, ...]:
        """What happened on the way, in sentences."""
        with self._lock:
            return tuple(self._notes.get(key, ()))

    def is_doubtful(self, key: str) -> bool:
        """Whether it ended whole, but not as published."""
        with self._lock:
            return key in self._doubtful

    def _say(self, key: str, sentence: str) -> None:
        self._settle(key)  # of what is tried again only the last says anything
        with self._lock:
            self._notes[key] = [*self._notes.get(key, ()), sentence][-MOST_NOTES:]

    def _settle(self, key: str) -> None:
        """Tell no more that something is tried again."""
        with self._lock:
            self._notes[key] = [note for note in self._notes.get(key, ()) if AGAIN not in note]
