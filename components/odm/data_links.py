"""What the columns of a data group are linked to, and what lacks a link."""

from __future__ import annotations

import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import LinkReport
from components import cards

STATES = {"complete": ("green", "check"), "partial": ("orange", "warning"), "none": ("red", "link_off")}
NAMED = 12  # in a sentence


def draw(group: str) -> None:
    """The state of the links, and the names that lack one."""
    try:
        with st.spinner("Asking what its columns are linked to", show_time=True):
            report = api.odm_links(group).value
    except ExpronautError as error:  # the data can be opened all the same
        cards.tell(error, again=False)
        return
    colour, icon = STATES[report.state]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="odm-links"):
        st.badge(
            f"{report.state} links" if report.state != "none" else "not linked", color=colour, icon=f":material/{icon}:"
        )
        st.markdown(cards.plain(linked(report)), width="stretch")
    for words, names in (
        ("Columns without a sample", report.unmatched),
        ("Samples without data here", report.without_data),
    ):
        if names:
            more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
            st.caption(cards.plain(f"{words}: {', '.join(names[:NAMED])}{more}."))


def linked(report: LinkReport) -> str:
    """What the columns belong to, in a sentence."""
    if report.state == "none":
        return "Its columns are linked to nothing, so nothing is known of them. A curator can link them."
    n = report.n_matched
    what = f"{n:,} of {n + len(report.unmatched):,} columns are linked to {report.target} by {report.attribute}"
    pooled = report.target != "samples"
    return f"{what}{'; where these are pools, a value belongs to the pool' if pooled else ''}."
