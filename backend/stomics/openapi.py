"""An OpenAPI document (3.0 and 3.1) as far as a probe needs it: routes, parameters, and what answers look like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from backend.errors import BadAnswer
from backend.stomics.failures import keys

DEEP = 30  # references and parts inside of parts
_HINT = "The service does not describe itself in OpenAPI there."
_BLANK = re.compile(r"\{[^{}]*\}")
_VALUES: dict[str, Any] = {"number": 1.5, "integer": 1, "string": "text", "boolean": True}


class NotTold(Exception):
    """A schema does not say what stands there."""


@dataclass(frozen=True)
class Document:
    """A document of which `openapi` and `paths` are there."""

    whole: Mapping[str, Any]

    @property
    def routes(self) -> dict[str, str]:
        """Route with blanks ("/api/v1/datasets/{}") -> as it is written; of those that can be asked by GET."""
        before = _prefix(self.whole)
        listed = {str(path): one for path, one in self.whole["paths"].items() if isinstance(one, Mapping)}
        return {_blank(before, path): path for path, one in listed.items() if isinstance(one.get("get"), Mapping)}

    def operation(self, route: str) -> Mapping[str, Any] | None:
        """What is said of GET at a route with blanks."""
        path = self.routes.get(route)
        return None if path is None else self.whole["paths"][path]["get"]

    def parameters(self, route: str) -> dict[str, Mapping[str, Any]]:
        """Parameter -> schema; of the query and of the path."""
        path = self.routes.get(route)
        if path is None:
            return {}
        both = [
            *_list(self.whole["paths"][path].get("parameters")),
            *_list(self.whole["paths"][path]["get"].get("parameters")),
        ]
        each = (self.resolved(one) for one in both)
        return {str(one["name"]): self.resolved(one.get("schema")) for one in each if "name" in one}

    def answer(self, route: str, status: str = "200") -> Mapping[str, Any] | None:
        """The schema of an answer in JSON; None where none is told. example: one of the whole answer, where given."""
        responses = (self.operation(route) or {}).get("responses")
        told = self.resolved(responses.get(status)) if isinstance(responses, Mapping) else {}
        content = told.get("content")
        media = content.get("application/json") if isinstance(content, Mapping) else None
        schema = self.resolved(media.get("schema")) if isinstance(media, Mapping) else {}
        return schema or None

    def statuses(self, route: str) -> tuple[str, ...]:
        """Statuses that a route is said to answer with."""
        responses = (self.operation(route) or {}).get("responses")
        return tuple(map(str, responses)) if isinstance(responses, Mapping) else ()

    def resolved(self, schema: Any) -> dict[str, Any]:
        """A schema without references, with all its parts joined (allOf); {} where it says nothing."""
        for _ in range(DEEP):
            if not isinstance(schema, Mapping):
                return {}
            if isinstance(schema.get("$ref"), str):
                schema = self._at(schema["$ref"])
            elif isinstance(schema.get("allOf"), list):
                schema = self._joined(schema)
            else:
                return dict(schema)
        return {}

    def options(self, schema: Any) -> list[dict[str, Any]]:
        """What a value may be: the parts of anyOf and oneOf, else the schema itself."""
        whole = self.resolved(schema)
        parts = [*_list(whole.get("anyOf")), *_list(whole.get("oneOf"))]
        return [self.resolved(part) for part in parts] if parts else [whole]

    def types(self, schema: Any) -> set[str]:
        """JSON types a value may have, with "null" where it may be that; empty where it is not told."""
        found: set[str] = set()
        for one in self.options(schema):
            kinds = one.get("type")
            found |= {kinds} if isinstance(kinds, str) else set(map(str, _list(kinds)))
            found |= {"null"} if one.get("nullable") is True else set()
        return found

    def properties(self, schema: Any) -> dict[str, Mapping[str, Any]]:
        """Field -> schema, of any kind of object that a value may be."""
        return {name: one for part in self.options(schema) for name, one in _fields(part).items()}

    def items(self, schema: Any) -> dict[str, Any]:
        """The schema of the parts of a list."""
        return next((self.resolved(one["items"]) for one in self.options(schema) if "items" in one), {})

    def sample(self, schema: Any, deep: int = 0) -> Any:
        """A value that fits a schema. Raises NotTold where it does not say enough."""
        one = next((part for part in self.options(schema) if part.get("type") != "null"), {})
        kinds = [one["type"]] if isinstance(one.get("type"), str) else _list(one.get("type"))
        kind = next((kind for kind in kinds if kind != "null"), "object" if "properties" in one else "")
        if deep > DEEP or not kind:
            raise NotTold
        if kind == "array":
            return [self.sample(one.get("items"), deep + 1)] * 2
        return self._object(one, deep) if kind == "object" else _VALUES.get(kind)

    def _object(self, one: Mapping[str, Any], deep: int) -> dict[str, Any]:
        others = one.get("additionalProperties")
        known = {name: part for name, part in _fields(one).items() if self.types(part) or self.properties(part)}
        found = {name: self.sample(part, deep + 1) for name, part in known.items()}
        if isinstance(others, Mapping) and others:
            found |= {f"s{number}": self.sample(others, deep + 1) for number in (1, 2)}
        if not found:
            raise NotTold
        return found

    def _at(self, reference: str) -> Any:
        found: Any = self.whole
        for piece in reference.removeprefix("#/").split("/"):
            found = found.get(piece.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
        return found

    def _joined(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        parts = [
            {key: value for key, value in schema.items() if key != "allOf"},
            *map(self._flat, schema["allOf"][:DEEP]),
        ]
        whole: dict[str, Any] = {}
        for part in parts:
            fields = _fields(whole) | _fields(part)
            whole |= part | ({"properties": fields} if fields else {})
        return whole

    def _flat(self, part: Any) -> dict[str, Any]:
        """A part of allOf; one more level of references, so that a circle ends."""
        one = self._at(part["$ref"]) if isinstance(part, Mapping) and isinstance(part.get("$ref"), str) else part
        return dict(one) if isinstance(one, Mapping) else {}


def document(found: Any) -> Document:
    """A document. Raises BadAnswer for JSON that is none."""
    told = (
        isinstance(found, Mapping) and isinstance(found.get("openapi"), str) and isinstance(found.get("paths"), Mapping)
    )
    if not told:
        raise BadAnswer(f"An OpenAPI document should have openapi and paths; there came {keys(found)}.", _HINT)
    return Document(found)


def _blank(before: str, path: str) -> str:
    whole = path if not before or path.startswith(f"{before}/") else before + path
    return _BLANK.sub("{}", whole.rstrip("/"))


def _prefix(whole: Mapping[str, Any]) -> str:
    """The path that all routes stand below: that of the first server."""
    first = next(_mappings(whole.get("servers")), {}).get("url")
    return urlsplit(first).path.rstrip("/") if isinstance(first, str) else ""


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    return (one for one in _list(value) if isinstance(one, Mapping))


def _fields(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Field -> schema of an object, none where that is not told as it should be."""
    told = schema.get("properties")
    return {str(name): one for name, one in told.items()} if isinstance(told, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
