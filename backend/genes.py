"""Gene names: any name of a gene to the one gene it stands for, or a clear "which one?".

Names come from HGNC (human) and MGI (mouse), see data/genes/NOTICE.md. An approved symbol wins
over another gene's alias of the same spelling; among aliases and previous symbols nothing is
guessed: a name that several genes carry is ambiguous and they are all listed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from backend.errors import NotFound
from backend.gene_names import GeneNames, names, other_species
from backend.model import GeneInfo, Species

Status = Literal["current", "renamed", "ambiguous", "duplicate", "date repaired", "ortholog", "absent"]

_MONTHS = {
    "mar": ("MARCH", "MARC"),
    "sep": ("SEPT",),
    "dec": ("DEC",),
    "oct": ("OCT",),
    "march": ("MARCH", "MARC"),
    "sept": ("SEPT",),
    "september": ("SEPT",),
    "december": ("DEC",),
    "october": ("OCT",),
    "03": ("MARCH", "MARC"),
    "3": ("MARCH", "MARC"),
    "09": ("SEPT",),
    "9": ("SEPT",),
    "12": ("DEC",),
    "10": ("OCT",),
}
_DAY_MONTH = re.compile(r"^(\d{1,2})[-/. ]([A-Za-z]{3,9})(?:[-/. ]\d{2,4})?$")
_MONTH_DAY = re.compile(r"^([A-Za-z]{3,9})[-/. ](\d{1,2})(?:[-/., ]+\d{2,4})?$")
_ISO_DATE = re.compile(r"^\d{4}-(\d{2})-(\d{2})(?:[T ].*)?$")
_VERSIONED = re.compile(r"^(ENS[A-Z]*G\d{11})\.\d+$", re.IGNORECASE)
_GREEK = str.maketrans(
    {
        "α": "alpha",
        "β": "beta",
        "γ": "gamma",
        "δ": "delta",
        "ε": "epsilon",
        "κ": "kappa",
        "λ": "lambda",
        "ζ": "zeta",
        "–": "-",
        "‐": "-",
        "−": "-",
    }
)


@dataclass(frozen=True)
class Resolution:
    """What a typed name stands for. gene is None when ambiguous or absent.

    candidates: the genes an ambiguous name may mean, or the nearest names of an absent one.
    """

    typed: str
    status: Status
    gene: GeneInfo | None
    note: str = ""
    candidates: tuple[str, ...] = ()


def cleaned(text: str) -> str:
    """A typed name without quotes, odd white space, typographic dashes and Greek letters."""
    if not (text.isascii() and text.isprintable()):  # most are, and whole genomes of names come
        text = unicodedata.normalize("NFKC", text).translate(_GREEK)
        text = "".join(c for c in text if c.isprintable())
    text = text.strip(" \t\"'`")
    versioned = _VERSIONED.match(text)
    return versioned[1] if versioned else text


def resolve(text: str, species: Species, near: int = 5) -> Resolution:
    """What `text` stands for in `species`. near: how many suggestions to look for on a miss."""
    name = cleaned(text)
    own = _resolve_in(name, text, names(species))
    if own is not None:
        return own
    repaired = _resolve_date(name, text, names(species))
    if repaired is not None:
        return repaired
    ortholog = _resolve_ortholog(name, text, species)
    if ortholog is not None:
        return ortholog
    suggestions = names(species).nearest(name, near) if near and name else ()
    note = f"nearest: {', '.join(suggestions)}" if suggestions else "no gene is named like this"
    return Resolution(text, "absent", None, note, suggestions)


def gene(text: str, species: Species) -> GeneInfo:
    """The one gene `text` stands for. Raises NotFound with suggestions, also when ambiguous."""
    found = resolve(text, species)
    if found.gene is not None:
        return found.gene
    shown = text.strip()[:40] or "An empty name"
    if found.status == "ambiguous":
        raise NotFound(
            f"“{shown}” is a name of several {species} genes: {', '.join(found.candidates)}.",
            "Choose one of them.",
            found.candidates,
        )
    hint = f"Nearest: {', '.join(found.candidates)}." if found.candidates else "Check the spelling and species."
    raise NotFound(f"“{shown}” is not a {species} gene that HGNC or MGI knows.", hint, found.candidates)


def suggest(prefix: str, species: Species, limit: int = 10) -> tuple[str, ...]:
    """Approved symbols that begin with `prefix`, then those with such an alias."""
    return names(species).beginning(cleaned(prefix), limit)


def _resolve_in(name: str, typed: str, table: GeneNames) -> Resolution | None:
    matches = table.matches(name)
    if not matches:
        return None
    if len({row for row, _ in matches}) > 1:
        symbols = tuple(table.symbol(row) for row in dict.fromkeys(row for row, _ in matches))
        return Resolution(typed, "ambiguous", None, f"could be {', '.join(symbols)}", symbols)
    row, how = matches[0]
    info = table.info(row, typed, how)
    if how in ("alias", "previous symbol"):
        return Resolution(typed, "renamed", info, f"{how} of {info.symbol}")
    shared = table.also_named(name, row)
    note = "" if how == "approved symbol" else how
    if how == "approved symbol" and shared:
        note = f"also an alias of {', '.join(shared)}; the approved symbol is used"
    return Resolution(typed, "current", info, note)


def date_names(name: str) -> tuple[str, ...]:
    """Symbols a spreadsheet may have turned into this date: "1-Mar" -> MARCH1, MARC1."""
    iso, day_first, month_first = _ISO_DATE.match(name), _DAY_MONTH.match(name), _MONTH_DAY.match(name)
    if iso:
        month, day = iso[1], iso[2]
    elif day_first:
        day, month = day_first[1], day_first[2]
    elif month_first:
        month, day = month_first[1], month_first[2]
    else:
        return ()
    return tuple(f"{stem}{int(day)}" for stem in _MONTHS.get(month.lower(), ()))


def _resolve_date(name: str, typed: str, table: GeneNames) -> Resolution | None:
    """What spreadsheets mangle are symbols, so a (previous) symbol is meant before any alias."""
    found = [(row, how, old) for old in date_names(name) for row, how in table.matches(old)]
    official = [match for match in found if match[1] != "alias"]
    rows = {row: old for row, _, old in official or found}
    if not rows:
        return None
    symbols = tuple(table.symbol(row) for row in rows)
    if len(rows) > 1:
        note = f"a spreadsheet date; could be {', '.join(symbols)}"
        return Resolution(typed, "ambiguous", None, note, symbols)
    ((row, old),) = rows.items()
    info = table.info(row, typed, "spreadsheet date")
    was = f"{old}, now {info.symbol}" if old.casefold() != info.symbol.casefold() else info.symbol
    return Resolution(typed, "date repaired", info, f"a spreadsheet date; was {was}")


def _resolve_ortholog(name: str, typed: str, species: Species) -> Resolution | None:
    """A name of the other species to its ortholog here, when there is exactly one."""
    other = other_species(species)
    there = _resolve_in(name, typed, names(other))
    if there is None or there.gene is None or not there.gene.orthologs:
        return None
    symbols = there.gene.orthologs
    if len(symbols) > 1:
        note = f"{other} {there.gene.symbol} has several {species} orthologs: {', '.join(symbols)}"
        return Resolution(typed, "ambiguous", None, note, symbols)
    table = names(species)
    info = table.info(table.matches(symbols[0])[0][0], typed, f"ortholog of {other} {there.gene.symbol}")
    return Resolution(typed, "ortholog", info, f"{species} ortholog of {other} {there.gene.symbol}")
