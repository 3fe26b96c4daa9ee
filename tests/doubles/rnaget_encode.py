"""The server of ENCODE: lists its matrices, wants a gene or sample, answers unknown forms in JSON of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tests.doubles import rnaget_forms as forms
from tests.doubles.http_exchange import Answer, Call
from tests.doubles.rnaget_profile import Profile
from tests.doubles.rnaget_world import World

IDS = tuple(f"EXPID{number:03d}" for number in range(1, 8))
PROJECT = {"description": "Elements", "id": "ENCODE", "name": "ENCODE: Encyclopedia of DNA Elements"}
STUDY = {"id": "ENCSR000AAA", "name": "ENCSR000AAA", "description": "A study"}
FILTER = {"description": "Perturbation", "filter": "perturbed", "values": [0, 1]}
LISTS = ("featureIDList", "featureNameList", "sampleIDList")


class Encode(Profile):
    prefix = "/encode"

    def answer(self, path: str, call: Call) -> Answer:
        fixed: dict[str, Any] = {
            "/service-info": _INFO,
            "/projects": [PROJECT],
            "/projects/ENCODE": [PROJECT],
            "/projects/filters": [],
            "/studies": [STUDY],
            "/studies/ENCSR000AAA": [STUDY],
            "/studies/filters": [FILTER],
            "/expressions": [{"description": f"Of {name}", "filters": [["a", "b"]], "id": name} for name in IDS],
            "/expressions/formats": ["tsv", "json"],
            "/expressions/units": ["tpm", "fpkm"],
        }
        if path in fixed:
            return Answer.json(fixed[path])
        if path.startswith("/continuous"):
            told = "501 Not Implemented: The server does not support the action requested by the browser."
            return Answer.json({"message": told}, 501)
        parts = path.strip("/").split("/")
        if parts[0] != "expressions" or parts[-1] not in ("ticket", "bytes"):
            return self.missing(call)
        if len(parts) == 3 and parts[1] not in IDS:
            return Answer.json({"message": "400 Bad Request: Invalid ID supplied"}, 400)
        return self._ticket(parts, call) if parts[-1] == "ticket" else self._bytes(call)

    def _ticket(self, parts: list[str], call: Call) -> Answer:
        query = dict(call.query) | ({"expressionID": parts[1]} if len(parts) == 3 else {})
        told = {"format": query.get("format"), "units": query.get("units")}
        return Answer.json(self.ticket(call, "/expressions/bytes", query, **told))

    def _bytes(self, call: Call) -> Answer:
        query = dict(call.query)
        if not any(query.get(name) for name in LISTS):
            told = "400 Bad Request: Must filter by feature (gene) or sample property"
            return Answer.json({"message": told}, 400)
        if "sampleIDList" in query:
            query["sampleIDList"] = query["sampleIDList"].replace("/files/", "").replace("/", "")
        part = self.part(query)
        part = replace(part, samples=tuple(f"/files/{name}/" for name in part.samples))
        if query.get("format") not in (None, "tsv"):
            return Answer.json({"@graph": list(_graph(part))})
        headers = [f"{name}, {tissue} (female, adult)" for name, tissue in zip(part.samples, part.tissues, strict=True)]
        body = forms.tsv(part, ("featureID", "geneSymbol"), headers, comment=f"# {self.base}{call.target}")
        return Answer(200, body, {"Content-Type": "text/tsv; charset=utf-8"})


def _graph(part: World) -> Any:
    for own, name, row in zip(part.ids, part.names, part.values, strict=True):
        for sample, value in zip(part.samples, row, strict=True):
            tpm = None if np.isnan(value) else float(str(value))
            yield {
                "@id": f"/expressions{sample}{own}/",
                "expression": {"gene_id": own, "tpm": tpm, "fpkm": None if tpm is None else 2 * tpm},
                "file": {"@id": sample, "assay_title": "polyA plus RNA-seq"},
                "gene": {"symbol": name},
            }


_INFO = {
    "id": "org.ga4gh.encodeproject",
    "name": "ENCODE RNAget",
    "description": "This service implements the GA4GH RNAget API for ENCODE data",
    "supported": {"continuous": False, "expressions": True, "projects": True, "studies": True},
    "type": {"artifact": "rnaget", "group": "org.encodeproject", "version": "1.2.0"},
    "version": "0.0.2",
}
