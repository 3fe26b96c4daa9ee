"""The OpenAPI document of the double. What the real one says is not known: an ASSUMED SHAPE."""

from __future__ import annotations

ROOT = "/api/v1"
_TEXT, _WHOLE = {"type": "string"}, {"type": "integer"}
_LISTED = {
    "q": _TEXT,
    "technology_ids": _TEXT,
    "sort_by": _TEXT,
    "sort_order": _TEXT,
    "page": _WHOLE,
    "per_page": _WHOLE,
}


def document(kind: str) -> dict:
    """kind: usual; contradicting (files in an object, no per_page); poor (paths without parameters and schemas)."""
    listed = dict(_LISTED)
    if kind == "contradicting":
        del listed["per_page"]
    one = f"{ROOT}/datasets/{{accession}}"
    paths = {
        f"{ROOT}/datasets": _get(listed, _ref("DatasetList")),
        one: _get({}, _ref("Dataset"), "accession"),
        f"{one}/files": _get({}, _files(kind), "accession"),
        f"{one}/files/{{file_id}}/download": _get({}, _ref("DownloadUrl"), "accession", "file_id"),
        f"{one}/expression": _get({"gene": _TEXT}, _ref("Expression"), "accession", needed=("gene",)),
        f"{ROOT}/technologies": _get({}, {"type": "array", "items": _ref("Technology")}),
    }
    if kind == "poor":
        paths = {path: {"get": {"responses": {"200": {"description": "OK"}}}} for path in paths}
    info = {"title": "Stomics API (simulated)", "version": "0.0"}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": {"schemas": _schemas()}}


def _files(kind: str) -> dict:
    listed = {"type": "array", "items": _ref("File")}
    return {"type": "object", "properties": {"files": listed}} if kind == "contradicting" else listed


def _get(query: dict, schema: dict, *parts: str, needed: tuple[str, ...] = ()) -> dict:
    told = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in parts]
    told += [{"name": name, "in": "query", "required": name in needed, "schema": how} for name, how in query.items()]
    reply = {"description": "OK", "content": {"application/json": {"schema": schema}}}
    return {"get": {"parameters": told, "responses": {"200": reply}}}


def _ref(name: str) -> dict:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(**properties: dict) -> dict:
    return {"type": "object", "properties": properties}


def _schemas() -> dict:
    size = {"anyOf": [_WHOLE, {"type": "null"}]}
    numbers, texts = {"type": "array", "items": {"type": "number"}}, {"type": "array", "items": _TEXT}
    columns = {"values": numbers, "x": numbers, "y": numbers, "cell_ids": texts, "cell_types": texts}
    return {
        "Technology": _object(id=_WHOLE, name=_TEXT),
        "Dataset": _object(accession=_TEXT, title=_TEXT, download_count=_WHOLE, technology=_ref("Technology")),
        "DatasetList": _object(
            items={"type": "array", "items": _ref("Dataset")}, total=_WHOLE, page=_WHOLE, per_page=_WHOLE
        ),
        "File": _object(id=_WHOLE, filename=_TEXT, file_type=_TEXT, size_bytes=size),
        "DownloadUrl": _object(url=_TEXT),
        "Expression": _object(accession=_TEXT, gene=_TEXT, n_spots=_WHOLE, **columns),
    }
