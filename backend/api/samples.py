"""Samples: search, values of chosen genes, export of counts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import streamlit as st

from backend import sources as registry
from backend.api.checks import HOUR, capable, capped, checked_names, checked_species, digest, known_genes, none_known
from backend.errors import BadInput, NotFound, TooLarge
from backend.model import Answer, Page, Species
from backend.sources import base
from backend.sources.base import Form, Progress

MAX_PAGE = 500
MAX_ROWS = 100_000
MAX_SAMPLES = 5_000


def search_samples(
    source: str, query: str, species: Species = "human", offset: int = 0, limit: int = 100, regex: bool = False
) -> Answer[Page]:
    """Samples whose description matches: words, "phrases", AND OR NOT, field:word, accession lists.

    regex: the query is a regular expression instead (sources with “Pattern search”); slower.
    """
    if offset < 0 or not 1 <= limit <= MAX_PAGE:
        raise BadInput(f"offset {offset}, limit {limit}: limit can be 1 to {MAX_PAGE}.", "Ask for another page.")
    checked = checked_species(species)
    if regex:
        return capable(source, base.PatternSearch).search_pattern(query, checked, offset, limit)
    return capable(source, base.SampleSearch).search_samples(query, checked, offset, limit)


def all_samples(
    source: str, query: str, species: Species = "human", limit: int = MAX_ROWS, regex: bool = False
) -> Answer[pd.DataFrame]:
    """The first `limit` hits of a search in one table, without spans; a note says where there are more. Not kept."""
    if not 1 <= limit <= MAX_ROWS:
        raise BadInput(f"limit is {limit}; it can be 1 to {MAX_ROWS:,}.", "Ask for fewer samples.")
    first = search_samples(source, query, species, 0, 1, regex)
    found = registry.get(source)
    if isinstance(found, base.AllSamples):
        rows = found.all_samples(query, species, limit, regex).value
    else:
        starts = range(0, max(1, min(first.value.total, limit)), MAX_PAGE)
        pages = [search_samples(source, query, species, at, MAX_PAGE, regex).value.rows for at in starts]
        rows = pd.concat(pages, ignore_index=True).drop(columns="spans").head(limit)
    cut = (f"The first {limit:,} of {first.value.total:,} samples.",) if first.value.total > limit else ()
    return Answer(rows, first.provenance.noting(*cut))


def export_caps(source: str = registry.DEFAULT) -> dict[Form, int]:
    """The most samples of an export of counts of a source, by its form."""
    return dict(registry.get(source).most_exported)


def expression(
    source: str,
    genes: Iterable[str],
    samples: Iterable[str],
    species: Species = "human",
    on_progress: Progress | None = None,
) -> Answer[pd.DataFrame]:
    """Values of genes in samples: gene, sample, value; long. The unit stands in the provenance.

    Unknown genes and samples are left out and named in the notes. TooLarge over MAX_GENES or MAX_SAMPLES.
    on_progress(percent, 100) is called by sources that take a while, and may raise to cancel.
    """
    names = capped(checked_names(genes))
    wanted = tuple(dict.fromkeys(str(sample).strip()[:100] for sample in samples if str(sample).strip()))
    if not wanted:
        raise BadInput("There is no sample.", "Give accessions, or search for samples.")
    if len(wanted) > MAX_SAMPLES:
        raise TooLarge(f"{len(wanted):,} samples; the cap is {MAX_SAMPLES:,}.", "Take fewer samples.")
    found, missing = known_genes(source, names, checked_species(species))
    if not found:
        raise NotFound(none_known(len(names)), "Check the list.")
    answer = _expression(source, registry.stamp(source), digest(found, wanted), species, found, wanted, on_progress)
    return Answer(answer.value, answer.provenance.noting(*missing))


def export_counts(
    source: str,
    query: str,
    target: Path,
    species: Species = "human",
    form: Form = "tsv",
    on_progress: Progress | None = None,
) -> Answer[str]:
    """The counts of all genes in the samples that match `query`, written to `target`: "tsv" or "hdf5"; its name.

    Streamed and written aside, so that `target` is complete or not there. on_progress(genes done, of) may raise
    to cancel; the live ARCHS4 tells percent instead.
    """
    asked = capable(source, base.CountExport)
    return asked.export_counts(query, checked_species(species), target, form, on_progress)


@st.cache_data(ttl=HOUR, max_entries=4, show_spinner=False)
def _expression(
    source: str,
    stamp: str,
    key: str,
    species: Species,
    _genes: tuple[str, ...],
    _samples: tuple[str, ...],
    _on_progress: Progress | None,
) -> Answer[pd.DataFrame]:
    del stamp, key
    asked = registry.get(source)
    if isinstance(asked, base.WatchedExpression):
        return asked.watched_expression(_genes, _samples, species, _on_progress)
    return capable(source, base.Expression).expression(_genes, _samples, species)
