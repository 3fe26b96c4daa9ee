"""Virtual environments of their own for public packages, made once and kept in the cache of pytest."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE = 600  # seconds for an installation
READY = "ready"


@contextmanager
def environment(config: pytest.Config, *pins: str) -> Iterator[Path]:
    """A folder with bin/python that has these packages, for one process at a time; skips where they cannot be had."""
    key = hashlib.sha256("\n".join((sys.version, *pins)).encode()).hexdigest()[:16]
    folder = config.cache.mkdir("environments") / key
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / READY).is_file():
            _make(folder, pins)
        yield folder


def _make(folder: Path, pins: tuple[str, ...]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    ours = [sys.executable, "-m", "pip", "--python", folder / "bin/python"]
    # Most of what comes along is never imported, and what is gets compiled then.
    install = [*ours, "install", "--no-compile", "--quiet", "--disable-pip-version-check", *pins]
    try:
        subprocess.run(install, check=True, capture_output=True, text=True, timeout=PATIENCE)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = [line for line in str(error.stderr or error).splitlines() if "ERROR" in line] or [str(error)]
        pytest.skip(f"NOT CHECKED, NOT PASSED: {', '.join(pins)} cannot be installed here. pip: {said[-1]}")
    (folder / READY).touch()
