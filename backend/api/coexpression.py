"""Partners of genes, networks, and what is behind one edge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
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
from backend.model import COEXPRESSION_COLUMNS, Answer, Network, Pool, Provenance, Species
from backend.network import Growth, Sign
from backend.sources import base
from backend.sources.base import Method, Progress

MAX_PARTNERS = 500
MAX_WITHIN_CHARACTERS = 2_000
MAX_WITHIN_GENES, MAX_PAIRED = 25, 60
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
    on_progress: Progress | None = None,
) -> Answer[pd.DataFrame]:
    """The strongest partners of each gene of a list: query_gene, gene, r, n, p, q, mean_expression.

    on_progress(done, of) may raise to cancel. within, method, pool: as in coexpressed; with any of them the counts
    are read anew for each gene, so TooLarge above MAX_WITHIN_GENES.
    """
    names = capped(checked_names(genes))
    ask: Ask | None = None
    if (within, method, checked_pool(pool)) != (None, "pearson", "bulk"):
        if len(names) > MAX_WITHIN_GENES:
            what = f"{len(names):,} genes; within a group, by rank or over another pool the cap is {MAX_WITHIN_GENES}."
            raise TooLarge(what, "Take fewer genes, or Pearson over all bulk samples.")

        def ask(name: str) -> Answer[pd.DataFrame]:
            return coexpressed(source, name, species, limit, within, method, pool)

    answers, missing = _partners_of(source, names, checked_species(species), limit, pool, ask, on_progress)
    tables = [answer.value.head(limit).assign(query_gene=name) for name, answer in answers.items()]
    table = pd.concat(tables, ignore_index=True)
    table = table[["query_gene", *[c for c in table.columns if c != "query_gene"]]]
    return Answer(table, _joint(answers).noting(*missing))


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
    on_progress: Progress | None = None,
) -> Answer[Network]:
    """A co-expression network around `seeds`: nodes and edges, modules, layout, and what the caps left out.

    on_progress(done, of) is called for each hop by sources that are asked gene by gene, and may raise to cancel.
    """
    names = checked_names(seeds)
    growth = Growth(hops, per_gene, min_r, sign, max_nodes, max_edges)
    growth.check()
    stamp = registry.stamp(source)
    return _network(source, stamp, names, checked_species(species), growth, checked_pool(pool), on_progress)


def pair_correlations(
    source: str, genes: Iterable[str], species: Species = "human", on_progress: Progress | None = None
) -> Answer[pd.DataFrame]:
    """r and n of every pair among up to MAX_PAIRED genes: EDGE_COLUMNS, strongest |r| first.

    on_progress(done, of): of sources that are asked gene by gene. Unknown genes are named in the notes.
    """
    names = checked_names(genes)
    if len(names) > MAX_PAIRED:
        raise TooLarge(f"{len(names):,} genes to pair; the cap is {MAX_PAIRED}.", "Take fewer genes.")
    found, missing = known_genes(source, names, checked_species(species))
    if len(found) < 2:
        what = missing[0].removeprefix("Left out: ") if missing else "One gene has no pair."
        raise NotFound(what, "Name two genes or more.")
    answer = _correlations(source, registry.stamp(source), found, species, on_progress)
    return Answer(answer.value, answer.provenance.noting(*missing))


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
    on_progress: Progress | None = None,
) -> tuple[Partners, tuple[str, ...]]:
    """Symbol -> its partners, and a sentence for each name that has none; NotFound when none has.

    ask: where the partners come from, else the quickest way.
    """
    found, missing = known_genes(source, names, species)
    if len(names) == 1 and not found:  # its own error, with what may be meant
        capable(source, base.GeneLookup).gene(names[0], species)
    answers: Partners = {} if ask else _side_by_side(source, found, species, limit, on_progress)
    lacking: list[str] = []
    for name in found:
        try:
            if name not in answers:
                answers[name] = ask(name) if ask else _quickly(source, name, species, limit, pool)
        except NotFound as error:
            lacking.append(f"Left out: {error.message}")
    if not answers:
        sentences = (*missing, *lacking)
        raise NotFound(sentences[0].removeprefix("Left out: "), "Check the genes.")
    return answers, (*missing, *lacking)


def _joint(answers: Partners) -> Provenance:
    """One provenance of several answers: the oldest, stale when any is, and who else answered."""
    every = [answer.provenance for answer in answers.values()]
    versions = tuple(dict.fromkeys(p.version for p in every))
    mixed = f"Partners come from different services, which take r over different samples: {', '.join(versions)}."
    stale = next((p for p in every if p.stale), None)
    notes = ((stale.notes[:1] if stale else ()) + every[0].notes) + ((mixed,) if len(versions) > 1 else ())
    first = replace(every[0], notes=(), stale=stale is not None, fetched_at=min(p.fetched_at for p in every))
    return first.noting(*notes)


def _side_by_side(
    source: str, names: Sequence[str], species: Species, limit: int, on_progress: Progress | None = None
) -> Partners:
    """Partners of several genes, where the source is asked for each; those that failed are asked for again alone."""
    asked = registry.get(source)
    if not isinstance(asked, base.PartnerPanel) or len(names) < 2:
        return {}
    found = asked.partner_panel(names, species, limit, on_progress)
    return {name: one for name, one in found.items() if isinstance(one, Answer)}


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
    if not isinstance(asked, base.TissueProfile) or asked.kind == "live":  # one more request for each gene
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
    source: str,
    stamp: str,
    seeds: tuple[str, ...],
    species: Species,
    growth: Growth,
    pool: Pool,
    _on_progress: Progress | None,
) -> Answer[Network]:
    del stamp
    answers, missing = _partners_of(source, seeds, species, growth.per_gene, pool, None, _on_progress)
    fetched = dict(answers)
    alone: list[str] = []

    def partners(name: str, limit: int) -> pd.DataFrame:
        try:
            return (fetched.get(name) or _quickly(source, name, species, limit, pool)).value
        except NotFound as error:  # a partner of a partner that the source does not know by this name
            alone.append(f"No partners of {name}: {error.message}")
            return pd.DataFrame(columns=list(COEXPRESSION_COLUMNS))

    def begin_hop(genes: Sequence[str]) -> None:
        new = [gene for gene in genes if gene not in fetched]
        fetched.update(_side_by_side(source, new, species, growth.per_gene, _on_progress))

    grown = networks.grow(
        tuple(answers),
        partners,
        _pairs(source, species, pool),
        growth,
        {name: _mean_expression(source, name, species) for name in answers},
        begin_hop,
    )
    return Answer(grown, _joint(answers | fetched).noting(*missing, *grown.left_out, *alone))


@st.cache_data(ttl=HOUR, max_entries=50, show_spinner=False)
def _correlations(
    source: str, stamp: str, names: tuple[str, ...], species: Species, _on_progress: Progress | None
) -> Answer[pd.DataFrame]:
    del stamp
    asked = capable(source, base.PairCorrelation)
    if isinstance(asked, base.ProfilePanel):
        asked.profile_panel(names, species, _on_progress)
    answer = asked.correlations(names, species)
    order = answer.value["r"].abs().sort_values(ascending=False, kind="stable").index
    return Answer(answer.value.loc[order].reset_index(drop=True), answer.provenance)


@st.cache_data(ttl=HOUR, max_entries=100, show_spinner=False)
def _edge(source: str, stamp: str, gene_a: str, gene_b: str, species: Species, pool: Pool) -> Answer[pd.DataFrame]:
    del stamp
    return capable(source, base.EdgeDetail).edge(gene_a, gene_b, species, pool)
