"""The query language of the sample search: parse a text to a small tree, evaluate it, show the match.

    liver cancer        both words            "fetal liver"     the words next to each other
    liver OR kidney     either                liver NOT fetal   liver -fetal: without
    (a OR b) c          grouping              hepat*            words that begin so
    title:liver         in one field only     GSM1, GSM2        a list: any of them

NOT binds before AND (or mere sequence), AND before OR; operators are upper case. A word is a run of
letters and digits, compared whole, without case or accents; other characters only separate words,
so T-cell is the phrase "t cell", as in a full-text index. In a text or in brackets without operators,
commas, semicolons and new lines separate alternatives, and accessions side by side are alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, cast

from backend.errors import BadInput, TooLarge
from backend.sample_match import (
    SNIPPET,
    And,
    Match,
    Node,
    Not,
    Or,
    Term,
    first_match,
    fold,
    folded_words,
    search,
    terms,
)

__all__ = ["SNIPPET", "And", "Match", "Node", "Not", "Or", "Term", "first_match", "fold", "parse", "search", "terms"]

MAX_CHARACTERS = 2_000
MAX_TERMS = 200
MAX_NESTING = 50

Kind = Literal["term", "AND", "OR", "NOT", "(", ")", ",", "end"]

_ACCESSION = re.compile(  # folded
    r"(?:g(?:sm|se|pl|ds)|[sed]r[rxpsaz]|sam(?:n|ea|d)|prj(?:na|eb|db))\d+|e-[a-z]{4}-\d+|enc[a-z]{2}\d{3}[a-z]{3}|(?:hpa|tcga)(?:-[a-z0-9]+)+"
)
# Curly quotes and full-width signs, which keyboards and copied text put in, mean the plain ones.
_PLAIN = str.maketrans("“”„‟＂（），；：＊－", '"""""(),;:*-')
_UNWRITABLE = re.compile(r"""[\s()",;:]+""")
_TOKEN = re.compile(
    r"""(?P<paren>[()])
    | (?P<separator>[,;\n\r])
    | (?P<minus>(?<![^\s(,;])-(?=[^\W_]|["(]))     # "T"-cell takes nothing away
    | (?P<operator>(?:AND|OR|NOT)(?=[\s()",;]|$))
    | (?P<phrase>(?P<name>[^\s()",;]+:)?"(?P<inside>[^"]*)(?P<close>"?)(?P<star>\*?))
    | (?P<word>(?:[^\s()",;]|(?<=\d),(?=\d))+)""",  # the comma of 1,25-dihydroxyvitamin separates nothing
    re.VERBOSE,
)


def parse(text: str, fields: Sequence[str] = ()) -> Node:
    """The tree of a query. fields: names that may stand before a colon, in any case.

    Raises BadInput, naming the column (from 1) and what to write instead, and TooLarge over 2,000
    characters, 200 terms or 50 levels of parentheses.
    """
    if len(text) > MAX_CHARACTERS:
        raise TooLarge(f"The search has {len(text):,} characters, over {MAX_CHARACTERS:,}.", "Shorten it.")
    tokens = list(_tokens(text, fields))
    if all(token.kind in ",()" for token in tokens):
        raise BadInput("There is no word to search for.", "Type a word, for example liver.")
    if (count := sum(token.kind == "term" for token in tokens)) > MAX_TERMS:
        raise TooLarge(f"The search has {count} terms, over {MAX_TERMS}.", "Search in several steps.")
    if all(token.kind in ("term", ",") for token in tokens):
        return _alternatives(tokens)
    return _Parser([token for token in _lists_read(tokens) if token.kind != ","]).query()


def field_name(name: str) -> str:
    """A field as it is written before a colon: without what would end the word, so Cell_Type for Cell Type."""
    return _UNWRITABLE.sub("_", name.translate(_PLAIN)).strip("_")


@dataclass(frozen=True)
class _Token:
    kind: Kind
    column: int
    node: Node | None = None


def _tokens(text: str, fields: Sequence[str]) -> Iterator[_Token]:
    names: dict[str, str] = {}
    for name in fields:
        names.setdefault(field_name(name).casefold() or name, name)
    for found in _TOKEN.finditer(text.translate(_PLAIN)):
        column = found.start() + 1
        if found.lastgroup == "phrase":
            yield _Token("term", column, _phrase(found, column, names))
        elif found.lastgroup == "word":
            if (term := _word(found.group(), column, names)) is not None:
                yield _Token("term", column, term)
        else:
            kind = {"separator": ",", "minus": "NOT"}.get(str(found.lastgroup), found.group())
            yield _Token(cast("Kind", kind), column)


def _phrase(found: re.Match[str], column: int, names: Mapping[str, str]) -> Term:
    name, inside = found["name"], found["inside"]
    field = names.get(name[:-1].casefold()) if name else None
    if not found["close"]:
        at = found.start("inside")
        raise _bad(at, "The quote at column {} is never closed.", 'Write "fetal liver", quoted at both ends.')
    if name and field is None:
        known = f"Fields are {', '.join(map(field_name, names.values()))}" if names else "This search has no fields"
        message = f"“{name[:-1][:40]}” at column {{}} is not a field."
        raise _bad(column, message, f"{known}; to search everywhere, put all of it in quotes.")
    words = folded_words(inside)
    if not words:
        raise _bad(column, "The quotes at column {} hold no word.", "Put a word in them, or remove them.")
    return Term(words, bool(found["star"]) or inside.endswith("*"), field)


def _word(typed: str, column: int, names: Mapping[str, str]) -> Term | None:
    """The term of a run of characters; None for punctuation alone, which asks for nothing."""
    name, colon, rest = typed.partition(":")
    field = names.get(name.casefold()) if colon else None
    rest = typed if field is None else rest
    stem = rest.rstrip("*")
    if "*" in stem:
        hint = 'Write the beginning, as in hepat*. Quote a name that holds a *, as in "HLA-A*02:01".'
        raise _bad(column, "The word at column {} has a * that is not at its end.", hint)
    words = folded_words(stem)
    if not words and field is not None:
        hint = f"Write {field_name(field)}:liver, without a blank."
        raise _bad(column, f"{field_name(field)}: at column {{}} has no word after it.", hint)
    if not words and stem != rest:
        raise _bad(column, "The * at column {} has no word before it.", "Write the beginning, as in hepat*.")
    return Term(words, stem != rest, field) if words else None


class _Parser:
    """Recursive descent over the tokens, at most MAX_NESTING deep."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self.tokens = [*tokens, _Token("end", 0)]
        self.at = 0
        self.depth = 0

    def query(self) -> Node:
        node = self._or()
        if not self._take("end"):
            raise _bad(self.tokens[self.at].column, *_STRAY)
        return self._positive(node, 0)

    def _take(self, kind: Kind) -> bool:
        taken = self.tokens[self.at].kind == kind
        self.at += taken
        return taken

    def _or(self) -> Node:
        parts = [(self.at, self._and())]
        while self._take("OR"):
            parts.append((self.at, self._and()))
        alone = len(parts) == 1
        return parts[0][1] if alone else _joined(Or, [self._positive(node, at) for at, node in parts])

    def _and(self) -> Node:
        parts = [self._operand()]
        while self._take("AND") or self.tokens[self.at].kind in ("NOT", "term", "("):
            parts.append(self._operand())
        return _joined(And, parts)

    def _operand(self) -> Node:
        negative = False
        while self._take("NOT"):
            negative = not negative
        token = self.tokens[self.at]
        if self._take("("):
            node = self._group(token.column)
        elif token.node is not None:
            node = token.node
            self.at += 1
        else:
            raise self._missing()
        return _negated(node) if negative else node

    def _group(self, column: int) -> Node:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise TooLarge(f"The ( at column {column} is over {MAX_NESTING} deep.", "Use fewer parentheses.")
        node = self._or()
        if not self._take(")"):
            raise _bad(column, *_UNCLOSED)
        self.depth -= 1
        return node

    def _positive(self, node: Node, start: int) -> Node:
        """The node, read from token `start` on, unless it only takes away."""
        if _only_takes_away(node):
            column = next(token.column for token in self.tokens[start:] if token.kind == "NOT")
            raise _bad(column, "NOT at column {} has nothing to take away from.", "Write liver NOT fetal.")
        return node

    def _missing(self) -> BadInput:
        """What to say when an operand should stand here and does not."""
        here, before = self.tokens[self.at], self.tokens[self.at - 1] if self.at else None
        alone = before if before is not None and before.kind in ("AND", "OR", "NOT") else here
        if alone.kind in ("AND", "OR", "NOT"):
            hint = f'Write liver {alone.kind} kidney, or "{alone.kind}" to search for the word itself.'
            side = "before" if alone is here else "after"
            return _bad(alone.column, f"{alone.kind} at column {{}} has nothing {side} it.", hint)
        if before is None:
            return _bad(here.column, *_STRAY)
        return _bad(before.column, *(_EMPTY if here.kind == ")" else _UNCLOSED))


_STRAY = ("The ) at column {} closes nothing.", "Remove it, or add the ( before it.")
_UNCLOSED = ("The ( at column {} is never closed.", "Add the ) where the group ends.")
_EMPTY = ("The ( at column {} holds no word.", 'Put a word in it, or quote a name, as in "CD4(+)".')


def _lists_read(tokens: Sequence[_Token]) -> Iterator[_Token]:
    """The tokens with each bracket that holds a mere list, as in (liver, kidney) NOT fetal, made one token."""
    at = 0
    while at < len(tokens):
        end = next((i for i in range(at + 1, len(tokens)) if tokens[i].kind not in ("term", ",")), len(tokens))
        inside = tokens[at + 1 : end]
        closed = end < len(tokens) and tokens[end].kind == ")"
        if tokens[at].kind == "(" and closed and sum(token.kind == "term" for token in inside) > 1:
            yield _Token("term", tokens[at].column, _alternatives(inside))
            at = end + 1
        else:
            yield tokens[at]
            at += 1


def _alternatives(tokens: Sequence[_Token]) -> Node:
    """A list: any of the items; an item of several words means all of them, of accessions any."""
    items = [list(run) for comma, run in groupby(tokens, lambda token: token.kind == ",") if not comma]
    found = [[token.node for token in item if token.node is not None] for item in items]
    return _joined(Or, [_joined(Or if all(map(_is_accession, item)) else And, item) for item in found])


def _is_accession(term: Node) -> bool:
    return isinstance(term, Term) and term.field is None and _ACCESSION.fullmatch("-".join(term.words)) is not None


def _joined(kind: type[And] | type[Or], parts: Sequence[Node]) -> Node:
    """One node of the parts, nodes of the same kind opened up and repeated parts kept once."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, kind) else (part,))]
    once = tuple(dict.fromkeys(flat))
    return once[0] if len(once) == 1 else kind(once)


def _negated(node: Node) -> Node:
    if isinstance(node, Not):
        return node.part
    if isinstance(node, And) and _only_takes_away(node):
        return _joined(Or, [_negated(part) for part in node.parts])
    return Not(node)


def _only_takes_away(node: Node) -> bool:
    return all(isinstance(part, Not) for part in (node.parts if isinstance(node, And) else (node,)))


def _bad(column: int, message: str, hint: str) -> BadInput:
    return BadInput(message.replace("{}", str(column)), hint, column=str(column))
