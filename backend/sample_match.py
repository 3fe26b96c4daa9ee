"""The tree of a sample search, and what it matches: whole words, without case or accents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.errors import BadInput

SNIPPET = 120  # characters

Mask = npt.NDArray[np.bool_]
_Column = tuple[npt.NDArray[np.intp], list[str]]  # for each row its text's place; the different texts, folded

_WORD = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+")  # a separate accent does not split a word
_ACCENT = re.compile(r"[\u0300-\u036f]")
_NOT_ASCII_WORD = {code: " " for code in range(128) if not chr(code).isalnum()}


@dataclass(frozen=True)
class Term:
    """Words next to each other, folded. prefix: the last may go on. field: only there, None: anywhere."""

    words: tuple[str, ...]
    prefix: bool = False
    field: str | None = None


@dataclass(frozen=True)
class Not:
    """Stands only as a part of an And beside at least one part that is not a Not."""

    part: Node


@dataclass(frozen=True)
class And:
    """All of two or more parts, none of them an And."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    """Any of two or more parts, none of them an Or, a Not, or an And of nothing but Nots."""

    parts: tuple[Node, ...]


Node = Term | And | Or | Not


@dataclass(frozen=True)
class Match:
    """Where a record matched. snippet: about 120 characters; spans: (start, end) of the words in it."""

    field: str
    snippet: str
    spans: tuple[tuple[int, int], ...]


def search(records: pd.DataFrame, node: Node) -> Mask:
    """Which rows of `records` the query matches, (rows,). Every column is searched as text.

    Raises BadInput when the query names a field that is not a column.
    """
    columns = [(str(name), _column(records.iloc[:, i])) for i, name in enumerate(records.columns)]
    return _evaluate(node, columns, len(records))


def first_match(record: Mapping[str, Any], node: Node) -> Match:
    """The first field, in the record's order, that a positive term of the query matches.

    A term that names no field goes first: a field mostly narrows what the other words look for.
    The snippet surrounds the first match; its spans cover every word matched by any positive term.
    A record that no positive term matches gives Match("", "", ()).
    """
    wanted = terms(node)
    fallback: Match | None = None
    for field, value in record.items():
        words = list(_words(text := _text(value)))
        found = {term: list(_spans(term, words)) for term in wanted if term.field in (None, field)}
        if spans := sorted({span for places in found.values() for span in places}):
            if any(places for term, places in found.items() if term.field is None):
                return snippet(field, text, spans)
            fallback = fallback or snippet(field, text, spans)
    return fallback or Match("", "", ())


def terms(node: Node) -> tuple[Term, ...]:
    """The terms a match can rest on, those under NOT left out, in order, each once."""
    if isinstance(node, Term):
        return (node,)
    if isinstance(node, Not):
        return ()
    return tuple(dict.fromkeys(term for part in node.parts for term in terms(part)))


def fold(word: str) -> str:
    """A word as it is compared: NFKC, case-folded, without accents."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", plain)))


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    """Folded words of a text with their start and end in it."""
    for found in _WORD.finditer(text):
        for part in _WORD.findall(fold(found.group())):  # one character may fold to several words, as ½ does
            yield part, found.start(), found.end()


def folded_words(text: str) -> tuple[str, ...]:
    return tuple(word for word, _, _ in _words(text))


def _column(values: pd.Series[Any]) -> _Column:
    codes, texts = pd.factorize(np.array([_text(value) for value in values], dtype=object))
    return codes, [_spaced(text) for text in texts]


def _evaluate(node: Node, columns: Sequence[tuple[str, _Column]], rows: int) -> Mask:
    if isinstance(node, Not):
        return ~_evaluate(node.part, columns, rows)
    if isinstance(node, And | Or):
        parts = [_evaluate(part, columns, rows) for part in node.parts]
        return np.asarray(np.all(parts, axis=0) if isinstance(node, And) else np.any(parts, axis=0))
    asked = [column for name, column in columns if node.field in (None, name)]
    if not asked and node.field is not None:
        raise BadInput(f"These samples have no field {node.field}.", "Search without naming the field.")
    needle = " " + " ".join(node.words) + " " * (not node.prefix)
    found = np.zeros(rows, np.bool_)
    for codes, texts in asked:
        found |= np.array([needle in text for text in texts], np.bool_)[codes]
    return found


def folded(text: str) -> str:
    """The folded words of a text with one blank between them."""
    quick = text.isascii()  # the same words, ten times faster
    return " ".join(text.lower().translate(_NOT_ASCII_WORD).split() if quick else folded_words(text))


def _spaced(text: str) -> str:
    """The folded words with one blank before, between and after them."""
    return f" {folded(text)} "


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if pd.api.types.is_scalar(value) and pd.isna(value) else str(value)


def _spans(term: Term, words: Sequence[tuple[str, int, int]]) -> Iterator[tuple[int, int]]:
    """Where the words of a term stand, word by word."""
    size = len(term.words)
    for i in range(len(words) - size + 1):
        run = words[i : i + size]
        found = [word for word, _, _ in run]
        if term.prefix:
            found[-1] = found[-1][: len(term.words[-1])]
        if tuple(found) == term.words:
            yield from ((start, end) for _, start, end in run)


def snippet(field: str, text: str, spans: Sequence[tuple[int, int]]) -> Match:
    """At most SNIPPET characters around the first of the ascending spans, cut at blanks where there are some."""
    text = re.sub(r"\s", " ", text)
    first, last = spans[0]
    begin, end = 0, len(text)
    if end > SNIPPET:
        room = SNIPPET - 2  # for an ellipsis on either side
        begin = max(0, min(first - room // 3, end - room))
        end = min(end, begin + room)
    if begin > 0:
        begin = text.find(" ", begin, first) + 1 or begin
    if end < len(text) and (blank := text.rfind(" ", last, end)) > 0:
        end = blank
    lead, tail = "…" * (begin > 0), "…" * (end < len(text))
    shift = len(lead) - begin
    shown = tuple((a + shift, min(b, end) + shift) for a, b in spans if begin <= a < end)
    return Match(field, lead + text[begin:end] + tail, shown)
