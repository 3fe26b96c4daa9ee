"""Below a section that is asked gene by gene: ask anew, the calls that are left, and its files."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from backend import api
from backend.errors import ExpronautError, NotFound
from backend.model import Section
from components import cards, gene_facts, inputs
from components.stomics import status

HELP = "Answers of STOmics about a gene are kept until you ask anew: one call for each gene drawn."


def foot(one: Section, genes: Sequence[str]) -> None:
    """Under the figure, or in its place."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button("Ask anew", key="stomics-anew", icon=":material/refresh:", help=HELP):
            _ask_anew(one, genes)
        params = {inputs.PART: ["stomics"], inputs.DATASET: [one.of], inputs.SOURCE: [one.key]}
        st.page_link(
            cards.DATASETS,
            label=f"Files of {one.of}",
            icon=":material/folder_open:",
            query_params=params,
            width="content",
        )
        budget = st.empty()
    status.budget(budget, api.stomics_status())


def failed(one: Section, genes: Sequence[str], error: ExpronautError) -> None:
    """Why nothing is drawn, other spellings to click, and what to do instead."""
    if isinstance(error, NotFound) and len(genes) == 1:
        gene_facts.unknown(error, genes[0], tuple(genes))
    else:
        cards.tell(error)
    foot(one, genes)


def _ask_anew(one: Section, genes: Sequence[str]) -> None:
    try:
        with st.spinner("Asking STOmics", show_time=True):
            for gene in genes:
                api.stomics_refresh(one.key, gene)
    except ExpronautError as error:
        cards.tell(error)
    else:
        st.rerun()
