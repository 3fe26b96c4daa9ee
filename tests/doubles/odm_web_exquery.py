"""The language of exQuery: `feature=CD36,CPT1A value >= 4`, and the older `Feature=CD36 MinValue=4`."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.doubles.odm_web_grammar import Condition, Reader, SyntaxFault, Token, wildcard

_ORDER: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_FIELDS = ("feature", "gene", "value", "minvalue")


@dataclass
class Cell:
    """A row of a matrix, and the value of one run in it. values: measurement: number; None: not looked at yet."""

    feature: dict[str, Any]
    values: dict[str, float] | None


def expression_query(text: str) -> Condition:
    """The condition of an exQuery, to be asked about a Cell. Raises SyntaxFault."""
    return Reader(text, _clause, "AND").condition()


def _clause(reader: Reader) -> Condition:
    first = _operand(reader)
    sign = reader.take("op").text
    second = _operand(reader)
    parts = []
    if not _field(first):
        if not _field(second) or sign not in _ORDER:
            raise SyntaxFault("feature or value is missing")
        parts.append(_compared(second[0], _TURNED[sign], first))
        if reader.next.kind == "op":
            sign = reader.take("op").text
            parts.append(_compared(second[0], sign, _operand(reader)))
    else:
        parts.append(_compared(first[0], sign, second))
    return parts[0] if len(parts) == 1 else lambda cell: _both(parts[0](cell), parts[1](cell))


def _both(one: bool | None, other: bool | None) -> bool | None:
    return False if False in (one, other) else None if None in (one, other) else True


def _operand(reader: Reader) -> list[Token]:
    """Words set apart by commas."""
    found = [reader.take("word")]
    while reader.next.text == "," and reader.next.kind == "sign":
        reader.take()
        found.append(reader.take("word"))
    return found


def _field(words: list[Token]) -> bool:
    head = words[0].text.partition(".")[0].lower()
    return len(words) == 1 and not words[0].quoted and head in _FIELDS


def _compared(field: Token, sign: str, words: list[Token]) -> Condition:
    head, _, name = field.text.partition(".")
    if head.lower() == "minvalue":
        sign, head = ">=", "value"
    if head.lower() == "value":
        test = _value_test(sign, words)
        return lambda cell: None if cell.values is None else any(map(test, _measured(cell.values, name)))
    test = _feature_test(sign, words)
    return lambda cell: test(_named(cell.feature, name))


def _measured(values: dict[str, float], name: str) -> list[float]:
    found = [value for key, value in values.items() if not name or key == name]
    return found or [math.nan]


def _named(feature: dict[str, Any], name: str) -> Any:
    return feature.get(name) if name else next(iter(feature.values()))


def _value_test(sign: str, words: list[Token]) -> Callable[[float], bool]:
    null = any(word.text.lower() == "null" for word in words)
    numbers = [_number(word.text) for word in words if word.text.lower() != "null"]
    if sign in _ORDER:
        if not numbers:
            raise SyntaxFault(f"{sign} needs a number")
        return lambda value: not math.isnan(value) and _ORDER[sign](value, numbers[0])
    if sign == "=":
        return lambda value: value in numbers or (null and math.isnan(value))
    if sign == "!=":
        return lambda value: value not in numbers and not (null and math.isnan(value))
    raise SyntaxFault(f"{sign} does not go with value")


def _feature_test(sign: str, words: list[Token]) -> Callable[[Any], bool]:
    texts = [word.text for word in words]
    if sign in _ORDER:
        limit = _number(texts[0])
        return lambda found: isinstance(found, (int, float)) and _ORDER[sign](found, limit)
    if sign == "=~":
        return lambda found: found is not None and any(text in str(found) for text in texts)
    if sign not in ("=", "!="):
        raise SyntaxFault(f"{sign} does not go with feature")
    equal = sign == "="
    return lambda found: _among(found, texts) is equal


def _among(found: Any, texts: list[str]) -> bool:
    if found is None:
        return "null" in texts
    if isinstance(found, (int, float)):
        return any(_number(text) == found for text in texts if text != "null")
    return any(re.fullmatch(wildcard(text), found) for text in texts)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise SyntaxFault(f"{text!r} is no number") from None
