"""Matrices opened from GA4GH RNAget servers, each a source of its own (fetched by backend/rnaget)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from backend.errors import BadAnswer, ExpronautError
from backend.model import SPECIES, Provenance, Species
from backend.sources.rnaget_shelf import Opened
from backend.sources.study_source import StudySource
from backend.study.genes import species_of

CITATION = "RNAget: Upchurch S et al. Bioinformatics 2023;39:btad126. doi:10.1093/bioinformatics/btad126"


class RnagetMatrix(StudySource):
    """One matrix of one server, kept here when it was opened."""

    homepage = "https://ga4gh-rnaseq.github.io/schema/docs/index.html"
    licence = "as its server says"
    kind = "cached"

    def __init__(self, found: Opened) -> None:
        super().__init__(found.path, found.grouping)
        self.found = found
        self.name = found.key
        self.title, self.species, self.citation = found.key, SPECIES, CITATION
        self.fetched = datetime.fromtimestamp(0, UTC)
        self.problem: ExpronautError | None = None
        try:
            self._describe()
        except ExpronautError as error:  # a damaged file is told, and can be deleted
            self.problem = error

    def _describe(self) -> None:
        found, about = self.found, self.head.about
        self.title = f"{about.get('title') or found.key} (RNAget, {about.get('server')})"
        self.species = (species_of(self.head.ids),)
        self.version = ", ".join(filter(None, (f"RNAget {about.get('spoken')}", str(about.get("version") or ""))))
        self.citation = (
            f"RNAget server {about.get('server')} ({about.get('base')}), matrix {about.get('matrix')}; cite its study. "
            f"{CITATION}"
        )
        try:
            self.fetched = datetime.fromisoformat(str(about["fetched_at"])).astimezone(UTC)
        except (KeyError, ValueError) as error:
            raise BadAnswer(f"{found.path.name} does not say when it was fetched.", "Open it again.") from error

    def configured(self) -> str | None:
        """What is wrong with the file."""
        return str(self.problem) if self.problem is not None else None

    def stamp(self) -> str:
        """The file and its grouping."""
        return self.found.stamp

    def provenance(
        self,
        species: Species,
        *,
        unit: str = "",
        transform: str = "",
        z_reference: str = "",
        n: int | None = None,
        notes: tuple[str, ...] = (),
    ) -> Provenance:
        """With the address and the time the matrix was fetched."""
        told = super().provenance(species, unit=unit, transform=transform, z_reference=z_reference, n=n, notes=notes)
        return replace(told, url=str(self.head.about.get("base")), fetched_at=self.fetched)
