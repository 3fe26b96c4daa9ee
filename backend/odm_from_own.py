"""One of the lab's own studies on its way to an ODM server: the files of its export, in the order of an import."""

from __future__ import annotations

import io
from collections.abc import Iterator

from backend.errors import BadInput
from backend.model_odm_import import OdmFile, OdmPart, OdmPartKind, OdmTarget, OdmValue, OdmWish
from backend.odm import kept
from backend.odm.linking import IDS
from backend.own import exporting, keeping
from backend.own.records import MatrixEntry
from backend.own.study import Study, find
from backend.study_files import unpack
from backend.study_files.tables import texts

TABLES: tuple[OdmPartKind, ...] = ("samples", "libraries", "preparations")
_TARGETS: dict[str, OdmTarget] = {"samples": "samples", "libraries": "libraries", "preparations": "preparations"}


def wish(accession: str, study_link: str = "", study_accession: str = "") -> OdmWish:
    """An import of an own study; its files are kept for it. Raises NotFound, BadInput for files ODM does not take."""
    study = find(accession)
    if bool(study_link.strip()) == bool(study_accession.strip()):
        hint = "Give either a link to its TSV that the server reaches, or the accession of a study made in ODM by hand."
        raise BadInput("ODM takes no upload of a study.", hint)
    matrices = _ordered(study)
    for matrix in matrices:
        _check(study, matrix)
    first = _study(study, study_link.strip(), study_accession.strip())
    return OdmWish(study.title, (first, *_tables(study), *_expression(study, matrices)))


def _study(study: Study, link: str, accession: str) -> OdmPart:
    if link:
        return OdmPart("study", link=link)
    told: dict[str, OdmValue] = {}
    for group in study.of("study"):
        for name, cell in study.objects(group).record(0).items():
            values = texts(cell)
            if values:
                told[name] = values[0] if len(values) == 1 else tuple(values)
    return OdmPart("study", accession=accession, attributes=tuple(told.items()))


def _tables(study: Study) -> Iterator[OdmPart]:
    for kind in TABLES:
        for group in study.of(kind):
            yield OdmPart(kind, file=_kept(group.file, exporting.table_bytes(study, group)))


def _ordered(study: Study) -> list[MatrixEntry]:
    """Each file once, older versions of a chain before the newer ones."""
    found = [matrix for matrix, _ in exporting.expression_files(study)]
    return sorted(found, key=lambda one: (one.chain, one.number))


def _check(study: Study, matrix: MatrixEntry) -> None:
    if matrix.options.get("samples_in_rows") or not _is_taken(study, matrix):
        hint = "Remove it from the study, or import it here as GCT or tab-separated text first."
        raise BadInput(f"ODM takes GCT and TSV with a gene a row; {matrix.file} is neither.", hint)


def _is_taken(study: Study, matrix: MatrixEntry) -> bool:
    """GCT and TSV are; a plain table is when it is one for ODM too: tabs, no quotes, every column with a name."""
    if matrix.form != "table":
        return matrix.form in ("gct", "tsv")
    with unpack.opened(study.path(matrix.kept), matrix.file) as stream:
        header = stream.readline(unpack.LONGEST_LINE).removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n").split(b"\t")
    return len(header) > 1 and all(name.strip() for name in header) and not header[0].startswith((b"#", b'"'))


def _expression(study: Study, matrices: list[MatrixEntry]) -> Iterator[OdmPart]:
    last: dict[str, str] = {}
    for number, matrix in enumerate(matrices, start=1):
        yield _part(study, matrix, last.get(matrix.chain, ""))
        if matrix.chain:
            last[matrix.chain] = f"expression-{number}"


def _part(study: Study, matrix: MatrixEntry, former: str) -> OdmPart:
    facts = study.facts(matrix)
    table = exporting.table_bytes(study, study.group(matrix.accession)) if facts else b""
    with keeping.original(study.folder, matrix) as source:
        file = kept.keep(_plain(matrix.file), source)
    link, is_gct = matrix.link, matrix.form == "gct"
    target = _TARGETS.get(link.target, "samples")
    by = link.attribute if target == "samples" and link.attribute != IDS["samples"] else ""
    count = matrix.options.get("n_features")
    return OdmPart(
        "expression",
        file=file,
        metadata_file=_kept(exporting.facts_name(_plain(matrix.file)), table) if table else None,
        previous_version=former,
        data_class="" if is_gct else dict(facts).get("Data Class", ""),
        n_features=None if is_gct or not isinstance(count, int) else count,
        separator="" if is_gct else str(matrix.options.get("separator") or ""),
        target=target,
        linking_attribute=by,
    )


def _kept(name: str, content: bytes) -> OdmFile:
    return kept.keep(_plain(name), io.BytesIO(content))


def _plain(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].lstrip(".") or "file.tsv"
