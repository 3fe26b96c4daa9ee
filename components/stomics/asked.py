"""Below a section that is asked gene by gene: ask anew, the calls that are left, and its files."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from backend import api
from backend.errors import ExpronautError, NotFound, RateLimited
from backend.model import Answer, Section, Spots
from components import cards, fetching, gene_facts, inputs, view
from components.stomics import patience, status

_LINKED = re.compile(r"stomics-(std\d{1,12})")
HELP = "Answers of STOmics about a gene are kept until you ask anew: one call for each gene drawn."


def not_open(found: Sequence[Section]) -> None:
    """The way to the data set that a link asks for, where it is not open on this machine."""
    asked = view.current(inputs.SECTION) or ""
    linked = _LINKED.fullmatch(asked)
    if linked is None or asked in {one.key for one in found}:
        return
    accession = linked[1].upper()
    st.info(f"The link shows {accession} of STOmics, which is not open on this machine.", icon=":material/link:")
    params = {inputs.PART: ["stomics"], inputs.DATASET: [accession]}
    label = f"Look at {accession}, to open it"
    st.page_link(cards.DATASETS, label=label, icon=":material/arrow_forward:", query_params=params, width="content")


def spots(one: Section, genes: Sequence[str], by: str) -> Answer[Spots] | None:
    """Genes over the spots; a countdown while the service wants a pause; None after a cancel. Raises as api.spots."""

    def ask(tell: fetching.Tell) -> Answer[Spots]:
        return api.spots(one.key, genes, one.species, by, on_progress=tell)

    question = f"spots-{one.key}-{one.species}-{by}-{','.join(genes)}"
    return fetching.watched(question, "STOmics", ask, lambda: api.pause(one.key))


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
    elif isinstance(error, RateLimited):
        patience.draw(error, "genes")
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
