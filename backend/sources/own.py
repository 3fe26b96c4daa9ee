"""Matrices of the lab's own studies (backend/own), each version a source of its own."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

from backend.errors import BadAnswer, ExpronautError
from backend.model import SPECIES, Provenance, Species
from backend.own import describing, joining, numbers, study
from backend.sources.own_shelf import Found
from backend.sources.study_source import StudySource
from backend.study.genes import species_of
from backend.study.store import Head


class OwnMatrix(StudySource):
    """One matrix, with the metadata of its samples as they are now."""

    homepage = "https://github.com/genestack/user-docs"  # the rules its files follow
    licence = "the lab's own data"
    kind = "real"

    def __init__(self, found: Found) -> None:
        entry = found.entry
        self.found = found
        super().__init__(numbers.store_of(found.study, entry).path, entry.grouping)
        self.name = found.key
        self.title, self.species, self.citation = found.key, SPECIES, f"own study {found.study.accession}"
        self.problem: ExpronautError | None = None
        try:
            self._describe()
        except ExpronautError as error:  # a damaged study is told, and can be removed
            self.problem = error

    def _describe(self) -> None:
        entry, own = self.found.entry, self.found.study
        on = f"{study.moment(entry.imported):%d %B %Y}"
        self.title = f"{own.title}: {describing.name(entry)}"
        self.version = describing.version(entry, on)
        self.held = f"own study {own.accession} of {on}"
        self.citation = f"{own.title}, own study {own.accession}, matrix {entry.accession}"
        self.species = (species_of(self.head.ids),)

    @property
    def head(self) -> Head:
        """Genes, unit, and the columns with the metadata of what they link to."""
        return self._joined

    @cached_property
    def _joined(self) -> Head:
        entry, own = self.found.entry, self.found.study
        head = self.store.head
        table = joining.samples(own, entry, list(head.samples[joining.SAMPLE]))
        if len(table) != len(head.samples):
            raise BadAnswer(f"The links of {entry.accession} are damaged.", "Import the matrix again.")
        notes = (*describing.notes(own, entry), *head.notes)
        return replace(head, samples=table, notes=notes, about={**head.about, "study": own.accession})

    def provenance(self, species: Species, **facts: Any) -> Provenance:
        """Without an address: it lies here alone."""
        return replace(super().provenance(species, **facts), url="")

    def configured(self) -> str | None:
        """What is wrong with its files."""
        return str(self.problem) if self.problem is not None else None

    def stamp(self) -> str:
        """The study, its metadata, and the file."""
        return self.found.stamp
