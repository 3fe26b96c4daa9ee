"""Imports begun here: their steps, how far they are, going on after a cut, what only the user can decide."""

from __future__ import annotations

from typing import Literal

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import IndexProgress, OdmImport, OdmStep
from components import cards, index_progress, inputs, view
from components.own import report, words

STATES = {
    "waiting": "to do",
    "sent": "sent, no answer yet",
    "running": "running",
    "done": "done",
    "failed": "failed",
    "doubtful": "not known",
}
MARKS: dict[str, tuple[Literal["blue", "green", "orange", "red"], str]] = {
    "under way": ("blue", "sync"),
    "finished": ("green", "check"),
    "your decision": ("orange", "help"),
    "failed": ("red", "error"),
    "not finished": ("orange", "pause"),
}


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
    found: list[str] = st.session_state.setdefault("curate-begun", [])
    return found


def begun(key: str) -> None:
    """Show this import until it is closed."""
    if key not in _seen():
        _seen().append(key)


def _card(key: str, brief: bool = False) -> None:
    try:
        found, progress = api.odm_import_state(key)
    except ExpronautError as error:  # a damaged journal can be forgotten
        cards.tell(error, again=False)
        _forget(key)
        return
    if index_progress.is_under_way(progress):
        _watch(key)
        return
    _title(found, mark(found))
    if not found.finished:
        _why(found, progress)
    if not brief:
        _steps(found)
    for step in found.steps:
        if step.state == "doubtful":
            _decide(found, step)
    _actions(found, brief)


def mark(found: OdmImport) -> str:
    """How it stands, in words."""
    states = {step.state for step in found.steps}
    if found.finished:
        return "finished"
    return "your decision" if "doubtful" in states else "failed" if "failed" in states else "not finished"


def _title(found: OdmImport, state: str) -> None:
    colour, icon = MARKS[state]
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(f"**{cards.plain(found.title or 'Import')}**", width="content")
        st.badge(state, color=colour, icon=f":material/{icon}:")
        if found.study:
            st.code(found.study, language=None, width="content")
        if found.begun:
            st.caption(
                cards.plain(f"{found.server.partition('://')[2]}, begun {found.begun[:16].replace('T', ' ')} UTC")
            )


def _why(found: OdmImport, progress: IndexProgress | None) -> None:
    if progress is not None and progress.state == "failed":
        st.warning(cards.plain(f"{progress.message} {progress.hint}"), icon=":material/error:")
    elif progress is not None and progress.state == "cancelled":
        st.info(cards.plain(f"{progress.message} {progress.hint}"), icon=":material/pause:")
    else:
        done = sum(step.state == "done" for step in found.steps)
        st.info(f"It was cut after {done} of {len(found.steps)} steps. What is done is kept.", icon=":material/pause:")


@st.fragment(run_every=1.0)
def _watch(key: str) -> None:
    """Looks again every second while it runs."""
    found, progress = api.odm_import_state(key)
    if progress is None or not index_progress.is_under_way(progress):
        begun(key)
        st.rerun()
    _title(found, "under way")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.progress(index_progress.share(progress), text=cards.plain(index_progress.words(progress)))
        st.button(
            "Cancel", key=f"curate-stop-{key}", on_click=api.odm_cancel_import, args=(key,), icon=":material/close:"
        )
    _steps(found)


def table(found: OdmImport) -> pd.DataFrame:
    """One row a step."""
    rows = [
        (step.part, step.what, STATES[step.state], step.accession, str(step.job or ""), step.message)
        for step in found.steps
    ]
    names = ["Step", "File", "State", "Accession", "Job", "What to know"]
    return pd.DataFrame(rows, columns=names)


def _steps(found: OdmImport) -> None:
    st.dataframe(
        table(found),
        hide_index=True,
        key=f"curate-steps-{found.key}",
        height=words.height(len(found.steps), 420),
        column_config={
            "Step": st.column_config.TextColumn(width="medium"),
            "Job": st.column_config.TextColumn(width=60),
            "What to know": st.column_config.TextColumn(width="large"),
        },
    )
    for step in found.steps:
        if step.link is not None:
            report.link(step.what, step.link)


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
