"""What each file is taken for, and the fields to say otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from backend.model import StudyCheck, StudyPart
from components.own import draft, words
from components.own.draft import Draft

FORMS = {
    "": "As found",
    "gct": "GCT 1.2",
    "tsv": "TSV of ODM",
    "table": "Genes × samples",
    "h5ad": "h5ad",
    "loom": "loom",
}
TARGETS = {"": "As found", "samples": "Samples", "libraries": "Libraries", "preparations": "Preparations"}
VERSIONS = "versions.tsv"  # of a study that was exported
UNKNOWN = "Left out"
USUAL_LINK = "Sample Source ID"
LONGEST = 60  # signs of a name in a list


def draw(now: Draft, found: StudyCheck, names: Sequence[str]) -> None:
    """The table of files, the row that changes one of them, and what holds for the study."""
    st.dataframe(
        table(found, names),
        hide_index=True,
        height=words.height(len(names), 320),
        column_config={
            "Rows": st.column_config.TextColumn(alignment="right", help="Records of a table, features of a matrix"),
            "Columns": st.column_config.TextColumn(alignment="right", help="Attributes, or columns with numbers"),
        },
    )
    _change(now, found, names)
    _study(now, found)


def table(found: StudyCheck, names: Sequence[str]) -> pd.DataFrame:
    """Each file and what it is taken for; those made here last but one, those left out last."""
    rows = [
        (_file(one), words.KINDS[one.kind], one.form, f"{one.n_rows:,}", f"{one.n_columns:,}") for one in found.parts
    ]
    known = {one.file for one in found.parts} | {one.described_by for one in found.parts}
    rows += [(name, _other(name, found), "", "", "") for name in names if name not in known]
    return pd.DataFrame(rows, columns=["File", "Taken for", "Form", "Rows", "Columns"])


def _file(one: StudyPart) -> str:
    return f"{one.file} (made here)" if one.made else one.file


def _other(name: str, found: StudyCheck) -> str:
    told = any(one.file == name for one in found.findings)
    if name == VERSIONS and not told:
        return "Versions of the matrices"
    return "Template of validation" if name.lower().endswith(".json") and not told else UNKNOWN


def _change(now: Draft, found: StudyCheck, names: Sequence[str]) -> None:
    """Choose a file, say what it is."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="own-change"):
        file = st.selectbox("Change how a file is read", names, key="own-file", format_func=short, width=280)
        said = draft.choice(now, file)
        part = next((one for one in found.parts if one.file == file), None)
        kinds = {"": f"As found: {words.KINDS[part.kind] if part else UNKNOWN}"} | words.KINDS
        _field(st.selectbox, "Taken for", now, file, "kind", said.kind, options=list(kinds), names=kinds)
        if part is not None and part.kind == "expression":
            _field(st.selectbox, "Form", now, file, "form", said.form, options=list(FORMS), names=FORMS)
        if part is not None and part.kind in ("expression", "samples"):
            with st.popover("More", icon=":material/tune:", key="own-more"):
                _more(now, part, found)
        st.button("Take it out", key="own-drop", type="tertiary", on_click=draft.drop, args=(now, file))


def _more(now: Draft, part: StudyPart, found: StudyCheck) -> None:
    said, file = draft.choice(now, part.file), part.file
    if part.kind == "samples":
        columns = ["", *part.attributes]
        label = "Column that stands for Sample Source ID"
        _field(st.selectbox, label, now, file, "id_column", said.id_column, options=columns)
        return
    _field(st.toggle, "Samples are in rows", now, file, "samples_in_rows", said.samples_in_rows)
    st.caption("Of ODM's TSV:")
    about: dict[str, Any] = {"min_value": 0, "max_value": 1_000, "help": "Text columns at the left; 0: found out"}
    _field(st.number_input, "Feature columns", now, file, "n_features", said.n_features, **about)
    about = {"max_chars": 20, "help": "Between sample and measurement: of S1.TPM the point. Empty: found out"}
    _field(st.text_input, "Separator", now, file, "separator", said.separator, **about)
    measured = [one for one in dict.fromkeys(part.measurements) if one]
    if measured or said.measurement:
        options = list(dict.fromkeys(["", *measured, said.measurement]))
        _field(st.selectbox, "Only this measurement", now, file, "measurement", said.measurement, options=options)
    if part.layers:
        _field(st.selectbox, "Layer", now, file, "layer", said.layer, options=["", *part.layers])
    st.caption("What the columns are:")
    _field(st.selectbox, "Link to", now, file, "link_to", said.link_to, options=list(TARGETS), names=TARGETS)
    samples = [name for one in found.parts if one.kind == "samples" for name in one.attributes if name != USUAL_LINK]
    options = list(dict.fromkeys(["", *samples, said.link_by]))
    usual = {"": USUAL_LINK}
    _field(st.selectbox, "By the attribute", now, file, "link_by", said.link_by, options=options, names=usual)


def _field(
    control: Any,
    label: str,
    now: Draft,
    file: str,
    name: str,
    value: Any,
    options: list[str] | None = None,
    names: dict[str, str] | None = None,
    **extra: Any,
) -> None:
    """A field that says something of a file."""
    key = f"own-{name}-{file}"
    st.session_state[key] = value
    if options is not None:
        extra = {"options": options, "format_func": lambda one: (names or {"": "As found"}).get(one, one), "width": 220}
    control(label, key=key, on_change=_set, args=(now, file, name, key), **extra)


def _set(now: Draft, file: str, name: str, key: str) -> None:
    value = st.session_state[key]
    draft.choose(now, file, **{name: value.strip() if isinstance(value, str) and name != "separator" else value})


def _study(now: Draft, found: StudyCheck) -> None:
    """The title, and what the samples are grouped by at first."""
    if now.goal != draft.NEW:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.session_state["own-title"] = now.options.title
        st.text_input(
            "Title",
            key="own-title",
            placeholder=found.title,
            max_chars=300,
            on_change=_set_study,
            args=(now, "title"),
            help="Instead of what the files say",
            width=420,
        )
        if found.groupings:
            st.session_state["own-group_by"] = now.options.group_by
            st.selectbox(
                "Group samples by",
                list(dict.fromkeys(["", *found.groupings, now.options.group_by])),
                key="own-group_by",
                format_func=lambda one: one or "As found",
                on_change=_set_study,
                args=(now, "group_by"),
                width=220,
            )


def _set_study(now: Draft, name: str) -> None:
    draft.change(now, **{name: str(st.session_state[f"own-{name}"] or "").strip()})


def short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST // 2]}…{name[-LONGEST // 2 :]}"
