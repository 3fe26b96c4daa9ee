"""Which ARCHS4 files there are on this machine, noticed again every few seconds.

Looked at: the files and folders of EXPRONAUT_DATA and those that `add` remembered in files.txt. A file is opened
once; after that its size and modification time tell whether it is still the same.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import h5py

from backend import settings
from backend.archs4 import opening
from backend.archs4.layout import EXPRESSION, Layout, detect
from backend.aside import renamed
from backend.counts_file import SIMULATED
from backend.errors import BadAnswer, BadInput, ExpronautError, NotConfigured
from backend.settings import ENDINGS, LIST, SPATIAL, Settings

DEMO = "demo"
FRESH = 2.0  # seconds for which a look at the folders holds
MOST_BYTES = 1_000_000  # of files.txt
_ARCHS4 = ("meta/samples/geo_accession", "meta/Sample_geo_accession", EXPRESSION)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Found:
    """One file. layout: None when `problem` says why it cannot be used. size: bytes. simulated: it says so itself."""

    key: str
    path: Path
    size: int
    mtime_ns: int
    layout: Layout | None
    problem: ExpronautError | None
    simulated: bool = False


@dataclass(frozen=True)
class Shelf:
    """All files by key, the demo cohort first; what is not used, path -> why; where was looked."""

    files: dict[str, Found] = field(default_factory=dict)
    ignored: dict[Path, str] = field(default_factory=dict)
    places: tuple[Path, ...] = ()


def shelf(now: bool = False) -> Shelf:
    """The files there are, looked for again after FRESH seconds, other settings, or `now`."""
    return _looker.shelf(settings.current(), now)


def look(chosen: Settings) -> Shelf:
    """A look at the folders; opens only files that were not seen before."""
    places, ignored = _places(chosen)
    files: dict[str, Found] = {}
    if chosen.demo:
        files[DEMO] = _demo(chosen.demo_file)
    seen = {chosen.demo_file.resolve()}
    for path, named in _candidates(places, ignored):
        if path.resolve() in seen:
            continue
        seen.add(path.resolve())
        found = _found(_key(path, files), path)
        if found.problem is not None and not named and not _is_archs4(path, found.size, found.mtime_ns):
            ignored[path] = found.problem.message
        else:
            files[found.key] = found
    return Shelf(files, ignored, places)


def add(path: Path) -> Path:
    """Remember a file or folder in files.txt; the path of that list. Raises BadInput when it cannot be used."""
    chosen = settings.current()
    whole = path.expanduser().absolute()
    if str(whole).splitlines() != [str(whole)] or str(whole).encode("utf-8", "replace").decode() != str(whole):
        raise BadInput("The name of the file holds a line break, or bytes that are no text.", "Rename it.")
    if whole.is_file():
        detect(whole)
    elif not whole.is_dir():
        raise BadInput(f"{path.name or path} is neither a file nor a folder.", "Check the path.")
    listed = chosen.home / LIST
    lines = _lines(listed)
    if whole not in map(_path, lines):
        _write(listed, [*lines, str(whole)])
    return listed


def forget(path: Path) -> None:
    """Take a file that is gone out of files.txt, where it stands there. Raises NotConfigured (disk)."""
    listed = settings.current().home / LIST
    lines = _lines(listed)
    if path in map(_path, lines):
        _write(listed, [line for line in lines if _path(line) != path])
    shelf(now=True)


def _lines(listed: Path) -> list[str]:
    """The list as it stands, remarks too. Raises NotConfigured when it cannot be read: none of it is written over."""
    try:
        with listed.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) <= MOST_BYTES:
            return content.decode("utf-8").splitlines()
        what = f"holds over {MOST_BYTES:,} bytes"
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        what = f"cannot be read ({type(error).__name__})"
    hint = f"Mend it in {listed.parent.name}; it is UTF-8 text with one path a line."
    raise NotConfigured(f"{listed.name} {what}, so it is left as it is.", hint)


def _path(line: str) -> Path:
    return Path(line.strip().replace("\0", ""))


def _write(listed: Path, lines: list[str]) -> None:
    try:
        listed.parent.mkdir(parents=True, exist_ok=True)
        with renamed(listed) as part:
            part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        hint = "Set EXPRONAUT_DATA to a folder you own."
        raise NotConfigured(f"{listed.parent.name} cannot be written: {error.strerror}.", hint) from error


class _Looker:
    """The last look, shared by all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: tuple[float, Settings, Shelf] | None = None

    def shelf(self, chosen: Settings, now: bool) -> Shelf:
        with self._lock:
            if now or self._last is None or self._last[1] != chosen or time.monotonic() - self._last[0] > FRESH:
                self._last = (time.monotonic(), chosen, look(chosen))
            return self._last[2]


_looker = _Looker()


def _places(chosen: Settings) -> tuple[tuple[Path, ...], dict[Path, str]]:
    ignored: dict[Path, str] = {}
    listed = _listed(chosen.home / LIST, ignored)
    return tuple(dict.fromkeys((*chosen.data, *listed))), ignored


def _listed(path: Path, ignored: dict[Path, str]) -> list[Path]:
    """The paths of files.txt; relative ones mean nothing and are left out."""
    try:
        if not path.is_file():
            return []
        with path.open("rb") as file:
            content = file.read(MOST_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        ignored[path] = f"{path.name} cannot be read ({type(error).__name__})."
        return []
    lines = [line.strip() for line in content.replace("\0", "").splitlines()]
    return [Path(line) for line in lines if line and not line.startswith("#") and Path(line).is_absolute()]


def _candidates(places: tuple[Path, ...], ignored: dict[Path, str]) -> Iterator[tuple[Path, bool]]:
    """Files to look at, and whether they were named themselves."""
    for place in places:
        try:
            if place.is_file():
                if place.suffix.lower() not in SPATIAL:
                    yield place, True
            elif place.is_dir():
                for path in sorted(place.iterdir()):
                    if path.suffix.lower() in ENDINGS and not path.name.startswith(".") and path.is_file():
                        yield path, False
            elif place != settings.current().home:  # ours is made when something goes into it
                ignored[place] = f"{place.name or place} is not there."
        except OSError as error:
            ignored[place] = f"{place.name or place} cannot be read: {error.strerror}."


def _found(key: str, path: Path) -> Found:
    try:
        seen = path.stat()
    except OSError as error:
        gone = NotConfigured(f"{path.name} cannot be opened: {error.strerror}.", "Check that it is there.")
        return Found(key, path, 0, 0, None, gone)
    known = path, seen.st_size, seen.st_mtime_ns
    try:
        layout = _layout(*known)
        if isinstance(layout, Layout):
            return Found(key, *known, layout, None, _is_simulated(*known))
        problem: ExpronautError = layout
    except ExpronautError as error:
        problem = error
    return Found(key, *known, None, problem)


def _demo(path: Path) -> Found:
    if path.is_file():
        return _found(DEMO, path)
    missing = NotConfigured("The demo cohort is not made yet.", "Make it with `python -m backend demo`.")
    return Found(DEMO, path, 0, 0, None, missing)


@lru_cache(maxsize=512)
def _layout(path: Path, _size: int, _mtime_ns: int) -> Layout | BadAnswer:
    """What a file is, found out once for each size and time it has.

    Raises NotConfigured when it cannot be opened: that changes without a trace in size and time, so it is not kept.
    """
    try:
        return detect(path)
    except BadAnswer as error:
        return error


@lru_cache(maxsize=512)
def _is_simulated(path: Path, _size: int, _mtime_ns: int) -> bool:
    """Whether a file says that it is simulated; what looks like data must never lose that."""
    with opening.reading(path) as file:
        return SIMULATED in file


@lru_cache(maxsize=512)
def _is_archs4(path: Path, _size: int, _mtime_ns: int) -> bool:
    """Whether a file that cannot be used is one of ARCHS4: it has its fields, or is HDF5 cut off."""
    try:
        if not h5py.is_hdf5(path):
            return False
        with h5py.File(path, "r") as file:
            return any(name in file for name in _ARCHS4)
    except (OSError, RuntimeError, KeyError):
        return True


def _key(path: Path, taken: dict[str, Found]) -> str:
    """The file's name without ending; a further file of that name carries a part of its path's hash."""
    plain = f"archs4-{_UNSAFE.sub('-', path.stem)[:80]}"
    if plain not in taken:
        return plain
    return f"{plain}-{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
