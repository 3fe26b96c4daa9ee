"""One file of ARCHS4, from the list of versions to its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from backend.atlas import place
from backend.downloading import checking, partial
from backend.downloading.partial import check_room, gigabytes
from backend.downloading.transfer import Transfer
from backend.downloading.versions import LATEST
from backend.errors import BadInput
from backend.jobs import Tell
from backend.model import Release

FOLDER_HINT = "Choose a folder you own with --to, or set EXPRONAUT_DATA."
Say = Callable[[str], None]


@dataclass(frozen=True)
class Downloaded:
    """A file in its place. checked: how it was found to be right, in a sentence. new: it was not there before."""

    path: Path
    checked: str
    new: bool


def download(
    release: Release, folder: Path, tell: Tell, say: Say, keep: bool = False, start_over: bool = False
) -> Downloaded:
    """Fetch a file into a folder, or go on with it; one process at a time.

    tell: how far it is; may raise to stop, and what is here stays. say: sentences on what happens. keep: take it though
    it is not as published. start_over: throw away what is here of it.
    Raises Doubtful when it is here whole but not as published, BadInput when another file has its name, TooLarge
    without room on the disk, NotFound, Unavailable, Refused, BadAnswer, NotConfigured.
    """
    pieces = partial.within(folder, release.name)
    with place.lock(pieces.target, "downloaded", FOLDER_HINT):
        if pieces.target.exists():
            return _there_already(pieces.target, release, tell, say, keep)
        if start_over:
            pieces.drop()
        if release.size is not None:
            check_room(folder, release.size, pieces.here())
        Transfer(release, pieces, tell, say, keep).run()
        checked = "It was kept without checking." if keep else checking.check(pieces.path, release, tell)
        pieces.finish()
        return Downloaded(pieces.target, checked, new=True)


def discard(folder: Path, name: str) -> None:
    """Delete what is here of a file that is not whole. Raises Unavailable while it is being downloaded."""
    pieces = partial.within(folder, name)
    with place.lock(pieces.target, "downloaded", FOLDER_HINT):
        pieces.drop()


def _there_already(path: Path, release: Release, tell: Tell, say: Say, keep: bool) -> Downloaded:
    """The file that is there, when it is the published one. Raises BadInput when it is another."""
    size = path.stat().st_size
    if release.size is None:
        return Downloaded(path, "It was there already; its size is not published, so it was not compared.", new=False)
    if size != release.size:
        raise _other(release, f"with {size:,} bytes instead of {release.size:,}", path)
    if keep or release.sha1 is None:
        return Downloaded(path, f"It was there already, with the published size of {gigabytes(size)}.", new=False)
    say(f"{release.name} is there already. Checking its sha1.")
    found = checking.sha1_of(path, tell)
    if found != release.sha1:
        raise _other(release, f"with the sha1 {found} instead of {release.sha1}", path)
    return Downloaded(path, "It was there already, with the published size and sha1.", new=False)


def _other(release: Release, how: str, path: Path) -> BadInput:
    newer = (
        f" A newer one was published on {release.published:%d %b %Y}."
        if release.version == LATEST and release.published and release.published.timestamp() > path.stat().st_mtime
        else ""
    )
    return BadInput(
        f"A {release.name} is there already, {how}; it is left as it is.{newer}",
        "Move or delete it first, or choose another folder with --to.",
    )
