"""The index of local ARCHS4 files, beside raw h5py and archs4py, on simulated files of the real layout.

    python benchmarks/atlas.py [--samples 5000 20000] [--repeats 3] [--genes 67186]

Prints tables, asserts nothing about times, and stops when an answer differs from the file's. Peers and ours take
turns in one run; ratios count, seconds depend on the machine. Files and the environment of archs4py are kept in
EXPRONAUT_BENCH, ~/.cache/expronaut/benchmarks when that is not set: 1.1 GB for 20,000 samples, with the index 2 GB.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import archs4py_peer  # noqa: E402
import building  # noqa: E402
import h5py  # noqa: E402
import limits  # noqa: E402
import numpy as np  # noqa: E402
import recall  # noqa: E402
from archs4py_peer import Archs4py  # noqa: E402
from building import Built  # noqa: E402
from questions import Questions  # noqa: E402
from results import HEAD, Result, span, table, told  # noqa: E402

from backend import demo  # noqa: E402

ROWS, REAL = 67_186, 1_093_742  # genes and samples of the human file of 2026
COLD = ("profile", "heatmap", "partners", "within", "counts", "search", "row")


@dataclass(frozen=True)
class Measured:
    """What grows, or not, with the number of samples."""

    samples: int
    build: float
    profile: float
    partners: float
    search: float
    memory: int


def cache() -> Path:
    """Where files are kept."""
    given = os.environ.get("EXPRONAUT_BENCH", "")
    return Path(given) if given else Path.home() / ".cache" / "expronaut" / "benchmarks"


def made(samples: int, genes: int) -> Path:
    """A simulated file, made when it is missing; its chunks and zeros are checked against the real file's."""
    path = cache() / f"simulated_{samples}x{genes}.h5"
    if not path.is_file():
        print(f"Making {path} ...", flush=True)
        demo.write(path, samples, genes=genes)
    with h5py.File(path) as file:
        data = file["data/expression"]
        chunk = data.id.get_storage_size() / (samples * -(-genes // data.chunks[0]))
        few = np.linspace(0, samples - 1, 200).astype(int)
        zeros = np.mean([np.mean(data[:, place] == 0) for place in few])
    fits = genes != ROWS or samples < 2_000 or (1_300 <= chunk <= 1_700 and 0.55 <= zeros <= 0.7)
    print(f"\n## {samples:,} samples x {genes:,} genes, simulated: {path.stat().st_size / 1e9:.2f} GB")
    print(f"{chunk:,.0f} bytes a chunk (1,505 in the real file), {zeros:.0%} zeros{'' if fits else ': NOT as meant'}\n")
    return path


def one_size(path: Path, samples: int, repeats: int, archs4py: Archs4py | None) -> Measured:
    """Every table of one file."""
    ceiling = limits.measured(path)
    print("\n".join(ceiling.lines()), end="\n\n", flush=True)
    made_index = building.built(path, repeats, archs4py)
    results = [*made_index.results, *Questions(path, repeats, archs4py).results()]
    spread = building.cluster(path, repeats)
    results += [] if spread is None else [spread]
    print(table(HEAD, [result.cells() for result in results]), end="\n\n", flush=True)
    shares(path, ceiling, made_index, results)
    partners = recalls(path)
    memory = cold(path)
    found = {result.question.split(":")[0]: median(result.ours) for result in results}
    return Measured(samples, median(made_index.seconds), found["profile"], partners, found["sample search"], memory)


def shares(path: Path, ceiling: limits.Limits, index: Built, results: list[Result]) -> None:
    """Sizes, memory, and results as shares of what the machine can do."""
    with h5py.File(path) as file:
        genes, samples = file["data/expression"].shape
    took, threads = median(index.seconds), os.cpu_count() or 1
    read = next(median(result.ours) for result in results if result.question.startswith("inflating"))
    most = ceiling.inflate * threads
    inflated, whole = 4 * genes * min(1_000, samples) / read, 4 * genes * samples / took
    parts = ", ".join(f"{name} {part:.1f} s" for name, part in index.parts.items())
    print(
        f"index / source: {index.share:.2f} of {path.stat().st_size / 1e9:.2f} GB, aim {told(('≤', 0.6), index.share)}"
    )
    print(f"index: {1e4 * took / samples:.1f} s for 10,000 samples: {parts}")
    print(f"memory of the builder: {index.anonymous / 1e9:.2f} GB, {index.peak / 1e9:.2f} GB with mapped files")
    print(f"inflating: {inflated / 1e6:,.0f} MB/s, {inflated / most:.0%} of libdeflate in {threads} threads")
    print(f"whole index: {whole / 1e6:,.0f} MB/s of counts, {whole / most:.0%} of the same\n")


def recalls(path: Path) -> float:
    """Recall of partners over all samples; seconds of an answer of the default way."""
    rows, took = [], []
    for found in recall.measured(path):
        took.append(median(found.seconds))
        shares = (f"{found.expressed:.3f}", told(("≥", 0.95), found.expressed), f"{found.error:.3f}")
        rows.append((found.how, span(took[-1]), *shares, f"{found.weak:.3f}", f"{found.error_weak:.3f}"))
    head = (
        "over all bulk samples",
        "takes",
        "recall@100",
        "aim",
        "error of r",
        "recall@100, weak genes",
        "error of r, weak",
    )
    print(table(head, rows), end="\n\n", flush=True)
    return took[0]


def cold(path: Path) -> int:
    """Each question in a fresh process; the most memory without mapped files."""
    rows, most = [], 0
    for question in COLD:
        found = building.asked(question, path)
        most = max(most, found["anonymous"] if question != "row" else 0)
        name = "one row by h5py" if question == "row" else question
        memory = (f"{found[kind] / 1e6:,.0f} MB" for kind in ("anonymous", "peak"))
        rows.append((name, span(found["first"]), span(found["cold"]), f"{found['read'] / 1e6:,.1f} MB", *memory))
    head = ("fresh process", "opening and first answer", "cold answer", "read from disk", "memory", "with mapped files")
    print(table(head, rows), end="\n\n", flush=True)
    return most


def slope(sizes: list[Measured]) -> None:
    """How answers grow with the number of samples."""
    rows = []
    for one in sizes:
        answers = (span(took) for took in (one.profile, one.partners, one.search))
        built = (span(one.build), f"{1e4 * one.build / one.samples:.1f} s")
        rows.append((f"{one.samples:,}", *built, *answers, f"{one.memory / 1e6:,.0f} MB"))
    last = sizes[-1]
    rows.append((f"{REAL:,}, extrapolated", span(last.build * REAL / last.samples), *[""] * 5))
    print("## By number of samples\n")
    print(table(("samples", "index", "per 10,000", "profile", "co-expression", "search", "memory"), rows))
    print("\nExtrapolated linearly from the largest file; not measured.")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--samples", type=int, nargs="+", default=[5_000, 20_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--genes", type=int, default=ROWS)
    chosen = parser.parse_args()
    cache().mkdir(parents=True, exist_ok=True)
    archs4py = archs4py_peer.started(cache() / "archs4py")
    sizes = []
    for samples in sorted(chosen.samples):
        path = made(samples, chosen.genes)
        sizes.append(one_size(path, samples, chosen.repeats, archs4py))
    slope(sizes)
    if archs4py is not None:
        archs4py.close()


if __name__ == "__main__":
    main()
