"""What is linked to what, for reading."""

from __future__ import annotations

from typing import Any

from tests.doubles.http_exchange import Answer
from tests.doubles.odm_web_lists import FOUND, KIND_OF, PAGED, PLURALS, SHOWN, envelope, found, record
from tests.doubles.odm_web_paths import Asked, Routes, Wrong
from tests.doubles.odm_web_switches import Switches
from tests.doubles.odm_web_templates import EXPRESSION, LIBRARY, PREPARATION, SAMPLE, STUDY
from tests.doubles.odm_web_versions import chosen_versions
from tests.doubles.odm_web_world import World

_PAIRS = {"sample": "samples", "library": "libraries", "preparation": "preparations"}
_LINK = ("firstType", "firstId", "secondType", "secondId")


class Linked:
    def __init__(self, world: World, switches: Switches, routes: Routes) -> None:
        self.world = world
        self.switches = switches
        base = "{role}/integration/link"
        routes.add("GET", f"{base}/samples/by/study/{{id}}", self.samples_by_study, (*SHOWN, *PAGED))
        versions = ("useVersions", *SHOWN)
        routes.add("GET", f"{base}/expression/group/by/study/{{id}}", self.expression_groups, versions)
        routes.add("GET", f"{base}/{{kind:library|preparation}}/group/by/study/{{id}}", self.groups, SHOWN[:1])
        pairs = f"{base}/expression/run-to-{{kind:samples|libraries|preparations}}/by/group/{{id}}"
        routes.add("GET", pairs, self.runs, PAGED)
        for kind, plural in (("library", "libraries"), ("preparation", "preparations")):
            path = f"{base}/{{kind:{kind}}}/{plural}-to-samples/by/group/{{id}}"
            routes.add("GET", path, self.pooled, PAGED)
        routes.add("GET", f"{base}/{{{PLURALS}}}/by/{{other:{PLURALS}}}", self.by_objects, (*SHOWN, *FOUND, *PAGED))
        routes.add("GET", "{role}/links", self.links, (*_LINK, "offset", "limit"))
        routes.add("POST", "{role}/links/get-batch", self.batch)

    def samples_by_study(self, asked: Asked) -> Answer:
        self._study(asked)
        return envelope([record(one, asked) for one in self.world.samples_in(asked.parts["id"])], asked, self.switches)

    def expression_groups(self, asked: Asked) -> Answer:
        self._study(asked)
        groups = [
            one
            for one in chosen_versions(self.world, asked.query.get("useVersions", ""))
            if asked.parts["id"] in self.world.studies_with(one.accession)
        ]
        return Answer.json([{"itemId": one.accession, "metadata": record(one, asked)} for one in groups])

    def groups(self, asked: Asked) -> Answer:
        self._study(asked)
        groups = [own for own, kind in self.world.groups.items() if kind == asked.parts["kind"]]
        linked = [own for own in groups if asked.parts["id"] in self.world.studies_with(own)]
        return Answer.json([{"itemId": own, "metadata": {}} for own in linked])

    def runs(self, asked: Asked) -> Answer:
        """Runs with what they are linked to themselves, not through a library."""
        matrix = self.world.matrices.get(asked.parts["id"])
        if matrix is None:
            raise Wrong(404, f"Group '{asked.parts['id']}' could not be found")
        kind = next(one for one, plural in _PAIRS.items() if plural == asked.parts["kind"])
        told = [
            {"runId": run.id, f"{kind}Ids": [run.target[1]]}
            for run in matrix.runs
            if run.target is not None and run.target[0] == kind
        ]
        return envelope(told, asked, self.switches)

    def pooled(self, asked: Asked) -> Answer:
        kind, group = asked.parts["kind"], asked.parts["id"]
        if self.world.groups.get(group) != kind:
            raise Wrong(404, f"Group '{group}' could not be found")
        things = self.world.members(group)
        linked = [(one.accession, self.world.samples_of.get(one.accession)) for one in things]
        told = [{f"{kind}Id": own, "sampleIds": samples} for own, samples in linked if samples]
        return envelope(told, asked, self.switches)

    def by_objects(self, asked: Asked) -> Answer:
        """Objects of one kind that belong to the objects of another kind which filter and query find."""
        others = found(self.world.of(KIND_OF[asked.parts["other"]]), asked)
        samples = {sample for one in others for sample in self._samples(one.kind, one.accession)}
        wanted = [
            one
            for one in self.world.of(KIND_OF[asked.parts["kind"]])
            if samples.intersection(self._samples(one.kind, one.accession))
        ]
        return envelope([record(one, asked) for one in wanted], asked, self.switches)

    def links(self, asked: Asked) -> Answer:
        limit, offset = asked.number("limit", 1000), asked.number("offset", 0)
        fits = [one for one in self._links() if all(asked.query.get(name, one[name]) == one[name] for name in _LINK)]
        return self._page(fits, offset, limit)

    def batch(self, asked: Asked) -> Answer:
        body: dict[str, Any] = asked.call.json()
        ids = body.get("firstIds")
        offset, limit = body.get("offset") or 0, body.get("limit") or 1000
        if (
            not isinstance(ids, list)
            or "firstType" not in body
            or not all(isinstance(one, int) for one in (offset, limit))
        ):
            raise Wrong(400, "firstType and firstIds are required")
        fits = [one for one in self._links() if one["firstType"] == body["firstType"] and one["firstId"] in ids]
        return self._page(fits, offset, limit)

    def _page(self, links: list[dict[str, str]], offset: int, limit: int) -> Answer:
        page = links[offset : offset + limit]
        counts = {"count": len(page), "total": len(links), "offset": offset, "limit": limit}
        return Answer.json({"meta": {"pagination": counts}, "data": page})

    def _links(self) -> list[dict[str, str]]:
        """Every link, in both directions."""
        pairs = [((SAMPLE, one), (STUDY, study)) for one, study in self.world.study_of.items()]
        pairs += [
            ((self.world.things[own].kind, own), (SAMPLE, one))
            for own, samples in self.world.samples_of.items()
            for one in samples
        ]
        pairs += [((EXPRESSION, run.id), run.target) for run in self.world.runs.values() if run.target]
        both = [*pairs, *((second, first) for first, second in pairs)]
        return [dict(zip(_LINK, (*first, *second), strict=True)) for first, second in both]

    def _samples(self, kind: str, accession: str) -> list[str]:
        if kind == STUDY:
            return [one.accession for one in self.world.samples_in(accession)]
        return self.world.samples_of.get(accession, []) if kind in (LIBRARY, PREPARATION) else [accession]

    def _study(self, asked: Asked) -> None:
        thing = self.world.things.get(asked.parts["id"])
        if thing is None or thing.kind != STUDY:
            raise Wrong(404, f"Object '{asked.parts['id']}' could not be found")
