"""Spatial files of this machine: downloads of STOmics, uploads, and those that the settings name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import h5py

from backend import section_files, settings
from backend.errors import ExpronautError

STOMICS, UPLOADS = "stomics", "spatial"  # folders in the home of the settings
MOST_LOOKED_AT = 20_000  # files of one folder
_ENDINGS = {".h5ad": "h5ad", ".gef": "gef", ".gem": "gem", ".gem.gz": "gem", ".gem.txt": "gem", ".gem.txt.gz": "gem"}
_TEXTS = (".tsv", ".txt", ".tsv.gz", ".txt.gz", ".csv.gz")


@dataclass(frozen=True)
class Spatial:
    """A file that can be opened. form: "h5ad", "gem", "gef". size: bytes. of: its data set at STOmics, "" if none."""

    path: Path
    form: str
    size: int
    of: str = ""


def folders() -> tuple[Path, Path]:
    """Where downloads of STOmics and uploads lie."""
    home = settings.current().home
    return home / STOMICS, home / UPLOADS


def files() -> tuple[Spatial, ...]:
    """Every spatial file that is found, each once; downloads first."""
    found: dict[Path, Spatial] = {}
    for path, of in _candidates():
        one = _spatial(path, of)
        if one is not None:
            found.setdefault(path.resolve(), one)
    return tuple(found.values())


def _candidates() -> Iterator[tuple[Path, str]]:
    downloads, uploads = folders()
    for path in _below(downloads, "**/*"):
        parts = path.relative_to(downloads).parts
        yield path, parts[0] if len(parts) > 1 else ""
    yield from ((path, "") for path in _below(uploads, "*"))
    for place in settings.current().data:
        if place.is_file():
            yield place, ""
        else:
            yield from ((path, "") for path in _below(place, "*"))


def _below(folder: Path, pattern: str) -> list[Path]:
    """Files of a folder by name; none where it cannot be read."""
    try:
        return sorted(path for path in islice(folder.glob(pattern), MOST_LOOKED_AT) if path.is_file())
    except OSError:
        return []


def _spatial(path: Path, of: str) -> Spatial | None:
    """The file, where its name or its beginning says that it is a spatial one."""
    found = form(path)
    try:
        return Spatial(path, found, path.stat().st_size, of) if found else None
    except OSError:  # it went meanwhile
        return None


def form(path: Path) -> str:
    """What a file can be opened as, by its name, else by its beginning; "" for what is no spatial file."""
    name = path.name.casefold()
    if name.startswith(".") or name.endswith(".part"):
        return ""
    try:
        seen = path.stat()
    except OSError:
        return ""
    found = next((form for ending, form in _ENDINGS.items() if name.endswith(ending)), "")
    return found or (_by_content(path, seen.st_size, seen.st_mtime_ns) if name.endswith(_TEXTS) else "")


@lru_cache(maxsize=2_000)
def _by_content(path: Path, _size: int, _mtime_ns: int) -> str:
    """What a text is, looked at once for each size and time it has; "" for what is no spatial file."""
    try:
        return "" if h5py.is_hdf5(path) else str(section_files.form(path))
    except (ExpronautError, OSError):
        return ""
