"""The dry run of an import: every call that will be sent, what its files break, then the button that begins it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from backend import api
from backend.model import Finding, OdmPlan, OdmWish
from components import cards, index_progress, inputs
from components.own import report, words

LARGE = 50_000_000  # bytes that are only read when asked to
LONGEST = 60_000  # signs that are shown
IMPORTS = "import os\n\nimport requests\n\n"


def draw(wish: OdmWish, begun: Callable[[str], None]) -> None:
    """begun(key): called when the import is under way. Raises BadInput for what cannot be imported."""
    plan = api.odm_plan(wish)
    st.markdown("### Dry run")
    n = len(plan.calls)
    st.caption(
        f"{n:,} call{'' if n == 1 else 's'} to {cards.plain(plan.server)}, in this order. Nothing is sent until you "
        "press Import. Words in braces are accessions that come of the calls before."
    )
    for note in plan.notes:
        st.info(cards.plain(note), icon=":material/info:")
    if plan.calls:
        _calls(plan)
    ready = _checked(wish) if plan.calls else False
    label = "Import" if plan.calls else "Nothing to import"
    if st.button(label, key="curate-import", type="primary", icon=":material/upload:", disabled=not ready):
        begun(api.odm_import(wish).key)
        st.session_state.pop(inputs.ODM_CHECKED, None)
        st.rerun()


def _calls(plan: OdmPlan) -> None:
    """Each call in words, as curl, as Python."""
    forms = {"Calls": plan.text, "curl": _curl(plan), "Python": _python(plan)}
    languages = {"Calls": None, "curl": "bash", "Python": "python"}
    for tab, (name, text) in zip(st.tabs(list(forms), key="curate-forms"), forms.items(), strict=True):
        with tab:
            long = text.count("\n") > 14
            st.code(text[:LONGEST], language=languages[name], wrap_lines=True, height=360 if long else "content")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.download_button(
            "Download the calls",
            lambda: "\n".join(f"{name}\n{'=' * len(name)}\n{text}" for name, text in forms.items()),
            "expronaut_odm_import_calls.txt",
            "text/plain",
            key="curate-calls",
            icon=":material/download:",
            on_click="ignore",
        )
        st.caption("The token is read from the environment; it stands in none of these.")


def _curl(plan: OdmPlan) -> str:
    return "\n".join(f"# {number}. {call.part}\n{call.curl}" for number, call in enumerate(plan.calls, start=1)) + "\n"


def _python(plan: OdmPlan) -> str:
    calls = (
        f"# {number}. {call.part}\n{call.python.removeprefix(IMPORTS)}"
        for number, call in enumerate(plan.calls, start=1)
    )
    return IMPORTS + "\n".join(calls)


def _checked(wish: OdmWish) -> bool:
    """Whether the files to upload are in order, or go all the same."""
    files = [part.file for part in wish.parts if part.file is not None]
    files += [part.metadata_file for part in wish.parts if part.metadata_file is not None]
    if not files:
        st.caption("Files that come by link cannot be looked at from here: the server tells what is wrong with them.")
        return True
    about = replace(wish, title="", allow_dups=False)
    known: tuple[OdmWish, tuple[Finding, ...]] | None = st.session_state.get(inputs.ODM_CHECKED)
    size = sum(file.size for file in files)
    if known is None or known[0] != about:
        label = f"Check the files ({index_progress.size(size)})"
        if size > LARGE and not st.button(label, key="curate-check", icon=":material/fact_check:"):
            st.caption("They can be checked by ODM's rules for files before they are sent.")
            return True
        with st.spinner("Checking the files", show_time=True):
            known = st.session_state[inputs.ODM_CHECKED] = (about, api.odm_check_files(wish))
    return _findings(known[1])


def _findings(found: tuple[Finding, ...]) -> bool:
    errors = sum(one.level == "error" for one in found)
    if not found:
        st.success("The files to upload break no rule.", icon=":material/check:")
        return True
    frame = report.table(found)
    st.dataframe(
        frame.head(report.MOST),
        hide_index=True,
        height=words.height(len(frame), 320),
        key="curate-findings",
        column_config={"What is wrong": st.column_config.TextColumn(width="large")},
    )
    if not errors:
        return True
    told = f"{words.counted(errors, 'errors')}: ODM may refuse these files, or import them wrongly."
    st.warning(told, icon=":material/rule:")
    return st.checkbox("Send them all the same", key="curate-anyway")
