"""What was found in files before they are stored: broken rules, links, what is here already, what may be accepted."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from backend.model import Duplicate, Finding, LinkReport, StudyCheck
from components import cards
from components.own import draft, words
from components.own.draft import Draft

MOST = 500  # findings shown
FEW = 8  # names that need no expander
COLUMNS = ["Level", "Rule", "File", "Line", "Column", "Value", "Places", "What is wrong"]
MARKS = {"complete": ("complete", "green"), "partial": ("partial", "orange"), "none": ("none", "red")}


def draw(now: Draft, found: StudyCheck) -> None:
    """The whole report."""
    st.markdown("### Report")
    _verdict(found)
    if found.findings:
        _findings(found.findings)
    for file, report in found.links:
        _link(now, file, report)
    _duplicates(now, found.duplicates)
    _accept(now, found)


def _verdict(found: StudyCheck) -> None:
    errors = [one for one in found.findings if one.level == "error"]
    warnings = len(found.findings) - len(errors)
    also = f" {words.counted(warnings, 'warnings')} to read." if warnings else ""
    if found.blocking:
        rules = words.listed(found.blocking, 6)
        st.error(f"{words.counted(len(errors), 'errors')}, of the rules {cards.plain(rules)}.{also}")
    elif errors:
        st.warning(f"{words.counted(len(errors), 'errors')} accepted.{also}")
    elif warnings:
        st.info(f"No rule is broken.{also}", icon=":material/check:")
    else:
        st.success("No rule is broken.", icon=":material/check:")


def table(findings: Sequence[Finding]) -> pd.DataFrame:
    """The findings, errors first, in the order of files and lines."""
    order = sorted(findings, key=lambda one: one.level)
    rows = [
        (one.level, one.code, one.file, str(one.line or ""), one.column, one.value, one.count, one.message)
        for one in order
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _findings(findings: Sequence[Finding]) -> None:
    frame = table(findings)
    st.dataframe(
        frame.head(MOST),
        hide_index=True,
        height=words.height(len(frame), 320),
        column_config={
            "Level": st.column_config.TextColumn(width=70),
            "Line": st.column_config.TextColumn(width=60, alignment="right"),
            "Places": st.column_config.NumberColumn(width=60, help="How many places break the rule alike"),
            "What is wrong": st.column_config.TextColumn(width="large"),
        },
    )
    if len(frame) > MOST:
        st.caption(f"The first {MOST} of {len(frame):,}; the file has all.")
    st.download_button(
        "Download the report",
        lambda: frame.to_csv(index=False),
        "expronaut_import_report.csv",
        "text/csv",
        key="own-report",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def _link(now: Draft, file: str, report: LinkReport) -> None:
    """How the columns of a file match."""
    link(file, report)
    if report.proposal:
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.caption(f"Its columns match {cards.plain(report.proposal)} instead.")
            if report.proposal in ("samples", "libraries", "preparations"):
                st.button(
                    f"Link to {report.proposal}",
                    key=f"own-proposed-{file}",
                    on_click=_propose,
                    args=(now, file, report.proposal),
                )


def _propose(now: Draft, file: str, target: str) -> None:
    draft.choose(now, file, link_to=target, link_by="")


def link(file: str, report: LinkReport) -> None:
    """One line, and what is not matched."""
    name, colour = MARKS[report.state]
    by = f" by {cards.plain(report.attribute)}" if report.attribute else ""
    of = report.n_matched + len(report.unmatched)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.badge(name, color=colour, icon=":material/link:")
        st.markdown(f"{cards.plain(file)} → {report.target}{by}: {report.n_matched:,} of {of:,} matched")
    lacking = f"{report.target.capitalize()} it has nothing of"
    for names, label in ((report.unmatched, "Names in it that match nothing"), (report.without_data, lacking)):
        if names:
            if len(names) <= FEW:
                st.caption(cards.plain(f"{label}: {words.listed(names)}"))
                continue
            with st.expander(f"{label}: {len(names):,}"):
                st.markdown(cards.plain(words.listed(names, 200)))


def _duplicates(now: Draft, found: Sequence[Duplicate]) -> None:
    if not found:
        return
    told = [f"{one.file} is stored already as {one.accession} of {one.study} ({one.title})." for one in found]
    st.warning(cards.plain(" ".join(told[:10])), icon=":material/content_copy:")
    st.session_state["own-again"] = now.options.allow_duplicates
    st.checkbox("Store the same files again", key="own-again", on_change=_again, args=(now,))


def _again(now: Draft) -> None:
    draft.change(now, allow_duplicates=st.session_state["own-again"])


def _accept(now: Draft, found: StudyCheck) -> None:
    """Errors that the user may go on with, each with its own tick."""
    offered = dict.fromkeys((*now.options.accept, *found.demotable))
    for code in offered:
        first = next((one for one in found.findings if one.code == code), None)
        if first is None:
            continue
        key = f"own-accept-{code}"
        st.session_state[key] = code in now.options.accept
        label = f"Import all the same, though {code}: {first.message}"
        st.checkbox(cards.plain(label), key=key, on_change=_accepted, args=(now, code, key))


def _accepted(now: Draft, code: str, key: str) -> None:
    kept = tuple(one for one in now.options.accept if one != code)
    draft.change(now, accept=(*kept, code) if st.session_state[key] else kept)
