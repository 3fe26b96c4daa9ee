"""The stored studies as cards."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from backend import api
from backend.model import OwnMatrix, OwnStudy
from components import cards, inputs, sidebar, view
from components.own import words
from components.own.draft import NEW

ACCESSION = 120  # px
SHOWN = 3  # matrices on a card
SEARCHED = 6  # studies, above which there is a search
PAGES = {"gene": "Gene", "heatmap": "Heatmap", "coexpression": "Co-expression", "samples": "Samples"}


def draw(found: Sequence[OwnStudy]) -> None:
    """A search where there are many, then each study."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        add = {inputs.OWN_ADD: [NEW]}
        st.button("Add a study", icon=":material/add:", type="primary", on_click=view.write_all, args=(add,))
        typed = ""
        if len(found) > SEARCHED:
            label = {"label_visibility": "collapsed", "placeholder": "Title, accession, file or attribute"}
            typed = inputs.text("Search", inputs.FIND, max_chars=80, type="search", **label)
    shown = [one for one in found if matches(one, typed)]
    st.caption(f"{words.counted(len(shown), 'studies')}. Matrices stand among the sources of the sidebar.")
    if not shown:
        st.info("None of them matches. Use other words.", icon=":material/search_off:")
    for one in shown:
        with st.container(border=True, gap="small", key=f"own-{one.accession}"), cards.guard():
            _card(one)


def matches(one: OwnStudy, typed: str) -> bool:
    """Whether a study has every word in its title, accession, files or attributes."""
    files = [*(group.file for group in one.groups), *(matrix.file for matrix in one.matrices)]
    names = [name for group in one.groups for name in group.attributes]
    text = " ".join([one.title, one.accession, *files, *names]).casefold()
    return all(word in text for word in typed.casefold().split())


def heading(one: OwnStudy, level: str = "") -> None:
    """The title, and the accession to copy."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(f"{level} {cards.plain(one.title)}" if level else f"**{cards.plain(one.title)}**", width="content")
        st.code(one.accession, language=None, width=ACCESSION)


def _card(one: OwnStudy) -> None:
    heading(one)
    if one.problem is not None:
        st.warning(cards.plain(one.problem), icon=":material/error:")
        delete(one)
        return
    st.caption(cards.plain(words.facts(one)))
    listed = words.active(one)
    for matrix in listed[:SHOWN]:
        _matrix(matrix)
    if len(listed) > SHOWN:
        st.caption(f"and {words.counted(len(listed) - SHOWN, 'matrices')} more")
    opening = {inputs.OWN_STUDY: [one.accession]}
    st.button(
        "Open",
        key=f"open-{one.accession}",
        icon=":material/folder_open:",
        on_click=view.write_all,
        args=(opening,),
    )


def _matrix(one: OwnMatrix) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(f"{cards.plain(one.version.name)} &ensp; :gray[{cards.plain(words.matrix_facts(one))}]")
        if one.problem is None:
            st.page_link(
                sidebar.file("gene"), label="See its genes", icon=":material/arrow_forward:", query_params=target(one)
            )
        else:
            st.badge("damaged", color="orange", icon=":material/error:")


def target(one: OwnMatrix) -> dict[str, str]:
    """The options under which a page shows this matrix; it begins with genes that the matrix has."""
    key = one.version.key
    info = next(info for info in api.sources(key).value if info.key == key)
    species = info.species[0]
    return {inputs.SOURCE: key, inputs.SPECIES: species}


def links(one: OwnMatrix) -> None:
    """To the pages that show a matrix."""
    if one.problem is not None:
        return
    options = target(one)
    with st.container(horizontal=True, gap="small"):
        for page, label in PAGES.items():
            st.page_link(sidebar.file(page), label=label, icon=":material/arrow_forward:", query_params=options)


def delete(one: OwnStudy) -> None:
    """Delete a study, with a second click."""
    with st.popover("Delete", icon=":material/delete:", type="tertiary", key=f"delete-{one.accession}"):
        st.caption("The study, its matrices and their versions are deleted from this machine. Your own files stay.")
        if st.button("Delete the study", key=f"deleted-{one.accession}", type="primary"):
            api.forget_own(one.accession)
            left_source([matrix.version.key for matrix in one.matrices])
            view.write_all({key: [] for key in (inputs.OWN_STUDY, inputs.TAB)})
            st.rerun()


def left_source(keys: Sequence[str]) -> None:
    """Go on with the usual source when the one in force is deleted."""
    if view.current(inputs.SOURCE) in keys:
        view.write_all({inputs.SOURCE: [], inputs.SPECIES: []})
