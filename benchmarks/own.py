"""A lab's own study of real size, simulated: how fast it comes in, in how much memory, and how fast it then answers.

    python benchmarks/own.py [--genes 20000] [--samples 1000] [--repeats 15]

Imports study, samples and GCT in a process of its own, beside pandas reading the same table, then asks the own study
and the bundled atlas the same questions in turns: ratios count, seconds depend on the machine. Asserts nothing. The
files are kept in EXPRONAUT_BENCH, ~/.cache/expronaut/benchmarks when that is not set: 120 MB; the study goes again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
STUDIES = tempfile.TemporaryDirectory(prefix="expronaut-bench-")
os.environ |= {"EXPRONAUT_STUDIES": STUDIES.name, "EXPRONAUT_OFFLINE": "1"}  # settings are read with the imports

import numpy as np  # noqa: E402
import streamlit as st  # noqa: E402
from atlas import cache  # noqa: E402
from measure import seconds  # noqa: E402
from results import HEAD, Result, span, table, told  # noqa: E402

from backend import sources  # noqa: E402
from backend.sources import own_shelf  # noqa: E402
from backend.sources.hpa import HumanProteinAtlas  # noqa: E402
from backend.sources.hpa_atlas import atlas  # noqa: E402
from backend.sources.own import OwnMatrix  # noqa: E402
from pages import opened  # noqa: E402

CHILD = str(Path(__file__).with_name("own_child.py"))
TISSUES = ("liver", "brain", "kidney", "lung", "heart", "skin", "testis", "blood", "spleen", "colon")
ZEROS, SEED = 0.3, 7
MOST_MEMORY = 1.0  # GB, of the whole import
AS_FAST = 1.25
PAGES: tuple[tuple[str, dict[str, object]], ...] = (
    ("gene", {"gene": ["ALB"]}),
    ("heatmap", {}),
    ("coexpression", {"seed": ["CD3E"]}),
    ("samples", {"q": "liver"}),
)


def made(genes: int, samples: int) -> Path:
    """The folder of the study, made when it is missing: genes of the atlas with values of a gamma distribution."""
    folder = cache() / f"own_{genes}x{samples}"
    if (folder / "study.tsv").is_file():
        return folder
    print(f"Making {folder} ...", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"S{number:05d}" for number in range(samples)]
    _write_numbers(folder / "expression.gct", [*atlas().ensembl[:genes], *_more(genes)], names)
    rows = [f"Simulated\t{name}\t{TISSUES[n % len(TISSUES)]}\t{20 + n % 60}" for n, name in enumerate(names)]
    (folder / "samples.tsv").write_text("\n".join(["Sample Source\tSample Source ID\tTissue\tAge", *rows]) + "\n")
    (folder / "expression.gct.tsv").write_text("Normalization Method\tGenome Version\nTPM\tGRCh38\n")
    (folder / "study.tsv").write_text("Study Title\tStudy Source\nSIMULATED DATA for timing\tSimulated\n")
    return folder


def _more(genes: int) -> list[str]:
    return [f"SIM{number:05d}" for number in range(max(0, genes - len(atlas().ensembl)))]


def _write_numbers(path: Path, ids: list[str], names: list[str]) -> None:
    random = np.random.default_rng(SEED)
    with path.with_suffix(".part").open("w") as file:
        file.write(f"#1.2\n{len(ids)}\t{len(names)}\nName\tDescription\t" + "\t".join(names) + "\n")
        for one in ids:
            row = random.gamma(0.6, 30, len(names)) * (random.random(len(names)) > ZEROS)
            file.write(f"{one}\tNA\t" + "\t".join(f"{value:.5g}" for value in row.tolist()) + "\n")
    path.with_suffix(".part").replace(path)


def child(what: str, folder: Path) -> dict[str, Any]:
    """What a fresh process measured."""
    command = [sys.executable, CHILD, what, str(folder)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode:
        raise SystemExit(said.stderr[-2_000:])
    found: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    return found


def imported(folder: Path) -> None:
    """The table of the import."""
    size = (folder / "expression.gct").stat().st_size / 1e6
    rows = []
    found = {what: child(what, folder) for what in ("idle", "pandas", "check", "import")}
    names = {
        "idle": "a process that does nothing",
        "pandas": "pandas.read_csv of the GCT, whole",
        "check": "check alone (preflight)",
        "import": "import: check, read, store, index",
    }
    for what, name in names.items():
        took, memory = found[what]["seconds"], found[what]["anonymous"] / 1e9
        speed = "" if what == "idle" else f"{size / took:,.0f} MB/s"
        aim = told(("≤", MOST_MEMORY), memory) if what == "import" else ""
        rows.append((name, span(took) if speed else "", speed, f"{memory:.2f} GB", aim))
    print(table((f"GCT of {size:,.0f} MB", "takes", "speed", "memory", "aim, GB"), rows))
    stored = sum(path.stat().st_size for path in Path(STUDIES.name).rglob("*") if path.is_file()) / 1e6
    print(f"\nimport / pandas: {found['import']['seconds'] / found['pandas']['seconds']:.1f} of the time; ", end="")
    print(f"stored: {stored:,.0f} MB with index and the file as it came\n", flush=True)


def questions(name: str) -> dict[str, Callable[[int], object]]:
    """What a user asks a source, number by number about other genes, as the counter asks it when it has no answer."""
    source, labels = sources.get(name), atlas().labels
    words = ("liver", "brain", "kidney", "lung", "skin", "testis", "blood", "heart")
    assert isinstance(source, HumanProteinAtlas | OwnMatrix)
    return {
        "profile of a gene": lambda i: source.tissue_profile(labels[997 * i % 15_000], "human"),
        "heatmap of 50 genes": lambda i: source.tissue_profiles(
            [labels[(997 * i + 301 * n) % 15_000] for n in range(50)], "human"
        ),
        "co-expression partners": lambda i: source.coexpressed(labels[997 * i % 15_000], "human", 100, None),
        "sample search": lambda i: source.search_samples(words[i % len(words)], "human", 0, 50),
    }


def compared(own: str, repeats: int) -> None:
    """The table of answers: turns of each source."""
    ours, theirs = questions(own), questions("hpa")
    rows = []
    for question, ask in ours.items():
        took: tuple[list[float], list[float]] = ([], [])
        for i in range(repeats + 1):
            for side, run in enumerate((ask, theirs[question])):
                took[side].append(seconds(partial(run, i)))
        found = Result(question, took[0][1:], "bundled atlas", took[1][1:], ("≤", AS_FAST))
        rows.append(found.cells()[:-1])
    print(table(("source alone", *HEAD[1:-1]), rows), end="\n\n", flush=True)


def compared_pages(own: str, repeats: int) -> None:
    """The table of whole pages, nothing kept from before, as a user waits for them on the server's side."""
    results = []
    for page, params in PAGES:
        took: dict[str, list[float]] = {own: [], "hpa": []}
        for _ in range(repeats + 1):
            for name, times in took.items():
                st.cache_data.clear()
                at = opened(page, {**params, "source": name})
                times.append(seconds(at.run))
                if at.exception:
                    raise SystemExit(f"{page} of {name}: {at.exception[0].message}")
        results.append(Result(page, took[own][1:], "bundled atlas", took["hpa"][1:], ("≤", AS_FAST)))
    print(table(("page", *HEAD[1:]), [result.cells() for result in results]))
    print(f"\nThe first of each, with what is read once, is left out. Ratio: own by atlas; up to {AS_FAST} is as fast.")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--samples", type=int, default=1_000)
    parser.add_argument("--repeats", type=int, default=15)
    chosen = parser.parse_args()
    folder = made(chosen.genes, chosen.samples)
    print(f"\n## {chosen.genes:,} genes x {chosen.samples:,} samples, simulated\n", flush=True)
    with STUDIES:
        imported(folder)
        own = own_shelf.active()[0]
        compared(own, chosen.repeats)
        compared_pages(own, max(1, chosen.repeats // 3))


if __name__ == "__main__":
    main()
