"""Data sets of STOmics (stomics.io) that are open: each a source by its key, asked gene by gene."""

from __future__ import annotations

from datetime import UTC, datetime

from backend.api.checks import checked_name
from backend.errors import NotFound
from backend.model import Section, Species, StomicsDataset
from backend.sources import stomics_asking, stomics_shelf
from backend.sources.stomics import StomicsSection
from backend.sources.stomics_shelf import Opened
from backend.stomics import accessions, datasets
from backend.stomics.server import server

_SPECIES: dict[str, Species] = {
    "homo sapiens": "human", "human": "human", "9606": "human", "mus musculus": "mouse", "mouse": "mouse",
    "10090": "mouse",
}  # fmt: skip


def open_stomics(accession: str) -> str:
    """Open a data set: a source of its own from now on, by this key. Asks for its description only.

    Raises NotConfigured, BadInput (accession), NotFound, TooLarge, and what backend.web raises.
    """
    asked = server()
    told = datasets.detail(asked, accessions.checked(accession)).dataset
    known = stomics_shelf.opened(now=True).get(stomics_shelf.key_of(told.accession))
    return known.key if known else stomics_shelf.keep(_opened(told))


def opened_stomics() -> tuple[Section, ...]:
    """The open data sets, the one that was opened last first."""
    found = sorted(stomics_shelf.opened(now=True).values(), key=lambda one: one.opened_at, reverse=True)
    return tuple(_section(one) for one in found)


def close_stomics(key: str) -> None:
    """Close a data set; what was kept of its answers stays. Raises NotFound."""
    stomics_shelf.forget(key)


def stomics_refresh(key: str, gene: str) -> None:
    """Ask anew for a gene of an open data set, whose answer is kept until then. One call.

    A failure changes nothing that was kept. Raises NotFound too when the service has nothing of the gene any more.
    """
    data_set = stomics_shelf.get(key)
    try:
        stomics_asking.ask_anew(data_set, checked_name(gene))
    except NotFound:  # which is an answer
        stomics_shelf.asked_anew(key)
        raise
    stomics_shelf.asked_anew(key)


def _opened(told: StomicsDataset) -> Opened:
    return Opened(
        stomics_shelf.key_of(told.accession),
        told.accession,
        told.title,
        datetime.now(UTC),
        _species(told.species),
        told.species,
        told.technology,
        ", ".join(f"{name} {value}" for name, value in told.references)[:300],
        told.n_spots,
        told.n_genes,
    )


def _species(told: str) -> tuple[Species, ...]:
    """Those of ours that a data set names; () where it names none, or others."""
    return tuple(
        dict.fromkeys(_SPECIES[name] for part in told.split(",") if (name := part.strip().casefold()) in _SPECIES)
    )


def _section(one: Opened) -> Section:
    source = StomicsSection(one)
    return Section(
        one.key, one.title, source.species[0], "live", "", one.accession, one.n_spots, one.n_genes, one.opened_at,
        problem=source.configured(),
    )  # fmt: skip
