"""The metadata of the samples against a template, as a report that can be read."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from backend import api
from backend.model import Invalid, OwnStudy
from components import cards, inputs, view
from components.own import words

MOST_MB = 5
WHY = {
    "VALUE_NOT_SET": "Not filled",
    "MISSING_ATTRIBUTE": "No such attribute",
    "SYNONYM_ATTRIBUTE": "A synonym of a preferred label",
    "VOCABULARY_NOT_FOUND": "Not in the dictionary",
    "TYPE_NOT_MATCH": "Not of the right type",
}
FIX = {
    "VALUE_NOT_SET": "Fill it in, or write “Not applicable” or “Not recorded”",
    "MISSING_ATTRIBUTE": "Add the attribute to the samples",
    "SYNONYM_ATTRIBUTE": "Use the preferred label",
    "VOCABULARY_NOT_FOUND": "Use a label of the dictionary",
    "TYPE_NOT_MATCH": "Write it as the type wants",
}


def draw(one: OwnStudy) -> None:
    """The report, then another template to check against."""
    place = st.container()
    with st.expander("Check against another template", icon=":material/rule:", key="own-template"):
        file = st.file_uploader("Template of ODM (JSON)", key="own-template-file", max_upload_size=MOST_MB)
        st.caption("It is used for this look alone. Drop one among the files of a study to keep it with the study.")
    with place, cards.guard():
        found = api.own_validation(one.accession, file.getvalue() if file is not None else b"")
        if found.invalid:
            _report(one, found.invalid)
        else:
            st.success("Metadata are valid.", icon=":material/check_circle:")
        for sentence in found.skipped:
            st.caption(cards.plain(sentence))


def table(one: OwnStudy, invalid: Sequence[Invalid]) -> pd.DataFrame:
    """Each invalid value with its count, why, and what to do. Samples of several files are told apart."""
    files = {group.accession: group.file for group in one.groups}
    rows = [
        (
            files.get(each.group, each.group),
            each.attribute,
            "not filled" if each.value is None else each.value,
            each.count,
            WHY.get(each.error, each.message),
            fix(each),
        )
        for each in invalid
    ]
    return pd.DataFrame(rows, columns=["File", "Attribute", "Value", "Samples", "Reason", "What to do"])


def fix(one: Invalid) -> str:
    """The next step; a synonym comes with the labels it may stand for."""
    meant = re.search(r"one of \[(.*)\]", one.message)
    return f"Use {' or '.join(meant[1].split(', '))}" if meant else FIX.get(one.error, one.message)


def _report(one: OwnStudy, invalid: Sequence[Invalid]) -> None:
    attributes = len({each.attribute for each in invalid})
    st.warning(
        f"{words.counted(len(invalid), 'values')} of {words.counted(attributes, 'attributes')} break the template. "
        "The study can be used all the same.",
        icon=":material/rule:",
    )
    frame = table(one, invalid)
    if len({each.group for each in invalid}) == 1:
        frame = frame.drop(columns="File")
    st.dataframe(
        frame,
        hide_index=True,
        height=words.height(len(frame), 500),
        key="own-invalid",
        column_config={"Samples": st.column_config.NumberColumn(format="localized")},
    )
    st.button(
        "Change values",
        key="own-mend",
        icon=":material/edit:",
        on_click=_mend,
        help="Opens the samples, where single values are changed",
    )


def _mend() -> None:
    view.write_all({inputs.TAB: ["samples"]})
