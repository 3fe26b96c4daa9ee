"""Calls of the last hour, counted here: one line of a small file each, so that a restart forgets none.

The name of the file is a hash of address and key; neither can be read from it. Where no file can be written, the calls
of this process are counted in memory. Answers that were kept cost nothing, each attempt and each redirect costs one.
"""

from __future__ import annotations

import hashlib
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from backend import settings
from backend.aside import renamed
from backend.settings import Stomics

HOURLY = 1_000
HOUR = 3_600.0
_UNTIL = "until "  # begins a line that tells before when the service wants no call
_AHEAD = 60.0  # seconds in the future that a clock may be set back
_LONGEST = 100_000  # bytes of the file before what is over an hour old goes
_lock = threading.Lock()
_memory: dict[Path, list[str]] = {}  # where no file can be written


@dataclass(frozen=True)
class Budget:
    """The calls of one key at one address."""

    stomics: Stomics

    @property
    def path(self) -> Path:
        """Where the calls are written down."""
        account = hashlib.sha256(f"{self.stomics.base}\n{self.stomics.key}".encode()).hexdigest()[:24]
        return settings.current().cache / "stomics" / f"calls-{account}.txt"

    def spend(self) -> None:
        """Count one call."""
        self._note(f"{time.time():.3f}")

    def calls(self) -> tuple[float, ...]:
        """Unix times of the calls of the last hour, in order."""
        now = time.time()
        return tuple(sorted(at for at in _numbers(self._lines(), "") if now - HOUR < at <= now + _AHEAD))

    def block(self, seconds: float) -> None:
        """The service wants no call for so long; at most an hour is believed."""
        if seconds > self.blocked() + 1:  # who was told to wait tells the same wait again, a moment later
            self._note(f"{_UNTIL}{time.time() + min(seconds, HOUR)!r}")

    def blocked(self) -> float:
        """Seconds until the service may be asked again, 0 for now."""
        left = max(_numbers(self._lines(), _UNTIL), default=0.0) - time.time()
        return min(left, HOUR) if 0 < left <= HOUR + _AHEAD else 0.0

    def _lines(self) -> list[str]:
        with _lock:
            return [*_read(self.path), *_memory.get(self.path, [])]

    def _note(self, line: str) -> None:
        with _lock:
            try:
                self._append(line)
            except OSError:
                _memory[self.path] = [*_recent(_memory.get(self.path, [])), line]

    def _append(self, line: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            if self.path.stat().st_size > _LONGEST:
                self._shorten()
        with self.path.open("a", encoding="ascii") as file:  # one short line: whole, whoever else appends
            file.write(f"{line}\n")

    def _shorten(self) -> None:
        """Without what is over an hour old. A call that another process counts just now may be lost."""
        with renamed(self.path) as part:
            part.write_text("".join(f"{one}\n" for one in _recent(_read(self.path))), encoding="ascii")


def _read(path: Path) -> list[str]:
    try:
        return path.read_bytes().decode("ascii", "replace").splitlines()
    except OSError:
        return []


def _recent(lines: list[str]) -> list[str]:
    """Lines whose time is not over an hour old."""
    old = time.time() - HOUR
    return [one for one in lines if max(_numbers([one.removeprefix(_UNTIL)], ""), default=0.0) > old]


def _numbers(lines: list[str], begin: str) -> list[float]:
    """What follows `begin`, of the lines where that is a number; a line that was cut off is none."""
    found = []
    for line in lines:
        with suppress(ValueError):
            found.append(float(line.removeprefix(begin) if line.startswith(begin) else "-"))
    return found
