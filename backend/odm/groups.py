"""Data groups of an ODM server: what each holds, its version in a chain, and what its runs are linked to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.errors import BadAnswer, NotFound
from backend.model_odm import OdmChain, OdmGroup
from backend.model_study import DataVersion, Kind
from backend.odm import filters, metadata
from backend.odm.paging import Record, array, cursor_pages, list_pages, listed
from backend.odm.server import Server, part

CHAIN, NUMBER, ACTIVE = "genestack:chain", "genestack:versionInChain", "genestack:activeInChain"
STRINGS, NUMBERS, VALUES = "Features (string)", "Features (numeric)", "Values (numeric)"
CLASS, NORMALIZATION, GENOME = "Data Class", "Normalization Method", "Genome Version"
_NAMES = ("Name", "Title", "Experimental Platform", CLASS)
_TARGETS: tuple[Kind, ...] = ("samples", "libraries", "preparations")
MOST_ATTRIBUTES = 100


def of_study(server: Server, study: str, versions: str = "") -> tuple[OdmGroup, ...]:
    """Data groups of a study: the active versions; versions "*" for all."""
    route = f"integration/link/expression/group/by/study/{part(study)}"
    return tuple(a_group(one) for one in array(server, route, {"useVersions": versions} if versions else None))


def one(server: Server, accession: str) -> OdmGroup:
    """One data group, of whichever version. Raises NotFound."""
    found = server.get(f"expressions/group/{part(accession)}")
    if not isinstance(found, Mapping):
        raise BadAnswer(f"{server.odm.base} should have answered with a data group.", "Try again later.")
    return a_group(found, accession)


def a_group(found: Record, accession: str = "") -> OdmGroup:
    """A data group of its item, or of a flat record."""
    nested = found.get("metadata")
    told: Mapping[str, Any] = nested if isinstance(nested, Mapping) else found
    own = str(found.get("itemId") or told.get(metadata.ACCESSION) or accession)
    facts = {str(name): _text(value) for name, value in told.items() if name != metadata.ACCESSION}
    facts = {name: text for name, text in facts.items() if text}
    number = told.get(NUMBER)
    chain = facts.get(CHAIN, "")
    leading = len(_listed(told.get(STRINGS))) + len(_listed(told.get(NUMBERS)))
    name = next((facts[name] for name in _NAMES if name in facts), own)
    return OdmGroup(
        own,
        name,
        facts.get(CLASS, ""),
        facts.get(NORMALIZATION, ""),
        facts.get(GENOME, ""),
        chain,
        int(str(number)) if str(number).isdecimal() and len(str(number)) < 10 else 0,
        not chain or str(told.get(ACTIVE)).lower() == "true",
        max(1, leading),
        tuple(list(facts.items())[:MOST_ATTRIBUTES]),
    )


def _listed(value: Any) -> list[str]:
    given = value if isinstance(value, list) else [value]
    return [str(one) for one in given if one not in (None, "")]


def _text(value: Any) -> str:
    return metadata.BETWEEN.join(_listed(value))


def chains(groups: Sequence[OdmGroup], keys: Mapping[str, str]) -> tuple[OdmChain, ...]:
    """Groups by their chain, newest version first. keys: accession -> the source it is opened as."""
    found: dict[str, list[DataVersion]] = {}
    for group in groups:
        version = DataVersion(
            group.accession, keys.get(group.accession, ""), group.chain, group.number, group.active, group.name, 0, 0,
            group.facts,
        )  # fmt: skip
        found.setdefault(group.chain or group.accession, []).append(version)
    return tuple(
        OdmChain(versions[0].chain, tuple(sorted(versions, key=lambda version: -version.number)))
        for versions in found.values()
    )


@dataclass(frozen=True)
class Relations:
    """What the runs of a group are linked to. objects: id of a run -> accessions of these."""

    target: Kind
    objects: Mapping[str, tuple[str, ...]]


def relations(server: Server, group: str) -> Relations:
    """The first kind of object that runs of the group are linked to; samples without any link for an unlinked group."""
    for target in _TARGETS:
        try:
            found = listed(server, f"integration/link/expression/run-to-{target}/by/group/{part(group)}")
        except NotFound:
            continue
        linked = {run: objects for run, objects in _pairs(found).items() if objects}
        if linked:
            return Relations(target, linked)
    return Relations("samples", {})


def pooled(server: Server, kind: Kind, group: str) -> dict[str, tuple[str, ...]]:
    """Accession of each library or preparation of a file -> accessions of its samples."""
    singular = {"libraries": "library", "preparations": "preparation"}[kind]
    route = f"integration/link/{singular}/{kind}-to-samples/by/group/{part(group)}"
    return _pairs(listed(server, route))


def _pairs(records: Sequence[Record]) -> dict[str, tuple[str, ...]]:
    """Each id with all that it goes with, whether one record tells it or several do."""
    found: dict[str, tuple[str, ...]] = {}
    for own, others in map(_pair, records):
        found[own] = tuple(dict.fromkeys((*found.get(own, ()), *others)))
    return found


def _pair(record: Record) -> tuple[str, tuple[str, ...]]:
    """An id and the ids it goes with, whatever the two keys are called: the list is the second."""
    first = next((str(value) for name, value in record.items() if name.endswith("Id") and value is not None), "")
    lists = next((value for name, value in record.items() if name.endswith("Ids") and isinstance(value, list)), [])
    return first, tuple(str(one) for one in lists if one is not None)


def runs(server: Server, group: str) -> dict[str, str]:
    """Id of each run of a group -> the text that headed its column. {} where the server does not list them."""
    route = f"expressions/runs/by/group/{part(group)}"
    try:
        found = [record for chunk in list_pages(server, route) for record in chunk.records]
    except BadAnswer:  # since 1.64 they come by cursor
        found = [record for chunk in cursor_pages(server, route, {"pageLimit": 2_000}) for record in chunk.records]
    except NotFound:
        return {}
    told = [
        (_of_run(record, "runId", "itemId", "id"), _of_run(record, "runSourceId", "Run Source ID")) for record in found
    ]
    return {run: source for run, source in told if run and source}


def _of_run(record: Record, *names: str) -> str:
    nested = [one for one in (record.get("itemOrigin"), record.get("metadata")) if isinstance(one, Mapping)]
    return next((str(one[name]) for one in (record, *nested) for name in names if one.get(name)), "")


def group_filter(accession: str) -> str:
    """The filter of expression that finds one data group."""
    return filters.accessions([accession])
