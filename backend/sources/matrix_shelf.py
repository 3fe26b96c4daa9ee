"""Opened matrices: files in the cache, each a source of its own. One shelf for each kind of server.

<shelf>/<key>.h5     the matrix (backend/study/store.py), with where it comes from
<shelf>/<key>.json   how its samples are grouped
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backend import settings
from backend.aside import renamed
from backend.errors import BadInput, NotFound, Unavailable
from backend.study import store, writing
from backend.study.matrix import Floats, Matrix
from backend.study.writing import NewMatrix, OnProgress

LOOK = 2.0  # seconds between two looks at the folder
MOST_KEY = 60
_DIGITS = 8
_UNSAFE = re.compile(r"[^a-z0-9._]+")


@dataclass(frozen=True)
class Opened:
    """An opened matrix. stamp: changes with the file and with its grouping."""

    key: str
    path: Path
    grouping: str
    stamp: str


class Shelf:
    """The matrices of one kind of server; their keys begin with its name and a dash."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._key = re.compile(rf"^{name}-[a-z0-9._-]{{1,{MOST_KEY}}}$")
        self._lock = threading.Lock()
        self._seen: dict[Path, tuple[float, dict[str, Opened]]] = {}

    @property
    def folder(self) -> Path:
        """Where they are."""
        return settings.current().cache / self.name

    def opened(self, now: bool = False) -> dict[str, Opened]:
        """Every opened matrix by its key. now: look at the folder at once."""
        folder = self.folder
        with self._lock:
            last, found = self._seen.get(folder, (0.0, {}))
            if now or time.monotonic() - last > LOOK or not last:
                paths = sorted(folder.glob(f"{self.name}-*.h5"))
                found = {path.stem: _opened(path) for path in paths if self._key.match(path.stem)}
                self._seen[folder] = time.monotonic(), found
            return found

    def key(self, server: str, matrix: str, part: Sequence[str] = ()) -> str:
        """The key of a matrix: <shelf>-<server>-<id>, in small letters, digits, points, dashes and _.

        server: "" where there is one server only. part: what tells a part of it from others, its shape first. A part,
        and an id that is not kept as it is, ends in a few digits of a hash, so that no two share a key.
        """
        named = f"{server}-{matrix}" if server else matrix
        plain = _UNSAFE.sub("-", f"{named}{''.join(f'-{shape}' for shape in part[:1])}".casefold()).strip("-.")
        if not part and len(plain) <= MOST_KEY and plain == named and "-" not in server:
            return f"{self.name}-{plain}"
        digits = hashlib.sha256(json.dumps([server, matrix, *part]).encode()).hexdigest()[:_DIGITS]
        return f"{self.name}-{plain[: MOST_KEY - _DIGITS - 1].strip('-.')}-{digits}"

    def keep(self, name: str, matrix: Matrix, about: Mapping[str, Any]) -> str:
        """Store a matrix under its key; a former one of this key is replaced when the new one is complete."""
        head = NewMatrix(matrix.ids, matrix.names, matrix.samples, matrix.unit, matrix.notes)
        return self.keep_blocks(name, head, [matrix.values], about)

    def keep_blocks(
        self,
        name: str,
        head: NewMatrix,
        blocks: Iterable[Floats],
        about: Mapping[str, Any],
        on_progress: OnProgress | None = None,
    ) -> str:
        """The same for a matrix whose numbers come in blocks of features."""
        self._checked(name)
        told = {**about, "fetched_at": datetime.now(UTC).isoformat(timespec="seconds")}
        writing.write_blocks(self.folder / f"{name}.h5", head, blocks, told, on_progress)
        self.opened(now=True)
        return name

    def group(self, name: str, column: str) -> None:
        """Group the samples of a matrix by a column of theirs. Raises NotFound for an unknown matrix or column."""
        path = self._path(name)
        columns = [one for one in store.Store(path).head.samples.columns if one != "sample"]
        if column not in columns:
            hint = f"There are: {', '.join(columns)}."
            raise NotFound(f"The samples of {name} have no column “{column[:40]}”.", hint)
        with _writing(path), renamed(path.with_suffix(".json")) as part:
            part.write_text(json.dumps({"grouping": column}), encoding="utf-8")
        self.opened(now=True)

    def forget(self, name: str) -> None:
        """Delete an opened matrix. Raises NotFound."""
        path = self._path(name)
        with _writing(path):
            for one in (path, path.with_suffix(".json")):
                one.unlink(missing_ok=True)
        self.opened(now=True)

    def _path(self, name: str) -> Path:
        found = self.opened(now=True).get(self._checked(name))
        if found is None:
            raise NotFound(f"There is no opened matrix “{name[:60]}”.", "Open it again where you opened it.")
        return found.path

    def _checked(self, name: str) -> str:
        if not self._key.match(name):
            raise BadInput(f"“{name[:60]}” is not the key of a matrix.", "Use the keys that are listed.")
        return name


rnaget, odm = Shelf("rnaget"), Shelf("odm")
SHELVES = (rnaget, odm)


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


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise Unavailable(f"{path.stem} could not be changed: {what}.", "Look at the folder of the cache.") from error
