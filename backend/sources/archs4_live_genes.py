"""Genes of the live ARCHS4: any name, to the gene, to the spelling its services use."""

from __future__ import annotations

from dataclasses import replace

from backend import genes as naming
from backend import settings
from backend.archs4_live import spelling, v1
from backend.archs4_live.choosing import Way, either
from backend.archs4_live.service import Served
from backend.archs4_live.spelling import Spellings
from backend.errors import BadAnswer, NotFound, Refused, Unavailable
from backend.gene_names import names
from backend.genes import Resolution
from backend.model import Answer, GeneInfo, Species
from backend.sources.archs4_live_source import LiveSource
from backend.sources.base import GeneList, GeneLookup, Resolving
from backend.web import Mode


class LiveGenes(LiveSource, GeneLookup, GeneList, Resolving):
    """Genes by any of their names."""

    def gene(self, symbol: str, species: Species) -> Answer[GeneInfo]:
        """The gene behind any of its names. Raises NotFound with suggestions."""
        self.check_species(species)
        found = self.resolve(symbol, species, 5)
        if found.gene is None:
            raise _not_found(found, species)
        typed = symbol.strip()
        exact = found.gene.symbol.casefold() == typed.casefold()
        notes = [] if exact or not found.note else [f"“{typed}” is read as {found.gene.symbol} ({found.note})."]
        own = spelling.spellings(species)
        if (called := own.of(found.gene)) and called.casefold() != found.gene.symbol.casefold():
            notes.append(f"ARCHS4 calls {found.gene.symbol} {called}.")
        if own.problem is not None:
            notes.append(f"The gene list of ARCHS4 could not be had, so spellings are guessed. {own.problem.message}")
        return self._described(found.gene, species, tuple(notes))

    def _described(self, gene: GeneInfo, species: Species, notes: tuple[str, ...]) -> Answer[GeneInfo]:
        """With what the v1 API says of a gene, where that is asked at all."""
        if "v1" not in settings.current().archs4.dialects:
            return Answer(gene, self.provenance(species, notes=notes))

        def ask(mode: Mode) -> Served[dict[str, str]]:
            return either(gene.symbol, gene.symbol.upper(), lambda name: v1.gene(name, species, mode))

        try:
            said = self.first(f"the gene {gene.symbol}", [Way(v1.service(), ask)])
        except (Unavailable, BadAnswer, Refused) as error:
            return Answer(gene, self.provenance(species, notes=(*notes, error.message)))
        known = {"gene_symbol", "species", "ensembl_gene_id", "description"}
        more = tuple(f"{name}: {value}" for name, value in said.value.items() if name not in known)
        ensembl = said.value.get("ensembl_gene_id") or gene.ensembl
        info = replace(gene, ensembl=ensembl, name=gene.name or said.value.get("description", ""))
        return Answer(info, self.told(said, species, *notes, *more))

    def genes(self, species: Species) -> tuple[str, ...]:
        """Symbols for pickers in alphabetical order: of protein-coding genes, which are the first to be looked for.

        They come from the name tables, so that a picker needs no network; any other gene is found by typing it.
        """
        self.check_species(species)
        return names(species).commonly_asked()

    def resolve(self, name: str, species: Species, near: int) -> Resolution:
        """`name` through the name tables, then through the gene list of ARCHS4; absent when it lists no such gene."""
        found, own = naming.resolve(name, species, near), spelling.spellings(species)
        if found.gene is not None:
            if own.of(found.gene) is not None:
                return found
            return Resolution(name, "absent", None, f"{found.gene.symbol} is not in the gene list of ARCHS4")
        listed = own.own.get(naming.cleaned(name).casefold())
        if listed is not None:
            info = GeneInfo(listed, "", species, _ensembl(listed), "", "", (), (), "", (), name, "gene list of ARCHS4")
            return Resolution(name, "current", info)
        return _offering(found, own, species)

    def spelled(self, name: str, species: Species) -> tuple[GeneInfo, str]:
        """A gene, and the name its services know it by. Raises NotFound."""
        self.check_species(species)
        found = self.resolve(name, species, 5)
        if found.gene is None:
            raise _not_found(found, species)
        return found.gene, spelling.spellings(species).of(found.gene) or found.gene.symbol


def _ensembl(name: str) -> str:
    return name if name.startswith("ENS") else ""


def _offering(found: Resolution, own: Spellings, species: Species) -> Resolution:
    """A miss that offers only genes ARCHS4 has, where its list is known."""
    if found.status != "absent" or not found.candidates or not own.own:
        return found
    table = names(species)
    rows = {symbol: table.matches(symbol)[0][0] for symbol in found.candidates}
    known = tuple(symbol for symbol, row in rows.items() if own.of(table.info(row, symbol, "")) is not None)
    note = f"nearest: {', '.join(known)}" if known else "no gene is named like this"
    return replace(found, note=note, candidates=known)


def _not_found(found: Resolution, species: Species) -> NotFound:
    shown = found.typed.strip()[:40] or "An empty name"
    if found.status == "ambiguous":
        return NotFound(f"“{shown}” is ambiguous: {found.note}.", "Choose one of them.", found.candidates)
    known = found.note or "no gene is named like this"
    return NotFound(
        f"“{shown}” is not a {species} gene of ARCHS4: {known}.", "Check spelling and species.", found.candidates
    )
