"""How many of the true partners of a gene are found: against float64 r from the counts, by h5py and numpy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from measure import seconds

from backend.atlas import atlas, build, place
from backend.atlas.atlas import Atlas

GENES, TOP, AT_ONCE = 60, 100, 500
LOW, HIGH = (0.05, 0.5), (1.0, 16.0)  # mean log2(1+CPM) of a third of the genes, and of the others


@dataclass(frozen=True)
class Recall:
    """Of expressed and of weak genes: share of the true TOP positive partners that is found, and largest error of r."""

    how: str
    expressed: float
    weak: float
    error: float
    error_weak: float
    seconds: list[float]


def measured(path: Path) -> Iterator[Recall]:
    """With the whole store, and with candidates first, as files of over 65,536 samples are asked."""
    found = atlas.opened(path)
    genes, weak = _genes(found)
    truth = _truth(path, found, genes)
    yield _of("all samples, every gene", found, genes, weak, truth)
    twin = path.with_name(f"candidates-{path.name}")
    twin.unlink(missing_ok=True)
    os.link(path, twin)
    try:
        build.build(twin, scanned_whole=0)
        yield _of("candidates, then all samples", atlas.opened(twin), genes, weak, truth)
    finally:
        shutil.rmtree(place.folder(twin), ignore_errors=True)
        twin.unlink()


def _genes(found: Atlas) -> tuple[np.ndarray, np.ndarray]:
    """Rows of genes, and which of them are weakly expressed."""
    random, mean = np.random.default_rng(5), found.index.statistics.overall(0)
    few = [random.choice(np.flatnonzero((mean > low) & (mean < high)), n, replace=False)
           for (low, high), n in ((HIGH, 2 * GENES // 3), (LOW, GENES // 3))]  # fmt: skip
    return np.concatenate(few), np.repeat([False, True], [len(part) for part in few])


def _truth(path: Path, found: Atlas, genes: np.ndarray) -> np.ndarray:
    """r of these genes with all genes over the bulk samples with reads, (genes, all genes), float64."""
    inside = found.index.inside("bulk")
    n_genes = found.layout.n_genes
    total, square = np.zeros(n_genes), np.zeros(n_genes)
    cross = np.zeros((len(genes), n_genes))
    with h5py.File(path) as file:
        for start in range(0, len(inside), AT_ONCE):
            counts = file["data/expression"][:, start : start + AT_ONCE][:, inside[start : start + AT_ONCE]]
            values = np.log2(1 + counts * (1e6 / counts.sum(axis=0, dtype=np.int64)))
            total += values.sum(axis=1)
            square += (values**2).sum(axis=1)
            cross += values[genes] @ values.T
    n = inside.sum()
    covariance = cross / n - np.outer(total[genes], total) / n**2
    variance = np.maximum(square / n - (total / n) ** 2, 0)
    scale = np.sqrt(np.outer(variance[genes], variance))
    return np.divide(covariance, scale, out=np.full(cross.shape, np.nan), where=scale > 1e-9)


def _of(how: str, found: Atlas, genes: np.ndarray, weak: np.ndarray, truth: np.ndarray) -> Recall:
    times, recall, errors = [], [], []
    row = {label: at for at, label in enumerate(found.genes.labels)}
    for gene, r in zip(genes, truth, strict=True):
        tables: list = []
        times.append(seconds(lambda g=int(gene), t=tables: t.append(found.partners(g, "bulk", "pearson", TOP))))
        table = tables[0]
        places = np.array([row[name] for name in table["gene"]])
        errors.append(np.abs(r[places] - table["r"]).max())
        known = np.where(np.isnan(r), -2.0, r)
        known[gene] = -2.0
        true = np.argsort(-known)[:TOP]
        recall.append(len(np.intersect1d(places[table["r"] > 0], true)) / TOP)
    of = [np.array(values)[part] for part in (~weak, weak) for values in (recall, errors)]
    return Recall(how, of[0].mean(), of[2].mean(), of[1].max(), of[3].max(), times)
