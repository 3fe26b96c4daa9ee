"""Imports under way and those that have ended: progress, cancel, and where to go on."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import ImportOptions, IndexProgress
from components import cards, index_progress, inputs, view, watching
from components.own import draft, shelf, words
from components.own.draft import Draft


@dataclass(frozen=True)
class Begun:
    """An import of this session. files: to come back to when it fails."""

    title: str
    files: Draft


def begin(now: Draft, options: ImportOptions, title: str) -> None:
    """Import in the background."""
    job = api.start_import(now.upload, options)
    st.session_state.setdefault(inputs.OWN_JOBS, {})[job] = Begun(title, now)
    draft.renew()


def draw() -> None:
    """A card for each import."""
    for job in api.imports():
        progress = api.import_progress(job)
        runs = watching.under_way(progress)
        if progress is None or (progress.state == "done" and _begun(job) is None):
            continue  # what is done stands in the list; its session says where to go on
        with st.container(gap="small", key=f"import-{job}"), cards.guard():
            if runs:
                _watch(job)
            else:
                _ended(job, progress)


def _begun(job: str) -> Begun | None:
    begun: Begun | None = st.session_state.get(inputs.OWN_JOBS, {}).get(job)
    return begun


def _named(job: str) -> str:
    begun = _begun(job)
    return f"“{begun.title}”" if begun is not None else "A study"


@st.fragment(run_every=0.5)
def _watch(job: str) -> None:
    """Looks again while it runs."""
    progress = watching.still(api.import_progress(job))
    st.markdown(f"**{cards.plain(_named(job))}** is being imported")
    st.progress(index_progress.share(progress), text=cards.plain(index_progress.words(progress)))
    st.button("Cancel", key=f"stop-{job}", on_click=api.cancel_import, args=(job,), icon=":material/close:")


def _ended(job: str, progress: IndexProgress) -> None:
    accession = api.imported_as(job)
    if progress.state == "done" and accession:
        _done(job, accession)
        return
    said = cards.plain(f"{_named(job)} was not imported. {progress.message} {progress.hint}")
    if progress.state == "failed":
        st.error(said, icon=":material/error:")
    else:
        st.info(said, icon=":material/pause:")
    with st.container(horizontal=True, gap="small"):
        if _begun(job) is not None:
            st.button("Back to the files", key=f"again-{job}", on_click=_again, args=(job,))
        _close(job)


def _done(job: str, accession: str) -> None:
    try:
        study = api.own_study(accession)
    except ExpronautError:  # deleted since
        api.forget_import(job)
        st.rerun()
    st.success(cards.plain(f"Imported “{study.title}” as {accession}: {words.facts(study)}."), icon=":material/check:")
    newest = max(words.active(study), key=lambda one: one.imported, default=None)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "Open the study",
            key=f"see-{job}",
            type="primary",
            icon=":material/folder_open:",
            on_click=_open,
            args=(job, accession),
        )
        if newest is not None:
            shelf.links(newest)
        _close(job)


def _close(job: str) -> None:
    st.button("Close", key=f"close-{job}", on_click=api.forget_import, args=(job,), type="tertiary")


def _open(job: str, accession: str) -> None:
    api.forget_import(job)
    view.write_all({inputs.OWN_STUDY: [accession], inputs.OWN_ADD: [], inputs.TAB: []})


def _again(job: str) -> None:
    """The files as they were checked, to mend what kept them out."""
    begun = _begun(job)
    if begun is not None:
        st.session_state[inputs.OWN_DRAFT] = begun.files
        view.write_all({inputs.OWN_ADD: [begun.files.goal]})
    api.forget_import(job)
