"""How long the index takes, beside merely reading the same samples; and a cluster beside plain processes."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
from archs4py_peer import Archs4py
from measure import seconds, size
from results import Result

from backend.atlas import block, chunks, place

CHILD = Path(__file__).with_name("child.py")
AT_ONCE = 1_000  # samples that a peer reads at once
OF_ARCHS4PY = 1_000  # samples it reads; its time for all is this, scaled
WORKERS, WIDTH = 2, 1_024  # of the comparison of clusters, samples of a block


@dataclass(frozen=True)
class Built:
    """results: lines. seconds: of each build. parts: of the last one, name -> seconds.

    anonymous, peak: bytes of memory. share: of the file's size.
    """

    results: list[Result]
    seconds: list[float]
    parts: dict[str, float]
    anonymous: int
    peak: int
    share: float


def asked(question: str, path: Path) -> dict[str, Any]:
    """What child.py tells of one question in a fresh process."""
    done = subprocess.run([sys.executable, CHILD, question, path], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"child.py {question} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def built(path: Path, repeats: int, archs4py: Archs4py | None) -> Built:
    """Build the index `repeats` times in fresh processes, in turn with the peers reading the file."""
    with h5py.File(path) as file:
        n_samples = file["data/expression"].shape[1]
    told, h5, peer = [], [], []
    for _ in range(repeats):
        h5.append(seconds(lambda: _read(path)))
        told.append(asked("build", path))
        if archs4py is not None:
            few = min(OF_ARCHS4PY, n_samples)
            peer.append(archs4py.ask(path, samples=list(range(few)))["seconds"] * n_samples / few)
    ours = [sum(one["parts"].values()) for one in told]
    results = [Result(f"index of {n_samples:,} samples", ours, "h5py reads them all", h5, ("≤", 0.9))]
    if peer:
        results.append(
            Result(f"index of {n_samples:,} samples", ours, "archs4py reads them all, scaled", peer, ("≤", 0.3))
        )
    memory = (max(one[kind] for one in told) for kind in ("anonymous", "peak"))
    return Built(results, ours, told[-1]["parts"], *memory, size(place.folder(path)) / path.stat().st_size)


def _read(path: Path) -> None:
    with h5py.File(path) as file:
        data = file["data/expression"]
        for start in range(0, data.shape[1], AT_ONCE):
            data[:, start : start + AT_ONCE]


def cluster(path: Path, repeats: int) -> Result | None:
    """The blocks of the index by dask.distributed with two workers, and by two plain processes."""
    try:
        import distributed
    except ImportError:
        print("dask.distributed is not installed and is left out.")
        return None
    ours, theirs = [], []
    with (
        distributed.LocalCluster(WORKERS, threads_per_worker=1, dashboard_address=None, silence_logs=50) as workers,
        distributed.Client(workers) as client,
        client.get_executor(pure=False) as dask,
        _processes() as plain,
    ):
        for team in (dask, plain):
            _blocks(team, path, 2)  # imports and compiled code
        for _ in range(repeats):
            theirs.append(_blocks(plain, path))
            ours.append(_blocks(dask, path))
    return Result("blocks of the index, distributed, 2 workers", ours, "2 plain processes", theirs, ("≤", 1.15))


@contextmanager
def _processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("spawn")) as team:
        yield team


def _blocks(team: Executor, path: Path, most: int | None = None) -> float:
    """Seconds of all blocks, or the first `most`, into an empty folder."""
    index = place.folder(path)
    with h5py.File(path) as file:
        edges = [*range(0, file["data/expression"].shape[1], WIDTH), file["data/expression"].shape[1]]
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        for name in ("samples.npz", chunks.OFFSETS, chunks.SIZES, place.PLAN):
            shutil.copy(index / name, folder)
        tasks = [(str(path), folder, number, a, b) for number, (a, b) in enumerate(pairwise(edges))][:most]
        return seconds(lambda: [job.result() for job in [team.submit(block.process_block, *task) for task in tasks]])
