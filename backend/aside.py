"""A file that is there when it is whole, and not before: written under another name beside it, then renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from backend.errors import Unavailable

_HINTS = {
    errno.ENOENT: "Give a folder that is there.",
    errno.ENOTDIR: "Give a folder that is there.",
    errno.EISDIR: "Give the name of a file.",
    errno.EACCES: "Check the folder's permissions.",
    errno.EPERM: "Check the folder's permissions.",
    errno.EROFS: "Choose a folder that can be written to.",
}


@contextlib.contextmanager
def renamed(target: Path, alone: bool = False) -> Iterator[Path]:
    """A path beside `target` to write to: it becomes `target` at the end, and is gone after any failure.

    alone: nobody else writes `target` meanwhile, so the name is always the same and what a killed writer left is
    written over. Raises OSError as it comes.
    """
    own = "" if alone else f".{os.getpid()}-{threading.get_ident()}"
    part = target.with_name(f"{target.name}{own}.part")
    try:
        yield part
        part.replace(target)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def aside(target: Path, what: str = "", folder: bool = True) -> Iterator[Path]:
    """As `renamed`, with what the disk refuses told as Unavailable.

    what: is written, in words; the name of `target` when left out. folder: is one of ours, made where it is missing;
    a folder that the user names has to be there.
    """
    try:
        if folder:
            target.parent.mkdir(parents=True, exist_ok=True)
        with renamed(target) as part:
            yield part
    except OSError as error:
        told = f"{what or target.name} could not be written: {error.strerror or type(error).__name__}."
        raise Unavailable(told, _HINTS.get(error.errno or 0, "Make room, then try again.")) from error
