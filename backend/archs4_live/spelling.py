"""How ARCHS4 spells a gene: its own list decides. Human symbols are of its Ensembl release, mouse ones upper case."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import lru_cache

from backend import settings
from backend.archs4_live import legacy, sigpy
from backend.archs4_live.choosing import Way, served
from backend.archs4_live.health import health
from backend.archs4_live.service import Served
from backend.errors import BadAnswer, ExpronautError, Refused, Unavailable
from backend.gene_names import names
from backend.model import GeneInfo, Species


@dataclass(frozen=True)
class Spellings:
    """The genes of ARCHS4: folded name -> its own spelling. problem: why the list is empty."""

    own: dict[str, str]
    problem: ExpronautError | None = None

    def of(self, gene: GeneInfo) -> str | None:
        """The name under which ARCHS4 has a gene; None when its list is known and does not hold it."""
        if not self.own:
            return gene.symbol.upper()
        tried = (gene.symbol, *gene.previous, gene.ensembl, *gene.aliases)
        found = (self.own.get(name.casefold()) for name in tried if name and self._means(name, gene))
        return next((name for name in found if name), None)

    def _means(self, name: str, gene: GeneInfo) -> bool:
        """Whether no other gene is called so today: another's symbol is not this gene under an old name."""
        table = names("mouse" if gene.species == "mouse" else "human")
        return name == gene.symbol or all(table.symbol(row) == gene.symbol for row, _ in table.matches(name))

    def has(self, name: str) -> bool:
        """Whether ARCHS4 lists a name, in any case."""
        return name.casefold() in self.own


_lock = threading.Lock()
_known: dict[tuple[object, ...], Spellings] = {}
_missing: dict[tuple[object, ...], tuple[float, Spellings]] = {}  # until when (monotonic) a list is not asked for


def spellings(species: Species) -> Spellings:
    """The gene list of a species, from whichever service tells it; empty, with the problem, when none does."""
    chosen = settings.current()
    key = (chosen.archs4, str(chosen.cache), chosen.offline, species)
    with _lock:
        until, missing = _missing.get(key, (0.0, None))
        known = _known.get(key) or (missing if until > time.monotonic() else None)
    if known is not None:
        return known
    try:
        listed = gene_list(species).value
    except (Unavailable, BadAnswer, Refused) as error:
        without = Spellings({}, error)
        with _lock:
            _missing[key] = (time.monotonic() + chosen.archs4.rest, without)
        return without
    made = Spellings({name.casefold(): name for name in reversed(listed)})
    with _lock:
        _known[key] = made
    return made


def gene_list(species: Species) -> Served[tuple[str, ...]]:
    """Every gene, as spelled by sigpy, else (human) by the matrix of the legacy service. Raises as `served`."""
    ways = [Way(sigpy.service(), lambda mode: sigpy.genes(species, mode))]
    if species == "human":
        ways.append(Way(legacy.matrix(), legacy.genes))
    allowed = settings.current().archs4.dialects or ("sigpy", "legacy")
    return served("its gene list", [way for way in ways if way.service.dialect in allowed])


def stamp() -> str:
    """Changes when a list that could not be had is asked for again."""
    now = time.monotonic()
    with _lock:
        return ",".join(f"{until:.3f}" for until, _ in _missing.values() if until > now)


def forget() -> None:
    """Ask for the lists again."""
    with _lock:
        _known.clear()
        _missing.clear()
    health.changed()


@lru_cache(maxsize=200_000)
def shown(name: str, species: Species) -> str:
    """A gene of ARCHS4 as people write it: mouse symbols in the case of MGI; everything else as it stands."""
    if species == "human":
        return name
    table = names(species)
    approved = [table.symbol(row) for row, how in table.matches(name) if how == "approved symbol"]
    return approved[0] if len(approved) == 1 else name
