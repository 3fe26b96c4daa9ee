"""One object of a study: its values as they are and were, a change, and publishing drafts as versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import OdmKind, OdmStudy, OdmValue, Revision
from components import cards, index_progress, inputs, watching
from components.odm import curate_values, objects
from components.own import words

KINDS = {
    "studies": "Study",
    "samples": "Samples",
    "libraries": "Libraries",
    "preparations": "Preparations",
    "expressions": "Expression",
}
IDS = {"samples": "Sample Source ID", "libraries": "Library ID", "preparations": "Preparation ID"}
Shown = Mapping[str, str]


def draw(study: OdmStudy) -> None:
    """An object: change it, look at its versions; then drafts of the whole study."""
    _told()
    found = _chosen(study)
    if found is not None:
        kind, accession = found
        now = _now(study, kind, accession)
        _change(kind, accession, now)
        if kind != "expressions":
            _versions(cast("OdmKind", kind), accession, now)
    _publish(study)


def _chosen(study: OdmStudy) -> tuple[str, str] | None:
    """Kind and accession."""
    there = {kind for _, kind, n in study.groups if n}
    kinds = ["studies", *(kind for kind in IDS if kind in there), *(["expressions"] if study.data else [])]
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        kind = st.selectbox("Of the", kinds, format_func=KINDS.__getitem__, key="curate-kind", width=180)
        if kind == "studies":
            return kind, study.accession
        if kind == "expressions":
            names = {one.accession: f"{one.name or one.normalization} · {one.accession}" for one in study.data}
        else:
            table = api.odm_objects(study.accession, cast("OdmKind", kind)).value
            ids = table[IDS[kind]] if IDS[kind] in table.columns else table["groupId"]
            pairs = zip(table["genestack:accession"], ids, strict=True)
            names = {str(accession): f"{name} · {accession}" for accession, name in pairs}
        if not names:
            st.caption("There are none.")
            return None
        accession = st.selectbox("Object", list(names), format_func=names.__getitem__, key=f"curate-{kind}", width=420)
        return kind, accession


def _now(study: OdmStudy, kind: str, accession: str) -> dict[str, str]:
    """Its attributes as text, empty ones too."""
    if kind == "expressions":
        return dict(next(one.facts for one in study.data if one.accession == accession))
    told = api.odm_revision(cast("OdmKind", kind), accession).value
    return {name: objects.as_text(value) for name, value in told.attributes}


def _change(kind: str, accession: str, now: Shown) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        name = st.selectbox(
            "Attribute",
            list(now),
            accept_new_options=True,
            help="Type a new name to add an attribute",
            key=f"curate-attribute-{accession}",
            width=260,
        )
        if not name:
            return
        key = f"curate-{accession}-{name}"
        old = now.get(name, "")
        value = curate_values.field(key, old.replace(" | ", "|"), "list" if " | " in old else "text")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if st.button("Change", key="curate-change", type="primary", disabled=value is None or _same(value, old)):
            _patch(kind, accession, name, value)
        if now.get(name) and st.button("Delete the value", key="curate-delete", type="tertiary"):
            _patch(kind, accession, name, None)


def _patch(kind: str, accession: str, name: str, value: OdmValue) -> None:
    with st.spinner("Changing it", show_time=True):
        made = api.odm_patch(kind, accession, {name: value})
    done = f"{name} of {accession} is {'deleted' if value is None else f'“{objects.as_text(_text(value))}” now'}."
    st.session_state[inputs.ODM_TOLD] = (done, made.warnings)
    st.rerun()


def _same(value: OdmValue, old: str) -> bool:
    """Whether a text stands there already; a number may stand there as text."""
    return isinstance(value, str | tuple) and objects.as_text(value) == old


def _text(value: OdmValue) -> str | float | tuple[str, ...] | None:
    return str(value) if isinstance(value, bool) else value


def _told() -> None:
    """The outcome of the last change, once."""
    said: tuple[str, tuple[str, ...]] | None = st.session_state.pop(inputs.ODM_TOLD, None)
    if said is None:
        return
    st.success(cards.plain(said[0]), icon=":material/check:")
    for warning in said[1]:
        st.warning(cards.plain(warning), icon=":material/warning:")


def _versions(kind: OdmKind, accession: str, now: Shown) -> None:
    """Its versions, newest first; an old one against what it is now."""
    st.markdown("**Versions**")
    with st.spinner("Asking for versions", show_time=True):
        found = api.odm_history(kind, accession).value.revisions
    if not found:
        st.caption("The server tells of no versions.")
        return
    st.dataframe(history(found), hide_index=True, key="curate-history", height=words.height(len(found), 240))
    names = {one.version: f"{when(one)} · {one.message} · {one.version[:8]}" for one in found[1:]}
    if not names:
        st.caption("There is one version only. Each change adds one.")
        return
    version = st.selectbox("As it was", list(names), format_func=names.__getitem__, key=f"curate-then-{accession}")
    then = {n: objects.as_text(v) for n, v in api.odm_revision(kind, accession, version).value.attributes}
    _against(then, now)


def _against(then: Shown, now: Shown) -> None:
    frame = compared(then, now)
    differ = frame[frame["Then"] != frame["Now"]]
    if differ.empty:
        st.caption("It is the same now.")
    else:
        st.dataframe(differ, hide_index=True, key="curate-then")
    with st.expander("All attributes as they were", icon=":material/history:", key="curate-all-then"):
        st.dataframe(frame[["Attribute", "Then"]], hide_index=True)
    st.caption("An old version is restored in ODM's own pages; or change the values here to what they were.")


def compared(then: Shown, now: Shown) -> pd.DataFrame:
    """One row an attribute."""
    rows = [(name, then.get(name, ""), now.get(name, "")) for name in dict.fromkeys([*then, *now])]
    return pd.DataFrame(rows, columns=["Attribute", "Then", "Now"])


def when(one: Revision) -> str:
    """In UTC."""
    return f"{datetime.fromtimestamp(one.timestamp / 1000, UTC):%d %B %Y, %H:%M:%S}" if one.timestamp else "not told"


def history(found: tuple[Revision, ...]) -> pd.DataFrame:
    """The versions, newest first."""
    rows = [(when(one), one.author, one.message, one.version, "now" if not n else "") for n, one in enumerate(found)]
    return pd.DataFrame(rows, columns=["When (UTC)", "Who", "What", "Version", ""])


def _publish(study: OdmStudy) -> None:
    """Drafts that were made in ODM's own pages."""
    st.markdown("**Publish drafts as versions**")
    st.caption("What was edited in ODM's own pages stays a draft there until it is published.")
    progress = api.odm_publishing(study.accession)
    if watching.under_way(progress):
        _watch(study.accession)
        return
    if progress is not None and progress.state == "done":
        st.success("The drafts of the study are published.", icon=":material/check:")
    elif progress is not None:
        st.warning(cards.plain(f"{progress.message} {progress.hint}"), icon=":material/error:")
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        message = st.text_input("Message", placeholder="Optional", max_chars=1_000, key="curate-message", width=420)
        if st.button("Publish versions", key="curate-publish", icon=":material/publish:"):
            api.odm_publish_versions(study.accession, message)
            st.rerun()


@st.fragment(run_every=1.0)
def _watch(study: str) -> None:
    """Looks again every second while it runs."""
    try:
        progress = api.odm_publishing(study)
    except ExpronautError as error:
        cards.tell(error)
        return
    progress = watching.still(progress)
    st.progress(index_progress.share(progress), text=cards.plain(index_progress.words(progress)))
