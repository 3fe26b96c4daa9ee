"""Simulated files, written once a session and only read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from backend import demo
from backend.archs4 import layout, samples, tissues
from backend.archs4.layout import Layout


@dataclass(frozen=True)
class Cohort:
    """counts: (genes, samples) as h5py reads them; table: samples.read; labels: Tissues.labels of it."""

    path: Path
    layout: Layout
    counts: np.ndarray
    ensembl: list[str]
    table: pd.DataFrame
    labels: pd.DataFrame

    @property
    def single(self) -> np.ndarray:
        return self.table["single_cell"].to_numpy() > 0.5

    @property
    def sizes(self) -> np.ndarray:
        return self.counts.sum(axis=0, dtype=np.int64)


def _read(path: Path) -> Cohort:
    found = layout.detect(path)
    with h5py.File(path) as file:
        counts = file["data/expression"][:]
        ensembl = list(file["meta/genes/ensembl_gene"].asstr()[:])
    table = samples.read(found)
    return Cohort(path, found, counts, ensembl, table, tissues.Tissues().labels(table))


@pytest.fixture(scope="session")
def cohort(tmp_path_factory) -> Cohort:
    """180 samples of all genes."""
    path = tmp_path_factory.mktemp("demo") / "cohort.h5"
    demo.write(path, samples=180)
    return _read(path)


@pytest.fixture(scope="session")
def many(tmp_path_factory) -> Cohort:
    """All samples of the demo cohort, few genes: for what concerns samples."""
    path = tmp_path_factory.mktemp("demo") / "many.h5"
    demo.write(path, genes=60)
    return _read(path)
