"""What an omics query found: samples, values or data groups; the server's log, further pages, CSV, open as data."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from backend import api
from backend.model import Answer, OdmGroup, OdmStudy, OmicsFound, OmicsQuery
from components import cards, inputs, view
from components.odm import draft, jobs, objects
from components.odm.draft import Draft

MOST = 1_000_000  # of the counter
MANY_LINES = 12
ZERO = "0 is a measured value; what was not measured is not listed."
THESE = ""


def draw(now: Draft, study: OdmStudy | None, pages: int) -> None:
    """The answer to the query of the address. pages: how many to ask for."""
    asked = draft.query(now, study.accession if study else "")
    st.divider()
    if now.what == "groups":
        _groups(asked, study, now)
        return
    most = min(MOST, now.page * pages)
    with st.spinner("Asking", show_time=True):
        answer = api.omics_samples(asked, most) if now.what == "samples" else api.omics_expression(asked, most)
    found = answer.value
    cards.stale(answer.provenance)
    _counted(found, now)
    groups: tuple[OdmGroup, ...] = ()
    if not found.table.empty:
        if now.what == "samples":
            objects.shown(found.table, "odm-found")
        else:
            groups = _of_values(found.table, asked, study)
            _expression(found.table)
        _more(found, now, pages)
        legend = f"{draft.WHAT[now.what]} found by an omics query: {draft.words(now, asked.study)}."
        told = (*(f"Request: {one.url}" for one in found.requests[:5]), *(f"Log: {line}" for line in found.log))
        objects.save(found.table, answer.provenance.noting(*told), "omics", asked.study or "all-studies", legend)
    _log(found)
    if not found.table.empty:
        _open(asked, now, study, groups)
    st.caption(cards.provenance_line(answer.provenance))


def _counted(found: OmicsFound, now: Draft) -> None:
    if found.table.empty:
        st.info(
            "Nothing fits. The log says where it ended; take a condition out, or write names as the study has them.",
            icon=":material/search_off:",
        )
        return
    what = "sample" if now.what == "samples" else "value"
    words = f"**{found.n:,} {what}{'' if found.n == 1 else 's'}**"
    st.markdown(words if found.whole else f"{words}, the first ones; there are more")


def _of_values(table: pd.DataFrame, asked: OmicsQuery, study: OdmStudy | None) -> tuple[OdmGroup, ...]:
    """The data groups that values are of, with what makes them unlike."""
    names = [str(name) for name in dict.fromkeys(table["group"]) if name]
    known = {group.accession: group for group in study.data} if study else {}
    if any(name not in known for name in names):
        known |= {group.accession: group for group in api.omics_groups(asked).value}
    groups = tuple(known[name] for name in names if name in known)
    unlike = []
    for label, fact in (("Normalization Method", "normalization"), ("Genome Version", "genome")):
        values = sorted({getattr(group, fact) or "not told" for group in groups})
        if len(values) > 1:
            unlike.append(f"{label} ({', '.join(values)})")
    if unlike:
        words = f"The values differ in {' and '.join(unlike)}: they cannot be put together as they are."
        st.warning(cards.plain(words), icon=":material/warning:")
    pools = int((table["library"] != "").sum())
    if pools:
        st.info(
            f"{_values(pools)} to libraries or preparations: that of a pool stands for several samples.",
            icon=":material/science:",
        )
    loose = int(((table["sample"] == "") & (table["library"] == "")).sum())
    if loose:
        st.warning(f"{_values(loose)} to columns that are linked to no sample.", icon=":material/link_off:")
    return groups


def _values(n: int) -> str:
    return "1 value belongs" if n == 1 else f"{n:,} values belong"


def _expression(table: pd.DataFrame) -> None:
    names = {
        "feature": "Feature",
        "run": "Column",
        "value": "Value",
        "measurement": "Measurement",
        "group": "Data group",
    }
    names |= {"sample": "Sample", "library": "Library or preparation"}
    shown = table.head(objects.MOST_ROWS)
    filled = [
        name for name in names if name in ("feature", "value") or shown[name].astype(str).str.strip().ne("").any()
    ]
    if len(set(shown["measurement"])) == 1 and "measurement" in filled:
        filled.remove("measurement")
    st.dataframe(
        shown[filled].rename(columns=names),
        hide_index=True,
        key="odm-found",
        height=min(420, 38 + 35 * len(shown)),
        column_config={"Value": st.column_config.NumberColumn(format="%.6g")},
    )
    st.caption(ZERO)
    if len(table) > objects.MOST_ROWS:
        st.caption(f"The first {objects.MOST_ROWS:,} rows are shown; the CSV holds all {len(table):,}.")


def _more(found: OmicsFound, now: Draft, pages: int) -> None:
    if not found.whole and now.page * pages < MOST:
        further = {inputs.ASKED: [str(pages + 1)]}
        label = f"The next {now.page:,}"
        st.button(label, key="odm-more", icon=":material/expand_more:", on_click=view.write_all, args=(further,))


def _log(found: OmicsFound) -> None:
    if not found.log:
        return
    with st.expander("What the server says", icon=":material/notes:", key="odm-log", expanded=found.table.empty):
        for line in found.log[:MANY_LINES]:
            st.caption(cards.plain(line))


def _groups(asked: OmicsQuery, study: OdmStudy | None, now: Draft) -> None:
    with st.spinner("Asking", show_time=True):
        answer: Answer[tuple[OdmGroup, ...]] = api.omics_groups(asked)
    if not answer.value:
        st.info("No data group fits. Take a condition out.", icon=":material/search_off:")
        return
    rows = [
        (one.accession, one.normalization, one.genome, one.data_class, one.chain, f"v{one.number}")
        for one in answer.value
    ]
    names = ["Data group", "Normalization Method", "Genome Version", "Data Class", "Chain", "Version"]
    st.dataframe(pd.DataFrame(rows, columns=names), hide_index=True, key="odm-found")
    _open(asked, now, study, answer.value)
    st.caption(cards.provenance_line(answer.provenance))


def narrowed(asked: OmicsQuery) -> OmicsQuery:
    """The part of a query that a streamed data group can be chosen by: samples, libraries, preparations."""
    gone = OmicsQuery()
    return replace(
        asked,
        studies=(),
        study_filter="",
        study_text="",
        expression_filter="",
        genes=(),
        threshold=gone.threshold,
        ex_query="",
        versions="",
    )


def _open(asked: OmicsQuery, now: Draft, study: OdmStudy | None, groups: tuple[OdmGroup, ...]) -> None:
    """As a source of every page: the values found, or all genes of a data group over the samples of the query."""
    st.markdown("**Open as data**")
    offered = {group.accession: group for group in (groups or (study.data if study else api.omics_groups(asked).value))}
    names = {key: f"All genes of {key}, {group.normalization or group.data_class}" for key, group in offered.items()}
    if asked.genes or asked.ex_query or asked.expression_filter or asked.threshold is not None:
        names = {THESE: "The values that the query finds"} | names
    if not names:
        st.caption("Name genes, or a study with data.")
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        # asked anew when the query names values, so that what it found comes first
        chosen = st.selectbox(
            "What",
            list(names),
            format_func=lambda key: names[key],
            key=f"odm-opened-{'values' if THESE in names else 'groups'}",
            width=360,
        )
        if st.button("Open as data", key="odm-open-found", type="primary", icon=":material/dataset:"):
            words = draft.words(now, "" if study else asked.study)
            called = f"{study.title}: {words}" if study else words
            jobs.open_data(narrowed(asked) if chosen else asked, chosen or "", words[:80], "query", called)
            st.rerun()
    st.caption("It is fetched in the background, and every page then has it as a source, grouped by an attribute.")
