"""Finished answers in memory, the least used forgotten first; equal questions at the same time are answered once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

MOST_BYTES = 64_000_000


class Kept:
    """Answers as bytes, by a key that changes with the data they were made of."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most, self._size = most, 0
        self._answers: OrderedDict[Hashable, bytes] = OrderedDict()
        self._turns: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> bytes | None:
        """The answer that is kept under a key."""
        with self._lock:
            found = self._answers.get(key)
            if found is not None:
                self._answers.move_to_end(key)
            return found

    def once(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The kept answer, else what `make` makes; meanwhile others who ask the same wait for it."""
        with self._lock:
            turn = self._turns.setdefault(key, threading.Lock())
        with turn:
            found = self.get(key)
            try:
                if found is None:
                    found = make()
                    self._keep(key, found)
                return found
            finally:
                with self._lock:
                    self._turns.pop(key, None)

    def _keep(self, key: Hashable, answer: bytes) -> None:
        with self._lock:
            self._size += len(answer) - len(self._answers.pop(key, b""))
            self._answers[key] = answer
            while self._size > self._most:
                _, gone = self._answers.popitem(last=False)
                self._size -= len(gone)
