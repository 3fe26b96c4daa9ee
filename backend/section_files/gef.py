"""GEF, the HDF5 form of square bins: geneExp/bin<N>/expression (x, y, count) sorted by gene, and geneExp/bin<N>/gene,
which says where the rows of each gene begin and how many there are. One gene is one slice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.errors import BadInput, NotFound, TooLarge
from backend.section_files import hdf5_file
from backend.section_files.grid import Extent, Grid, extent
from backend.section_files.h5ad_tables import told_apart
from backend.section_files.hdf5_file import sound
from backend.section_files.outline import (
    MOST_GENES,
    MOST_SPOTS,
    MOST_STORED,
    USUAL_SPOTS,
    Floats,
    Ints,
    Piece,
    SectionOptions,
    SectionOutline,
)
from backend.study_files import hdf5_parts as parts

PIECE = 2_000_000  # rows read at once
WIDEST = 64, 512  # bytes of a row of counts, and of genes
_HINT = "Get the file again, or take the GEM or the h5ad of the same section."
_NAMES = ("geneID", "gene", "geneName")


class Bin:
    """The rows of one bin of an open file. ids, names: of its genes as in SectionOutline. n: rows."""

    def __init__(self, file: h5py.File, width: int, told: str) -> None:
        self.width, self._told = width, told
        place = hdf5_file.group_of(file, f"geneExp/bin{width}", told)
        self._rows = hdf5_file.data(place, "expression", told)
        table = hdf5_file.data(place, "gene", told)
        self._check(table)
        with sound(told):
            genes = table[:]
        self.ids, self.names, self.notes = _named(genes)
        self._first, self._count = (genes[one].astype(np.int64) for one in ("offset", "count"))
        self.n = int(self._count.sum())
        if self._count.max() > MOST_SPOTS:
            raise TooLarge(f"Bin {width} of {told} has more than {MOST_SPOTS:,} spots.", "Choose a wider bin.")
        if (self._first < 0).any() or (self._first + self._count > self._rows.size).any() or self.n > self._rows.size:
            raise self._unsound()

    def _check(self, table: h5py.Dataset) -> None:
        fields = set(self._rows.dtype.names or ()), set(table.dtype.names or ())
        if self._rows.ndim != 1 or table.ndim != 1 or not {"x", "y", "count"} <= fields[0]:
            raise self._unsound()
        if not {"offset", "count"} <= fields[1] or not fields[1] & set(_NAMES):
            raise self._unsound()
        numbers = [self._rows.dtype[one] for one in ("x", "y", "count")] + [
            table.dtype[one] for one in ("offset", "count")
        ]
        if any(kind.kind not in "iu" for kind in numbers):
            raise self._unsound()
        if self._rows.dtype.itemsize > WIDEST[0] or table.dtype.itemsize > WIDEST[1]:
            raise self._unsound()
        if table.size > MOST_GENES or self._rows.size > MOST_STORED:
            raise TooLarge(f"{self._told} has more than {MOST_STORED:,} rows.", "Choose a wider bin.")
        if not table.size or not self._rows.size:
            raise BadInput(f"{self._told} holds no counts of bin {self.width}.", "Choose another bin.")

    def ordered(self) -> bool:
        """Whether the rows stand in the order of the genes."""
        return bool((np.diff(self._first) >= 0).all())

    def most(self) -> int:
        """Rows of the gene that has most: there are at least as many spots."""
        return int(self._count.max())

    def rows(self, start: int, end: int) -> npt.NDArray[np.void]:
        """Some rows."""
        with sound(self._told):
            found: npt.NDArray[np.void] = self._rows[start:end]
        return found

    def of(self, gene: int) -> npt.NDArray[np.void]:
        """The rows of a gene."""
        return self.rows(int(self._first[gene]), int(self._first[gene] + self._count[gene]))

    def pairs(self) -> Iterator[tuple[Ints, Ints]]:
        """x and y of all rows that belong to a gene."""
        for _, rows in self.runs():
            yield rows["x"], rows["y"]

    def runs(self) -> Iterator[tuple[Ints, npt.NDArray[np.void]]]:
        """Gene and rows of several whole genes, or of one; every row of a gene is in one of them."""
        order = np.argsort(self._first, kind="stable")
        begun: list[int] = []
        size = 0
        for gene in order.tolist():
            if begun and (size + self._count[gene] > PIECE or self._first[gene] != self._first[begun[0]] + size):
                yield self._run(begun, size)
                begun, size = [], 0
            begun.append(gene)
            size += int(self._count[gene])
        yield self._run(begun, size)

    def _run(self, genes: list[int], size: int) -> tuple[Ints, npt.NDArray[np.void]]:
        start = int(self._first[genes[0]])
        return np.repeat(genes, self._count[genes]), self.rows(start, start + size)

    def _unsound(self) -> BadInput:
        return BadInput(f"The table bin{self.width} of {self._told} is not sound.", _HINT)


class GefReading:
    """An open GEF (outline.Reading)."""

    kind: np.dtype[np.floating] = np.dtype(np.float64)

    def __init__(self, file: h5py.File, told: str, options: SectionOptions) -> None:
        self._told = told
        bins = _bins(file, told)
        if options.bin and options.bin not in bins:
            raise NotFound(f"{told} has no bin {options.bin}.", f"There are: {', '.join(map(str, bins))}.")
        width = options.bin or _usual(file, bins, told)
        self._bin = Bin(file, width, told)
        self.by_gene = self._bin.ordered()
        self._grid = grid(self._bin, MOST_SPOTS)
        self._grid.check(told)
        positions = self._grid.positions()
        usual = () if options.bin else (f"Spots are the squares of bin {width} of the file.",)
        self.outline = SectionOutline(
            told,
            "gef",
            self._bin.ids,
            self._bin.names,
            pd.DataFrame({"spot": [f"{x:.0f}_{y:.0f}" for x, y in positions.tolist()]}, dtype=object),
            positions,
            width,
            bins,
            options=options,
            stored=self._bin.n,
            notes=(*usual, *self._bin.notes),
        )

    def pieces(self) -> Iterator[Piece]:
        """Gene by gene."""
        done = 0
        for genes, rows in self._bin.runs():
            done += len(rows)
            yield Piece(genes, self._grid.places(rows["x"], rows["y"]), rows["count"].astype(float), done, self._bin.n)

    def places(self) -> Iterator[Piece]:
        """As pieces."""
        return self.pieces()

    def gene(self, place: int) -> Floats:
        """One slice."""
        rows = self._bin.of(place)
        spots = self._grid.places(rows["x"], rows["y"])
        return _summed(spots, rows, len(self.outline.spots))


@contextmanager
def opened(path: Path, told: str, options: SectionOptions) -> Iterator[GefReading]:
    """A file that is closed at the end. Raises BadInput, NotFound (bin), TooLarge."""
    with hdf5_file.opened(path, told) as file:
        with sound(told):
            found = GefReading(file, told, options)
        yield found


def gene(path: Path, known: SectionOutline, place: int) -> Floats:
    """The rows of one gene of a file whose outline is known. Raises BadInput when the file is another one by now."""
    positions = known.positions
    assert positions is not None
    with hdf5_file.opened(path, known.file) as file, sound(known.file):
        found = Bin(file, known.bin, known.file)
        if found.ids != known.ids:
            raise BadInput(f"{known.file} has changed since it was opened.", "Open it again.")
        rows = found.of(place)
    keys, asked = _keys(positions[:, 0], positions[:, 1], positions), _keys(rows["x"], rows["y"], positions)
    spots = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    if (keys[spots] != asked).any():
        raise BadInput(f"{known.file} has changed since it was opened.", "Open it again.")
    return _summed(spots, rows, len(keys))


def _summed(spots: Ints, rows: npt.NDArray[np.void], n: int) -> Floats:
    return np.asarray(np.bincount(spots, weights=rows["count"], minlength=n), dtype=np.float64)


def fits(file: h5py.File) -> bool:
    """Whether an HDF5 file is built like a GEF of square bins."""
    return parts.has_group(file, "geneExp")


def of_cells(file: h5py.File) -> bool:
    """Whether it is a GEF of cells, which has another form."""
    return parts.has_group(file, "cellBin")


def grid(found: Bin, most: int) -> Grid:
    """The squares in use. Coordinates of bin N are multiples of N as SAW writes them; else each is a spot as it is."""
    bounds, width = _bounds(found)
    squares = Grid(bounds, width, most)
    for x, y in found.pairs():
        squares.add(x, y)
        if squares.full:
            break
    return squares


def _bounds(found: Bin) -> tuple[Extent, int]:
    whole = True

    def pairs() -> Iterator[tuple[Ints, Ints]]:
        nonlocal whole
        for x, y in found.pairs():
            whole = whole and not ((x % found.width).any() or (y % found.width).any())
            yield x, y

    bounds = extent(pairs())
    return bounds, found.width if whole else 1


def _bins(file: h5py.File, told: str) -> tuple[int, ...]:
    with sound(told):
        names = parts.names_in(file, "geneExp")
    digits = (name[3:] for name in names if name.startswith("bin"))
    bins = sorted(int(one) for one in digits if one.isascii() and one.isdecimal() and 0 < len(one) < 7 and int(one))
    if not bins:
        raise BadInput(f"{told} has no bins.", _HINT)
    return tuple(bins)


def _usual(file: h5py.File, bins: tuple[int, ...], told: str) -> int:
    """The smallest bin of the file with at most USUAL_SPOTS spots, else its widest."""
    usual = bins[-1]
    for width in reversed(bins):
        found = Bin(file, width, told)
        if found.most() > USUAL_SPOTS or (found.n > USUAL_SPOTS and grid(found, USUAL_SPOTS).over()):
            break
        usual = width
    return usual


def _named(genes: npt.NDArray[np.void]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    fields = genes.dtype.names or ()
    key = next(name for name in _NAMES if name in fields)
    ids, again = told_apart([parts.text(one).strip() for one in genes[key].tolist()])
    if "geneName" in fields and key != "geneName":
        names = tuple(parts.text(one).strip() for one in genes["geneName"].tolist())
    else:
        names = ("",) * len(ids)
    return ids, names, tuple(again)


def _keys(x: npt.NDArray[np.generic], y: npt.NDArray[np.generic], positions: Floats) -> Ints:
    """One number for a position, ascending by x, then y; -1 outside of all of them."""
    low, high = positions.min(axis=0).astype(np.int64), positions.max(axis=0).astype(np.int64)
    across, down = x.astype(np.int64) - low[0], y.astype(np.int64) - low[1]
    inside = (across >= 0) & (down >= 0) & (down <= high[1] - low[1])
    return np.where(inside, across * (high[1] - low[1] + 1) + down, -1)
