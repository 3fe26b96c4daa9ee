"""One data set of STOmics: what it says of itself, its genes, its files."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import StomicsDetail
from components import cards, inputs, sidebar, view
from components.stomics import downloads, files, patience, words

FOLDED = 8  # further fields, above which their table is folded


def draw(accession: str) -> None:
    """Everything of it. When the service does not tell of it, what is here of its files; then its error is raised."""
    st.button(
        "All data sets",
        key="stomics-leave",
        type="tertiary",
        icon=":material/arrow_back:",
        on_click=view.write_all,
        args=({inputs.DATASET: []},),
    )
    try:
        with st.spinner("Asking STOmics for the data set", show_time=True):
            answer = api.stomics_dataset(accession)
    except ExpronautError:
        downloads.of(accession)
        raise
    cards.stale(answer.provenance)
    _heading(answer.value)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _facts(answer.value)
    with right, patience.guard("files"):
        files.draw(answer.value.dataset.accession)
    st.caption(cards.provenance_line(answer.provenance))


def _heading(detail: StomicsDetail) -> None:
    one = detail.dataset
    st.markdown(f"### {cards.plain(one.title)}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.code(one.accession, language=None, width="content")
        if st.button("Draw genes of it", key="stomics-genes", type="primary", icon=":material/blur_on:"):
            _open(one.accession)
        st.caption(
            "The service is asked for one gene at a time, a call for each. To see all genes, download an h5ad, GEM or "
            "GEF file.",
            width="content",
        )


def _open(accession: str) -> None:
    """Make it a source and show it."""
    try:
        with st.spinner("Opening it"):
            source = api.open_stomics(accession)
    except ExpronautError as error:
        cards.tell(error)
    else:
        view.switch(sidebar.file("spatial"), {inputs.SOURCE: [source]})


def _facts(detail: StomicsDetail) -> None:
    one = detail.dataset
    lines = [f":gray[{name}] &ensp; {cards.plain(value)}" for name, value in words.table(one)]
    for field, value in one.references:
        link = words.address(field, value)
        shown = f"[{cards.plain(value)}]({link})" if link else cards.plain(value)
        lines.append(f":gray[{cards.plain(field)}] &ensp; {shown}")
    with st.container(gap="xxsmall"):
        for line in lines:
            st.markdown(line)
    if not lines:
        st.caption("The service tells nothing of it that is known here by its meaning.")
    if one.more:
        with st.expander(f"Everything else it tells: {len(one.more)}", expanded=len(one.more) <= FOLDED, key="more"):
            st.dataframe(
                pd.DataFrame(one.more, columns=["Field", "Value"]),
                hide_index=True,
                column_config={"Field": st.column_config.TextColumn(width="small")},
            )
    if detail.nested:
        st.caption(cards.plain(f"Not shown, because it is no single value: {', '.join(detail.nested)}."))
