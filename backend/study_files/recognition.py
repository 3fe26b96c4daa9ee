"""Which file of a study is what: by what the user says, its ending, its first lines, and then its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from backend.errors import BadInput, TooLarge
from backend.model_study import Kind
from backend.study_files.tables import LIBRARY_ID, PREPARATION_ID, SAMPLE_ID, STUDY_SOURCE, STUDY_TITLE
from backend.study_files.unpack import opened, plain_name

LOOKED_AT = 20  # rows
_MOST_BYTES = 8 << 20
_MATRIX_ENDINGS = (".gct", ".h5ad", ".loom", ".h5", ".hdf5")
TABLE_ENDINGS = (".tsv", ".csv", ".txt", ".tab", "")
_MISSING = ("", "nan", "null", "n/a", "n\\a", "na", "filtered", "inf", "-inf")
_STUDY = {STUDY_TITLE, STUDY_SOURCE, "Study Source ID", "Study Description"}
_WORDS: dict[Kind, str] = {
    "study": "study",
    "samples": "samples?",
    "libraries": "librar(?:y|ies)",
    "preparations": "preparations?",
}


@dataclass(frozen=True)
class Look:
    """The first lines of a file. header: its first line cut into texts; rows: those after it."""

    plain: str
    start: bytes
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns: the first line, of GCT the third."""
        return self.rows[1] if self.start.startswith(b"#1.") and len(self.rows) > 1 else self.header

    @property
    def is_matrix(self) -> bool:
        """Whether most cells right of the first column are numbers, or missing beside numbers."""
        cells = [cell.casefold() for row in self.rows for cell in row[1:]]
        numbers = sum(_is_number(cell) for cell in cells)
        return 2 * numbers > len(cells) - sum(cell in _MISSING for cell in cells)

    def shared(self, columns: set[str]) -> bool:
        """Whether some column holds names of `columns` in half of its rows."""
        return any(
            2 * sum(cell in columns for cell in column) >= len(self.rows) > 0
            for column in zip(*(row for row in self.rows if len(row) == len(self.header)), strict=True)
        )


def kinds(files: Mapping[str, Path], roles: Mapping[str, Kind]) -> dict[str, Kind | None]:
    """What each file is; None for a file that is not recognised."""
    plain = {plain_name(name) for name in files}
    found: dict[str, Kind | None] = {}
    open_questions: dict[str, Look] = {}
    looks = {name: _look(path, name) for name, path in files.items() if name not in roles}
    for name in files:
        found[name] = roles[name] if name in roles else _by_form(looks[name], plain)
        if found[name] is None and Path(looks[name].plain.lower()).suffix in TABLE_ENDINGS:
            found[name] = _by_header(looks[name])
            if found[name] is None and looks[name].header:
                open_questions[name] = looks[name]
    for name, look in open_questions.items():
        others = {other: looks[other] for other in files if other != name and other in looks}
        found[name] = _by_company(look, others, found)
    return found


def _look(path: Path, name: str) -> Look:
    try:
        with opened(path, name) as stream:
            body = stream.read(_MOST_BYTES)
    except (BadInput, TooLarge):  # told when it is read
        return Look(plain_name(name), b"")
    text = body.decode("utf-8-sig", "replace").split("\n")
    lines = text[: LOOKED_AT + 1] if len(body) < _MOST_BYTES else text[: LOOKED_AT + 1][: len(text) - 1]
    if b"\0" in body[:4096] or not lines:
        return Look(plain_name(name), body[:8])
    is_tsv = any("\t" in line for line in lines[:3])  # the first line of GCT has none
    separator = "\t" if is_tsv else ";" if ";" in lines[0] and "," not in lines[0] else ","
    cells = [tuple(cell.strip().strip('"') for cell in line.split(separator)) for line in lines if line.strip()]
    header, *rows = cells or [()]
    return Look(plain_name(name), body[:8], header, tuple(rows))


def _by_form(look: Look, plain: set[str]) -> Kind | None:
    lower = look.plain.lower()
    owner = look.plain[:-4]
    if lower.endswith(".tsv") and ((owner in plain and Path(owner).suffix) or lower.endswith(".gct.tsv")):
        return "expression metadata"
    is_matrix = lower.endswith(_MATRIX_ENDINGS) or look.start.startswith((b"#1.", b"\x89HDF"))
    return "expression" if is_matrix else None


def _by_header(look: Look) -> Kind | None:
    """By attributes that only one kind has, unless the name says libraries or preparations of what lacks their id."""
    header, named = set(look.header), _by_name(look.plain)
    if LIBRARY_ID in header:
        return "libraries"
    if PREPARATION_ID in header:
        return "preparations"
    if SAMPLE_ID in header:
        return named if named in ("libraries", "preparations") else "samples"
    if header & _STUDY:
        return named or "study"
    if named is None or (look.is_matrix and look.rows):
        return None
    return named if named != "study" or len(look.rows) <= 1 or _stem(look.plain) == "study" else None


def _by_name(plain: str) -> Kind | None:
    """The kind that the name begins or ends with, as a word."""
    stem = _stem(plain)
    found = [kind for kind, word in _WORDS.items() if re.search(rf"^{word}(?![a-z0-9])|(?<![a-z0-9]){word}$", stem)]
    return found[0] if len(found) == 1 else None


def _stem(plain: str) -> str:
    return Path(plain).stem.lower()


def _by_company(look: Look, others: Mapping[str, Look], found: Mapping[str, Kind | None]) -> Kind | None:
    """A table without any known attribute: samples when it names columns of another file, else a matrix or nothing."""
    matrices = [other for name, other in others.items() if found[name] == "expression" or other.is_matrix]
    columns = {cell for other in matrices for cell in other.columns}
    if look.shared(columns):
        return "samples"
    if look.is_matrix and look.rows and len(look.header) > 1:
        return "expression"
    hidden = any(not other.header and found[name] == "expression" for name, other in others.items())
    return "samples" if hidden and "samples" not in found.values() else None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return cell not in _MISSING
