"""Sorts the numbers of a spatial file by gene, in bounded memory, into a copy (layout.py).

A file that comes gene by gene is written as it comes. Any other is read twice: first it is counted how many numbers
each gene has; then they are put aside on the disk in runs of genes that fit into memory, and each run is sorted alone.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
from scipy import sparse

from backend import section_files
from backend.aside import aside
from backend.errors import TooLarge
from backend.filling import created
from backend.section import layout
from backend.section_files.outline import (
    MOST_STORED,
    Floats,
    Ints,
    Piece,
    Reading,
    SectionOptions,
    SectionOutline,
    Tell,
)
from backend.section_files.scratch import Scratch

RUN = 4_000_000  # numbers that are sorted at once, about 0.2 GB
WRITE = 1_000_000  # numbers written at once
Whole = npt.NDArray[np.integer]
Number = npt.NDArray[np.floating]


def write(
    path: Path, target: Path, options: SectionOptions, tell: Tell | None = None, name: str = "", most: int = RUN
) -> Path:
    """Read the file and write its copy; the copy has its name only when complete. most: numbers sorted at once."""
    says: Tell = tell or (lambda *_: None)
    with aside(target, f"The copy of {name or path.name}") as part:
        _sweep(target.parent)
        with section_files.opened(path, options, target.parent, says, name) as reading, created(part) as (file, check):
            _put(file, reading, target.parent, _checking(says, check), most)
    return target


def _sweep(folder: Path) -> None:
    """Delete what processes that were killed left there."""
    for part in folder.glob("*.part"):
        process = part.name.split(".")[-2].partition("-")[0]
        try:
            os.kill(int(process), 0)
        except (ProcessLookupError, ValueError, OverflowError):
            part.unlink(missing_ok=True)
        except PermissionError:
            continue  # it runs for somebody else


def _checking(tell: Tell, check: Callable[[], None]) -> Tell:
    """Progress that ends as soon as the disk takes no more."""

    def told(part: str, done: int, of: int, unit: str, seconds: float) -> None:
        check()
        tell(part, done, of, unit, seconds)

    return told


def _put(file: h5py.File, reading: Reading, folder: Path, tell: Tell, most: int) -> None:
    known = reading.outline
    layout.put_texts(file, "genes/id", known.ids)
    layout.put_texts(file, "genes/name", known.names)
    layout.put_spots(file, known.spots, known.positions)
    sums = _Sorted(file, known, reading.kind)
    if reading.by_gene:
        for piece in _told(reading.pieces(), "Reading", tell):
            end = int(piece.genes.max(initial=sums.next - 1)) + 1
            sums.add(end, piece.genes, piece.spots, piece.values)
    else:
        _sort(reading, sums, folder, tell, most)
    sums.end()
    file.attrs["notes"] = json.dumps(list(known.notes))
    file.attrs["about"] = json.dumps(_about(known))
    file.attrs["format"] = layout.FORMAT


def _about(known: SectionOutline) -> dict[str, Any]:
    return {
        "form": known.form,
        "file": known.file,
        "bin": known.bin,
        "bins": list(known.bins),
        "layer": known.options.layer,
        "layers": list(known.layers),
    }


def _sort(reading: Reading, sums: _Sorted, folder: Path, tell: Tell, most: int) -> None:
    """For files that come in another order than by gene."""
    n_genes = len(reading.outline.ids)
    counts = np.zeros(n_genes, dtype=np.int64)
    for piece in _told(reading.places(), "Counting", tell):
        counts += np.bincount(piece.genes.astype(np.int64), minlength=n_genes)
    if counts.sum() > MOST_STORED:
        raise TooLarge(
            f"{reading.outline.file} holds more than {MOST_STORED:,} numbers.", "Cut the section into parts."
        )
    starts = _runs(counts, most)
    run_of = np.repeat(np.arange(len(starts), dtype=np.int16), np.diff([*starts, n_genes]))
    columns = (("gene", "u4"), ("spot", "u4"), ("value", reading.kind.str))
    with Scratch(folder, columns, len(starts)) as aside:
        for piece in _told(reading.pieces(), "Sorting", tell):
            _put_aside(aside, piece, run_of[piece.genes])
        began = time.monotonic()
        for one, end in enumerate([*starts[1:], n_genes]):
            sums.add(
                end, *(aside.whole(one) if aside.count(one) <= most else _one_gene(aside.parts(one), sums.n_spots))
            )
            tell("Writing", end, n_genes, "genes", time.monotonic() - began)


def _put_aside(aside: Scratch, piece: Piece, run: npt.NDArray[np.int16]) -> None:
    order = np.argsort(run, kind="stable")
    columns = [one[order] for one in (piece.genes, piece.spots, piece.values)]
    ends = np.cumsum(np.bincount(run))
    for one, (start, end) in enumerate(pairwise([0, *ends.tolist()])):
        aside.put(*(column[start:end] for column in columns), group=one)


def _one_gene(parts: Iterator[tuple[Any, ...]], n_spots: int) -> tuple[Whole, Whole, Number]:
    """The only gene of a run that is too long to be sorted, as in a GEM with many lines for each spot."""
    sums = np.zeros(n_spots)
    place = 0
    for genes, spots, values in parts:
        np.add.at(sums, spots, values)
        place = int(genes[0])
    found = np.flatnonzero(sums)
    return np.full(len(found), place), found, sums[found]


def _runs(counts: Ints, most: int) -> list[int]:
    """First genes of runs that hold at most so many numbers, or one gene."""
    ends = np.cumsum(counts)
    starts = [0]
    while True:
        before = ends[starts[-1] - 1] if starts[-1] else 0
        following = max(starts[-1] + 1, int(np.searchsorted(ends, before + most, side="right")))
        if following >= len(counts):
            return starts
        starts.append(following)


def _told(pieces: Iterator[Piece], part: str, tell: Tell) -> Iterator[Piece]:
    began = time.monotonic()
    for piece in pieces:
        yield piece
        tell(part, piece.done // 1_000, piece.of // 1_000, "thousand numbers", time.monotonic() - began)


class _Sorted:
    """Numbers written gene after gene, and what is summed over them."""

    def __init__(self, file: h5py.File, known: SectionOutline, kind: np.dtype[np.floating]) -> None:
        self.next = 0
        self._file, self._kind = file, kind
        self._n_genes, self.n_spots = known.shape
        self._first = np.zeros(self._n_genes + 1, dtype=np.int64)
        self._missing, self._sums = (np.zeros(self._n_genes) for _ in range(2))
        self._totals: Floats = np.zeros(self.n_spots)
        self._counts, self._n = True, 0

    def add(self, end: int, genes: Whole, spots: Whole, values: Number) -> None:
        """All numbers of the next genes, up to `end`; a pair that comes twice counts with its sum."""
        start = self.next
        found = _by_gene(genes.astype(np.int32) - start, spots, values, (self.n_spots, end - start))
        self._first[start + 1 : end + 1] = self._n + found.indptr[1:]
        self.next = end
        self._write(found.indices, found.data)
        self._sum(start, end, found)

    def _sum(self, start: int, end: int, found: sparse.csc_matrix) -> None:
        values = found.data
        gone = np.isnan(values)
        known = np.where(gone, 0.0, values)
        gene = np.repeat(np.arange(end - start), np.diff(found.indptr))
        self._totals += np.bincount(found.indices, weights=known, minlength=self.n_spots)
        self._sums[start:end] = np.bincount(gene, weights=known, minlength=end - start)
        self._missing[start:end] = np.bincount(gene[gone], minlength=end - start)
        self._counts = self._counts and bool((found.data[~gone] >= 0).all() and (known == np.floor(known)).all())

    def _write(self, spots: Whole, values: Number) -> None:
        if "spots" not in self._file:
            kinds = {"spots": np.uint32, "values": self._kind}
            for name, kind in kinds.items():
                self._file.create_dataset(name, (0,), kind, maxshape=(None,), chunks=(layout.CHUNK,), **layout.PACKED)
        for start in range(0, len(spots), WRITE):
            end = min(start + WRITE, len(spots))
            for name, numbers in (("spots", spots), ("values", values)):
                data = self._file[name]
                data.resize((self._n + end - start,))
                data[self._n :] = numbers[start:end]
            self._n += end - start

    def end(self) -> None:
        """What is known only when everything was read."""
        self._first[self.next + 1 :] = self._n
        if "spots" not in self._file:
            self._write(np.empty(0, dtype=np.int64), np.empty(0))
        genes, measured = self._file["genes"], self.n_spots - self._missing
        genes.create_dataset("first", data=self._first)
        genes.create_dataset("measured", data=measured.astype(np.int64))
        genes.create_dataset("mean", data=np.where(measured > 0, self._sums / np.maximum(measured, 1), np.nan))
        self._file.create_dataset("spot/total", data=self._totals, **layout.PACKED)
        self._file.attrs["counts"] = self._counts
        self._file.attrs["missing"] = int(self._missing.sum())


def _by_gene(genes: Whole, spots: Whole, values: Number, shape: tuple[int, int]) -> sparse.csc_matrix:
    """As columns, each with ascending rows; what is 0 is left out."""
    pairs = (spots.astype(np.int32), genes)
    found = sparse.coo_matrix((values, pairs), shape=shape).tocsc()
    found.eliminate_zeros()
    return found
