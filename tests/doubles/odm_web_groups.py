"""Expression groups, their runs, and expression items without the omics queries."""

from __future__ import annotations

from itertools import islice
from typing import Any

from tests.doubles.http_exchange import Answer
from tests.doubles.odm_web_items import Item, items_of, told
from tests.doubles.odm_web_lists import FOUND, PAGED, SHOWN, envelope, found, matching, record
from tests.doubles.odm_web_paths import Asked, Routes, Wrong
from tests.doubles.odm_web_switches import Switches
from tests.doubles.odm_web_versions import chosen_versions
from tests.doubles.odm_web_world import Thing, World

_DATA = ("runFilter", "runSourceFilter", "minExpressionLevel", "featureList", "useVersions", "pageLimit", "cursor")


class Groups:
    def __init__(self, world: World, switches: Switches, routes: Routes) -> None:
        self.world = world
        self.switches = switches
        routes.add("GET", "{role}/expressions", self.data, (*SHOWN, *FOUND, *_DATA))
        routes.add("GET", "{role}/expressions/group", self.groups, (*SHOWN, *FOUND, *PAGED, "useVersions"))
        routes.add("GET", "{role}/expressions/group/{id}", self.group, SHOWN)
        routes.add("GET", "{role}/expressions/group/by/run/{id}", self.by_run, SHOWN)
        routes.add("GET", "{role}/expressions/runs/by/group/{id}", self.runs, ("pageLimit", "pageOffset", "cursor"))
        routes.add("GET", "{role}/expressions/{id}", self.item, SHOWN)

    def data(self, asked: Asked) -> Answer:
        """Items by run and feature; the end is told by a cursor that is null, and by nothing else."""
        limit, offset = asked.number("pageLimit", 2000), asked.number("cursor", 0)
        page = list(islice(self._items(asked), offset, offset + limit + 1))
        body = [told(one, self.switches.generation) for one in page[:limit]]
        return Answer.json({"data": body, "cursor": str(offset + limit) if len(page) > limit else None})

    def groups(self, asked: Asked) -> Answer:
        groups = found(chosen_versions(self.world, asked.query.get("useVersions", "")), asked)
        return envelope([self._told(one, asked) for one in groups], asked, self.switches)

    def group(self, asked: Asked) -> Answer:
        return Answer.json(self._told(self._group(asked.parts["id"]), asked))

    def by_run(self, asked: Asked) -> Answer:
        run = self.world.runs.get(asked.parts["id"])
        if run is None:
            raise Wrong(404, f"Run '{asked.parts['id']}' could not be found")
        return Answer.json(self._told(self._group(run.group), asked))

    def runs(self, asked: Asked) -> Answer:
        """Paged by offset until 2024, by cursor in 1.64: the parameter of the other one is unknown."""
        by_cursor = self.switches.runs_by_cursor
        if ("pageOffset" if by_cursor else "cursor") in asked.query:
            raise Wrong(400, f"Unknown query parameter: {'pageOffset' if by_cursor else 'cursor'}")
        group = self._group(asked.parts["id"]).accession
        runs = [
            {"runId": run.id, "runSourceId": run.source, "groupId": group} for run in self.world.matrices[group].runs
        ]
        if not by_cursor:
            return envelope(runs, asked, self.switches)
        limit, offset = asked.number("pageLimit", 2000), asked.number("cursor", 0)
        more = str(offset + limit) if offset + limit < len(runs) else None
        return Answer.json({"data": runs[offset : offset + limit], "cursor": more})

    def item(self, asked: Asked) -> Answer:
        name = asked.parts["id"]
        run = self.world.runs.get(name.partition("-")[0])
        items = items_of(self.world, self._group(run.group), None, {run.id}) if run else iter(())
        item = next((one for one in items if one.id == name), None)
        if item is None:
            raise Wrong(404, f"Object '{name}' could not be found")
        return Answer.json(told(item, self.switches.generation))

    def _items(self, asked: Asked) -> list[Item]:
        query = asked.query
        groups = matching(chosen_versions(self.world, query.get("useVersions", "")), query, "filter", "query")
        features, runs, sources = (asked.several(name) for name in ("featureList", "runFilter", "runSourceFilter"))
        try:
            least = float(query.get("minExpressionLevel", "-inf"))
        except ValueError:
            raise Wrong(400, "minExpressionLevel is not a number") from None
        return [
            item
            for group in groups
            for item in items_of(self.world, group, None, set(runs) or None)
            if (not features or item.matrix.features[item.row][0] in features)
            and (not sources or item.run.source in sources)
            and max(item.values.values()) >= least
        ]

    def _told(self, group: Thing, asked: Asked) -> dict[str, Any]:
        return {"itemId": group.accession, "metadata": record(group, asked)}

    def _group(self, accession: str) -> Thing:
        if accession not in self.world.matrices:
            raise Wrong(404, f"Group '{accession}' could not be found")
        return self.world.things[accession]
