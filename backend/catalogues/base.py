"""What a catalogue is, and how those of this machine are searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from backend.errors import BadInput
from backend.model import Answer, Provenance
from backend.model_catalogue import CatalogueEntry, CatalogueInfo, CataloguePage

PER_PAGE = 20
MOST_TEXT, MOST_PAGE = 500, 100_000


class Catalogue(Protocol):
    """Something that lists data sets. name: in the address; title: for people; what: its entries are called, plural.

    live: a search asks a service on the internet.
    """

    name: str
    title: str
    live: bool
    what: str

    def problem(self) -> str | None:
        """None when it can be asked now, else why not and what to do; asks nothing."""
        ...

    def datasets(self, text: str, page: int) -> Answer[CataloguePage]:
        """PER_PAGE entries that fit the words, page by page from 1; all of them for "". Raises errors of its service.

        A page after the last one has no entries.
        """
        ...


def info(one: Catalogue) -> CatalogueInfo:
    """What pages are told of it."""
    return CatalogueInfo(one.name, one.title, one.live, one.what, one.problem())


def checked(text: str, page: int) -> str:
    """The words. Raises BadInput for a text that is too long or a page that there cannot be."""
    if len(text) > MOST_TEXT:
        raise BadInput(f"A search of {len(text):,} characters.", f"Use at most {MOST_TEXT}.")
    if not 1 <= page <= MOST_PAGE:
        raise BadInput(f"There is no page {page:,}.", "Pages count from 1.")
    return " ".join(text.split())


def narrowed(entries: Sequence[CatalogueEntry], text: str, page: int) -> CataloguePage:
    """A page of those entries that hold every word."""
    found = [entry for entry in entries if fits(entry, text)]
    pages = max(1, -(-len(found) // PER_PAGE))
    return CataloguePage(tuple(found[(page - 1) * PER_PAGE : page * PER_PAGE]), len(found), page, pages)


def fits(entry: CatalogueEntry, text: str) -> bool:
    """Whether each word stands somewhere in its title, accession, organism, technology, description or facts."""
    facts = (f"{name} {value}" for name, value in entry.more)
    told = (entry.id, entry.title, entry.organism, entry.technology, entry.date, entry.description, entry.state)
    words = " ".join((*told, entry.kind if entry.kind == "simulated" else "", *facts)).casefold()
    return all(word in words for word in text.casefold().split())


def here(name: str, title: str, held: str) -> Provenance:
    """Of a catalogue of this machine."""
    return Provenance(name, title, "", "", "real", "", (), held=held)
