"""The template that came with a study, kept as JSON that ODM's reader understands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from backend.own import place
from backend.own.study import Study
from backend.study_files import template
from backend.study_files.template import Dictionary, Template

FILE = "template.json"
_TYPES = {kind: name for name, kind in template.TYPES.items()}
_KINDS = {kind: name for name, kind in template.KINDS.items()}


def write(folder: Path, found: Template | None) -> str:
    """Keep a template with the study; the name of its file, "" for none."""
    if found is None:
        return ""
    content = {
        "name": found.name,
        "attributes": [_attribute(one) for one in found.attributes],
        "dictionaries": {name: _words(one) for name, one in found.dictionaries.items()},
    }
    place.write_json(folder / FILE, content)
    return FILE


def of(study: Study) -> Template:
    """The template of a study: its own, else the bundled one. Raises BadAnswer, BadInput."""
    if not study.manifest.template:
        return template.default()
    path = study.path(study.manifest.template)
    name = str(place.read_json(path).get("name") or "Template of the study")
    return template.read(path.read_bytes(), name)


def _attribute(one: template.Attribute) -> dict[str, Any]:
    return {
        "dataType": _KINDS[one.kind],
        "name": one.name,
        "isRequired": one.required,
        "isReadOnly": one.read_only,
        "metainfoType": _TYPES[one.type],
        "dictionaryName": one.dictionary,
        "description": one.description,
    }


def _words(one: Dictionary) -> dict[str, list[str]]:
    """The synonyms of each label."""
    return {label: [word for word, labels in one.synonyms.items() if label in labels] for label in one.labels}
