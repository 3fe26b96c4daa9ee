"""An import carried out: step by step, each kept in the journal before and after, so that a cut loses nothing.

Before a request that makes something leaves, the journal says "sent"; with its answer "running" and the number of the
job; with the end of the job "done" and the accession. Whoever goes on therefore waits for what runs, repeats what the
server recognises as the same (HTTP 409), and asks the user about the one thing nobody can know: whether an upload
whose answer was lost has arrived.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict

from backend import settings
from backend.errors import BadAnswer, BadInput, ExpronautError, NotFound, Stopped, Unavailable
from backend.model_odm_import import OdmFile, OdmJob
from backend.model_study import Linked, LinkReport
from backend.odm import jobs, kept, linking, links, wishes
from backend.odm.changes import checked_patch
from backend.odm.curation import patched
from backend.odm.journal import Journal
from backend.odm.server import Server, Told
from backend.odm.steps import Request, Step, filled, steps

REFUSED = (400, 404, 405, 406, 409, 413, 415, 422)
GO_ON = "Put it right, then start the import again: it goes on with this step."
DOUBT = "Look in ODM: say which accession it got, or that it is to be sent again."
# part, done, of, unit, seconds since it began
Tell = Callable[[str, int, int, str, float], None]


def run(server: Server, journal: Journal, tell: Tell) -> None:
    """Everything that is not done yet. tell may raise Stopped: then the job under way is stopped on the server too.

    Raises BadAnswer for a job that failed or columns that match nothing, and as Server.post.
    """
    if settings.current().offline:
        raise Unavailable("The offline switch is on, so nothing is imported.", "Unset EXPRONAUT_OFFLINE.")
    if journal.server != server.odm.base:
        raise BadInput("This import was begun on another server.", f"Set EXPRONAUT_ODM to {journal.server}.")
    todo = steps(journal.wish)
    for at, step in enumerate(todo):
        if not journal.is_done(step):
            _Running(server, journal, step, at, len(todo), tell).run()
    tell("Finished", len(todo), len(todo), "steps", 0.0)


class _Running:
    """One step under way."""

    def __init__(self, server: Server, journal: Journal, step: Step, at: int, of: int, tell: Tell) -> None:
        self.server, self.journal, self.step, self._tell = server, journal, step, tell
        self._at, self._of, self._begun, self._left = at, of, time.monotonic(), 0

    def run(self) -> None:
        """The step, to its end. What went wrong stands in the journal too."""
        self._say()
        try:
            {"import": self._import, "describe": self._describe, "link": self._link}[self.step.kind]()
        except Stopped:
            self._note(message="Stopped.")
            raise
        except ExpronautError as error:
            self._note(message=error.message)
            raise

    def _say(self, what: str = "") -> None:
        title = f"{self.step.title}{f': {what}' if what else ''}"
        self._tell(title, self._at, self._of, "steps", time.monotonic() - self._begun)

    def _note(self, **facts: object) -> None:
        self.journal.note(self.step.key, **facts)

    # Importing a file

    def _import(self) -> None:
        facts = self.journal.facts(self.step.key)
        job, state = facts.get("job"), str(facts.get("state") or "waiting")
        resumed = state == "running" and isinstance(job, int)
        number = int(str(job)) if resumed else self._begun_job(state)
        outcome = self._awaited(number)
        if resumed and outcome.job.status == "STOPPED":
            outcome = self._awaited(self._again(number))
        self._end(outcome)

    def _again(self, number: int) -> int:
        """A stopped job goes on; where the server cannot do that it begins anew."""
        try:
            number = jobs.restart(self.server, number)
        except (BadAnswer, NotFound):
            return self._begun_job("waiting")
        self._note(job=number)
        return number

    def _begun_job(self, state: str) -> int:
        """The number of the job, which the journal knows when this returns."""
        if state in ("sent", "doubtful") and not self.step.safe:
            self._note(state="doubtful")
            raise Unavailable(f"It is not known whether {self._name()} arrived: the answer was lost.", DOUBT)
        send = self._ready(self.step.requests[0])
        self._note(state="sent", job=None, message="")
        try:
            told = send()
        except ExpronautError as error:
            if jobs.was_not_sent(error) or self._left:  # a body of which a part is missing makes nothing
                self._note(state="waiting")
            raise
        if told.status in REFUSED and told.status != 409:
            self._note(state="failed")
            old = told.status in (404, 405) and self.step.requests[0].files
            hint = "Servers before 1.62 take no uploads: give a link instead." if old else GO_ON
            raise BadAnswer(f"ODM refuses {self._name()}: {told.said[:300] or f'HTTP {told.status}'}", hint)
        number = jobs.started(told)
        known = told.status == 409
        self._note(state="running", job=number, known=known, message=f"Known to the server: job {number}." * known)
        return number

    def _ready(self, request: Request) -> Callable[[], Told]:
        """What sends a request, made of accessions that are known, of links and files that are there."""
        known = self.journal.known()
        params = dict(request.params)
        if request.files:
            fields = {name: filled(value, known) for name, value in request.fields}
            files = {name: kept.path(file) for name, file in request.files}
            self._left = sum(file.size for _, file in request.files)
            return lambda: self.server.multipart(request.route, fields, files, params, REFUSED, self._sent)
        body = {name: filled(v, known) if isinstance(v, str) else v for name, v in (request.body or {}).items()}
        for value in body.values():
            if isinstance(value, str) and links.HIDDEN in value:
                hint = "Give the link anew, in the same import as before."
                raise BadInput(f"The link of {self._name()} was signed, and its key is not kept.", hint)
        return lambda: self.server.post(request.route, body, params or None, REFUSED)

    def _sent(self, sent: int, of: int) -> None:
        self._left = of - sent
        self._tell(f"Sending {self._name()}", sent, of, "bytes", time.monotonic() - self._begun)

    def _awaited(self, number: int) -> jobs.Outcome:
        try:
            return jobs.wait(self.server, number, self._seen)
        except Stopped:
            jobs.stop(self.server, number)
            raise
        except NotFound:
            self._note(state="sent", job=None)
            raise

    def _seen(self, job: OdmJob) -> None:
        self._say(f"job {job.number}, {job.status.lower()}")

    def _end(self, outcome: jobs.Outcome) -> None:
        if outcome.accession:
            self._note(state="done", accession=outcome.accession)
            return
        number, status = outcome.job.number, outcome.job.status
        if status == "STOPPED":
            raise BadAnswer(f"Job {number} was stopped on the server.", "Start the import again to go on from there.")
        self._note(state="failed")
        said = "; ".join(outcome.errors) or "it tells no reason"
        known = self.journal.facts(self.step.key).get("known")
        hint = "It failed before, too. Change the file, or allow duplicates." if known else GO_ON
        raise BadAnswer(f"{self._name()} was not imported (job {number}, {status.lower()}): {said[:600]}", hint)

    def _name(self) -> str:
        return wishes.name(self.step.about)

    # Describing a study that was there before

    def _describe(self) -> None:
        accession = self.journal.known()[self.step.part]
        patched(self.server, "studies", accession, checked_patch(dict(self.step.about.attributes)))
        self._note(state="done", message="")

    # Linking a group

    def _link(self) -> None:
        known, about = self.journal.known(), self.step.about
        source, study = known[self.step.part], known["study-1"]
        if about.accession and about.kind != "expression" and linking.is_linked(self.server, about, source, study):
            self._note(state="done", how=self.step.how, message="It was linked already.")
            return
        self._note(state="running", message="")
        made = [self._made(request, source, study) for request in self.step.requests]
        if all(one.state == "none" for one in made):
            self._note(state="failed")
            raise self._nothing(made[0].said)
        told = self._report(made, source, study) if about.kind == "expression" else None
        if told is not None and told.state == "none":
            self._note(state="failed")
            raise self._nothing("")
        link = asdict(told) if told else None
        self._note(state="done", how=self.step.how, message=_words(told), link=link)

    def _made(self, request: Request, source: str, study: str) -> linking.Made:
        route = filled(request.route, self.journal.known(), for_path=True)
        return linking.make(self.server, self.step.about, source, study, route, dict(request.params))

    def _report(self, made: list[linking.Made], source: str, study: str) -> LinkReport:
        known = self.journal.known()
        several = len(made) > 1  # groups of samples: each may have a part of the columns
        every: Linked | None = None if several else made[0].state
        state: Linked | None = "complete" if any(one.state == "complete" for one in made) else every
        targets = [known[one] for one in self.step.targets]
        return linking.report(self.server, self.step.about, source, targets, study, state)

    def _nothing(self, said: str) -> BadAnswer:
        about = self.step.about
        by = about.linking_attribute or linking.IDS.get(about.target if about.kind == "expression" else "samples", "")
        told = f": {said[:300].rstrip('. ')}." if said else "."
        hint = f"Compare what links them, “{by}”, with the file; then start the import again with what is right."
        if about.kind == "samples":
            hint = "A group of samples belongs to one study only; look in ODM whether it has one."
        return BadAnswer(f"ODM linked nothing of {self._name()}{told}", hint)


def _words(report: LinkReport | None) -> str:
    if report is None or report.state == "complete":
        return ""
    n, all_of = len(report.unmatched), report.n_matched + len(report.unmatched)
    more = f", and {len(report.without_data):,} of the {report.target} have no data" if report.without_data else ""
    return f"{n:,} of {all_of:,} columns match none of the {report.target}{more}."


def files(journal: Journal, every: bool = False) -> tuple[OdmFile, ...]:
    """The files an import still needs, or all that it ever did."""
    waiting = [step for step in steps(journal.wish) if every or not journal.is_done(step)]
    return tuple(file for step in waiting for request in step.requests for _, file in request.files)


def decide(journal: Journal, step_key: str, accession: str) -> None:
    """What the user says of a step nobody can know about. accession: what it got, "" to send it again."""
    if journal.facts(step_key).get("state") != "doubtful":
        raise BadInput("There is nothing to decide about this step.", "Start the import again.")
    if accession.strip():
        journal.note(step_key, state="done", accession=wishes.accession(accession, "of ODM"), message="Told by you.")
    else:
        journal.note(step_key, state="waiting", message="")
