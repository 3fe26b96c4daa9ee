"""Searches of words put to ARCHS4, which knows one text at a time: AND, OR and NOT are taken from the sets it gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from backend.errors import BadInput, TooLarge
from backend.sample_match import And, Match, Node, Not, Or, Term, snippet, terms

MOST_TERMS = 12  # requests of one search
FIELDS = ("title", "source", "characteristics", "series", "sample")
_SAMPLE = re.compile(r"GSM\d+")
_LIST = re.compile(r"[\s,;]*GSM\d+(?:[\s,;]+GSM\d+)*[\s,;]*", re.IGNORECASE)
_ACCESSION = re.compile(r"(?:gs[em]|sr[rxsp])\d+")
Lookup = Callable[[str, bool], list[str]]  # text, whether it is a regular expression -> accessions


def found(node: Node, lookup: Lookup) -> list[str]:
    """Accessions that match the query, in the order of the first text that finds them; named samples as they are named.

    Raises TooLarge over MOST_TERMS texts.
    """
    if (named := accessions(node)) is not None:
        return named
    asked = terms(node)
    if len(asked) > MOST_TERMS:
        raise TooLarge(f"{len(asked)} words or phrases; the live search takes up to {MOST_TERMS}.", "Use fewer.")
    return list(_evaluated(node, lookup))


def accessions(node: Node) -> list[str] | None:
    """The samples a list of GSM accessions names; None for any other query."""
    parts = node.parts if isinstance(node, Or) else (node,)
    names = ["".join(part.words).upper() for part in parts if isinstance(part, Term) and not part.prefix]
    return names if len(names) == len(parts) and all(map(_SAMPLE.fullmatch, names)) else None


def listed(query: str) -> list[str] | None:
    """The samples of a query that is nothing but a list of them, however long; None for any other query."""
    if not _LIST.fullmatch(query):
        return None
    return list(dict.fromkeys(name.upper() for name in _SAMPLE.findall(query.upper())))


def text(term: Term) -> tuple[str, bool]:
    """A term as ARCHS4 takes it: a word as it is, accessions in capitals, several words as a regular expression."""
    if len(term.words) > 1:
        return r"[\W_]+".join(map(re.escape, term.words)), True
    word = term.words[0]
    return (word.upper() if _ACCESSION.fullmatch(word) else word), False


def _evaluated(node: Node, lookup: Lookup) -> dict[str, None]:
    if isinstance(node, Term):
        return dict.fromkeys(lookup(*text(node)))
    if isinstance(node, Or):
        return {name: None for part in node.parts for name in _evaluated(part, lookup)}
    assert isinstance(node, And)  # a Not stands only inside an And
    kept, *others = [_evaluated(part, lookup) for part in node.parts if not isinstance(part, Not)]
    for other in others:
        kept = {name: None for name in kept if name in other}
    for part in node.parts:
        if isinstance(part, Not) and kept:
            gone = _evaluated(part.part, lookup)
            kept = {name: None for name in kept if name not in gone}
    return kept


def pattern(node: Node) -> re.Pattern[str]:
    """What the terms look like in a text: anywhere in it, also inside of longer words, as ARCHS4 finds them."""
    pieces = [r"[\W_]+".join(map(re.escape, term.words)) for term in terms(node)]
    return re.compile("|".join(sorted(pieces, key=len, reverse=True)), re.IGNORECASE)


def match(record: Mapping[str, str], looked_for: re.Pattern[str]) -> Match:
    """The first field that shows why a sample was found; “other texts” when ARCHS4 found it in one it does not give."""
    for field in FIELDS:
        spans = [found.span() for found in looked_for.finditer(record.get(field, "")) if found.group()]
        if spans:
            return snippet(field, record[field], spans)
    return Match("other texts", "", ())


def checked_pattern(typed: str) -> re.Pattern[str]:
    """A regular expression the user typed. Raises BadInput with the place of the mistake."""
    if not typed.strip():
        raise BadInput("The search is empty.", "Type a regular expression, for example liver|hepat.")
    try:
        return re.compile(typed, re.IGNORECASE)
    except re.error as error:
        at = f" at column {error.pos + 1}" if error.pos is not None else ""
        raise BadInput(
            f"This is not a regular expression: {error.msg}{at}.", "Correct it, or search by words."
        ) from error
