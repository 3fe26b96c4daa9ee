"""Servers that keep to the specification, each with its own oddities: one of 1.2, GTEx, CRG, Caltech."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.doubles import rnaget_forms as forms
from tests.doubles.http_exchange import Answer, Call
from tests.doubles.rnaget_profile import Profile
from tests.doubles.rnaget_world import CONTINUOUS, EXPRESSION, POSITIONS, PROJECT, STUDY, World

TSV, LOOM = "text/tab-separated-values", "application/vnd.loom"
VERSION = {"filter": "version", "fieldType": "string", "description": "version", "values": ["1.0"]}


class Spec12(Profile):
    """As the specification says, with continuous data."""

    prefix = "/spec12"
    version = "1.2.0"
    formats = ("tsv", "loom")
    units: tuple[str, ...] = ("TPM",)
    expression = EXPRESSION
    signals = True
    usual = "tsv"

    project: ClassVar[dict[str, Any]] = {
        "id": PROJECT,
        "version": "1.0",
        "name": "Test project",
        "description": "Of a test",
    }
    study: ClassVar[dict[str, Any]] = {
        "id": STUDY, "version": "1.0", "name": "Test study", "description": "", "parentProjectID": PROJECT,
        "genome": "GRCh38",
    }  # fmt: skip

    def answer(self, path: str, call: Call) -> Answer:
        if path == "/service-info":
            return Answer.json(self.info()) if self.info() else self.missing(call)
        parts = path.strip("/").split("/")
        if parts[0] in ("projects", "studies"):
            return self.listed(parts, call)
        if parts[0] == "expressions":
            return self.expressions(parts[1:], call)
        return self.continuous(parts[1:], call) if parts[0] == "continuous" else self.missing(call)

    def info(self) -> dict[str, Any]:
        flags = dict.fromkeys(("projects", "studies", "expressions"), True) | {"continuous": self.signals}
        kind = {"group": "org.ga4gh", "artifact": "rnaget", "version": self.version}
        return {"id": "org.test", "name": "Test server", "version": "1", "type": kind, "supported": flags}

    def listed(self, parts: list[str], call: Call) -> Answer:
        one = self.project if parts[0] == "projects" else self.study
        if parts[1:] == ["filters"]:
            return Answer.json([VERSION])
        if len(parts) > 1:
            return Answer.json(one) if parts[1:] == [one["id"]] else self.missing(call)
        return Answer.json([one] if call.query.get("version", "1.0") == "1.0" else [])

    def expressions(self, parts: list[str], call: Call) -> Answer:
        if parts == ["formats"]:
            return Answer.json(list(self.formats))
        if parts == ["filters"]:
            return Answer.json([VERSION])
        if parts == ["units"] and self.units:
            return Answer.json(list(self.units))
        if parts[-1:] not in (["ticket"], ["bytes"]) or len(parts) > 2 or parts[0] not in (
            self.expression, "ticket", "bytes",
        ):  # fmt: skip
            return self.missing(call)
        if len(parts) == 1 and call.query.get("format") not in self.formats:
            return Answer.json({"message": "Query argument format is required, but not found"}, 400)
        if call.query.get("units") not in (None, *self.units):
            return Answer.json({"message": "units: not one of ours"}, 400)
        return self.expression_ticket(parts, call) if parts[-1] == "ticket" else self.data(call)

    def expression_ticket(self, parts: list[str], call: Call) -> Answer:
        if self.switches.no_match:
            return Answer.json([])
        path = "/expressions/" + "/".join([*parts[:-1], "bytes"])
        form = call.query.get("format", self.usual)
        members = {"fileType": form, "units": "TPM", "version": "1.0", "studyID": STUDY}
        return Answer.json(
            self.ticket(call, path, call.query, md5=self.md5(self.data(call).body), **members)
        )  # fmt: skip

    def data(self, call: Call) -> Answer:
        part = self.part(call.query)
        if call.query.get("format", self.usual) == "loom":
            return Answer(200, forms.loom(part), {"Content-Type": LOOM})
        return Answer(200, self.table(part), {"Content-Type": TSV})

    def table(self, part: World) -> bytes:
        return forms.tsv(part, ("Gene ID", "Gene Name"), forms.described(part), comment="# test")

    def continuous(self, parts: list[str], call: Call) -> Answer:
        if not self.signals:
            return Answer.json({"message": "Not implemented"}, 501)
        if len(parts) != 2 or parts[0] != CONTINUOUS:
            return self.missing(call)
        if parts[1] == "ticket":
            return Answer.json(
                self.ticket(call, f"/continuous/{CONTINUOUS}/bytes", call.query, units="counts", fileType="tsv")
            )
        chosen = list(range(len(POSITIONS))) if self.switches.unasked else forms.places(call.query)
        return Answer(200, forms.signal_tsv(chosen), {"Content-Type": TSV})


class Gtex(Spec12):
    """One label column of ids with versions, and no names; nonsense and nulls in the ticket; no signals."""

    prefix = "/gtex"
    formats = ("tsv",)
    units = ()
    expression = "gene_tpms"
    signals = False
    project: ClassVar[dict[str, Any]] = {"id": "gtex", "version": "1.0", "name": "GTEx", "description": "GTEx Public"}
    study: ClassVar[dict[str, Any]] = {
        "id": "gtex_v8", "version": "1.0", "name": "GTEx Analysis V8", "description": "V8 release",
        "parentProjectId": "gtex", "genome": "GRCh38/hg38",
    }  # fmt: skip

    def info(self) -> dict[str, Any]:
        more = {"name": "GTEx Portal RNAget", "createdAt": None, "updatedAt": None, "environment": "prod"}
        return super().info() | more | {"description": "Public RNA-Seq data."}

    def expression_ticket(self, parts: list[str], call: Call) -> Answer:
        path = "/expressions/" + "/".join([*parts[:-1], "bytes"])
        nothing = dict.fromkeys(("version", "fileType", "studyID", "headers"))
        told = self.ticket(call, path, call.query, units="tsv", MD5=None)
        return Answer.json(nothing | told)

    def table(self, part: World) -> bytes:
        return forms.tsv(part, ("gencode_ids",), part.samples, missing="")


class Crg(Spec12):
    """Of 1.0, TSV only; its tickets repeat the token."""

    prefix = "/crg"
    version = "1.0.0"
    formats = ("tsv",)
    units = ()

    def info(self) -> dict[str, Any]:
        return {}

    def listed(self, parts: list[str], call: Call) -> Answer:
        if parts[1:] == ["filters"]:
            told = {"description": "The name of the project", "fieldType": "string", "filter": "name"}
            return Answer.json([told])
        return super().listed(parts, call)

    def expression_ticket(self, parts: list[str], call: Call) -> Answer:
        path = "/expressions/" + "/".join([*parts[:-1], "bytes"])
        told = self.ticket(call, path, call.query, fileType="tsv", studyID=STUDY, units="TPM", version="1.0")
        return Answer.json(told | {"headers": {"Authorization": call.headers.get("Authorization", "")}})

    def missing(self, call: Call) -> Answer:
        return Answer.json({"message": "No data found for this key"}, 404)


class Caltech(Spec12):
    """Of 1.0, loom only; whole files lie at another address; the project holds its studies."""

    prefix = "/caltech"
    formats = ("loom",)
    units = ()
    usual = "loom"
    project: ClassVar[dict[str, Any]] = Spec12.project | {"studies": [{"id": STUDY}], "tags": ["a", "b"]}

    def info(self) -> dict[str, Any]:
        return {}

    def listed(self, parts: list[str], call: Call) -> Answer:
        if parts[1:] == ["filters"]:
            return Answer.json([VERSION | {"values": [""]}])
        return super().listed(parts, call)

    def expressions(self, parts: list[str], call: Call) -> Answer:
        if parts in (["ticket"], ["bytes"]) and "format" not in call.query:
            told = {"message": "Input payload validation failed", "errors": {"format": "format of data to return"}}
            return Answer.json(told, 400)
        return super().expressions(parts, call)

    def ticket(self, call: Call, path: str, query: dict[str, str], **members: Any) -> dict[str, Any]:
        told = super().ticket(call, path, query, **members)
        if not query:
            told["url"] = f"{self.storage}{path}"
        return told

    def missing(self, call: Call) -> Answer:
        return Answer.json({"message": "Entry not found in database."}, 404)
