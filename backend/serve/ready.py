"""Small finished answers, kept while what is served stays as it is; the least used are forgotten first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

from starlette.responses import Response

LARGEST = 500_000  # bytes of one answer
MOST = 32_000_000  # bytes of all


class Ready:
    """Answers by what was asked. Safe to use from several threads."""

    def __init__(self, largest: int = LARGEST, most: int = MOST) -> None:
        self._largest, self._most, self._size = largest, most, 0
        self._answers: OrderedDict[Hashable, Response] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Response | None:
        with self._lock:
            found = self._answers.get(key)
            if found is not None:
                self._answers.move_to_end(key)
            return found

    def keep(self, key: Hashable, answer: Response) -> None:
        """Keep an answer that is whole in memory and not too large."""
        if answer.status_code != 200 or not 0 < len(getattr(answer, "body", b"")) <= self._largest:
            return
        with self._lock:
            before = self._answers.pop(key, None)
            self._size += len(answer.body) - (len(before.body) if before is not None else 0)
            self._answers[key] = answer
            while self._size > self._most:
                self._size -= len(self._answers.popitem(last=False)[1].body)
