"""A parsed sample query as a question to SQLite's full-text index."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from functools import reduce

import numpy as np
import numpy.typing as npt

from backend.atlas.sample_schema import END, FACETS, MISSING, UNKNOWN
from backend.sample_match import And, Node, Not, Or, Term, folded_words

Hits = npt.NDArray[np.int32]
DEEPEST = 12  # SQLite's own parser gives up at about 30 levels of brackets


def named(node: Node, labels: frozenset[tuple[str, ...]]) -> Node:
    """The query with each tissue:words that is the whole name of a tissue meaning that tissue alone.

    labels: folded words of every tissue. So tissue:bone is not Bone marrow; tissue:bone* is both.
    """
    if isinstance(node, Term):
        whole = node.field == "tissue" and not node.prefix and node.words in labels
        return replace(node, words=(*node.words, END)) if whole else node
    if isinstance(node, Not):
        return Not(named(node.part, labels))
    return type(node)(tuple(named(part, labels) for part in node.parts))


def hits(db: sqlite3.Connection, node: Node) -> Hits:
    """The places of all samples the query matches, ascending."""
    if _depth(node) <= DEEPEST:
        return _matching(db, expression(node))
    if isinstance(node, Or):
        return reduce(np.union1d, (hits(db, part) for part in node.parts))
    wanted, without = _sides(node)
    found = reduce(lambda a, b: np.intersect1d(a, b, assume_unique=True), (hits(db, part) for part in wanted))
    taken = (hits(db, part) for part in without)
    return reduce(lambda a, b: np.setdiff1d(a, b, assume_unique=True), taken, found)


def expression(node: Node) -> str:
    """The query in the language of FTS5."""
    if isinstance(node, Term):
        return _term(node)
    if isinstance(node, Or):
        return _any([expression(part) for part in node.parts])
    wanted, without = _sides(node)
    kept = " AND ".join(expression(part) for part in wanted)
    return f"(({kept}) NOT {_any([expression(part) for part in without])})" if without else f"({kept})"


def _sides(node: Node) -> tuple[list[Node], list[Node]]:
    """Of an And, what must match, never nothing, and what must not."""
    parts = node.parts if isinstance(node, And) else (node,)
    wanted: list[Node] = [part for part in parts if not isinstance(part, Not)]
    return wanted, [part.part for part in parts if isinstance(part, Not)]


def _any(parts: list[str]) -> str:
    return f"({' OR '.join(parts)})"


def _term(term: Term) -> str:
    """Words hold letters and digits only, so the quotes cannot be broken out of."""
    quoted = f'"{" ".join(term.words)}"' + ("*" if term.prefix else "")
    if term.field is None:
        return quoted
    if term.words[-1] == END:
        return f"{term.field} : ^ {quoted}"
    if term.field in FACETS and term.words == folded_words(UNKNOWN):
        return f'({term.field} : {quoted} OR {term.field} : "{MISSING}")'
    return f"{term.field} : {quoted}"


def _depth(node: Node) -> int:
    if isinstance(node, Term):
        return 0
    return 1 + (_depth(node.part) if isinstance(node, Not) else max(map(_depth, node.parts)))


def _matching(db: sqlite3.Connection, wanted: str) -> Hits:
    # One text of all places is handed over several times faster than a row for each.
    (found,) = db.execute("SELECT group_concat(rowid) FROM words WHERE words MATCH ?", [wanted]).fetchone()
    places: Hits = np.fromstring(found or "", np.int32, sep=",")
    return places if (np.diff(places) > 0).all() else np.unique(places)
