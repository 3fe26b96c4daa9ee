"""Downloads of STOmics (stomics.io) in the background of the dashboard, by accession and id of the file."""

from __future__ import annotations

from pathlib import Path

from backend.downloading import register, stomics
from backend.downloading.background import Background
from backend.downloading.download import Say
from backend.downloading.partial import Partial
from backend.downloading.register import Entry
from backend.errors import NotFound
from backend.jobs import Tell
from backend.model import IndexProgress, StomicsDownload
from backend.sources import section_finding

_downloads = Background("expronaut-stomics-download")


def start(accession: str, file_id: str, start_over: bool = False, keep: bool = False) -> IndexProgress:
    """Fetch a file of a data set, or go on with it, or wait for one's turn. Raises BadInput for no accession."""
    into, key = stomics.folder(accession), _key(accession, file_id)

    def fetch(tell: Tell, say: Say) -> None:
        say(stomics.download(*key, into, tell, say, keep, start_over).checked)

    return _downloads.start("\n".join(key), fetch)


def cancel(accession: str, file_id: str) -> None:
    """Stop it, or take it out of the queue; what is here stays."""
    _downloads.queue.cancel("\n".join(_key(accession, file_id)))


def discard(accession: str, file_id: str) -> None:
    """Delete what is here of a file that is not whole. Raises Unavailable while it is being downloaded."""
    into, key = stomics.folder(accession), _key(accession, file_id)
    entry = register.find(into, *key)
    if entry is not None:
        stomics.drop(into, entry)
    forget(accession, file_id)


def delete(accession: str, file_id: str) -> Path:
    """Delete a file that is whole; where it was. Raises NotFound, Unavailable while it is being downloaded."""
    into, key = stomics.folder(accession), _key(accession, file_id)
    entry = register.find(into, *key)
    if entry is None or stomics.entry_of(into / entry.name) is None:
        raise NotFound("This file is not here any more.", "Look at the list of files again.")
    stomics.remove(into, entry)
    forget(accession, file_id)
    return into / entry.name


def forget(accession: str, file_id: str) -> None:
    """Show no more how it ended."""
    _downloads.forget("\n".join(_key(accession, file_id)))


def all_known(accession: str = "") -> tuple[StomicsDownload, ...]:
    """Downloads begun since the start of the program, and files of which something is here.

    accession: those of this data set only. Raises BadInput for what is none.
    """
    wanted = stomics.folder(accession).name if accession else ""
    entries = {(entry.accession, entry.file_id): entry for _, entry in stomics.known(accession)}
    begun = [(one, file_id) for one, _, file_id in (key.partition("\n") for key in _downloads.begun())]
    keys = [key for key in dict.fromkeys((*begun, *entries)) if wanted in ("", key[0])]
    return tuple(_described(key, entries.get(key) or register.find(stomics.folder(key[0]), *key)) for key in keys)


def _key(accession: str, file_id: str) -> tuple[str, str]:
    return stomics.folder(accession).name, str(file_id).strip()


def _described(key: tuple[str, str], entry: Entry | None) -> StomicsDownload:
    text = "\n".join(key)
    progress, notes = _downloads.queue.progress(text), _downloads.notes(text)
    if entry is None:  # nothing is known yet but what was asked for
        return StomicsDownload(*key, f"file {key[1]}", "", str(stomics.folder(key[0])), progress=progress, notes=notes)
    path = stomics.folder(key[0]) / entry.name
    here, size, done = _amount(path, entry)
    return StomicsDownload(
        *key,
        name=entry.name,
        path=str(path),
        folder=str(path.parent),
        here=here,
        size=size,
        progress=progress,
        notes=notes or ((entry.checked,) if done and entry.checked else ()),
        doubtful=_downloads.is_doubtful(text),
        done=done,
        form=section_finding.form(path) if done else "",
    )


def _amount(path: Path, entry: Entry) -> tuple[int, int | None, bool]:
    """Bytes that are here, bytes of the whole, and whether it is whole and in its place."""
    pieces = Partial(path)
    if path.is_file():
        size = path.stat().st_size
        return size, size, True
    origin = pieces.origin()
    return pieces.here(), (origin.size if origin else None) or entry.size, False
