"""Words that several parts of Your studies use. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from backend.model import DataVersion, OwnMatrix, OwnStudy
from components import index_progress

KINDS = {
    "study": "Study",
    "samples": "Samples",
    "libraries": "Libraries",
    "preparations": "Preparations",
    "expression": "Expression",
    "expression metadata": "Expression metadata",
}
ONE = {"libraries": "library", "studies": "study", "matrices": "matrix"}


def counted(count: int, many: str) -> str:
    """ "4 samples", "1 library" """
    one = ONE.get(many, many.removesuffix("s"))
    return f"{count:,} {one if count == 1 else many}"


def listed(names: Sequence[str], most: int = 12) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def active(study: OwnStudy) -> list[OwnMatrix]:
    """The matrices that stand among the sources."""
    return [one for one in study.matrices if one.version.active]


def facts(study: OwnStudy) -> str:
    """What a study holds, its size and date, in one line."""
    others = [one for one in study.groups if one.kind in ("libraries", "preparations")]
    pieces = [
        counted(study.n_samples, "samples"),
        *(counted(one.n, one.kind) for one in others),
        counted(len(active(study)), "matrices"),
        index_progress.size(study.size),
        f"imported {study.imported:%d %B %Y}",
    ]
    return " · ".join(pieces)


def matrix_facts(one: OwnMatrix) -> str:
    """Size, unit and version of a matrix in one line."""
    size = f"{counted(one.version.n_features, 'features')} × {counted(one.version.n_columns, 'columns')}"
    chain = f"v{one.version.number} of {one.version.chain}" if one.version.chain else ""
    return " · ".join(filter(None, [size, one.unit or "no unit told", chain]))


def version(one: DataVersion) -> str:
    """ "v3 ACTIVE" """
    return f"v{one.number}{' ACTIVE' if one.active else ''}"


def shown(value: str | Sequence[str] | None) -> str:
    """A value of metadata as a reader sees it; a list with commas."""
    return value if isinstance(value, str) else ", ".join(value or ())


def size(count: int) -> str:
    """Bytes with a sensible unit."""
    return index_progress.size(count)


def kept(value: str | Sequence[str] | None) -> str:
    """A value as a cell of a file holds it: a list as `a|b`, the sign itself as `||`."""
    values = [value] if isinstance(value, str) else list(value or ())
    return "|".join(one.replace("|", "||") for one in values)


def height(rows: int, most: int) -> int | Literal["auto"]:
    """Of a table: as its rows need it where they are few, else so many pixels."""
    return "auto" if 35 * (rows + 1) <= most else most
