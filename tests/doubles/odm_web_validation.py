"""The validation summary of the samples of a study, made anew from their template at every request."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.doubles.http_exchange import Answer
from tests.doubles.odm_web_paths import Asked, Routes, Wrong
from tests.doubles.odm_web_switches import Switches
from tests.doubles.odm_web_templates import DICTIONARIES, SAMPLE, STUDY, TEMPLATES, Attribute
from tests.doubles.odm_web_world import ACCESSION, Thing, World

_ALWAYS = ("Not applicable", "Not recorded")
_PACKAGE = "com.genestack.api.metainfo."
_Error = tuple[str, str]  # type, message


class Validation:
    def __init__(self, world: World, switches: Switches, routes: Routes) -> None:
        self.world = world
        self.switches = switches
        routes.add("GET", "as-curator/integration/studies/{id}/validation-summary", self.summary)

    def summary(self, asked: Asked) -> Answer:
        own = asked.parts["id"]
        if own not in self.world.things or self.world.things[own].kind != STUDY:
            raise Wrong(500, f"Object '{own}' could not be found")
        return Answer.json({"samples": invalid(self.world, own, self.switches)})


def invalid(world: World, study: str, switches: Switches) -> list[dict[str, Any]]:
    """The groups with invalid attributes."""
    groups: dict[str, list[Thing]] = {}
    for one in world.samples_in(study):
        groups.setdefault(one.group, []).append(one)
    found = []
    for group, samples in groups.items():
        attributes = []
        for attribute in TEMPLATES[samples[0].template][SAMPLE]:
            values = [] if attribute.name == ACCESSION else _values(attribute, samples, switches)
            if values:
                attributes.append({"attributeName": attribute.name, "attributeInvalidValues": values})
        if attributes:
            found.append({"groupAccession": group, "attributes": attributes})
    return found


def _values(attribute: Attribute, samples: list[Thing], switches: Switches) -> list[dict[str, Any]]:
    """Equal values together, with their number."""
    as_object = switches.validation_value == "object"
    there = any(attribute.name in sample.metadata for sample in samples)
    if attribute.required and not there and switches.absent != "VALUE_NOT_SET":
        error = {"errorType": switches.absent, "errorMessage": f'Required attribute "{attribute.name}" is missing'}
        return [{"value": None, "count": len(samples), "errors": [error]}]
    counted: dict[str, dict[str, Any]] = {}
    for sample in samples:
        value = sample.metadata.get(attribute.name)
        for one in value if isinstance(value, list) else [value]:
            errors = _errors(attribute, one)
            if errors:
                shown = {"value": one} if as_object and one is not None else one
                told = [{"errorType": kind, "errorMessage": message} for kind, message in errors]
                entry = counted.setdefault(json.dumps(one), {"value": shown, "count": 0, "errors": told})
                entry["count"] += 1
    return list(counted.values())


def _errors(attribute: Attribute, value: Any) -> list[_Error]:
    name = attribute.name
    if value in (None, ""):
        text = f'The value for required attribute "{name}" is not present'
        return [("VALUE_NOT_SET", text)] if attribute.required else []
    if value in _ALWAYS:
        return []
    if not _has_type(attribute.kind, value):
        kind, has = (f"{_PACKAGE}{one}" for one in (_class(attribute.kind), "StringValue"))
        return [("TYPE_NOT_MATCH", f'Value "{name}" should have "{kind}" type, but has "{has}" type')]
    terms = DICTIONARIES.get(attribute.dictionary)
    if terms is None or value in terms:
        return []
    labels = [label for label, synonyms in terms.items() if value in synonyms]
    text = f'The value "{value}" for attribute "{name}" is'
    own = f'controlled vocabulary "{attribute.dictionary}".'
    if labels:
        return [("SYNONYM_ATTRIBUTE", f"{text} a synonym in the {own} Did you mean one of [{', '.join(labels)}]?")]
    return [("VOCABULARY_NOT_FOUND", f"{text} not present in the {own}")]


def _class(kind: str) -> str:
    return kind if kind == "ExternalLink" else f"{kind}Value"


def _has_type(kind: str, value: Any) -> bool:
    if kind in ("Decimal", "Integer"):
        return isinstance(value, (int, float))
    if kind == "ExternalLink":
        return re.match(r"(https?|s3|ftp)://", str(value)) is not None
    return kind != "DateTime" or re.match(r"\d{4}-\d\d-\d\d", str(value)) is not None
