"""Open sections for tests: small real files under a home of their own, and what numpy makes of their truth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from backend import section_openings, settings
from tests.doubles import section_files
from tests.doubles.section_files import Truth

SPOTS, GENES = 400, 220


@contextmanager
def home(folder: Path, **more: object) -> Iterator[Path]:
    """Settings with a cache and a home of their own; the home."""
    chosen = {"cache": folder / "cache", "home": folder / "home", "data": (folder / "home",), "demo": False} | more
    with settings.use(replace(settings.current(), **chosen)):
        yield folder / "home"


def truth() -> Truth:
    return section_files.made(SPOTS, GENES)


def downloaded(place: Path, name: str = "section.h5ad") -> Path:
    """A file where downloads of STOmics lie."""
    folder = place / "stomics" / "STD0001"
    folder.mkdir(parents=True, exist_ok=True)
    return section_files.h5ad(folder / name, truth(), "csr")


def opened(path: Path, **options: object) -> str:
    """Open a file, with its copy made at once; the key."""
    key = section_openings.remember(path, **options)
    section_openings.make(key, silent)
    return key


def silent(part: str, done: int, of: int, unit: str, seconds: float, before: int = 0) -> None:
    """Nobody listens."""


def cp10k(values: np.ndarray) -> np.ndarray:
    """log2(CP10K+1) of (spots, genes), as (genes, spots)."""
    totals = np.nansum(values, axis=1, keepdims=True)
    return np.log2(np.divide(values * 1e4, totals, out=np.zeros_like(values), where=totals > 0) + 1).T
