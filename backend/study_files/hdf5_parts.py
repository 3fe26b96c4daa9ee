"""What h5ad and loom files share: opening one that a user gave, its texts, and its numbers by blocks of features."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt

from backend.errors import BadInput, TooLarge
from backend.hdf5 import own_data
from backend.study.matrix import MOST_STORED, Floats, as_float32
from backend.study_files.findings import Findings
from backend.study_files.tables import SAMPLE_ID, AttributeTable, Cell, one_line
from backend.study_files.text_rows import MOST_FEATURES, too_large

BLOCK = 16_000_000  # numbers read at once, 64 MB: a file of samples x features is gone through once for each block
MOST_COLUMNS = 200_000
MOST_CHUNK = 256 << 20  # bytes that HDF5 unpacks at once
_SYMBOLS = "gene_symbols gene_symbol gene_name gene_names GeneName geneName feature_name Gene symbol Symbol"
NAMES = (*_SYMBOLS.split(), "external_gene_name", "name")
_LIBRARY = (OSError, KeyError, ValueError, TypeError, RuntimeError, OverflowError, MemoryError, IndexError)

Texts = tuple[str, ...]
Sign = Callable[[], None]  # called while a file is read, so that it is not taken for one that never ends


def silent() -> None:
    """No sign."""


@contextmanager
def opened(path: Path, file: str) -> Iterator[h5py.File]:
    """An HDF5 file of the user. Raises BadInput when it is cut, damaged, or not built as its form says."""
    try:
        with h5py.File(path, "r") as found:
            yield found
    except _LIBRARY as error:
        raise BadInput(
            f"{file} is damaged, cut, or not built as its name says.", "Write it again, or give a table as text."
        ) from error


def data(group: h5py.Group, name: str, file: str) -> h5py.Dataset:
    """A data set of the file itself. Raises BadInput when there is none, TooLarge for a bomb."""
    try:
        found = own_data(group, name)
    except KeyError as error:
        raise BadInput(f"{file} has no {name}.", "Write it again with a current version of its library.") from error
    if found.chunks and np.prod(found.chunks, dtype=float) * found.dtype.itemsize > MOST_CHUNK:
        raise TooLarge(f"{name} of {file} is packed in pieces of more than 256 MB.", "Write it in smaller chunks.")
    return found


def has_group(group: h5py.Group, name: str) -> bool:
    """Whether there is a group of this name in the file itself."""
    return isinstance(group.get(name, getlink=True), h5py.HardLink) and isinstance(group[name], h5py.Group)


def names_in(group: h5py.Group, name: str) -> Texts:
    """What a group of the file itself holds, () when it is not there."""
    if not has_group(group, name):
        return ()
    return tuple(str(one) for one in group[name] if isinstance(group[name].get(one, getlink=True), h5py.HardLink))


def check_shape(shape: tuple[int, int], file: str) -> None:
    """(features, samples). Raises TooLarge over a cap."""
    if shape[0] > MOST_FEATURES or shape[1] > MOST_COLUMNS or shape[0] * shape[1] > MOST_STORED:
        raise too_large(file, MOST_STORED)


def texts(found: h5py.Dataset, file: str) -> list[str]:
    """A list of texts or numbers as texts. Raises TooLarge for too many."""
    if found.ndim != 1 or found.size > MOST_FEATURES:
        raise TooLarge(f"{found.name} of {file} is no list, or a very long one.", "Leave it out.")
    if found.dtype.kind not in "OSUbiuf":
        raise BadInput(f"{found.name} of {file} holds no texts or numbers.", "Leave it out.")
    return [text(one) for one in found[:]]


def text(value: object) -> str:
    """A value as text: a whole number without a point, nothing for NaN."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else f"{value:.10g}"
    return str(value)


def steps(n_features: int, n_columns: int, most: int = BLOCK) -> Iterator[tuple[int, int]]:
    """First and last of blocks of features with at most `most` numbers, or one feature."""
    size = max(1, most // max(1, n_columns))
    return ((start, min(start + size, n_features)) for start in range(0, n_features, size))


class Tally:
    """What is counted over all numbers while they are read: missing, lowest, and infinite ones as findings."""

    def __init__(self, findings: Findings, code: str, ids: Sequence[str], columns: Sequence[str]) -> None:
        self.findings, self.code, self.ids, self.columns = findings, code, ids, columns
        self.n_missing, self.lowest, self._done = 0, float("nan"), 0

    def add(self, values: Floats) -> None:
        """The next block."""
        self.n_missing += int(np.count_nonzero(np.isnan(values)))
        self.lowest = float(np.fmin(self.lowest, np.fmin.reduce(values, axis=None, initial=np.nan)))
        infinite = np.isinf(values)
        if infinite.any():
            row, column = (int(found[0]) for found in np.nonzero(infinite))
            message = "The matrix holds an infinite number."
            where = f"{self.ids[self._done + row]}: {values[row, column]}"
            self.findings.add(
                f"{self.code}_VALUE", message, column=self.columns[column], value=where, count=int(infinite.sum())
            )
        self._done += len(values)


def check_names(findings: Findings, code: str, ids: Sequence[str], columns: Sequence[str]) -> None:
    """Notes features and samples without a name, or with that of another."""
    for what, names in (("FEATURE", ids), ("SAMPLE", columns)):
        seen: set[str] = set()
        for number, name in enumerate(names, start=1):
            if not name:
                message = f"A {what.lower()} has no name."
                findings.add(f"{code}_EMPTY_{what}", message, value=f"number {number}")
            elif name in seen:
                findings.add(f"{code}_DUP_{what}", f"The name of a {what.lower()} stands twice.", value=name)
            seen.add(name)
    if not (len(ids) and len(columns)):
        findings.add(f"{code}_EMPTY", "The file has no features or no samples.")


def sample_table(file: str, columns: Sequence[str], told: dict[str, list[str]]) -> AttributeTable:
    """What the file tells of its samples: their names as Sample Source ID, then its columns."""
    names: list[str] = [SAMPLE_ID]
    for name in told:
        plain = str(one_line(name) or "column")
        while plain in names:
            plain += " (in the file)"
        names.append(plain)
    cells: list[list[Cell]] = [[one_line(value) for value in values] for values in (columns, *told.values())]
    return AttributeTable(file, tuple(names), tuple(zip(*cells, strict=True)))


def floats(values: npt.ArrayLike) -> Floats:
    """As `as_float32`, in the order of rows."""
    found = np.asarray(values)
    return np.ascontiguousarray(found if found.dtype == np.float32 else as_float32(found))
