"""The facet search of studies."""

from __future__ import annotations

import base64
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from tests.doubles.http_exchange import Answer
from tests.doubles.odm_web_filter import full_text
from tests.doubles.odm_web_paths import Asked, Routes, Wrong
from tests.doubles.odm_web_switches import Switches
from tests.doubles.odm_web_templates import STUDY
from tests.doubles.odm_web_validation import invalid
from tests.doubles.odm_web_world import Thing, World

OPTIONS = 5  # that a facet shows
VALIDITY = "Metadata validity"
_OF_STUDIES = ("Study Source", "Therapeutic Area")
_OF_SAMPLES = ("Organism", "Tissue", "Disease", "Cell Type")


class Facets:
    def __init__(self, world: World, switches: Switches, routes: Routes) -> None:
        self.world = world
        self.switches = switches
        routes.add("POST", "{role}/integration/fulltext/search/studies", self.search)

    def search(self, asked: Asked) -> Answer:
        body = asked.call.json()
        filters, page = body.get("filters") or [], {"offset": 0, "limit": 1000} | (body.get("page") or {})
        if not all(isinstance(one, dict) for one in filters) or not all(isinstance(one, int) for one in page.values()):
            raise Wrong(400, "filters are objects, offset and limit are numbers")
        texts = [one for one in filters if one.get("type") == "FULL_TEXT"]
        selects = [one for one in filters if one.get("type") == "SELECT"]
        if len(texts) > 1 or len(texts) + len(selects) < len(filters):
            raise Wrong(400, "At most one FULL_TEXT filter, and SELECT filters")
        studies = [one for one in self.world.of(STUDY) if all(self._says(one, text) for text in texts)]
        chosen: dict[str, set[str]] = {}
        for one in selects:
            name, value = _option(one.get("filterOptionId", ""))
            chosen.setdefault(name, set()).add(value)
        studies = [one for one in studies if all(self._values(one, name) & own for name, own in chosen.items())]
        content = [self._told(one) for one in studies[page["offset"] : page["offset"] + page["limit"]]]
        found = {"filteredCount": len(studies), "pageRequest": page, "content": content}
        return Answer.json({"objectsPage": found, "filterOptionGroups": self._groups(studies)})

    def _says(self, study: Thing, text: dict[str, Any]) -> bool:
        """A study is found by what its samples say as well."""
        condition = full_text(str(text.get("match", "")), text.get("mode") == "USE_NARROWER_TERMS")
        things = [study, *self.world.samples_in(study.accession)]
        return any(condition(one.metadata) for one in things)

    def _values(self, study: Thing, name: str) -> set[str]:
        if name in _OF_STUDIES:
            return set(study.texts(name))
        samples = self.world.samples_in(study.accession)
        if name == VALIDITY:
            return {"Invalid" if invalid(self.world, study.accession, self.switches) else "Valid"}
        if name == "Data Class":
            own = study.accession
            groups = [one for one in self.world.matrices if own in self.world.studies_with(one)]
            return {text for one in groups for text in self.world.things[one].texts(name)}
        return {text for one in samples for text in one.texts(name)}

    def _groups(self, studies: list[Thing]) -> list[dict[str, Any]]:
        found = []
        for name in ("Data Class", *_OF_SAMPLES, *_OF_STUDIES, VALIDITY):
            counts = Counter(value for one in studies for value in self._values(one, name))
            most = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
            own = f"METADATA_{name.replace(' ', '_')}"
            options = [
                {"id": _id(f"{own}:{value}"), "filterId": own, "name": value, "count": count}
                for value, count in most[:OPTIONS]
            ]
            found.append({"filterId": own, "hasMoreOptions": len(most) > OPTIONS, "options": options})
        return found

    def _told(self, study: Thing) -> dict[str, Any]:
        samples = self.world.samples_in(study.accession)
        created = datetime.fromtimestamp(study.history[0].timestamp / 1000, UTC)
        return {
            "accession": study.accession,
            "name": self.world.title(study.accession),
            "owner": study.history[0].author,
            "fileCreation": created.strftime("%Y-%m-%d %H:%M:%S"),
            "size": len(samples),
            "hasFacs": False,
            "hasGenomic": False,
            "hasTranscriptomics": bool(self._values(study, "Data Class")),
            "summary": [{"key": name, "values": sorted(self._values(study, name))} for name in _OF_SAMPLES],
        }


def _id(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _option(text: str) -> tuple[str, str]:
    try:
        name, _, value = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:
        name = value = ""
    if not value:
        raise Wrong(400, f"Unknown filter option: {text}")
    return name.removeprefix("METADATA_").replace("_", " "), value
