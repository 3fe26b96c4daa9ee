"""Imported by the process that others are forked from: what is compiled is loaded there once, not in each of them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from backend.atlas import build
from tests.doubles import archs4_files

with tempfile.TemporaryDirectory() as folder:
    build.build(archs4_files.write(Path(folder) / "warm.h5", "v2.5", genes=120, samples=12).path)
