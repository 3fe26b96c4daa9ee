"""What this session fetches from ODM in the background: matrices to open, CSV files; how far they are, what came."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from backend import api
from backend.model import IndexProgress, OmicsQuery
from components import cards, downloads, export_jobs, index_progress, inputs, opened_matrices, view, watching


@dataclass
class Begun:
    """A job of this session. where: the part of the page it was begun in. address: of its file, once it is there."""

    title: str
    where: str
    is_file: bool
    address: str = ""


def _jobs() -> dict[str, Begun]:
    known: dict[str, Begun] = st.session_state.setdefault(inputs.ODM_JOBS, {})
    return known


def open_data(query: OmicsQuery, group: str, title: str, where: str, called: str = "") -> str:
    """Begin to open a selection or a data group; its key. called: as a source. Raises as api.start_opening."""
    job = api.start_opening(query, group, called)
    _jobs()[job] = Begun(title, where, is_file=False)
    return job


def tells_of(key: str) -> bool:
    """Whether what a job of this session opened is this source, and told of."""
    return any(not begun.is_file and api.opened_as(job) == key for job, begun in _jobs().items())


def fetch_file(group: str, query: OmicsQuery | None, title: str, where: str) -> str:
    """Begin to fetch a CSV file. Raises as api.start_streaming."""
    job = api.start_streaming(group, query)
    _jobs()[job] = Begun(title, where, is_file=True)
    return job


def elsewhere() -> None:
    """Jobs begun in another part of the page than the one shown."""
    now = view.current(inputs.TAB) or ""
    _draw([job for job, begun in _jobs().items() if begun.where != now])
    for job in api.openings():  # of another session, or of this one before the page was loaded again
        if job not in _jobs() and watching.under_way(api.opening_progress(job)):
            _watch(job, "From ODM")


def here(where: str) -> None:
    """Jobs begun in this part."""
    _draw([job for job, begun in _jobs().items() if begun.where == where])


def _draw(keys: list[str]) -> None:
    for job in keys:
        with st.container(key=f"odm-job-{job}", gap="small"), cards.guard():
            progress = api.opening_progress(job)
            if watching.under_way(progress):
                _watch(job, _jobs()[job].title)
            else:
                _ended(job, progress)


@st.fragment(run_every=1.0)
def _watch(job: str, title: str) -> None:
    """Looks again every second."""
    progress = watching.still(api.opening_progress(job))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        words = f"{title}: {index_progress.words(progress)}"
        st.progress(index_progress.share(progress), text=cards.plain(words))
        st.button("Cancel", key=f"odm-stop-{job}", on_click=api.cancel_opening, args=(job,), icon=":material/close:")


def _ended(job: str, progress: IndexProgress | None) -> None:
    begun = _jobs()[job]
    if progress is None or progress.state != "done":
        message, hint = (progress.message, progress.hint) if progress else ("It is not known any more.", "Begin again.")
        words = cards.plain(f"{begun.title}: {message} {hint}")
        if progress is not None and progress.state == "failed":
            st.warning(words, icon=":material/error:")
        else:
            st.info(words, icon=":material/pause:")
        _close(job)
    elif begun.is_file:
        _file(job, begun)
    else:
        _opened(job)


def _close(job: str) -> None:
    st.button("Close", key=f"odm-seen-{job}", type="tertiary", on_click=_forget, args=(job,))


def _file(job: str, begun: Begun) -> None:
    if not begun.address:
        path = api.streamed_file(job)
        begun.address = export_jobs.taken(path) if path is not None and path.is_file() else ""
    if not begun.address:
        st.info("The file was taken by another window. Begin again.", icon=":material/info:")
        _close(job)
        return
    name = begun.address.rpartition("/")[2]
    st.success(cards.plain(f"{name} is whole; it can be had for an hour."), icon=":material/check:")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.link_button("Download the CSV", f"{downloads.base_url()}{begun.address}", icon=":material/download:")
        _close(job)


def _opened(job: str) -> None:
    """What it became, what to know of it, where to go on."""
    key = api.opened_as(job)
    one = next((one for one in api.opened_selections() if one.key == key), None)
    if one is None:
        st.info("What was opened is deleted already.", icon=":material/info:")
        _close(job)
        return
    st.success(cards.plain(f"Opened {one.title}: {opened_matrices.facts(one)}."), icon=":material/check:")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        opened_matrices.links(one)
        _close(job)
    told(api.selection_notes(key))


def told(notes: tuple[str, ...]) -> None:
    """Notes, those that make numbers doubtful as warnings."""
    grave = [note for note in notes if is_grave(note)]
    if grave:
        st.warning("\n\n".join(cards.plain(note) for note in grave), icon=":material/warning:")
    cards.notes([note for note in notes if note not in grave])


def is_grave(note: str) -> bool:
    """Whether a note says that numbers cannot be taken as they are."""
    return any(
        words in note for words in ("differs, so", "linked to no sample", "pools of several", "Only values that")
    )


def _forget(job: str) -> None:
    _jobs().pop(job, None)
