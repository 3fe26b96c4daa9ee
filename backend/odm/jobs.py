"""Jobs of an ODM server: looked at until they end, stopped, started again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from backend import web
from backend.errors import BadAnswer, BadInput, ExpronautError, RateLimited, Refused, Unavailable, Unreachable
from backend.model_odm_import import OdmJob, OdmTask
from backend.odm import job_forms
from backend.odm.server import Server, Told, part

SOON = 0.4  # seconds before the second look at a job
MISSES = 3  # looks in a row that may fail before the waiting ends
TASK_ENDED = ("DONE", "FAILED", "BLOCKED_BY_DEPENDENCY_FAILURE", "KILLED")
LATER = "The server may go on with it; start the import again to go on from there."
Seen = Callable[[OdmJob], None]


@dataclass(frozen=True)
class Outcome:
    """How a job ended. accession: of what it made, "" when it made nothing. errors: in the words of the server."""

    job: OdmJob
    accession: str
    errors: tuple[str, ...]


def started(told: Told) -> int:
    """The number of the job an import runs as: its own, or with HTTP 409 that of the job that did the same before.

    Raises BadAnswer when the server names none, or for any other refusal.
    """
    if told.status == 409:
        known = job_forms.known_job(told.said)
        if known is None:
            raise BadAnswer(
                f"ODM has this already, and does not say of which job: {told.said[:300]}",
                "Look for it in ODM, and give its accession instead of the file.",
            )
        return known
    return job_forms.job(told.value).number


def info(server: Server, number: int) -> OdmJob:
    """A job now."""
    return job_forms.job(server.get(f"jobs/{number}/info", lifetime=0.0))


def wait(server: Server, number: int, seen: Seen) -> Outcome:
    """Look at a job until it has ended. seen: told of each look. Raises Unavailable when that takes too long."""
    begun, missed, looks = time.monotonic(), 0, 0
    while True:
        looks += 1
        try:
            found = info(server, number)
        except Unavailable:
            missed += 1
            if missed >= MISSES:
                raise
        else:
            missed = 0
            seen(found)
            if found.status in job_forms.ENDED:
                server.changed()
                return _outcome(server, found)
        if time.monotonic() - begun > server.odm.longest:
            minutes = server.odm.longest / 60
            raise Unavailable(f"Job {number} has not ended within {minutes:,.3g} minutes.", LATER)
        web.pause(_until_next(server, looks))


def _until_next(server: Server, looks: int) -> float:
    """Seconds: small files are imported at once, large ones are not asked after too often."""
    return min(server.odm.poll, SOON * 2.0 ** min(looks - 1, 10))


def _outcome(server: Server, ended: OdmJob) -> Outcome:
    output = server.get(f"jobs/{ended.number}/output", lifetime=0.0)
    errors = job_forms.failures(output)
    made = job_forms.accession(output) if ended.status == "COMPLETED" else ""
    if ended.status == "COMPLETED" and not made and not errors:
        raise BadAnswer(f"Job {ended.number} was completed without telling an accession.", "Look for it in ODM.")
    return Outcome(ended, made, errors)


def stop(server: Server, number: int) -> bool:
    """Ask the server to stop a job, also when the user stops here; whether it took that."""
    with web.stopping(threading.Event()), suppress(ExpronautError):
        server.put(f"jobs/{number}/stop")
        return True
    return False


def restart(server: Server, number: int) -> int:
    """Let a stopped job go on; the number it goes on as."""
    told = server.put(f"jobs/{number}/restart")
    try:
        return job_forms.job(told.value).number
    except BadAnswer:  # an answer without a number: the job keeps its own
        return number


def publish(server: Server, study: str, message: str) -> OdmTask:
    """Publish the drafts of a study as versions; the task, when it has ended. Raises BadAnswer when it failed."""
    params = {"versionMessage": message} if message else None
    told = server.post(f"integration/studies/{part(study)}/tasks/publish-versions", None, params)
    found, begun, looks = _task(told.value), time.monotonic(), 0
    while found.status not in TASK_ENDED:
        looks += 1
        if time.monotonic() - begun > server.odm.longest:
            raise Unavailable("Publishing has not ended in time.", "Look at the versions of the study later.")
        web.pause(_until_next(server, looks))
        found = _task(server.get(f"tasks/{part(found.key)}", lifetime=0.0))
    server.changed()
    if not found.done:
        raise BadAnswer(f"Publishing ended as {found.status}.", "Look at the tasks of the server.")
    return found


def _task(found: object) -> OdmTask:
    if not isinstance(found, dict) or not isinstance(found.get("id"), str | int) or not found.get("status"):
        raise BadAnswer("ODM began to publish without telling the task.", "Look at the versions of the study.")
    status = str(found["status"]).upper()[:60]
    return OdmTask(str(found["id"])[:200], str(found.get("name") or "")[:200], status, status == "DONE")


def was_not_sent(error: ExpronautError) -> bool:
    """Whether it is sure that a request was not carried out."""
    return isinstance(error, BadInput | RateLimited | Refused | Unreachable)
