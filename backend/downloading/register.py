"""Which file of a service has which name in a folder: <folder>/.files/<hash of accession and id>.json

The entry is written before anything of the file, so that two files that the service calls the same get two names, and
after a restart it is known what the pieces and the files in the folder are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from backend.atlas import place
from backend.downloading import names
from backend.downloading.download import FOLDER_HINT
from backend.downloading.partial import Partial
from backend.errors import BadAnswer, BadInput

FOLDER = ".files"
MOST = 1_000_000  # bytes of an entry
_TRIES = 100


@dataclass(frozen=True)
class Entry:
    """A file in a folder. told: its name as the service says. size: bytes, as published. checked: how, once whole."""

    accession: str
    file_id: str
    name: str
    told: str
    size: int | None = None
    checked: str = ""


def claim(folder: Path, accession: str, file_id: str, told: str, size: int | None) -> Entry:
    """The entry of a file, made if need be. A name stays as long as something of the file is here under it.

    Raises BadAnswer for a name that no file can have, NotConfigured when the folder cannot be written, Unavailable.
    """
    with place.lock(folder / FOLDER / "names", "changed", FOLDER_HINT):
        known = find(folder, accession, file_id)
        if known is not None and is_here(folder, known):
            entry = replace(known, told=told, size=size)
        else:
            entry = Entry(accession, file_id, _free_name(folder, accession, file_id, told), told, size)
        if entry != known:
            note(folder, entry)
    return entry


def note(folder: Path, entry: Entry) -> None:
    """Remember an entry."""
    place.write_json(_path(folder, entry.accession, entry.file_id), asdict(entry))


def drop(folder: Path, entry: Entry) -> None:
    """Know it no more."""
    _path(folder, entry.accession, entry.file_id).unlink(missing_ok=True)


def find(folder: Path, accession: str, file_id: str) -> Entry | None:
    """The entry of a file, None when it has none."""
    entry = _read(_path(folder, accession, file_id))
    return entry if entry is not None and (entry.accession, entry.file_id) == (accession, file_id) else None


def entries(folder: Path) -> Iterator[Entry]:
    """Every entry of a folder, by name of the file."""
    found = (_read(path) for path in (folder / FOLDER).glob("*.json"))
    yield from sorted((entry for entry in found if entry is not None), key=lambda entry: entry.name)


def is_here(folder: Path, entry: Entry) -> bool:
    return (folder / entry.name).exists() or Partial(folder / entry.name).path.exists()


def _free_name(folder: Path, accession: str, file_id: str, told: str) -> str:
    """A name that no other file has, whatever case the disk makes a difference of."""
    others = [entry.name for entry in entries(folder) if (entry.accession, entry.file_id) != (accession, file_id)]
    here = [path.name.removesuffix(".part") for path in folder.iterdir()]
    taken = {name.casefold() for name in (*others, *here)}
    first = names.safe(told)
    tried = [first, names.with_id(first, file_id), *(names.with_id(first, f"{file_id}-{n}") for n in range(2, _TRIES))]
    free = next((name for name in tried if name.casefold() not in taken), None)
    if free is None:
        raise BadInput(
            f"The name {first[:60]} is taken in {folder.name}.", "Move files away, or choose another folder."
        )
    return free


def _path(folder: Path, accession: str, file_id: str) -> Path:
    known = hashlib.sha256(f"{accession}\n{file_id}".encode("utf-8", "replace")).hexdigest()[:16]
    return folder / FOLDER / f"{known}.json"


def _read(path: Path) -> Entry | None:
    """An entry; None for what is none, or names a file outside of the folder."""
    try:
        if path.stat().st_size > MOST:
            return None
        found = json.loads(path.read_text(encoding="utf-8"))
        entry = Entry(**found)
        texts = (entry.accession, entry.file_id, entry.name, entry.told, entry.checked)
        right = all(isinstance(text, str) for text in texts) and isinstance(entry.size, int | None)
        return entry if right and names.safe(entry.name) == entry.name else None
    except (OSError, ValueError, TypeError, BadAnswer):
        return None
