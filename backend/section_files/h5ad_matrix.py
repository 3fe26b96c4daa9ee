"""The matrix of an h5ad file, spots x genes, in its three forms: read by pieces, or one gene alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import h5py
import numpy as np
import numpy.typing as npt

from backend.errors import BadInput, TooLarge
from backend.section_files import hdf5_file
from backend.section_files.h5ad_layers import layers
from backend.section_files.hdf5_file import sound
from backend.section_files.outline import MOST_GENES, MOST_SPOTS, MOST_STORED, Floats, Ints, Piece
from backend.section_files.plain_numbers import PlainNumbers
from backend.study_files import hdf5_parts as parts

PIECE = 2_000_000  # stored numbers that are read at once
SCAN = 2_000_000  # indices that one gene is looked for in at once
WIDE = 16 << 10  # bytes of a spot from which on a number of each is read alone
MOST_DIRECT = 2 << 30  # bytes that are gone through for one gene while its user waits
MOST_DENSE = 40_000_000_000  # numbers of a dense matrix, zeros with the others
_AGAIN = "Write the file again with a current version of anndata."

Values = npt.NDArray[np.floating]


class Matrix(Protocol):
    """shape: (spots, genes). stored: numbers in the file. by_gene: pieces come gene by gene, no gene in two of them.

    kind: of the values of pieces. direct: one gene is read in a moment, from at most MOST_DIRECT bytes.
    """

    shape: tuple[int, int]
    stored: int
    by_gene: bool
    kind: np.dtype[np.floating]
    direct: bool

    def pieces(self) -> Iterator[Piece]:
        """Stored numbers."""

    def places(self) -> Iterator[Piece]:
        """The same where only `genes` count."""

    def gene(self, place: int) -> Floats:
        """float64 (spots,)."""


def matrix(file: h5py.File, name: str, told: str) -> Matrix:
    """name: X, raw/X or layers/<name>. Raises BadInput when there is none, TooLarge over a cap."""
    step, _, last = name.rpartition("/")
    place = hdf5_file.group_of(file, step, told) if step else file
    with sound(told):
        there, grouped = last in place, parts.has_group(place, last)
    if not there:
        raise BadInput(f"{told} has no {name}.", _instead(file))
    if not grouped:
        return Dense(hdf5_file.data(place, last, told), told)
    group = place[last]
    with sound(told):
        attrs = group.attrs
        shape = np.ravel(attrs["shape"] if "shape" in attrs else attrs.get("h5sparse_shape", ()))
        form = parts.text(attrs["encoding-type"] if "encoding-type" in attrs else attrs.get("h5sparse_format", ""))
    if len(shape) != 2 or shape.dtype.kind not in "iu" or (shape < 0).any():
        raise BadInput(f"{name} of {told} does not say its shape.", _AGAIN)
    kinds: dict[str, type[ByRow] | type[ByColumn]] = {"csr": ByRow, "csc": ByColumn}
    if form.removesuffix("_matrix") not in kinds:
        raise BadInput(f"{name} of {told} is stored as “{form[:40]}”, which is not known here.", _AGAIN)
    return kinds[form.removesuffix("_matrix")](group, check_shape((int(shape[0]), int(shape[1])), told), told)


def _instead(file: h5py.File) -> str:
    """What of a file can be opened where the matrix that was asked for is not there."""
    offered = [one[:40] for one in layers(file) if one]
    if not offered:
        return "It has no layers either; choose another file."
    return f"Open one of its layers ({', '.join(offered[:8])}): python -m backend open FILE --layer NAME"


def check_shape(shape: tuple[int, int], told: str) -> tuple[int, int]:
    """(spots, genes). Raises TooLarge over a cap, BadInput for none."""
    if shape[0] > MOST_SPOTS or shape[1] > MOST_GENES:
        what = f"{told} has {shape[0]:,} spots and {shape[1]:,} genes"
        raise TooLarge(f"{what}; the caps are {MOST_SPOTS:,} and {MOST_GENES:,}.", "Cut the section into parts.")
    if 0 in shape:
        raise BadInput(f"{told} has no spots or no genes.", "Choose another file.")
    return shape


def precision(kind: np.dtype[np.generic]) -> np.dtype[np.floating]:
    """float32 where it holds every number of this type, else float64."""
    short = kind.itemsize <= 2 or (kind.kind == "f" and kind.itemsize <= 4)
    return np.dtype(np.float32) if short else np.dtype(np.float64)


class _Sparse:
    """What CSR and CSC share. lines: of indptr; across: what indices count."""

    def __init__(self, group: h5py.Group, shape: tuple[int, int], told: str, lines: int, across: int) -> None:
        self.shape, self.told, self._across = shape, told, across
        self.data, self.indices, pointers = (hdf5_file.data(group, one, told) for one in ("data", "indices", "indptr"))
        if pointers.shape != (lines + 1,) or pointers.dtype.kind not in "iu":
            raise self._unsound()
        if self.data.dtype.kind not in "fiub" or self.indices.dtype.kind not in "iu":
            raise self._unsound()
        self.kind = precision(self.data.dtype)
        with sound(told):
            self.pointers: Ints = pointers[:].astype(np.int64)
        self.stored = int(self.pointers[-1])
        if self.pointers[0] != 0 or (np.diff(self.pointers) < 0).any():
            raise self._unsound()
        if self.data.shape != (self.stored,) or self.indices.shape != (self.stored,):
            raise self._unsound()
        if self.stored > MOST_STORED:
            raise TooLarge(f"{told} stores more than {MOST_STORED:,} numbers.", "Cut the section into parts.")

    def _read(self, start: int, end: int) -> tuple[Ints, Values]:
        with sound(self.told):
            values = self.data[start:end]
        return self._indices(start, end), values.astype(self.kind)

    def _indices(self, start: int, end: int) -> Ints:
        with sound(self.told):
            found: Ints = self.indices[start:end]
        if found.size and not 0 <= found.min() <= found.max() < self._across:
            raise self._unsound()
        return found

    def _lines(self, start: int, end: int) -> Ints:
        """The line of each stored number from start to end."""
        first = int(np.searchsorted(self.pointers, start, side="right")) - 1
        last = int(np.searchsorted(self.pointers, end, side="left"))
        bounds = np.clip(self.pointers[first : last + 1], start, end)
        return np.repeat(np.arange(first, last), np.diff(bounds))

    def _unsound(self) -> BadInput:
        return BadInput(f"The sparse matrix of {self.told} is not sound.", _AGAIN)


class ByRow(_Sparse):
    """CSR: spot after spot."""

    by_gene = False

    def __init__(self, group: h5py.Group, shape: tuple[int, int], told: str) -> None:
        super().__init__(group, shape, told, *shape)
        self.direct = self.indices.nbytes <= MOST_DIRECT

    def pieces(self) -> Iterator[Piece]:
        """In the order of spots."""
        for start in range(0, self.stored, PIECE):
            end = min(start + PIECE, self.stored)
            genes, values = self._read(start, end)
            yield Piece(genes, self._lines(start, end), values, end, self.stored)

    def places(self) -> Iterator[Piece]:
        """Indices alone."""
        for start in range(0, self.stored, PIECE):
            end = min(start + PIECE, self.stored)
            nothing = np.empty(0)
            yield Piece(self._indices(start, end), nothing.astype(np.int64), nothing, end, self.stored)

    def gene(self, place: int) -> Floats:
        """One scan of the indices; `data` is read only where they match."""
        found = np.zeros(self.shape[0])
        indices, data = PlainNumbers(self.indices, self.told), PlainNumbers(self.data, self.told)
        for start in range(0, self.stored, SCAN):
            at = np.flatnonzero(indices.read(start, min(start + SCAN, self.stored)) == place) + start
            if at.size:
                spots = np.searchsorted(self.pointers, at, side="right") - 1
                np.add.at(found, spots, data.pick(at).astype(np.float64))
        return found


class ByColumn(_Sparse):
    """CSC: gene after gene."""

    by_gene = direct = True

    def __init__(self, group: h5py.Group, shape: tuple[int, int], told: str) -> None:
        super().__init__(group, shape, told, shape[1], shape[0])
        if np.diff(self.pointers).max() > 4 * shape[0]:  # every spot many times over: no honest file, and no memory
            raise self._unsound()

    def pieces(self) -> Iterator[Piece]:
        """Whole genes, as many as PIECE numbers hold, or one."""
        first = 0
        while first < self.shape[1]:
            full = np.searchsorted(self.pointers, self.pointers[first] + PIECE, side="right") - 1
            last = max(first + 1, int(full))
            start, end = int(self.pointers[first]), int(self.pointers[last])
            spots, values = self._read(start, end)
            yield Piece(self._lines(start, end), spots, values, end, self.stored)
            first = last

    def places(self) -> Iterator[Piece]:
        """Not asked for: pieces come by gene."""
        yield from self.pieces()

    def gene(self, place: int) -> Floats:
        """A slice."""
        spots, values = self._read(int(self.pointers[place]), int(self.pointers[place + 1]))
        return np.asarray(np.bincount(spots, weights=values, minlength=self.shape[0]), dtype=np.float64)


class Dense:
    """A table of numbers, read by tiles of whole chunks: by genes where a chunk holds all spots, else by spots."""

    def __init__(self, found: h5py.Dataset, told: str) -> None:
        if found.ndim != 2 or found.dtype.kind not in "fiub":
            raise BadInput(f"{found.name} of {told} is no table of numbers.", "Choose another layer.")
        self.shape, self.told, self._found = check_shape(found.shape, told), told, found
        self.stored, self.kind = found.size, precision(found.dtype)
        if self.stored > MOST_DENSE:
            raise TooLarge(f"{told} holds more than {MOST_DENSE:,} numbers.", "Write it as a sparse matrix.")
        n_spots, n_genes = self.shape
        tall, wide = found.chunks or (1, n_genes)
        self._wide = min(n_genes, wide * max(1, PIECE // (tall * wide)))
        self._tall = min(n_spots, tall * max(1, PIECE // (tall * self._wide)))
        self.by_gene = self._tall >= n_spots
        self.direct = n_spots * (wide if found.chunks else 1) * found.dtype.itemsize <= MOST_DIRECT

    def pieces(self) -> Iterator[Piece]:
        """Numbers that are not 0."""
        n_spots, n_genes = self.shape
        done = 0
        for top in range(0, n_spots, self._tall):
            for left in range(0, n_genes, self._wide):
                with sound(self.told):
                    tile = self._found[top : top + self._tall, left : left + self._wide]
                done += tile.size
                spots, genes = np.nonzero(tile)
                values = tile[spots, genes]
                values = values.astype(self.kind)
                yield Piece(genes + left, spots + top, values, done, self.stored)

    def places(self) -> Iterator[Piece]:
        """As pieces."""
        yield from self.pieces()

    def gene(self, place: int) -> Floats:
        """A column; of a wide table that is not in chunks, of which HDF5 would read the rest as well, by numbers."""
        if not self._found.chunks and self.shape[1] * self._found.dtype.itemsize > WIDE:
            numbers = PlainNumbers(self._found, self.told)
            if numbers.plain:
                return numbers.column(place).astype(np.float64)
        with sound(self.told):
            return np.asarray(self._found[:, place], dtype=np.float64)
