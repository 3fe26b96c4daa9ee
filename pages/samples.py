"""Samples: search by words, see why each sample matched, collect them in the basket."""

import pandas as pd
import streamlit as st

from backend import api
from backend.model import Answer, Page
from backend.recipe import Recipe
from components import basket, cards, inputs, sample_list, sidebar, view

PER_PAGE = 20
Facets = dict[str, dict[str, int]]
SYNTAX = (
    'Words must all match; "quoted phrases"; AND, OR, NOT (in capitals); brackets; glio* for beginnings; '
    "system:brain or kind:tumour for one field; or a list of accessions."
)

source, species = sidebar.in_force()


def _query() -> tuple[str, str, Facets]:
    """The text searched for, the same narrowed to the chosen facets, and the facets of the groups chosen from.

    A group chosen from shows the counts of the text alone, so that a second choice in it can widen the first.
    """
    typed = inputs.text(
        "Search samples",
        inputs.SEARCH,
        "brain",
        placeholder='e.g. brain NOT tumour, "bone marrow", HPA:liver',
        max_chars=2_000,
        help=SYNTAX,
        type="search",
    )
    by_field: dict[str, list[str]] = {}
    chosen, facets = _chosen(typed)
    for facet in chosen:
        field, _, value = facet.partition(":")
        by_field.setdefault(field, []).append(f'{field}:"{value.replace(chr(34), " ")}"')
    narrowed = [f"({' OR '.join(values)})" for values in by_field.values()]
    query = " AND ".join([f"({typed})", *narrowed]) if narrowed else typed
    return typed, query, {field: facets[field] for field in by_field}


def _chosen(typed: str) -> tuple[list[str], Facets]:
    """The chosen facets, and all facets of the text alone. So an error names the columns as typed."""
    chosen = view.many(inputs.FACET, (), 20)
    if not chosen or not typed.strip():
        return [], {}
    facets = api.search_samples(source.key, typed, species, 0, 1).value.facets
    known = [facet for facet in chosen if facet.partition(":")[0] in facets and facet.partition(":")[2].strip()]
    for facet in chosen:
        if facet not in known:
            view.ignore(f"The link asks for {inputs.FACET} = “{facet}”, which is not there; it is left out.")
    view.keep(inputs.FACET, known)
    return known, facets


def _recipe(typed: str, answer: Answer[Page]) -> Recipe:
    page = answer.value
    legend = f"{page.total:,} samples of {page.total_series:,} series that match “{typed}” ({species})."
    return Recipe("samples", "samples", typed, view.options(), answer.provenance, legend)


def _all_rows(query: str, total: int) -> pd.DataFrame:
    """Every hit, page by page, for the files."""
    pages = [api.search_samples(source.key, query, species, at, 500).value.rows for at in range(0, max(total, 1), 500)]
    return pd.concat(pages, ignore_index=True).drop(columns="spans")


def _results(typed: str, query: str, chosen_from: Facets) -> None:
    number = int(view.one(inputs.PAGE, 1, _positive))
    answer = api.search_samples(source.key, query, species, (number - 1) * PER_PAGE, PER_PAGE)
    if number > 1 and answer.value.rows.empty:
        view.one(inputs.PAGE, 1, _behind_the_last)
        answer = api.search_samples(source.key, query, species, 0, PER_PAGE)
    page = answer.value
    recipe = _recipe(typed, answer)
    st.markdown(f"**{page.total:,} samples** in **{page.total_series:,} series** match")
    left, right = st.columns([2.6, 1], gap="large")
    with right:
        sample_list.facets(page.facets | chosen_from)
    with left:
        if not page.total:
            st.info(
                "No sample matches. Try fewer words, OR between them, or a beginning such as glio*.",
                icon=":material/search_off:",
            )
            return
        sample_list.rows(page)
        pages = -(-page.total // PER_PAGE)
        if pages > 1:
            st.pagination(pages, key=inputs.PAGE, on_change=view.changed, args=(inputs.PAGE, 1))
        st.caption(cards.provenance_line(recipe.provenance))
        sample_list.files(recipe, lambda: _all_rows(query, page.total))


def _positive(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100_000:
        raise ValueError(text)
    return int(text)


def _behind_the_last(text: str) -> int:
    raise ValueError(text)


st.markdown("## In which samples?")
with cards.guard():
    typed, query, chosen_from = _query()
    if typed.strip():
        with cards.guard():
            _results(typed, query, chosen_from)
    else:
        st.info("Type what the samples should be about, for example brain NOT tumour.", icon=":material/edit:")
sample_list.basket_card(basket.samples())
