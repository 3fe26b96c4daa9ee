"""Samples against a template, in the words that Genestack ODM uses. Nothing here is in the way of an import."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from backend.model_study import Invalid, Validation
from backend.study_files.tables import AttributeTable, texts
from backend.study_files.template import TYPES, Attribute, Dictionary, Template, Type

ALWAYS_VALID = ("Not applicable", "Not recorded")
_SKIPPED_NAME = "genestack:accession"  # given by the system
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
_LINK = re.compile(r"(https?|ftp|s3)://\S+", re.IGNORECASE)
_VENDOR_TYPES = {known: vendor for vendor, known in TYPES.items()}
_Problem = tuple[str | None, str, str]  # value, error, message


def validate(template: Template, groups: Mapping[str, AttributeTable]) -> Validation:
    """groups: tables of samples by the accession (or file name) of their group. Equal values are counted together."""
    wanted = [one for one in template.of("samples") if one.name != _SKIPPED_NAME]
    invalid: list[Invalid] = []
    for group, table in groups.items():
        for attribute in wanted:
            invalid += _checked(group, table, attribute, template.dictionaries.get(attribute.dictionary))
    return Validation(tuple(invalid), _skipped(wanted, template, groups))


def fits(value: str, kind: Type) -> bool:
    """Whether a text is of a type: whole and decimal numbers with a point, true or false, ISO dates, links."""
    if kind == "integer":
        return _WHOLE.fullmatch(value) is not None
    if kind == "decimal":
        return _DECIMAL.fullmatch(value) is not None and math.isfinite(float(value))
    if kind == "boolean":
        return value.casefold() in ("true", "false")
    if kind == "date-time":
        return _is_date(value)
    return kind == "text" or _LINK.fullmatch(value) is not None


def _is_date(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _checked(group: str, table: AttributeTable, attribute: Attribute, words: Dictionary | None) -> list[Invalid]:
    """What the samples of a group break of one attribute, the most frequent first."""
    if attribute.name not in table:
        if not attribute.required:
            return []
        message = f'The required attribute "{attribute.name}" is not present'
        return [Invalid(group, attribute.name, None, len(table.rows), "MISSING_ATTRIBUTE", message)]
    counts: dict[_Problem, int] = {}
    for cell in table.column(attribute.name):
        for problem in _problems(texts(cell), attribute, words):
            counts[problem] = counts.get(problem, 0) + 1
    found = sorted(counts.items(), key=lambda one: -one[1])
    return [Invalid(group, attribute.name, value, n, error, message) for (value, error, message), n in found]


def _problems(values: tuple[str, ...], attribute: Attribute, words: Dictionary | None) -> Iterator[_Problem]:
    if not values and attribute.required:
        message = f'The value for required attribute "{attribute.name}" is not present'
        yield None, "VALUE_NOT_SET", message
    for value in values:
        if value in ALWAYS_VALID:
            continue
        if not fits(value, attribute.type):
            message = (
                f'Value "{attribute.name}" should have "{_VENDOR_TYPES[attribute.type]}" type, '
                f'but has "{_VENDOR_TYPES["text"]}" type'
            )
            yield value, "TYPE_NOT_MATCH", message
        elif words is not None and value not in words.labels:
            yield _unknown_word(value, attribute.name, words)


def _unknown_word(value: str, name: str, words: Dictionary) -> _Problem:
    start = f'The value "{value}" for attribute "{name}" is'
    if meant := words.synonyms.get(value.casefold()):
        told = f'a synonym in the controlled vocabulary "{words.name}". Did you mean one of [{", ".join(meant)}]?'
        return value, "SYNONYM_ATTRIBUTE", f"{start} {told}"
    return value, "VOCABULARY_NOT_FOUND", f'{start} not present in the controlled vocabulary "{words.name}".'


def _skipped(wanted: list[Attribute], template: Template, groups: Mapping[str, AttributeTable]) -> tuple[str, ...]:
    """Vocabularies that are not at hand, of attributes that some group has."""
    return tuple(
        f"{one.name}: the vocabulary “{one.dictionary}” is not at hand, so its values were not checked."
        for one in wanted
        if one.dictionary
        and one.dictionary not in template.dictionaries
        and any(one.name in table for table in groups.values())
    )
