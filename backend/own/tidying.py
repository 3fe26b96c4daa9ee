"""What killed imports and deletions left behind, in the folder of studies and in those of the studies."""

from __future__ import annotations

import contextlib
from pathlib import Path

from backend.errors import ExpronautError
from backend.own import place, records
from backend.own.records import Manifest


def clean() -> None:
    """Delete all of it. Call it within `place.changing`."""
    place.clear()
    for folder in place.folders():
        with contextlib.suppress(ExpronautError):  # a damaged study is left as it is
            tidy(folder, records.read(folder))


def tidy(folder: Path, manifest: Manifest) -> None:
    """Delete the files of a study that belong to nothing. Call it within `place.changing`."""
    own = manifest.files()
    for one in folder.iterdir():
        if one.name not in own and one.is_file():
            one.unlink(missing_ok=True)
