"""A file that is not whole yet, and what is known of it.

human_gene_v2.5.h5             the file, once it is whole and checked
human_gene_v2.5.h5.part        what is here of it
human_gene_v2.5.h5.part.json   which file that is: its name at the publisher, ETag, Last-Modified, size, checksum
human_gene_v2.5.h5.lock        held by the process that fetches it

No address is noted: that of a signed download is a key.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import RawIOBase
from pathlib import Path
from typing import Any

from backend.atlas import place
from backend.downloading import names
from backend.errors import BadAnswer, BadInput, NotConfigured, TooLarge


@dataclass(frozen=True)
class Origin:
    """Which file the pieces are of. of: as in Wanted, "" where that was not noted (before STOmics could be asked).

    size: bytes, None when the host does not tell. checksum: as published, else "".
    """

    of: str
    etag: str = ""
    last_modified: str = ""
    size: int | None = None
    checksum: str = ""

    @property
    def validator(self) -> str:
        """What If-Range can hold (RFC 9110, 13.1.5): a strong ETag, else the date; "" when there is neither."""
        return self.etag if self.etag.startswith('"') else self.last_modified


@dataclass(frozen=True)
class Partial:
    """The pieces of one file in a folder. Make it with `within`."""

    target: Path

    @property
    def path(self) -> Path:
        """Where the pieces are."""
        return self.target.with_name(f"{self.target.name}.part")

    @property
    def _about(self) -> Path:
        return self.target.with_name(f"{self.target.name}.part.json")

    def here(self) -> int:
        """Bytes that are here."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def origin(self) -> Origin | None:
        """Which file they are of; None when that is not known, so that nothing can be added to them."""
        try:
            found = json.loads(self._about.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return _origin(found) if isinstance(found, dict) else None

    def note(self, origin: Origin) -> None:
        """Remember which file they are of."""
        place.write_json(self._about, asdict(origin))

    def open(self, anew: bool) -> RawIOBase:
        """To write at the end, or from the beginning when anew; nothing is held back, so that a kill loses nothing."""
        return self.path.open("wb" if anew else "ab", buffering=0)

    def drop(self) -> None:
        """Delete what is here."""
        self.path.unlink(missing_ok=True)
        self._about.unlink(missing_ok=True)

    def finish(self) -> None:
        """Give the whole file its name, on disk for good."""
        with self.path.open("r+b") as file:
            os.fsync(file.fileno())
        self.path.replace(self.target)
        self._about.unlink(missing_ok=True)
        if os.name != "nt":
            folder = os.open(self.target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def within(folder: Path, name: str) -> Partial:
    """The pieces of a file in this folder, which is made if need be.

    Raises BadInput for a name that is not safe (names.safe), so that it cannot lead out of the folder, and for links;
    NotConfigured when the folder cannot be used.
    """
    if not _is_safe(name):
        raise BadInput(f"“{name[:60]}” cannot be the name of a file here.", "Choose one of the list of files.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotConfigured(
            f"The folder {folder.name} cannot be made: {error.strerror}.", "Choose another one with --to."
        ) from error
    partial = Partial(folder / name)
    for path in (partial.target, partial.path):
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise BadInput(f"{path.name} in that folder is no plain file.", "Move it away, or choose another folder.")
    return partial


def _is_safe(name: str) -> bool:
    try:
        return names.safe(name) == name
    except BadAnswer:
        return False


def begun(folder: Path) -> list[Partial]:
    """Files of which there are pieces in a folder."""
    if not folder.is_dir():
        return []
    found = sorted(path.name.removesuffix(".part") for path in folder.glob("*.part") if path.is_file())
    return [Partial(folder / name) for name in found if _is_safe(name)]


def free(folder: Path) -> int:
    """Bytes of disk space that are free where the folder is, or would be."""
    return shutil.disk_usage(next((path for path in (folder, *folder.parents) if path.exists()), Path.cwd())).free


def check_room(folder: Path, size: int, here: int) -> None:
    """Raises TooLarge when the rest of a file has no room on the disk."""
    left, rest = free(folder), size - here
    if rest > left:
        raise TooLarge(
            f"{gigabytes(rest)} are still to come, and {gigabytes(left)} are free.",
            f"Free {gigabytes(rest - left)} more, or choose a folder on another disk with --to.",
        )


def gigabytes(count: int) -> str:
    """Bytes in words: "47.87 GB", "311.8 MB", "12.0 kB", "512 bytes"."""
    for unit, one, digits in (("GB", 10**9, 2), ("MB", 10**6, 1), ("kB", 10**3, 1)):
        if count >= one:
            return f"{count / one:,.{digits}f} {unit}"
    return f"{count} bytes"


def _origin(found: Mapping[str, Any]) -> Origin | None:
    """What the note says; None when it is not one of ours."""
    size = found.get("size")
    whole = size is None or (isinstance(size, int) and not isinstance(size, bool) and size >= 0)
    texts = [found.get(field, "") for field in ("of", "etag", "last_modified", "checksum")]
    if not whole or "etag" not in found or not all(isinstance(text, str) for text in texts):
        return None
    of, etag, last_modified, checksum = texts
    return Origin(of, etag, last_modified, size, checksum)
