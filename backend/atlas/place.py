"""Where the index of a file lies, what state it is in, and the lock that lets only one builder at it.

    human_gene_v2.5.h5                 the file, never written
    human_gene_v2.5.h5.index/          its index, complete, named by a rename
    human_gene_v2.5.h5.index.partial/  the same while it is built; what is finished in it is kept over a kill
    human_gene_v2.5.h5.index.lock      held by the process that builds

Beside the file, or in the cache folder where that cannot be written.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from backend import settings
from backend.archs4.opening import Identity, identity
from backend.aside import renamed
from backend.errors import BadAnswer, ExpronautError, NotConfigured, Unavailable

FORMAT = 1
PATIENCE = 0.5  # seconds to wait for a lock that somebody only looks at
MANIFEST, PLAN = "manifest.json", "plan.json"  # of a complete index; of one that was begun
Kind = Literal["none", "partial", "building", "ready", "outdated"]


@dataclass(frozen=True)
class IndexState:
    """kind: "outdated" when the file was replaced since. note: one sentence, "" when there is nothing to say."""

    kind: Kind
    folder: Path
    note: str = ""


def folder(path: Path) -> Path:
    """Where the index of a file is, or would be made."""
    beside = path.with_name(f"{path.name}.index")
    if os.access(path.parent, os.W_OK) or _fits(beside, path):
        return beside
    known = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
    return settings.current().cache / "indexes" / f"{path.name}-{known}.index"


def _fits(index: Path, path: Path) -> bool:
    """Whether this index is of the very file, so that one that cannot be replaced does not stand in the way."""
    try:
        return bool(manifest(index)["file"] == key(identity(path)))
    except ExpronautError:
        return False


def partial(index: Path) -> Path:
    """The folder in which an index is built."""
    return index.with_name(f"{index.name}.partial")


def state(path: Path) -> IndexState:
    """What there is of an index for this file. Cheap: looks at names, the manifest and the file's header."""
    index = folder(path)
    if is_locked(index):
        return IndexState("building", index, "The index is being built.")
    if (index / MANIFEST).is_file():
        try:
            current = manifest(index)["file"] == key(identity(path))
        except BadAnswer as error:
            return IndexState("outdated", index, error.message)
        if current:
            return IndexState("ready", index)
        return IndexState("outdated", index, f"{path.name} was replaced since its index was built.")
    if partial(index).is_dir():
        return IndexState("partial", index, "The index was begun; building goes on where it stopped.")
    return IndexState("none", index)


def key(seen: Identity) -> dict[str, Any]:
    """What ties an index to the very file: size, modification time and header, and the form of the index."""
    return {**asdict(seen), "format": FORMAT}


def manifest(index: Path) -> dict[str, Any]:
    """The manifest of a complete index. Raises NotConfigured when there is none, BadAnswer when it is damaged."""
    try:
        found = json.loads((index / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotConfigured("This file has no index yet.", "Build it with `python -m backend index FILE`.") from error
    except (OSError, ValueError) as error:
        raise BadAnswer(f"The manifest of {index.name} is damaged.", "Delete the folder and build it again.") from error
    if not isinstance(found, dict) or "file" not in found:
        raise BadAnswer(f"The manifest of {index.name} is incomplete.", "Delete the folder and build it again.")
    return found


def write_json(target: Path, content: Any) -> None:
    """Write aside, then rename, so that a reader never sees half of it."""
    with renamed(target, alone=True) as part, part.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def begun_for(work: Path, seen: Identity) -> bool:
    """Whether the index in this folder was begun for the very file."""
    try:
        plan = json.loads((work / PLAN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(plan, dict) and plan.get("file") == key(seen)


def same_json(path: Path, content: Any) -> bool:
    """Whether a file holds exactly this."""
    try:
        return bool(json.loads(path.read_text(encoding="utf-8")) == content)
    except (OSError, ValueError):
        return False


def replace_folder(finished: Path, index: Path) -> None:
    """Give the finished folder its name; an index that was there goes only when the new one stands."""
    old = index.with_name(f"{index.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if index.exists():
        index.rename(old)
    finished.rename(index)
    shutil.rmtree(old, ignore_errors=True)


def drop(index: Path) -> None:
    """Delete an index, whole or begun. Hold its lock. Raises Unavailable (disk)."""
    try:
        for found in (index, partial(index)):
            if found.is_dir():
                shutil.rmtree(found)
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise Unavailable(f"{index.name} could not be deleted: {what}.", "Check the folder's permissions.") from error


@contextmanager
def lock(index: Path, doing: str = "built", hint: str = "Set EXPRONAUT_CACHE to a folder you own.") -> Iterator[None]:
    """Only one process makes it; the system frees the lock when it ends, however it ends. Raises Unavailable.

    doing, hint: for the messages, what is done, and what to do when the folder cannot be written.
    """
    path = _lock_path(index)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = _acquired(path)
    except OSError as error:
        raise NotConfigured(f"{path.parent.name} cannot be written: {error.strerror}.", hint) from error
    if held is None:
        raise Unavailable(f"{index.name} is being {doing} by another process.", "Wait until it has finished.")
    with held:
        try:
            yield
        finally:
            with suppress(OSError):  # Windows deletes no open file; one that stays behind locks nothing
                path.unlink(missing_ok=True)


def _acquired(path: Path) -> BinaryIO | None:
    """The lock file, locked; None when somebody keeps it. Those who only look hold it for a moment, so try again."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        file = path.open("a+b")
        if _try_lock(file.fileno(), alone=True):
            if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):
                return file
            file.close()  # the one before took the name away while we waited: lock the file that has it now
            continue
        file.close()
        time.sleep(0.02)
    return None


def is_locked(index: Path) -> bool:
    """Whether some process builds this index now."""
    try:
        with _lock_path(index).open("r+b") as file:
            return not _try_lock(file.fileno(), alone=False)
    except OSError:
        return False


def _lock_path(index: Path) -> Path:
    return index.with_name(f"{index.name}.lock")


def _try_lock(descriptor: int, alone: bool) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
