"""Sections opened, and their copies sorted by gene made in the background, one after the other (backend/jobs.py)."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from backend import section_files, settings
from backend.demo import section as demo
from backend.errors import ExpronautError, NotFound, Stopped
from backend.jobs import Queue, Tell
from backend.model import IndexProgress
from backend.section import partners, scales, store
from backend.section.store import SectionStore
from backend.section_files import SectionOptions
from backend.sources import section_shelf
from backend.sources.section_shelf import DEMO, Opened

MOST_VARIED = 100  # genes that are remembered as varying most
_queue = Queue("expronaut-section", "Single genes of h5ad and GEF files can be seen all the same.")
_demo = threading.Lock()


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
    former = section_shelf.opened(now=True).get(key)
    if former is not None and former.complete and former.problem() is None:
        again = replace(former, of=of or former.of, opened_at=section_shelf.moment())
        return section_shelf.keep(replace(again, title=_title(again)))
    if whole != section_shelf.demo_file():
        store.check(whole, SectionOptions(bin, layer), whole.name)  # a damaged file must not keep this process busy
    form = section_files.form(whole, whole.name)
    one = Opened(
        key=key,
        path=str(whole),
        size=seen.st_size,
        mtime_ns=seen.st_mtime_ns,
        form=form,
        bin=bin,
        layer=layer,
        of=of,
        opened_at=section_shelf.moment(),
        kind="simulated" if form == "h5ad" and section_shelf.says(whole, section_shelf.SIMULATED) else "real",
        image=form != "h5ad" or section_shelf.says(whole, section_shelf.IMAGE),  # a chip is its own image
        direct=form != "gem",
    )
    one = replace(one, title=_title(one))
    if one.direct:  # of a text nothing is known before its end
        one = _outlined(one)
    copy = store.copy_of(whole, SectionOptions(bin, layer))
    if copy.is_file():
        with contextlib.suppress(ExpronautError):  # a damaged copy is made again
            one = _copied(one, copy)
    return section_shelf.keep(one)


def _title(one: Opened) -> str:
    """What it is called: a file of STOmics after its data set, as many of them hold a matrix.h5ad."""
    if one.kind == "simulated":
        return f"SIMULATED {'mouse cortex' if one.key == DEMO else f'section ({one.file.name})'}"
    return f"{one.of} {one.file.name}".lstrip() + (f", bin {one.bin}" if one.bin else "")


def _outlined(one: Opened) -> Opened:
    """With what the file tells at once."""
    found = section_files.outline(one.file, one.options, one.file.name)
    species = section_shelf.species_among(found.ids, found.names)
    n_genes, n_spots = found.shape
    return replace(one, species=(species,), n_genes=n_genes, n_spots=n_spots, in_force=found.bin, bins=found.bins)


def _copied(one: Opened, copy: Path) -> Opened:
    """With what the copy tells."""
    made = SectionStore(copy)
    head = made.head
    lowest = 0.0 if head.counts else _lowest(made)
    usual = scales.scale("", scales.offered(head.counts, lowest), head.counts, head.totals)
    spread = partners.varied(made, usual)
    varied = np.argsort(-np.where(np.isnan(spread), -1.0, spread), kind="stable")[:MOST_VARIED]
    bins = tuple(int(size) for size in head.about.get("bins") or ())
    return replace(
        one,
        species=(section_shelf.species_among(head.ids, head.names),),
        n_genes=len(head.ids),
        n_spots=len(head.spots),
        in_force=int(head.about.get("bin") or 0),
        bins=bins,
        counts=head.counts,
        lowest=lowest,
        copy=str(copy),
        varied=tuple(int(place) for place in varied),
    )


def _lowest(made: SectionStore) -> float:
    """The lowest number of a section, at most 0, as most are not stored."""
    return float(min((np.nanmin(values) for *_, values in made.pieces() if len(values)), default=0.0, key=_number))


def _number(value: float) -> float:
    return 0.0 if np.isnan(value) else min(float(value), 0.0)


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
        one = _copied(one, copy)
    except ExpronautError as error:
        stopped = isinstance(error, Stopped)
        section_shelf.tell(key, "stopped" if stopped else f"not made: {error.message.rstrip('.')}")
        raise
    section_shelf.tell(key, "")
    if key in section_shelf.opened(now=True):  # closed meanwhile
        section_shelf.keep(one)
    else:
        copy.unlink(missing_ok=True)


def _telling(key: str, tell: Tell, part: str, done: int, of: int, unit: str, seconds: float) -> None:
    section_shelf.tell(key, f"being made ({done / of:.0%} of “{part}”)" if of else "being made")
    tell(part, done, of, unit, seconds)


def resume() -> None:
    """Begin the copies of open sections that were not begun in this process, or were made here and are gone again."""
    for key, one in section_shelf.opened().items():
        if not one.complete and progress(key) is None and one.problem() is None:
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
    section_shelf.get(key)
    _queue.cancel(key)
    section_shelf.forget(key)
    _queue.forget(key)


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
