"""Matrices of the lab's own studies as sources: found in the folder of studies, known again by what has changed."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from backend.errors import ExpronautError
from backend.own import place, records, study, tidying
from backend.own.records import MatrixEntry
from backend.own.study import Study

LOOK = 2.0  # seconds between two looks at the folder
_log = logging.getLogger("expronaut.own")


@dataclass(frozen=True)
class Found:
    """A matrix of a study. stamp: changes with the study, its metadata and the file. active: among its versions."""

    key: str
    stamp: str
    active: bool
    study: Study = field(compare=False)
    entry: MatrixEntry = field(compare=False)


_lock = threading.Lock()
_seen: dict[Path, tuple[float, dict[str, Found]]] = {}
_studies: dict[Path, Study] = {}


def found(now: bool = False) -> dict[str, Found]:
    """Every matrix by its key, all versions. now: look at the folder at once."""
    folder = place.root()
    with _lock:
        last, known = _seen.get(folder, (0.0, {}))
        if now or not last or time.monotonic() - last > LOOK:
            if not last:
                _clean()
            known = {one.key: one for one in _look(folder)}
            _seen[folder] = time.monotonic(), known
        return known


def active() -> tuple[str, ...]:
    """The keys of the versions that are offered."""
    return tuple(key for key, one in found().items() if one.active)


def _clean() -> None:
    """What was left behind before this process looked for the first time."""
    if place.root().is_dir():
        with contextlib.suppress(ExpronautError), place.changing():  # a read-only folder can still be read
            tidying.clean()


def _look(folder: Path) -> Iterator[Found]:
    try:
        folders = place.folders()
    except ExpronautError as error:
        _log.warning("Own studies are left out: %s", error)
        return
    for one in folders:
        try:
            yield from _of(_study(one))
        except ExpronautError as error:
            _log.warning("%s of %s is left out: %s", one.name, folder, error)


def _study(folder: Path) -> Study:
    """The study as it was read, until something of it changes."""
    known = _studies.get(folder)
    if known is None or known.stamp != study.stamp(folder):
        known = _studies[folder] = Study(folder)
        known.stamp  # noqa: B018  taken before anything is read
    return known


def _of(one: Study) -> Iterator[Found]:
    for entry in one.manifest.matrices:
        path = one.path(records.store_file(entry.accession))
        seen = ""
        with contextlib.suppress(OSError):
            state = path.stat()
            seen = f"{state.st_size}.{state.st_mtime_ns}"
        yield Found(entry.key, f"{one.stamp}-{seen}", entry.active, one, entry)
