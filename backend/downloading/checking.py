"""Whether a file that arrived is the one that was published."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import h5py

from backend.errors import BadAnswer
from backend.jobs import Tell
from backend.model import Release

PIECE = 1 << 20  # bytes
EVERY = 0.2  # seconds between two words on how far it is


class Doubtful(BadAnswer):
    """A file that is here whole, but not as published. It stays; the user may keep it."""


class Pace:
    """Tells how many bytes are done, a few times a second, in the unit that suits their number."""

    def __init__(self, part: str, of: int, tell: Tell, before: int = 0) -> None:
        """before: bytes of it that were there when it began."""
        self._part, self._tell = part, tell
        self._one, self._unit = (10**6, "MB") if of >= 10**7 else (10**3, "kB")
        self._of, self._before = -(-of // self._one), before // self._one
        self._began, self._last = time.monotonic(), 0.0

    def at(self, done: int) -> None:
        """So many bytes are done. May raise, to stop."""
        now = time.monotonic()
        if now - self._last >= EVERY:
            self._last = now
            self._tell(self._part, -(-done // self._one), self._of, self._unit, now - self._began, self._before)


def sha1_of(path: Path, tell: Tell) -> str:
    """The sha1 of a file, as hex digits."""
    size = path.stat().st_size
    found, done, pace = hashlib.sha1(usedforsecurity=False), 0, Pace("Checking", size, tell)
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            found.update(piece)
            done += len(piece)
            pace.at(done)
    return found.hexdigest()


def check(path: Path, release: Release, tell: Tell) -> str:
    """How the file was found to be right, in a sentence. Raises Doubtful when it is not as published."""
    size = path.stat().st_size
    if release.size is not None and size != release.size:
        raise Doubtful(
            f"{release.name} has {size:,} bytes, and {release.size:,} are published.", _keep("The list may be old. ")
        )
    if release.sha1 is None:
        if not h5py.is_hdf5(path):
            raise Doubtful(f"What arrived as {release.name} is no HDF5 file.", _keep())
        return "No checksum is published for it: only its size and form were checked."
    found = sha1_of(path, tell)
    if found != release.sha1:
        raise Doubtful(
            f"{release.name} has the right size, but its sha1 is {found}, and {release.sha1} is published.",
            _keep("A published checksum was wrong before (that of v2.5). "),
        )
    return f"Size and sha1 are as published ({found})."


def _keep(first: str = "") -> str:
    return (
        f"{first}It stays as .part: keep it as it is (--keep-unverified, or the button on the Datasets page), or "
        "delete it and download again (--start-over)."
    )
