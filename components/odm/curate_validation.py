"""What the template finds wrong with the samples of a study, and the form that puts it right."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from backend import api
from backend.model import Invalid, OdmStudy, Validation
from components import cards, inputs
from components.odm import curate_mending, objects
from components.own import validity, words


def draw(study: OdmStudy) -> None:
    """The report; from a row of it to the samples that have the value."""
    if curate_mending.under_way(study.accession):
        return
    with st.spinner("Asking for the validation summary", show_time=True):
        answer = api.odm_validation(study.accession)
    found = answer.value
    if not found.invalid:
        st.success("Metadata are valid", icon=":material/check_circle:")
        _skipped(found)
        st.caption(cards.provenance_line(answer.provenance))
        return
    attributes = len({one.attribute for one in found.invalid})
    n = len(found.invalid)
    st.warning(
        f"{words.counted(n, 'values')} of {words.counted(attributes, 'attributes')} {'breaks' if n == 1 else 'break'} "
        "the template. The study can be used all the same.",
        icon=":material/rule:",
    )
    frame = table(found.invalid)
    st.dataframe(
        frame if len({one.group for one in found.invalid}) > 1 else frame.drop(columns="Samples of"),
        hide_index=True,
        key="curate-invalid",
        height=words.height(len(frame), 420),
        on_select=lambda: _selected(found.invalid),
        selection_mode="single-row",
        column_config={
            "Samples": st.column_config.NumberColumn(format="localized", width=70),
            "Message": st.column_config.TextColumn(width="large"),
        },
    )
    legend = f"Values of the samples of {study.title} that break the template."
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        objects.save(frame, answer.provenance, "validation", study.accession, legend)
        _skipped(found)
    _mend(study, found.invalid)
    st.caption(cards.provenance_line(answer.provenance))


def _skipped(found: Validation) -> None:
    for sentence in found.skipped:
        st.caption(cards.plain(sentence), width="content")


def table(invalid: Sequence[Invalid]) -> pd.DataFrame:
    """Each invalid value with its count, why, and what to do."""
    rows = [
        (one.group, one.attribute, shown(one), one.count, reason(one), validity.fix(one), one.error, one.message)
        for one in invalid
    ]
    names = ["Samples of", "Attribute", "Value", "Samples", "Reason", "What to do", "Error", "Message"]
    return pd.DataFrame(rows, columns=names)


def shown(one: Invalid) -> str:
    """The value as people read it."""
    return "not filled" if one.value is None else one.value


def reason(one: Invalid) -> str:
    """Why it is invalid, in words; an error not known here as the server calls it."""
    return validity.WHY.get(one.error, one.error.replace("_", " ").capitalize())


def _selected(invalid: Sequence[Invalid]) -> None:
    rows = st.session_state["curate-invalid"]["selection"]["rows"]
    if rows:
        st.session_state[inputs.ODM_ROW] = _key(invalid[rows[0]])


def _key(one: Invalid) -> str:
    return repr((one.group, one.attribute, one.value, one.error))


def _mend(study: OdmStudy, invalid: Sequence[Invalid]) -> None:
    """Choose a row, here or in the table; then its samples."""
    st.markdown("**Put it right**")
    known = {_key(one): one for one in invalid}
    several = len({one.group for one in invalid}) > 1

    def named(key: str) -> str:
        one = known[key]
        where = f" in {one.group}" if several else ""
        return f"{one.attribute}: {shown(one)}, {words.counted(one.count, 'samples')}{where}"

    chosen = st.session_state.get(inputs.ODM_ROW)
    st.session_state[inputs.ODM_ROW] = (
        chosen if chosen in known else next(iter(known))
    )  # also to the page, which keeps old words
    key = st.selectbox("Value", list(known), format_func=named, key=inputs.ODM_ROW, width=520)
    curate_mending.draw(study, known[key])
