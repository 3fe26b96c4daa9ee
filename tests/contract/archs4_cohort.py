"""A small simulated ARCHS4 file, written once a session, and settings under which it is found."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from backend import api, demo, settings
from backend import sources as registry
from backend.settings import Settings

NAME = "human_gene_test"
KEY = f"archs4-{NAME}"
SAMPLES, GENES = 300, 2_000


def written(folder: Path, seed: int = 1, name: str = NAME) -> Path:
    path = folder / f"{name}.h5"
    demo.write(path, SAMPLES, seed, genes=GENES)
    return path


@contextmanager
def found(folder: Path, **more: object) -> Iterator[None]:
    """The files of this folder are the local files, noticed at once."""
    chosen = Settings(data=(folder,), home=folder, cache=folder / "cache", **{"demo": False, **more})
    with settings.use(chosen):
        registry.files(now=True)
        yield


def indexed(key: str = KEY) -> None:
    """Build the index as the dashboard does, and wait for it."""
    seen = api.start_index(key)
    while seen.state in ("waiting", "running"):
        time.sleep(0.02)
        seen = api.index_progress(key)
    assert seen.state == "done", seen


def copied(source: Path, folder: Path) -> Path:
    """A file with its index in another folder, as if both had been moved."""
    path = Path(shutil.copy2(source, folder))
    shutil.copytree(source.with_name(f"{source.name}.index"), folder / f"{source.name}.index")
    return path


class Raw:
    """The file read with h5py and numpy alone."""

    def __init__(self, path: Path) -> None:
        with h5py.File(path) as file:
            self.counts = file["data/expression"][:]
            self.symbols = [text.decode() for text in file["meta/genes/symbol"][:]]
            self.ensembl = [text.decode() for text in file["meta/genes/ensembl_gene"][:]]
            self.samples = [text.decode() for text in file["meta/samples/geo_accession"][:]]
            single = file["meta/samples/singlecellprobability"][:]
        self.bulk = ~(single > 0.5)
        self.sizes = self.counts.sum(axis=0, dtype=np.int64)

    def values(self, symbol: str) -> np.ndarray:
        """log2(1+CPM) of a gene in all samples, NaN without reads."""
        row = self.counts[self.symbols.index(symbol)].astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.log2(1 + row / self.sizes * 1e6)
