"""Files that were downloaded or uploaded here: deleted with all that was made of them. Nobody else's file ever is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from backend import indexing, section_uploads
from backend import section_openings as openings
from backend.api.files import local_file
from backend.atlas import place
from backend.downloading import archs4, running, stomics, stomics_running
from backend.errors import BadInput, Unavailable
from backend.model import IndexProgress
from backend.sources import section_shelf


def delete_spatial_file(path: str) -> tuple[str, ...]:
    """Delete an upload or a download of STOmics, and close its sections, whose keys it gives; their copies go too.

    Raises BadInput for any other file, Unavailable while one of its copies is being made, and on a failing disk.
    """
    file = Path(path)
    entry = stomics.entry_of(file)
    if entry is not None:
        return delete_stomics_file(entry.accession, entry.file_id)
    sections = _free_sections(file)
    section_uploads.delete(file)
    return _closed(sections)


def delete_stomics_file(accession: str, file_id: str) -> tuple[str, ...]:
    """Delete a file that was downloaded whole, as delete_spatial_file. Raises NotFound when it is not here."""
    known = (one for one in stomics_running.all_known(accession) if one.file_id == file_id and one.done)
    file = next((Path(one.path) for one in known), None)
    sections = _free_sections(file) if file is not None else ()
    stomics_running.delete(accession, file_id)
    return _closed(sections)


def delete_local_file(key: str) -> None:
    """Delete a downloaded file of ARCHS4 with its index. Raises NotFound, BadInput for a file that was not downloaded
    here, Unavailable while its index is being made or it is being downloaded, and on a failing disk.
    """
    path = local_file(key)
    if not archs4.is_ours(path):
        raise BadInput(f"{path.name} was not downloaded here, so it is not deleted.", "Delete it in its folder.")
    if _is_under_way(indexing.progress(key)):
        raise Unavailable(f"The index of {path.name} is being made.", "Cancel that, or wait; then delete the file.")
    index = place.folder(path)
    with place.lock(index):
        running.delete(path)
        place.drop(index)
    indexing.forget(key)


def deletable(files: Iterable[Path]) -> frozenset[Path]:
    """Which of these spatial files were uploaded or downloaded here."""
    downloaded = {into / entry.name for into, entry in stomics.known()}
    return frozenset(path for path in files if path in downloaded or section_uploads.is_ours(path))


def _free_sections(file: Path) -> tuple[str, ...]:
    """Keys of the sections of a file. Raises Unavailable while a copy of one is being made."""
    keys = tuple(key for key, one in section_shelf.opened(now=True).items() if one.file == file)
    if any(_is_under_way(openings.progress(key)) for key in keys):
        what = f"The copy of {file.name} sorted by gene is being made."
        raise Unavailable(what, "Cancel that, or wait; then delete the file.")
    return keys


def _closed(keys: tuple[str, ...]) -> tuple[str, ...]:
    for key in keys:
        openings.close(key)
    return keys


def _is_under_way(progress: IndexProgress | None) -> bool:
    return progress is not None and progress.state in ("waiting", "running")
