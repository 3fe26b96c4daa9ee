"""Genes over tissues, and a sample of the user's against them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd
import streamlit as st

from backend import sources as registry
from backend.api.checks import (
    HOUR,
    MAX_GENES,
    can,
    capable,
    capped,
    checked_choice,
    checked_name,
    checked_names,
    checked_pool,
    checked_species,
    digest,
    known_genes,
    none_known,
)
from backend.demo import example
from backend.errors import BadInput, NotFound
from backend.model import Answer, Choice, Grouping, Pool, Species
from backend.sources import base
from backend.sources.base import Progress

__all__ = [
    "MAX_GENES",
    "cell_lines",
    "cohort_profile",
    "example_counts",
    "group_points",
    "groupings",
    "nearest_tissues",
    "percentiles",
    "points",
    "recognised",
    "tissue_profile",
    "tissue_profiles",
]

MAX_TISSUE_CHARACTERS = 100
EVERYTHING = Choice()


def tissue_profile(
    source: str, gene: str, species: Species = "human", choice: Choice = EVERYTHING
) -> Answer[pd.DataFrame]:
    """One gene over tissues, highest first: tissue, system, median, z, and what else the source has.

    choice: pool, balance and groups of samples, for sources that have samples (“Pools and cohorts”), or what the
    samples of a study are grouped by (“Choice of grouping”); others answer the default choice only, and raise
    NotFound for another.
    """
    name, checked = checked_name(gene), checked_species(species)
    if choice == EVERYTHING:
        return _tissue_profile(source, registry.stamp(source), name, checked)
    answer = _chosen(source, (name,), checked, checked_choice(choice))
    table = answer.value.drop(columns="gene").sort_values("median", ascending=False, na_position="last")
    return Answer(table.reset_index(drop=True), answer.provenance)


def cohort_profile(source: str, gene: str, species: Species = "human") -> Answer[pd.DataFrame]:
    """One gene over cohorts in units of their own: cohort, name, unit, value (linear)."""
    return _cohort_profile(source, registry.stamp(source), checked_name(gene), checked_species(species))


def cell_lines(source: str, gene: str, species: Species = "human") -> Answer[pd.DataFrame]:
    """One gene over cell lines, highest first: cell_line, tissue, min, q1, median, q3, max."""
    return _cell_lines(source, registry.stamp(source), checked_name(gene), checked_species(species))


def tissue_profiles(
    source: str,
    genes: Iterable[str],
    species: Species = "human",
    on_progress: Progress | None = None,
    choice: Choice = EVERYTHING,
) -> Answer[pd.DataFrame]:
    """Several genes over tissues: gene, tissue, system, median, z; long, genes in the given order.

    Unknown genes are left out and named in the provenance; NotFound when none is known;
    TooLarge over MAX_GENES. on_progress(done, of) is called as genes arrive. choice: as in tissue_profile.
    """
    names = capped(checked_names(genes))
    found, missing = known_genes(source, names, checked_species(species))
    if not found:
        raise NotFound(none_known(len(names)), "Check the list.")
    if choice != EVERYTHING:
        if choice.by and can(source, base.ProfilePanel):  # fetched one by one, told on the way, and kept
            _panel(source, registry.stamp(source), found, species, on_progress)
        answer = _chosen(source, found, species, checked_choice(choice))
    elif can(source, base.TissueProfiles):
        answer = _tissue_profiles(source, registry.stamp(source), digest(found), species, found)
    elif can(source, base.ProfilePanel) and len(found) > 1:
        answer = _panel(source, registry.stamp(source), found, species, on_progress)
    else:
        answer = _one_by_one(source, found, species, on_progress)
    if on_progress:
        on_progress(len(found), len(found))
    return Answer(answer.value, answer.provenance.noting(*missing))


def groupings(source: str, species: Species = "human") -> Answer[tuple[Grouping, ...]]:
    """What the samples of a study can be grouped by (`Choice.by`), the usual way first."""
    return _groupings(source, registry.stamp(source), checked_species(species))


def group_points(
    source: str, genes: Iterable[str], species: Species = "human", by: Iterable[str] = ()
) -> Answer[pd.DataFrame]:
    """The samples of a study behind the boxes of its groups: gene, tissue (the group), sample, series, title, value.

    Those that were measured, group by group. by: as in Choice. TooLarge over MAX_GENES, or over the source's own cap.
    Not kept.
    """
    names = capped(checked_names(genes))
    chosen = checked_choice(Choice(by=tuple(by)))
    found, missing = known_genes(source, names, checked_species(species))
    if not found:
        raise NotFound(none_known(len(names)), "Check the list.")
    asked = capable(source, base.Groupings)
    if not isinstance(asked, base.GroupedPoints):
        raise NotFound(f"{registry.get(source).title} has no points of a group.", "Choose another source.")
    answer = asked.grouped_points(found, species, chosen.by)
    return Answer(answer.value, answer.provenance.noting(*missing))


def points(
    source: str, gene: str, tissue: str, species: Species = "human", pool: Pool = "bulk"
) -> Answer[pd.DataFrame]:
    """The samples behind one box: sample, series, title, value; a random draw when there are many."""
    name = str(tissue)[:MAX_TISSUE_CHARACTERS]
    key = digest(name)
    stamp = registry.stamp(source)
    return _points(source, stamp, checked_name(gene), key, checked_species(species), checked_pool(pool), name)


def percentiles(
    source: str, counts: pd.DataFrame, genes: Iterable[str], species: Species = "human", pool: Pool = "bulk"
) -> Answer[pd.DataFrame]:
    """Where the user's sample (gene, count) stands: gene, tissue, system, n, value, percentile. Not kept."""
    names = capped(checked_names(genes))
    found, missing = known_genes(source, names, checked_species(species))
    if not found:
        raise NotFound(none_known(len(names)), "Check the genes.")
    asked = capable(source, base.OwnSample)
    answer = asked.percentiles(_own(counts), found, species, checked_pool(pool))
    told = answer.provenance
    return Answer(answer.value, replace(told, notes=tuple(dict.fromkeys(missing + told.notes))))


def nearest_tissues(
    source: str, counts: pd.DataFrame, species: Species = "human", pool: Pool = "bulk"
) -> Answer[pd.DataFrame]:
    """The tissues the user's sample (gene, count) resembles, nearest first: tissue, system, n, r. Not kept."""
    asked = capable(source, base.NearestTissues)
    return asked.nearest_tissues(_own(counts), checked_species(species), checked_pool(pool))


def recognised(source: str, counts: pd.DataFrame, species: Species = "human") -> Answer[pd.DataFrame]:
    """The user's sample (gene, count, line) with the gene each line stands for: gene, count, line, known ("" none).

    Raises BadInput, naming both lines, when two names stand for the same gene. Not kept.
    """
    asked = capable(source, base.KnownNames)
    names = [str(name) for name in _own(counts)["gene"]]
    table = counts.assign(known=list(asked.known_names(names, checked_species(species))))
    found = table[table["known"] != ""]
    again = found[found["known"].duplicated(keep="first")]
    if len(again):
        second = again.iloc[0]
        first = found[found["known"] == second["known"]].iloc[0]
        raise BadInput(
            f"{first['gene']} on line {first['line']} and {second['gene']} on line {second['line']} are the same gene.",
            "Give each gene once, by one kind of name.",
            line=int(second["line"]),
        )
    shown = registry.get(source)
    return Answer(table, shown.provenance(species, n=len(found)))


def example_counts(species: Species = "human") -> bytes:
    """A simulated liver sample as TSV, to see what a file of counts looks like."""
    return example.counts(checked_species(species))


def _own(counts: pd.DataFrame) -> pd.DataFrame:
    if counts.empty:
        raise BadInput("The sample has no rows.", "Give a gene and a count in each row.")
    return counts


def _one_by_one(
    source: str, names: tuple[str, ...], species: Species, on_progress: Progress | None
) -> Answer[pd.DataFrame]:
    tables = []
    for done, name in enumerate(names, start=1):
        answer = _tissue_profile(source, registry.stamp(source), name, species)
        tables.append(answer.value.assign(gene=name))
        if on_progress:
            on_progress(done, len(names))
    table = pd.concat(tables, ignore_index=True)
    return Answer(table[["gene", *[c for c in table.columns if c != "gene"]]], answer.provenance)


def _chosen(source: str, names: tuple[str, ...], species: Species, choice: Choice) -> Answer[pd.DataFrame]:
    return _chosen_profiles(source, registry.stamp(source), names, species, digest(choice), choice)


@st.cache_data(ttl=HOUR, max_entries=500, show_spinner=False)
def _tissue_profile(source: str, stamp: str, name: str, species: Species) -> Answer[pd.DataFrame]:
    del stamp
    return capable(source, base.TissueProfile).tissue_profile(name, species)


@st.cache_data(ttl=HOUR, max_entries=500, show_spinner=False)
def _cohort_profile(source: str, stamp: str, name: str, species: Species) -> Answer[pd.DataFrame]:
    del stamp
    return capable(source, base.CohortProfile).cohort_profile(name, species)


@st.cache_data(ttl=HOUR, max_entries=16, show_spinner=False)
def _tissue_profiles(
    source: str, stamp: str, key: str, species: Species, _names: tuple[str, ...]
) -> Answer[pd.DataFrame]:
    del stamp, key
    return capable(source, base.TissueProfiles).tissue_profiles(_names, species)


@st.cache_data(ttl=HOUR, max_entries=16, show_spinner=False)
def _panel(
    source: str, stamp: str, names: tuple[str, ...], species: Species, _on_progress: Progress | None
) -> Answer[pd.DataFrame]:
    del stamp
    return capable(source, base.ProfilePanel).profile_panel(names, species, _on_progress)


@st.cache_data(ttl=HOUR, max_entries=50, show_spinner=False)
def _cell_lines(source: str, stamp: str, name: str, species: Species) -> Answer[pd.DataFrame]:
    del stamp
    return capable(source, base.CellLines).cell_lines(name, species)


@st.cache_data(ttl=HOUR, max_entries=32, show_spinner=False)
def _chosen_profiles(
    source: str, stamp: str, names: tuple[str, ...], species: Species, key: str, _choice: Choice
) -> Answer[pd.DataFrame]:
    del stamp, key
    asked = registry.get(source)
    if _choice.by and isinstance(asked, base.GroupedProfiles):
        return asked.grouped_profiles(names, species, _choice.by)
    if _choice.by:
        capable(source, base.Groupings)  # tells which sources have it
    return capable(source, base.ChosenProfiles).chosen_profiles(names, species, _choice)


@st.cache_data(ttl=HOUR, max_entries=100, show_spinner=False)
def _groupings(source: str, stamp: str, species: Species) -> Answer[tuple[Grouping, ...]]:
    del stamp
    return capable(source, base.Groupings).groupings(species)


@st.cache_data(ttl=HOUR, max_entries=100, show_spinner=False)
def _points(
    source: str, stamp: str, name: str, key: str, species: Species, pool: Pool, _tissue: str
) -> Answer[pd.DataFrame]:
    del stamp, key
    return capable(source, base.TissuePoints).points(name, _tissue, species, pool)
