"""Whether a file that arrived is the one that was published."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import h5py

from backend.downloading.wanted import Wanted
from backend.errors import BadAnswer
from backend.jobs import Tell

PIECE = 1 << 20  # bytes
DIGITS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}  # hexadecimal, of each checksum that can be computed
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


def known(checksum: str | None) -> tuple[str, str] | None:
    """Algorithm and lower-case digits of a checksum "algorithm:hex"; None for one that cannot be computed here."""
    algorithm, _, digits = (checksum or "").lower().partition(":")
    algorithm = algorithm.replace("-", "")
    fits = len(digits) == DIGITS.get(algorithm) and set(digits) <= set("0123456789abcdef")
    return (algorithm, digits) if fits else None


def checksum_of(path: Path, algorithm: str, tell: Tell) -> str:
    """The checksum of a file, as hex digits. algorithm: one of DIGITS."""
    size = path.stat().st_size
    found, done, pace = hashlib.new(algorithm, usedforsecurity=False), 0, Pace("Checking", size, tell)
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            found.update(piece)
            done += len(piece)
            pace.at(done)
    return found.hexdigest()


def check(path: Path, wanted: Wanted, tell: Tell) -> str:
    """How the file was found to be right, in a sentence. Raises Doubtful when it is not as published."""
    size = path.stat().st_size
    if wanted.size is not None and size != wanted.size:
        raise Doubtful(
            f"{wanted.name} has {size:,} bytes, and {wanted.size:,} are published.", _keep(wanted.list_doubt)
        )
    published = known(wanted.checksum)
    if published is None:
        return _without_checksum(path, wanted)
    algorithm, digits = published
    found = checksum_of(path, algorithm, tell)
    if found != digits:
        raise Doubtful(
            f"{wanted.name} has the right size, but its {algorithm} is {found}, and {digits} is published.",
            _keep(wanted.doubt),
        )
    return f"Size and {algorithm} are as published ({found})."


def _without_checksum(path: Path, wanted: Wanted) -> str:
    """The sentence on a file without a checksum. Raises Doubtful when it is not of the form its name promises."""
    if wanted.is_hdf5 and not _opens(path):
        raise Doubtful(f"What arrived as {wanted.name} is no HDF5 file, or not all of one.", _keep())
    checks = [word for word, done in (("size", wanted.size is not None), ("form", wanted.is_hdf5)) if done]
    why = "No checksum is published for it" if not wanted.checksum else "Its checksum is of a kind not known here"
    if not checks:
        return f"{why}, and no size: it could not be checked."
    return f"{why}: only its {' and '.join(checks)} {'were' if len(checks) > 1 else 'was'} checked."


def _opens(path: Path) -> bool:
    """Whether it is HDF5 and as long as it says itself."""
    try:
        with h5py.File(path):
            return True
    except OSError:
        return False


def _keep(first: str = "") -> str:
    return (
        f"{first}It stays as .part: keep it as it is (--keep-unverified, or the button on the Datasets page), or "
        "delete it and download again (--start-over)."
    )
