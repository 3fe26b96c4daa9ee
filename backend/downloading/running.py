"""Downloads in the background of the dashboard: one after the other, beside the making of indexes."""

from __future__ import annotations

import threading
from pathlib import Path

from backend import settings
from backend.downloading import partial, versions
from backend.downloading.checking import Doubtful
from backend.downloading.download import discard as delete_pieces
from backend.downloading.download import download
from backend.downloading.transfer import AGAIN
from backend.errors import BadInput, ExpronautError
from backend.jobs import Queue, Tell
from backend.model import Download, IndexProgress, Release
from backend.sources import archs4_files

MOST_NOTES = 6
_queue = Queue("expronaut-download", "What is here is kept; the download goes on there.")
_lock = threading.Lock()
_notes: dict[str, list[str]] = {}
_doubtful: set[str] = set()


def start(name: str, keep: bool = False, start_over: bool = False) -> IndexProgress:
    """Fetch a file of the list, or go on with it, or wait for one's turn. Raises BadInput for a name that is none."""
    species, level, version = split(name)
    folder = settings.current().home
    begun = _queue.progress(name)
    if begun is None or begun.state not in ("waiting", "running"):
        with _lock:
            _notes[name] = []
            _doubtful.discard(name)

    def work(tell: Tell) -> None:
        try:
            _fetch(name, versions.chosen(species, level, version), folder, tell, keep, start_over)
        except Doubtful:
            with _lock:
                _doubtful.add(name)
            raise

    return _queue.put(name, work)


def _fetch(name: str, release: Release, folder: Path, tell: Tell, keep: bool, start_over: bool) -> None:
    def say(sentence: str) -> None:
        with _lock:
            before = [note for note in _notes[name] if AGAIN not in note]  # only the last of those says anything
            _notes[name] = [*before, sentence][-MOST_NOTES:]

    done = download(release, folder, tell, say, keep, start_over)
    say(done.checked)
    for sentence in remembered(done.path):
        say(sentence)


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


def split(name: str) -> tuple[str, str, str]:
    """Species, level and version of a file's name. Raises BadInput."""
    fits = versions.NAME.fullmatch(name)
    if not fits:
        raise BadInput(f"“{name[:60]}” is not the name of a file of ARCHS4.", "Choose one of the list of versions.")
    return fits[1], fits[2], versions.version_text(fits[3])


def cancel(name: str) -> None:
    """Stop it, or take it out of the queue; what is here stays."""
    _queue.cancel(name)


def progress(name: str) -> IndexProgress | None:
    """How far it is; None when it was not begun since the start of the program."""
    return _queue.progress(name)


def forget(name: str) -> None:
    """Show no more how it ended."""
    _queue.forget(name)


def discard(name: str) -> None:
    """Delete what is here of a file that is not whole. Raises Unavailable while it is being downloaded."""
    delete_pieces(settings.current().home, name)
    _queue.forget(name)


def all_known() -> tuple[Download, ...]:
    """Downloads begun since the start of the program, and those of which pieces are here."""
    folder = settings.current().home
    begun = [pieces.target.name for pieces in partial.begun(folder)]
    return tuple(_described(name, folder) for name in dict.fromkeys((*_queue.keys(), *begun)))


def _described(name: str, folder: Path) -> Download:
    pieces = partial.Partial(folder / name)
    origin = pieces.origin()
    with _lock:
        notes, doubtful = tuple(_notes.get(name, ())), name in _doubtful
    size = origin.size if origin else None
    return Download(name, str(folder), pieces.here(), size, _queue.progress(name), notes, doubtful)
