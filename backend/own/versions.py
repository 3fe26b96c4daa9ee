"""Versions of matrices: chains, the one that is active, and the grammar of ODM's `useVersions`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from backend.errors import BadInput
from backend.own.records import MatrixEntry

_CHAIN = re.compile(r"^[A-Z]+[0-9]+$", re.ASCII)
_VERSION = re.compile(r"^[vV](0|[1-9]\d{0,5})$", re.ASCII)
_HINT = "Write *, v2, v1,v0, or LOCVC001:v3; further chains behind a semicolon."


def chain_name(number: int) -> str:
    """LOCVC001."""
    return f"LOCVC{number:03d}"


def chosen(matrices: Sequence[MatrixEntry], use: str) -> tuple[MatrixEntry, ...]:
    """The matrices that `useVersions` names, in their order. "": the active ones; v0: those without a chain.

    A version without a chain is asked of every chain; once a chain is named, only chains that are named count.
    Raises BadInput.
    """
    text = use.strip()
    if not text:
        return tuple(one for one in matrices if one.active)
    if text == "*":
        return tuple(matrices)
    rules = [_rule(piece) for piece in text.split(";") if piece.strip()]
    if not rules:
        raise BadInput(f"“{text[:40]}” names no version.", _HINT)
    return tuple(one for one in matrices if any(_fits(one, chain, wanted) for chain, wanted in rules))


def _rule(piece: str) -> tuple[str, frozenset[str]]:
    """A chain, "" for any, and what is asked of it: numbers as texts, accessions, or *."""
    chain, colon, rest = (part.strip() for part in piece.rpartition(":"))
    listed = [one.strip() for one in rest.split(",")]
    if colon and not _CHAIN.match(chain):
        raise BadInput(f"“{chain[:40]}” is not a chain.", _HINT)
    return chain, frozenset(_wanted(one) for one in listed)


def _wanted(text: str) -> str:
    if version := _VERSION.match(text):
        return version.group(1)
    if text == "*" or _CHAIN.match(text):
        return text
    raise BadInput(f"“{text[:40]}” is not a version.", _HINT)


def _fits(one: MatrixEntry, chain: str, wanted: frozenset[str]) -> bool:
    return chain in ("", one.chain) and bool(wanted & {str(one.number), one.accession, "*"})


def family(matrices: Sequence[MatrixEntry], one: MatrixEntry) -> tuple[MatrixEntry, ...]:
    """All versions of a matrix, newest first; itself when it has no chain."""
    found = [other for other in matrices if other.chain == one.chain] if one.chain else [one]
    return tuple(sorted(found, key=lambda other: -other.number))


def with_active(matrices: Sequence[MatrixEntry], accession: str) -> tuple[MatrixEntry, ...]:
    """The same matrices with this one active in its chain, and no other."""
    chain = next(one.chain for one in matrices if one.accession == accession)
    return tuple(
        replace(one, active=one.accession == accession) if chain and one.chain == chain else one for one in matrices
    )


def without(matrices: Sequence[MatrixEntry], accession: str) -> tuple[MatrixEntry, ...]:
    """The matrices but one; when it was active, the newest that is left of its chain becomes so."""
    gone = next(one for one in matrices if one.accession == accession)
    left = tuple(one for one in matrices if one.accession != accession)
    heirs = [one for one in left if gone.chain and one.chain == gone.chain]
    if not gone.active or not heirs:
        return left
    return with_active(left, max(heirs, key=lambda one: one.number).accession)


def follow(before: MatrixEntry, after: MatrixEntry, chain: str, number: int) -> tuple[MatrixEntry, MatrixEntry]:
    """A matrix and its next version, in their chain: the second is the active one, and is grouped as the first."""
    first = before if before.chain else replace(before, chain=chain, number=1)
    grouping = after.grouping or before.grouping
    return replace(first, active=False), replace(after, chain=chain, number=number, active=True, grouping=grouping)
