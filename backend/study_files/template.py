"""Templates: which attributes a study, its samples and its data should have, and which values are known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from backend.errors import BadAnswer, BadInput
from backend.model_study import Kind
from backend.study_files.unpack import opened

Type = Literal["text", "integer", "decimal", "boolean", "date-time", "link"]
DEFAULT = Path(__file__).parents[2] / "data" / "templates" / "default.json"
MOST_BYTES = 4 << 20
METAINFO = "com.genestack.api.metainfo."
TYPES: dict[str, Type] = {
    f"{METAINFO}StringValue": "text",
    f"{METAINFO}IntegerValue": "integer",
    f"{METAINFO}DecimalValue": "decimal",
    f"{METAINFO}BooleanValue": "boolean",
    f"{METAINFO}DateTimeValue": "date-time",
    f"{METAINFO}ExternalLink": "link",
}
KINDS: dict[str, Kind] = {
    "study": "study",
    "genestack:sampleObject": "samples",
    "genestack:libraryObject": "libraries",
    "genestack:preparationObject": "preparations",
    "genestack:transcriptomicsParent": "expression",
}
_FORM = "A template is a list of attributes, each with name, isRequired, metainfoType and dataType."


@dataclass(frozen=True)
class Attribute:
    """An attribute of one kind of object. dictionary: the name of its vocabulary, "" for none."""

    kind: Kind
    name: str
    type: Type = "text"
    required: bool = False
    read_only: bool = False
    dictionary: str = ""
    description: str = ""


@dataclass(frozen=True)
class Dictionary:
    """A vocabulary. labels: preferred. synonyms: case-folded, each with the labels it may mean."""

    name: str
    labels: tuple[str, ...]
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Template:
    """dictionaries: those that are at hand; a vocabulary without one here cannot be checked."""

    name: str
    attributes: tuple[Attribute, ...]
    dictionaries: Mapping[str, Dictionary] = field(default_factory=dict)

    def of(self, kind: Kind) -> tuple[Attribute, ...]:
        """The attributes of a kind, in the order of the template."""
        return tuple(one for one in self.attributes if one.kind == kind)


@cache
def default() -> Template:
    """The bundled default template. Raises BadAnswer when its file is damaged."""
    try:
        return read(DEFAULT.read_bytes(), "Default template")
    except (OSError, BadInput) as error:
        raise BadAnswer("The bundled template cannot be read.", "Install the program again.") from error


def read(body: bytes, name: str) -> Template:
    """A template file: the list of attributes of the vendor, or {"attributes": [...], "dictionaries": {...}}.

    A dictionary is {"label": [synonyms]}. Attributes of kinds that are not known here are left out. Raises BadInput.
    """
    if len(body) > MOST_BYTES:
        raise BadInput(f"{name} is too large for a template.", _FORM)
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise BadInput(f"{name} is not JSON.", _FORM, line=line) from error
    listed, known = (told.get("attributes"), told.get("dictionaries", {})) if isinstance(told, dict) else (told, {})
    if not isinstance(listed, list) or not isinstance(known, dict):
        raise BadInput(f"{name} is not a template.", _FORM)
    found = [_attribute(one, place, name) for place, one in enumerate(listed, start=1)]
    attributes = tuple(one for one in found if one is not None)
    _check_unique(attributes, name)
    return Template(name, attributes, {one: _dictionary(one, words, name) for one, words in known.items()})


def read_file(path: Path, name: str) -> Template:
    """The template in a file. Raises as `read`, and Unavailable when it cannot be read."""
    with opened(path, name, 4 * MOST_BYTES) as stream:
        return read(stream.read(MOST_BYTES + 1), name)


def _attribute(told: Any, place: int, name: str) -> Attribute | None:
    """One entry, None for a kind of object that is not known here."""
    if not isinstance(told, dict):
        raise BadInput(f"Entry {place} of {name} is not an attribute.", _FORM)
    for key, wanted in (("name", str), ("isRequired", bool), ("metainfoType", str), ("dataType", str)):
        if not isinstance(told.get(key), wanted):
            raise BadInput(f"Entry {place} of {name} has no proper {key}.", _FORM, column=key)
    title, kind, kept = told["name"].strip(), told["dataType"], told["metainfoType"]
    if not title or kept not in TYPES:
        what = f"the type {kept[:80]}, which is not known" if title else "no name"
        raise BadInput(f"Entry {place} of {name} has {what}.", _FORM)
    if kind not in KINDS:
        return None
    return Attribute(
        KINDS[kind],
        title,
        TYPES[kept],
        told["isRequired"],
        told.get("isReadOnly") is True,
        str(told.get("dictionaryName") or ""),
        str(told.get("description") or ""),
    )


def _check_unique(attributes: tuple[Attribute, ...], name: str) -> None:
    seen: set[tuple[str, str]] = set()
    for one in attributes:
        if (one.kind, one.name) in seen:
            raise BadInput(f"{name} has the attribute “{one.name}” of {one.kind} twice.", "Take one out.")
        seen.add((one.kind, one.name))


def _dictionary(name: str, words: Any, file: str) -> Dictionary:
    if not isinstance(words, dict) or not all(
        isinstance(of, list) and all(isinstance(one, str) for one in of) for of in words.values()
    ):
        raise BadInput(f"The dictionary “{name}” of {file} is not a table of labels and synonyms.", _FORM)
    synonyms: dict[str, tuple[str, ...]] = {}
    for label, others in words.items():
        for one in others:
            synonyms[one.casefold()] = (*synonyms.get(one.casefold(), ()), label)
    return Dictionary(name, tuple(words), synonyms)
