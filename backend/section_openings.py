"""Sections opened, and their copies sorted by gene made in the background, one after the other (backend/jobs.py)."""

from __future__ import annotations

import contextlib
import threading
from collections import defaultdict
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from backend import section_files, settings
from backend.demo import section as demo
from backend.errors import ExpronautError, NotFound, Stopped
from backend.jobs import Queue, Tell
from backend.model import IndexProgress
from backend.section import outlines, partners, scales, store
from backend.section.store import SectionStore
from backend.sources import section_shelf
from backend.sources.section_shelf import DEMO, Opened

MOST_VARIED = 100  # genes that are remembered as varying most
_queue = Queue("expronaut-section", "Single genes of h5ad and GEF files can be seen all the same.")
_demo = threading.Lock()
_opening: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


def open_file(path: Path, bin: int = 0, layer: str = "", of: str = "") -> str:
    """Open a spatial file, and begin its copy in the background; the key of its source.

    bin: of GEM and GEF, 0 for the usual one. layer: of h5ad, "" for X. of: its data set at STOmics. Raises NotFound,
    BadInput (no spatial file, bin), TooLarge, Unavailable.
    """
    return start(remember(path, bin, layer, of))


def remember(path: Path, bin: int = 0, layer: str = "", of: str = "") -> str:
    """Open a spatial file without making its copy; the key."""
    whole = path.expanduser().absolute()
    try:
        seen = whole.stat()
    except OSError as error:
        raise NotFound(f"{path.name} cannot be opened: {error.strerror}.", "Check the path.") from error
    key = section_shelf.key_of(whole, bin, layer)
    with _opening[key]:  # who opens it at the same time waits, and finds it open
        former = section_shelf.opened(now=True).get(key)
        if former is not None and former.problem() is None:
            again = replace(former, of=of or former.of, opened_at=section_shelf.moment())
            return section_shelf.keep(replace(again, title=_title(again)))
        one = Opened(key, str(whole), seen.st_size, seen.st_mtime_ns, "", bin, layer, of=of)
        return section_shelf.keep(_looked_at(one))


def _looked_at(one: Opened) -> Opened:
    """With what its file tells, and the copy that may be there."""
    if one.file != section_shelf.demo_file():
        store.check(one.file, one.options, one.file.name)  # a damaged file must not keep this process busy
    form = section_files.form(one.file, one.file.name)
    one = replace(
        one,
        form=form,
        opened_at=section_shelf.moment(),
        kind="simulated" if form == "h5ad" and section_shelf.says(one.file, section_shelf.SIMULATED) else "real",
        image=form != "h5ad" or section_shelf.says(one.file, section_shelf.IMAGE),  # a chip is its own image
        direct=form != "gem",
    )
    one = replace(one, title=_title(one))
    if one.direct:  # of a text nothing is known before its end
        one = _outlined(one)
    copy = store.copy_of(one.file, one.options)
    if copy.is_file():
        with contextlib.suppress(ExpronautError):  # a damaged copy is made again
            return _copied(one, copy)
    return one


def _title(one: Opened) -> str:
    """What it is called: a file of STOmics after its data set, as many of them hold a matrix.h5ad."""
    choice = f", bin {one.bin}" if one.bin else f", {one.layer}" if one.layer else ""
    if one.kind == "simulated":
        return f"SIMULATED {'mouse cortex' if one.key == DEMO else f'section ({one.file.name}{choice})'}"
    return f"{one.of} {one.file.name}".lstrip() + choice


def _outlined(one: Opened) -> Opened:
    """With what the file tells at once."""
    found = outlines.outline(one.file, one.options)
    species = section_shelf.species_among(found.ids, found.names)
    n_genes, n_spots = found.shape
    told = replace(one, species=(species,), n_genes=n_genes, n_spots=n_spots)
    return replace(told, in_force=found.bin, bins=found.bins, layers=found.layers)


def _copied(one: Opened, copy: Path) -> Opened:
    """With what the copy tells."""
    made = SectionStore(copy)
    head = made.head
    lowest = 0.0 if head.counts else _lowest(made)
    usual = scales.scale("", scales.offered(head.counts, lowest), head.counts, head.totals)
    spread = partners.varied(made, usual)
    varied = np.argsort(-np.where(np.isnan(spread), -1.0, spread), kind="stable")[:MOST_VARIED]
    return replace(
        one,
        species=(section_shelf.species_among(head.ids, head.names),),
        n_genes=len(head.ids),
        n_spots=len(head.spots),
        in_force=int(head.about.get("bin") or 0),
        bins=tuple(int(size) for size in head.about.get("bins") or ()),
        layers=tuple(map(str, head.about.get("layers") or ())),
        counts=head.counts,
        lowest=lowest,
        copy=str(copy),
        varied=tuple(int(place) for place in varied),
    )


def _lowest(made: SectionStore) -> float:
    """The lowest number of a section, at most 0, as most are not stored."""
    return float(min((np.fmin.reduce(values, initial=0.0) for *_, values in made.pieces()), default=0.0))


def start(key: str) -> str:
    """Begin the copy of an open section unless it is there; the key."""
    if not section_shelf.get(key).complete:
        _queue.put(key, lambda tell: make(key, tell))
    return key


def make(key: str, tell: Tell) -> None:
    """Make the copy of an open section here and now. Raises as backend.section.store.build."""
    one = section_shelf.get(key)
    if (problem := one.problem()) is not None:
        raise problem
    try:
        says = partial(_telling, key, tell)
        copy = store.build(
            one.file, one.options, says, name=one.file.name, trusted=one.file == section_shelf.demo_file()
        )
        _keep_copied(_copied(one, copy))
    except ExpronautError as error:
        stopped = isinstance(error, Stopped)
        section_shelf.tell(key, "stopped" if stopped else f"not made: {error.message.rstrip('.')}")
        raise
    section_shelf.tell(key, "")
    outlines.forget(one.file)


def _keep_copied(one: Opened) -> None:
    """Unless the section was closed meanwhile, or another file is open by its key."""
    with _opening[one.key]:
        now = section_shelf.opened(now=True).get(one.key)
        if now is not None and (now.size, now.mtime_ns) == (one.size, one.mtime_ns):
            section_shelf.keep(replace(one, of=now.of, title=now.title, opened_at=now.opened_at))
        else:
            section_shelf.drop(one.copy)


def _telling(key: str, tell: Tell, part: str, done: int, of: int, unit: str, seconds: float) -> None:
    section_shelf.tell(key, f"being made ({done / of:.0%} of “{part}”)" if of else "being made")
    tell(part, done, of, unit, seconds)


def resume() -> None:
    """Begin the copies of open sections that were not begun in this process, or were made here and are gone again."""
    for key, one in section_shelf.opened().items():
        if not one.complete and progress(key) is None and one.problem() is None:
            with contextlib.suppress(NotFound):  # another process has closed it meanwhile
                start(key)


def progress(key: str) -> IndexProgress | None:
    """How far a copy is; None when it is complete or was never begun here."""
    found = _queue.progress(key)
    return None if found is not None and found.state == "done" else found


def cancel(key: str) -> None:
    """Stop the making of a copy."""
    _queue.cancel(key)


def close(key: str) -> None:
    """Close a section. Raises NotFound."""
    one = section_shelf.get(key)
    _queue.cancel(key)
    section_shelf.forget(key)
    _queue.forget(key)
    outlines.forget(one.file)


def ensure_demo() -> None:
    """Write, copy and open the simulated section unless it is there or not wanted. Takes less than a second."""
    if not settings.current().demo or _demo_is_there():
        return
    with _demo:
        if _demo_is_there():
            return
        path = section_shelf.demo_file()
        with contextlib.suppress(OSError, ExpronautError):  # as on a full disk; the app goes on without it
            if not path.is_file():
                demo.write(path)
            make(remember(path), _silent)


def _silent(part: str, done: int, of: int, unit: str, seconds: float, before: int = 0) -> None:
    """Nobody listens."""


def _demo_is_there() -> bool:
    found = section_shelf.opened().get(DEMO)
    return found is not None and found.problem() is None
