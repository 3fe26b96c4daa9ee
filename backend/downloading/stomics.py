"""Files of STOmics (stomics.io): their addresses are signed, and their names come from the service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from backend import settings
from backend.downloading import names, register
from backend.downloading.download import Downloaded, Say, delete, discard, fetch
from backend.downloading.register import Entry
from backend.downloading.signed import Signed
from backend.downloading.wanted import Wanted
from backend.jobs import Tell
from backend.stomics import accessions, files
from backend.stomics.server import server


def home() -> Path:
    """The folder of all data sets."""
    return settings.current().home / "stomics"


def folder(accession: str) -> Path:
    """The folder of a data set. Raises BadInput for what is no accession, or cannot be the name of a folder."""
    return home() / names.folder(accessions.checked(accession))


def download(
    accession: str, file_id: str, into: Path, tell: Tell, say: Say, keep: bool = False, start_over: bool = False
) -> Downloaded:
    """Fetch a file of a data set into a folder, or go on with it, as `fetch` does.

    Raises as it, as register.claim, and as the questions to the service: NotFound, Refused, NotConfigured, RateLimited.
    """
    asked = server()
    accession = names.folder(accessions.checked(accession))
    file = files.one(asked, accession, file_id)
    entry = register.claim(into, accession, file.id, file.name, file.size)
    if entry.name != file.name:
        say(f"It is written as {entry.name}; the service calls it {file.name[:200]}.")
    wanted = Wanted(
        name=entry.name,
        of=f"stomics {accession} {file.id}",
        address=Signed(lambda: files.address(asked, accession, file.id)),
        size=file.size,
        checksum=file.checksum,
        missing="Look at the list of files again.",
    )
    done = fetch(wanted, into, tell, say, keep, start_over)
    if done.new:
        register.note(into, replace(entry, checked=done.checked))
    return done


def drop(into: Path, entry: Entry) -> None:
    """Delete what is here of a file that is not whole. Raises Unavailable while it is being downloaded."""
    discard(into, entry.name)
    if not (into / entry.name).exists():
        register.drop(into, entry)


def entry_of(path: Path) -> Entry | None:
    """The entry of a file that was downloaded and is in its place; None for any other file."""
    if path.parent.parent != home():
        return None
    found = (one for one in register.entries(path.parent) if (one.accession, one.name) == (path.parent.name, path.name))
    return next(found, None) if path.is_file() and not path.is_symlink() else None


def remove(into: Path, entry: Entry) -> None:
    """Delete a file that is whole, and know it no more. Raises as download.delete."""
    delete(into, entry.name)
    register.drop(into, entry)


def known(accession: str = "") -> Iterator[tuple[Path, Entry]]:
    """Folder and entry of every file of which something is here. accession: of that data set only."""
    folders = [folder(accession)] if accession else sorted(path for path in home().glob("*") if path.is_dir())
    for into in folders:
        for entry in register.entries(into):
            if entry.accession == into.name and register.is_here(into, entry):
                yield into, entry
