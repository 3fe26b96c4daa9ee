"""One file, from the list that publishes it to its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from backend.atlas import place
from backend.downloading import checking, partial
from backend.downloading.partial import check_room, gigabytes
from backend.downloading.transfer import Transfer
from backend.downloading.wanted import Wanted
from backend.errors import BadInput, Unavailable
from backend.jobs import Tell

FOLDER_HINT = "Choose a folder you own with --to, or set EXPRONAUT_DATA."
Say = Callable[[str], None]


@dataclass(frozen=True)
class Downloaded:
    """A file in its place. checked: how it was found to be right, in a sentence. new: it was not there before."""

    path: Path
    checked: str
    new: bool


def fetch(
    wanted: Wanted, folder: Path, tell: Tell, say: Say, keep: bool = False, start_over: bool = False
) -> Downloaded:
    """Fetch a file into a folder, or go on with it; one process at a time.

    tell: how far it is; may raise to stop, and what is here stays. say: sentences on what happens. keep: take it though
    it is not as published. start_over: throw away what is here of it.
    Raises Doubtful when it is here whole but not as published, BadInput when another file has its name, TooLarge
    without room on the disk, NotFound, Unavailable, Refused, BadAnswer, NotConfigured.
    """
    pieces = partial.within(folder, wanted.name)
    with place.lock(pieces.target, "downloaded", FOLDER_HINT):
        if pieces.target.exists():
            return _there_already(pieces.target, wanted, tell, say, keep)
        if start_over:
            pieces.drop()
        if wanted.size is not None:
            check_room(folder, wanted.size, pieces.here())
        Transfer(wanted, pieces, tell, say, keep).run()
        checked = "It was kept without checking." if keep else checking.check(pieces.path, wanted, tell)
        pieces.finish()
        return Downloaded(pieces.target, checked, new=True)


def discard(folder: Path, name: str) -> None:
    """Delete what is here of a file that is not whole. Raises Unavailable while it is being downloaded."""
    pieces = partial.within(folder, name)
    with place.lock(pieces.target, "downloaded", FOLDER_HINT):
        pieces.drop()


def delete(folder: Path, name: str) -> None:
    """Delete a whole file, and what is here of a later try. Raises Unavailable while it is being downloaded."""
    pieces = partial.within(folder, name)
    with place.lock(pieces.target, "downloaded", FOLDER_HINT):
        try:
            pieces.target.unlink(missing_ok=True)
        except OSError as error:
            what = error.strerror or type(error).__name__
            raise Unavailable(f"{name} could not be deleted: {what}.", "Check the folder's permissions.") from error
        pieces.drop()


def _there_already(path: Path, wanted: Wanted, tell: Tell, say: Say, keep: bool) -> Downloaded:
    """The file that is there, when it is the published one. Raises BadInput when it is another."""
    size = path.stat().st_size
    if wanted.size is None:
        return Downloaded(path, "It was there already; its size is not published, so it was not compared.", new=False)
    if size != wanted.size:
        raise _other(wanted, f"with {size:,} bytes instead of {wanted.size:,}", path)
    published = checking.known(wanted.checksum)
    if keep or published is None:
        return Downloaded(path, f"It was there already, with the published size of {gigabytes(size)}.", new=False)
    algorithm, digits = published
    say(f"{wanted.name} is there already. Checking its {algorithm}.")
    found = checking.checksum_of(path, algorithm, tell)
    if found != digits:
        raise _other(wanted, f"with the {algorithm} {found} instead of {digits}", path)
    return Downloaded(path, f"It was there already, with the published size and {algorithm}.", new=False)


def _other(wanted: Wanted, how: str, path: Path) -> BadInput:
    newer = wanted.newer(path.stat().st_mtime)
    return BadInput(
        f"A {wanted.name} is there already, {how}; it is left as it is.{newer}",
        "Move or delete it first, or choose another folder with --to.",
    )
