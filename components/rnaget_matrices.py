"""Matrices of RNAget servers: a form that opens one, and those that were opened."""

from __future__ import annotations

from typing import Any

import streamlit as st

from backend import api
from backend.errors import BadInput, ExpronautError
from backend.model import Answer, RnagetAbout
from components import cards, inputs, opened_matrices, sidebar, view

CAPS = (
    "Without genes the whole matrix is fetched: up to 400 MB and 100 million numbers. Name up to "
    f"{api.MAX_GENES} genes to get them alone, all by Ensembl id or all by symbol, and up to 5,000 samples. It is kept "
    "on this machine until you delete it."
)
MOST = 8  # filters of a server
_GENES, _SAMPLES, _UNIT, _FILTERS = "wanted_genes", "wanted_samples", "wanted_unit", "wanted_filters"


def opened(unfolded: bool) -> None:
    """Each opened matrix and what can be done with it. unfolded: without a click."""
    shelf = opened_matrices.Shelf(api.opened_matrices(), api.group_matrix, api.forget_matrix)
    opened_matrices.listing(shelf, unfolded)


def form(server: str, about: RnagetAbout) -> None:
    """What to open: an id, or a study that has one matrix; perhaps some genes and samples of it."""
    view.one(inputs.MATRIX, "", lambda text: text[:200])
    with st.form("open-matrix", border=True):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.text_input("Matrix id", key=inputs.MATRIX, max_chars=200, placeholder="As the server names it")
            st.text_input("or study", key=_study(), max_chars=200, placeholder="With one matrix")
            if about.units:
                st.selectbox("Unit", ["", *about.units], key=_UNIT, format_func=lambda unit: unit or "Usual", width=150)
        with st.container(horizontal=True, gap="small"):
            st.text_area("Genes, if not all", key=_GENES, height=90, placeholder="ALB INS TP53")
            st.text_area("Samples, if not all, one a line", key=_SAMPLES, height=90)
        _filters(server)
        pressed = st.form_submit_button("Open", type="primary", icon=":material/download:", on_click=_named)
        st.caption(cards.plain(CAPS))
    if pressed:
        try:
            _open(server)
        except ExpronautError as error:
            st.session_state.pop(inputs.OPENED, None)
            cards.tell(error, again=False)  # the button asks again
    _outcome()


def _filters(server: str) -> None:
    """What the server can narrow a matrix by; nothing where it does not tell, or where that can be named above."""
    try:
        offered = api.rnaget_filters(server, "expressions").value
    except ExpronautError:  # the form works without them, and what is wrong stands above it already
        offered = ()
    st.session_state[_FILTERS] = names = [one.name for one in offered if one.name not in api.RNAGET_RESERVED][:MOST]
    if not names:
        return
    with st.container(horizontal=True, gap="small"):
        for one in (one for one in offered if one.name in names):
            about: dict[str, Any] = {"key": f"{_FILTERS}-{one.name}", "width": 200, "help": one.description or None}
            if one.values:
                st.selectbox(one.name, ["", *one.values], format_func=lambda value: value or "Any", **about)
            else:
                st.text_input(one.name, max_chars=100, **about)


def _chosen() -> dict[str, str]:
    """The filters that were set."""
    names = st.session_state.get(_FILTERS, [])
    return {name: str(st.session_state.get(f"{_FILTERS}-{name}") or "") for name in names}


def _study() -> str:
    """The key of the field, which the list above fills."""
    st.session_state[f"{inputs.STUDY}-field"] = view.current(inputs.STUDY) or ""
    return f"{inputs.STUDY}-field"


def _named() -> None:
    """The address names what is opened."""
    fields = {inputs.MATRIX: inputs.MATRIX, inputs.STUDY: f"{inputs.STUDY}-field"}
    typed = {key: str(st.session_state.get(field) or "").strip() for key, field in fields.items()}
    view.write_all({key: [text] if text else [] for key, text in typed.items()})


def _open(server: str) -> None:
    expression, study = (view.current(key) or "" for key in (inputs.MATRIX, inputs.STUDY))
    if not expression and not study:
        raise BadInput("No matrix is named.", "Type the id of one, or choose a study.")
    genes = api.split_names(st.session_state.get(_GENES) or "")
    samples = (st.session_state.get(_SAMPLES) or "").replace(",", "\n").splitlines()
    unit = st.session_state.get(_UNIT) or ""
    with st.spinner(f"Fetching {cards.plain(expression or study)} from {cards.plain(server)}", show_time=True):
        title = "" if expression else _name_of(server, study)
        st.session_state[inputs.OPENED] = api.open_matrix(
            server, expression, study, genes, samples, unit, title, _chosen()
        )
    st.rerun()  # so that the sidebar and the cards know it


def _name_of(server: str, study: str) -> str:
    """What the server calls a study, "" where it does not list it."""
    try:
        listed = api.rnaget_entries(server, "studies").value
    except ExpronautError:  # the matrix may be there all the same
        return ""
    return next((one.name for one in listed if one.id == study), "")


def _outcome() -> None:
    """What was opened last in this session, with what lacks and what came unasked."""
    answer: Answer[str] | None = st.session_state.get(inputs.OPENED)
    one = next((one for one in api.opened_matrices() if answer and one.key == answer.value), None)
    if answer is None or one is None:
        return
    st.success(cards.plain(f"Opened: {opened_matrices.facts(one)}."), icon=":material/check:")
    cards.notes(answer.provenance.notes)
    target = opened_matrices.as_source(one)
    st.page_link(sidebar.file("gene"), label="See its genes", icon=":material/arrow_forward:", query_params=target)
