"""GEM text: one line for each gene and coordinate in which something was counted. Read once, kept aside as numbers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from backend.errors import BadInput, TooLarge
from backend.section_files import gem_text
from backend.section_files.grid import Grid, extent
from backend.section_files.outline import (
    BINS,
    MOST_GENES,
    MOST_SPOTS,
    USUAL_SPOTS,
    Floats,
    Ints,
    Piece,
    SectionOptions,
    SectionOutline,
    Tell,
)
from backend.section_files.scratch import Scratch
from backend.study_files import unpack

MOST_BYTES = 200 << 30  # of the text, unpacked
_START = 64 << 10  # bytes in which a GEM shows what it is
OUTSIDE = frozenset({"", "0", "-1", "nan", "NA"})  # names of no cell
_COLUMNS = (("gene", "i4"), ("x", "i4"), ("y", "i4"), ("count", "f8"), ("cell", "i4"))


class _Names:
    """Texts in the order in which they come first, over all blocks."""

    def __init__(self, what: str, most: int, told: str) -> None:
        self._what, self._most, self._told = what, most, told
        self.place: dict[str, int] = {}

    def codes(self, names: list[str]) -> Ints:
        """The place of each over all blocks. Raises TooLarge for too many."""
        found = np.array([self.place.setdefault(one, len(self.place)) for one in names], dtype=np.int64)
        if len(self.place) > self._most:
            raise TooLarge(f"{self._told} names more than {self._most:,} {self._what}.", "Cut the section into parts.")
        return found


class GemReading:
    """A GEM file that was read to its end (outline.Reading)."""

    by_gene = False
    kind: np.dtype[np.floating] = np.dtype(np.float64)

    def __init__(self, path: Path, told: str, options: SectionOptions, scratch: Scratch, tell: Tell | None) -> None:
        self._told, self._scratch, self._options = told, scratch, options
        self._genes = _Names("genes", MOST_GENES, told)
        self._cells = _Names("cells", MOST_SPOTS, told)
        self._symbols: dict[str, str] = {}
        self._n, self._outside = 0, 0.0
        with unpack.opened(path, told, MOST_BYTES) as stream:
            self._head = gem_text.header(stream, told)
            began, size = time.monotonic(), _size(path)
            for lines, done in gem_text.blocks(stream, self._head, told):
                self._keep(lines)
                if tell is not None:
                    tell(
                        "Reading the text",
                        done >> 20,
                        size >> 20 if done <= size else 0,
                        "MB",
                        time.monotonic() - began,
                    )
        if not self._n:
            raise BadInput(f"{told} holds no counts.", "Choose another file.")
        self.outline = self._outline()

    def _keep(self, lines: gem_text.Lines) -> None:
        gene = self._genes.codes(lines.genes)[lines.gene] if lines.genes else lines.gene
        if self._head.symbol:
            for name, symbol in zip(lines.genes, lines.symbols, strict=True):
                self._symbols.setdefault(name, symbol)
        cell = np.full(len(gene), -1)
        if lines.cell is not None and lines.cells:
            known = self._cells.codes([_cell(one) for one in lines.cells])
            cell = known[lines.cell]
        kept = lines.count > 0
        self._n += int(np.count_nonzero(kept))
        self._scratch.put(*(one[kept] for one in (gene, lines.x, lines.y, lines.count, cell)))

    def _outline(self) -> SectionOutline:
        chosen, notes = self._options.bin, list[str]()
        if chosen < 0:
            raise BadInput(f"{chosen} is no bin.", "Choose one of those offered.")
        self._bounds = extent((x, y) for _, x, y, _, _ in self._scratch.parts())
        by_cell = bool(self._head.cell) and not chosen
        width = 0 if by_cell else chosen or self._usual()
        if by_cell:
            spots, positions = self._by_cell()
            notes += self._cell_notes()
        else:
            self._grid = self._squares(width, MOST_SPOTS)
            self._grid.check(self._told)
            positions = self._grid.positions()
            spots = [f"{x:.0f}_{y:.0f}" for x, y in positions.tolist()]
            if self._options.bin == 0:
                notes.append(
                    f"Spots are squares of {width}, the smallest usual ones that give at most {USUAL_SPOTS:,}."
                )
        offset = [f"{name}={value}" for name, value in self._head.comments.items() if name in ("OffsetX", "OffsetY")]
        if any(one.partition("=")[2].strip() not in ("", "0") for one in offset):
            notes.append(f"Positions are as they stand in the file; its offset is not added ({', '.join(offset)}).")
        ids = tuple(self._genes.place)
        names = tuple(self._symbols.get(one, "") for one in ids)
        bins = ((0,) if self._head.cell else ()) + tuple(sorted({*BINS, *([width] if width else [])}))
        table = pd.DataFrame({"spot": spots}, dtype=object)
        return SectionOutline(
            self._told,
            "gem",
            ids,
            names,
            table,
            positions,
            width,
            bins,
            options=self._options,
            direct=False,
            stored=self._n,
            notes=tuple(notes),
        )

    def _usual(self) -> int:
        """The smallest of BINS with few enough spots, else the widest."""
        usual = BINS[-1]
        for width in reversed(BINS):
            if self._squares(width, USUAL_SPOTS).over():
                break
            usual = width
        return usual

    def _squares(self, width: int, most: int) -> Grid:
        grid = Grid(self._bounds, width, most)
        for _, x, y, _, _ in self._scratch.parts():
            grid.add(x, y)
            if grid.full:
                break
        return grid

    def _by_cell(self) -> tuple[list[str], Floats]:
        """Names of the cells by number, and the centre of their counts; sets where each cell stands."""
        names = list(self._cells.place)
        weights, sums = np.zeros(len(names)), np.zeros((2, len(names)))
        for _, x, y, count, cell in self._scratch.parts():
            weights += np.bincount(cell, weights=count, minlength=len(names))
            for axis, one in enumerate((x, y)):
                sums[axis] += np.bincount(cell, weights=one * count, minlength=len(names))
        within = (place for place, name in enumerate(names) if name and weights[place] > 0)
        order = sorted(within, key=lambda place: _by_number(names[place]))
        if not order:
            raise BadInput(f"{self._told} names no cell in its column {self._head.cell}.", "Choose a bin.")
        self._rank = np.full(len(names), -1)
        self._rank[order] = np.arange(len(order))
        self._outside = float(weights[self._rank < 0].sum())
        return [names[place] for place in order], (sums[:, order] / weights[order]).T.copy()

    def _cell_notes(self) -> list[str]:
        told = [f"Spots are cells ({self._head.cell} of the file), at the centre of their counts."]
        if self._outside:
            told.append(f"Counts outside of cells are left out: {self._outside:,.0f}.")
        return told

    def pieces(self) -> Iterator[Piece]:
        """In the order of the file; lines of one gene in one spot add up."""
        done = 0
        for gene, x, y, count, cell in self._scratch.parts():
            done += len(gene)
            if self.outline.bin:
                yield Piece(gene, self._grid.places(x, y), count, done, self._n)
            else:
                spots = self._rank[cell]
                kept = spots >= 0
                yield Piece(gene[kept], spots[kept], count[kept], done, self._n)

    def places(self) -> Iterator[Piece]:
        """Genes of all lines."""
        done = 0
        for gene, _, _, count, _ in self._scratch.parts():
            done += len(gene)
            yield Piece(gene, gene[:0], count[:0], done, self._n)

    def gene(self, place: int) -> Floats:
        """Goes through all lines."""
        found = np.zeros(len(self.outline.spots))
        for piece in self.pieces():
            here = piece.genes == place
            np.add.at(found, piece.spots[here], piece.values[here])
        return found


@contextmanager
def opened(path: Path, told: str, options: SectionOptions, folder: Path, tell: Tell | None) -> Iterator[GemReading]:
    """A file read to its end. folder: for its numbers. Raises BadInput, TooLarge, Unavailable (disk)."""
    with Scratch(folder, _COLUMNS) as scratch:
        yield GemReading(path, told, options, scratch, tell)


def fits(path: Path, told: str) -> bool:
    """Whether it begins like a GEM, sound or not. Raises BadInput when it cannot be unpacked, or has no tabs."""
    with unpack.opened(path, told, MOST_BYTES) as stream:
        start = stream.read(_START)
    gem_text.check_tabs(start, told)
    return any(word in start.lower() for word in (b"geneid\t", b"\tmidcount", b"#fileformat=gem"))


def _size(path: Path) -> int:
    """Bytes of the text, 0 where a packed file does not tell it: gzip keeps four bytes of the size of its last part."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(2) != b"\x1f\x8b":
            return size if not path.name.lower().endswith(".zip") else 0
        file.seek(-4, 2)
        told = int.from_bytes(file.read(4), "little")
    return told if told > size else 0


def _cell(name: str) -> str:
    """A cell by its name, "" for none; numbers that some program wrote as 12.0 are 12."""
    plain = name.removesuffix(".0") if name.removesuffix(".0").removeprefix("-").isdecimal() else name
    return "" if plain in OUTSIDE else plain


def _by_number(name: str) -> tuple[int, int, str]:
    return (0, int(name), "") if name.isascii() and name.isdecimal() and len(name) < 19 else (1, 0, name)
