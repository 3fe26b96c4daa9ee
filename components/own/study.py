"""One study: what it is, its samples, data, validation and history."""

from __future__ import annotations

import shutil

import pandas as pd
import streamlit as st

from backend import api
from backend.model import OwnStudy
from components import cards, downloads, export_jobs, inputs
from components.export_jobs import Job
from components.own import data, editing, groups, shelf, validity, words

# What goes out of the address with the study.
OPTIONS = (inputs.OWN_GROUP, inputs.OWN_ITEM, inputs.PLOTTED, inputs.AND_PLOTTED)
TABS = {"study": "Study", "samples": "Samples", "data": "Data", "validation": "Validation", "history": "History"}
WAIT = 3.0  # seconds that a click waits for a small file


def draw(accession: str) -> None:
    """The study of this accession."""
    one = api.own_study(accession)
    shelf.heading(one, "###")
    if one.problem is not None:
        st.warning(cards.plain(one.problem), icon=":material/error:")
        shelf.delete(one)
        return
    st.caption(cards.plain(words.facts(one)))
    tab = inputs.segments("Show", inputs.TAB, list(TABS), "study", TABS, label_visibility="collapsed")
    with cards.guard():
        DRAWN[tab](one)


def _study(one: OwnStudy) -> None:
    """Its record, what it consists of, and what can be done with the whole."""
    for note in one.notes:
        st.warning(cards.plain(note), icon=":material/warning:")
    told = api.own_object(one.accession, one.accession)
    group = next(group for group in one.groups if group.kind == "study")
    rows = [(name, words.shown(value)) for name, value in told.attributes]
    st.dataframe(pd.DataFrame(rows, columns=["Attribute", "Value"]), hide_index=True, key="own-record")
    with st.expander("Change a value", icon=":material/edit:", key="own-edit"):
        editing.change(one, group)
    parts = [
        (words.KINDS[group.kind], group.file, group.accession, group.n, _edited(group.edited)) for group in one.groups
    ]
    parts += [
        ("Expression", matrix.file, matrix.version.accession, matrix.version.n_features, "") for matrix in one.matrices
    ]
    frame = pd.DataFrame(parts, columns=["What", "File", "Accession", "Records or features", "Changed"])
    st.markdown("### Files of this study")
    st.dataframe(frame, hide_index=True, key="own-parts")
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="own-actions"):
        add = {inputs.OWN_ADD: [one.accession]}
        st.button("Add files", key="own-add", icon=":material/add:", on_click=data.go, args=(add,))
        _export(one)
        publish = {inputs.PART: ["odm"], inputs.PUBLISH: [one.accession], inputs.TAB: []}
        label, icon = "Publish to an ODM server", ":material/cloud_upload:"
        st.button(label, key="own-publish", icon=icon, on_click=data.go, args=(publish,))
        shelf.delete(one)


def _edited(edited: bool) -> str:
    return "since the import" if edited else ""


def _export(one: OwnStudy) -> None:
    """The study as a ZIP: made at a click, streamed from the disk. It can be dropped into the import again."""
    state = f"own-export-{one.accession}"
    job: Job | None = st.session_state.get(state)
    if job is None or job.cancelled or (job.ended and (job.file is None or not job.file.is_file())):
        if job is not None and job.problem is not None:
            cards.tell(job.problem, again=False)
        if st.button(
            "Export", key="own-export", icon=":material/folder_zip:", help="Metadata as now, files as they came"
        ):
            packed = one.accession
            st.session_state[state] = job = Job(
                f"{packed}.zip", lambda path, _: shutil.copyfile(api.export_own(packed), path)
            )
            with st.spinner("Packing"):
                job.wait(WAIT)
            st.rerun()
    elif not job.ended:
        _packing(state)
    else:
        size = job.file.stat().st_size if job.file else 0
        address = downloads.base_url() + export_jobs.address(job)
        label = f"Download {job.name} ({words.size(size)})"
        st.link_button(label, address, icon=":material/download:", type="primary")


@st.fragment(run_every=1.0)
def _packing(state: str) -> None:
    job: Job = st.session_state[state]
    if job.ended:
        st.rerun()
    st.caption("Packing the study…")
    st.button("Cancel", key="own-export-stop", on_click=job.cancel, type="tertiary")


DRAWN = {
    "study": _study,
    "samples": groups.draw,
    "data": data.draw,
    "validation": validity.draw,
    "history": editing.draw,
}
