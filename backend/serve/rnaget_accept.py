"""Content negotiation of RNAget: Accept is read leniently, and older clients get the media type they name."""

from __future__ import annotations

from backend.errors import BadInput
from backend.serve.matrix import FILE_TYPES, FileType

VENDOR = "application/vnd.ga4gh.rnaget.v{}+json"
JSON_TYPES = (*(VENDOR.format(version) for version in ("1.2.0", "1.1.0", "1.0.0")), "application/json")
OCTETS = "application/octet-stream"
FILES: dict[FileType, str] = {"loom": "application/vnd.loom", "tsv": "text/tab-separated-values"}
_ANY = ("*/*", "application/*")
_ANY_OF: dict[FileType, tuple[str, ...]] = {"loom": _ANY, "tsv": ("*/*", "text/*")}


class NotAcceptable(BadInput):
    """The client takes none of the media types there are: 406."""


def named(accept: str) -> tuple[str, ...]:
    """The media types of an Accept header, without what stands behind a semicolon."""
    pieces = (piece.partition(";")[0].strip().lower() for piece in accept.split(","))
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def json_type(accept: str) -> str | None:
    """The media type of a JSON answer, None when the client names types and none of them can be served."""
    asked = named(accept)
    found = next((known for known in JSON_TYPES if known in asked), None)
    if found is None and asked and not set(asked) & {*_ANY, OCTETS, *FILES.values()}:
        return None
    return f"{found or JSON_TYPES[0]}; charset=us-ascii"


def file_type(accept: str, wanted: FileType, fixed: bool) -> FileType:
    """The form of a file: `wanted` where the client takes it, else, unless `fixed`, the one it does.

    Raises NotAcceptable.
    """
    for one in (wanted,) if fixed else dict.fromkeys((wanted, *FILE_TYPES)):
        if _takes(accept, one):
            return one
    there = FILES[wanted] if fixed else " or ".join(FILES.values())
    raise NotAcceptable("The header Accept names no media type of this file.", f"Ask for {there}, or for */*.")


def media_type(accept: str, file: FileType) -> str:
    """What a file is called: by its own media type, or as plain bytes for a client that takes nothing else."""
    asked = named(accept)
    own = not asked or FILES[file] in asked or any(name in asked for name in _ANY_OF[file])
    if not own:
        return OCTETS
    return f"{FILES[file]}; charset=utf-8" if file == "tsv" else FILES[file]


def _takes(accept: str, file: FileType) -> bool:
    asked = named(accept)
    return not asked or bool({FILES[file], OCTETS, *_ANY_OF[file]} & set(asked))
