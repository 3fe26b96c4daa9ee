"""AND, OR, NOT and parentheses, which the filters, the full text and the expression queries of ODM share.

A condition gives True, False, or None where what it was asked about is not known yet (Kleene's logic).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Condition = Callable[[Any], bool | None]
_TOKEN = re.compile(
    r'\s*(?:(?P<op>=~|!=|>=|<=|=|<|>)|(?P<sign>&&|\|\||[(),])|(?P<word>(?:"(?:\\.|[^"\\])*"|[^\s"=<>!~(),&|])+))'
)
_PART = re.compile(r'"((?:\\.|[^"\\])*)"|([^"]+)')
_JOINS = {"&&": "AND", "||": "OR"}


class SyntaxFault(ValueError):
    """The text does not follow the grammar."""


@dataclass(frozen=True)
class Token:
    kind: str  # op, sign, word, end
    text: str
    quoted: bool = False

    def says(self, *words: str) -> bool:
        return not self.quoted and _JOINS.get(self.text, self.text.upper()) in words


END = Token("end", "")


def tokens(text: str) -> list[Token]:
    found, place = [], 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            raise SyntaxFault(f"cannot read {text[place:]!r}")
        place = match.end()
        word = match["word"]
        if word is None:
            found.append(Token("op" if match["op"] else "sign", match["op"] or match["sign"]))
        else:
            plain = "".join(_unescaped(part[0]) if part[0] or not part[1] else part[1] for part in _PART.findall(word))
            found.append(Token("word", plain, word.startswith('"')))
    return found


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


class Reader:
    """Reads a text; leaf reads one term of it; adjacent: what terms side by side mean, AND or OR."""

    def __init__(self, text: str, leaf: Callable[[Reader], Condition], adjacent: str) -> None:
        self._tokens = tokens(text)
        self._place = 0
        self._leaf = leaf
        self._adjacent = adjacent

    @property
    def next(self) -> Token:
        return self._tokens[self._place] if self._place < len(self._tokens) else END

    def take(self, kind: str = "") -> Token:
        token = self.next
        if token is END or (kind and token.kind != kind):
            raise SyntaxFault(f"{kind or 'more'} is missing at {token.text or 'the end'!r}")
        self._place += 1
        return token

    def condition(self) -> Condition:
        if not self._tokens:
            raise SyntaxFault("it is empty")
        found = self._either()
        if self.next is not END:
            raise SyntaxFault(f"{self.next.text!r} is too much")
        return found

    def _either(self) -> Condition:
        parts = [self._all()]
        while self.next.says("OR") or (self._adjacent == "OR" and self._begins()):
            if self.next.says("OR"):
                self.take()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda one: _or([part(one) for part in parts])

    def _all(self) -> Condition:
        parts = [self._one()]
        while self.next.says("AND") or (self._adjacent == "AND" and self._begins()):
            if self.next.says("AND"):
                self.take()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda one: _and([part(one) for part in parts])

    def _begins(self) -> bool:
        token = self.next
        return token.text == "(" or (token.kind == "word" and not token.says("AND", "OR"))

    def _one(self) -> Condition:
        if self.next.says("NOT"):
            self.take()
            inner = self._one()
            return lambda one: _not(inner(one))
        if self.next.text == "(" and not self.next.quoted:
            self.take()
            inner = self._either()
            if self.take().text != ")":
                raise SyntaxFault("a parenthesis is not closed")
            return inner
        return self._leaf(self)


def _and(found: list[bool | None]) -> bool | None:
    return False if False in found else None if None in found else True


def _or(found: list[bool | None]) -> bool | None:
    return True if True in found else None if None in found else False


def _not(found: bool | None) -> bool | None:
    return None if found is None else not found


def wildcard(text: str) -> str:
    """A regular expression of a text in which ? is one character and * any number of them."""
    return "".join({"?": ".", "*": ".*"}.get(one, re.escape(one)) for one in text)
