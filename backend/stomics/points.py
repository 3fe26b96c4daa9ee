"""What is taken for granted of the service, point by point, against a schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from backend.errors import BadAnswer, UnknownExpressionShape
from backend.model import StomicsPoint
from backend.model_stomics import Verdict
from backend.stomics import fields, shapes
from backend.stomics.datasets import MOST
from backend.stomics.openapi import Document, NotTold
from backend.stomics.server import ROOT

SCHEMA = "/openapi.json"
LIST, DETAIL = f"{ROOT}/datasets", f"{ROOT}/datasets/{{accession}}"
FILES, EXPRESSION = f"{DETAIL}/files", f"{DETAIL}/expression"
DOWNLOAD = f"{FILES}/{{id}}/download"
PATHS = (LIST, DETAIL, FILES, DOWNLOAD, EXPRESSION)
_NUMBERS = {"integer", "number"}
_FORM, _OPEN = "form", "a form that the schema leaves open"
# What the public page of the service says; all other points are assumed.
_KNOWN = {
    *("takes the key as bearer token", "is there", "answers 429", "takes q", "takes technology_ids", "takes page"),
    *("takes per_page", "takes sort_by=download_count", "takes sort_order=desc", "takes gene", "is a plain list"),
    *("answers with total", "answers with items", "answers with url", "a data set's accession", "a data set's title"),
    *("a file's file_type", "a file's filename", "a file's size_bytes"),
}
_WORDS = {"n_spots": "number of spots", "n_genes": "number of genes", "download_count": "number of downloads"}


def points(schema: Document) -> tuple[StomicsPoint, ...]:
    """Every point, those of a path together."""
    return tuple(replace(point, assumed=point.subject not in _KNOWN) for point in _points(schema))


def blank(path: str) -> str:
    """A path as a document's routes: without the names of its parts."""
    return path.replace("{accession}", "{}").replace("{id}", "{}")


def shape(schema: Document) -> str:
    """How an answer of expression that fits the schema would be read; "" where the schema does not tell."""
    told = schema.answer(blank(EXPRESSION))
    return " or ".join(dict.fromkeys(_shape(schema, one) for one in schema.options(told))) if told else ""


def _shape(schema: Document, told: Mapping[str, Any]) -> str:
    try:
        found = shapes.read(schema.sample(told))
    except NotTold:
        return _OPEN
    except UnknownExpressionShape:
        return f"none of the five forms (fields {_named(schema.properties(told))})"
    except BadAnswer as error:
        return f"none of the five forms ({error.message})"
    return f"{found.name} ({_FORM} {found.shape} of 5)"


def _points(schema: Document) -> Iterator[StomicsPoint]:
    yield _key(schema)
    yield StomicsPoint(f"{ROOT}{SCHEMA}", "is there", "confirmed", "it was just read")
    for path in PATHS:
        yield _there(schema, path)
        if schema.operation(blank(path)) is not None:
            yield from _of_path(schema, path)


def _of_path(schema: Document, path: str) -> Iterator[StomicsPoint]:
    answer = schema.answer(blank(path))
    yield from {LIST: _list, DETAIL: _detail, FILES: _files, DOWNLOAD: _download, EXPRESSION: _expression}[path](
        schema, answer
    )
    statuses = schema.statuses(blank(path))
    for status in ("404",) * (path != LIST) + ("422", "429"):
        yield StomicsPoint(path, f"answers {status}", "confirmed" if status in statuses else "unknown")


def _list(schema: Document, answer: Any) -> Iterator[StomicsPoint]:
    for name, kinds in (("q", {"string"}), ("technology_ids", {"string"}), ("page", _NUMBERS), ("per_page", _NUMBERS)):
        yield _parameter(schema, LIST, name, kinds)
    yield _allowed(schema, "sort_by", "download_count")
    yield _allowed(schema, "sort_order", "desc")
    yield _allowed(schema, "sort_order", "asc")
    yield _most(schema)
    yield _field(schema, LIST, answer, "total", {"integer"})
    yield _field(schema, LIST, answer, "items", {"array"})
    for name in ("page", "per_page"):
        yield _field(schema, LIST, answer, name, _NUMBERS)
    item = schema.items(schema.properties(answer).get("items"))
    for name in fields.CERTAIN:
        yield _field(schema, LIST, item, name, {"string"}, "a data set's ")
    yield from _aliases(schema, LIST, item)


def _detail(schema: Document, answer: Any) -> Iterator[StomicsPoint]:
    for name in fields.CERTAIN:
        yield _field(schema, DETAIL, answer, name, {"string"})
    yield from _aliases(schema, DETAIL, answer)


def _files(schema: Document, answer: Any) -> Iterator[StomicsPoint]:
    kinds = schema.types(answer)
    yield _verdict(FILES, "is a plain list", kinds == {"array"} if kinds else None, _told(kinds))
    item = schema.items(answer)
    for name, wanted in (("file_type", {"string"}), ("filename", {"string"}), ("size_bytes", {*_NUMBERS, "null"})):
        yield _field(schema, FILES, item, name, wanted, "a file's ")
    yield _field(schema, FILES, item, "id", {"integer"}, "a file's ")


def _download(schema: Document, answer: Any) -> Iterator[StomicsPoint]:
    yield _field(schema, DOWNLOAD, answer, "url", {"string"})


def _expression(schema: Document, answer: Any) -> Iterator[StomicsPoint]:
    yield _parameter(schema, EXPRESSION, "gene", {"string"})
    found = shape(schema) if answer else ""
    read = None if not found or _OPEN in found else f"({_FORM} " in found
    yield _verdict(EXPRESSION, "the answer can be read", read, found)


def _key(schema: Document) -> StomicsPoint:
    parts = schema.whole.get("components")
    ways = parts.get("securitySchemes") if isinstance(parts, Mapping) else None
    each = list(ways.values()) if isinstance(ways, Mapping) else []
    told = [
        f"{one.get('type')} {one.get('scheme', one.get('in', ''))}".strip() for one in each if isinstance(one, Mapping)
    ]
    right = any(one.lower() == "http bearer" for one in told) if told else None
    return _verdict("every path", "takes the key as bearer token", right, ", ".join(told)[:200])


def _there(schema: Document, path: str) -> StomicsPoint:
    right = schema.operation(blank(path)) is not None
    return _verdict(path, "is there", right, "" if right else f"not among {len(schema.routes)} paths")


def _parameter(schema: Document, path: str, name: str, kinds: set[str]) -> StomicsPoint:
    listed = schema.parameters(blank(path))
    if name not in listed:
        return _verdict(path, f"takes {name}", *_untold(listed))
    return _typed(schema, path, f"takes {name}", listed[name], kinds)


def _allowed(schema: Document, name: str, value: str) -> StomicsPoint:
    """Whether a parameter may have a value; a service that lists none leaves it open."""
    subject, listed = f"takes {name}={value}", schema.parameters(blank(LIST))
    if name not in listed:
        return _verdict(LIST, subject, *_untold(listed))
    values = next((one["enum"] for one in schema.options(listed[name]) if isinstance(one.get("enum"), list)), None)
    if values is None:
        return _verdict(LIST, subject, None, "its values are not listed")
    return _verdict(LIST, subject, value in values, f"listed: {_named(values)}")


def _most(schema: Document) -> StomicsPoint:
    told = schema.parameters(blank(LIST)).get("per_page", {})
    most = next((one["maximum"] for one in schema.options(told) if isinstance(one.get("maximum"), int)), None)
    right = None if most is None else most >= MOST
    return _verdict(LIST, f"gives up to {MOST} data sets a page", right, "" if most is None else f"at most {most}")


def _aliases(schema: Document, path: str, item: Any) -> Iterator[StomicsPoint]:
    """Each thing that is shown of a data set, by any of the names that are tried."""
    known = schema.properties(item)
    for shown, names in fields.ALIASES.items():
        found = [name for name in names if name in known]
        told = ", ".join(found) if found else f"none of {', '.join(names)}"
        what = f"a data set's {_WORDS.get(shown, shown)}"
        yield _verdict(path, what, bool(found) if known else None, told if known else "")


def _field(
    schema: Document, path: str, answer: Any, name: str, kinds: set[str], of: str = "answers with "
) -> StomicsPoint:
    known = schema.properties(answer)
    if name not in known:
        return _verdict(path, f"{of}{name}", *_untold(known))
    return _typed(schema, path, f"{of}{name}", known[name], kinds)


def _typed(schema: Document, path: str, subject: str, told: Any, kinds: set[str]) -> StomicsPoint:
    """Whether a value has a type we can read; that it may be null as well is no contradiction."""
    found = schema.types(told)
    right = bool(found - {"null"}) and found - {"null"} <= kinds
    return _verdict(path, subject, right if found else None, _told(found))


def _verdict(path: str, subject: str, right: bool | None, told: str) -> StomicsPoint:
    verdict: Verdict = "unknown" if right is None else "confirmed" if right else "contradicted"
    return StomicsPoint(path, subject, verdict, told)


def _untold(known: Mapping[str, Any]) -> tuple[bool | None, str]:
    """Of what is not there: contradicted by what is listed instead, unknown where nothing is."""
    return (False, f"not among {_named(known)}") if known else (None, "")


def _told(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds))


def _named(names: Any) -> str:
    return ", ".join(str(name)[:40] for name in list(names)[:15]) or "none"
