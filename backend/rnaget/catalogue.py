"""What a server has: projects, studies, expressions, the filters it offers; of v0.1.0 also files and change logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.errors import BadAnswer, NotFound, TooLarge
from backend.model import RnagetChanges, RnagetEntry, RnagetFile, RnagetFilter
from backend.rnaget import annotations as records
from backend.rnaget.server import Server, Spoken, part


def entries(
    server: Server, spoken: Spoken, collection: str, filters: Mapping[str, str] | None = None
) -> tuple[RnagetEntry, ...]:
    """Projects or studies; filters as the server advertises them. Raises as Server.json."""
    path = f"/{collection}/search" if spoken.is_seed else f"/{collection}"
    return tuple(_entry(one, collection) for one in _listed(server.json(path, dict(filters or {})), collection))


def entry(server: Server, spoken: Spoken, collection: str, name: str) -> RnagetEntry:
    """One of them by its id; an object or a list of one is an answer. Raises NotFound."""
    found = _listed(server.json(f"/{collection}/{part(name, spoken.is_seed)}"), collection)
    if not found:
        raise NotFound(f"{server.endpoint.name} has no {collection} “{name[:60]}”.", "Look at its list.")
    return _entry(found[0], collection)


def expressions(server: Server, spoken: Spoken, study: str = "") -> tuple[RnagetEntry, ...]:
    """Matrices the server lists. The specification has no such list, so it may be empty: then the id is typed."""
    path, params = "/expressions", {"studyID": study} if study else {}
    try:
        if spoken.is_seed:
            path = "/expressions/search"
            params |= {"format": form(server)} if spoken.has_tickets else {}
        found = _listed(server.json(path, params), "expressions")
    except (NotFound, BadAnswer, TooLarge):  # TooLarge: in v0.1.0 the list holds the matrices themselves
        return ()
    listed = [_entry(one, "expressions") for one in found if one.get("id")]
    return tuple(one for one in listed if not study or one.parent in ("", study))


FORMS = ("tsv", "loom", "h5", "json")


def form(server: Server) -> str:
    """The form to ask for: the first of FORMS the server lists, tsv when it lists none of them."""
    listed = {name.casefold() for name in words(server, "/expressions/formats")}
    return next((name for name in FORMS if name in listed), FORMS[0])


def filters(server: Server, spoken: Spoken, collection: str) -> tuple[RnagetFilter, ...]:
    """The filters of a collection; () when the server tells none."""
    path = f"/{collection}/search/filters" if spoken.is_seed else f"/{collection}/filters"
    try:
        found = _listed(server.json(path), collection)
    except (NotFound, BadAnswer):
        return ()
    return tuple(
        RnagetFilter(
            str(one["filter"]),
            str(one.get("description") or ""),
            str(one.get("fieldType") or "string"),
            _values(one.get("values")),
        )
        for one in found
        if one.get("filter")
    )


def words(server: Server, path: str) -> tuple[str, ...]:
    """A list of words such as /expressions/formats or /expressions/units; () when the server tells none."""
    try:
        found = server.json(path)
    except (NotFound, BadAnswer):
        return ()
    return tuple(str(one) for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def files(server: Server, study: str = "", kind: str = "") -> tuple[RnagetFile, ...]:
    """Files of a server of v0.1.0, of a study or a type. Raises NotFound where it has none of this."""
    params = {name: value for name, value in (("studyID", study), ("fileType", kind)) if value}
    return tuple(records.file(one) for one in _listed(server.json("/files/search", params), "files"))


def file(server: Server, name: str) -> RnagetFile:
    """One file by its id. Raises NotFound."""
    found = _listed(server.json(f"/files/{part(name, seed=True)}"), "files")
    if not found:
        raise NotFound(f"{server.endpoint.name} has no file “{name[:60]}”.", "Look at its list.")
    return records.file(found[0])


def versions(server: Server) -> tuple[str, ...]:
    """The versions a data base of v0.1.0 had: texts, or objects that name one; the specification does not say."""
    found = server.json("/getVersions")
    listed = found if isinstance(found, list) else [found]
    told = [one.get("version") if isinstance(one, Mapping) else one for one in listed]
    if not all(isinstance(one, str | int | float) for one in told):
        raise BadAnswer("The versions of the server are no list of versions.", "Check the address.")
    return tuple(str(one) for one in told)


def changes(server: Server, version: str) -> tuple[RnagetChanges, ...]:
    """What changed with a version of a data base of v0.1.0; some servers write the route in small letters."""
    try:
        found = server.json(f"/changeLog/{part(version, seed=True)}")
    except (NotFound, BadAnswer):
        found = server.json(f"/changelog/{part(version, seed=True)}")
    return tuple(records.changes(one) for one in _listed(found, "changes"))


def _values(found: Any) -> tuple[str, ...]:
    return tuple(str(value) for value in found if str(value)) if isinstance(found, list) else ()


def _listed(found: Any, collection: str) -> Sequence[Mapping[str, Any]]:
    """A list of objects, or one object as a list of it. Raises BadAnswer naming what came instead."""
    listed = [found] if isinstance(found, Mapping) else found
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise BadAnswer(
            f"The {collection} should be a list of objects; a {type(found).__name__} came.", "Check the address."
        )
    return listed


_KNOWN = ("id", "name", "description", "version")
_PARENTS = ("parentProjectID", "parentProjectId", "studyID", "studyId", "parentStudyID")


def _entry(found: Mapping[str, Any], collection: str) -> RnagetEntry:
    name = found.get("id")
    if not isinstance(name, str | int) or not str(name):
        raise BadAnswer(f"One of the {collection} has no id.", "Tell those who run the server.")
    parent = next((str(found[key]) for key in _PARENTS if found.get(key)), "")
    known = (*_KNOWN, *_PARENTS, "expressionMatrix", "rowLabels", "columnLabels")
    told = ((key, _told(value)) for key, value in found.items() if key not in known)
    more = tuple((str(key), text) for key, text in told if text)
    return RnagetEntry(
        str(name), str(found.get("name") or name), str(found.get("description") or ""),
        str(found.get("version") or ""), parent, more,
    )  # fmt: skip


def _told(value: Any) -> str:
    """A member as a short text; "" for what is none."""
    if isinstance(value, list):
        inner = [" = ".join(map(_word, one)) if isinstance(one, list) else _word(one) for one in value[:_SHOWN]]
        return ", ".join(text for text in inner if text)[:_LONGEST] + (" …" if len(value) > _SHOWN else "")
    return _word(value)[:_LONGEST]


def _word(value: Any) -> str:
    known = (value.get("id") or value.get("name")) if isinstance(value, Mapping) else value
    return str(known) if isinstance(known, str | int | float) else ""


_SHOWN, _LONGEST = 20, 300
