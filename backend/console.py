"""What commands write: sentences, and progress on one line."""

from __future__ import annotations

import sys
import time

from backend.jobs import measured
from backend.model import IndexProgress

EVERY = 0.2  # seconds between two looks at progress on a terminal
LOGGED = 30.0  # the same in a log


def say(text: str) -> None:
    """A line for the user, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Line:
    """Progress on one line, written over on a terminal; elsewhere a line for each part, and one now and then."""

    def __init__(self) -> None:
        self._last, self._part, self._width = 0.0, "", 0
        self._terminal = sys.stdout.isatty()

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def say(self, text: str) -> None:
        """A sentence in between."""
        self._end()
        say(text)

    def tell(self, part: str, done: int, of: int, unit: str, seconds: float, before: int = 0) -> None:
        """Called often; writes a few times a second."""
        now = time.monotonic()
        every = EVERY if self._terminal else LOGGED
        if part == self._part and (done < of or not self._terminal) and now - self._last < every:
            return
        self._last, self._part = now, part
        text = told(measured(part, done, of, unit, seconds, before))
        if self._terminal:
            sys.stdout.write(f"\r{text:<{self._width}}")
            self._width = len(text)
        else:
            sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def _end(self) -> None:
        if self._width:
            sys.stdout.write("\n")
            sys.stdout.flush()
            self._width = 0


def told(progress: IndexProgress) -> str:
    """Progress in words: "Counts: 12,288 of 50,000 samples, 2,900 samples/s, 13 s left"."""
    of = f" of {progress.of:,}" if progress.of else ""
    pieces = [f"{progress.part}: {progress.done:,}{of} {progress.unit}"]
    if progress.speed is not None:
        digits = 0 if progress.speed >= 10 else 1
        pieces.append(f"{progress.speed:,.{digits}f} {progress.unit}/s")
    if progress.left is not None and progress.of:
        minutes, seconds = divmod(round(progress.left), 60)
        hours, minutes = divmod(minutes, 60)
        if hours:
            pieces.append(f"{hours} h {minutes} min left")
        else:
            pieces.append(f"{minutes} min {seconds} s left" if minutes else f"{seconds} s left")
    return ", ".join(pieces)
