"""A study as a ZIP: metadata as they are now, expression files as they came, the template that came with them."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from backend import settings
from backend.aside import renamed
from backend.own import chains, keeping, place, templates
from backend.own.records import GroupEntry, MatrixEntry
from backend.own.study import Study
from backend.study_files.tables import AttributeTable, write_table
from backend.study_files.unpack import plain_name

FOLDER = "exports"
PIECE = 1 << 20


def export(study: Study) -> Path:
    """The path of the ZIP, made when the study has changed since the last one. Raises Unavailable, BadAnswer."""
    digits = hashlib.sha256(study.stamp.encode()).hexdigest()[:12]
    folder = settings.current().cache / FOLDER
    path = folder / f"{study.accession}-{digits}.zip"
    if path.is_file():
        return path
    with place.told("The study could not be exported"):
        folder.mkdir(parents=True, exist_ok=True)
        with renamed(path) as part:
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
                write(study, packed)
            _forget_former(folder, study.accession)
    return path


def _forget_former(folder: Path, accession: str) -> None:
    for former in folder.glob(f"{accession}-*.zip"):
        former.unlink(missing_ok=True)


def write(study: Study, packed: zipfile.ZipFile) -> None:
    """Every file of a study, each under a name of its own."""
    taken: set[str] = set()
    names: dict[str, str] = {}
    for group in study.manifest.groups:
        if group.kind != "expression metadata":
            packed.writestr(_free(group.file, group.accession, taken), table_bytes(study, group))
    for matrix, files in expression_files(study):
        before = f"{matrix.chain} v{matrix.number}/" if matrix.chain and not matrix.active else ""
        names[matrix.kept] = name = _free(f"{before}{matrix.file}", matrix.accession, taken)
        with keeping.original(study.folder, matrix) as source, packed.open(name, "w", force_zip64=True) as target:
            shutil.copyfileobj(source, target, PIECE)
        for group in files:
            packed.writestr(_free(f"{before}{group.file}", matrix.accession, taken), table_bytes(study, group))
    if study.manifest.template:
        with place.told("The template could not be read"):
            packed.write(study.path(study.manifest.template), _free(templates.FILE, study.accession, taken))
    told = chains.table([(names[one.kept], one) for one in study.manifest.matrices])
    if told is not None:
        packed.writestr(_free(told.file, study.accession, taken), write_table(told))


def table_bytes(study: Study, group: GroupEntry) -> bytes:
    """The metadata of a group as TSV, as they are now; an attribute that nobody has any more is left out."""
    table = study.table(group)
    had = set(study.objects(group).first.names)
    kept = [place for place, name in enumerate(table.names) if name in had or any(row[place] for row in table.rows)]
    rows = tuple(tuple(row[place] for place in kept) for row in table.rows)
    return write_table(AttributeTable(group.file, tuple(table.names[place] for place in kept), rows))


def expression_files(study: Study) -> Iterator[tuple[MatrixEntry, tuple[GroupEntry, ...]]]:
    """Each expression file once, as one of its matrices, with its metadata, when it has some."""
    seen: set[str] = set()
    for matrix in study.manifest.matrices:
        if matrix.kept not in seen:
            seen.add(matrix.kept)
            yield matrix, (study.group(matrix.accession),) if study.facts(matrix) else ()


def facts_name(file: str) -> str:
    """What the metadata of an expression file are called: a.gct.tsv of a.gct or a.gct.gz."""
    return f"{plain_name(file)}.tsv"


def _free(name: str, accession: str, taken: set[str]) -> str:
    """A name that no other file of the ZIP has."""
    found = name if name not in taken else f"{accession}/{name}"
    taken.add(found)
    return found
