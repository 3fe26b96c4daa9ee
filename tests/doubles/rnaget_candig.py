"""The servers of CanDIG: of 1.0 (0.9.5), and of the draft before it (0.9.3)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from tests.doubles import rnaget_forms as forms
from tests.doubles.http_exchange import Answer, Call
from tests.doubles.rnaget_profile import Profile
from tests.doubles.rnaget_world import EXPRESSION, PROJECT, STUDY, World, world

PROBLEM = {"title": "Internal Server Error", "detail": "It broke.", "status": 500, "type": "about:blank"}
OLD_STUDY, OLD_EXPRESSION = "6cccbbd7-6b9c-4837-bd73-42dd616d0fec", "2a7ab553-3ef9-41ea-a59e-dbfe887b58c4"
OLD_PROJECT = "43378a5d-4836-4f9d-8cf3-c3d5104df560"


def by_symbol(part: World) -> World:
    """Its matrices name genes by symbols, where there are some."""
    labels = tuple(name or own.split(".")[0] for own, name in zip(part.ids, part.names, strict=True))
    return replace(part, ids=labels, names=("",) * len(labels))


class Candig095(Profile):
    """Its data come as text/html from links made for one request."""

    prefix = "/candig095"

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._made: dict[str, World] = {}

    def answer(self, path: str, call: Call) -> Answer:
        one = {"projects": {"id": PROJECT, "name": "Test", "version": "1.0", "tags": ["RNAgetCompliance"]}}
        one["studies"] = {"id": STUDY, "name": "Study", "version": "1.0", "parentProjectID": PROJECT}
        parts = path.strip("/").split("/")
        if parts[0] in one:
            return self._listed(one[parts[0]], parts, call)
        if path == "/expressions/formats":
            return Answer.json(["json", "h5", "loom"])
        if path == f"/expressions/{EXPRESSION}/ticket":
            return self._by_id(call)
        if path == "/expressions/ticket":
            return self._search(call)
        if path.startswith("/expressions/download/"):
            return Answer(200, forms.loom(world()), {"Content-Type": "application/octet-stream"})
        if parts[0] == "download" and parts[-1] in self._made:
            return self._data(self._made[parts[-1]], call.query.get("as", ""))
        if parts[0] == "continuous":
            return Answer.json({"code": 501, "message": "Not implemented"}, 501)
        told = {"title": "Not Found", "detail": "The URL was not found.", "status": 404, "type": "about:blank"}
        return Answer.json(told, 404, **{"Content-Type": "application/problem+json"})

    def _listed(self, one: dict[str, Any], parts: list[str], call: Call) -> Answer:
        if parts[1:] == ["filters"]:
            return Answer.json([{"description": "Version to return", "fieldType": "string", "filter": "version"}])
        if len(parts) == 1:
            return Answer.json([one])
        if parts[1] == one["id"]:
            return Answer.json(one)
        return Answer.json({"code": 404, "message": f"{parts[0]} not found: {parts[1]}"}, 404)

    def _by_id(self, call: Call) -> Answer:
        path = "/expressions/download/compliance.loom"
        members = {"fileType": "loom", "id": EXPRESSION, "studyID": STUDY, "units": "TPM", "version": "1.0"}
        return Answer.json(self.ticket(call, path, {}, md5=self.md5(forms.loom(world())), **members))

    def _search(self, call: Call) -> Answer:
        form = call.query.get("format")
        if form is None:
            return Answer.json({"code": 400, "message": "Missing query parameter 'format'"}, 400)
        if form not in ("json", "h5", "loom"):
            return Answer.json(PROBLEM, 500, **{"Content-Type": "application/problem+json"})
        part = self.part(call.query)
        if not part.ids or not part.samples:
            return Answer.json([])
        name = uuid.uuid4().hex
        self._made[name] = part
        members = {"__filepath__": "made.json", "fileType": form, "units": "FPKM", "version": "1.0.0"}
        return Answer.json(self.ticket(call, f"/download/{name}", {"as": form}, **members))

    def _data(self, part: World, form: str) -> Answer:
        if form == "loom":
            return Answer(200, forms.loom(part), {"Content-Type": "text/html"})
        if form == "h5":
            return Answer(200, forms.candig_h5(by_symbol(part)), {"Content-Type": "text/html"})
        columns = zip(part.samples, zip(*forms.rows_of(part), strict=True), strict=True)
        told = {
            "expression": {name: list(values) for name, values in columns},
            "features": list(by_symbol(part).ids),
            "units": "fpkm",
            "study": "compliance",
        }
        return Answer.json(told, **{"Content-Type": "text/html; charset=utf-8"})


class Candig093(Profile):
    """The routes of v0.1.0, tickets in lists with URL in capitals; any key will do, but there must be one."""

    prefix = "/candig093"
    accepts_any_token = True
    free = ("/expressions/formats",)

    def unauthorised(self) -> Answer:
        told = {"detail": "No authorization token provided", "status": 401, "title": "Unauthorized"}
        return Answer.json(told | {"type": "about:blank"}, 401, **{"Content-Type": "application/problem+json"})

    def answer(self, path: str, call: Call) -> Answer:
        project = {"id": OLD_PROJECT, "name": "PCAWG", "tags": ["PCAWG", "cancer"], "version": "1.0"}
        study = {"id": OLD_STUDY, "name": "PCAWG study", "version": "1.0", "parentProjectID": OLD_PROJECT}
        fixed: dict[str, Any] = {
            "/projects/search": [project],
            f"/projects/{OLD_PROJECT}": project,
            "/studies/search": [study],
            "/expressions/formats": ["h5", "loom"],
            f"/expressions/{OLD_EXPRESSION}": self._record(call, "h5"),
            "/expressions/search/filters": [{"description": "Version", "fieldType": "string", "filter": "version"}],
            "/getVersions": ["1.0"],
            "/changelog/1.0": {"created": "2026", "log": ["initial load"], "version": "1.0"},
            "/files/search": [self._record(call, "h5")],
        }
        if path in fixed:
            return Answer.json(fixed[path])
        if path == "/expressions/search" and "format" not in call.query:
            told = {"detail": "Missing query parameter 'format'", "status": 400, "title": "Bad Request"}
            return Answer.json(told | {"type": "about:blank"}, 400)
        if path == "/expressions/search":
            return Answer.json([self._record(call, call.query["format"], call.query)])
        if path == "/expressions/download/sample_matrix.h5":
            return Answer(200, forms.candig_h5(self.part(call.query)), {"Content-Type": "application/octet-stream"})
        return Answer.json({"detail": "not found", "status": 404, "title": "Not Found", "type": "about:blank"}, 404)

    def _record(self, call: Call, form: str, query: dict[str, str] | None = None) -> dict[str, Any]:
        told = self.ticket(call, "/expressions/download/sample_matrix.h5", query or {})
        told["URL"] = told.pop("url")
        return told | {
            "fileType": form,
            "id": OLD_EXPRESSION,
            "studyID": OLD_STUDY,
            "tags": ["PCAWG"],
            "version": "1.0",
        }
