"""The names under which files of others are written here: they come from a server, and must not lead anywhere.

What is left of a name is its last part, without characters that are not seen, without what Windows refuses, and with
an end that is none of ours (.part, .lock).
"""

from __future__ import annotations

import re
import unicodedata

from backend.errors import BadAnswer, BadInput

MOST = 180  # bytes of UTF-8; file systems take 255, and pieces have longer names
_ENDING = re.compile(r"(?:\.[A-Za-z0-9]{1,12}){1,2}\Z")
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_OURS = (".part", ".part.json", ".lock")
_ACCESSION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?", re.ASCII)


def safe(told: str) -> str:
    """The name to write a file under. Raises BadAnswer where nothing is left of it."""
    last = re.split(r"[/\\]", told)[-1]
    seen = "".join(
        char for char in unicodedata.normalize("NFC", last) if not unicodedata.category(char).startswith("C")
    )
    name = re.sub(r'[<>:"|?*]', "_", seen).strip()
    if name.strip(". ") == "":
        raise BadAnswer("The service gives this file a name that no file can have.", "Choose another file.")
    name = name.rstrip(". ")
    if name.startswith(".") or _DEVICE.fullmatch(name):
        name = f"_{name.removeprefix('.')}"
    if name.lower().endswith(_OURS):
        name += "_"
    return _short(name)


def with_id(name: str, file_id: str) -> str:
    """The same with the id of the file in it, for a name that is taken: "matrix.h5ad" -> "matrix-43.h5ad"."""
    stem, ending = _split(name)
    mark = "-" + re.sub(r"[^A-Za-z0-9]+", "_", file_id)[:40]
    return _cut(stem, MOST - len((mark + ending).encode())) + mark + ending


def folder(accession: str) -> str:
    """An accession as the name of a folder. Raises BadInput for what cannot be one."""
    if not _ACCESSION.fullmatch(accession) or _DEVICE.fullmatch(accession):
        raise BadInput(f"“{accession[:40]}” is no accession of a data set.", "Write it as in STD0001.")
    return accession


def _short(name: str) -> str:
    stem, ending = _split(name)
    return _cut(stem, MOST - len(ending.encode())) + ending


def _split(name: str) -> tuple[str, str]:
    """Stem and ending (".gem.gz")."""
    fits = _ENDING.search(name)
    return (name[: fits.start()], fits.group()) if fits and fits.start() else (name, "")


def _cut(text: str, most: int) -> str:
    """As much of it as has room in so many bytes."""
    return text.encode()[:most].decode("utf-8", "ignore")
