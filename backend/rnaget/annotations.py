"""Records of v0.1.0 that are not matrices: files, changes, and annotations of sequences, each from its JSON object."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from backend.errors import BadAnswer
from backend.model import ContinuousAnnotation, Feature, RnagetChanges, RnagetFile, SequenceAnnotation

MOST_PLACE = 10**15
STRANDS = ("+", "-", ".", "?")
_HINT = "Tell those who run the server."


def sequence_annotation(found: Any) -> SequenceAnnotation:
    """Raises BadAnswer naming the field that is missing or wrong, as all of these do."""
    one = _object(found, "sequence annotation")
    return SequenceAnnotation(*_head(one), _text(one, "name"), _needed(one, "referenceGenomeID"))


def feature(found: Any) -> Feature:
    """A feature; its end is not before its start."""
    one = _object(found, "feature")
    start, end = _place(one, "start"), _place(one, "end")
    if end < start:
        raise BadAnswer(f"A feature ends at {end:,} before its start {start:,}.", _HINT)
    pairs = (text.partition(":") for text in _texts(one, "attributes"))
    return Feature(
        *_head(one),
        accession=_needed(one, "accession"),
        name=_text(one, "name"),
        sequence=_needed(one, "seqName"),
        start=start,
        end=end,
        strand=_strand(one),
        kind=_needed(one, "featureType"),
        parent=_text(one, "parentID"),
        children=_texts(one, "childIDs"),
        attributes=tuple((key.strip(), value.strip()) for key, _, value in pairs),
    )


def continuous_annotation(found: Any) -> ContinuousAnnotation:
    """One value a base."""
    one = _object(found, "continuous annotation")
    values = one.get("values")
    if not isinstance(values, list):
        raise BadAnswer("A continuous annotation has no values.", _HINT)
    return ContinuousAnnotation(
        *_head(one),
        name=_text(one, "name"),
        sequence=_needed(one, "seqName"),
        start=_place(one, "start", usual=0),
        strand=_strand(one),
        values=tuple(_number(value) for value in values),
    )


def file(found: Any) -> RnagetFile:
    """A file; its address stands under URL."""
    one = _object(found, "file")
    name = "URL" if "URL" in one else "url"
    address = _needed(one, name)
    return RnagetFile(*_head(one), kind=_text(one, "fileType"), study=_text(one, "studyID"), url=address)


def changes(found: Any) -> RnagetChanges:
    """What changed with a version."""
    one = _object(found, "change log")
    return RnagetChanges(_needed(one, "version"), _texts(one, "log"))


def _object(found: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(found, Mapping):
        raise BadAnswer(f"A {what} should be an object; a {type(found).__name__} came.", _HINT)
    return found


def _head(one: Mapping[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    return _needed(one, "id"), _text(one, "version"), _texts(one, "tags")


def _text(one: Mapping[str, Any], name: str) -> str:
    value = one.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadAnswer(f"{name} of the server is no text.", _HINT)
    return str(value)


def _needed(one: Mapping[str, Any], name: str) -> str:
    value = _text(one, name)
    if not value:
        raise BadAnswer(f"A record of the server has no {name}.", _HINT)
    return value


def _texts(one: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = one.get(name) or []
    if not isinstance(value, list) or not all(isinstance(text, str | int | float) for text in value):
        raise BadAnswer(f"{name} of the server is no list of texts.", _HINT)
    return tuple(str(text) for text in value)


def _place(one: Mapping[str, Any], name: str, usual: int | None = None) -> int:
    value = one.get(name, usual)
    value = usual if value is None else value
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_PLACE:
        what = "has no" if value is None else "has a wrong"
        raise BadAnswer(f"A record of the server {what} {name}: a whole number from 0 is due.", _HINT)
    return value


def _strand(one: Mapping[str, Any]) -> str:
    value = _text(one, "strand") or "+"
    if value not in STRANDS:
        raise BadAnswer(f"“{value[:20]}” is no strand.", _HINT)
    return value


def _number(value: Any) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadAnswer("values of the server holds something that is no number.", _HINT)
    try:
        return float(value)
    except OverflowError as error:
        raise BadAnswer("values of the server holds a number without sense.", _HINT) from error
