"""The counts of a search result as a file of their own: streamed a few thousand genes at a time, written aside."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.archs4 import counts as archs4_counts
from backend.archs4.genes import DUPLICATES
from backend.errors import BadInput, NotConfigured, NotFound, TooLarge, Unavailable
from backend.model import Answer, Provenance, Species
from backend.sources.archs4_files import SIMULATED
from backend.sources.archs4_samples import Values
from backend.sources.archs4_source import Places
from backend.sources.base import MOST_EXPORTED, CountExport, Form, Progress

MOST_SAMPLES = MOST_EXPORTED
CELLS = 8_000_000  # genes x samples in memory at once
PIECE = 2_000  # genes; how the files of ARCHS4 are cut

Counts = npt.NDArray[np.uint32]
Blocks = Iterator[tuple[int, Counts]]


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
        write = {"tsv": _write_tsv, "hdf5": _write_hdf5}[form]
        with _aside(target) as part:
            write(part, self.table.frame, self.sample_rows(places), self._blocks(places, on_progress), told)
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
        """First row and counts (genes, samples) of a run of genes after the other."""
        size = max(1, CELLS // len(places))
        size = size // PIECE * PIECE or size
        read = self._reader()
        total = self.layout.n_genes
        for start in range(0, total, size):
            rows = np.arange(start, min(start + size, total))
            yield start, read(rows, places)
            if on_progress:
                on_progress(int(rows[-1]) + 1, total)

    def _reader(self) -> Callable[[npt.NDArray[np.intp], Places], Counts]:
        if self.is_indexed():
            return self.atlas().counts
        return lambda rows, places: archs4_counts.counts(self.layout, rows, places)


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """A path beside `target` that becomes it when the block ends well, and goes away when it does not."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(target)
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise Unavailable(f"{target.name} could not be written: {what}.", "Make room, then try again.") from error
    finally:
        part.unlink(missing_ok=True)


def _header(told: Provenance, samples: pd.DataFrame) -> list[str]:
    """What stands above the numbers, one line each."""
    series = dict.fromkeys(one for joined in samples["all_series"] for one in str(joined).split(", ") if one)
    lines = [
        "SIMULATED DATA" if told.kind == "simulated" else "",
        f"source: {told.title} {told.version} ({told.kind})",
        f"species: {told.species}",
        f"unit: {told.unit}",
        f"samples: {len(samples)}",
        f"licence: {told.licence}",
        *(f"cite: {citation}" for citation in told.citations),
        f"series: {', '.join(series)}" if series else "",
        *(f"note: {note}" for note in told.notes),
    ]
    return [" ".join(line.split()) for line in lines if line]


def _write_tsv(part: Path, genes: pd.DataFrame, samples: pd.DataFrame, blocks: Blocks, told: Provenance) -> None:
    """gene, ensembl, then a column a sample, under lines that begin with #."""
    names = list(zip(genes["gene"], genes["ensembl"], strict=True))
    with part.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"# {line}\n" for line in _header(told, samples))
        file.write("\t".join(["gene", "ensembl", *samples["sample"]]) + "\n")
        for start, block in blocks:
            for row, line in enumerate(block.tolist(), start=start):
                file.write("\t".join((*names[row], *map(str, line))) + "\n")


def _write_hdf5(part: Path, genes: pd.DataFrame, samples: pd.DataFrame, blocks: Blocks, told: Provenance) -> None:
    """The layout of ARCHS4 v2.5, so that its own tools read it; the header is the attribute `about`."""
    n_genes, n_samples = len(genes), len(samples)
    with h5py.File(part, "w") as file:
        file.attrs["about"] = _header(told, samples)
        file.attrs["simulated"] = told.kind == "simulated"
        _put(file, "meta/genes/symbol", genes["gene"])
        _put(file, "meta/genes/ensembl_gene", genes["ensembl"])
        fields = {"geo_accession": "sample", "series_id": "all_series", "title": "title"}
        fields |= {"source_name_ch1": "source", "characteristics_ch1": "characteristics"}
        for field, column in fields.items():
            _put(file, f"meta/samples/{field}", samples[column])
        file["meta/info/version"] = told.version
        if told.kind == "simulated":
            file[SIMULATED] = "SIMULATED DATA"
        data = file.create_dataset(
            "data/expression",
            (n_genes, n_samples),
            np.uint32,
            chunks=(min(PIECE, n_genes), 1),
            compression="gzip",
            compression_opts=4,
        )
        for start, block in blocks:
            data[start : start + len(block)] = block


def _put(file: h5py.File, name: str, values: Sequence[str] | pd.Series) -> None:
    file.create_dataset(name, data=[str(value) for value in values], dtype=h5py.string_dtype())
