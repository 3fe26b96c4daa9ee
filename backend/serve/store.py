"""A lab's own matrices as a folder of loom files, each one study: EXPRONAUT_RNAGET_STORE.

Expression: rows GeneID, GeneName; columns Sample, Condition, Tissue. Signals along chromosomes: rows tracks, columns
position ("chr1:0"). /attrs holds id, version, units, study, study_name, project, project_name, description, genome and
file_type, the form that is given when none is asked. `write_expression` and `write_continuous` make such files.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from io import BufferedReader
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from backend import hdf5
from backend.aside import renamed
from backend.errors import BadAnswer, BadInput, ExpronautError
from backend.serve import loom
from backend.serve.matrix import FILE_TYPES, About, FileType, Held, Places, Values, is_id, once, one_line

ENDINGS = (".loom", ".h5", ".hdf5")
ROWS, COLUMNS = ("GeneID", "GeneName"), ("Sample", "Condition", "Tissue")
FACTS = ("id", "version", "units", "study", "study_name", "project", "project_name", "description", "genome")
MOST_HASHED = 64_000_000  # bytes of a file whose MD5 is worth its time
HINT = "Write it with backend.serve.store."
_log = logging.getLogger("expronaut.serve")


@dataclass(frozen=True)
class Seen:
    """A file as it was when it was looked at."""

    path: Path
    size: int
    mtime_ns: int


class StoredMatrix(Held):
    """An expression file."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        with hdf5.opened(seen.path, HINT) as file:
            facts = _facts(file)
            rows = [_labels(file, f"row_attrs/{name}", 0) for name in ROWS]
            columns = [_labels(file, f"col_attrs/{name}", 1) for name in COLUMNS]
        super().__init__(rows[0], rows[1], columns[0], {"condition": columns[1], "tissue": columns[2]})
        self.about = _about(facts, seen.path)
        self.units = (facts["units"],)
        shown = (self.ids.texts, self.names.texts, self.samples.texts, *map(tuple, self.fields.values()))
        self._as_shown = shown == tuple(tuple(texts) for texts in (*rows, *columns))

    def values(self, rows: Places, columns: Places, unit: str) -> Values:  # noqa: ARG002  there is one
        return _cells(self.seen.path, (self.n_features, self.n_samples), rows, columns)

    def copy(self) -> Path | None:
        return self.seen.path if self._as_shown and loom_suits(self.seen.path) else None


class Continuous:
    """Signals along chromosomes: tracks x positions. chromosome, offset: of each position."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        with hdf5.opened(seen.path, HINT) as file:
            facts = _facts(file)
            self.tracks = tuple(once([one_line(text) for text in _labels(file, "row_attrs/tracks", 0)], "row"))
            self.positions = _labels(file, "col_attrs/position", 1)
        self.about = _about(facts, seen.path)
        self.unit = facts["units"]
        named = [position.rpartition(":") for position in self.positions]
        if not all(chromosome and offset.isdecimal() and offset.isascii() for chromosome, _, offset in named):
            raise BadAnswer(f"{seen.path.name} has positions that are not written like chr1:0.", HINT)
        self.chromosome = np.array([chromosome for chromosome, _, _ in named], dtype=object)
        self.offset = np.array([int(offset) for _, _, offset in named], dtype=np.int64)

    def values(self, rows: Places, columns: Places) -> Values:
        """(tracks, positions)."""
        return _cells(self.seen.path, (len(self.tracks), len(self.positions)), rows, columns)

    @cached_property
    def chromosomes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.chromosome))


def look(folder: Path) -> tuple[list[StoredMatrix], list[Continuous]]:
    """The files of a folder, in order of their names; those that cannot be used are left out and logged."""
    matrices, continuous = [], []
    for seen in _files(folder):
        found = _read(seen)
        if isinstance(found, StoredMatrix):
            matrices.append(found)
        elif isinstance(found, Continuous):
            continuous.append(found)
    return matrices, continuous


def _files(folder: Path) -> list[Seen]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
        stats = [(path, path.stat()) for path in paths if path.is_file() and not path.name.startswith(".")]
    except OSError as error:
        _log.warning("The store cannot be read: %s", error.strerror)
        return []
    return [Seen(path, found.st_size, found.st_mtime_ns) for path, found in stats]


@lru_cache(maxsize=256)
def _read(seen: Seen) -> StoredMatrix | Continuous | None:
    try:
        with hdf5.opened(seen.path, HINT) as file:
            continuous = "row_attrs/tracks" in file
        return Continuous(seen) if continuous else StoredMatrix(seen)
    except ExpronautError as error:
        _log.warning("%s is not served: %s", seen.path.name, error)
        return None


def write_expression(
    path: Path,
    values: npt.ArrayLike,
    rows: Mapping[str, Sequence[str]],
    columns: Mapping[str, Sequence[str]],
    facts: Mapping[str, str],
) -> None:
    """An expression file: values (features, samples), rows by ROWS, columns by COLUMNS, facts by FACTS.

    Raises BadInput when something is missing or does not fit together.
    """
    _write(path, values, (rows, ROWS), (columns, COLUMNS), facts)


def write_continuous(
    path: Path, values: npt.ArrayLike, tracks: Sequence[str], positions: Sequence[str], facts: Mapping[str, str]
) -> None:
    """A file of signals: values (tracks, positions). Raises as `write_expression`."""
    _write(path, values, ({"tracks": tracks}, ("tracks",)), ({"position": positions}, ("position",)), facts)


_Named = tuple[Mapping[str, Sequence[str]], tuple[str, ...]]


def _write(path: Path, values: npt.ArrayLike, rows: _Named, columns: _Named, facts: Mapping[str, str]) -> None:
    matrix = np.asarray(values, dtype=np.float32)
    for (axis, names), length in zip((rows, columns), matrix.shape if matrix.ndim == 2 else (-1, -1), strict=True):
        if not length or any(len(axis.get(name, ())) != length for name in names):
            raise BadInput(f"Values of shape {matrix.shape} need as many of {', '.join(names)}.", "Give one a line.")
    _check(facts, path.name)
    labels = {name: list(rows[0][name]) for name in rows[1]}
    shown = {name: list(columns[0][name]) for name in columns[1]}
    given = {"CreationDate": "20260101T000000.000000Z", **facts}
    with renamed(path) as part:
        loom.write(part, [(labels, matrix)], shown, rows[1], given)


def opened(seen: Seen) -> BufferedReader:
    """The file as it is, for reading. Raises BadAnswer when it is gone."""
    try:
        return seen.path.open("rb")
    except OSError as error:
        raise BadAnswer(f"{seen.path.name} cannot be read.", "Look at the folder of the store.") from error


def md5(seen: Seen) -> str | None:
    """The MD5 of a file that is not too large, computed once."""
    return _md5(seen) if seen.size <= MOST_HASHED else None


@lru_cache(maxsize=256)
def _md5(seen: Seen) -> str:
    with opened(seen) as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _cells(path: Path, shape: tuple[int, int], rows: Places, columns: Places) -> Values:
    """Ascending rows and columns out of the smallest block of rows that holds them."""
    if not (len(rows) and len(columns)):
        return np.empty((len(rows), len(columns)), dtype=np.float32)
    with hdf5.opened(path, HINT) as file:
        if file["matrix"].shape != shape:
            raise BadAnswer(f"{path.name} was replaced while it was read.", "Ask again.")
        first, last = int(columns[0]), int(columns[-1])
        found: Values = np.empty((len(rows), len(columns)), dtype=np.float32)
        for run in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(rows) > loom.CHUNK) + 1):
            start, stop = int(rows[run[0]]), int(rows[run[-1]]) + 1
            block = np.asarray(file["matrix"][start:stop, first : last + 1], dtype=np.float32)
            found[run] = block[np.ix_(rows[run] - start, columns - first)]
    return found


def _labels(file: h5py.File, name: str, axis: int) -> list[str]:
    found, matrix = hdf5.own_data(file, name), hdf5.own_data(file, "matrix")
    if matrix.ndim != 2 or matrix.dtype.kind not in "fiu" or found.shape != (matrix.shape[axis],):
        raise BadAnswer(f"{name} has labels of shape {found.shape} for a matrix of shape {matrix.shape}.", HINT)
    return [_text(one) for one in found[:]]


def _facts(file: h5py.File) -> dict[str, str]:
    group = file["attrs"]
    held = {name: group[name] for name in group} if isinstance(group, h5py.Group) else {}
    facts = {name: _text(one[()]) for name, one in held.items() if isinstance(one, h5py.Dataset) and one.shape == ()}
    _check(facts, Path(file.filename).name)
    return facts


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _check(facts: Mapping[str, str], file: str) -> None:
    for name in ("id", "version", "units", "study", "project"):
        if not facts.get(name, "").strip():
            raise BadInput(f"{file} does not say its {name}.", HINT)
    for name in ("id", "study", "project"):
        if not is_id(facts[name]):
            raise BadInput(f"The {name} of {file} is no id.", "Use letters, digits, hyphen, period, _ and ~.")
    if facts.get("file_type", "loom") not in FILE_TYPES:
        raise BadInput(f"The file_type of {file} is unknown.", f"Give {' or '.join(FILE_TYPES)}.")


def _about(facts: Mapping[str, str], path: Path) -> About:
    chosen = facts.get("file_type", "loom")
    file_type: FileType = "tsv" if chosen == "tsv" else "loom"
    return About(
        id=facts["id"],
        version=facts["version"],
        project=facts["project"],
        project_name=facts.get("project_name", "") or facts["project"],
        project_description=facts.get("project_description", ""),
        study=facts["study"],
        study_name=facts.get("study_name", "") or facts["study"],
        name=facts.get("name", "") or path.stem,
        description=facts.get("description", ""),
        genome=facts.get("genome", ""),
        file_type=file_type,
    )


def loom_suits(path: Path) -> bool:
    """Whether the file can be handed out as it is: float32, and it says which loom it is."""
    with hdf5.opened(path, HINT) as file:
        return file["matrix"].dtype == np.float32 and "attrs/LOOM_SPEC_VERSION" in file
