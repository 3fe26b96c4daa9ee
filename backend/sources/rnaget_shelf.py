"""Matrices of RNAget servers that were opened here: files in the cache, each a source of its own.

rnaget/<key>.h5     the matrix (backend/study/store.py), with where it comes from
rnaget/<key>.json   how its samples are grouped
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backend import settings
from backend.errors import BadInput, NotFound, Unavailable
from backend.study import store
from backend.study.matrix import Matrix

PREFIX, FOLDER = "rnaget-", "rnaget"
LOOK = 2.0  # seconds between two looks at the folder
MOST_KEY = 60
_DIGITS = 8
_KEY = re.compile(r"^rnaget-[a-z0-9._-]{1,60}$")
_UNSAFE = re.compile(r"[^a-z0-9._]+")


@dataclass(frozen=True)
class Opened:
    """An opened matrix. stamp: changes with the file and with its grouping."""

    key: str
    path: Path
    grouping: str
    stamp: str


_lock = threading.Lock()
_seen: dict[Path, tuple[float, dict[str, Opened]]] = {}


def opened(now: bool = False) -> dict[str, Opened]:
    """Every opened matrix by its key. now: look at the folder at once."""
    folder = settings.current().cache / FOLDER
    with _lock:
        last, found = _seen.get(folder, (0.0, {}))
        if now or time.monotonic() - last > LOOK or not last:
            found = {path.stem: _opened(path) for path in sorted(folder.glob(f"{PREFIX}*.h5")) if _KEY.match(path.stem)}
            _seen[folder] = time.monotonic(), found
        return found


def _opened(path: Path) -> Opened:
    sidecar = path.with_suffix(".json")
    pieces = []
    for one in (path, sidecar):
        with contextlib.suppress(OSError):
            seen = one.stat()
            pieces.append(f"{seen.st_size}-{seen.st_mtime_ns}")
    return Opened(path.stem, path, str(_sidecar(sidecar).get("grouping", "")), "-".join(pieces))


def _sidecar(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def key(server: str, matrix: str, part: Sequence[str] = ()) -> str:
    """The key of a matrix: rnaget-<server>-<id>, in small letters, digits, points, dashes and _.

    part: what tells a part of it from others, its shape first. A part, and an id that is not kept as it is, ends in a
    few digits of a hash, so that no two share a key.
    """
    named = f"{server}-{matrix}"
    plain = _UNSAFE.sub("-", f"{named}{''.join(f'-{shape}' for shape in part[:1])}".casefold()).strip("-.")
    if not part and len(plain) <= MOST_KEY and plain == named and "-" not in server:
        return f"{PREFIX}{plain}"
    digits = hashlib.sha256(json.dumps([server, matrix, *part]).encode()).hexdigest()[:_DIGITS]
    return f"{PREFIX}{plain[: MOST_KEY - _DIGITS - 1].strip('-.')}-{digits}"


def keep(name: str, matrix: Matrix, about: dict[str, Any]) -> str:
    """Store a matrix under its key; a former one of this key is replaced when the new one is complete."""
    _checked(name)
    told = about | {"fetched_at": datetime.now(UTC).isoformat(timespec="seconds")}
    store.write(settings.current().cache / FOLDER / f"{name}.h5", matrix, told)
    opened(now=True)
    return name


def group(name: str, column: str) -> None:
    """Group the samples of a matrix by a column of theirs. Raises NotFound for an unknown matrix or column."""
    path = _path(name)
    columns = [one for one in store.Store(path).head.samples.columns if one != "sample"]
    if column not in columns:
        raise NotFound(f"The samples of {name} have no column “{column[:40]}”.", f"There are: {', '.join(columns)}.")
    aside = path.with_suffix(".json.part")
    with _writing(path):
        aside.write_text(json.dumps({"grouping": column}), encoding="utf-8")
        aside.replace(path.with_suffix(".json"))
    opened(now=True)


def forget(name: str) -> None:
    """Delete an opened matrix. Raises NotFound."""
    path = _path(name)
    with _writing(path):
        for one in (path, path.with_suffix(".json")):
            one.unlink(missing_ok=True)
    opened(now=True)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise Unavailable(f"{path.stem} could not be changed: {what}.", "Look at the folder of the cache.") from error


def _path(name: str) -> Path:
    found = opened(now=True).get(_checked(name))
    if found is None:
        raise NotFound(f"There is no opened matrix “{name[:60]}”.", "Open it on the Datasets page.")
    return found.path


def _checked(name: str) -> str:
    if not _KEY.match(name):
        raise BadInput(f"“{name[:60]}” is not the key of a matrix.", "Use the keys that are listed.")
    return name
