"""The list of data sets: words, technologies, order, pages."""

from __future__ import annotations

from typing import Any

import streamlit as st

from backend import api
from backend.model import Answer, StomicsDataset, StomicsPage
from components import cards, inputs, view
from components.stomics import words

PER_PAGE = (10, 20, 50, 100)
USUAL = 20
MOST_TECHNOLOGIES = 20
ORDERS = {"": "As the service lists them", "desc": "Most downloaded first", "asc": "Least downloaded first"}
SORTED_BY = "download_count"  # the only field that the service is known to sort by
PLACEHOLDER = "Any words, for example: brain"


def draw() -> None:
    """Search, filters, then the data sets."""
    searched, chosen, sorted_, sized = st.columns([3, 2, 1.5, 0.8], vertical_alignment="bottom", gap="small")
    with searched:
        text = inputs.text("Search", inputs.SEARCH, placeholder=PLACEHOLDER, max_chars=300, type="search")
    technologies = _technologies()
    with sorted_:
        order = inputs.choice("Order", inputs.SORT, list(ORDERS), "", ORDERS)
    with sized:
        per_page = int(inputs.choice("On a page", inputs.PER_PAGE, [str(one) for one in PER_PAGE], str(USUAL)))
    if hint := api.stomics_hint(text):
        st.info(cards.plain(hint), icon=":material/info:")
    page = inputs.page()
    filter_ = chosen.empty()
    answer: Answer[StomicsPage] | None = None
    try:
        with st.spinner("Asking STOmics", show_time=True):
            by = SORTED_BY if order else ""
            answer = api.stomics_datasets(text, tuple(map(int, technologies)), by, order, page, per_page)
    finally:  # the filter stands there too when the service does not answer
        _filter(filter_, technologies, answer.value if answer else None)
    if answer.value.per_page != per_page:  # the service has no pages that long: go on with those it has
        view.write_all({inputs.PER_PAGE: [], inputs.PAGE: [str(answer.value.page)]})
        st.rerun()
    cards.stale(answer.provenance)
    _found(answer.value, bool(text or technologies), page)
    st.caption(cards.provenance_line(answer.provenance))


def _technologies() -> list[str]:
    """Ids of technologies that the address names; what is no number is told and left out."""
    given = view.many(inputs.TECHNOLOGY, (), MOST_TECHNOLOGIES, 12)
    ids = [one for one in given if one.isascii() and one.isdecimal()]
    for one in given:
        if one not in ids:
            view.ignore(f"“{one}” is not the id of a technology, which is a number; it is left out.")
    view.keep(inputs.TECHNOLOGY, ids)
    return ids


def _filter(place: Any, chosen: list[str], found: StomicsPage | None) -> None:
    """Technologies met so far by name; any id may be typed, because the service lists none."""
    names = {str(number): name for number, name in (found.technologies if found else ())}
    place.multiselect(
        "Technology",
        list(dict.fromkeys([*names, *chosen])),
        format_func=lambda number: f"{names[number]} ({number})" if number in names else f"id {number}",
        accept_new_options=True,
        max_selections=MOST_TECHNOLOGIES,
        placeholder="Any; or type an id",
        help="Names are those met in data sets so far. The number is what the service filters by; several mean any of "
        "them.",
        key=inputs.TECHNOLOGY,
        on_change=view.changed,
        args=(inputs.TECHNOLOGY, [], str, (inputs.PAGE,)),
    )


def _found(found: StomicsPage, narrowed: bool, page: int) -> None:
    if not found.datasets and page > 1:
        st.info(f"There is no page {page:,}.", icon=":material/search_off:")
        st.button("First page", key="stomics-first", on_click=view.write, args=(inputs.PAGE, None))
        return
    if not found.datasets:
        told = "No data set fits. Use other words, or take a filter out." if narrowed else "The service lists none."
        st.info(told, icon=":material/search_off:")
        return
    first = (found.page - 1) * found.per_page + 1
    st.caption(f"{first:,} to {first + len(found.datasets) - 1:,} of {found.total:,} data sets")
    for place, one in enumerate(found.datasets):
        _row(one, place)
    if found.pages > 1 and page <= found.pages:
        st.pagination(found.pages, key=inputs.PAGE, on_change=view.changed, args=(inputs.PAGE, 1))


def _row(one: StomicsDataset, place: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"stomics-row-{place}"):
        with st.container(gap="xxsmall"):
            st.markdown(f"**{cards.plain(one.title)}** &ensp; :gray[{cards.plain(one.accession)}]")
            if facts := words.facts(one):
                st.caption(cards.plain(facts))
        opening = {"on_click": view.write_all, "args": ({inputs.DATASET: [one.accession]},)}
        st.button("Open", key=f"stomics-open-{place}", **opening)
