"""One data set as a card."""

from __future__ import annotations

import streamlit as st

from backend.model import CatalogueEntry
from components import cards, inputs, sidebar, spatial_opening, view
from components.catalogues.ways import way

TITLE, DESCRIPTION, FACT = 120, 200, 60  # characters
FACTS = 3  # further facts
COLOURS = {"open": "green", "damaged": "red", "cannot be used": "red", "can be fetched": "blue"}


def draw(entry: CatalogueEntry, key: str) -> None:
    """Title, facts, description, and the way to it."""
    with st.container(border=True, gap="xsmall", height="stretch", key=f"entry-{key}"):
        st.markdown(f"**{cards.plain(cut(entry.title, TITLE))}**")
        st.caption(cards.plain(facts(entry)))
        if entry.description:
            st.caption(cards.plain(cut(entry.description, DESCRIPTION)))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _open(entry, key)
            if entry.kind == "simulated":
                st.badge("simulated data", color="orange")
            if entry.state:
                st.badge(cards.plain(entry.state), color=COLOURS.get(entry.state, "gray"))


def facts(entry: CatalogueEntry) -> str:
    """Accession, organism, number of samples or spots, technology, date, and a few more in one line."""
    counted = entry.counted if entry.n != 1 else entry.counted.rstrip("s")
    pieces = [
        entry.id if entry.id != entry.title else "",
        entry.organism,
        f"{entry.n:,} {counted}" if entry.n is not None else "",
        entry.technology,
        entry.date,
        *(f"{name}: {cut(value, FACT)}" for name, value in entry.more[:FACTS]),
    ]
    return " · ".join(piece for piece in pieces if piece)


def cut(text: str, longest: int) -> str:
    """The text, or its beginning with a mark."""
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _open(entry: CatalogueEntry, key: str) -> None:
    if entry.opens == "section file":
        if st.button("Open", key=f"open-{key}", type="tertiary", icon=":material/arrow_forward:"):
            _begin(entry.ids[0])
        return
    to = way(entry)
    if to.page == view.page():
        changes: dict[str, list[str]] = {inputs.CATALOGUE: [], inputs.PAGE: []}
        changes |= {name: [value] for name, value in to.params.items()}
        pressed = {"on_click": view.write_all, "args": (changes,)}
        st.button(to.label, key=f"open-{key}", type="tertiary", icon=":material/arrow_forward:", **pressed)
        return
    keep = () if inputs.SOURCE in to.params else (inputs.SOURCE, inputs.SPECIES)
    params = view.carried({name: [value] for name, value in to.params.items()}, *keep)
    st.page_link(sidebar.file(to.page), label=to.label, icon=":material/arrow_forward:", query_params=params)


def _begin(path: str) -> None:
    """Open a spatial file and go there; its copy is made in the background."""
    with cards.guard():
        spatial_opening.go(path)
