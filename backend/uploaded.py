"""What an upload brings: a name that may be any text, and bytes of unknown number."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import BinaryIO

from backend.errors import BadInput, TooLarge

LONGEST = 150  # letters of a name
_PIECE = 1 << 20


def file_name(name: str) -> str:
    """The last part of a name, as a file may be called. Raises BadInput."""
    plain = re.split(r"[/\\]", name)[-1].strip()
    if not plain or plain.startswith(".") or len(plain) > LONGEST or not plain.isprintable():
        raise BadInput(f"“{name[:40]}” is no name for a file.", f"Use 1 to {LONGEST} letters; no point at the start.")
    return plain


def write(path: Path, content: BinaryIO, most: int, over: TooLarge) -> tuple[int, str]:
    """Write a stream to a file; its bytes and their SHA-256. Raises `over` beyond `most` bytes, OSError as it comes."""
    done, digest = 0, hashlib.sha256()
    with path.open("wb") as file:
        while piece := content.read(_PIECE):
            done += len(piece)
            if done > most:
                raise over
            digest.update(piece)
            file.write(piece)
    return done, digest.hexdigest()
