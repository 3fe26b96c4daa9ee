"""The samples that have an invalid value, and what they get instead: one of them, or each, one call after the other."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import Invalid, OdmStudy, OdmValue
from components import cards, index_progress, watching
from components.odm import curate_values
from components.own import words

ACCESSION, GROUP, NAME = "genestack:accession", "groupId", "Sample Source ID"
BETWEEN = " | "  # values of a list
EACH = ""
SHOWN = 200  # samples


def draw(study: OdmStudy, one: Invalid) -> None:
    """What the server says of it, which samples have it, the new value, the buttons."""
    if one.message:
        st.caption(cards.plain(one.message))
    with st.spinner("Asking for the samples", show_time=True):
        samples = api.odm_objects(study.accession, "samples").value
    found = having(samples, one)
    if found.empty:
        st.info("No sample of the study shows this value; change it under Values and versions.", icon=":material/info:")
        return
    seen = [name for name in (NAME, "Sample Name", one.attribute) if name in found.columns]
    filled = [name for name in dict.fromkeys(seen) if name == one.attribute or (found[name] != "").any()]
    shown = found[[*filled, ACCESSION]].head(SHOWN)
    st.dataframe(shown, hide_index=True, key="curate-having", height=words.height(len(shown), 180))
    _form(study, one, found)


def having(samples: pd.DataFrame, one: Invalid) -> pd.DataFrame:
    """The samples of the group that have the value, alone or in a list; of a missing one those that have none."""
    own = samples[samples[GROUP] == one.group] if one.group else samples
    if one.attribute not in own.columns:
        return own if one.value is None else own.head(0)
    cells = own[one.attribute].astype(str).str.strip()
    if one.value is None:
        return own[cells == ""]
    return own[[one.value in (cell, *cell.split(BETWEEN)) for cell in cells]]


def changes(found: pd.DataFrame, one: Invalid, value: OdmValue) -> dict[str, dict[str, OdmValue]]:
    """What each sample gets, by accession; in a list the one value is exchanged, or taken out."""
    cells = found[one.attribute].astype(str).str.strip() if one.attribute in found.columns else [""] * len(found)
    pairs = zip(found[ACCESSION], cells, strict=True)
    return {str(accession): {one.attribute: _exchanged(cell, one.value, value)} for accession, cell in pairs}


def _exchanged(cell: str, old: str | None, value: OdmValue) -> OdmValue:
    if old is None or cell == old or BETWEEN not in cell:
        return value
    new = () if value is None else value if isinstance(value, tuple) else (str(value),)
    kept = [part for each in cell.split(BETWEEN) for part in (new if each == old else (each,))]
    return tuple(kept) if len(kept) > 1 else kept[0] if kept else None


def _form(study: OdmStudy, one: Invalid, found: pd.DataFrame) -> None:
    names = {EACH: f"Each of the {len(found):,}, one after the other"} if len(found) > 1 else {}
    told = zip(found[ACCESSION], found[NAME] if NAME in found.columns else found[ACCESSION], strict=True)
    names |= {str(accession): f"{name} · {accession}" for accession, name in told}
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        key = f"curate-{one.group}-{one.attribute}-{one.value}-{len(found)}"
        chosen = st.selectbox("Sample", list(names), format_func=names.__getitem__, key=f"{key}-who", width=320)
        meant = re.search(r"one of \[([^\],]*)", one.message)
        numeric = one.error == "TYPE_NOT_MATCH" and re.search(r"(Integer|Decimal)Value", one.message) is not None
        value = curate_values.field(key, meant[1] if meant else "", "number" if numeric else "text")
    wanted = found if chosen == EACH else found[found[ACCESSION] == chosen]
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        label = "Change" if len(wanted) == 1 else f"Change {len(wanted):,} samples"
        if st.button(label, key="curate-change", type="primary", disabled=value is None):
            _begin(study, changes(wanted, one, value))
        if one.value is not None and st.button("Delete the value", key="curate-delete", type="tertiary"):
            _begin(study, changes(wanted, one, None))
        st.caption("Each sample is one call, and gets a new version.")


def _begin(study: OdmStudy, wanted: Mapping[str, Mapping[str, OdmValue]]) -> None:
    api.odm_patch_each(study.accession, "samples", wanted)
    st.rerun()


def under_way(study: str) -> bool:
    """Shows how far changing the samples is, or, once, how it ended. Whether it still runs."""
    progress = api.odm_patching(study)
    if progress is None:
        return False
    if watching.under_way(progress):
        _watch(study)
        return True
    if watching.ended_meanwhile(progress):  # the next run tells, since it is told once
        return True
    done = f"{words.counted(progress.done, 'samples')} changed; each has a new version."
    if progress.state == "done":
        st.success(done, icon=":material/check:")
    else:
        before = f"{progress.done:,} of {progress.of:,} samples are changed. " if progress.of else ""
        told = cards.plain(f"{before}{progress.message} {progress.hint}")
        st.warning(told, icon=":material/error:") if progress.state == "failed" else st.info(told)
    api.odm_forget_patching(study)
    return False


@st.fragment(run_every=0.5)
def _watch(study: str) -> None:
    """Looks again while it runs."""
    try:
        progress = api.odm_patching(study)
    except ExpronautError as error:
        cards.tell(error)
        return
    progress = watching.still(progress)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="curate-changing"):
        st.progress(index_progress.share(progress), text=cards.plain(index_progress.words(progress)))
        st.button("Stop", key="curate-stop", on_click=api.odm_cancel_patching, args=(study,), icon=":material/close:")
