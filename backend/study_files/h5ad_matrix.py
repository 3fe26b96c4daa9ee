"""The matrix of an h5ad file, samples x features, turned into blocks of features x samples without making it dense."""

from __future__ import annotations

from collections.abc import Iterator

import h5py
import numpy as np
import numpy.typing as npt

from backend.errors import BadInput
from backend.study.matrix import MOST_STORED, Floats
from backend.study_files import hdf5_parts as parts
from backend.study_files.text_rows import too_large

PIECE = 2_000_000  # stored numbers of a sparse matrix that are read at once
_HINT = "Write it again with a current version of anndata."

Ints = npt.NDArray[np.int64]


class AnnMatrix:
    """A dense matrix, or a sparse one by samples (CSR) or by features (CSC). shape: (features, samples)."""

    def __init__(self, found: h5py.File, name: str, file: str, sign: parts.Sign = parts.silent) -> None:
        step, _, last = name.rpartition("/")
        if step and not parts.has_group(found, step):
            raise BadInput(f"{file} has no {name}.", "Choose one of its layers.")
        place = found[step] if step else found
        self.file, self.name, self._sign = file, name, sign
        self._group = place[last] if parts.has_group(place, last) else None
        self._dense = None if self._group is not None else parts.data(place, last, file)
        self.shape = self._shape()
        parts.check_shape(self.shape, file)

    def _shape(self) -> tuple[int, int]:
        if self._dense is not None:
            if self._dense.ndim != 2 or self._dense.dtype.kind not in "fiub":
                raise BadInput(f"{self.name} of {self.file} is no table of numbers.", "Choose another layer.")
            return int(self._dense.shape[1]), int(self._dense.shape[0])
        attrs = self._sparse.attrs
        shape = np.ravel(attrs["shape"] if "shape" in attrs else attrs.get("h5sparse_shape", ()))
        if len(shape) != 2 or shape.dtype.kind not in "iu" or (shape < 0).any():
            raise BadInput(f"{self.name} of {self.file} does not say its shape.", _HINT)
        return int(shape[1]), int(shape[0])

    @property
    def _sparse(self) -> h5py.Group:
        assert self._group is not None
        return self._group

    def blocks(self, most: int = parts.BLOCK) -> Iterator[Floats]:
        """Features x samples, at most `most` numbers each. Raises BadInput for a sparse matrix that is not sound."""
        if self._dense is not None:
            for start, end in parts.steps(*self.shape, most):
                yield parts.floats(self._dense[:, start:end].T)
                self._sign()
            return
        attrs = self._sparse.attrs
        form = parts.text(attrs["encoding-type"] if "encoding-type" in attrs else attrs.get("h5sparse_format", ""))
        if form.removesuffix("_matrix") not in ("csr", "csc"):
            raise BadInput(f"{self.name} of {self.file} is stored as “{form[:40]}”, which is not known here.", _HINT)
        by_feature = form.startswith("csc")
        pointers = self._pointers(self.shape[0] if by_feature else self.shape[1])
        for start, end in parts.steps(*self.shape, most):
            yield self._by_feature(pointers, start, end) if by_feature else self._by_sample(pointers, start, end)

    def _pointers(self, n: int) -> Ints:
        found = parts.data(self._sparse, "indptr", self.file)
        if found.shape != (n + 1,) or found.dtype.kind not in "iu":
            raise self._unsound()
        pointers = found[:].astype(np.int64)
        values, indices = (parts.data(self._sparse, name, self.file) for name in ("data", "indices"))
        stored = int(pointers[-1])
        if pointers[0] != 0 or (np.diff(pointers) < 0).any() or values.shape != (stored,) or indices.shape != (stored,):
            raise self._unsound()
        if values.dtype.kind not in "fiub" or indices.dtype.kind not in "iu":
            raise self._unsound()
        if stored > MOST_STORED:
            raise too_large(self.file, MOST_STORED)
        return np.asarray(pointers)

    def _pieces(self, pointers: Ints, first: int, last: int) -> Iterator[tuple[Ints, Ints, Floats]]:
        """Line (row of CSR, column of CSC), index and value of what lines first to last store, some at a time."""
        for start in range(int(pointers[first]), int(pointers[last]), PIECE):
            end = min(start + PIECE, int(pointers[last]))
            lines = np.searchsorted(pointers, np.arange(start, end), side="right") - 1
            indices = self._sparse["indices"][start:end].astype(np.int64)
            values = parts.floats(self._sparse["data"][start:end])
            yield lines, indices, values
            self._sign()

    def _by_feature(self, pointers: Ints, start: int, end: int) -> Floats:
        block = np.zeros((end - start, self.shape[1]), dtype=np.float32)
        for lines, samples, values in self._pieces(pointers, start, end):
            self._add(block, lines - start, samples, values)
        return block

    def _by_sample(self, pointers: Ints, start: int, end: int) -> Floats:
        block = np.zeros((end - start, self.shape[1]), dtype=np.float32)
        for lines, features, values in self._pieces(pointers, 0, self.shape[1]):
            if features.size and not 0 <= features.min() <= features.max() < self.shape[0]:
                raise self._unsound()
            here = (features >= start) & (features < end)
            self._add(block, features[here] - start, lines[here], values[here])
        return block

    def _add(self, block: Floats, rows: Ints, columns: Ints, values: Floats) -> None:
        """Entries that are stored twice count together, as in scipy."""
        if columns.size and not 0 <= columns.min() <= columns.max() < block.shape[1]:
            raise self._unsound()
        np.add.at(block, (rows, columns), values)

    def _unsound(self) -> BadInput:
        return BadInput(f"The sparse matrix {self.name} of {self.file} is not sound.", _HINT)
