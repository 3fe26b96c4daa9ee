"""Local ARCHS4 HDF5 files, each a source of its own (backend/archs4 reads them, backend/atlas indexes them)."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from backend import genes as naming
from backend.atlas import place
from backend.atlas.samples import SampleTable
from backend.errors import NotConfigured, NotFound
from backend.genes import Resolution, Status
from backend.model import Answer, GeneInfo, Species
from backend.sources.archs4_export import Export
from backend.sources.archs4_files import Found
from backend.sources.archs4_own import OwnSamples
from backend.sources.archs4_partners import Partners
from backend.sources.archs4_profiles import Profiles
from backend.sources.archs4_samples import Samples
from backend.sources.archs4_source import BUILD, FileSource
from backend.sources.base import GeneList, GeneLookup, Resolving

MOST_OFFERED = 25_000
CODING = "protein_coding"


class Genes(FileSource, GeneLookup, GeneList, Resolving):
    """The genes of a file by any of their names."""

    def gene(self, symbol: str, species: Species) -> Answer[GeneInfo]:
        """The gene (or transcript) of a row. Raises NotFound with suggestions."""
        info, note = self._info(self.row(symbol, species), symbol, species)
        return Answer(info, self.provenance(species, notes=(note,) if note else ()))

    def genes(self, species: Species) -> tuple[str, ...]:
        """Labels for pickers, in alphabetical order: of all rows, or of the protein-coding ones where there are many.

        Any other gene is found by typing its name; a picker of 67,000 names keeps a browser busy for seconds.
        """
        self.check_species(species)
        table = self.table
        if len(table) <= MOST_OFFERED or CODING not in table.biotype:
            return _sorted(table.labels)
        return _sorted(tuple(name for name, kind in zip(table.labels, table.biotype, strict=True) if kind == CODING))

    def resolve(self, name: str, species: Species, near: int) -> Resolution:
        """What a name stands for in the file; the name tables say how it was meant."""
        self.check_species(species)
        try:
            row = self.table.row(name)
        except NotFound as error:
            found = naming.resolve(name, species, near)
            status: Status = "ambiguous" if found.status == "ambiguous" else "absent"
            note = found.note if found.gene is None else f"{found.gene.symbol} is not in the file"
            return Resolution(name, status, None, note, error.suggestions[:near])
        info, _ = self._info(row, name, species)
        found = naming.resolve(name, species, 0)
        if found.gene is not None and found.gene.ensembl == info.ensembl:
            return replace(found, gene=info)
        return Resolution(name, "current", info)

    def _info(self, row: int, typed: str, species: Species) -> tuple[GeneInfo, str]:
        """What the name tables know of a row, under the file's own label and id."""
        table = self.table
        label, ensembl = table.labels[row], table.ensembl[row]
        known = naming.resolve(ensembl or label, species, 0).gene if self.layout.kind != "transcript" else None
        if known is None:
            info = GeneInfo(label, "", species, ensembl, "", "", (), (), table.biotype[row], (), typed, "file")
        else:
            meant = naming.resolve(typed, species, 0)
            matched = meant.gene.matched if meant.gene and meant.gene.ensembl == known.ensembl else "name in the file"
            info = replace(known, symbol=label, ensembl=ensembl or known.ensembl, typed=typed, matched=matched)
        same = label.casefold() == typed.strip().casefold()
        return info, "" if same else f"“{typed.strip()}” is read as {label}."


class Archs4File(Genes, Profiles, Partners, OwnSamples, Export):
    """A file with counts of genes or transcripts."""


class Archs4Metadata(Samples):
    """A file that describes samples and holds no counts; its index is the sample table alone."""

    def samples(self) -> SampleTable:
        """The sample table. Raises NotConfigured when there is none of this very file."""
        state = place.state(self.path)
        if state.kind != "ready":
            raise NotConfigured(f"{self.path.name} has no index.", BUILD)
        return _table(state.folder, self.stamp())


@lru_cache(maxsize=4)
def _sorted(labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(labels, key=str.casefold))


@lru_cache(maxsize=4)
def _table(folder: Path, _stamp: str) -> SampleTable:
    return SampleTable(folder)


def source(found: Found) -> FileSource:
    """A file as what it can be asked for."""
    if found.layout is not None and found.layout.kind == "metadata":
        return Archs4Metadata(found)
    return Archs4File(found)
