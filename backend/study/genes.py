"""Features of a study as genes: any name of a gene to its row."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property

from backend import genes as naming
from backend.genes import Resolution
from backend.model import GeneInfo, Species

MOST_OFFERED = 25_000
_ENSEMBL = re.compile(r"^ENS[A-Z]{0,6}\d{5,}", re.IGNORECASE | re.ASCII)


def plain(name: str) -> str:
    """A label as it is compared: without case; Ensembl ids without their version."""
    text = name.strip()
    return (text.partition(".")[0] if is_ensembl(text) else text).casefold()


def is_ensembl(name: str) -> bool:
    """Whether it has the form of an Ensembl id; ENSA is a gene."""
    return _ENSEMBL.match(name.strip()) is not None


def species_of(ids: tuple[str, ...]) -> Species:
    """Mouse where most Ensembl ids are of mouse, else human."""
    known = [name for name in ids if is_ensembl(name)]
    mouse = sum(name.upper().startswith("ENSMUS") for name in known)
    return "mouse" if known and 2 * mouse > len(known) else "human"


class Genes:
    """The rows of a study by any of their names. The first of several rows with one label stands for it.

    whole: what they are rows of, in a word.
    """

    def __init__(self, ids: tuple[str, ...], names: tuple[str, ...], species: Species, whole: str = "study") -> None:
        self.ids, self.names, self.species, self.whole = ids, names, species, whole

    @property
    def absent(self) -> str:
        """What is said of a gene that is not among them."""
        return f"is not in this {self.whole}"

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """What each row is called: its name, else approved symbol, else id; a name that is taken gets its id."""
        found: list[str] = []
        taken: set[str] = set()
        for own, name in zip(self.ids, self.names, strict=True):
            label = name.strip() or self._symbol(own)
            label = f"{label} ({own})" if label.casefold() in taken and own else label
            taken.add(label.casefold())
            found.append(label)
        return tuple(found)

    def _symbol(self, own: str) -> str:
        known = naming.resolve(own, self.species, 0).gene if is_ensembl(own) else None
        return known.symbol if known is not None else own

    @cached_property
    def _row_of(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for listed in (self.labels, self.ids, self.names):
            for row, name in enumerate(listed):
                if name.strip():
                    found.setdefault(plain(name), row)
        return found

    def row(self, name: str) -> int | None:
        """The row of a gene by its label, id, or any name the name tables know; None when there is none."""
        own = self._row_of.get(plain(name))
        if own is not None:
            return own
        known = naming.resolve(name, self.species, 0).gene
        if known is None:
            return None
        tried = (known.ensembl, known.symbol, *known.previous, *known.aliases)
        found = [one for one in tried if one and plain(one) in self._row_of]
        return next((self._row_of[plain(one)] for one in found if self._means(one, known)), None)

    def _means(self, name: str, known: GeneInfo) -> bool:
        """Whether a name stands for this gene, and for no other."""
        meant = naming.resolve(name, self.species, 0).gene
        return meant is not None and meant.symbol == known.symbol

    def resolve(self, name: str, near: int) -> Resolution:
        """What a name stands for in this study."""
        row = self.row(name)
        found = naming.resolve(name, self.species, near if row is None else 0)  # near names take long to find
        if row is None:
            if found.gene is not None:
                return Resolution(name, "absent", None, f"{found.gene.symbol} {self.absent}")
            known = tuple(symbol for symbol in found.candidates if self.row(symbol) is not None)
            note = f"nearest: {', '.join(known)}" if known else f"no gene of this {self.whole} is named like this"
            return Resolution(name, found.status, None, note, known)
        info = self.info(row, name)
        if found.gene is not None and self.row(found.gene.symbol) == row:
            return replace(found, gene=info)
        return Resolution(name, "current", info)

    def info(self, row: int, typed: str) -> GeneInfo:
        """The gene of a row under its own label."""
        own, label = self.ids[row], self.labels[row]
        known = naming.resolve(own, self.species, 0).gene or naming.resolve(label, self.species, 0).gene
        if known is None:
            ensembl = own if is_ensembl(own) else ""
            matched = f"name in the {self.whole}"
            return GeneInfo(label, "", self.species, ensembl, "", "", (), (), "", (), typed, matched)
        return replace(known, symbol=label, typed=typed)

    @cached_property
    def _offered(self) -> tuple[str, ...]:
        return tuple(sorted(self.labels, key=str.casefold)[:MOST_OFFERED])

    def offered(self) -> tuple[str, ...]:
        """Labels for pickers in alphabetical order, at most MOST_OFFERED."""
        return self._offered
