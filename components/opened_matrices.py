"""Matrices opened from servers, each a source of every page: what they are, their grouping, and how to delete them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from backend.errors import ExpronautError
from backend.model import OpenedMatrix
from components import cards, inputs, sidebar, view

MANY = 3  # matrices, above which their list scrolls
LEAST_PARTNERS = 3  # samples that a correlation needs


@dataclass(frozen=True)
class Shelf:
    """Matrices of one kind of server. group(key, column) and forget(key) change them."""

    found: Sequence[OpenedMatrix]
    group: Callable[[str, str], None]
    forget: Callable[[str], None]


def listing(shelf: Shelf, unfolded: bool) -> None:
    """Each opened matrix and what can be done with it, the last fetched first. unfolded: without a click."""
    found = sorted(shelf.found, key=lambda one: one.fetched_at, reverse=True)
    if not found:
        return
    with (
        st.expander(f"Opened here: {len(found)}", icon=":material/dataset:", expanded=unfolded, key="opened"),
        st.container(height=480 if len(found) > MANY else "content", border=False, gap="small"),
    ):
        for place, one in enumerate(found):
            if place:
                st.divider()
            with st.container(gap="small", key=f"matrix-{one.key}"), cards.guard():
                _card(shelf, one)


def _card(shelf: Shelf, one: OpenedMatrix) -> None:
    if not one.n_genes:  # its file is damaged, and its title says so
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.warning(cards.plain(one.title), icon=":material/error:")
            _delete(shelf, one)
        return
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.markdown(f"**{cards.plain(one.title)}**", width="content")
        st.badge(cards.plain(one.unit or "no unit told"), color="blue" if one.unit else "gray")
    st.caption(cards.plain(facts(one)))
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        _grouping(shelf, one)
        with st.container(horizontal=True, gap="small", vertical_alignment="center", width="content"):
            st.page_link(
                sidebar.file("gene"), label="Open", icon=":material/arrow_forward:", query_params=as_source(one)
            )
            _delete(shelf, one)


def as_source(one: OpenedMatrix) -> dict[str, str]:
    """The options of a page that has this matrix as its source."""
    return {inputs.SOURCE: one.key, inputs.SPECIES: one.species}


def links(one: OpenedMatrix) -> None:
    """The pages that have something to say of it."""
    ways = {"gene": "Gene", "heatmap": "Heatmap", "coexpression": "Co-expression", "samples": "Samples"}
    if one.n_samples < LEAST_PARTNERS:
        ways.pop("coexpression")
    with st.container(horizontal=True, gap="small"):
        for path, label in ways.items():
            st.page_link(sidebar.file(path), label=label, icon=":material/arrow_forward:", query_params=as_source(one))


def _delete(shelf: Shelf, one: OpenedMatrix) -> None:
    with st.popover("Delete", icon=":material/delete:", type="tertiary", key=f"delete-{one.key}"):
        st.caption("The matrix is deleted from this machine; the server still has it.")
        if st.button("Delete it", key=f"deleted-{one.key}", type="primary"):
            shelf.forget(one.key)
            if view.current(inputs.SOURCE) == one.key:
                view.write(inputs.SOURCE, None)
            st.rerun()


def facts(one: OpenedMatrix) -> str:
    """Size, species, when it was fetched."""
    genes, samples = _counted(one.n_genes, "gene"), _counted(one.n_samples, "sample")
    return f"{genes} × {samples} · {one.species} · fetched {one.fetched_at:%d %B %Y, %H:%M} UTC"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _grouping(shelf: Shelf, one: OpenedMatrix) -> None:
    """By which column the pages put its samples into groups."""
    if not one.columns:
        st.caption("The server tells nothing of its samples, so they are one group.")
        return
    key = f"group-{one.key}"
    st.session_state[key] = one.grouping if one.grouping in one.columns else None
    st.selectbox(
        "Group samples by",
        one.columns,
        index=0 if one.grouping in one.columns else None,
        key=key,
        width=240,
        placeholder="One group",
        on_change=_group,
        args=(shelf, one.key),
    )


def _group(shelf: Shelf, key: str) -> None:
    column = st.session_state[f"group-{key}"]
    if not column:
        return
    try:
        shelf.group(key, column)
    except ExpronautError as error:  # it was deleted in another window
        view.ignore(f"{error.message} {error.hint}")
