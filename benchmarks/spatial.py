"""One gene of a large spatial file, simulated: read alone, from the copy sorted by gene, and with the whole matrix.

    python benchmarks/spatial.py [--spots 200000] [--genes 20000] [--stored 100] [--repeats 3]

Each way runs in a process of its own, cold (the file is not in the page cache) and warm, in turns; ratios count,
seconds depend on the machine. Values are compared first. Asserts nothing else. The files are kept in EXPRONAUT_BENCH,
~/.cache/expronaut/benchmarks when that is not set: 0.8 GB each for CSR and CSC with 100 million stored values, 0.5 GB
for the copy.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import h5py
import numpy as np
from atlas import cache
from measure import size
from results import span, table
from scipy import sparse

from backend import section_files
from backend.section.store import SectionStore, build

CHILD = str(Path(__file__).with_name("spatial_child.py"))
SEED, ROWS = 5, 2_000
ASKED = 4  # genes: the first one cold, then warm
GROUPS = ("Cortex", "Hippocampus", "Thalamus", "Fibre tract")
Found = dict[str, list[dict[str, float]]]


def made(spots: int, genes: int, stored: int) -> dict[str, Path]:
    """The same section as CSR and as CSC, made when they are missing. stored: millions of values, about."""
    folder = cache() / f"section_{spots}x{genes}_{stored}M_simulated"
    paths = {form: folder / f"{form}.h5ad" for form in ("csr", "csc")}
    if all(path.is_file() for path in paths.values()):
        return paths
    print(f"Making {folder} ...", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    matrix = _simulated(spots, genes, stored * 1_000_000)
    for form, path in paths.items():
        part = path.with_suffix(".part")
        with h5py.File(part, "w") as file:
            _write(file, matrix if form == "csr" else matrix.tocsc(), form)
        part.replace(path)
    return paths


def _simulated(spots: int, genes: int, stored: int) -> sparse.csr_matrix:
    """Counts; genes differ in how many spots have them."""
    random = np.random.default_rng(SEED)
    share = random.lognormal(0.0, 1.5, genes)
    for _ in range(20):  # shares stay below 1, and their sum is what is asked for
        share = np.minimum(share * (stored / spots / share.sum()), 0.95)
    blocks = []
    for start in range(0, spots, ROWS):
        found = random.random((min(ROWS, spots - start), genes), dtype=np.float32) < share.astype(np.float32)
        row, gene = np.nonzero(found)
        counts = random.geometric(0.6, len(gene)).astype(np.float32)
        blocks.append(sparse.csr_matrix((counts, (row, gene.astype(np.int32))), shape=found.shape))
    return sparse.vstack(blocks, format="csr")


def _write(file: h5py.File, matrix: sparse.csr_matrix | sparse.csc_matrix, form: str) -> None:
    """As anndata writes it, without compression."""
    spots, genes = matrix.shape
    group = file.create_group("X")
    group.attrs.update({"encoding-type": f"{form}_matrix", "encoding-version": "0.1.0", "shape": matrix.shape})
    for name in ("data", "indices", "indptr"):
        group.create_dataset(name, data=getattr(matrix, name), maxshape=(None,))
    for name, one in (
        ("obs", [f"SPOT{n:07d}-1" for n in range(spots)]),
        ("var", [f"SIM{n:05d}" for n in range(genes)]),
    ):
        frame = file.create_group(name)
        frame.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index"})
        frame.create_dataset("_index", data=one, dtype=h5py.string_dtype())
    region = file.create_group("obs/region")
    region.attrs.update({"encoding-type": "categorical", "encoding-version": "0.2.0", "ordered": False})
    region.create_dataset("categories", data=list(GROUPS), dtype=h5py.string_dtype())
    region.create_dataset("codes", data=(np.arange(spots) * len(GROUPS) // spots).astype(np.int8))
    side = int(np.ceil(np.sqrt(spots)))
    file.create_dataset("obsm/spatial", data=np.column_stack([np.arange(spots) % side, np.arange(spots) // side]))


def child(way: str, path: Path, places: list[int]) -> dict[str, Any]:
    """What a fresh process measured."""
    said = subprocess.run(
        [sys.executable, CHILD, way, str(path), *map(str, places)], capture_output=True, text=True, check=False
    )
    if said.returncode:
        raise SystemExit(said.stderr[-2_000:])
    found: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    return found


def compare(paths: dict[str, Path], copy: Path, places: list[int]) -> None:
    """Ends the program when any way gives other values."""
    store, known = SectionStore(copy), {form: section_files.outline(path) for form, path in paths.items()}
    with h5py.File(paths["csc"]) as file:
        for place in places:
            start, end = file["X/indptr"][place : place + 2]
            due = np.zeros(known["csc"].shape[1])
            due[file["X/indices"][start:end]] = file["X/data"][start:end]
            ways = [section_files.gene(paths[form], known[form], place) for form in paths] + [store.rows([place])[0]]
            if not all(np.array_equal(found, due) for found in ways):
                raise SystemExit(f"Values of gene {place} differ.")


def measured(paths: dict[str, Path], copy: Path, places: list[int], repeats: int) -> Found:
    """Every way in turns."""
    asked = {"idle": ("idle", copy), "whole csr": ("whole", paths["csr"]), "whole csc": ("whole", paths["csc"])}
    asked |= {"direct csr": ("direct", paths["csr"]), "direct csc": ("direct", paths["csc"])}
    asked |= {"copy": ("copy", copy), "outline": ("outline", paths["csr"])}
    found: Found = {name: [] for name in asked}
    for _ in range(repeats):
        for name, (way, path) in asked.items():
            found[name].append(child(way, path, places))
    for form, path in paths.items():
        found[f"build {form}"] = [child("build", path, places[:1])]
    return found


def rows(found: Found) -> list[tuple[str, ...]]:
    """Of the table. Ratio: to reading the whole CSR, warm; memory beyond that of a process that does nothing."""

    def middle(name: str, what: str) -> float:
        return median(one[what] for one in found[name])

    titles = {
        "whole csr": "h5py + scipy: the whole matrix, CSR",
        "whole csc": "h5py + scipy: the whole matrix, CSC",
        "direct csr": "one gene from the file, CSR (indices scanned)",
        "direct csc": "one gene from the file, CSC (a slice)",
        "copy": "one gene from the copy sorted by gene",
        "outline": "names, groups and positions",
        "build csr": "making the copy of the CSR",
        "build csc": "making the copy of the CSC",
    }
    lines = []
    for name, title in titles.items():
        memory = (middle(name, "anonymous") - middle("idle", "anonymous")) / 1e6
        ratio = middle("whole csr", "warm") / middle(name, "warm")
        read = f"{middle(name, 'read') / 1e6:,.1f} MB"
        lines.append(
            (title, span(middle(name, "cold")), span(middle(name, "warm")), f"{ratio:,.3g}", f"{memory:,.0f} MB", read)
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--spots", type=int, default=200_000)
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--stored", type=int, default=100, help="millions of values that are not 0, about")
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()
    paths = made(chosen.spots, chosen.genes, chosen.stored)
    copy = build(paths["csr"], target=paths["csr"].with_suffix(".copy.h5"))
    places = np.random.default_rng(SEED).choice(chosen.genes, ASKED, replace=False).tolist()
    compare(paths, copy, places)
    with h5py.File(paths["csr"]) as file:
        stored = file["X/data"].size
    print(f"\n## {chosen.spots:,} spots x {chosen.genes:,} genes, {stored:,} stored values, simulated\n", flush=True)
    head = ("way", "cold", "warm", "ratio, warm", "memory", "read, cold")
    print(table(head, rows(measured(paths, copy, places, chosen.repeats))))
    told = ", ".join(f"{name} {size(path) / 1e6:,.0f} MB" for name, path in {**paths, "copy": copy}.items())
    print(f"\n{told}. Ratio: the whole CSR by this way. Memory: beyond an idle process, without mapped files.")


if __name__ == "__main__":
    main()
