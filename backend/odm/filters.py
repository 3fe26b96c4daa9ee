"""ODM's filter language, and exQuery, its language for expression: always quoted, always in parentheses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from backend.errors import BadInput
from backend.model_odm import Condition

T = TypeVar("T")
ACCESSION = "genestack:accession"
AT_ONCE = 50  # accessions in one address
MOST_CHARACTERS = 4_000
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_PLAIN = re.compile(r"[^\s\"\\,()=<>!&|]+")
_WORDS = frozenset({"AND", "OR", "NOT"})
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_FEATURE = re.compile(r"(?<![\w.])(?:features?|genes?)\s*=(?!~)", re.IGNORECASE)
_MIN_VALUE = re.compile(rf"(?<![\w.])minvalue\s*=\s*({_NUMBER})", re.IGNORECASE)
_OLD = re.compile(r"(?<![\w.])(?:minvalue|maxvalue)\b", re.IGNORECASE)


def quoted(text: str) -> str:
    """A name or value as ODM reads it back: in quotes, with \\" and \\\\ escaped. Raises BadInput for an empty one."""
    if not text.strip():
        raise BadInput("A name or value of a filter is empty.", "Fill it in, or take the condition out.")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def condition(one: Condition) -> str:
    """A condition. Several values: = means any of them, != none of them. Raises BadInput (< and > take one number)."""
    if not one.values:
        raise BadInput(f"The condition on {one.attribute[:40]} has no value.", "Give a value, or take it out.")
    if one.operator in ("<", ">"):
        return f"{quoted(one.attribute)} {one.operator} {_number(one)}"
    parts = [f"{quoted(one.attribute)}{one.operator}{quoted(value)}" for value in one.values]
    return parts[0] if len(parts) == 1 else " OR ".join(parts) if one.operator == "=" else " AND ".join(parts)


def _number(one: Condition) -> str:
    text = one.values[0].strip()
    if len(one.values) != 1 or not re.fullmatch(_NUMBER, text):
        raise BadInput(f"“{one.operator}” compares {one.attribute[:40]} with one number.", "Give a number, as 12.5.")
    return text


def combined(parts: Iterable[str], any_of: bool = False) -> str:
    """Filters as one, each in parentheses; "" for none. How ODM ranks AND and OR is not told."""
    given = [part.strip() for part in parts if part.strip()]
    if any(len(part) > MOST_CHARACTERS for part in given):
        raise BadInput(f"A filter has over {MOST_CHARACTERS:,} characters.", "Make it shorter.")
    return given[0] if len(given) == 1 else (" OR " if any_of else " AND ").join(f"({part})" for part in given)


def accessions(listed: Sequence[str]) -> str:
    """A filter for objects by their accession; "" for none."""
    named = [one.strip() for one in listed if one.strip()]
    return condition(Condition(ACCESSION, "=", tuple(named))) if named else ""


def chunks(listed: Sequence[T], size: int = AT_ONCE) -> Iterator[tuple[T, ...]]:
    """A long list in pieces without repeats; one empty piece for an empty list."""
    once = tuple(dict.fromkeys(listed))
    for start in range(0, max(1, len(once)), size):
        yield once[start : start + size]


def ex_query(genes: Sequence[str], threshold: float | None) -> str:
    """exQuery for any of these features, with values from a threshold on. "" for neither."""
    named = [one.strip() for one in genes if one.strip()]
    clauses = [f"feature={','.join(_feature(one) for one in named)}"] if named else []
    if threshold is not None:
        if not np.isfinite(threshold):
            raise BadInput("The least value is not a number.", "Give a number, as 4.")
        clauses.append(f"value >= {np.format_float_positional(threshold, trim='-')}")
    return " ".join(clauses)


def _feature(name: str) -> str:
    plain = _PLAIN.fullmatch(name) is not None and name.upper() not in _WORDS
    return name if plain else quoted(name)


def translated(text: str) -> str:
    """exQuery in present words: `Feature=X MinValue=200` and `Gene=X` as older servers took them are read too.

    What stands in quotes, and everything else, stays. Raises BadInput for a MinValue that is no number.
    """
    pieces, last = [], 0
    for found in _QUOTED.finditer(text):
        pieces += [_renewed(text[last : found.start()]), found.group()]
        last = found.end()
    whole = "".join([*pieces, _renewed(text[last:])])
    return whole.strip()


def _renewed(text: str) -> str:
    renewed = _MIN_VALUE.sub(r"value >= \1", _FEATURE.sub("feature=", text))
    if _OLD.search(renewed):
        raise BadInput("MinValue is not followed by a number.", "Write it as in feature=CD36 value >= 4.")
    return renewed
