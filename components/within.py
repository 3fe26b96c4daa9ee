"""Within which samples partners are looked for: all of the pool, a tissue, a series, or a search."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import streamlit as st

from backend import api
from backend.model import Choice, Pool, SourceInfo, Species
from components import cohorts, groups, inputs, view

METHODS = {"pearson": "Pearson", "spearman": "Spearman"}

EVERYTHING = ""
KINDS = ("tissue", "series", "query")
STUDY_KINDS = ("group", "query")
FEWEST = 4  # samples for a correlation
MAX_CHARACTERS = 2_000
_SERIES = re.compile(r"^GSE\d+$", re.IGNORECASE)
_HELP = (
    "Partners within a tissue, a cohort, a series (type its accession) or a search (type its words), over all its "
    "samples of the pool. The network stays as it is."
)


_TERM_HELP = (
    "Partners within samples whose description holds this term, for example liver, HeLa or GSE20002. ARCHS4 takes up "
    "to 200 of them. The network stays as it is."
)


_STUDY_HELP = (
    f"Partners over the samples of one group of the study, at least {FEWEST}, or of a search (type its words). The "
    "network stays as it is."
)

_SECTION_HELP = f"Partners over the spots of one group, at least {FEWEST}. The network stays as it is."


@dataclass(frozen=True)
class Asked:
    """Which samples partners are looked for in, and how. within: as `picker` gives it."""

    pool: Pool = "bulk"
    method: api.Method = "pearson"
    within: str | None = None


def method() -> api.Method:
    """Pearson or Spearman, in the URL as `method`."""
    return cast("api.Method", inputs.segments("Method", inputs.METHOD, list(METHODS), "pearson", METHODS))


def picker(source: str, species: Species, genes: Sequence[str], pool: Pool) -> str | None:
    """The group in the form "tissue:Liver", "series:GSE1" or "query:words"; None for all samples of the pool."""
    chosen = view.one(inputs.WITHIN, EVERYTHING, _parsed)
    tissues = _tissues(source, species, genes, pool)
    named = {f"query:{cohort.query}": cohort.name for cohort in cohorts.known()}
    options = list(dict.fromkeys([EVERYTHING, *named, *tissues, chosen]))

    def words(option: str) -> str:
        if option in named:
            return f"{named[option]} (cohort)"
        return f"{name(option)} (n = {tissues[option]:,})" if option in tissues else name(option)

    return _chosen(chosen, options, words, _HELP)


def of_study(source: str, species: Species) -> str | None:
    """The group of a study in the form "group:Sex=female", or "query:words"; None for all its samples."""
    chosen = view.one(inputs.WITHIN, EVERYTHING, lambda text: _parsed(text, STUDY_KINDS))
    offered = api.groupings(source, species).value
    sizes = {f"group:{one.key}={group}": n for one in offered for group, n in one.groups}
    titles = {f"group:{one.key}={group}": f"{one.title} = {group}" for one in offered for group, _ in one.groups}
    options = list(dict.fromkeys([EVERYTHING, *sizes, chosen]))
    titles[EVERYTHING] = f"All {groups.column(source)}s"

    def words(option: str) -> str:
        if option == EVERYTHING:
            return titles[option]
        return f"{titles[option]} (n = {sizes[option]:,})" if option in sizes else name(option)

    return _chosen(chosen, options, words, _SECTION_HELP if groups.column(source) == "spot" else _STUDY_HELP)


def _chosen(chosen: str, options: Sequence[str], words: Callable[[str], str], told: str) -> str | None:
    """The list to choose from, with the group in force; None for everything."""
    st.selectbox(
        "Within",
        options,
        format_func=words,
        key=inputs.WITHIN,
        on_change=_write,
        accept_new_options=True,
        help=told,
        width=300,
    )
    return chosen or None


def takes_terms(source: SourceInfo) -> bool:
    """Whether partners can be looked for among samples that a term names, though the source has no pools."""
    return source.kind == "live" and "Co-expression" in source.capabilities


def term() -> str | None:
    """The group as free words, for sources that look for them in the descriptions of samples."""
    view.one(inputs.WITHIN, EVERYTHING, lambda text: _parsed(text).partition(":")[2], read)
    typed: str = st.text_input(
        "Within samples of",
        key=inputs.WITHIN,
        on_change=_write,
        placeholder="e.g. liver",
        max_chars=200,
        help=_TERM_HELP,
        width=200,
    )
    return read(typed) or None


def name(within: str | None) -> str:
    """The group in words; a cohort of the session by its name."""
    if not within:
        return "All samples"
    kind, _, what = within.partition(":")
    known = {f"query:{cohort.query}": cohort.name for cohort in cohorts.known()}
    if kind == "group":
        column, _, value = what.rpartition("=")
        return f"{column.removeprefix('bins:').removeprefix('quantiles:')} = {value}"
    return known.get(within, f"“{what}”" if kind == "query" else what)


def read(typed: str) -> str:
    """What somebody typed, as a group: an accession is a series, everything else the words of a search."""
    text = " ".join(typed.split())
    if text.partition(":")[0] in (*KINDS, *STUDY_KINDS) or not text:
        return text
    return f"series:{text.upper()}" if _SERIES.match(text) else f"query:{text}"


def _parsed(text: str, kinds: tuple[str, ...] = KINDS) -> str:
    kind, between, what = text.partition(":")
    if text and (kind not in kinds or not between or not what.strip() or len(text) > MAX_CHARACTERS):
        raise ValueError(text)
    return text


def _write() -> None:
    view.write(inputs.WITHIN, read(st.session_state[inputs.WITHIN] or "")[:MAX_CHARACTERS] or None)


def _tissues(source: str, species: Species, genes: Sequence[str], pool: Pool) -> dict[str, int]:
    """Tissues with enough samples in the pool, as options, with n; most first."""
    table = api.tissue_profile(source, genes[0], species, Choice(pool)).value.sort_values("n_samples", ascending=False)
    return {
        f"tissue:{tissue}": int(n) for tissue, n in zip(table["tissue"], table["n_samples"], strict=True) if n >= FEWEST
    }
