"""Names of genes of a data set of STOmics, which does not say what genes it has: they are sent, and looked up here."""

from __future__ import annotations

import re
from dataclasses import replace

from backend import genes as naming
from backend.errors import NotFound
from backend.genes import Resolution
from backend.model import GeneInfo, Species
from backend.stomics.expression import AS_TYPED

_NAME = re.compile(r"[\w.\-/()+*@:' ]{1,50}!?")


def resolve(text: str, species: Species, known: bool) -> Resolution:
    """What is sent for a typed name, as `gene.symbol`; sending that again gives the same.

    An alias or a previous symbol becomes the approved symbol. One that differs from it in case alone is sent as it was
    typed, but in small letters only where the species of the data set is not `known`: how a data set writes its genes
    is not told. So is what no gene is known by.
    """
    name = naming.cleaned(text)
    if not _NAME.fullmatch(name):
        return Resolution(text, "absent", None, "no gene is named like this")
    if name.endswith(AS_TYPED):
        return Resolution(text, "current", _as_typed(name, text, species), "sent as typed")
    found = naming.resolve(text, species, near=0)
    if found.status == "ambiguous":
        hint = f"; {name}{AS_TYPED} is sent as it is"
        return Resolution(text, "ambiguous", None, found.note + hint, (*found.candidates, name + AS_TYPED))
    if found.gene is None or found.status == "ortholog":
        return Resolution(text, "current", _as_typed(name, text, species), "not known to HGNC and MGI; sent as typed")
    spelt = found.gene.symbol.casefold() == name.casefold()
    if spelt and name != found.gene.symbol and not (known and name.islower()):
        return Resolution(text, "current", replace(found.gene, symbol=name), "sent as typed")
    return found


def sent(symbol: str) -> str:
    """What the service is asked for."""
    return symbol.removesuffix(AS_TYPED)


def not_found(found: Resolution, title: str) -> NotFound:
    """The error for a name that cannot be sent."""
    shown = found.typed.strip()[:40] or "An empty name"
    if found.status == "ambiguous":
        return NotFound(f"“{shown}” is ambiguous: {found.note}.", "Choose one of them.", found.candidates)
    return NotFound(f"“{shown}” is not in {title}: {found.note}.", "Check the spelling.")


def _as_typed(name: str, typed: str, species: Species) -> GeneInfo:
    return GeneInfo(name, "", species, "", "", "", (), (), "", (), typed, "as typed")
