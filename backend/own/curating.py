"""Changes of a study that is stored: metadata of single objects, active versions, groups of samples, deletions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from backend.errors import BadInput, NotFound
from backend.model_study import Kind, Revision
from backend.own import joining, place, records, study, tidying, versions
from backend.own.objects import Objects, Record
from backend.own.records import Manifest
from backend.own.study import Study
from backend.study.store import Store
from backend.study_files import tables
from backend.study_files.tables import LIBRARY_ID, PREPARATION_ID, SAMPLE_ID, Cell

IDS: dict[Kind, str] = {"samples": SAMPLE_ID, "libraries": LIBRARY_ID, "preparations": PREPARATION_ID}
Changes = Mapping[str, str | Sequence[str] | None]


def patch(accession: str, item: str, changes: Changes, message: str = "", author: str = "") -> Revision:
    """Change attributes of an object; None deletes. Raises NotFound, BadInput when nothing changes or an id breaks."""
    with place.changing():
        objects, at = study.find(accession).item(item)
        before = objects.record(at)
        after = dict(before)
        for name, value in changes.items():
            after[name.strip()] = _cell(value)
        gone = [name.strip() for name, value in changes.items() if value is None]
        after = {name: cell for name, cell in after.items() if name not in gone}
        if _filled(after) == _filled(before):
            raise BadInput("Nothing would change.", "Give a value that differs.")
        _check_id(objects, at, after)
        return objects.append(at, after, message or _said(changes), author)


def restore(accession: str, item: str, version: str, author: str = "") -> Revision:
    """Make an object again what it was in a version: a further version. Raises NotFound, BadInput."""
    with place.changing():
        objects, at = study.find(accession).item(item)
        record = objects.record(at, version)
        if _filled(record) == _filled(objects.record(at)):
            raise BadInput("The object is like this version already.", "Choose another one.")
        _check_id(objects, at, record)
        return objects.append(at, record, f"Restored version {version}", author)


def _cell(value: str | Sequence[str] | None) -> Cell:
    """A text as a file would have it: `a|b` is a list, `||` the sign."""
    if value is None or isinstance(value, str):
        return tables.cell(value or "")
    found = tuple(filter(None, (one.strip() for one in value)))
    return found[0] if len(found) == 1 else found or None


def _filled(record: Record) -> Record:
    return {name: cell for name, cell in record.items() if cell is not None}


def _said(changes: Changes) -> str:
    return f"Changed {', '.join(name.strip() for name in changes)}"[:200]


def _check_id(objects: Objects, at: int, record: Record) -> None:
    """The id of an object stays filled and unique: files and links go by it."""
    name = IDS.get(objects.group.kind, "")
    if not name:
        return
    own = tables.texts(record.get(name))
    others = [cell for item, cell in enumerate(objects.table.column(name)) if item != at]
    if len(own) != 1 or own[0] in others:
        why = "is another object's" if own else "would be empty"
        raise BadInput(f"“{name}” {why}.", "Give each object an id of its own.", column=name)


def choose(matrix: str) -> None:
    """Make a matrix the active version of its chain."""
    with place.changing():
        found, entry = study.with_matrix(matrix)
        matrices = versions.with_active(found.manifest.matrices, entry.accession)
        _write(found, replace(found.manifest, matrices=matrices))


def group(matrix: str, column: str) -> None:
    """Group the samples of a matrix by a column. Raises NotFound for a column there is not."""
    with place.changing():
        found, entry = study.with_matrix(matrix)
        headers = Store(found.path(records.store_file(entry.accession))).head.samples[joining.SAMPLE]
        columns = [name for name in joining.samples(found, entry, list(headers)).columns if name != joining.SAMPLE]
        if column not in columns:
            there = f"There are: {', '.join(columns[:20])}." if columns else "They have none."
            raise NotFound(f"The samples of {entry.accession} have no column “{column[:40]}”.", there)
        matrices = tuple(
            replace(one, grouping=column) if one.accession == entry.accession else one
            for one in found.manifest.matrices
        )
        _write(found, replace(found.manifest, matrices=matrices))


def forget(accession: str) -> None:
    """Delete a study."""
    with place.changing():
        if not place.ACCESSION.match(accession) or not (place.root() / accession).is_dir():
            study.find(accession)  # raises
        place.remove(place.root() / accession)


def forget_matrix(matrix: str) -> None:
    """Delete one version of a matrix."""
    with place.changing():
        found, entry = study.with_matrix(matrix)
        matrices = versions.without(found.manifest.matrices, entry.accession)
        groups = tuple(one for one in found.manifest.groups if one.accession != entry.accession)
        left = replace(found.manifest, matrices=matrices, groups=groups)
        _write(found, left)
        tidying.tidy(found.folder, left)


def _write(found: Study, manifest: Manifest) -> None:
    last = place.take()
    given = place.Numbers(last.accession - 1, last.run - 1, last.chain - 1)
    records.write(found.folder, replace(manifest, given=given))
