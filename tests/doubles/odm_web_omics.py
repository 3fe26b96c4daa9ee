"""Omics queries: samples, expression data and expression groups by conditions on all that is linked to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from tests.doubles.http_exchange import Answer
from tests.doubles.odm_web_exquery import expression_query
from tests.doubles.odm_web_items import Item, items_of, told
from tests.doubles.odm_web_lists import matching, record
from tests.doubles.odm_web_paths import Asked, Routes, Wrong
from tests.doubles.odm_web_switches import Switches
from tests.doubles.odm_web_templates import LIBRARY, PREPARATION, SAMPLE, STUDY
from tests.doubles.odm_web_versions import chosen_versions
from tests.doubles.odm_web_world import Thing, World

T = TypeVar("T")
_OBJECTS = (STUDY, SAMPLE, LIBRARY, PREPARATION)
KNOWN = (
    *(f"{kind}{how}" for kind in _OBJECTS for how in ("Filter", "Query")),
    *(f"{signal}{how}" for signal in ("vx", "ex", "fx") for how in ("Query", "Filter")),
    *("searchSpecificTerms", "useVersions", "responseFormat", "returnedMetadataFields", "cursor", "pageLimit"),
)


@dataclass
class Found:
    """samples: accessions that the conditions on metadata leave; None: there are no such conditions."""

    samples: set[str] | None
    log: list[str] = field(default_factory=list)


class Omics:
    def __init__(self, world: World, switches: Switches, routes: Routes) -> None:
        self.world = world
        self.switches = switches
        routes.add("GET", "{role}/omics/samples", self.samples, KNOWN)
        routes.add("GET", "{role}/omics/expression/data", self.data, KNOWN)
        routes.add("GET", "{role}/omics/expression/group", self.groups, KNOWN)

    def samples(self, asked: Asked) -> Answer:
        found = self.found(asked.query)
        things = [one for one in self.world.of(SAMPLE) if found.samples is None or one.accession in found.samples]
        if _signal(asked):
            with_signal = {own for item in self.items(asked, found) for own in self.world.run_samples(item.run)}
            things = [one for one in things if one.accession in with_signal]
            found.log += [
                "Filtering using EXPRESSION signal data queries...",
                f"Found {len(things)} samples/libraries/preparations matching EXPRESSION queries",
            ]
        return self._page(asked, things, found.log, self._sample_name, lambda one: {"metadata": record(one, asked)})

    def data(self, asked: Asked) -> Answer:
        if self.switches.need_exquery and not (asked.query.get("exQuery") or asked.query.get("exFilter")):
            raise Wrong(400, "exQuery must be supplied")
        found = self.found(asked.query)
        items = self.items(asked, found)
        generation = self.switches.generation
        return self._page(asked, items, found.log, self._item_name, lambda one: told(one, generation))

    def groups(self, asked: Asked) -> Answer:
        found = self.found(asked.query)
        if _signal(asked) or found.samples is not None:
            names = {item.group.accession for item in self.items(asked, found)}
        else:
            names = {one.accession for one in self._groups(asked)}
        things = [self.world.things[own] for own in sorted(names)]

        def described(one: Thing) -> dict[str, Any]:
            return {"itemId": one.accession, "metadata": record(one, asked)}

        return self._page(asked, things, found.log, lambda one: one.accession, described)

    def found(self, query: dict[str, str]) -> Found:
        """What the conditions on studies, samples, libraries and preparations leave."""
        result = Found(None)
        studies = self._matching(STUDY, query)
        if studies is not None:
            result.log.append(_log("studies", "study", len(studies)))
            result.samples = {own for one in studies for own in self._in_study(one)}
        own = self._matching(SAMPLE, query)
        if own is not None:
            result.samples = _both(result.samples, {one.accession for one in own})
        for kind in (LIBRARY, PREPARATION):
            pools = self._matching(kind, query)
            if pools is not None:
                linked = {sample for one in pools for sample in self.world.samples_of.get(one.accession, [])}
                result.samples = _both(result.samples, linked)
        if result.samples is None:
            result.log.append(
                "There are no restrictions related with library/preparation/sample/study query",
            )
        else:
            result.log.append(_log("samples", "samples/study", len(result.samples)))
        return result

    def items(self, asked: Asked, found: Found) -> Iterator[Item]:
        query = asked.query
        if any(query.get(name) for name in ("vxQuery", "vxFilter", "fxQuery", "fxFilter")):
            return  # neither variants nor flow cytometry are here
        condition = expression_query(query["exQuery"]) if query.get("exQuery") else None
        for group in self._groups(asked):
            runs = None
            if found.samples is not None:
                of_group = self.world.matrices[group.accession].runs
                runs = {run.id for run in of_group if found.samples.intersection(self.world.run_samples(run))}
            yield from items_of(self.world, group, condition, runs)

    def _groups(self, asked: Asked) -> list[Thing]:
        """By version first, then by metadata."""
        groups = chosen_versions(self.world, asked.query.get("useVersions", ""))
        return matching(groups, asked.query, "exFilter", "")

    def _matching(self, kind: str, query: dict[str, str]) -> list[Thing] | None:
        names = f"{kind}Filter", f"{kind}Query"
        return matching(self.world.of(kind), query, *names) if any(map(query.get, names)) else None

    def _in_study(self, study: Thing) -> Iterable[str]:
        return (one.accession for one in self.world.samples_in(study.accession))

    def _sample_name(self, one: Thing) -> str:
        return f"{self.world.study_of.get(one.accession, '')}#{one.group}#{one.group}#{one.accession}"

    def _item_name(self, item: Item) -> str:
        samples = self.world.run_samples(item.run)
        study = next(iter(self.world.studies_of(samples)), "")
        return f"{study}#{item.group.accession}#{item.group.accession}#{item.id}"

    def _page(
        self,
        asked: Asked,
        things: Iterable[T],
        log: list[str],
        name: Callable[[T], str],
        describe: Callable[[T], dict[str, Any]],
    ) -> Answer:
        limit, cursor = asked.number("pageLimit", 2000), asked.query.get("cursor", "")
        rest = iter(things)
        if cursor and not any(name(one) == cursor for one in rest):
            raise Wrong(400, f"Cannot parse cursor: {cursor}")
        page = list(islice(rest, limit))
        last = next(rest, None) is None
        ends = self.switches.end
        following: str | None = name(page[-1]) if page else cursor or None
        if last and ends == "null":
            following = None
        if last and ends == "repeated" and cursor:
            following = cursor
        body = {
            "data": [describe(one) for one in page],
            "resultsExhausted": last and ends == "cursor",
            "log": [*log, "Search took 79ms"],
            "cursor": following,
        }
        return Answer.json(body)


def _signal(asked: Asked) -> bool:
    return any(value for name, value in asked.query.items() if name[:2] in ("ex", "vx", "fx"))


def _both(known: set[str] | None, more: set[str]) -> set[str]:
    return more if known is None else known & more


def _log(what: str, query: str, count: int) -> str:
    return f"Found {count} {what} matched the {query} query (total number of found {what} is {count} now)"
