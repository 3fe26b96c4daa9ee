"""The objects of a study - samples, libraries, preparations - as a table, with what their attributes hold."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from backend import api
from backend.model import AttributeSummary, OwnGroup, OwnStudy
from components import cards, inputs
from components.own import editing, report, summary_chart, words

MOST = 1_000  # rows shown
TOP = 5  # values named in the summary
NONE = ""


def draw(one: OwnStudy) -> None:
    """A group of objects: its plot and summary, the table, and a field that changes a value."""
    found = [group for group in one.groups if group.kind != "study"]
    if not found:
        st.info("This study has no samples. Add a file of samples to it.", icon=":material/info:")
        return
    group = chosen(found)
    link = next((report for accession, report in one.links if accession == group.accession), None)
    if link is not None:
        report.link(group.file, link)
    summaries = api.attribute_summary(one.accession, group.accession)
    table = api.own_table(one.accession, group.accession)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _plot(group, summaries, table)
    with right:
        _summary(summaries)
    st.markdown(f"### {words.KINDS[group.kind]}")
    show(table, f"{one.accession}_{group.accession}", "own-objects")
    with st.expander("Change a value", icon=":material/edit:", key="own-edit"):
        editing.change(one, group)


def chosen(found: Sequence[OwnGroup]) -> OwnGroup:
    """One of several groups; those of one kind are told apart by their files."""
    kinds = [group.kind for group in found]
    names = {group.accession: words.KINDS[group.kind] for group in found if kinds.count(group.kind) == 1}
    names = {
        group.accession: names.get(group.accession, f"{words.KINDS[group.kind]}, {group.file} ({group.accession})")
        for group in found
    }
    key = found[0].accession
    if len(found) > 1:
        control = inputs.segments if len(found) <= 4 else inputs.choice
        key = control("Objects", inputs.OWN_GROUP, list(names), key, names, label_visibility="collapsed")
    return next(group for group in found if group.accession == key)


def distinct(table: pd.DataFrame) -> pd.DataFrame:
    """The table, its first column, the accession, told apart from an attribute of that name."""
    names = ["Accession", *(str(name) for name in table.columns[1:])]
    names[0] = "Accession (here)" if "Accession" in names[1:] else "Accession"
    return table.set_axis(names, axis=1)


def show(table: pd.DataFrame, name: str, key: str) -> None:
    """The first rows, and all of them as a file."""
    frame = distinct(table)
    st.dataframe(frame.head(MOST), hide_index=True, height=words.height(len(frame), 400), key=key)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.download_button(
            "Download TSV",
            lambda: frame.to_csv(index=False, sep="\t"),
            f"expronaut_{name}.tsv",
            "text/tab-separated-values",
            key=f"{key}-file",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )
        shown = f"The first {MOST:,} of {len(frame):,} rows; the file has all." if len(frame) > MOST else ""
        st.caption(shown or words.counted(len(frame), "rows"))


def summary_table(summaries: Sequence[AttributeSummary]) -> pd.DataFrame:
    """Each attribute with how many values it has and lacks, and the most frequent ones."""
    rows = [(one.name, one.n_unique, one.n_missing, _top(one)) for one in summaries]
    return pd.DataFrame(rows, columns=["Attribute", "Values", "Missing", "Most frequent"])


def _top(one: AttributeSummary) -> str:
    named = [f"{value} ({count:,})" for value, count in one.values[:TOP]]
    return ", ".join(named) + (", …" if one.n_unique > TOP else "")


def _summary(summaries: Sequence[AttributeSummary]) -> None:
    st.dataframe(
        summary_table(summaries),
        hide_index=True,
        height=words.height(len(summaries), 360),
        key="own-summary",
        column_config={
            "Attribute": st.column_config.TextColumn(width=170),
            "Values": st.column_config.NumberColumn(format="localized", help="Different ones"),
            "Missing": st.column_config.NumberColumn(format="localized", help="Objects without a value"),
        },
    )


def _plot(group: OwnGroup, summaries: Sequence[AttributeSummary], table: pd.DataFrame) -> None:
    """Bars of one attribute, or of two crossed."""
    names = [one.name for one in summaries if one.n_unique]
    if not names:
        st.caption("No attribute has a value.")
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        first = inputs.choice("Attribute", inputs.PLOTTED, names, summary_chart.telling(summaries))
        others = [NONE, *(name for name in names if name != first)]
        second = inputs.choice("Crossed with", inputs.AND_PLOTTED, others, NONE, {NONE: "Nothing"})
    counts = summary_chart.counted(table, first, second)
    made = summary_chart.bars(counts, second, group.kind, cards.is_dark())
    alt = f"Number of {group.kind} for each value of {first}" + (f", by {second}" if second else "")
    cards.chart(made, "own-plot", alt, of_source=False)
    if dropped := summary_chart.left_out(table, first, second):
        st.caption(cards.plain(dropped))
