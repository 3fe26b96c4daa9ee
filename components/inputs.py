"""The controls of every page. The same control has the same key, name and default everywhere.

Every session key and URL parameter is a constant here. Each control reads its value from the
URL and writes it back (see view.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from backend import api
from backend.model import SourceInfo, Species
from components import view

# URL parameters, each also the key of its widget
SOURCE, SPECIES = "source", "species"
GENE, GENES, SEED, SEARCH, PAGE = "gene", "genes", "seed", "q", "page"
MEASURE, TOP, SORT, SYSTEM, COHORTS = "measure", "top", "sort", "system", "cohorts"
CLUSTER_GENES, CLUSTER_TISSUES, LINKAGE, METRIC, CLIP = (
    "cluster_genes",
    "cluster_tissues",
    "linkage",
    "metric",
    "clip",
)
HOPS, PARTNERS, MIN_R, SIGN, NODES, EDGES, FIND, PAIR = (
    "hops",
    "partners",
    "min_r",
    "sign",
    "nodes",
    "edges",
    "find",
    "pair",
)
FACET = "only"
COHORT, POOL, METHOD, WITHIN, REGEX = "cohort", "pool", "method", "within", "regex"
OVER = "over"  # the points of the scatter of an edge
# Profiles and maps of sources with samples: weights, tissues of few samples, the tissue shown in points; columns
BALANCED, SMALL, POINTS, COLUMNS, OF, SAMPLES = "balanced", "small", "points", "columns", "of", "samples"
BY, AND_BY = "by", "and"  # of a study: what its samples are grouped by, and what that is crossed with
LINES = "lines"  # how many cell lines are shown
# The parts of Datasets; of an RNAget server what is listed, chosen and drawn
PART, SERVER, LISTED, PROJECT, STUDY, MATRIX = "part", "server", "list", "project", "study", "matrix"
TRACKS_OF, CHROMOSOME, START, END, TRACKS, ONE_SCALE = "signal", "chr", "start", "end", "tracks", "one_scale"
# Of an ODM server: the part of a study, detail of metadata, narrower terms, a query and what it asks for, a version
TAB, DETAIL, NARROWER, QUERY, ASKED, AGAINST = "tab", "detail", "narrower", "query", "asked", "against"
PLOTTED, AND_PLOTTED = "attribute", "by_attribute"  # attributes that are plotted
# Of the lab's own studies: the one opened, what files are added to, a group and an object of it
OWN_STUDY, OWN_ADD, OWN_GROUP, OWN_ITEM = "own", "add", "group", "item"
PUBLISH = "publish"  # the own study that the part of ODM is to publish
DO = "do"  # what a curator does with an ODM server
# Of a section: the one drawn, the scale of its values, what its colours tell, how its spots are drawn
SECTION, SCALE, COLOUR, DRAWN_AS, Y_DOWN, SPOT_SIZE = "section", "scale", "colour", "as", "y_down", "size"
WINDOW = "window"  # the part of the section that is shown
ABSENT_AS_0 = "absent_as_0"  # whether spots that an answer does not list count as 0
CATALOGUE = "catalogue"  # of all data sets: the catalogue shown as a whole
# Of STOmics: the data set that is open, technologies searched for, data sets on a page
DATASET, TECHNOLOGY, PER_PAGE = "dataset", "technology", "per_page"
# Session only
ODM_JOBS = "odm_jobs"  # what this session began to fetch
ODM_DRAFTS, ODM_TOLD = "odm_drafts", "odm_told"  # imports into ODM being put together, the last outcome of a change
# Of imports into ODM: those shown until closed, the files they came of, the files checked last, an own study's, a row
ODM_BEGUN, ODM_LEFT, ODM_CHECKED, ODM_WISH, ODM_ROW = "odm_begun", "odm_left", "odm_checked", "odm_wish", "odm_row"
BASKET, DRAFT, UPLOAD, GENE_SET, CLICKED = "basket", "draft", "upload", "gene_set", "clicked"
KNOWN_COHORTS, COHORT_NAME, COHORT_PROBLEM = "known_cohorts", "cohort_name", "cohort_problem"
FORM, EXPORT = "form", "export"
RELEASES, RELEASE = "releases", "release"  # files that ARCHS4 publishes, and the one chosen
CANCELLED = "cancelled"  # what the user stopped fetching
CATALOGUES_FAILED = "catalogues_failed"  # catalogues that did not answer, and when
PROBED = "probed"  # what STOmics said of itself
OPENED, SIGNAL = "opened", "signal_answer"  # of RNAget servers: the matrix opened last, the signal fetched last
OWN_SAMPLE, OWN_PROBLEM, OWN_ANSWERS, OWN_TEXT = "own_sample", "own_problem", "own_answers", "own_text"
SECTION_TOLD, SECTION_CHOICE = "section_told", "section_choice"  # why a spatial file was not opened; matrices of one
OWN_DRAFT, OWN_JOBS, OWN_TOLD = "own_draft", "own_jobs", "own_told"  # files being added, imports begun, last outcome
SOURCE_INFO = "_source_info"  # the source in force, see sidebar.py
OFFERED_AGAIN = "_offered_again"  # whether this run has offered to try again
WARNED = "_warned"  # what this run has warned of

MAX_GENES_SIDE_BY_SIDE = 6
SIDEBAR_CHARACTERS = 27
ALL = "all"
# What goes out of the URL with the old value of an option: the page of a search, the edge of a network.
_NETWORK = (SEED, HOPS, PARTNERS, MIN_R, SIGN, NODES, EDGES, POOL)
DROPPING = {
    SOURCE: (SPECIES, BY, AND_BY, SECTION, SCALE, WINDOW),
    SECTION: (BY, SCALE, WINDOW),
    BY: (AND_BY, POINTS, OF, OVER),
    AND_BY: (POINTS, OF, OVER),
    PART: (TAB, PLOTTED, AND_PLOTTED, PAGE, CATALOGUE, DATASET),
    SEARCH: (PAGE,),
    SORT: (PAGE,),
    PER_PAGE: (PAGE,),
    REGEX: (PAGE, FACET),
    LISTED: (PAGE, FACET, FIND),
} | dict.fromkeys(_NETWORK, (PAIR,))


def _writes(
    key: str, default: object, text: Callable[[Any], str] = str, among: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """The arguments of a widget that make it write its changes into the URL. among: the values it offers."""
    return {"key": key, "on_change": view.changed, "args": (key, default, text, DROPPING.get(key, ()), among)}


def choice(
    label: str,
    key: str,
    options: Sequence[str],
    default: str,
    names: dict[str, str] | None = None,
    control: Callable[..., Any] = st.selectbox,
    **extra: Any,
) -> str:
    """One of a few options; `names` gives the words shown for them."""

    def parse(text: str) -> str:
        if text not in options:
            raise ValueError(text)
        return text

    view.one(key, default, parse)
    chosen: str = control(
        label,
        list(options),
        format_func=lambda option: (names or {}).get(option, option),
        **_writes(key, default, among=tuple(options)),
        **extra,
    )
    return chosen


def page() -> int:
    """The page of a list, from 1."""

    def parse(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= 100_000:
            raise ValueError(text)
        return int(text)

    return view.one(PAGE, 1, parse)


def segments(
    label: str,
    key: str,
    options: Sequence[str],
    default: str,
    names: dict[str, str] | None = None,
    **extra: Any,
) -> str:
    """One of two to four options, all visible."""
    return choice(label, key, options, default, names, control=st.segmented_control, required=True, **extra)


def switch(label: str, key: str, default: bool, **extra: Any) -> bool:
    """On or off."""

    def parse(text: str) -> bool:
        if text not in ("0", "1"):
            raise ValueError(text)
        return text == "1"

    def text(on: bool) -> str:
        return "1" if on else "0"

    view.one(key, default, parse, text)
    on: bool = st.toggle(label, **_writes(key, default, text), **extra)
    return on


def number(
    label: str,
    key: str,
    low: float,
    high: float,
    default: float,
    step: float,
    control: Callable[..., Any] = st.slider,
    **extra: Any,
) -> Any:
    """A number in a range; whole when `step` is whole."""
    kind = type(step)

    def parse(text: str) -> Any:
        value = kind(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    view.one(key, default, parse)
    return control(label, low, high, step=step, **_writes(key, default), **extra)


def several(label: str, key: str, options: Sequence[str], **extra: Any) -> tuple[str, ...]:
    """Any number of options; none chosen means no restriction."""
    chosen = view.many(key, (), len(options))
    known = [option for option in chosen if option in options]
    for option in chosen:
        if option not in options:
            view.ignore(f"The link asks for {key} = “{option}”, which is not there; it is left out.")
    view.keep(key, known)
    st.multiselect(label, list(options), **_writes(key, []), **extra)
    return tuple(known)


def genes(label: str, key: str, source: str, species: Species, default: tuple[str, ...], most: int) -> tuple[str, ...]:
    """Genes by any of their names: known symbols are offered, anything may be typed."""
    chosen = view.many(key, default, most)
    st.multiselect(
        label,
        api.genes(source, species),
        accept_new_options=True,
        max_selections=most,
        filter_mode="prefix",
        select_all=False,  # else Enter after "INS" takes every gene that begins so
        **_writes(key, list(default)),
        placeholder="Type a symbol, alias, Ensembl or Entrez id",
    )
    return chosen


def text(label: str, key: str, default: str = "", **extra: Any) -> str:
    """One line of text."""
    view.one(key, default, lambda raw: raw[:2_000])
    typed: str = st.text_input(label, **_writes(key, default), **extra)
    return typed


def short(title: str) -> str:
    """The title of a source as wide as the sidebar: without its bracket, then without its middle."""
    if len(title) > SIDEBAR_CHARACTERS:
        title = title.rpartition(" (")[0] or title
    half = SIDEBAR_CHARACTERS // 2
    return title if len(title) <= SIDEBAR_CHARACTERS else f"{title[:half]}…{title[-half:]}"


def source_names(titles: Mapping[str, str]) -> dict[str, str]:
    """Key -> title as wide as the sidebar; of those that read alike, with the end of the key.

    A select box tells its options apart by what it shows: of two alike it would take either.
    """
    names = {key: short(title) for key, title in titles.items()}
    counts = Counter(names.values())
    half = SIDEBAR_CHARACTERS // 2
    told = {key: f"{name[:half]}…{key[-half:]}" if counts[name] > 1 else name for key, name in names.items()}
    again = Counter(told.values())
    return {key: key if again[name] > 1 else name for key, name in told.items()}


def source_and_species(infos: Sequence[SourceInfo]) -> tuple[SourceInfo, Species]:
    """The two pickers of the sidebar."""
    by_key = {info.key: info for info in infos}
    names = source_names({key: info.title for key, info in by_key.items()})
    key = choice("Source", SOURCE, list(by_key), api.DEFAULT_SOURCE, names)
    info = by_key[key]
    species = segments("Species", SPECIES, list(info.species), info.species[0], {"human": "Human", "mouse": "Mouse"})
    return info, "mouse" if species == "mouse" else "human"
