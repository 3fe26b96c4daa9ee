"""Import jobs: by link, which the server fetches from loopback only, or by upload; their states over the polls."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.doubles.http_exchange import Answer
from tests.doubles.odm_web_arrivals import fetched, multipart
from tests.doubles.odm_web_files import Broken
from tests.doubles.odm_web_importing import import_expression, import_metadata
from tests.doubles.odm_web_lists import KIND_OF
from tests.doubles.odm_web_paths import Asked, Routes, Wrong
from tests.doubles.odm_web_switches import Switches
from tests.doubles.odm_web_world import World

_FORMS = {"dmy": "%d-%m-%Y %H:%M:%S", "ymd": "%Y-%m-%d %H:%M:%S", "iso": "%Y-%m-%dT%H:%M:%S+00:00"}
_EARLIER = "sourceAttachmentAccession", "transformationName", "transformationVersion"  # of the client, never asked for
_UPLOADED = ("studyId", "templateId", "previousVersion", "numberOfFeatureAttributes", "dataClass", *_EARLIER)
_GOING = ("STARTING", "RUNNING", "STOPPING", "STARTED", "UNKNOWN")


@dataclass
class Job:
    id: int
    name: str
    started_by: str
    key: str  # equal for equal requests
    work: Callable[[], str]  # the accession it makes
    is_study: bool
    created: int  # ms
    status: str = "STARTING"
    polls: int = 0
    ended: int = 0
    made: str = ""
    error: str = ""


class Jobs:
    def __init__(self, world: World, switches: Switches, routes: Routes) -> None:
        self.world = world
        self.switches = switches
        self.jobs: dict[int, Job] = {}
        dups = ("allow_dups",)
        routes.add("POST", "jobs/import/{kind:study|samples|libraries|preparations|expression}", self.by_link, dups)
        routes.add("POST", "jobs/import/{kind:samples|libraries|preparations|expression}/multipart", self.by_upload)
        routes.add("GET", "jobs/{id}/info", self.info)
        routes.add("GET", "jobs/{id}/output", self.output)
        routes.add("PUT", "jobs/{id}/{verb:stop|restart}", self.steer)

    def by_link(self, asked: Asked) -> Answer:
        options = {name: str(value) for name, value in asked.call.json().items() if value is not None}
        needed = "dataLink" if asked.parts["kind"] == "expression" else "metadataLink"
        if not options.get(needed):
            raise Wrong(400, f"{needed} is required")
        options.pop("source", None)
        key = json.dumps(options, sort_keys=True)
        files = {name: (lambda link=options[name]: fetched(link)) for name in _links(options)}
        return self._start(asked, key, options, files.get("dataLink"), files.get("metadataLink"))

    def by_upload(self, asked: Asked) -> Answer:
        parts = multipart(asked.call)
        files = {name: parts.pop(name) for name in ("file", "metadataFile") if name in parts}
        options = {name: data.decode() for name, data in parts.items()}
        unknown = set(options) - {*_UPLOADED, "measurementSeparator"}
        if "file" not in files or unknown:
            raise Wrong(400, f"file is required; unknown: {sorted(unknown)}")
        sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        given = {name: (lambda data=data: data) for name, data in files.items()}
        if asked.parts["kind"] != "expression":
            given = {"metadataFile": given["file"]}
        return self._start(asked, json.dumps(options | sums, sort_keys=True), options, *map(given.get, _FILES))

    def info(self, asked: Asked) -> Answer:
        return Answer.json(self._told(self._polled(asked)))

    def output(self, asked: Asked) -> Answer:
        job = self._polled(asked)
        told: dict[str, object] = {"status": job.status} if self.switches.output_status else {}
        if job.made:
            told["result"] = {self.switches.study_result if job.is_study else "groupAccession": job.made}
        if job.error:
            stack = [{"type": "java.lang.IllegalArgumentException", "message": job.error}]
            told["errors"] = [{"stage": "import", "stack": stack}]
        return Answer.json(told)

    def steer(self, asked: Asked) -> Answer:
        job = self._job(asked)
        if asked.parts["verb"] == "stop" and job.status in _GOING:
            job.status, job.ended = "STOPPED", self.world.now()
        elif asked.parts["verb"] == "restart" and job.status in ("STOPPED", "FAILED"):
            job.status, job.polls, job.ended, job.error = "STARTING", 0, 0, ""
        else:
            raise Wrong(400, f"Job {job.id} is {job.status}")
        return Answer.json(self._told(job))

    def _start(self, asked: Asked, key: str, options: dict[str, str], data: _File, metadata: _File) -> Answer:
        kind = asked.parts["kind"]
        key = f"{kind} {key}"
        old = next((one for one in self.jobs.values() if one.key == key and one.status not in _AGAIN), None)
        if old is not None and asked.query.get("allow_dups", "false") != "true":
            told = f"A job instance already exists and is complete for parameters={{{key}}} jobExecId={old.id} ."
            raise Wrong(409, told)
        name = f"IMPORT_{kind.upper()}_{'GCT' if kind == 'expression' else 'TSV'}"
        work = self._work(kind, options, data, metadata, asked.user.name)
        job = Job(316 + len(self.jobs), name, asked.user.email, key, work, kind == "study", self.world.now())
        self.jobs[job.id] = job
        return Answer.json(self._told(job))

    def _work(self, kind: str, options: dict[str, str], data: _File, metadata: _File, author: str) -> Callable[[], str]:
        if kind == "expression":
            return lambda: import_expression(self.world, data(), metadata and metadata(), options, author)
        thing = KIND_OF.get(kind, kind)
        return lambda: import_metadata(self.world, thing, metadata(), options.get("templateId", ""), author)

    def _job(self, asked: Asked) -> Job:
        text = asked.parts["id"]
        job = self.jobs.get(int(text)) if text.isdigit() else None
        if job is None:
            raise Wrong(404, f"Job '{text}' could not be found")
        return job

    def _polled(self, asked: Asked) -> Job:
        """A poll brings a job one step further; it does its work in the last one."""
        job = self._job(asked)
        if job.status in _GOING:
            steps = self.switches.job_steps
            if job.polls < len(steps):
                job.status = steps[job.polls]
            elif self.switches.job_end:
                job.status = self.switches.job_end
            else:
                self._finish(job)
            job.polls += 1
        return job

    def _finish(self, job: Job) -> None:
        job.ended = self.world.now()
        try:
            if self.switches.job_fails:
                raise Broken(self.switches.job_fails)
            job.made = job.work()
            job.status = "COMPLETED"
        except (Broken, ValueError, OSError, zipfile.BadZipFile) as fault:
            job.status, job.error = "FAILED", str(fault)

    def _told(self, job: Job) -> dict[str, object]:
        told: dict[str, object] = {
            "jobExecId": job.id,
            "startedBy": job.started_by,
            "jobName": job.name,
            "status": job.status,
            "createTime": self._time(job.created),
        }
        return told | ({"endTime": self._time(job.ended)} if job.ended else {})

    def _time(self, moment: int) -> str:
        return datetime.fromtimestamp(moment / 1000, UTC).strftime(_FORMS[self.switches.time_form])


_File = Callable[[], bytes] | None
_FILES = ("file", "metadataFile")
_AGAIN = ("FAILED", "STOPPED", "ABANDONED")  # after these, the same request is a new job


def _links(options: dict[str, str]) -> list[str]:
    return [name for name in ("dataLink", "metadataLink") if options.get(name)]
