"""Links between the groups of a study on an ODM server: made, looked at again, and told apart from partial ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend import web
from backend.errors import BadAnswer, RateLimited, Unavailable, Unreachable
from backend.model_odm_import import OdmPart
from backend.model_study import Linked, LinkReport
from backend.odm.groups import runs
from backend.odm.paging import bare, list_pages, listed
from backend.odm.server import Server, part
from backend.odm.steps import SINGULAR

LOOKS = 3  # at whether a link came about after all, when the answer to it was lost
MOST_NAMES = 1_000
ACCESSION, GROUP = "genestack:accession", "groupId"
IDS: dict[str, str] = {"samples": "Sample Source ID", "libraries": "Library ID", "preparations": "Preparation ID"}


@dataclass(frozen=True)
class Made:
    """What came of asking for a link. state: None when the server did not say. said: its words when it refused."""

    state: Linked | None
    said: str = ""


def make(server: Server, about: OdmPart, source: str, study: str, route: str, params: Mapping[str, str]) -> Made:
    """Ask for one link. Raises BadAnswer when the server says it has linked and has not, or as Server.post.

    An answer that was lost is no failure while the link can be seen afterwards.
    """
    try:
        told = server.post(route, None, params or None, also=(400,))
    except (RateLimited, Unreachable):
        raise
    except (Unavailable, BadAnswer):
        if not _seen(server, about, source, study):
            raise
        return Made("complete" if about.kind != "expression" else None)
    if told.status == 400:
        return Made("none", told.said[:MOST_NAMES])
    if about.kind in ("libraries", "preparations") and not is_linked(server, about, source, study):
        hint = "Check that their Sample Source ID names samples of this study, then go on."
        raise BadAnswer(f"ODM said that the {about.kind} are linked, but they are not.", hint)
    return Made("partial" if told.status == 200 and about.kind == "expression" else "complete")


def _seen(server: Server, about: OdmPart, source: str, study: str) -> bool:
    for look in range(LOOKS):
        if look:
            web.pause(server.odm.poll)
        try:
            if is_linked(server, about, source, study):
                return True
        except Unavailable:
            continue
    return False


def is_linked(server: Server, about: OdmPart, source: str, study: str) -> bool:
    """Whether a group belongs to the study, as the server lists it now."""
    name = part(study)
    if about.kind == "samples":
        route = f"integration/link/samples/by/study/{name}"
        pages = list_pages(server, route, mode="fresh")
        return any(record.get(GROUP) == source for page in pages for record in page.records)
    route = f"integration/link/{SINGULAR[about.kind]}/group/by/study/{name}"
    params = {"useVersions": "*"} if about.kind == "expression" else None
    return any(one.get("itemId") == source for one in bare(server, server.get(route, params, "fresh")))


def report(
    server: Server, about: OdmPart, source: str, targets: Sequence[str], study: str, state: Linked | None
) -> LinkReport:
    """How the columns of an expression group match samples, libraries or preparations of these groups.

    state: as the server told it; when it is complete nothing more is asked.
    """
    attribute = about.linking_attribute or IDS[about.target]
    if state == "none":
        return LinkReport(about.target, attribute, "none", 0)
    columns = runs(server, source)
    if state == "complete":
        return LinkReport(about.target, attribute, "complete", len(columns))
    linked = _linked(server, about.target, source)
    n = len(linked)
    unmatched = tuple(label for run, label in columns.items() if run not in linked)
    having = {accession for found in linked.values() for accession in found}
    objects = _objects(server, about.target, targets, study)
    without = tuple(_label(one, about.target) for one in objects if one.get(ACCESSION) not in having)
    told: Linked = "none" if not n else "partial" if unmatched or state == "partial" else "complete"
    return LinkReport(about.target, attribute, told, n, unmatched[:MOST_NAMES], without[:MOST_NAMES])


def _linked(server: Server, target: str, source: str) -> dict[str, tuple[str, ...]]:
    """The accessions that each run is linked to."""
    route = f"integration/link/expression/run-to-{target}/by/group/{part(source)}"
    field = f"{SINGULAR[target]}Ids"
    found: dict[str, tuple[str, ...]] = {}
    for record in listed(server, route, mode="fresh"):
        ids = record.get(field)
        run = str(record.get("runId") or "")
        found[run] = (*found.get(run, ()), *(map(str, ids) if isinstance(ids, list) else ()))
    return {run: ids for run, ids in found.items() if run and ids}


def _objects(server: Server, target: str, groups: Sequence[str], study: str) -> list[Mapping[str, Any]]:
    asked = {"returnedMetadataFields": "original_data_included"}
    if target == "samples":
        every = listed(server, f"integration/link/samples/by/study/{part(study)}", asked, "fresh")
        return [one for one in every if one.get(GROUP) in groups]
    return [one for group in groups for one in listed(server, f"{target}/by/group/{part(group)}", asked, "fresh")]


def _label(record: Mapping[str, Any], target: str) -> str:
    return str(record.get(IDS[target]) or record.get(ACCESSION) or "?")[:255]
