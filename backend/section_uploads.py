"""Uploaded spatial files: written aside, looked at, then kept under a safe name in the home of the settings.

<home>/spatial/<name>                 the file
<home>/.uploads/<hash of name>.json   its size and time: what somebody else put there is never deleted
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import uuid
from pathlib import Path
from typing import BinaryIO

from backend import section_files, settings, uploaded
from backend.aside import renamed
from backend.errors import BadInput, TooLarge, Unavailable
from backend.section import store
from backend.section_files import SectionOptions
from backend.sources import section_finding

MOST_BYTES = 8 << 30  # of an upload
_BY_COMMAND = "Open it by the command line: python -m backend open FILE."


def stage(name: str, content: BinaryIO) -> Path:
    """Keep an uploaded file among the spatial ones; its path. The same bytes under the same name are kept once.

    Raises BadInput (name, no spatial file), TooLarge, Unavailable (disk).
    """
    plain = uploaded.file_name(name)
    folder = section_finding.folders()[1]
    aside = folder / f".{uuid.uuid4().hex}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        over = TooLarge(f"{plain} has more than {MOST_BYTES:,} bytes.", _BY_COMMAND)
        _, digest = uploaded.write(aside, content, MOST_BYTES, over)
        layers = store.layers(aside, plain)
        store.check(aside, SectionOptions(layer=layers[0] if layers else ""), plain)  # some have no X
        section_files.form(aside, plain)
        return _placed(aside, folder, plain, digest)
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise Unavailable(
            f"{plain} could not be kept: {what}.", "Check the disk and the folder's permissions."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)


def _placed(aside: Path, folder: Path, name: str, digest: str) -> Path:
    """The file under its name, or a further one where another file has that."""
    stem, dot, ending = name.partition(".")
    for number in range(1, 1_000):
        target = folder / (name if number == 1 else f"{stem}-{number}{dot}{ending}")
        if _reserved(target):
            aside.replace(target)
            _remember(target)
            return target
        if target.is_file() and target.stat().st_size == aside.stat().st_size and _digest(target) == digest:
            return target
    raise BadInput(f"There are too many files called {name}.", "Give it another name.")


def _reserved(target: Path) -> bool:
    """Whether there was nothing of this name, and nobody else who uploads now can take it."""
    try:
        target.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def is_ours(path: Path) -> bool:
    """Whether this very file came by an upload, and is as it came."""
    try:
        known = json.loads(_mark(path).read_text(encoding="utf-8"))
        return path.parent == section_finding.folders()[1] and not path.is_symlink() and bool(known == _state(path))
    except (OSError, ValueError):
        return False


def delete(path: Path) -> None:
    """Delete an uploaded file. Raises BadInput for what is none, Unavailable (disk)."""
    if not is_ours(path):
        raise BadInput(f"{path.name} was not uploaded here, so it is not deleted.", "Delete it in its folder.")
    try:
        path.unlink()
        _mark(path).unlink(missing_ok=True)
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise Unavailable(f"{path.name} could not be deleted: {what}.", "Check the folder's permissions.") from error


def _remember(path: Path) -> None:
    mark = _mark(path)
    mark.parent.mkdir(exist_ok=True)
    with renamed(mark) as part:
        part.write_text(json.dumps(_state(path)), encoding="utf-8")


def _mark(path: Path) -> Path:
    digits = hashlib.sha256(path.name.encode("utf-8", "replace")).hexdigest()[:16]
    return settings.current().home / ".uploads" / f"{digits}.json"


def _state(path: Path) -> dict[str, object]:
    seen = path.stat()
    return {"name": path.name, "size": seen.st_size, "mtime_ns": seen.st_mtime_ns}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
