"""ARCHS4 files of this machine and the making of their indexes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from backend import indexing, section_openings
from backend import sources as registry
from backend.atlas import chunks, place
from backend.downloading import archs4
from backend.errors import BadAnswer, NotConfigured, NotFound
from backend.model import IndexPlan, IndexProgress, LocalFile, LocalFiles
from backend.sources.archs4_files import DEMO, Found
from backend.sources.archs4_source import FileSource

SAMPLE_BYTES, STORED = 1_500, 0.42  # bytes: the texts of a sample; a count in the store (as backend/atlas/build.py)
DRAWN = 16_384  # samples kept for candidates, at most
FAST_CELL, SLOW_CELL = 1.7e-8, 1.0e-7  # seconds for a count, on two cores; benchmarks/atlas.py measures them
SETUP_SECONDS, SAMPLE_SECONDS = 20.0, 5e-4
KINDS = {"gene": "genes × samples", "transcript": "transcripts × samples", "metadata": "descriptions of samples"}


def local_files() -> LocalFiles:
    """Every ARCHS4 file found, the state of its index, and what was ignored and why."""
    shelf = registry.files(now=True)
    return LocalFiles(
        tuple(_described(found) for found in shelf.files.values()),
        {shown(path): why for path, why in shelf.ignored.items()},
        tuple(shown(path) for path in shelf.places),
    )


def index_plan(key: str) -> IndexPlan:
    """What the index of a file will take. Raises as start_index."""
    found = _found(key)
    if found.layout is None:
        raise found.problem or NotFound(f"{found.path.name} cannot be used.")
    n_genes, n_samples = found.layout.n_genes, found.layout.n_samples
    free = shutil.disk_usage(_existing(place.folder(found.path).parent)).free
    texts = SAMPLE_BYTES * n_samples
    if found.layout.kind == "metadata":
        return IndexPlan(texts, texts, texts, free, n_samples * SAMPLE_SECONDS)
    from backend.atlas import build  # brings numba, which takes a second to import

    building = build.needed_bytes(found.layout)
    stored = int(STORED * n_genes * n_samples)
    seconds = SETUP_SECONDS + n_genes * n_samples * (SLOW_CELL if chunks.why_slow(found.layout) else FAST_CELL)
    drawn = n_genes * min(n_samples, DRAWN)
    return IndexPlan(building, building, min(building, building - stored + drawn), free, seconds)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next((path for path in (folder, *folder.parents) if path.exists()), Path.cwd())


def start_index(key: str, small: bool = False) -> IndexProgress:
    """Begin the index of a file in the background, or go on with it; further ones wait for their turn.

    small: without the big store. Raises NotFound for an unknown file, what is wrong with it when it cannot be used.
    """
    found = _found(key)
    if key == DEMO:
        return indexing.start_demo()
    if found.problem is not None:
        raise found.problem
    return indexing.start(key, found.path, small)


def cancel_index(key: str) -> None:
    """Stop the making of an index; what is finished is kept. Nothing happens when none is being made."""
    indexing.cancel(key)


def index_progress(key: str) -> IndexProgress | None:
    """How far the index of a file is; None when it was not begun since the start of the program."""
    return indexing.progress(key)


def ensure_demo() -> IndexProgress | None:
    """Make and index the demo cohort in the background when it is wanted and not there. Returns at once.

    How far that is; None when there is nothing to do. The simulated section is written at once.
    """
    section_openings.ensure_demo()
    return indexing.ensure_demo()


def shown(path: Path) -> str:
    """A path as people of this machine write it."""
    home = Path.home()
    return f"~/{path.relative_to(home).as_posix()}" if path.is_relative_to(home) else str(path)


def local_file(key: str) -> Path:
    """Where a file is. Raises NotFound."""
    return _found(key).path


def _found(key: str) -> Found:
    files = registry.files(now=True).files
    if key not in files:
        raise NotFound(f"There is no local file called “{key[:60]}”.", "Look at the list of files.", tuple(files))
    return files[key]


def _described(found: Found) -> LocalFile:
    source = registry.get(found.key)
    assert isinstance(source, FileSource)
    state = place.state(found.path) if found.layout else None
    layout = found.layout
    ready = state.folder if state and state.kind == "ready" else None
    manifest = _manifest(ready) if ready else {}
    return LocalFile(
        key=found.key,
        title=source.title,
        file=found.path.name,
        folder=shown(found.path.parent),
        kind=source.kind,
        species=source.species[0],
        layout=f"{layout.family}, {KINDS[layout.kind]}" if layout else "",
        version=source.version,
        size=found.size,
        n_genes=layout.n_genes if layout else 0,
        n_samples=layout.n_samples if layout else 0,
        index=state.kind if state else "none",
        note=state.note if state else "",
        engine=_engine(found),
        problem=source.configured(),
        progress=indexing.progress(found.key),
        index_size=_size(ready) if ready else 0,
        small=bool(manifest.get("small", False)) and "built_with" in manifest,
        built=_built(manifest),
        ours=archs4.is_ours(found.path),
    )


def _manifest(index: Path) -> dict[str, Any]:
    """What an index says of itself; nothing when it went away meanwhile."""
    try:
        return place.manifest(index)
    except (NotConfigured, BadAnswer):
        return {}


def _built(manifest: dict[str, Any]) -> str:
    """How an index was made: time and reader."""
    if "seconds" not in manifest:
        return ""
    minutes, seconds = divmod(round(float(manifest["seconds"])), 60)
    reader = str(manifest.get("built_with", ""))
    reader = "through HDF5" if reader.endswith(".") else reader  # a sentence says why, and stands beside it
    return f"made in {f'{minutes} min ' if minutes else ''}{seconds} s, {reader}"


def _size(index: Path) -> int:
    """Bytes of all files of a folder."""
    try:
        return sum(path.stat().st_size for path in index.rglob("*") if path.is_file())
    except OSError:  # replaced this very moment
        return 0


def _engine(found: Found) -> str:
    """How counts are read here, in a sentence."""
    if found.layout is None or found.layout.kind == "metadata":
        return ""
    slow = chunks.why_slow(found.layout)
    return f"Read through HDF5, the slower way: {slow}" if slow else "Read by the compiled reader."
