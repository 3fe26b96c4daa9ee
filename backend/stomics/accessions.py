"""Accessions that users type."""

from __future__ import annotations

import re

from backend.errors import BadInput

MOST = 100  # characters
_OTHER = re.compile(r"(STDS|STT|STSA|STTS)\d+", re.IGNORECASE)


def other_service(text: str) -> str:
    """A sentence when a text looks like an accession of STOmicsDB, which is another service; else ""."""
    if not _OTHER.fullmatch(text.strip()):
        return ""
    return f"“{text.strip()[:40]}” looks like an accession of STOmicsDB, which is another service (db.cngb.org)."


def checked(text: str) -> str:
    """An accession as it is asked for. Raises BadInput, with a hint where it is of another service."""
    accession = text.strip()
    if told := other_service(accession):
        raise BadInput(told, "Accessions of STOmics (stomics.io) look like STD0001.")
    if _odd(accession):
        raise BadInput(f"“{accession[:40]}” is not an accession.", "Type one as in STD0001.")
    return accession


def file_id(text: str) -> str:
    """The id of a file as it is asked for. Raises BadInput for what can be none."""
    if _odd(text.strip()):
        raise BadInput(f"“{text.strip()[:40]}” is not the id of a file.", "Give one of the list of files, as in 42.")
    return text.strip()


def _odd(name: str) -> bool:
    """Whether a name cannot be one part of a path: empty, only points, too long, or with signs that nobody sees."""
    return set(name) <= set(".") or not name.isprintable() or len(name) > MOST
