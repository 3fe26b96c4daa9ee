"""The matrices of a study: facts, links, versions, what samples are grouped by, and the way to the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import OwnMatrix, OwnStudy
from components import cards, index_progress, inputs, view
from components.own import compared, report, shelf, words

NOTHING = ""


def go(changes: Mapping[str, list[str]]) -> None:
    """Write options into the address; for buttons."""
    view.write_all(dict(changes))


def draw(one: OwnStudy) -> None:
    """Each matrix with its versions."""
    for note in one.notes:
        st.warning(cards.plain(note), icon=":material/warning:")
    found = families(one.matrices)
    if not found:
        st.info("This study has no expression yet. Add a file of it.", icon=":material/info:")
    for place, family in enumerate(found):
        if place:
            st.divider()
        with cards.guard():
            _family(family)
    add = {inputs.OWN_ADD: [one.accession]}
    st.button("Add another matrix", key="own-add-data", icon=":material/add:", on_click=go, args=(add,))


def families(matrices: Sequence[OwnMatrix]) -> list[list[OwnMatrix]]:
    """The versions of each chain, newest first; a matrix without one by itself."""
    found: dict[str, list[OwnMatrix]] = {}
    for one in matrices:
        found.setdefault(one.version.chain or one.version.accession, []).append(one)
    return [sorted(family, key=lambda one: one.version.number, reverse=True) for family in found.values()]


def _family(family: list[OwnMatrix]) -> None:
    """The versions to choose from, then the one chosen."""
    by_key = {one.version.accession: one for one in family}
    usual = next((one for one in family if one.version.active), family[0])
    accession, other = usual.version.accession, NOTHING
    chain = usual.version.chain or accession
    heading = st.container()
    if len(family) > 1:
        names = {one.version.accession: words.version(one.version) for one in family}
        with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
            control = st.segmented_control if len(family) <= 6 else st.selectbox
            extra = {"required": True} if len(family) <= 6 else {}
            key = f"own-version-of-{chain}"
            if st.session_state.get(key) not in by_key:
                st.session_state[key] = accession
            accession = control("Version", list(names), format_func=names.__getitem__, key=key, **extra)
            others = [NOTHING, *(name for name in names if name != accession)]
            against = f"own-compare-{chain}"
            if st.session_state.get(against) not in others:
                st.session_state[against] = NOTHING
            shown = names | {NOTHING: "Nothing"}
            other = st.selectbox("Compare with", others, format_func=shown.__getitem__, key=against, width=160)
    one = by_key[accession]
    with heading:
        _heading(one)
    _matrix(one, len(family) > 1)
    if other:
        first, second = sorted((one, by_key[other]), key=lambda each: each.version.number)
        compared.draw(first, second)


def _heading(one: OwnMatrix) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(f"### {cards.plain(one.version.name)}", width="content")
        st.code(one.version.accession, language=None, width=shelf.ACCESSION)


def _matrix(one: OwnMatrix, is_version: bool) -> None:
    size = f"{index_progress.size(one.size)}, imported {one.imported:%d %B %Y, %H:%M} UTC"
    st.caption(cards.plain(f"{words.matrix_facts(one)} · {size}"))
    if one.problem is not None:
        st.warning(cards.plain(one.problem), icon=":material/error:")
    shelf.links(one)
    report.link(one.file, one.link)
    if one.version.facts:
        frame = pd.DataFrame(one.version.facts, columns=["Expression metadata", "Value"])
        st.dataframe(frame, hide_index=True, key=f"own-facts-{one.version.accession}")
    cards.notes(one.notes)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        _grouping(one)
        if is_version and not one.version.active:
            st.button("Make it the active one", key=f"own-choose-{one.version.key}", on_click=_choose, args=(one,))
        following = {inputs.OWN_ADD: [one.version.accession]}
        st.button(
            "Add the next version",
            key=f"own-next-{one.version.key}",
            icon=":material/add:",
            on_click=go,
            args=(following,),
        )
        _delete(one)


def _grouping(one: OwnMatrix) -> None:
    """By which attribute the pages put the samples into groups at first."""
    if not one.columns:
        st.caption("Its samples have no attributes, so they are one group.")
        return
    key = f"own-grouping-{one.version.key}"
    st.session_state[key] = one.grouping if one.grouping in one.columns else one.columns[0]
    st.selectbox("Group samples by", one.columns, key=key, width=240, on_change=_group, args=(one.version.key, key))


def _group(matrix: str, key: str) -> None:
    try:
        api.group_own(matrix, st.session_state[key])
    except ExpronautError as error:  # it was deleted in another window
        view.ignore(f"{error.message} {error.hint}")


def _choose(one: OwnMatrix) -> None:
    try:
        api.choose_version(one.version.accession)
    except ExpronautError as error:
        view.ignore(f"{error.message} {error.hint}")


def _delete(one: OwnMatrix) -> None:
    what = "version" if one.version.chain else "matrix"
    with st.popover(f"Delete the {what}", icon=":material/delete:", type="tertiary", key=f"own-drop-{one.version.key}"):
        st.caption("It is deleted from this machine; the metadata of the samples stay.")
        if st.button("Delete it", key=f"own-dropped-{one.version.key}", type="primary"):
            api.forget_own_matrix(one.version.accession)
            shelf.left_source([one.version.key])
            st.rerun()
