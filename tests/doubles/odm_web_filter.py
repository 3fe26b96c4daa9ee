"""Filters and full text over the metadata of ODM objects."""

from __future__ import annotations

import re

from tests.doubles.odm_web_grammar import Condition, Reader, SyntaxFault, wildcard
from tests.doubles.odm_web_templates import DICTIONARIES, NARROWER
from tests.doubles.odm_web_world import Metadata

_OPERATORS = ("=", "!=", "<", ">")


def filtered(text: str) -> Condition:
    """The condition of a filter, to be asked about metadata. Raises SyntaxFault."""
    return Reader(text, _comparison, "OR").condition()


def full_text(text: str, specific: bool = False) -> Condition:
    """The condition of a query. specific: narrower terms of dictionaries match too. Raises SyntaxFault."""
    plain = re.sub(r",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", " OR ", text)
    return Reader(plain, lambda reader: _term(reader, specific), "OR").condition()


def _comparison(reader: Reader) -> Condition:
    name = reader.take("word")
    if reader.next.kind != "op":
        return _contains([name.text])
    operator = reader.take("op").text
    if operator not in _OPERATORS:
        raise SyntaxFault(f"{operator} is no operator of filters")
    value = reader.take("word").text
    if operator in "<>":
        limit = _number(value)
        if limit is None:
            raise SyntaxFault(f"{value!r} is no number")
        return lambda metadata: _compares(metadata.get(name.text), operator, limit)
    pattern = re.compile(wildcard(value), re.DOTALL)
    equal = operator == "="
    return lambda metadata: _equals(metadata.get(name.text), pattern) is equal


def _equals(value: object, pattern: re.Pattern[str]) -> bool:
    return any(pattern.fullmatch(one) is not None for one in _texts(value))


def _compares(value: object, operator: str, limit: float) -> bool:
    numbers = [found for one in _texts(value) if (found := _number(one)) is not None]
    return any(one > limit if operator == ">" else one < limit for one in numbers)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(one) for one in values if one is not None]


def _term(reader: Reader, specific: bool) -> Condition:
    word = reader.take("word").text
    words = [word, *_meanings(word)]
    if specific:
        words += [narrower for one in list(words) for narrower in NARROWER.get(one.lower(), ())]
    return _contains(words)


def _meanings(word: str) -> list[str]:
    """The label of a synonym, and the synonyms of a label."""
    found: list[str] = []
    for terms in DICTIONARIES.values():
        for label, synonyms in terms.items():
            names = [label, *synonyms]
            if word.lower() in [name.lower() for name in names]:
                found += names
    return found


def _contains(words: list[str]) -> Condition:
    pattern = re.compile("|".join(rf"(?<!\w){wildcard(one)}(?!\w)" for one in words), re.IGNORECASE)

    def found(metadata: Metadata) -> bool:
        return any(pattern.search(text) is not None for value in metadata.values() for text in _texts(value))

    return found
