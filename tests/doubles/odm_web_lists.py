"""Metadata of studies, samples, libraries and preparations: lists, single objects, versions, PATCH."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.doubles.http_exchange import Answer
from tests.doubles.odm_web_filter import filtered, full_text
from tests.doubles.odm_web_paths import Asked, Routes, Wrong
from tests.doubles.odm_web_switches import Switches
from tests.doubles.odm_web_templates import DEFAULT, LIBRARY, PREPARATION, SAMPLE, STUDY, TEMPLATES, typed
from tests.doubles.odm_web_world import ACCESSION, Metadata, Thing, World, number

KIND_OF = {"studies": STUDY, "samples": SAMPLE, "libraries": LIBRARY, "preparations": PREPARATION}
PLURALS = "|".join(KIND_OF)
SHOWN = ("responseFormat", "returnedMetadataFields")
FOUND = ("filter", "query", "searchSpecificTerms")
PAGED = ("pageLimit", "pageOffset")
MOST = 2000
_FIELDS = ("minimal_data", "extended_data_included", "original_data_included")
_SORTS = {
    "id": lambda one: number(one.accession),
    "creation": lambda one: one.history[0].timestamp,
    "last_update": lambda one: one.history[-1].timestamp,
    "name": lambda one: one.text("Study Title") or one.text("Sample Name") or one.accession,
}


class Lists:
    def __init__(self, world: World, switches: Switches, routes: Routes) -> None:
        self.world = world
        self.switches = switches
        kind = f"{{role}}/{{{PLURALS}}}"
        routes.add("GET", kind, self.search, (*SHOWN, *FOUND, *PAGED, "sort"))
        routes.add("GET", "{role}/{kind:libraries|preparations}/by/group/{id}", self.by_group, (*SHOWN, *PAGED))
        routes.add("GET", f"{kind}/{{id}}", self.one, SHOWN)
        every = f"{{role}}/{{kind:{PLURALS}|expressions}}/{{id}}"
        routes.add("GET", f"{every}/versions", self.versions)
        routes.add("GET", f"{every}/versions/{{version}}", self.version, SHOWN)
        routes.add("PATCH", every.replace("{role}", "{role:as-curator}"), self.patch)

    def search(self, asked: Asked) -> Answer:
        things = found(self.world.of(KIND_OF[asked.parts["kind"]]), asked)
        order = asked.query.get("sort", "id").strip()
        key = _SORTS.get(order.lstrip("+-"))
        if key is None:
            raise Wrong(400, f"Cannot sort by {order}")
        return self.listed(sorted(things, key=key, reverse=order.startswith("-")), asked)

    def by_group(self, asked: Asked) -> Answer:
        group = asked.parts["id"]
        if self.world.groups.get(group) != KIND_OF[asked.parts["kind"]]:
            raise Wrong(404, f"Group '{group}' could not be found")
        return self.listed(self.world.members(group), asked)

    def one(self, asked: Asked) -> Answer:
        return Answer.json(record(self._thing(asked), asked))

    def versions(self, asked: Asked) -> Answer:
        told = [
            {"author": one.author, "message": one.message, "timestamp": one.timestamp, "version": one.version}
            for one in reversed(self._thing(asked).history)
        ]
        return Answer.json(told)

    def version(self, asked: Asked) -> Answer:
        thing = self._thing(asked)
        wanted = [one for one in thing.history if one.version == asked.parts["version"]]
        if not wanted:
            raise Wrong(404, f"Version '{asked.parts['version']}' could not be found")
        return Answer.json(record(thing, asked, wanted[0].metadata))

    def patch(self, asked: Asked) -> Answer:
        thing = self._thing(asked)
        try:
            changes = json.loads(asked.call.body)
        except ValueError:
            changes = None
        if not isinstance(changes, dict) or ACCESSION in changes or "groupId" in changes:
            raise Wrong(400, "Metadata is not a JSON object of attributes that can be changed")
        metadata = dict(thing.metadata)
        for name, value in changes.items():
            metadata.pop(name, None)
            if value is not None:
                metadata[name] = typed(thing.kind, name, value, thing.template)
        self.world.commit(thing, metadata, asked.user.name)
        told = record(thing, asked)
        return Answer.json(told if self.switches.patch_form == "flat" else {"data": told, "warnings": []})

    def listed(self, things: Sequence[Thing], asked: Asked) -> Answer:
        return envelope([record(one, asked) for one in things], asked, self.switches)

    def _thing(self, asked: Asked) -> Thing:
        thing = self.world.things.get(asked.parts["id"])
        wanted = KIND_OF.get(asked.parts["kind"], "expression")
        if thing is None or thing.kind != wanted:
            raise Wrong(404, f"Object '{asked.parts['id']}' could not be found")
        return thing


def found(things: Sequence[Thing], asked: Asked) -> list[Thing]:
    """What filter and query leave."""
    return matching(things, asked.query, "filter", "query")


def matching(things: Sequence[Thing], query: dict[str, str], by: str, words: str) -> list[Thing]:
    """by, words: the names of the parameters that hold a filter and a full text query."""
    conditions = [filtered(query[by])] if query.get(by) else []
    if query.get(words):
        conditions.append(full_text(query[words], query.get("searchSpecificTerms") == "true"))
    return [one for one in things if all(condition(one.metadata) for condition in conditions)]


def record(thing: Thing, asked: Asked, metadata: Metadata | None = None) -> dict[str, Any]:
    """The flat record: the attributes of the template, null where empty, then the others if they are asked for."""
    usual = "original_data_included" if asked.role == "as-curator" else "extended_data_included"
    fields = asked.query.get("returnedMetadataFields", usual)
    if fields not in _FIELDS:
        raise Wrong(400, f"returnedMetadataFields is none of {', '.join(_FIELDS)}")
    own = thing.metadata if metadata is None else metadata
    template = TEMPLATES[DEFAULT if fields == "minimal_data" else thing.template][thing.kind]
    told = {attribute.name: own.get(attribute.name) for attribute in template}
    if fields == "original_data_included":
        told |= own
    return told | ({"groupId": thing.group} if thing.group and thing.kind != "expression" else {})


def envelope(records: list[dict[str, Any]], asked: Asked, switches: Switches) -> Answer:
    """A page of a list; as a table where that is asked for."""
    limit, offset = asked.number("pageLimit", MOST, MOST), asked.number("pageOffset", 0)
    page = records[offset : offset + min(limit, switches.short_page or limit)]
    if "tab-separated" in asked.call.headers.get("Accept", ""):
        return Answer.text(table(page), "text/tab-separated-values")
    counts = {"count": len(page), "total": len(records), "offset": offset, "limit": limit}
    return Answer.json({"meta": {"pagination": counts}, "data": page})


def table(records: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for one in records for name in one))
    rows = (("\t".join(_cell(one.get(name)) for name in names)) for one in records)
    return "\n".join(["\t".join(names), *rows]) + "\n"


def _cell(value: object) -> str:
    values = value if isinstance(value, list) else [value]
    return "|".join("" if one is None else str(one).replace("|", "||") for one in values)
