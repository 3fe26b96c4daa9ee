"""What sources of matrices opened from servers share: a damaged file is told, and can be deleted."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from backend.errors import BadAnswer, ExpronautError
from backend.model import SPECIES
from backend.sources.matrix_shelf import Opened
from backend.sources.study_source import StudySource
from backend.study.genes import species_of


class OpenedSource(StudySource):
    """One matrix on a shelf, kept here when it was opened."""

    licence = "as its server says"
    kind = "cached"
    fetched: datetime

    def __init__(self, found: Opened) -> None:
        super().__init__(found.path, found.grouping)
        self.found = found
        self.name = found.key
        self.title, self.species, self.citation = found.key, SPECIES, ""
        self.fetched = datetime.fromtimestamp(0, UTC)
        self.problem: ExpronautError | None = None
        try:
            self._begin()
        except ExpronautError as error:
            self.problem = error

    def _begin(self) -> None:
        about = self.head.about
        self.species = (species_of(self.head.ids),)
        self.address = str(about.get("base") or "")
        self.describe(about)
        try:
            self.fetched = datetime.fromisoformat(str(about["fetched_at"])).astimezone(UTC)
        except (KeyError, ValueError) as error:
            raise BadAnswer(f"{self.found.path.name} does not say when it was fetched.", "Open it again.") from error

    @abstractmethod
    def describe(self, about: Mapping[str, Any]) -> None:
        """Set title, version and citation from what was kept with the matrix."""

    def configured(self) -> str | None:
        """What is wrong with the file."""
        return str(self.problem) if self.problem is not None else None

    def stamp(self) -> str:
        """The file and its grouping."""
        return self.found.stamp
