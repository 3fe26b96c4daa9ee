"""Changes of metadata: what a patch may hold."""

from __future__ import annotations

import math
from collections.abc import Mapping

from backend.errors import BadInput
from backend.model_odm_import import OdmValue

MOST_ATTRIBUTES = 500
MOST_NAME, MOST_VALUE = 255, 100_000  # characters
RESERVED = ("genestack:accession", "groupId")
Json = str | int | float | bool | list[str] | None


def checked_patch(values: Mapping[str, OdmValue]) -> dict[str, Json]:
    """The body of a patch. None deletes an attribute; the text "null" is a text. Raises BadInput."""
    if not values:
        raise BadInput("Nothing is to be changed.", "Name an attribute and its value.")
    if len(values) > MOST_ATTRIBUTES:
        raise BadInput(f"{len(values):,} attributes; the cap is {MOST_ATTRIBUTES}.", "Change fewer at once.")
    found = {_name(name): _value(name, value) for name, value in values.items()}
    if len(found) != len(values):
        raise BadInput("An attribute is named twice.", "Names are the same without blanks around them.")
    return found


def _name(name: str) -> str:
    text = name.strip()
    if not text or len(text) > MOST_NAME or not text.isprintable():
        raise BadInput(f"“{text[:40]}” is not the name of an attribute.", f"Names have 1 to {MOST_NAME} characters.")
    if text in RESERVED:
        raise BadInput(f"{text} is given by the server.", "Change another attribute.")
    return text


def _value(name: str, value: OdmValue) -> Json:
    if isinstance(value, tuple):
        return [_text(name, one) for one in value]
    if isinstance(value, str):
        return _text(name, value)
    if isinstance(value, float) and not math.isfinite(value):
        raise BadInput(f"The value of {name[:40]} is not a number.", "Give a number, or delete it.")
    return value


def _text(name: str, value: str) -> str:
    text = value.strip()
    if not text:
        raise BadInput(f"{name[:40]} would be empty.", "Delete the attribute instead, or fill it in.")
    if len(text) > MOST_VALUE:
        raise BadInput(f"The value of {name[:40]} is too long.", f"The cap is {MOST_VALUE:,} characters.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadInput(f"The value of {name[:40]} holds half a character.", "Type it anew.") from error
    return text
