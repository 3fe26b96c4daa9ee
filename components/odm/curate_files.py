"""What is to be imported: the files, links and accessions, and the fields that say what each is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from backend.model import OdmStudy
from components import cards, index_progress
from components.odm import curate_draft as drafts
from components.odm.curate_draft import Draft, Row

MOST_MB = 1_000
CLASSES = (
    "Bulk transcriptomics",
    "Single-cell transcriptomics",
    "Spatial transcriptomics",
    "Differential abundance (FC, pval, etc.)",
    "Pathway analysis",
    "Proteomics",
    "Single-cell proteomics",
    "Metabolomics",
    "Lipidomics",
    "Epigenomics",
    "DNA methylation",
    "Gene panel data",
    "Other",
)
TARGETS = {"samples": "Samples", "libraries": "Libraries", "preparations": "Preparations"}
WANTED = (
    "A study, its samples, perhaps libraries and preparations, and expression with the one record that describes it. "
    "Links are fetched by the ODM server itself, so it must reach them; a study comes by link or is in ODM already."
)


def draw(draft: Draft, study: OdmStudy | None) -> None:
    """How parts are added, then one row each."""
    with st.container():  # always there, so that what follows keeps its place
        if not draft.rows:
            st.caption(WANTED)
    _add(draft, study)
    for problem in draft.problems:
        st.warning(cards.plain(problem), icon=":material/error:")
    for row in list(draft.rows):
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"curate-row-{row.key}"):
            _row(draft, row, study)


def _add(draft: Draft, study: OdmStudy | None) -> None:
    key = f"{study.accession if study else 'new'}-{draft.turn}"
    links, files, there = st.columns(3, gap="medium")
    with links, st.form(f"curate-links-{key}", border=False, clear_on_submit=True):
        text = st.text_area("Links, one a line", height=92, placeholder="https://…/study.tsv\ns3://bucket/samples.tsv")
        if st.form_submit_button("Add the links", icon=":material/link:"):
            for link in text.split():
                drafts.add(draft, link=link)
            st.rerun()
    with files:
        found = st.file_uploader(
            "Files to upload",
            accept_multiple_files=True,
            key=f"curate-files-{key}",
            max_upload_size=MOST_MB,
            help="All but the study, which ODM takes by link only. Larger ones: by link.",
        )
        if found:
            with st.spinner("Keeping the files aside", show_time=True):
                drafts.keep(draft, [(one.name, one) for one in found])
            st.rerun()
    with there, st.form(f"curate-there-{key}", border=False, clear_on_submit=True):
        kinds = [kind for kind in drafts.KINDS if kind != "expression metadata"]
        kind = st.selectbox("In ODM already", kinds, format_func=drafts.KINDS.__getitem__)
        accession = st.text_input("Accession", placeholder="GSF334953", max_chars=40, label_visibility="collapsed")
        if st.form_submit_button("Add the accession", icon=":material/tag:") and accession.strip():
            drafts.add(draft, kind, accession=accession.strip())
            st.rerun()


def _row(draft: Draft, row: Row, study: OdmStudy | None) -> None:
    """What it is, where it is, its options."""
    kinds = [kind for kind in drafts.KINDS if not row.accession or kind != "expression metadata"]
    _field(st.selectbox, "What it is", row, "kind", kinds, drafts.KINDS, width=190, label_visibility="collapsed")
    with st.container(width="stretch", gap=None):
        st.markdown(f"**{cards.plain(row.name)}**")
        st.caption(cards.plain(_where(row)))
    if row.kind == "expression" and not row.accession and not row.is_gct:
        about: dict[str, Any] = {"min_value": 1, "max_value": 1_000, "placeholder": "Feature columns", "width": 190}
        _field(st.number_input, "Feature columns", row, "n_features", label_visibility="collapsed", **about)
    with st.popover(_options_label(row), icon=":material/tune:", key=f"curate-options-{row.key}"):
        _options(draft, row, study)
    st.button("Take out", key=f"curate-drop-{row.key}", type="tertiary", on_click=drafts.drop, args=(draft, row.key))


def _where(row: Row) -> str:
    if row.file is not None:
        return f"To be uploaded, {index_progress.size(row.file.size)}"
    return f"By link, {row.link.partition(chr(63))[0]}" if row.link else "In ODM already; it is linked only"


def _options_label(row: Row) -> str:
    said = (row.template, row.previous_version, row.data_class, row.separator, row.linking_attribute)
    n = sum(map(bool, said)) + (row.target != "samples") + (row.of is not None)
    return f"Options ({n})" if n else "Options"


def _options(draft: Draft, row: Row, study: OdmStudy | None) -> None:
    if row.kind == "expression metadata":
        chosen = [one.key for one in draft.of("expression") if not one.accession]
        told = drafts.about(draft, row)
        names: dict[Any, str] = {None: f"As found: {told.name if told else 'none'}"}
        names |= {key: (draft.row(key) or row).name for key in chosen}
        _field(st.selectbox, "Describes", row, "of", options=list(names), names=names)
        return
    if not row.accession:
        about: dict[str, Any] = {"placeholder": "The usual one", "max_chars": 40}
        _field(st.text_input, "Template", row, "template", help="Its accession, as GSF334953", **about)
    if row.kind == "expression":
        if not row.accession:
            _versions(draft, row, study)
            _form(row)
        _linking(row)
    elif row.accession:
        st.caption("It is there; nothing is to be said of it.")


def _versions(draft: Draft, row: Row, study: OdmStudy | None) -> None:
    earlier = draft.of("expression")[: draft.of("expression").index(row)]
    names = {"": "None: a matrix of its own"}
    names |= {drafts.reference(draft, one): f"{one.name} of this import" for one in earlier if not one.accession}
    for group in study.data if study else ():
        version = f"v{group.number}{' ACTIVE' if group.active else ''}" if group.chain else "no versions yet"
        names[group.accession] = f"{group.accession}, {group.normalization or group.data_class}, {version}"
    about: dict[str, Any] = {"help": "Of which this is the next version; an accession may be typed"}
    _field(
        st.selectbox, "Former version", row, "previous_version", list(names), names, accept_new_options=True, **about
    )


def _form(row: Row) -> None:
    if row.is_gct:
        st.caption("GCT is of the class Bulk transcriptomics, with its features in the first two columns.")
        return
    classes = ["", *CLASSES]
    _field(st.selectbox, "Data class", row, "data_class", classes, {"": "As the server says"}, accept_new_options=True)
    about: dict[str, Any] = {"max_chars": 20, "help": "Between sample and measurement: of S1.TPM the point"}
    _field(st.text_input, "Separator", row, "separator", **about)


def _linking(row: Row) -> None:
    _field(st.selectbox, "Link its columns to", row, "target", list(TARGETS), TARGETS)
    if row.target == "samples":
        about: dict[str, Any] = {"placeholder": "Sample Source ID", "max_chars": 255}
        _field(st.text_input, "By the attribute", row, "linking_attribute", help="Of the template's samples", **about)
    else:
        st.caption(f"By {'Library' if row.target == 'libraries' else 'Preparation'} ID.")


def _field(
    control: Any,
    label: str,
    row: Row,
    name: str,
    options: list[Any] | None = None,
    names: Mapping[Any, str] | None = None,
    **extra: Any,
) -> None:
    """A field that says something of a row."""
    key = f"curate-{name}-{row.key}"
    value = getattr(row, name)
    st.session_state[key] = value
    if options is not None:
        known = options if value in options else [*options, value]
        extra |= {"options": known, "format_func": lambda one: (names or {}).get(one, one)}
    control(label, key=key, on_change=_set, args=(row, name, key), **extra)


def _set(row: Row, name: str, key: str) -> None:
    value = st.session_state[key]
    if isinstance(value, str) and name != "separator":
        value = value.strip()
    if value is None and name in ("previous_version", "data_class"):
        value = ""
    setattr(row, name, value)
