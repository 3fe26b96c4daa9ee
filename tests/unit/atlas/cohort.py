"""A small file whose truth is known: tissues, studies, single cells, deep and empty libraries, genes with a story.

Everything a test compares with is computed here from the counts that were written, in float64 and without the app.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from tests.doubles import archs4_files

GENES, SAMPLES = 320, 260
WIDTH = 64  # samples of a block of the index, so that there are five
# what the source name says, what the rules must make of it, how many samples
TISSUES = (
    ("liver", "Liver", 70),
    ("kidney", "Kidney", 50),
    ("heart", "Heart", 45),
    ("spleen", "Spleen", 30),
    ("HeLa", "Cell line", 25),
    ("xyzzy", "Unlabelled", 25),
    ("thymus", "Thymus", 11),
    ("tonsil", "Tonsil", 4),
)
SILENT, ONLY_LIVER, TWIN_A, TWIN_B, CARRIED_A, CARRIED_B, TOGETHER_A, TOGETHER_B, AGAINST, FAINT = range(20, 30)
EMPTY, ONE_READ, HALF = 7, 90, 12  # places: no reads at all; a single read; single-cell probability of exactly 0.5
FACTORS = 8


@dataclass(frozen=True, eq=False)
class Truth:
    """What the file holds. counts, log: (genes, samples); log is log2(1+CPM), NaN in samples without reads."""

    path: Path
    counts: np.ndarray
    tissue: np.ndarray
    single: np.ndarray
    series: tuple[str, ...]  # the first one of each sample, "" for none
    every_series: tuple[tuple[str, ...], ...]
    symbols: tuple[str, ...]
    samples: tuple[str, ...]

    @cached_property
    def libraries(self) -> np.ndarray:
        return self.counts.sum(axis=0, dtype=np.int64)

    @cached_property
    def log(self) -> np.ndarray:
        sizes = np.where(self.libraries > 0, self.libraries, np.nan).astype(np.float64)
        return np.log2(1 + self.counts.astype(np.float64) / sizes * 1e6)

    def inside(self, pool: str = "both", tissue: str = "") -> np.ndarray:
        """Places of the samples with reads of a pool, and of a tissue when one is named."""
        chosen = self.libraries > 0
        if pool != "both":
            chosen &= self.single == (pool == "single-cell")
        if tissue:
            chosen &= self.tissue == tissue
        return np.flatnonzero(chosen)

    def n_series(self, places: np.ndarray) -> int:
        return len({name for place in places for name in self.every_series[place]})


def write(path: Path, layout: str = "v2.5", block: int = 1, seed: int = 5) -> Truth:
    """The file in one of the layouts; the same counts in each."""
    random = np.random.default_rng(seed)
    said, tissue = _tissues(random)
    counts = _counts(random, tissue)
    series = _series(random, tissue)
    single = random.random(SAMPLES)
    single[HALF] = 0.5
    single[3] = np.nan
    mark = "\t" if layout in ("v1", "v8") else ","
    fields = {
        "title": [f"rep {i} of {name}" for i, name in enumerate(said)],
        "source_name_ch1": list(said),
        "characteristics_ch1": [f"age: {i % 40} weeks" for i in range(SAMPLES)],
        "series_id": [mark.join(names) or "NA" for names in series],
    }
    made = archs4_files.write_counts(path, layout, counts, fields, single, block)
    is_single = np.zeros(SAMPLES, bool) if layout in ("v1", "v8") else single > 0.5
    firsts = tuple(names[0] if names else "" for names in series)
    names = tuple(made.symbols), tuple(made.samples["geo_accession"])
    return Truth(path, counts, tissue, is_single, firsts, tuple(series), *names)


def _tissues(random: np.random.Generator) -> tuple[list[str], np.ndarray]:
    drawn = random.permutation(np.repeat(np.arange(len(TISSUES)), [n for _, _, n in TISSUES]))
    return [TISSUES[i][0] for i in drawn], np.array([TISSUES[i][1] for i in drawn], dtype=object)


def _series(random: np.random.Generator, tissue: np.ndarray) -> list[tuple[str, ...]]:
    """Studies of very different sizes, some of several tissues; samples of two studies, and of none."""
    size = np.array([40, 20, 10, 5, 3, 2, 1, 1])
    names = [f"GSE{10 + k}" for k in random.choice(len(size), SAMPLES, p=size / size.sum())]
    found: list[tuple[str, ...]] = [(name, "GSE99") if i % 11 == 0 else (name,) for i, name in enumerate(names)]
    return [() if i % 17 == 4 else names for i, names in enumerate(found)]


def _counts(random: np.random.Generator, tissue: np.ndarray) -> np.ndarray:
    level = random.normal(2, 5, (GENES, 1))
    for name in dict.fromkeys(tissue):
        level = level + random.normal(0, 1.2, (GENES, 1)) * (tissue == name)
    factor = random.standard_normal((FACTORS, SAMPLES))
    level += random.uniform(0.4, 1.4, (GENES, 1)) * factor[np.arange(GENES) % FACTORS]
    level += random.normal(0, 0.6, (GENES, SAMPLES))
    shared = random.normal(0, 3, SAMPLES)
    for gene, sign in ((TOGETHER_A, 1), (TOGETHER_B, 1), (AGAINST, -1)):
        level[gene] = 7 + sign * shared + random.normal(0, 0.5, SAMPLES)
    for gene in (CARRIED_A, CARRIED_B):
        level[gene] = 4 + random.normal(0, 1.8, SAMPLES) + 10 * (tissue == "Heart")
    level[ONLY_LIVER] = np.where(tissue == "Liver", random.normal(9, 1, SAMPLES), -np.inf)
    level[SILENT] = level[FAINT] = -np.inf
    share = np.exp2(level)
    library = np.exp(random.normal(np.log(4e6), 1.3, SAMPLES)).clip(2e4, 7e7)
    counts = random.poisson(share / share.sum(axis=0) * library).astype(np.uint32)
    counts[TWIN_B] = counts[TWIN_A]
    counts[FAINT] = random.random(SAMPLES) < 0.5
    counts[:, EMPTY] = 0
    counts[:, ONE_READ] = 0
    counts[50, ONE_READ] = 1
    return counts
