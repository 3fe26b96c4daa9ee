"""What curators do with metadata on an ODM server: look at what is not valid, change a value, publish."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from backend.errors import BadAnswer, BadInput, ExpronautError, RateLimited, Refused, Unavailable, Unreachable
from backend.model_odm_import import OdmPatched
from backend.model_study import Invalid, Validation
from backend.odm.changes import Json
from backend.odm.server import Server, part

KINDS = ("studies", "samples", "libraries", "preparations", "expressions")
MOST_INVALID = 5_000
MOST_TEXT = 1_000
_FORM = "The server is of a version not known here."


def validation(server: Server, study: str) -> Validation:
    """What the template finds wrong with the samples of a study, asked anew. Raises BadAnswer for another form."""
    route = f"integration/studies/{part(study)}/validation-summary"
    return summary(server.get(route, mode="fresh", lifetime=0.0))


def summary(found: Any) -> Validation:
    """A validation summary. Errors of a kind not known here are kept; cut after 5,000 values, and it says so."""
    if not isinstance(found, Mapping):
        raise BadAnswer("ODM should have answered with a validation summary.", _FORM)
    kept: list[Invalid] = []
    for one in _invalid(found):
        if len(kept) == MOST_INVALID:
            return Validation(tuple(kept), (f"Only the first {MOST_INVALID:,} invalid values are listed.",))
        kept.append(one)
    return Validation(tuple(kept), ("ODM validates samples only.",))


def _invalid(found: Mapping[str, Any]) -> Iterator[Invalid]:
    for group in _list(found.get("samples")):
        for attribute in _list(group.get("attributes")):
            for value in _list(attribute.get("attributeInvalidValues")):
                told = _list(value.get("errors")) or [{}]
                for error in told:
                    yield Invalid(
                        _text(group.get("groupAccession")),
                        _text(attribute.get("attributeName")),
                        None if value.get("value") is None else _text(value["value"]),
                        _count(value.get("count")),
                        _text(error.get("errorType")) or "UNKNOWN",
                        _text(error.get("errorMessage")),
                    )


def _list(value: Any) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise BadAnswer("ODM's validation summary has another form than promised.", _FORM)
    return value


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _text(value: Any) -> str:
    """Text as it is; an object or a list as JSON. Shortened."""
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    return text[:MOST_TEXT].encode("utf-8", "replace").decode()


def patched(server: Server, kind: str, accession: str, body: Mapping[str, Json]) -> OdmPatched:
    """Change attributes of one object; null deletes. Sent once: after a lost answer the object is read instead.

    Raises Refused for who is no curator, NotFound, BadAnswer for what the server refuses.
    """
    if kind not in KINDS:
        raise BadInput(f"“{kind[:20]}” is no kind of object.", f"Choose {', '.join(KINDS)}.")
    route = f"{kind}/{part(accession)}"
    try:
        return _patched(accession, server.patch(route, dict(body)).value)
    except (RateLimited, Refused, Unreachable):
        raise
    except Unavailable as error:
        now = _now(server, route, error)
        if not all(_same(now.get(name), value) for name, value in body.items()):
            raise
        return _patched(accession, now)


def _now(server: Server, route: str, error: ExpronautError) -> Mapping[str, Any]:
    try:
        found = server.get(route, {"returnedMetadataFields": "original_data_included"}, "fresh")
    except ExpronautError:
        raise error from None
    return found if isinstance(found, Mapping) else {}


def _same(now: Any, wanted: Json) -> bool:
    """Whether a value is what was asked for; numbers may come back as text and text as numbers."""
    if wanted is None or isinstance(wanted, list) or isinstance(now, list):
        return bool(now == wanted)
    return str(now) == str(wanted)


def _patched(accession: str, found: Any) -> OdmPatched:
    """The object, flat or under `data`, with warnings beside it."""
    if not isinstance(found, Mapping):
        return OdmPatched(accession, ())
    inner, told = found.get("data"), found.get("warnings")
    flat = inner if isinstance(inner, Mapping) else found
    warnings = [_text(one) for one in told] if isinstance(told, list) else []
    attributes = [(str(name), _shown(value)) for name, value in flat.items() if value is not None]
    return OdmPatched(accession, tuple(attributes), tuple(warnings))


def _shown(value: Any) -> str:
    return " | ".join(map(_text, value)) if isinstance(value, list) else _text(value)
