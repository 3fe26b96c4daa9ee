"""What is done with spatial files in a process apart: python -m backend.section.apart_work DESCRIPTOR (see
backend/apart/working.py)."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from backend import section_files
from backend.apart import working
from backend.apart.working import Say
from backend.section import building
from backend.section_files import SectionOptions


def check(job: dict[str, Any], say: Say) -> None:
    """Read the outline, so that the same can be done elsewhere without fear."""
    del say
    with tempfile.TemporaryDirectory() as folder:
        options = SectionOptions(job["bin"], job["layer"])
        with section_files.opened(Path(job["path"]), options, Path(folder), None, job["name"]):
            return


def layers(job: dict[str, Any], say: Say) -> tuple[str, ...]:
    """What of an h5ad can be taken."""
    del say
    return section_files.layers(Path(job["path"]), job["name"])


def build(job: dict[str, Any], say: Say) -> None:
    """Make the copy sorted by gene."""

    def tell(part: str, done: int, of: int, unit: str, seconds: float) -> None:
        say({"told": [part, done, of, unit, seconds]})

    options = SectionOptions(job["bin"], job["layer"])
    building.write(Path(job["path"]), Path(job["target"]), options, tell, job["name"])


if __name__ == "__main__":
    working.serve({"check": check, "layers": layers, "build": build})
