"""Files of the lab's own studies on their way in: uploads, the check before anything is stored, imports."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from backend.errors import NotFound
from backend.jobs import Queue, Tell
from backend.model import ImportOptions, IndexProgress, StudyCheck
from backend.own import checking, importing, uploads
from backend.sources import own_shelf
from backend.study_files import example

Files = str | Sequence[Path]  # the key of an upload, or files and folders of this machine
USUAL = ImportOptions()
_queue = Queue("expronaut-import", "Nothing of it was stored.")
_made: dict[str, str] = {}  # job -> accession of the study


def stage_upload(name: str, content: bytes | BinaryIO, upload: str = "") -> str:
    """Keep an uploaded file aside; the key of its upload. upload: add to this one, "" for a new one.

    Of a ZIP of several files, as the export of a study, its files are kept.

    Only the last part of the name counts. Raises BadInput (name), TooLarge, NotFound (upload), Unavailable (disk).
    """
    return uploads.stage(name, content, upload)


def example_study() -> dict[str, bytes]:
    """The files of a small study that shows what files may hold, by their names."""
    return example.files()


def staged_files(upload: str) -> tuple[str, ...]:
    """Names of the files of an upload. Raises NotFound."""
    return tuple(uploads.files(upload))


def drop_staged(upload: str, name: str) -> None:
    """Take one file out of an upload. Raises NotFound (upload)."""
    uploads.remove(upload, name)


def discard_upload(upload: str) -> None:
    """Delete the files of an upload; those of an import that is done are deleted by it. Raises NotFound."""
    uploads.discard(upload)


def check_study(files: Files, options: ImportOptions = USUAL) -> StudyCheck:
    """What the files are, every rule they break, how they link, and what is here already. Stores nothing.

    Raises BadInput without files, NotFound for an upload, study or matrix there is not, Unavailable (disk).
    """
    return checking.check(_paths(files), options)


def start_import(files: Files, options: ImportOptions = USUAL) -> str:
    """Begin to import in the background; the key of the job. Findings that keep the study out end in its progress.

    Raises NotFound for an upload there is not, BadInput without files.
    """
    paths, job = _paths(files), uuid.uuid4().hex

    def work(tell: Tell) -> None:
        _made[job] = importing.run(paths, options, tell)
        own_shelf.found(now=True)
        if isinstance(files, str):
            with contextlib.suppress(NotFound):
                uploads.discard(files)

    _queue.put(job, work)
    return job


def import_progress(job: str) -> IndexProgress | None:
    """How far an import is. Parts: Checking, Reading <file>, Storing, Linking. None when it was not begun here."""
    return _queue.progress(job)


def imported_as(job: str) -> str:
    """The accession of the study that an import made or added to; "" while it is not done."""
    return _made.get(job, "")


def imports() -> tuple[str, ...]:
    """Keys of the imports begun since the start of the program."""
    return _queue.keys()


def cancel_import(job: str) -> None:
    """Stop an import; nothing of it stays."""
    _queue.cancel(job)


def forget_import(job: str) -> None:
    """Show an import that has ended no more."""
    _queue.forget(job)


def _paths(files: Files) -> dict[str, Path]:
    return uploads.files(files) if isinstance(files, str) else checking.files_of(files)
