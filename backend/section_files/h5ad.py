"""Spatial h5ad files (https://anndata.readthedocs.io/en/latest/fileformat-prose.html) by h5py.

obs are spots, var genes. In sparse matrices what is not stored is 0; NaN is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from backend.errors import BadInput
from backend.section_files import h5ad_tables as tables
from backend.section_files import h5ad_turned, hdf5_file
from backend.section_files.h5ad_layers import RAW, layers, place_of, told_of
from backend.section_files.h5ad_matrix import Matrix, matrix
from backend.section_files.outline import Floats, Piece, SectionOptions, SectionOutline
from backend.study_files import hdf5_parts as parts


class H5adReading:
    """An open h5ad file (outline.Reading)."""

    def __init__(self, file: h5py.File, told: str, options: SectionOptions) -> None:
        self._told = told
        self._matrix = _matrix(file, options.layer, told)
        self.by_gene, self.kind = self._matrix.by_gene, self._matrix.kind
        self.outline = _outline(file, told, options, self._matrix)

    def pieces(self) -> Iterator[Piece]:
        """Raises BadInput for an infinite number."""
        return (self._finite(piece) for piece in self._matrix.pieces())

    def places(self) -> Iterator[Piece]:
        """Of genes alone."""
        return self._matrix.places()

    def gene(self, place: int) -> Floats:
        """One gene."""
        return self._matrix.gene(place)

    def _finite(self, piece: Piece) -> Piece:
        if np.isinf(piece.values).any():
            at = int(np.flatnonzero(np.isinf(piece.values))[0])
            gene, spot = self.outline.ids[piece.genes[at]], self.outline.spots["spot"].iloc[int(piece.spots[at])]
            message = f"{self._told} holds an infinite number: {gene[:60]} in {str(spot)[:60]}."
            raise BadInput(message, "Use log2(x+1) rather than log2(x).")
        return piece


@contextmanager
def opened(path: Path, told: str, options: SectionOptions) -> Iterator[H5adReading]:
    """A file that is closed at the end. Raises BadInput, TooLarge."""
    with hdf5_file.opened(path, told) as file:
        with hdf5_file.sound(told):
            found = H5adReading(file, told, options)
        yield found


def gene(path: Path, known: SectionOutline, place: int) -> Floats:
    """One gene of a file whose outline is known. Raises BadInput when the file is another one by now."""
    with hdf5_file.opened(path, known.file) as file, hdf5_file.sound(known.file):
        found = _matrix(file, known.options.layer, known.file)
        if found.shape != known.shape[::-1]:
            raise BadInput(f"{known.file} has changed since it was opened.", "Open it again.")
        return found.gene(place)


def fits(file: h5py.File) -> bool:
    """Whether an HDF5 file is built like an h5ad file."""
    return parts.has_group(file, "obs") and parts.has_group(file, "var")


def is_old(file: h5py.File) -> bool:
    """Whether obs and var are tables in one piece, as anndata wrote them before 0.7."""
    return all(isinstance(file.get(name), h5py.Dataset) and file[name].dtype.names for name in ("obs", "var"))


def _matrix(file: h5py.File, layer: str, told: str) -> Matrix:
    with hdf5_file.sound(told):
        place = place_of(file, layer)
    return matrix(file, place, told)


def _outline(file: h5py.File, told: str, options: SectionOptions, found: Matrix) -> SectionOutline:
    spots, positions, notes = tables.spots(file, told)
    with hdf5_file.sound(told):
        place, offered = place_of(file, options.layer), layers(file)
    ids, names, more = tables.genes(file, "raw/var" if place == RAW else "var", told)
    h5ad_turned.check(found.shape, spots["spot"].tolist(), ids, told)
    return SectionOutline(
        told,
        "h5ad",
        ids,
        names,
        spots,
        positions,
        layers=offered,
        options=options,
        direct=found.direct,
        stored=found.stored,
        notes=tuple(note for note in (told_of(place), *notes, *more) if note),
    )
