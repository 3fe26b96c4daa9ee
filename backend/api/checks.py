"""What every call of the counter checks first: names, species, lists, what a source can do."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from typing import TypeVar

import streamlit as st

from backend import sources as registry
from backend.errors import BadInput, NotFound, TooLarge
from backend.gene_list import split_names
from backend.model import POOLS, SPECIES, Choice, Pool, Species
from backend.sources import base
from backend.sources.base import Source

MAX_GENES = 500
MAX_GENE_CHARACTERS = 64
MAX_COHORTS = 6
MAX_COHORT_CHARACTERS = 60
MAX_BY_CHARACTERS = 300
HOUR = 3600
C = TypeVar("C")

# Outside a Streamlit server each cached call would log that it keeps its cache in memory.
logging.getLogger("streamlit.runtime.caching.cache_data_api").setLevel(logging.ERROR)


def checked_species(species: str) -> Species:
    """The species, or BadInput."""
    for known in SPECIES:
        if species == known:
            return known
    raise BadInput(f"“{str(species)[:20]}” is not a species known here.", "Choose human or mouse.")


def checked_pool(pool: str) -> Pool:
    """The pool, or BadInput."""
    for known in POOLS:
        if pool == known:
            return known
    raise BadInput(f"“{str(pool)[:20]}” is not a pool of samples.", f"Choose {', '.join(POOLS)}.")


def checked_choice(choice: Choice) -> Choice:
    """The choice. Raises BadInput for a group without a name of its own or a search, TooLarge over MAX_COHORTS."""
    checked_pool(choice.pool)
    if choice.by and choice != Choice(by=choice.by):
        raise BadInput("Groups of a study have no pools and cohorts.", "Leave out one or the other.")
    if any(not 0 < len(one) <= MAX_BY_CHARACTERS for one in choice.by):
        raise BadInput("What to group by is empty or too long.", "Name a column of the samples.")
    if len(choice.cohorts) > MAX_COHORTS:
        raise TooLarge(f"{len(choice.cohorts)} groups; the cap is {MAX_COHORTS}.", "Choose fewer.")
    names = [cohort.name.strip().casefold() for cohort in choice.cohorts]
    if not all(names) or not all(cohort.query.strip() for cohort in choice.cohorts):
        raise BadInput("A group of samples has no name or no search.", "Give it both.")
    if len(set(names)) < len(names):
        raise BadInput("Two groups of samples have the same name.", "Rename one.")
    if max(map(len, names), default=0) > MAX_COHORT_CHARACTERS:
        raise BadInput("The name of a group is too long.", f"Use at most {MAX_COHORT_CHARACTERS} characters.")
    return choice


def checked_name(name: str) -> str:
    """A gene name without blanks around it, cut at MAX_GENE_CHARACTERS; BadInput when empty."""
    if not isinstance(name, str) or not name.strip():
        raise BadInput("A gene name is empty.", "Type a gene symbol, an alias or an id.")
    return name.strip()[:MAX_GENE_CHARACTERS]


def checked_names(names: Iterable[str]) -> tuple[str, ...]:
    """Names of a list, each once; a text is split as a pasted list would be."""
    listed = split_names(names) if isinstance(names, str) else names
    return tuple(dict.fromkeys(checked_name(name) for name in listed))


def capped(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, or BadInput when there is none and TooLarge over MAX_GENES."""
    if not names:
        raise BadInput("The gene list is empty.", "Give at least one gene.")
    if len(names) > MAX_GENES:
        raise TooLarge(f"{len(names):,} genes; the cap is {MAX_GENES}.", "Take a part of the list.")
    return names


def capable(source: str, capability: type[C]) -> C:
    """The source as one that has this capability. Raises NotFound with the sources that have it."""
    found = registry.get(source)
    if isinstance(found, capability):
        return found
    label = next((name for name, protocol in base.CAPABILITIES.items() if protocol is capability), "answer to this")
    others = [other.title for other in _sources() if isinstance(other, capability) and other.name != source]
    hint = f"It is there in: {', '.join(others)}." if others else "No configured source has it."
    raise NotFound(f"{found.title} has no {label.lower()}.", hint)


def can(source: str, capability: type) -> bool:
    """Whether a source has a capability."""
    return isinstance(registry.get(source), capability)


def _sources() -> tuple[Source, ...]:
    return tuple(registry.those(registry.names()))


def digest(*parts: object) -> str:
    """A key for what users wrote freely, and for lists: in Streamlit's own keys texts that hold a colon can collide,
    and every name of a list costs."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def none_known(count: int) -> str:
    """That no name of a list is a gene, in words."""
    if count == 1:
        return "The name is no gene of this source."
    return f"None of the {count:,} names is a gene of this source."


def known_genes(source: str, names: tuple[str, ...], species: Species) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The symbols the names stand for, and a sentence for each name that stands for none."""
    return _known(source, registry.stamp(source), digest(names), species, names)


@st.cache_data(ttl=HOUR, max_entries=50, show_spinner=False)
def _known(
    source: str, stamp: str, key: str, species: Species, _names: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    del stamp, key
    lookup = capable(source, base.GeneLookup)
    found: list[str] = []
    missing: list[str] = []
    for name in _names:
        try:
            found.append(lookup.gene(name, species).value.symbol)
        except NotFound as error:
            missing.append(f"Left out: {error.message}")
    return tuple(dict.fromkeys(found)), tuple(missing)
