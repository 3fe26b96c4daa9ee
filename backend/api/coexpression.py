"""Partners of genes, networks, and what is behind one edge."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import get_args

import pandas as pd
import streamlit as st

from backend import network as networks
from backend import sources as registry
from backend.api.checks import (
    HOUR,
    can,
    capable,
    capped,
    checked_name,
    checked_names,
    checked_pool,
    checked_species,
    digest,
    known_genes,
)
from backend.errors import BadInput, NotFound, TooLarge
from backend.model import Answer, Network, Pool, Species
from backend.network import Growth, Sign
from backend.sources import base
from backend.sources.base import Method

MAX_PARTNERS = 500
MAX_WITHIN_CHARACTERS = 2_000
MAX_WITHIN_GENES = 25
Partners = dict[str, Answer[pd.DataFrame]]
Ask = Callable[[str], Answer[pd.DataFrame]]


def coexpressed(
    source: str,
    gene: str,
    species: Species = "human",
    limit: int = 100,
    within: str | None = None,
    method: Method = "pearson",
    pool: Pool = "bulk",
) -> Answer[pd.DataFrame]:
    """Partners of a gene: gene, r, n, p, q, mean_expression; up to `limit` of each sign, strongest first.

    within: "tissue:Liver", "series:GSE1" or "query:words of a search". within, method and pool other than the
    defaults need a source with samples (“Co-expression within”).
    """
    if not 1 <= limit <= MAX_PARTNERS:
        raise BadInput(f"limit is {limit}; it can be 1 to {MAX_PARTNERS}.", "Ask for fewer partners.")
    if method not in get_args(Method):
        raise BadInput(f"“{str(method)[:20]}” is not a correlation.", "Choose pearson or spearman.")
    if within is not None and not 0 < len(within) <= MAX_WITHIN_CHARACTERS:
        raise BadInput("The group of samples is empty or too long.", "Write tissue:Liver, series:GSE1 or query:words.")
    name, checked, stamp = checked_name(gene), checked_species(species), registry.stamp(source)
    if (method, checked_pool(pool)) == ("pearson", "bulk"):
        return _coexpressed(source, stamp, name, checked, int(limit), digest(within), within)
    return _chosen(source, stamp, name, checked, int(limit), digest(within), method, pool, within)


def batch_coexpressed(
    source: str,
    genes: Iterable[str],
    species: Species = "human",
    limit: int = 10,
    within: str | None = None,
    method: Method = "pearson",
    pool: Pool = "bulk",
) -> Answer[pd.DataFrame]:
    """The strongest partners of each gene of a list: query_gene, gene, r, n, p, q, mean_expression.

    within, method, pool: as in coexpressed; with any of them the counts are read anew for each gene, so TooLarge
    above MAX_WITHIN_GENES.
    """
    names = capped(checked_names(genes))
    ask: Ask | None = None
    if (within, method, checked_pool(pool)) != (None, "pearson", "bulk"):
        if len(names) > MAX_WITHIN_GENES:
            what = f"{len(names):,} genes; within a group, by rank or over another pool the cap is {MAX_WITHIN_GENES}."
            raise TooLarge(what, "Take fewer genes, or Pearson over all bulk samples.")

        def ask(name: str) -> Answer[pd.DataFrame]:
            return coexpressed(source, name, species, limit, within, method, pool)

    answers, missing = _partners_of(source, names, checked_species(species), limit, pool, ask)
    tables = [answer.value.head(limit).assign(query_gene=name) for name, answer in answers.items()]
    table = pd.concat(tables, ignore_index=True)
    table = table[["query_gene", *[c for c in table.columns if c != "query_gene"]]]
    return Answer(table, next(iter(answers.values())).provenance.noting(*missing))


def network(
    source: str,
    seeds: Iterable[str],
    species: Species = "human",
    hops: int = 1,
    per_gene: int = 20,
    min_r: float = 0.0,
    sign: Sign = "both",
    max_nodes: int = networks.MAX_NODES,
    max_edges: int = networks.MAX_EDGES,
    pool: Pool = "bulk",
) -> Answer[Network]:
    """A co-expression network around `seeds`: nodes and edges, modules, layout, and what the caps left out."""
    names = checked_names(seeds)
    growth = Growth(hops, per_gene, min_r, sign, max_nodes, max_edges)
    growth.check()
    return _network(source, registry.stamp(source), names, checked_species(species), growth, checked_pool(pool))


def edge(
    source: str, gene_a: str, gene_b: str, species: Species = "human", pool: Pool = "bulk"
) -> Answer[pd.DataFrame]:
    """A pair tissue by tissue: tissue, system, n, r, r_without; attrs pooled (r) and sentence (what carries it)."""
    first, second = checked_name(gene_a), checked_name(gene_b)
    return _edge(source, registry.stamp(source), first, second, checked_species(species), checked_pool(pool))


def _partners_of(
    source: str,
    names: tuple[str, ...],
    species: Species,
    limit: int,
    pool: Pool = "bulk",
    ask: Ask | None = None,
) -> tuple[Partners, tuple[str, ...]]:
    """Symbol -> its partners, and a sentence for each name that has none; NotFound when none has.

    ask: where the partners come from, else the quickest way.
    """
    found, missing = known_genes(source, names, species)
    answers: Partners = {}
    lacking: list[str] = []
    for name in found:
        try:
            answers[name] = ask(name) if ask else _quickly(source, name, species, limit, pool)
        except NotFound as error:
            lacking.append(f"Left out: {error.message}")
    if not answers:
        sentences = (*missing, *lacking)
        raise NotFound(sentences[0].removeprefix("Left out: "), "Check the genes.")
    return answers, (*missing, *lacking)


def _quickly(source: str, name: str, species: Species, limit: int, pool: Pool) -> Answer[pd.DataFrame]:
    """Partners from the table made beforehand, where the source has one."""
    if can(source, base.Neighbours):
        return _neighbours(source, registry.stamp(source), name, species, limit, pool)
    return coexpressed(source, name, species, limit, pool=pool)


def _pairs(source: str, species: Species, pool: Pool) -> networks.Pairs | None:
    """The source's correlations among a few genes, where it can tell them at once."""
    asked = registry.get(source)
    if isinstance(asked, base.ChosenPairs):
        return lambda names: asked.chosen_correlations(names, species, pool).value
    if isinstance(asked, base.PairCorrelation):
        return lambda names: asked.correlations(names, species).value
    return None


def _mean_expression(source: str, name: str, species: Species) -> float:
    """Mean over the measured tissues, where the source has tissues, else NaN."""
    asked = registry.get(source)
    if not isinstance(asked, base.TissueProfile):
        return float("nan")
    return float(asked.tissue_profile(name, species).value["median"].mean())


@st.cache_data(ttl=HOUR, max_entries=500, show_spinner=False)
def _coexpressed(
    source: str, stamp: str, name: str, species: Species, limit: int, key: str, _within: str | None
) -> Answer[pd.DataFrame]:
    del stamp, key
    return capable(source, base.Coexpression).coexpressed(name, species, limit, _within)


@st.cache_data(ttl=HOUR, max_entries=200, show_spinner=False)
def _chosen(
    source: str, stamp: str, name: str, species: Species, limit: int, key: str, method: Method, pool: Pool,
    _within: str | None,
) -> Answer[pd.DataFrame]:  # fmt: skip
    del stamp, key
    asked = capable(source, base.ChosenCoexpression)
    return asked.chosen_partners(name, species, limit, _within, method, pool)


@st.cache_data(ttl=HOUR, max_entries=500, show_spinner=False)
def _neighbours(source: str, stamp: str, name: str, species: Species, limit: int, pool: Pool) -> Answer[pd.DataFrame]:
    del stamp
    return capable(source, base.Neighbours).neighbours(name, species, limit, pool)


@st.cache_data(ttl=HOUR, max_entries=50, show_spinner=False)
def _network(
    source: str, stamp: str, seeds: tuple[str, ...], species: Species, growth: Growth, pool: Pool
) -> Answer[Network]:
    del stamp
    answers, missing = _partners_of(source, seeds, species, growth.per_gene, pool)
    grown = networks.grow(
        tuple(answers),
        lambda name, limit: _quickly(source, name, species, limit, pool).value,
        _pairs(source, species, pool),
        growth,
        {name: _mean_expression(source, name, species) for name in answers},
    )
    provenance = next(iter(answers.values())).provenance
    return Answer(grown, provenance.noting(*missing, *grown.left_out))


@st.cache_data(ttl=HOUR, max_entries=100, show_spinner=False)
def _edge(source: str, stamp: str, gene_a: str, gene_b: str, species: Species, pool: Pool) -> Answer[pd.DataFrame]:
    del stamp
    return capable(source, base.EdgeDetail).edge(gene_a, gene_b, species, pool)
