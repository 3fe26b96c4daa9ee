"""Simulated counts. Nothing in them was measured but the mean of a gene in a tissue (Human Protein Atlas, nTPM).

The logarithm of a gene's expected share of a sample is the sum of: the atlas profile of its material (a draw of its
own for genes the atlas lacks); broad factors and small modules of genes, drawn for each sample, so that genes are
co-expressed within a tissue (which genes share a module is drawn too and means nothing); effects of the study on all
genes; noise. Counts are Poisson draws at the sample's library size. Single-cell-like samples have more noise and lose
genes at random, weak ones most. Gene length plays no part.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from backend.demo.genes import Genes
from backend.demo.kinds import KINDS, Kind
from backend.demo.studies import STUDY_EFFECTS, Sample
from backend.sources.hpa_atlas import atlas

FACTORS, MODULES = 32, 400  # broad groups of co-expressed genes, and small ones
STRONG, WEAK, STUDY = 0.3, 0.04, 0.12  # weight of a gene's own factor, of the others, of an effect of the study
TOGETHER, APART = 0.35, 0.15  # weight of a gene's module, and its SD among genes
FLOOR, SPREAD = 0.006, 1.4  # nTPM of a gene the atlas did not find in a tissue, and SD of its logarithm
UNMEASURED, WIDE = 0.006, 2.0  # the same for genes the atlas lacks
PADDING = 0.12  # and for rows that only fill a file: its zeros and bytes are then those of the real one
CHANGED = 0.15  # share of genes whose expression departs from the mix of tissues
NOISE_BULK, NOISE_SINGLE = 0.25, 0.8
HALF_SEEN = 25.0  # nTPM at which a single-cell-like sample sees a gene half the time

Floats = npt.NDArray[np.float32]
Counts = npt.NDArray[np.uint32]


class Expression:
    """What is expected of every gene in every kind of material, and draws from it."""

    def __init__(self, genes: Genes, seed: int) -> None:
        self._seed = seed
        random = _generator(seed, "genes")
        self._profiles = _profiles(genes, random)
        self._loadings = _loadings(len(genes), random)
        self._module = random.integers(0, MODULES, len(genes))
        self._belongs = random.normal(TOGETHER, APART, len(genes)).astype(np.float32)

    def draw(self, first: int, samples: Sequence[Sample]) -> Counts:
        """Counts (samples, genes). first: place of the first of them in the file, which seeds the draw."""
        random = _generator(self._seed, "counts", first)
        single = np.array([sample.single for sample in samples])
        factors = random.standard_normal((len(samples), FACTORS), dtype=np.float32)
        scores = np.hstack([factors, np.array([sample.study.effects for sample in samples], dtype=np.float32)])
        level = scores @ self._loadings
        level += self._profiles[[sample.kind for sample in samples]]
        modules = random.standard_normal((len(samples), MODULES), dtype=np.float32)
        level += modules[:, self._module] * self._belongs
        noise = random.standard_normal(level.shape, dtype=np.float32)
        noise *= np.where(single, NOISE_SINGLE, NOISE_BULK).astype(np.float32)[:, None]
        level += noise
        np.exp(level, out=level)
        for row in np.flatnonzero(single):
            seen = level[row] / (level[row] + np.float32(HALF_SEEN))
            level[row] *= random.random(len(seen), dtype=np.float32) < seen
        sizes = np.array([sample.library for sample in samples], dtype=np.float32)
        level *= (sizes / level.sum(axis=1))[:, None]
        return random.poisson(level).astype(np.uint32)


def _generator(seed: int, purpose: str, *place: int) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64([seed, *purpose.encode(), *place]))


def _profiles(genes: Genes, random: np.random.Generator) -> Floats:
    """Natural logarithm of the expected nTPM, (kinds, genes)."""
    measured = genes.atlas >= 0
    known = np.nan_to_num(np.exp2(atlas().log_tissue[genes.atlas[measured]]) - 1).astype(np.float32)
    place = {key: at for at, key in enumerate(atlas().tissues["key"])}
    usual = np.where(np.array(genes.biotypes) == "simulated", PADDING, UNMEASURED)
    own = random.normal(np.log(usual), WIDE).astype(np.float32)
    own[measured] = random.normal(np.log(FLOOR), SPREAD, int(measured.sum()))
    profiles: Floats = np.empty((len(KINDS), len(genes)), dtype=np.float32)
    for row, kind in enumerate(KINDS):
        mixed = np.zeros(len(genes), dtype=np.float32)
        for key, share in kind.mix.items():
            mixed[measured] += np.float32(share) * known[:, place[key]]
        profiles[row] = np.log(mixed + np.exp(own)) + _departure(kind, measured, random)
    return profiles


def _departure(kind: Kind, measured: npt.NDArray[np.bool_], random: np.random.Generator) -> Floats:
    """How far a kind of material departs from its mix; genes the atlas lacks differ between all kinds."""
    spread = np.where(measured, kind.own, max(kind.own, 0.7))
    changed = random.random(len(measured)) < CHANGED
    departure: Floats = (random.standard_normal(len(measured)) * spread * changed).astype(np.float32)
    return departure


def _loadings(n_genes: int, random: np.random.Generator) -> Floats:
    """Weights (factors and effects of a study, genes)."""
    loadings = random.standard_normal((FACTORS + STUDY_EFFECTS, n_genes), dtype=np.float32)
    loadings[:FACTORS] *= WEAK
    loadings[FACTORS:] *= STUDY
    group = random.integers(0, FACTORS, n_genes)
    loadings[group, np.arange(n_genes)] = np.abs(random.normal(STRONG, APART, n_genes))
    return loadings
