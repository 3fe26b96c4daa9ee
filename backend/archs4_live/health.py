"""Which services do not answer just now. One that failed is left alone for a while, then tried again."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from backend import settings
from backend.errors import ExpronautError, RateLimited, Unreachable

BUCKET = 15  # seconds that answers are kept in memory while something does not answer
LONGEST = 3_600.0  # seconds a service may ask to be left alone


@dataclass(frozen=True)
class Trouble:
    """Why a service is left alone. until: monotonic time; since: wall clock."""

    error: ExpronautError
    until: float
    since: float


class Health:
    """The troubles of this process, by the base address of a service; of a whole host when nothing there connects."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._troubles: dict[str, Trouble] = {}
        self._changes = 0

    def failed(self, base: str, error: ExpronautError) -> None:
        """Leave a service alone: as long as it asked for (up to LONGEST), else as long as the settings say."""
        told = error.retry_after if isinstance(error, RateLimited) else None
        rest = settings.current().archs4.rest if told is None else min(told, LONGEST)
        trouble = Trouble(error, time.monotonic() + rest, time.time())
        with self._lock:
            self._changes += 1
            self._troubles[base] = trouble
            if isinstance(error, Unreachable):
                self._troubles[urlsplit(base).netloc] = trouble

    def answered(self, base: str) -> None:
        """It works (again), and its host can be reached: whatever else there could not be may be asked again too."""
        host = urlsplit(base).netloc
        with self._lock:
            unreachable = [
                key
                for key, trouble in self._troubles.items()
                if isinstance(trouble.error, Unreachable) and urlsplit(key).netloc == host
            ]
            gone = [self._troubles.pop(key, None) for key in {base, host, *unreachable}]
            self._changes += any(trouble is not None for trouble in gone)

    def changed(self) -> None:
        """What is kept in memory of earlier answers must not be shown any longer."""
        with self._lock:
            self._changes += 1

    def trouble(self, base: str) -> Trouble | None:
        """Why a service is left alone now; None when it may be asked."""
        with self._lock:
            found = self._troubles.get(base) or self._troubles.get(urlsplit(base).netloc)
        return found if found is not None and found.until > time.monotonic() else None

    def last(self, base: str) -> Trouble | None:
        """What was wrong when it was last asked; None when it answered."""
        with self._lock:
            return self._troubles.get(base) or self._troubles.get(urlsplit(base).netloc)

    def stamp(self) -> str:
        """Changes with every change of health; while something does not answer, also every few seconds."""
        now = time.monotonic()
        with self._lock:
            resting = any(trouble.until > now for trouble in self._troubles.values())
            return f"{self._changes}-{int(now // BUCKET)}" if resting else str(self._changes)

    def forget(self) -> None:
        """Try everything again at once."""
        with self._lock:
            self._changes += 1
            self._troubles.clear()


health = Health()
