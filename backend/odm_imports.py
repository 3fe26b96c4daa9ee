"""Imports into an ODM server in the background of the dashboard, one after the other; what is done is in journals."""

from __future__ import annotations

import time

from backend import settings
from backend.errors import BadAnswer, Unavailable
from backend.jobs import Queue, Tell
from backend.model import IndexProgress
from backend.model_odm_import import OdmFile, OdmImport, OdmPlan, OdmStep, OdmWish
from backend.odm import calls, importing, jobs, journal, kept, links, wishes
from backend.odm.server import Server

HINT = "What is done is kept; start it again to go on from there."
_queue = Queue("expronaut-odm", HINT)


def plan(wish: OdmWish) -> OdmPlan:
    """Every call of an import, nothing of it sent. Raises BadInput, NotConfigured, Refused (no curator)."""
    odm = wishes.curator(settings.current().odm)
    checked = wishes.checked(wish, odm)
    begun = journal.peek(checked, odm)
    done = {step.key for step in begun.seen().steps if step.state == "done"}
    found = tuple(one for one in calls.calls(checked, odm, begun.known()) if one.step not in done)
    return OdmPlan(begun.key, checked.title, odm.base, found, _notes(checked, begun.seen()), calls.text(found))


def _notes(wish: OdmWish, begun: OdmImport) -> tuple[str, ...]:
    told = []
    done = [step.key for step in begun.steps if step.state == "done"]
    if begun.finished:
        told.append("This was imported already: nothing is sent. Allow duplicates to import it again.")
    elif done:
        told.append(f"It goes on where an import stopped; done, and not sent again: {', '.join(done)}.")
    if wish.allow_dups and any(part.file for part in wish.parts):
        told.append("Uploads do not know “allow duplicates”: the server decides about files it has.")
    if any(links.has_secret(part.link) or links.has_secret(part.metadata_link) for part in wish.parts):
        told.append("A link is signed: its key is sent to the server, but neither shown nor kept here.")
    if any(part.previous_version for part in wish.parts):
        told.append("A new version becomes the active one of its chain; the former stays readable.")
    return tuple(told)


def start(wish: OdmWish) -> OdmImport:
    """Begin an import in the background, or go on with it where it stopped."""
    odm = wishes.curator(settings.current().odm)
    checked = wishes.checked(wish, odm)
    name = journal.key(checked, odm)
    if _is_running(name):
        return journal.read(name).seen()
    kept.sweep(_needed())
    with journal.alone(name):
        opened = journal.begin(checked, odm)
    return _put(opened)


def resume(key: str) -> OdmImport:
    """Go on with an import by its key. Raises BadInput where it was begun on another server."""
    return _put(journal.read(key).by(wishes.curator(settings.current().odm)))


def _put(opened: journal.Journal) -> OdmImport:
    odm = wishes.curator(settings.current().odm)

    def work(tell: Tell) -> None:
        def say(part: str, done: int, of: int, unit: str, seconds: float) -> None:
            tell(part, done, of, unit, seconds, done if unit == "steps" else 0)  # steps have no speed

        with journal.alone(opened.key):
            importing.run(Server(odm), journal.read(opened.key).by(odm, opened.wish), say)
        kept.drop(importing.files(opened, every=True), _needed())

    _queue.put(opened.key, work)
    return opened.seen()


def _is_running(key: str) -> bool:
    seen = _queue.progress(key)
    return seen is not None and seen.state in ("waiting", "running")


def state(key: str) -> tuple[OdmImport, IndexProgress | None]:
    """How far an import is: its steps as the journal knows them, and its progress when it was begun in this process."""
    progress = _queue.progress(key)  # first, so that the steps of one that has ended are all there
    return journal.read(key).seen(), progress


def every() -> tuple[OdmImport, ...]:
    """All imports with a journal, the last changed first; a damaged one tells so in its only step."""
    return tuple(_seen(key) for key in journal.every())


def _seen(key: str) -> OdmImport:
    try:
        return journal.read(key).seen()
    except BadAnswer as error:
        broken = OdmStep("journal", "Journal", "failed", message=str(error))
        return OdmImport(key, "Damaged journal", "", "", (broken,), finished=False, begun="", changed="")


def cancel(key: str) -> None:
    """Stop an import, and the job of the server that is under way; what is done stays there."""
    _queue.cancel(key)


def decide(key: str, step: str, accession: str = "") -> OdmImport:
    """Say of a step nobody here can know about what it got; "" to send it again. Then resume."""
    with journal.alone(key):
        opened = journal.read(key)
        importing.decide(opened, step, accession)
    return opened.seen()


def forget(key: str) -> None:
    """Delete the journal of an import and the files kept for it; what is on the server stays there."""
    if _is_running(key):
        raise Unavailable("This import is under way.", "Stop it first.")
    files = importing.files(journal.read(key), every=True) if _readable(key) else ()
    journal.forget(key)
    _queue.forget(key)
    kept.drop(files, _needed())


def _readable(key: str) -> bool:
    try:
        journal.read(key)
    except BadAnswer:
        return False
    return True


def _needed() -> tuple[OdmFile, ...]:
    """The files that unfinished imports still send."""
    return tuple(file for key in journal.every() if _readable(key) for file in importing.files(journal.read(key)))


def publish(study: str, message: str = "") -> IndexProgress:
    """Publish the drafts of a study as versions, in the background."""
    server = Server(wishes.curator(settings.current().odm))
    accession = wishes.accession(study, "of a study")

    def work(tell: Tell) -> None:
        tell("Publishing", 0, 1, "studies", 0.0)
        begun = time.monotonic()
        jobs.publish(server, accession, " ".join(message.split())[:1_000])
        tell("Publishing", 1, 1, "studies", time.monotonic() - begun)

    return _queue.put(f"publish {accession}", work)


def publishing(study: str) -> IndexProgress | None:
    """How far publishing is; None when it was not begun since the start of the program."""
    return _queue.progress(f"publish {study.strip()}")
