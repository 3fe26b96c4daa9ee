"""Files on their way here: one folder in the cache for each upload, until it is imported or a day has passed."""

from __future__ import annotations

import contextlib
import re
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from backend import settings, uploaded
from backend.errors import NotFound, TooLarge
from backend.own import place
from backend.study_files import unpack

MOST_BYTES = 8 << 30  # of one file
MOST_FILES = 200
KEPT = 86_400.0  # seconds
_KEY = re.compile(r"^[0-9a-f]{32}$", re.ASCII)


def stage(name: str, content: bytes | BinaryIO, upload: str = "", most: int = MOST_BYTES) -> str:
    """Keep a file of at most so many bytes; the key of its upload. Of a ZIP of several files, what is in it.

    Raises BadInput (name, ZIP), TooLarge, NotFound (upload), Unavailable (disk).
    """
    plain = uploaded.file_name(name)
    key = upload or _begun()
    folder = _folder(key)
    if len(list(folder.iterdir())) >= MOST_FILES and not (folder / plain).exists():
        raise TooLarge(f"More than {MOST_FILES} files in one study.", "Put fewer into it.")
    aside = folder / f".{uuid.uuid4().hex}.part"
    try:
        with place.told("The file could not be kept"):
            over = TooLarge(f"{plain} has more than {most:,} bytes.", "Import it by the command line.")
            uploaded.write(aside, BytesIO(content) if isinstance(content, bytes) else content, most, over)
            if unpack.is_bundle(aside):
                _unpack(aside, folder, plain, most)
            else:
                aside.replace(folder / plain)
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
    return key


@contextlib.contextmanager
def unpacked(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Files and folders as they are, but a folder with what is in it for each ZIP of several files. It goes again.

    Raises BadInput and TooLarge as `stage`, Unavailable (disk).
    """
    with contextlib.ExitStack() as closing:
        found: list[Path] = []
        for path in paths:
            if path.is_file() and unpack.is_bundle(path):
                folder = _folder(_begun())
                closing.callback(shutil.rmtree, folder, ignore_errors=True)
                with place.told("The files could not be unpacked"):
                    _unpack(path, folder, path.name, unpack.MOST_BYTES)
                path = folder
            found.append(path)
        yield found


def files(upload: str) -> dict[str, Path]:
    """The files of an upload by their names. Raises NotFound."""
    return {path.name: path for path in sorted(_folder(upload).iterdir()) if not path.name.startswith(".")}


def remove(upload: str, name: str) -> None:
    """Take one file out of an upload. Raises NotFound (upload)."""
    if name in (found := files(upload)):
        found[name].unlink(missing_ok=True)


def discard(upload: str) -> None:
    """Delete an upload. Raises NotFound."""
    shutil.rmtree(_folder(upload), ignore_errors=True)


def _unpack(packed: Path, folder: Path, name: str, most: int) -> None:
    """All files of a ZIP, or none."""
    inside = folder / f".{uuid.uuid4().hex}.zip"
    inside.mkdir()
    try:
        found = {
            uploaded.file_name(one): path for one, path in unpack.unpack_bundle(packed, inside, name, most).items()
        }
        there = {one.name for one in folder.iterdir() if not one.name.startswith(".")}
        if len(there | set(found)) > MOST_FILES:
            raise TooLarge(f"{name} would make it more than {MOST_FILES} files in one study.", "Put fewer into it.")
        for one, path in found.items():
            path.replace(folder / one)
    finally:
        shutil.rmtree(inside, ignore_errors=True)


def _begun() -> str:
    """A new upload; those that nobody imported for a day go."""
    for old in _old():
        shutil.rmtree(old, ignore_errors=True)
    key = uuid.uuid4().hex
    with place.told("The file could not be kept"):
        (_root() / key).mkdir(parents=True)
    return key


def _old() -> Iterator[Path]:
    with contextlib.suppress(OSError):
        for one in _root().iterdir():
            if _KEY.match(one.name) and time.time() - one.stat().st_mtime > KEPT:
                yield one


def _folder(upload: str) -> Path:
    folder = _root() / upload
    if not _KEY.match(upload) or not folder.is_dir():
        raise NotFound("These uploaded files are not there any more.", "Upload them again.")
    return folder


def _root() -> Path:
    return settings.current().cache / "uploads"
