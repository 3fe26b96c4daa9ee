"""Imports begun here: their steps, how far they are, going on after a cut, what only the user can decide."""

from __future__ import annotations

import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import IndexProgress, OdmImport, OdmStep
from components import cards, index_progress, inputs, view, watching
from components.odm import curate_steps
from components.odm.curate_draft import Draft


def draw(study: str) -> None:
    """Those under way or not finished, then the finished ones. study: only its own, "" for all."""
    known = [one for one in api.odm_imports_known() if not study or one.study == study]
    if not known:
        return
    opened = {one.key for one in known if not one.finished} | set(_seen())
    shown = [one for one in known if one.key in opened]
    if shown:
        st.markdown("### Imports")
    for one in shown:
        with st.container(key=f"curate-import-{one.key}", gap="small"), cards.guard():
            _card(one.key)
    others = [one for one in known if one.key not in opened]
    if others:
        with st.expander(f"Finished imports: {len(others)}", icon=":material/history:", key="curate-finished"):
            for one in others:
                with st.container(key=f"curate-import-{one.key}", gap="small"), cards.guard():
                    _card(one.key, brief=True)


def _seen() -> list[str]:
    """Imports of this session that stay open when they have ended."""
    found: list[str] = st.session_state.setdefault(inputs.ODM_BEGUN, [])
    return found


def begun(key: str, study: str = "", draft: Draft | None = None) -> None:
    """Show this import until it is closed. draft: of the study of this accession, to come back to when it fails."""
    if key not in _seen():
        _seen().append(key)
    if draft is not None:
        _drafts()[key] = (study, draft)


def _drafts() -> dict[str, tuple[str, Draft]]:
    found: dict[str, tuple[str, Draft]] = st.session_state.setdefault(inputs.ODM_LEFT, {})
    return found


def _back(key: str) -> None:
    """To its files; what was imported of them is not imported again."""
    study, draft = _drafts()[key]
    draft.turn = 1 + max(one.turn for one in st.session_state[inputs.ODM_DRAFTS].values())
    st.session_state[inputs.ODM_DRAFTS][study] = draft
    do = ["add"] if study else []
    where = {inputs.STUDY: [study] if study else [], inputs.TAB: ["curate"], inputs.DO: do, inputs.PUBLISH: []}
    view.write_all(where)


def _card(key: str, brief: bool = False) -> None:
    try:
        found, progress = api.odm_import_state(key)
    except ExpronautError as error:  # a damaged journal can be forgotten
        cards.tell(error, again=False)
        _forget(key)
        return
    runs = watching.under_way(progress)
    if not brief and (runs or watching.ended_meanwhile(progress)):
        begun(key)
    if runs:
        _watch(key)
        return
    curate_steps.title(found, curate_steps.mark(found))
    if not found.finished:
        _why(found, progress)
    if not brief:
        curate_steps.steps(found)
    for step in found.steps:
        if step.state == "doubtful":
            _decide(found, step)
    _actions(found, brief)


def _why(found: OdmImport, progress: IndexProgress | None) -> None:
    if progress is not None and progress.state == "failed":
        st.warning(cards.plain(f"{progress.message} {progress.hint}"), icon=":material/error:")
    elif progress is not None and progress.state == "cancelled":
        st.info(cards.plain(f"{progress.message} {progress.hint}"), icon=":material/pause:")
    else:
        done = sum(step.state == "done" for step in found.steps)
        failed = next((step.message for step in found.steps if step.state == "failed"), "")
        told = f"It stopped after {done} of {len(found.steps)} steps; what is done is kept. {failed}"
        st.info(cards.plain(told), icon=":material/pause:")


@st.fragment(run_every=1.0)
def _watch(key: str) -> None:
    """Looks again every second while it runs."""
    found, progress = api.odm_import_state(key)
    progress = watching.still(progress)
    curate_steps.title(found, "under way")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.progress(index_progress.share(progress), text=cards.plain(index_progress.words(progress)))
        st.button(
            "Cancel", key=f"curate-stop-{key}", on_click=api.odm_cancel_import, args=(key,), icon=":material/close:"
        )
    curate_steps.steps(found)


def _decide(found: OdmImport, step: OdmStep) -> None:
    """What nobody here can know: whether an upload arrived."""
    words_ = f"{step.part}: the answer to {step.what} was lost, so it may have arrived or not. Look in ODM."
    st.warning(cards.plain(words_), icon=":material/help:")
    field = f"curate-arrived-{found.key}-{step.key}"
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        typed = st.text_input("It arrived, as", placeholder="GSF334953", max_chars=40, key=field, width=220)
        if st.button("It has this accession", key=f"{field}-yes", disabled=not typed.strip()):
            _decided(found.key, step.key, typed)
        if st.button("It did not arrive: send it again", key=f"{field}-no"):
            _decided(found.key, step.key, "")


def _decided(key: str, step: str, accession: str) -> None:
    api.odm_decide(key, step, accession)
    _go_on(key)


def _go_on(key: str) -> None:
    api.odm_resume(key)
    begun(key)
    st.rerun()


def _actions(found: OdmImport, brief: bool) -> None:
    decided = all(step.state != "doubtful" for step in found.steps)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        may = not found.finished and decided
        if may and st.button("Go on", key=f"curate-go-{found.key}", type="primary", icon=":material/play_arrow:"):
            _go_on(found.key)
        if may and found.key in _drafts():
            words_ = "Change the files or their options; what is done is not done again"
            st.button(
                "Back to the files", key=f"curate-back-{found.key}", on_click=_back, args=(found.key,), help=words_
            )
        if found.study:
            st.button(
                "Open the study",
                key=f"curate-see-{found.key}",
                type="primary" if found.finished and not brief else "secondary",
                icon=":material/folder_open:",
                on_click=_open,
                args=(found.study,),
            )
        if found.finished and not brief:
            st.button(
                "Close", key=f"curate-close-{found.key}", type="tertiary", on_click=_seen().remove, args=(found.key,)
            )
        else:
            _forget(found.key)


def _forget(key: str) -> None:
    with st.popover("Forget", icon=":material/delete:", type="tertiary", key=f"curate-forget-{key}"):
        st.caption("Its steps and the files kept for it are deleted here; what is on the server stays there.")
        if st.button("Forget it", key=f"curate-forgotten-{key}", type="primary"):
            api.odm_forget_import(key)
            st.rerun()


def _open(study: str) -> None:
    gone = (inputs.DO, inputs.PUBLISH, inputs.QUERY, inputs.ASKED, inputs.MATRIX, inputs.AGAINST)
    view.write_all({**{key: [] for key in gone}, inputs.STUDY: [study], inputs.TAB: []})
