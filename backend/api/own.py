"""The lab's own studies: what is stored, metadata and its history, versions of matrices, export, deletion.

Matrices are sources like any other (`OwnMatrix.version.key`); what stands here is what sources do not have. Every call
raises NotFound for an accession or key there is not, BadAnswer for a damaged study, Unavailable when a disk fails.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from backend import sources as registry
from backend.errors import ExpronautError, NotFound
from backend.model import (
    AttributeSummary,
    Comparison,
    DataVersion,
    OwnGroup,
    OwnMatrix,
    OwnObject,
    OwnStudy,
    Revision,
    Validation,
)
from backend.own import curating, describing, exporting, numbers, place, records, study, templates, versions
from backend.own.records import GroupEntry, MatrixEntry
from backend.own.study import Study
from backend.sources import own, own_shelf
from backend.study import compare
from backend.study_files import summary, template, validation
from backend.study_files.tables import written


def own_studies() -> tuple[OwnStudy, ...]:
    """Every study, newest first. One that cannot be read says so in `problem`."""
    own_shelf.found(now=True)
    found: list[OwnStudy] = []
    for folder in place.folders():
        with contextlib.suppress(NotFound):  # somebody deletes it this very moment
            found.append(_study(Study(folder)))
    return tuple(sorted(found, key=lambda one: (one.imported, int(one.accession[3:])), reverse=True))


def own_study(accession: str) -> OwnStudy:
    """One study, as LOC1."""
    own_shelf.found(now=True)
    return _study(study.find(accession))


def _study(found: Study) -> OwnStudy:
    """What is told of a study. Raises NotFound when it is deleted while it is read."""
    try:
        return _told(found)
    except FileNotFoundError as error:
        raise NotFound(f"There is no own study {found.accession} any more.", "Choose another one.") from error


def _told(found: Study) -> OwnStudy:
    changed = datetime.fromtimestamp(found.path(place.MANIFEST).stat().st_mtime, UTC)
    size = place.size(found.folder)
    try:
        groups = tuple(_group(found, one) for one in found.manifest.groups if one.kind != "expression metadata")
        return OwnStudy(
            accession=found.accession,
            title=found.title,
            imported=found.imported,
            changed=changed,
            n_samples=sum(one.n for one in groups if one.kind == "samples"),
            groups=groups,
            matrices=tuple(_matrix(found, one) for one in found.manifest.matrices),
            links=tuple((one.accession, one.link) for one in found.manifest.groups if one.link is not None),
            size=size,
            notes=describing.mixed(found),
        )
    except ExpronautError as error:
        found.path(place.MANIFEST).stat()  # raises when it is gone instead of damaged
        return OwnStudy(found.accession, found.accession, changed, changed, 0, (), (), size=size, problem=str(error))


def _group(found: Study, entry: GroupEntry) -> OwnGroup:
    objects = found.objects(entry)
    return OwnGroup(entry.accession, entry.kind, entry.file, entry.n, objects.table.names, bool(objects.edits))


def _matrix(found: Study, entry: MatrixEntry) -> OwnMatrix:
    source = registry.get(entry.key)
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problem, grouping, unit = None, entry.grouping, entry.unit
    assert isinstance(source, own.OwnMatrix)
    if source.problem is None:
        head = source.head
        columns = tuple(str(name) for name in head.samples.columns if name != "sample")
        grouping, notes, unit = source.grouping, head.notes, head.unit
    else:
        problem = source.problem.message
    files = (records.store_file(entry.accession), entry.kept)
    return OwnMatrix(
        version=_version(found, entry),
        file=entry.file,
        title=source.title,
        measurement=entry.measurement,
        unit=unit,
        group=next((one.accession for one in found.of(entry.link.target)), ""),
        link=entry.link,
        columns=columns,
        grouping=grouping,
        imported=study.moment(entry.imported),
        size=sum(path.stat().st_size for path in map(found.path, files) if path.is_file()),
        notes=notes,
        problem=problem,
    )


def _version(found: Study, entry: MatrixEntry) -> DataVersion:
    return DataVersion(
        entry.accession, entry.key, entry.chain, entry.number, entry.active, describing.name(entry), entry.n_features,
        entry.n_columns, found.facts(entry),
    )  # fmt: skip


def own_table(accession: str, group: str) -> pd.DataFrame:
    """The objects of a group as they are now: `accession`, then its attributes as a file has them: lists as `a|b`, a
    `|` of a text as `||`, "" where nothing is.

    group: accession of a group, or of a matrix for its expression metadata.
    """
    found = study.find(accession)
    entry = found.group(group)
    table = found.table(entry)
    columns = {name: [written(cell) for cell in table.column(name)] for name in table.names}
    numbered = [f"LOC{entry.first + item}" for item in range(entry.n)]
    frame = pd.DataFrame(columns, dtype=object)
    frame.insert(0, "accession", pd.Series(numbered, dtype=object), allow_duplicates=True)
    return frame


def own_object(accession: str, item: str, version: str = "") -> OwnObject:
    """An object of a study as it is now, or was in a version of its history."""
    objects, at = study.find(accession).item(item)
    return OwnObject(item, objects.group.accession, tuple(objects.record(at, version).items()))


def attribute_summary(accession: str, group: str) -> tuple[AttributeSummary, ...]:
    """Every attribute of a group with its values and their counts."""
    found = study.find(accession)
    return summary.summarise(found.table(found.group(group)))


def own_validation(accession: str, chosen: bytes = b"") -> Validation:
    """The samples of a study against a template: this one (JSON of ODM), else the study's own, else the bundled one.

    Raises BadInput for what is no template.
    """
    found = study.find(accession)
    rules = template.read(chosen, "The template") if chosen else templates.of(found)
    return validation.validate(rules, {one.accession: found.table(one) for one in found.of("samples")})


def patch_own(
    accession: str, item: str, changes: Mapping[str, str | Sequence[str] | None], message: str = "", author: str = ""
) -> Revision:
    """Change attributes of one object: a new name adds, None deletes; one more version in its history.

    item: accession of a study, sample, library, preparation, or matrix (its expression metadata). A text is read as a
    cell of a file (`a|b` is a list). Links stay as they are. Raises BadInput for what no file could hold, for an id
    that would be empty or another object's, and when nothing would change.
    """
    told = curating.patch(accession, item, changes, message, author)
    own_shelf.found(now=True)
    return told


def own_history(accession: str, item: str) -> tuple[Revision, ...]:
    """The versions of an object, newest first; the last is its import."""
    objects, at = study.find(accession).item(item)
    return objects.history(at)


def restore_revision(accession: str, item: str, version: str, author: str = "") -> Revision:
    """Make an object again what it was: a further version that copies this one. Raises BadInput when it is so."""
    told = curating.restore(accession, item, version, author)
    own_shelf.found(now=True)
    return told


def own_versions(matrix: str) -> tuple[DataVersion, ...]:
    """All versions of the matrix with this accession or key, newest first; itself alone when it has no chain."""
    found, entry = study.with_matrix(matrix)
    return tuple(_version(found, one) for one in versions.family(found.manifest.matrices, entry))


def used_versions(accession: str, use: str = "") -> tuple[DataVersion, ...]:
    """The matrices of a study that `useVersions` of ODM names: "", "*", "v2", "v1,v0", "LOCVC001:v3; LOCVC002:v1".

    Raises BadInput, with what is wrong.
    """
    found = study.find(accession)
    return tuple(_version(found, one) for one in versions.chosen(found.manifest.matrices, use))


def choose_version(matrix: str) -> None:
    """Make a version the active one of its chain: the one that stands among the sources."""
    curating.choose(matrix)
    own_shelf.found(now=True)


def compare_own(before: str, after: str) -> Comparison:
    """Two matrices, by their keys or accessions: what the second has more, less and otherwise."""
    first, second = (numbers.store_of(*study.with_matrix(one)) for one in (before, after))
    return compare.compare(first, second)


def group_own(key: str, column: str) -> None:
    """Group the samples of a matrix by one of their columns. Raises NotFound for a column there is not."""
    curating.group(key, column)
    own_shelf.found(now=True)


def export_own(accession: str) -> Path:
    """A ZIP of the study: metadata as they are now (TSV), all expression files as they came, its template."""
    return exporting.export(study.find(accession))


def forget_own(accession: str) -> None:
    """Delete a study and all its matrices, also a damaged one. Its accessions are not given again."""
    curating.forget(accession)
    own_shelf.found(now=True)


def forget_own_matrix(matrix: str) -> None:
    """Delete one version of a matrix; when it was the active one, the newest that is left becomes so."""
    curating.forget_matrix(matrix)
    own_shelf.found(now=True)
