"""/openapi.json: one document, OpenAPI 3.1, of all that the HTTP API offers."""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache
from typing import Any

from backend import settings
from backend.serve import archs4_openapi, rnaget

Node = dict[str, Any]
INTRODUCTION = (
    "Gene expression from the data of this machine. Nothing is asked on the internet. Answers of data that are made up "
    "say simulated; the licence of the data stands in each answer of ARCHS4 and in the description of each RNAget "
    "study."
)
BEARER = "bearer"
TAGS = (
    (
        archs4_openapi.TAG,
        "Tissue z-scores, co-expression, genes and samples, as scripts for the ARCHS4 API expect them.",
    ),
    ("RNAget", "GA4GH RNAget 1.2: projects, studies and expression matrices as TSV or loom."),
    ("Server", "This description."),
)
RNAGET = rnaget.PREFIX
FREE = (f"{RNAGET}{rnaget.FREE}", "/openapi.json", "/docs")  # asked without a token


def document() -> Node:
    """The document. Its server is the public address, where one is set; security is asked where a token is set."""
    found = deepcopy(_document())
    chosen = settings.current()
    found["servers"] = [{"url": chosen.public_url or "/"}]
    if chosen.serve.token:
        for path, item in found["paths"].items():
            for operation in item.values():
                operation["security"] = [] if path in FREE else [{BEARER: []}]
    return found


@lru_cache(maxsize=1)
def _document() -> Node:
    other = rnaget.OPENAPI
    schemas = other.get("components", {}).get("schemas", other.get("schemas", {}))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Expronaut",
            "version": "1",
            "description": INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": [{"name": name, "description": text} for name, text in TAGS],
        "paths": {**archs4_openapi.paths(), **_prefixed(other["paths"]), **_own()},
        "components": {
            **{name: part for name, part in other.get("components", {}).items() if name != "schemas"},
            "schemas": {**archs4_openapi.SCHEMAS, **schemas},
            "securitySchemes": {BEARER: {"type": "http", "scheme": "bearer"}},
        },
    }


def _prefixed(paths: Node) -> Node:
    """The paths of RNAget as they are asked for here, each under its tag."""
    found = {path if path.startswith(RNAGET) else f"{RNAGET}{path}": deepcopy(item) for path, item in paths.items()}
    for item in found.values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation.setdefault("tags", ["RNAget"])
    return found


def _own() -> Node:
    def of(summary: str, kind: str, name: str) -> Node:
        content = {kind: {"schema": {"type": "object" if kind.endswith("json") else "string"}}}
        answer = {"200": {"description": "The answer.", "content": content}}
        failure = {"schema": {"$ref": "#/components/schemas/Archs4Error"}}
        for number in ("405", "414", "429"):
            answer[number] = {
                "description": archs4_openapi.FAILURES[number],
                "content": {"application/json": failure},
            }
        return {"get": {"tags": ["Server"], "summary": summary, "operationId": name, "responses": answer}}

    return {
        "/openapi.json": of("This document", "application/json", "openapi"),
        "/docs": of("The same to read", "text/html", "docs"),
    }
