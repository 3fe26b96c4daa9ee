"""What is done with HDF5 of a server in a process apart: python -m backend.rnaget.apart_work DESCRIPTOR (see
backend/apart/working.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from backend.apart import working
from backend.apart.working import Say
from backend.rnaget import loom_form


def check(job: dict[str, Any], say: Say) -> None:
    """Read it from end to end, so that the same can be done elsewhere without fear."""
    del say
    loom_form.read(Path(job["path"]).read_bytes(), job["unit"], tuple(job["rows"]), tuple(job["columns"]))


if __name__ == "__main__":
    working.serve({"check": check})
