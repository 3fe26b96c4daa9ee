"""What RNAget offers as OpenAPI 3.1: paths without the prefix, and schemas."""

from __future__ import annotations

from typing import Any

from backend.serve.rnaget_accept import FILES, JSON_TYPES, OCTETS

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_OBJECT: Json = {"type": "object"}
_TEXTS: Json = {"type": "array", "items": _TEXT}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/Rnaget{name}"}


def _parameter(name: str, words: str, schema: Json | None = None, needed: bool = False) -> Json:
    found: Json = {"name": name, "in": "query", "description": words, "required": needed, "schema": schema or _TEXT}
    return found | ({"style": "form", "explode": False} if found["schema"].get("type") == "array" else {})


_ID: Json = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._~-]+$"},
}
_NUMBER: Json = {"type": "number", "minimum": 0}
_WHOLE: Json = {"type": "integer", "minimum": 0}
_FORMAT: Json = {"type": "string", "enum": list(FILES)}
_ENTRY = [_parameter("version", "exactly this version"), _parameter("name", "exactly this name")]
_FORM = [_parameter("format", "loom or tsv; left out: the form of the matrix, or what Accept names", _FORMAT)]
_SEARCH = [
    _parameter("format", "loom or tsv", _FORMAT, needed=True),
    _parameter("projectID", "id of a project"),
    _parameter("studyID", "id of a study"),
    _parameter("version", "version of the matrix"),
]
_SLICE = [
    _parameter("sampleIDList", "samples; unknown ones are left out", _TEXTS),
    _parameter("featureIDList", "Ensembl ids; unknown ones are left out", _TEXTS),
    _parameter("featureNameList", "symbols; unknown ones are left out", _TEXTS),
    _parameter("tissue", "samples of this tissue"),
    _parameter("condition", "samples of this condition"),
    _parameter("feature_min_value", "leave out features with a smaller value in any sample", _NUMBER),
    _parameter("feature_max_value", "leave out features with a larger value in any sample", _NUMBER),
    _parameter("units", "one of /expressions/units"),
]
_REGION = [
    _parameter("chr", "chromosome, like chr1"),
    _parameter("start", "first position, from 0; needs chr", _WHOLE),
    _parameter("end", "position behind the last; needs chr", _WHOLE),
]
_TRACKS = [_parameter("sampleIDList", "tracks", _TEXTS)]
_TYPE = [_parameter("type", "only these filters", {"type": "string", "enum": ["feature", "sample"]})]

_ERRORS = {
    "400": "a parameter is malformed, missing or unknown, or too much was asked for",
    "401": "the bearer token is missing or wrong",
    "404": "unknown",
    "405": "only GET, HEAD and OPTIONS are offered",
    "406": "no media type of the header Accept can be served",
    "414": "the address is too long",
    "429": "too many requests",
    "501": "not offered by this server",
}


def _content(types: tuple[str, ...], schema: Json) -> Json:
    return {media: {"schema": schema} for media in types}


def _get(summary: str, parameters: list[Json], answer: Json | None, own: bool = False) -> Json:
    """A GET. answer: schema of the JSON answer, None for a file."""
    binary: Json = {"type": "string", "format": "binary"}
    good = _content(JSON_TYPES, answer) if answer is not None else _content((*FILES.values(), OCTETS), binary)
    responses: Json = {"200": {"description": "what was asked for", "content": good}}
    wrong = _content(JSON_TYPES, _ref("Error"))
    responses |= {number: {"description": words, "content": wrong} for number, words in _ERRORS.items()}
    return {
        "get": {
            "tags": ["RNAget"],
            "summary": summary,
            "parameters": [*([_ID] if own else []), *parameters],
            "responses": responses,
        }
    }


def _listed(name: str) -> Json:
    return {"type": "array", "items": _ref(name)}


def _object(required: tuple[str, ...], **properties: Json) -> Json:
    return {"type": "object", "required": list(required), "properties": properties}


_ENTRY_FIELDS: dict[str, Json] = dict.fromkeys(("id", "version", "name", "description"), _TEXT)

OPENAPI: Json = {
    "paths": {
        "/projects": _get("All projects", _ENTRY, _listed("Project")),
        "/projects/filters": _get("Filters of projects", [], _listed("Filter")),
        "/projects/{id}": _get("One project", [], _ref("Project"), own=True),
        "/studies": _get("All studies", _ENTRY, _listed("Study")),
        "/studies/filters": _get("Filters of studies", [], _listed("Filter")),
        "/studies/{id}": _get("One study", [], _ref("Study"), own=True),
        "/expressions/filters": _get("Filters of expression matrices", _TYPE, _listed("Filter")),
        "/expressions/formats": _get("File types of matrices", [], _TEXTS),
        "/expressions/units": _get("Units of matrices", [], _TEXTS),
        "/expressions/ticket": _get("Where the matrix of a search is", [*_SEARCH, *_SLICE], _ref("Ticket")),
        "/expressions/bytes": _get("The matrix of a search, or a slice", [*_SEARCH, *_SLICE], None),
        "/expressions/{id}/ticket": _get("Where a matrix is", [*_FORM, *_SLICE], _ref("Ticket"), own=True),
        "/expressions/{id}/bytes": _get("A matrix, or a slice", [*_FORM, *_SLICE], None, own=True),
        "/continuous/filters": _get("Filters of signals", [], _listed("Filter")),
        "/continuous/formats": _get("File types of signals", [], _TEXTS),
        "/continuous/ticket": _get("Where signals are", [*_SEARCH, *_TRACKS, *_REGION], _ref("Ticket")),
        "/continuous/bytes": _get("Signals of a search, or a region", [*_SEARCH, *_TRACKS, *_REGION], None),
        "/continuous/{id}/ticket": _get("Where signals are", [*_FORM, *_TRACKS, *_REGION], _ref("Ticket"), own=True),
        "/continuous/{id}/bytes": _get("Signals, or a region", [*_FORM, *_TRACKS, *_REGION], None, own=True),
        "/service-info": _get("What this server is", [], _ref("ServiceInfo")),
    },
    "components": {
        "schemas": {
            "RnagetError": _object(("message",), message=_TEXT),
            "RnagetProject": _object(("id",), **_ENTRY_FIELDS),
            "RnagetStudy": _object(("id",), **_ENTRY_FIELDS, parentProjectID=_TEXT, genome=_TEXT),
            "RnagetFilter": _object(("filter",), filter=_TEXT, fieldType=_TEXT, description=_TEXT, values=_TEXTS),
            "RnagetTicket": _object(
                ("url", "units"),
                **dict.fromkeys(("url", "units", "version", "fileType", "studyID", "md5"), _TEXT),
                headers={"type": "object", "additionalProperties": _TEXT},
            ),
            "RnagetServiceInfo": _object(
                ("id", "name", "type", "organization", "version", "supported"),
                **dict.fromkeys(("id", "name", "version", "description"), _TEXT),
                **dict.fromkeys(("type", "organization", "supported"), _OBJECT),
            ),
        }
    },
}
