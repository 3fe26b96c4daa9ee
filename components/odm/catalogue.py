"""The catalogue of studies: one search, facets with counts, cards."""

from __future__ import annotations

from urllib.parse import quote, unquote

import streamlit as st

from backend import api
from backend.model import OdmCard, OdmFacet, OdmStudies
from components import cards, inputs, view

PER_PAGE = 20
MOST_CHOSEN, LONGEST = 40, 600
OPEN = 5  # facets that stay unfolded
VALUES, MOST_VALUES = 4, 90  # of an attribute on a card: how many, and how many signs
PLACES = "Words, accessions or phrases: liver AND fibrosis, “type 2 diabetes”, hepat*"
HELP = (
    "Synonyms are found too. * stands for any letters, ? for one; put phrases into quotes; AND, OR and NOT work. "
    "Narrower terms: liver also finds what is told as hepatocyte."
)


def draw() -> None:
    """Search, facets, cards."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="odm-search"):
        text = inputs.text("Search", inputs.SEARCH, placeholder=PLACES, max_chars=500, help=HELP, type="search")
        narrower = inputs.switch("Narrower terms", inputs.NARROWER, False, help="Terms below yours in a dictionary")
    chosen = _chosen()
    page = inputs.page()
    with st.spinner("Asking for studies", show_time=True):
        answer = api.odm_studies(text, tuple(chosen), (page - 1) * PER_PAGE, PER_PAGE, narrower)
    found = answer.value
    cards.stale(answer.provenance)
    if found.facets or chosen:
        left, right = st.columns([3, 1], gap="medium")  # in a narrow window the studies come first
        with left:
            _cards(found, bool(text or chosen), page)
        with right:
            _facets(found.facets, chosen)
    else:
        _cards(found, bool(text), page)
    st.caption(cards.provenance_line(answer.provenance))
    cards.notes([note for note in answer.provenance.notes if not note.startswith("Stale: ")])


def option_text(identity: str, facet: str, name: str) -> str:
    """A chosen value as the address holds it: with its words, because a server lists the first five values only."""
    return f"{quote(identity, safe='')} {facet}: {name}"


def _chosen() -> dict[str, str]:
    """Id of each chosen value -> its words."""
    given = [one.partition(" ") for one in view.many(inputs.FACET, (), MOST_CHOSEN, LONGEST)]
    return {unquote(identity): words or identity for identity, _, words in given}


def _facets(facets: tuple[OdmFacet, ...], chosen: dict[str, str]) -> None:
    if chosen:
        with st.container(horizontal=True, gap="xsmall"):
            for place, (identity, words) in enumerate(chosen.items()):
                label = cards.plain(words if len(words) <= 44 else f"{words[:43]}…")
                pressed = {"on_click": _toggle, "args": (identity, words, chosen)}
                st.button(label, key=f"odm-chosen-{place}", icon=":material/close:", type="secondary", **pressed)
    for place, facet in enumerate(facets):
        inside = any(option.id in chosen for option in facet.options)
        if place == OPEN:
            st.caption("More")
        if place < OPEN or inside:
            with st.container(gap="xxsmall"):
                st.markdown(f"**{cards.plain(facet.name)}**")
                _values(facet, chosen, place)
        else:
            with st.expander(cards.plain(facet.name), type="compact", key=f"odm-facet-{place}"):
                _values(facet, chosen, place)
    st.caption("Values of one attribute: any of them. Of several attributes: all of them.")


def _values(facet: OdmFacet, chosen: dict[str, str], place: int) -> None:
    with st.container(gap=None):
        for number, option in enumerate(facet.options):
            key = f"odm-option-{place}-{number}"
            st.session_state[key] = option.id in chosen
            st.checkbox(
                f"{cards.plain(option.name)} :gray[{option.count:,}]",
                key=key,
                on_change=_toggle,
                args=(option.id, f"{facet.name}: {option.name}", chosen),
            )
        if facet.more:
            st.caption("There are further values; search for them.")


def _toggle(identity: str, words: str, chosen: dict[str, str]) -> None:
    """Choose a value, or no longer."""
    now = {one: told for one, told in chosen.items() if one != identity}
    if identity not in chosen:
        now[identity] = words
    values = [f"{quote(one, safe='')} {told}" for one, told in now.items()]
    view.write_all({inputs.FACET: values, inputs.PAGE: []})


def _cards(found: OdmStudies, narrowed: bool, page: int) -> None:
    if not found.cards and found.total:
        st.info(f"There is no page {page:,}.", icon=":material/search_off:")
        st.button("First page", key="odm-first", on_click=view.write, args=(inputs.PAGE, None))
        return
    if not found.cards:
        words = (
            "No study fits. Use other words, or take a value out." if narrowed else "The server shows no study to you."
        )
        st.info(words, icon=":material/search_off:")
        return
    first = found.offset + 1
    st.caption(f"{first:,} to {first + len(found.cards) - 1:,} of {found.total:,} studies")
    for place, card in enumerate(found.cards):
        _card(card, place)
    pages = -(-found.total // PER_PAGE)
    if pages > 1 and page <= pages:
        st.pagination(pages, key=inputs.PAGE, on_change=view.changed, args=(inputs.PAGE, 1))


def _card(card: OdmCard, place: int) -> None:
    with st.container(gap="xxsmall", key=f"odm-card-{place}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                f"**{cards.plain(card.title)}**",
                key=f"odm-study-{place}",
                type="tertiary",
                icon=":material/science:",
                help="Open this study",
                on_click=opened,
                args=(card.accession,),
            )
            st.code(card.accession, language=None, width="content")
        if facts := _facts(card):
            st.markdown(facts)
        if told := " · ".join(text for text in (card.owner, card.created) if text):
            st.caption(cards.plain(told))
    st.space("xsmall")


def _facts(card: OdmCard) -> str:
    """Its summary in one line."""
    pieces = []
    for name, values in card.summary:
        filled = [value for value in values if value.strip()]
        if filled:
            more = f" and {len(filled) - VALUES:,} more" if len(filled) > VALUES else ""
            words = ", ".join(filled[:VALUES])
            words = words if len(words) <= MOST_VALUES else f"{words[: MOST_VALUES - 1]}…"
            pieces.append(f":gray[{cards.plain(name)}] {cards.plain(words)}{more}")
    return " &ensp; ".join(pieces)


def opened(accession: str) -> None:
    """Show a study; the search stays in the address for the way back."""
    view.write_all({inputs.STUDY: [accession], inputs.TAB: [], inputs.QUERY: [], inputs.ASKED: []})
