"""Studies, samples, libraries and preparations of an ODM server: their attributes now and in earlier versions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd

from backend.errors import BadAnswer, BadInput, NotFound, TooLarge
from backend.model_odm import OdmFields, OdmKind, OdmObject
from backend.model_study import AttributeSummary, Revision
from backend.odm.paging import Record, array, listed
from backend.odm.server import Server, part
from backend.web import Mode

ACCESSION, GROUP = "genestack:accession", "groupId"
FIELDS: dict[OdmFields, str] = {
    "template": "minimal_data",
    "applied": "extended_data_included",
    "all": "original_data_included",
}
KINDS: tuple[OdmKind, ...] = ("studies", "samples", "libraries", "preparations")
SINGULAR: dict[OdmKind, str] = {"libraries": "library", "preparations": "preparation", "samples": "sample"}
BETWEEN = " | "  # values of a list, as text
MOST_VALUES = 50
_TITLES = ("Study Title", "Name", "Study Name", "Study Source", "Study Description")
Value = str | float | tuple[str, ...] | None


def study(server: Server, accession: str, fields: OdmFields = "all", mode: Mode = "usual") -> OdmObject:
    """The metadata of a study. Raises NotFound."""
    found = server.get(f"studies/{part(_named(accession))}", {"returnedMetadataFields": FIELDS[fields]}, mode)
    return an_object(server, found, accession)


def title(about: OdmObject) -> str:
    """What a study is called; its accession where nothing says."""
    told = {name: value for name, value in about.attributes if value}
    return next((as_text(told[name]) for name in _TITLES if name in told), about.accession)


def objects(server: Server, study_accession: str, kind: OdmKind, fields: OdmFields = "all") -> tuple[OdmObject, ...]:
    """Every sample, library or preparation of a study, file by file."""
    asked, name = {"returnedMetadataFields": FIELDS[fields]}, part(_named(study_accession))
    if kind == "samples":
        records = listed(server, f"integration/link/samples/by/study/{name}", asked)
    elif kind in ("libraries", "preparations"):
        groups = array(server, f"integration/link/{SINGULAR[kind]}/group/by/study/{name}")
        routes = [f"{kind}/by/group/{part(str(group.get('itemId')))}" for group in groups]
        records = [record for route in routes for record in listed(server, route, asked)]
    else:
        raise BadInput(f"“{kind[:20]}” are no objects of a study.", "Choose samples, libraries or preparations.")
    return tuple(an_object(server, record) for record in records)


def an_object(server: Server, found: Any, accession: str = "") -> OdmObject:
    """An object of its flat record, or of one with the attributes under “metadata”."""
    if isinstance(found, Mapping) and isinstance(found.get("data"), Mapping):
        found = found["data"]
    if not isinstance(found, Mapping):
        raise BadAnswer(f"{server.odm.base} should have answered with an object.", "Check the address of the server.")
    nested = found.get("metadata")
    record: Record = nested if isinstance(nested, Mapping) else found
    own = str(record.get(ACCESSION) or found.get("itemId") or accession)
    pairs = tuple((str(name), _value(value)) for name, value in record.items() if name not in (ACCESSION, GROUP))
    return OdmObject(own, str(record.get(GROUP) or ""), pairs)


def _value(value: Any) -> Value:
    if isinstance(value, list):
        return tuple(as_text(_value(one)) for one in value if one is not None)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str | int | float):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def as_text(value: Value) -> str:
    """A value as people read it: "" for none, lists joined, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return BETWEEN.join(value)
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def table(found: Sequence[OdmObject]) -> pd.DataFrame:
    """One row an object: accession, groupId, then every attribute as text, in the order they come."""
    names = list(dict.fromkeys(name for one in found for name, _ in one.attributes))
    rows = [
        [one.accession, one.group, *(as_text(told.get(name)) for name in names)]
        for one, told in ((one, dict(one.attributes)) for one in found)
    ]
    return pd.DataFrame(rows, columns=[ACCESSION, GROUP, *names], dtype=object)


def summary(found: Sequence[OdmObject]) -> tuple[AttributeSummary, ...]:
    """Each attribute over these objects. Every value of a list counts."""
    names = dict.fromkeys(name for one in found for name, _ in one.attributes)
    told = [dict(one.attributes) for one in found]
    return tuple(_summed(name, [one.get(name) for one in told]) for name in names)


def _summed(name: str, values: Iterable[Value]) -> AttributeSummary:
    given = [value if isinstance(value, tuple) else (as_text(value),) for value in values]
    filled = [tuple(dict.fromkeys(text.strip() for text in one if text.strip())) for one in given]
    counts = Counter(text for one in filled for text in one)
    missing = sum(not one for one in filled)
    return AttributeSummary(name, len(filled), missing, len(counts), tuple(counts.most_common(MOST_VALUES)))


def history(server: Server, kind: OdmKind, accession: str) -> tuple[Revision, ...]:
    """Versions of an object, newest first."""
    found = array(server, f"{_kind(kind)}/{part(_named(accession))}/versions")
    told = [
        Revision(
            str(one.get("author") or ""),
            str(one.get("message") or ""),
            one["timestamp"] if isinstance(one.get("timestamp"), int) else 0,
            str(one.get("version") or ""),
        )
        for one in found
    ]
    return tuple(sorted(told, key=lambda one: -one.timestamp))


def revision(server: Server, kind: OdmKind, accession: str, version: str = "") -> OdmObject:
    """An object as it was in a version, or is now."""
    route = f"{_kind(kind)}/{part(_named(accession))}"
    found = server.get(f"{route}/versions/{part(version)}") if version else server.get(route)
    return an_object(server, found, accession)


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise BadInput(f"“{kind[:20]}” is no kind of object.", f"Choose {', '.join(KINDS)}.")
    return kind


def _named(accession: str) -> str:
    name = accession.strip()
    if not name or len(name) > 100 or not name.isprintable():
        raise BadInput("No accession is named.", "Give one, as GSF123456.")
    return name


@contextmanager
def tolerant(missing: list[str], what: str) -> Iterator[None]:
    """Inside, what a server does not give is noted in a sentence instead of raised; a refused token is raised."""
    try:
        yield
    except (NotFound, BadAnswer, TooLarge) as error:
        missing.append(f"The server does not give {what}: {error.message}")
