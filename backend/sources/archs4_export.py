"""The counts of a search result as a file of their own: streamed a few thousand genes at a time, written aside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backend import counts_file
from backend.archs4 import counts as archs4_counts
from backend.archs4.genes import DUPLICATES
from backend.aside import aside
from backend.counts_file import PIECE, Blocks, Counts
from backend.errors import BadInput, NotConfigured, NotFound, TooLarge
from backend.model import Answer, Species
from backend.sources.archs4_samples import Values
from backend.sources.archs4_source import Places
from backend.sources.base import MOST_EXPORTED, CountExport, Form, Progress

MOST_SAMPLES = MOST_EXPORTED
CELLS = 8_000_000  # genes x samples in memory at once


class Export(Values, CountExport):
    """Counts of all genes in the samples of a search."""

    def export_counts(
        self, query: str, species: Species, target: Path, form: Form, on_progress: Progress | None
    ) -> Answer[str]:
        """Genes x samples to `target`; on_progress(genes done, of) may raise to cancel, and nothing stays behind.

        Raises NotFound without a hit, TooLarge over MOST_SAMPLES, Unavailable when the disk is full.
        """
        self.check_species(species)
        if form not in MOST_SAMPLES:
            raise BadInput(f"“{str(form)[:20]}” is not a form of export.", "Choose tsv or hdf5.")
        places = self._checked(query, form)
        told = self.provenance(
            species,
            unit=f"counts ({self.counted} as the file holds them)",
            n=len(places),
            notes=(f"Samples that match “{query}”.", DUPLICATES),
        )
        with aside(target, folder=False) as part:
            counts_file.WRITERS[form](part, self.sample_rows(places), self._blocks(places, on_progress), told)
        return Answer(target.name, told)

    def _checked(self, query: str, form: Form) -> Places:
        if self.layout.kind == "metadata":
            raise NotConfigured(f"{self.path.name} holds no counts.", "Choose a gene file of ARCHS4.")
        places = self.places_of_hits(query)
        if not len(places):
            raise NotFound(f"No sample of {self.title} matches “{query[:60]}”.", "Search for other words.")
        if len(places) > MOST_SAMPLES[form]:
            what = f"{len(places):,} samples; the cap is {MOST_SAMPLES[form]:,} as {form.upper()}."
            larger = f" or choose HDF5 (up to {MOST_SAMPLES['hdf5']:,})" if form == "tsv" else ""
            raise TooLarge(what, f"Narrow the search{larger}.")
        return places

    def _blocks(self, places: Places, on_progress: Progress | None) -> Blocks:
        """Genes and their counts (genes, samples), a run of genes after the other."""
        names = list(zip(self.table.frame["gene"], self.table.frame["ensembl"], strict=True))
        size = max(1, CELLS // len(places))
        size = size // PIECE * PIECE or size
        read = self._reader()
        total = self.layout.n_genes
        for start in range(0, total, size):
            rows = np.arange(start, min(start + size, total))
            yield names[start : start + size], read(rows, places)
            if on_progress:
                on_progress(int(rows[-1]) + 1, total)

    def _reader(self) -> Callable[[npt.NDArray[np.intp], Places], Counts]:
        if self.is_indexed():
            return self.atlas().counts
        return lambda rows, places: archs4_counts.counts(self.layout, rows, places)
