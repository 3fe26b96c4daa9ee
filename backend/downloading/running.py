"""Downloads of ARCHS4 in the background of the dashboard, beside the making of indexes."""

from __future__ import annotations

from pathlib import Path

from backend import settings
from backend.downloading import archs4, partial, versions
from backend.downloading.background import Background
from backend.downloading.download import Say
from backend.downloading.download import discard as delete_pieces
from backend.errors import ExpronautError
from backend.jobs import Tell
from backend.model import Download, IndexProgress
from backend.sources import archs4_files

_downloads = Background("expronaut-download")


def start(name: str, keep: bool = False, start_over: bool = False) -> IndexProgress:
    """Fetch a file of the list, or go on with it, or wait for one's turn. Raises BadInput for a name that is none."""
    species, level, version = archs4.split(name)
    folder = settings.current().home

    def fetch(tell: Tell, say: Say) -> None:
        done = archs4.download(versions.chosen(species, level, version), folder, tell, say, keep, start_over)
        say(done.checked)
        for sentence in remembered(done.path):
            say(sentence)

    return _downloads.start(name, fetch)


def remembered(path: Path) -> tuple[str, ...]:
    """See to it that the app finds a file, wherever it is; what there is to say of that."""
    shelf = archs4_files.shelf(now=True)
    if any(found.path.resolve() == path.resolve() for found in shelf.files.values()):
        return ()
    try:
        archs4_files.add(path)
    except ExpronautError as error:
        return (f"It cannot be used as it is: {error.message}",)
    archs4_files.shelf(now=True)
    return ("Its place is remembered, so that the dashboard finds it.",)


def cancel(name: str) -> None:
    """Stop it, or take it out of the queue; what is here stays."""
    _downloads.queue.cancel(name)


def progress(name: str) -> IndexProgress | None:
    """How far it is; None when it was not begun since the start of the program."""
    return _downloads.queue.progress(name)


def forget(name: str) -> None:
    """Show no more how it ended."""
    _downloads.forget(name)


def discard(name: str) -> None:
    """Delete what is here of a file that is not whole. Raises Unavailable while it is being downloaded."""
    archs4.split(name)
    delete_pieces(settings.current().home, name)
    _downloads.forget(name)


def delete(path: Path) -> None:
    """Delete a file that was downloaded. Raises BadInput for another one, Unavailable while it is being downloaded."""
    archs4.remove(path)
    archs4_files.forget(path)
    _downloads.forget(path.name)


def all_known() -> tuple[Download, ...]:
    """Downloads begun since the start of the program, and those of which pieces are here."""
    folder = settings.current().home
    begun = [pieces.target.name for pieces in partial.begun(folder) if versions.NAME.fullmatch(pieces.target.name)]
    return tuple(_described(name, folder) for name in dict.fromkeys((*_downloads.begun(), *begun)))


def _described(name: str, folder: Path) -> Download:
    pieces = partial.Partial(folder / name)
    origin = pieces.origin()
    size = origin.size if origin else None
    seen, notes, doubtful = progress(name), _downloads.notes(name), _downloads.is_doubtful(name)
    return Download(name, str(folder), pieces.here(), size, seen, notes, doubtful)
