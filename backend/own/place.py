"""The folder of own studies: its lock, the numbers it gives, and what an import leaves when it is killed."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from backend import settings
from backend.aside import renamed
from backend.errors import BadAnswer, NotFound, Unavailable

MANIFEST = "study.json"
ACCESSION = re.compile(r"^LOC[1-9]\d{0,14}$", re.ASCII)
CHAIN = "LOCVC"
_WAIT = 30.0  # seconds for others to finish a change
_IMPORT, _REMOVED, _LOCK, _NUMBERS = ".import-", ".removed-", ".lock", "numbers.json"
_LOOK = "Look at the folder of own studies (EXPRONAUT_STUDIES)."


def root() -> Path:
    """The folder of own studies; it need not be there."""
    return settings.current().studies


def folders() -> list[Path]:
    """The folders of the studies, oldest first."""
    with told("The studies cannot be read"):
        found = root().iterdir() if root().is_dir() else iter(())
        named = [one for one in found if ACCESSION.match(one.name) and (one / MANIFEST).is_file()]
    return sorted(named, key=lambda one: int(one.name[3:]))


@contextlib.contextmanager
def changing() -> Iterator[Path]:
    """The folder, which nobody else changes meanwhile; not within itself. Raises Unavailable."""
    with told("The studies cannot be changed"):
        root().mkdir(parents=True, exist_ok=True)
        descriptor = os.open(root() / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _wait_for(descriptor)
            yield root()
        finally:
            os.close(descriptor)  # and gives the lock back


def _wait_for(descriptor: int) -> None:
    until = time.monotonic() + _WAIT
    while not _locks(descriptor):
        if time.monotonic() > until:
            raise Unavailable("Another process has been changing the studies for long.", "Try again in a moment.")
        time.sleep(0.02)


def _locks(descriptor: int) -> bool:
    """Take the lock of an open file, which ends with the process; False when another has it."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@dataclass(frozen=True)
class Numbers:
    """Numbers of accessions, runs and chains: the last ones given, or the first ones of those just given."""

    accession: int = 0
    run: int = 0
    chain: int = 0


def take(accessions: int = 0, runs: int = 0, chains: int = 0) -> Numbers:
    """The first of so many numbers, which were never given before and never will be. Call it within `changing`."""
    last = _last()
    given = Numbers(last.accession + accessions, last.run + runs, last.chain + chains)
    write_json(root() / _NUMBERS, asdict(given))
    return Numbers(last.accession + 1, last.run + 1, last.chain + 1)


def _last() -> Numbers:
    """The last numbers given. Where the file of them is lost, the studies tell, so that no number comes twice."""
    told = [_numbers(root() / _NUMBERS, "")]
    if told == [None]:
        told = [_numbers(folder / MANIFEST, "given") for folder in folders()]
    found = [one for one in told if one is not None]
    named = [int(folder.name[3:]) for folder in folders()]
    return Numbers(
        max([0, *named, *(one.accession for one in found)]),
        max([0, *(one.run for one in found)]),
        max([0, *(one.chain for one in found)]),
    )


def _numbers(path: Path, within: str) -> Numbers | None:
    try:
        found = read_json(path)
        told = found[within] if within else found
        return Numbers(int(told["accession"]), int(told["run"]), int(told["chain"]))
    except (BadAnswer, NotFound, KeyError, TypeError, ValueError):
        return None


@contextlib.contextmanager
def importing() -> Iterator[Path]:
    """A folder for an import under way. What is left in it at the end goes, and after a kill at the next start.

    Not within `changing`.
    """
    with told("The study cannot be stored"):
        folder, descriptor = _begun()
        try:
            yield folder
        finally:
            os.close(descriptor)
            shutil.rmtree(folder, ignore_errors=True)


def _begun() -> tuple[Path, int]:
    """The folder with its lock held; made within the lock of all, so that nobody takes it for a leftover."""
    with changing():
        folder = root() / f"{_IMPORT}{uuid.uuid4().hex}"
        folder.mkdir()
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        _wait_for(descriptor)
    return folder, descriptor


def clear() -> None:
    """Delete what killed imports and deletions left behind. Call it within `changing`."""
    for one in [*root().glob(f"{_IMPORT}*"), *root().glob(f"{_REMOVED}*")]:
        if not _is_alive(one):
            shutil.rmtree(one, ignore_errors=True)
    for one in root().glob("*.part"):
        one.unlink(missing_ok=True)


def _is_alive(folder: Path) -> bool:
    """Whether the import of this folder goes on somewhere."""
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _locks(descriptor)
    finally:
        os.close(descriptor)


def remove(folder: Path) -> None:
    """Delete a study: it is gone at once, its files a moment later. Call it within `changing`."""
    gone = root() / f"{_REMOVED}{uuid.uuid4().hex}"
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def size(folder: Path) -> int:
    """Bytes of the files of a folder."""
    found = 0
    for one in folder.iterdir():
        with contextlib.suppress(OSError):
            found += one.stat().st_size
    return found


def read_json(path: Path) -> Any:
    """What a file of ours says. Raises NotFound, BadAnswer."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise NotFound(f"{path.name} is not there any more.", _LOOK) from error
    except (OSError, ValueError, RecursionError) as error:
        raise BadAnswer(f"{path.name} of {path.parent.name} is damaged.", _LOOK) from error


def write_json(path: Path, content: object) -> None:
    """Write a file aside and rename it. Raises Unavailable."""
    with told(f"{path.name} could not be written"), renamed(path) as part, part.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, separators=(",", ":"))
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def told(what: str) -> Iterator[None]:
    """Failures of the disk as Unavailable. what: the beginning of a sentence."""
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Unavailable(f"{what}: {why}.", "Make room, and check the folder's permissions.") from error
