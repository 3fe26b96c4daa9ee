"""Continuous data of a region: tracks with one number a position, as TSV (two forms), loom, or JSON of v0.1.0."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from backend.errors import BadAnswer, BadInput, NotFound, TooLarge
from backend.rnaget import loom_apart, payload, tsv_form
from backend.rnaget.annotations import continuous_annotation
from backend.rnaget.server import Server, part
from backend.rnaget.tickets import fetched, read_ticket
from backend.study.matrix import MOST_CELLS, as_float32
from backend.web import read_json

MOST_POSITIONS = 1_000_000
Signal = tuple[tuple[str, ...], list[tuple[str, int]], npt.NDArray[np.float32]]  # tracks, places, (t, p)
_POSITION = re.compile(r"^(\S+):([0-9]{1,15})$")
_RANGE = re.compile(r"^#range\t(\S+):([0-9]{1,15})-([0-9]{1,15})", re.MULTILINE)
_CHROMOSOME = re.compile(r"^[A-Za-z0-9_.-]{1,40}$")


@dataclass(frozen=True)
class Region:
    """A region of a sequence. start: zero-based, included; end: excluded; None for the ends of the data."""

    chromosome: str
    start: int | None = None
    end: int | None = None

    def params(self) -> dict[str, str]:
        """The query. Raises BadInput for a name that is none, or a start that is not before the end."""
        if not _CHROMOSOME.match(self.chromosome):
            raise BadInput(f"“{self.chromosome[:40]}” is not the name of a chromosome.", "Write chr1, chrX.")
        if min(self.start or 0, self.end or 0) < 0:
            raise BadInput("A position is below zero.", "Positions are counted from 0.")
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise BadInput(f"The start {self.start:,} is not before the end {self.end:,}.", "Exchange them.")
        bounds = {"start": self.start, "end": self.end}
        return {"chr": self.chromosome} | {name: str(at) for name, at in bounds.items() if at is not None}


@dataclass(frozen=True)
class Tracks:
    """Signals. names: (t,). positions: zero-based, ascending, (p,). values: (t, p), NaN where missing."""

    chromosome: str
    names: tuple[str, ...]
    positions: npt.NDArray[np.int64]
    values: npt.NDArray[np.float32]
    unit: str
    notes: tuple[str, ...] = ()


def tracks(server: Server, name: str, region: Region) -> Tracks:
    """The signals of a region. Raises NotFound without data, BadAnswer for another form, TooLarge over the cap."""
    told = read_ticket(server, server.json(f"/continuous/{part(name)}/ticket", region.params(), lifetime=0.0))
    found = fetched(told, lambda body: read(body, region, told.unit))
    return replace(found, notes=(*told.notes, *found.notes))


def read(body: bytes, region: Region, unit: str) -> Tracks:
    """Tracks of a region from bytes; positions outside of it are cut off and told."""
    names, places, values = _form(body)(body)
    _capped(len(places))
    low, high = region.start or 0, region.end if region.end is not None else 2**62
    keep = [n for n, (chromosome, at) in enumerate(places) if chromosome == region.chromosome and low <= at < high]
    if not keep or not names:
        raise NotFound(f"There is no signal on {region.chromosome} in this region.", "Choose another region.")
    positions = np.array([places[n][1] for n in keep], dtype=np.int64)
    order = np.argsort(positions, kind="stable")
    cut = len(places) - len(keep)
    notes: tuple[str, ...] = (
        (f"The server sent {cut:,} positions outside of the region; they were cut off here.",) if cut else ()
    )
    positions = positions[order]
    notes += _shorter(positions, region)
    return Tracks(region.chromosome, names, positions, values[:, keep][:, order], unit, notes)


def _shorter(positions: npt.NDArray[np.int64], region: Region) -> tuple[str, ...]:
    """What is told where the server has less than the region. positions: in order."""
    first, last = int(positions[0]), int(positions[-1]) + 1
    begun = region.start is None or first <= region.start
    if begun and (region.end is None or last >= region.end):
        return ()
    return (f"Of this region the server has values from {first:,} to {last:,} only.",)


def _form(body: bytes) -> Callable[[bytes], Signal]:
    begin = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if body.startswith(payload.HDF5):
        return _loom
    if begin[:1] == b"<":
        raise BadAnswer("The server sent a web page where a signal was due.", "Try again later.")
    return _json if begin[:1] in (b"{", b"[") else _tsv


def _loom(body: bytes) -> Signal:
    found = loom_apart.read(body, "", rows=("tracks",), columns=("position",))
    return found.ids, [_place(name) for name in found.samples["sample"]], found.values


def _json(body: bytes) -> Signal:
    """Continuous annotations of v0.1.0: each one track; together they stand over all positions of any."""
    try:
        found = read_json(body)
    except (ValueError, RecursionError) as error:
        raise BadAnswer("The JSON of the server is damaged or cut.", "Ask again.") from error
    records = [continuous_annotation(one) for one in (found if isinstance(found, list) else [found])]
    _capped(sum(len(one.values) for one in records))
    spans = {(one.sequence, one.start + step): None for one in records for step in range(len(one.values))}
    if len(records) * len(spans) > MOST_CELLS:
        raise TooLarge(f"{len(records):,} tracks over {len(spans):,} positions.", "Choose a smaller region.")
    column = {place: number for number, place in enumerate(spans)}
    values = np.full((len(records), len(column)), np.nan, dtype=np.float32)
    for row, one in enumerate(records):
        values[row, [column[one.sequence, one.start + step] for step in range(len(one.values))]] = as_float32(
            one.values
        )
    return tuple(one.name or one.id for one in records), list(column), values


def _tsv(body: bytes) -> Signal:
    told = body.decode("utf-8-sig", "replace")
    ranged = _RANGE.search(told)
    rows = [line.split("\t") for _, line in tsv_form.lines(body)]
    if not rows:
        return (), [], np.empty((0, 0), dtype=np.float32)
    if ranged:
        start, end = int(ranged[2]), int(ranged[3])
        _capped(end - start)
        places = [(ranged[1], at) for at in range(start, end)]
        labels = len(rows[0]) - len(places)
    else:
        places, labels = [_place(name) for name in rows[0][1:]], 1
        rows = rows[1:]
    if not places:
        return (), [], np.empty((0, 0), dtype=np.float32)
    if labels < 1 or any(len(cells) != labels + len(places) for cells in rows):
        raise BadAnswer("The table of tracks does not have one number for each position.", "Ask again.")
    try:
        values = as_float32([[float(cell) if cell.strip() else np.nan for cell in cells[labels:]] for cells in rows])
    except ValueError as error:
        raise BadAnswer("The table of tracks holds something that is no number.", "Ask again.") from error
    return tuple(cells[0] for cells in rows), places, values.reshape(len(rows), len(places))


def _capped(count: int) -> None:
    if count > MOST_POSITIONS:
        raise TooLarge(f"{count:,} positions; the cap is {MOST_POSITIONS:,}.", "Choose a smaller region.")


def _place(name: str) -> tuple[str, int]:
    found = _POSITION.match(name.strip())
    if found is None:
        raise BadAnswer(f"“{name[:30]}” is not a position such as chr1:20.", "Tell those who run the server.")
    return found[1], int(found[2])
