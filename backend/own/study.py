"""One own study as it stands on disk."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from backend.errors import BadAnswer, NotFound
from backend.model_study import Kind
from backend.own import place, records
from backend.own.objects import Objects
from backend.own.records import GroupEntry, Manifest, MatrixEntry
from backend.study_files.tables import STUDY_SOURCE, STUDY_TITLE, AttributeTable, texts


class Study:
    """A study, read as far as it is asked for. What it has read stays as it was: make a new one after a change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def manifest(self) -> Manifest:
        """What it is made of. Raises NotFound, BadAnswer."""
        return records.read(self.folder)

    @property
    def accession(self) -> str:
        """Of the study."""
        return self.folder.name

    @cached_property
    def stamp(self) -> str:
        """Changes with everything that changes in the study."""
        return stamp(self.folder)

    @cached_property
    def imported(self) -> datetime:
        """When it was imported."""
        return moment(self.manifest.imported)

    @cached_property
    def title(self) -> str:
        """Its Study Title, else its Study Source, else what it was called at the import."""
        for group in self.of("study"):
            record = self.objects(group).record(0)
            told = [*texts(record.get(STUDY_TITLE)), *texts(record.get(STUDY_SOURCE))]
            if told:
                return told[0]
        return self.manifest.title

    @cached_property
    def _objects(self) -> dict[str, Objects]:
        return {}

    def of(self, kind: Kind) -> tuple[GroupEntry, ...]:
        """Its groups of a kind."""
        return tuple(group for group in self.manifest.groups if group.kind == kind)

    def objects(self, group: GroupEntry) -> Objects:
        """The objects of a group."""
        if group.accession not in self._objects:
            since = round(self.imported.timestamp() * 1000)
            self._objects[group.accession] = Objects(self.folder, group, self.manifest.origin, since)
        return self._objects[group.accession]

    def table(self, group: GroupEntry) -> AttributeTable:
        """The metadata of a group as they are now."""
        return self.objects(group).table

    def group(self, accession: str) -> GroupEntry:
        """The group of this accession, or the metadata of the matrix of this accession. Raises NotFound."""
        found = next((one for one in self.manifest.groups if one.accession == accession), None)
        if found is None:
            listed = ", ".join(one.accession for one in self.manifest.groups)
            raise NotFound(f"{self.accession} has no group {accession[:40]}.", f"There are: {listed}.")
        return found

    def item(self, accession: str) -> tuple[Objects, int]:
        """The group of an object, and its place in it; the study's own accession is its one object. NotFound."""
        groups = self.manifest.groups if accession != self.accession else self.of("study")
        for group in groups:
            found = 0 if accession == self.accession else group.place_of(accession)
            if found is not None:
                return self.objects(group), found
        raise NotFound(f"{self.accession} has no object {accession[:40]}.", "Use an accession of its tables.")

    def matrix(self, accession: str) -> MatrixEntry:
        """Raises NotFound."""
        found = next((one for one in self.manifest.matrices if one.accession == accession), None)
        if found is None:
            raise NotFound(f"{self.accession} has no matrix {accession[:40]}.", "Use an accession that is listed.")
        return found

    def facts(self, matrix: MatrixEntry) -> tuple[tuple[str, str], ...]:
        """The expression metadata of a matrix, without what is empty."""
        record = self.objects(self.group(matrix.accession)).record(0)
        return tuple((name, " | ".join(texts(cell))) for name, cell in record.items() if texts(cell))

    def linked(self, accession: str) -> list[tuple[str, ...]]:
        """Accessions that each column of a matrix, or each library, belongs to."""
        told = place.read_json(self.folder / records.links_file(accession))
        try:
            return [tuple(f"LOC{int(number)}" for number in one) for one in told]
        except (TypeError, ValueError) as error:
            raise BadAnswer(f"The links of {accession} are damaged.", "Import it again.") from error

    def path(self, name: str) -> Path:
        """A file of the study."""
        return self.folder / name


def stamp(folder: Path) -> str:
    """Changes with everything that changes in a study: its manifest, and the changes of its metadata."""
    return "-".join(_seen([folder / place.MANIFEST, *sorted(folder.glob("*.edits.jsonl"))]))


def _seen(paths: list[Path]) -> Iterator[str]:
    for path in paths:
        with contextlib.suppress(OSError):
            found = path.stat()
            yield f"{found.st_size}.{found.st_mtime_ns}.{found.st_ino}"


def moment(text: str) -> datetime:
    """A stored time."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        raise BadAnswer("A study does not say when it was imported.", "Import it again.") from error


def find(accession: str) -> Study:
    """A study by its accession. Raises NotFound."""
    if place.ACCESSION.match(accession):
        folder = place.root() / accession
        if (folder / place.MANIFEST).is_file():
            return Study(folder)
    listed = tuple(folder.name for folder in place.folders())
    hint = f"There are: {', '.join(listed[:20])}." if listed else "Import one first."
    raise NotFound(f"There is no own study {accession[:40]}.", hint, listed)


def with_matrix(name: str) -> tuple[Study, MatrixEntry]:
    """The study of a matrix, by its accession or its key. Raises NotFound."""
    accession = name.removeprefix("own-").upper() if name.startswith("own-") else name
    for folder in place.folders():
        with contextlib.suppress(BadAnswer):  # another study that is damaged
            study = Study(folder)
            if any(one.accession == accession for one in study.manifest.matrices):
                return study, study.matrix(accession)
    raise NotFound(f"There is no own matrix {name[:40]}.", "Use an accession that is listed.")
