"""Selections of an ODM server opened in the background of the dashboard, one after the other; and CSV files of it."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from backend import settings
from backend.errors import BadInput, ExpronautError, NotConfigured, Unavailable
from backend.jobs import Queue, Tell
from backend.model import IndexProgress
from backend.model_odm import OmicsQuery
from backend.odm import omics, selection, streaming
from backend.odm.selection import Selection
from backend.odm.server import Server
from backend.odm.snippets import of_query, of_stream
from backend.sources import matrix_shelf
from backend.study.store import Store
from backend.web import pause

FOLDER, DAY = "odm-files", 86_400.0
HINT = "Nothing of it is kept; begin again when you like."
_queue = Queue("expronaut-odm-opening", HINT)
_lock = threading.Lock()
_made: dict[str, str] = {}  # job -> key of the source, or path of the file
Begin = Callable[[Server, OmicsQuery, str, str, Tell], str]


def server() -> Server:
    """The server of the settings. Raises NotConfigured."""
    odm = settings.current().odm
    if odm is None:
        raise NotConfigured("No ODM server is named.", "Name one in EXPRONAUT_ODM, with a token.")
    return Server(odm)


def checked(query: OmicsQuery, group: str) -> None:
    """Raise BadInput before anything is asked for what cannot be opened."""
    if len(group) > 100 or not group.isprintable():
        raise BadInput("The accession of a data group is not one.", "Choose a data group of the study.")
    if group:
        omics.streamed_params(query, group)
    else:
        list(omics.requests(query, "expression"))


def start(query: OmicsQuery, group: str, title: str) -> str:
    """Begin to open; the key of the job."""
    return _start("open", query, group, title, opened)


def start_streaming(group: str, query: OmicsQuery) -> str:
    """Begin to fetch a CSV file; the key of the job."""
    if not group:
        raise BadInput("No data group is named.", "Choose a data group of the study.")
    return _start("csv", query, group, "", _streamed)


def _start(what: str, query: OmicsQuery, group: str, title: str, begin: Begin) -> str:
    checked(query, group)
    asked = server()
    said = json.dumps([what, asked.odm.base, asked.odm.role, asdict(query), group, title], sort_keys=True)
    job = hashlib.sha256(said.encode()).hexdigest()[:16]
    with _lock:
        _made.pop(job, None)

    def work(tell: Tell) -> None:
        made = begin(asked, query, group, title, tell)
        with _lock:
            _made[job] = made

    _queue.put(job, work)
    return job


def made_by(job: str) -> str:
    """What a job made: the key of a source, or the path of a file; "" while it is not done."""
    with _lock:
        return _made.get(job, "")


def progress(job: str) -> IndexProgress | None:
    """How far a job is."""
    return _queue.progress(job)


def cancel(job: str) -> None:
    """Stop a job."""
    _queue.cancel(job)


def jobs() -> tuple[str, ...]:
    """Every job begun here."""
    return _queue.keys()


def opened(asked: Server, query: OmicsQuery, group: str, title: str, tell: Tell | None = None) -> str:
    """Fetch a selection and keep it as a source; its key."""
    say, begun = tell or _silent, time.monotonic()

    def on_bytes(done: int, _seconds: float) -> None:
        say(f"Fetching the data, {done / 1e6:,.1f} MB so far", 0, 0, "", 0.0)

    def on_page(done: int) -> None:
        say(f"Asking for values, {done:,} so far", 0, 0, "", 0.0)

    def on_written(done: int, of: int) -> None:
        say("Storing", done, of, "features", time.monotonic() - begun)

    with tempfile.TemporaryDirectory(prefix="opening-", dir=_files()) as folder:
        if group:
            found = selection.of_group(asked, query, group, Path(folder) / "data.csv", on_bytes)
            requests = [of_stream(asked, query, group)]
        else:
            found = selection.of_items(asked, query, on_page)
            requests = list(of_query(asked, query, "expression"))
        about = {**found.about, "requests": [one.url for one in requests][:20]}
        about |= {"title": title.strip()[:200]} if title.strip() else {}
        pause(0)
        key = key_of(asked.odm.base, found, query, group)
        return matrix_shelf.odm.keep_blocks(key, found.head, found.blocks, about, on_written)


def key_of(base: str, found: Selection, query: OmicsQuery, group: str) -> str:
    """The key of a selection: of a whole data group its accession, else the study and a hash of the query."""
    asked: dict[str, Any] = {name: value for name, value in asdict(query).items() if name not in ("study", "page")}
    plain = OmicsQuery()
    told = {name: value for name, value in asked.items() if value != getattr(plain, name)}
    if group and not told:
        return group_key(base, group)
    shape = f"{len(found.head.ids)}x{len(found.head.samples)}"
    named = (group or found.about["study"] or "query").lower()
    return matrix_shelf.odm.key("", named, (shape, base, json.dumps(told)))


def group_key(base: str, group: str) -> str:
    """The key of a whole data group; its accession, unless that of another server is open under it."""
    plain = matrix_shelf.odm.key("", group.lower())
    there = matrix_shelf.odm.opened(now=True).get(plain)
    try:
        free = there is None or Store(there.path).head.about.get("base") == base
    except ExpronautError:  # damaged: opened again under its key
        free = True
    return plain if free else matrix_shelf.odm.key("", group.lower(), ("whole", base))


def _streamed(asked: Server, query: OmicsQuery, group: str, _title: str, tell: Tell) -> str:
    said = json.dumps([asked.odm.base, asdict(query), group], sort_keys=True)
    digits = hashlib.sha256(said.encode()).hexdigest()[:8]
    named = "".join(sign for sign in group if sign.isalnum())[:40]

    def on_bytes(done: int, _seconds: float) -> None:
        tell(f"Fetching the data, {done / 1e6:,.1f} MB so far", 0, 0, "", 0.0)

    return str(streaming.fetch(asked, query, group, _files() / f"{named}-{digits}.csv", on_bytes))


def _files() -> Path:
    """The folder of fetched files, without those older than a day: nobody waits for them any more."""
    folder = settings.current().cache / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            if time.time() - path.stat().st_mtime > DAY:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise Unavailable(f"The folder of the cache cannot be written: {what}.", "Check EXPRONAUT_CACHE.") from error
    return folder


def _silent(part: str, done: int, of: int, unit: str, seconds: float, before: int = 0) -> None:
    """Nobody listens."""
