"""Outlines of spatial files, each read once for all who ask for it at the same time; the last few are kept."""

from __future__ import annotations

import threading
from pathlib import Path

from backend import section_files
from backend.errors import NotFound
from backend.section_files import SectionOptions, SectionOutline

KEPT = 2  # each takes some 0.1 GB for a million spots

Key = tuple[str, int, int, SectionOptions]


class _One:
    """The outline of a file as it is now."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.found: SectionOutline | None = None


_lock = threading.Lock()
_known: dict[Key, _One] = {}


def outline(path: Path, options: SectionOptions) -> SectionOutline:
    """As section_files.outline. Raises NotFound when the file is gone."""
    try:
        seen = path.stat()
    except OSError as error:
        raise NotFound(f"{path.name} is not there any more.", "Open it from where it is now.") from error
    key = str(path), seen.st_size, seen.st_mtime_ns, options
    with _lock:
        one = _known.pop(key, None) or _One()
        _known[key] = one
        for old in list(_known)[:-KEPT]:
            del _known[old]
    with one.lock:
        if one.found is None:
            one.found = section_files.outline(path, options, path.name)
        return one.found


def forget(path: Path) -> None:
    """Keep nothing of a file, as when there is a copy of it."""
    with _lock:
        for key in [key for key in _known if key[0] == str(path)]:
            del _known[key]
