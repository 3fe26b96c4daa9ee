"""What is done with h5ad and loom files in a process apart: python -m backend.study_files.apart_work DESCRIPTOR (see
backend/apart/working.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from backend.apart import working
from backend.apart.working import Say
from backend.study_files import hdf5_apart, loom_file
from backend.study_files.outline import ExpressionOptions


def outline(job: dict[str, Any], say: Say) -> dict[str, Any]:
    """Read it from end to end, with a sign for each piece."""
    options = ExpressionOptions(**job["options"])
    return hdf5_apart.written(hdf5_apart.read(Path(job["path"]), job["file"], options, lambda: say({"told": []})))


def is_loom(job: dict[str, Any], say: Say) -> bool:
    """Whether it is built like a loom file."""
    del say
    return loom_file.fits(Path(job["path"]), job["file"])


if __name__ == "__main__":
    working.serve({"outline": outline, "is loom": is_loom})
