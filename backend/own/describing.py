"""What a matrix is called, and what its readers must know of it, in full sentences; warnings begin with that word."""

from __future__ import annotations

from backend.own import joining
from backend.own.records import MatrixEntry
from backend.own.study import Study

NAMED = 5
POOLED = "Warning: A value of a library or preparation stands for all samples pooled in it, which are told together."
_TOLD = ("Normalization Method", "Scale", "Genome Version", "Data Class")


def name(matrix: MatrixEntry) -> str:
    """The file, with its measurement."""
    return f"{matrix.file}, {matrix.measurement}" if matrix.measurement else matrix.file


def version(matrix: MatrixEntry, imported: str) -> str:
    """As "v2 of LOCVC001, imported 23 November 2026"."""
    which = f"v{matrix.number} of {matrix.chain}, " if matrix.chain else ""
    return f"{which}imported {imported}"


def notes(study: Study, matrix: MatrixEntry) -> tuple[str, ...]:
    """Normalisation and genome, link, pooled libraries, other versions, copies."""
    told = dict(study.facts(matrix))
    facts = [f"{one}: {told[one]}" for one in _TOLD if one in told]
    lacking = "Its metadata do not tell how the numbers were normalised."
    return tuple(
        filter(
            None,
            (
                f"{'; '.join(facts)}." if facts else "",
                lacking if "Normalization Method" not in told else "",
                _partial(matrix),
                POOLED if joining.is_pooled(study, matrix) else "",
                _other_version(study, matrix),
                _copies(study, matrix),
            ),
        )
    )


def _partial(matrix: MatrixEntry) -> str:
    link, pieces = matrix.link, []
    if link.unmatched:
        pieces.append(f"{len(link.unmatched):,} columns belong to none of the {link.target} ({_some(link.unmatched)})")
    if link.without_data:
        pieces.append(f"{len(link.without_data):,} {link.target} have no data ({_some(link.without_data)})")
    return f"Warning: {'; '.join(pieces)}." if pieces else ""


def _some(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:NAMED])}{', …' if len(names) > NAMED else ''}"


def _other_version(study: Study, matrix: MatrixEntry) -> str:
    if matrix.active:
        return ""
    active = next((one for one in study.manifest.matrices if one.chain == matrix.chain and one.active), None)
    if active is None:
        return ""
    return (
        f"Warning: This is v{matrix.number} of {matrix.chain}; v{active.number} ({active.accession}) is the active one."
    )


def _copies(study: Study, matrix: MatrixEntry) -> str:
    """Other matrices of the same study with the same bytes."""
    others = [one for one in study.manifest.matrices if one.accession != matrix.accession]
    twice = [one for one in others if (one.sha256, one.measurement) == (matrix.sha256, matrix.measurement)]
    return f"The same bytes are stored as {', '.join(one.accession for one in twice)} too." if twice else ""


def mixed(study: Study) -> tuple[str, ...]:
    """A sentence for each fact in which the active matrices of a study differ."""
    listed = [dict(study.facts(matrix)) for matrix in study.manifest.matrices if matrix.active]
    found = []
    for one in ("Normalization Method", "Genome Version"):
        values = dict.fromkeys(told.get(one, "not told") for told in listed)
        if len(values) > 1:
            found.append(f"Warning: The matrices differ in {one}: {', '.join(values)}.")
    return tuple(found)
