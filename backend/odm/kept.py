"""Files that wait for their upload to an ODM server, by the SHA-256 of their bytes: odm/files/<sha256>/<name>."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from backend import settings, uploaded
from backend.errors import BadInput, NotFound, TooLarge, Unavailable
from backend.model_odm_import import OdmFile

MOST_BYTES = 20_000_000_000
FORGOTTEN = 3 * 86_400.0  # seconds
_NAME = re.compile(r"[^\x00-\x1f/\\]{1,200}")


def folder() -> Path:
    """Where the files wait."""
    return settings.current().home / "odm" / "files"


def keep(name: str, stream: BinaryIO, most: int = MOST_BYTES) -> OdmFile:
    """Keep the bytes of a stream. Raises BadInput for a name that is none, TooLarge."""
    if not _NAME.fullmatch(name) or name in (".", "..") or name.startswith("."):
        raise BadInput(f"“{name[:60]}” is not the name of a file.", "Rename it.")
    aside = folder() / f"{secrets.token_hex(8)}.part"
    try:
        aside.parent.mkdir(parents=True, exist_ok=True)
        try:
            found = _written(name, stream, aside, most)
            target = folder() / found.sha256 / name
            target.parent.mkdir(exist_ok=True)
            aside.replace(target)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        what = error.strerror or type(error).__name__
        hint = "Free space, or set EXPRONAUT_DATA to a folder that can be written."
        raise Unavailable(f"{name} could not be kept: {what}.", hint) from error
    return found


def _written(name: str, stream: BinaryIO, path: Path, most: int) -> OdmFile:
    over = TooLarge(f"{name} is over {most / 1e9:,.3g} GB.", "Put it where ODM reaches it; give the link.")
    size, digest = uploaded.write(path, stream, most, over)
    if not size:
        raise BadInput(f"{name} is empty.", "Choose another file.")
    return OdmFile(name, digest, size)


def path(file: OdmFile) -> Path:
    """Where a kept file is. Raises NotFound when it is gone, or was cut."""
    found = folder() / file.sha256 / file.name
    if not found.is_file() or found.stat().st_size != file.size:
        raise NotFound(f"{file.name} is not kept here any more.", "Choose the file again.")
    return found


def sweep(needed: Iterable[OdmFile]) -> None:
    """Delete files that no import came to need for days, and pieces of files."""
    wanted, now = {file.sha256 for file in needed}, time.time()
    for one in folder().iterdir() if folder().is_dir() else ():
        with suppress(OSError):
            if one.name not in wanted and now - one.stat().st_mtime > FORGOTTEN:
                shutil.rmtree(one) if one.is_dir() else one.unlink()


def drop(files: Iterable[OdmFile], needed: Iterable[OdmFile]) -> None:
    """Delete these files, but for those that another import needs."""
    wanted = {file.sha256 for file in needed}
    for file in files:
        if file.sha256 not in wanted:
            shutil.rmtree(folder() / file.sha256, ignore_errors=True)
