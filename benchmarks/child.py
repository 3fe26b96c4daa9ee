"""One question in a fresh process: what it takes with a cold page cache, from the disk, and in memory.

python benchmarks/child.py QUESTION FILE    prints one line of JSON
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import h5py
import numpy as np
from measure import anonymous_peak, disk_bytes, evict, peak_bytes, seconds

from backend.atlas import atlas, build, place
from backend.model import Choice

GENES = (100, 2_100)  # any rows: for the first answer, and for the cold one
WORDS = ("kidney", "liver")
SEED = 3


def questions(path: Path) -> dict[str, Callable[[int], object]]:
    """What a user asks of an opened index; 0 and 1 ask about different genes, samples and words."""
    found = atlas.opened(path)
    random = np.random.default_rng(SEED)
    most = min(500, found.layout.n_samples // 2)
    samples = [np.sort(half) for half in np.split(random.permutation(found.layout.n_samples)[: 2 * most], 2)]
    genes = random.choice(found.layout.n_genes, 20, replace=False)
    return {
        "profile": lambda i: found.profiles([GENES[i]], Choice()),
        "heatmap": lambda i: found.profiles(list(range(GENES[i], GENES[i] + 500)), Choice()),
        "partners": lambda i: found.partners(GENES[i], "bulk", "pearson", 100),
        "within": lambda i: found.partners(GENES[i], samples[i], "pearson", 100),
        "counts": lambda i: found.counts(genes, samples[i]),
        "search": lambda i: found.samples.search(WORDS[i], 0, 50),
    }


def row(path: Path, at: int) -> object:
    """The peer of a profile: one row by h5py."""
    with h5py.File(path) as file:
        return file["data/expression"][GENES[at], :]


def built(path: Path) -> dict[str, float]:
    """Seconds of the whole index, from nothing, and of each of its parts."""
    shutil.rmtree(place.folder(path), ignore_errors=True)
    ends: dict[str, float] = {}
    start = time.monotonic()
    build.build(path, on_progress=lambda step: ends.update({step.part: time.monotonic()}))
    edges = [start, *ends.values(), time.monotonic()]
    names = [*ends, "the rest"]
    return dict(zip(names, (b - a for a, b in pairwise(edges)), strict=True))


def asked(question: str, path: Path) -> dict[str, float]:
    """Seconds of the first answer, and of another one after the files left the page cache; bytes it read."""
    opening = time.perf_counter()
    run = (lambda i: row(path, i)) if question == "row" else questions(path)[question]
    run(0)
    first = time.perf_counter() - opening
    evict(path, *([index] if (index := place.folder(path)).is_dir() else []))
    before = disk_bytes()
    cold = seconds(lambda: run(1))
    return {"first": first, "cold": cold, "read": disk_bytes() - before}


def main(question: str, path: Path) -> None:
    with anonymous_peak() as most:
        told = {"parts": built(path)} if question == "build" else asked(question, path)
    print(json.dumps(told | {"peak": peak_bytes(), "anonymous": most[0]}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
