"""A server of v0.1.0: every answer is a list, and the matrix lies inside of it. An invented one: none was found."""

from __future__ import annotations

from typing import Any

from tests.doubles import rnaget_forms as forms
from tests.doubles.http_exchange import Answer, Call
from tests.doubles.rnaget_profile import Profile
from tests.doubles.rnaget_world import world

PROJECT, STUDY, EXPRESSION = "/byContributor/P1", "ST1", "/bySample/EX1"
FILES = (
    {"id": "F1", "version": "1.0", "tags": ["demo"], "fileType": "BAM", "studyID": STUDY, "URL": "https://a.org/1.bam"},
    {"id": "F2", "fileType": "FASTQ", "studyID": "ST2", "URL": "https://a.org/2.fq"},
)


class Seed010(Profile):
    prefix = "/seed010"

    def answer(self, path: str, call: Call) -> Answer:
        collection, _, name = path.strip("/").partition("/")
        if path == "/getVersions":
            return Answer.json(["1.0", "1.1"])
        if collection == "changeLog":
            known = [{"version": "1.1", "log": ["more samples", "fewer errors"]}]
            return Answer.json([one for one in known if one["version"] == name])
        if collection == "files":
            return Answer.json(self._files(name, call.query))
        if collection == "expressions":
            return self._expressions(name, call)
        return self._listed(collection, name, call)

    def _listed(self, collection: str, name: str, call: Call) -> Answer:
        one: dict[str, Any] = {"projects": {"id": PROJECT, "name": "P1", "version": "1.0", "tags": ["demo"]}}.get(
            collection, {}
        )
        if collection == "studies":
            people = {"patientList": ["A", "B"], "sampleList": list(world().samples)}
            one = {"id": STUDY, "name": "ST1", "version": "1.0", "parentProjectID": PROJECT} | people
        if not one:
            return self.missing(call)
        if name in ("", "search"):
            tags = call.query.get("tags", "demo")
            return Answer.json([one] if tags == "demo" and call.query.get("version", "1.0") == "1.0" else [])
        return Answer.json([one]) if name.strip("/") == one["id"].strip("/") else self.missing(call)

    def _expressions(self, name: str, call: Call) -> Answer:
        if name in ("filters", "formats", "units", "ticket", "bytes", "search/filters") or not name:
            return self.missing(call)
        if name != "search" and name.strip("/") != EXPRESSION.strip("/"):
            return self.missing(call)
        query = {
            "featureNameList": call.query.get("geneNameList", ""),
            "featureIDList": call.query.get("geneAccessionList", ""),
            "sampleIDList": call.query.get("sampleID", ""),
        }
        if call.query.get("studyID", STUDY) != STUDY or call.query.get("tissue", "mixed") != "mixed":
            return Answer.json([])
        part = self.part(query if name == "search" else {})
        if not part.ids or not part.samples:
            return Answer.json([])
        rows, columns, values = list(part.ids), list(part.samples), forms.rows_of(part)
        if self.switches.turned:
            rows, columns, values = columns, rows, [list(row) for row in zip(*values, strict=True)]
        told = {"id": EXPRESSION, "version": "1.0", "tags": ["demo"], "parentStudyID": STUDY, "organism": "human"}
        told |= {"tissue": "mixed", "units": "TPM", "sampleID": part.samples[0]}
        return Answer.json([told | {"expressionMatrix": values, "rowLabels": rows, "columnLabels": columns}])

    def _files(self, name: str, query: dict[str, str]) -> list[dict[str, Any]]:
        if name != "search":
            return [one for one in FILES if one["id"] == name]
        return [
            one
            for one in FILES
            if query.get("studyID", one["studyID"]) == one["studyID"]
            and query.get("fileType", one["fileType"]) == one["fileType"]
        ]
