"""A complete index, opened: what its parts are, and which samples a pool holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.archs4 import genes, layout
from backend.archs4.genes import GeneTable
from backend.archs4.layout import Layout
from backend.archs4.opening import identity
from backend.atlas import chunks, neighbours, place
from backend.atlas.samples import SampleTable
from backend.atlas.statistics import Statistics
from backend.atlas.store import Store
from backend.errors import NotConfigured, NotFound
from backend.model import POOLS, Pool

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Index:
    """The index of one file. libraries: reads of each sample, (samples,)."""

    folder: Path
    layout: Layout
    manifest: dict[str, Any]
    genes: GeneTable
    samples: SampleTable
    statistics: Statistics
    libraries: npt.NDArray[np.int64]

    @classmethod
    def of(cls, path: Path) -> Index:
        """The index of a file. Raises NotConfigured when it is missing or was built for another file."""
        found = place.state(path)
        if found.kind not in ("ready", "building") or not (found.folder / place.MANIFEST).is_file():
            words = found.note or f"{path.name} has no index yet."
            raise NotConfigured(words, "Build it on the Datasets page, or with `python -m backend index FILE`.")
        source, folder = layout.detect(path), found.folder
        manifest = place.manifest(folder)
        if manifest["file"] != place.key(source.identity):
            raise NotConfigured(f"{path.name} was replaced since its index was built.", "Build the index again.")
        return cls(
            folder=folder,
            layout=source,
            manifest=manifest,
            genes=genes.read(source),
            samples=SampleTable(folder),
            statistics=Statistics.of(folder),
            libraries=np.asarray(chunks.mapped(folder / "library_sizes.npy")),
        )

    @property
    def engine(self) -> str:
        """How the counts were and are read, in words."""
        return str(self.manifest["built_with"])

    @cached_property
    def store(self) -> Store | None:
        """The gene-major store, None in a small index."""
        starts = tuple(int(start) for start in self.manifest["starts"])
        return None if self.manifest["small"] else Store(self.folder, starts)

    @cached_property
    def pieces(self) -> chunks.Chunks | None:
        """The chunk index of the file, None where HDF5 has to read it."""
        if not chunks.exists(self.folder) or chunks.why_slow(self.layout):
            return None
        with self.layout.opened() as file:
            return chunks.load(self.folder, int(file[layout.EXPRESSION].chunks[0]))

    @cached_property
    def candidates(self) -> tuple[npt.NDArray[np.uint8], Places] | None:
        """Codes (genes, drawn) of samples drawn at random, and their places; None where they were not kept."""
        found = neighbours.candidates(self.folder)
        places = self.folder / "candidate_places.npy"
        return None if found is None else (found, np.asarray(chunks.mapped(places)))

    @cached_property
    def usable(self) -> Mask:
        """Samples with at least one read, (samples,)."""
        return np.asarray(self.libraries > 0)

    def inside(self, pool: Pool) -> Mask:
        """The samples of a pool that have reads, (samples,)."""
        if pool == "both":
            return self.usable
        return np.asarray(self.usable & (self.samples.single == (pool == "single-cell")))

    def pool_number(self, pool: Pool) -> int:
        """Its place in the statistics."""
        return POOLS.index(pool)

    def pool_size(self, pool: Pool) -> int:
        """Samples with reads in a pool."""
        return int(self.statistics.n[self.pool_number(pool), -1])

    def reference(self, pool: Pool) -> str:
        """The population that z is against, in words."""
        return f"all {self.pool_size(pool):,} {self.called(pool)} (population SD)"

    @staticmethod
    def called(pool: Pool) -> str:
        """The samples of a pool, in words."""
        return "bulk and single-cell samples" if pool == "both" else f"{pool} samples"

    def tissue_code(self, tissue: str) -> int:
        """The code of a tissue label. Raises NotFound."""
        found = np.flatnonzero(np.asarray(self.samples.labels) == tissue)
        if not len(found):
            raise NotFound(f"{self.layout.path.name} has no tissue “{tissue[:40]}”.", "Choose one of the list.")
        return int(found[0])

    def label(self, row: int) -> str:
        """What a gene row is called."""
        return self.genes.labels[row]

    def needs_store(self, what: str) -> Store:
        """The store. Raises NotConfigured in a small index."""
        if self.store is None:
            hint = "Build the index again without --small."
            raise NotConfigured(f"{what} needs the gene-major store, which this small index leaves out.", hint)
        return self.store


def stamp(path: Path) -> str:
    """Changes whenever the file or its index does; for the keys of caches."""
    seen = identity(path)
    manifest = place.folder(path) / place.MANIFEST
    built = manifest.stat().st_mtime_ns if manifest.is_file() else 0
    return f"{seen.size}-{seen.mtime_ns}-{built}"


@lru_cache(maxsize=8)
def _opened(path: Path, _stamp: str) -> Index:
    return Index.of(path)


def opened(path: Path) -> Index:
    """The index of a file, opened once and again when the file or the index changes."""
    return _opened(path, stamp(path))


def as_places(places: Sequence[int] | npt.NDArray[np.integer]) -> Places:
    """Places as an array, for the readers."""
    return np.asarray(places, dtype=np.int64)
