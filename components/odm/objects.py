"""Samples, libraries or preparations of a study: a table, a summary of their attributes, a plot of one or two."""

from __future__ import annotations

from typing import cast

import pandas as pd
import streamlit as st

from backend import api
from backend.model import Answer, AttributeSummary, OdmFields, OdmKind, OdmStudy, Provenance
from backend.recipe import Recipe
from components import cards, downloads, inputs, view
from components.odm import attribute_plot

DETAILS = {"all": "Everything", "applied": "Template of the study", "template": "Default template"}
DETAIL_HELP = (
    "How much of the metadata is asked for: the attributes of the default template, those of the template of this "
    "study, or everything that was imported."
)
MOST_ROWS = 5_000  # of a table on the screen
MOST_SIGNS = 60
ONE = {"samples": "sample", "libraries": "library", "preparations": "preparation"}


def as_text(value: str | float | tuple[str, ...] | None) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " | ".join(value)
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def draw(study: OdmStudy, kind: OdmKind) -> None:
    """Table, then attributes."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        fields = detail()
        typed = _typed()
    with st.spinner(f"Asking for the {kind}", show_time=True):
        answer = api.odm_objects(study.accession, kind, fields)
    table = answer.value
    if table.empty:
        st.info(f"The study has no {kind} yet.", icon=":material/info:")
        return
    narrowed = narrowed_by(table, typed)
    shown(narrowed, f"odm-{kind}")
    more = f" of {len(table):,}" if len(narrowed) < len(table) else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"{len(narrowed):,}{more} {ONE[kind] if len(table) == 1 else kind}", width="content")
        save(narrowed, answer.provenance, kind, study.accession, f"{kind.capitalize()} of {study.title}.")
    st.markdown(f"**Attributes of the {kind}**")
    told = api.odm_attributes(study.accession, kind, fields).value
    left, right = st.columns([1.4, 1], gap="medium")
    with left:
        _attributes(told, kind)
    with right:
        attribute_plot.draw(table, told, study, kind, answer.provenance)


def detail() -> OdmFields:
    """How much of the metadata to ask for."""
    names = [*DETAILS]
    chosen = inputs.choice("Metadata", inputs.DETAIL, names, "all", DETAILS, width=240, help=DETAIL_HELP)
    return cast("OdmFields", chosen)


def _typed() -> str:
    places = "Any words, any attribute"
    return inputs.text("Find in the table", inputs.FIND, max_chars=80, type="search", placeholder=places)


def narrowed_by(table: pd.DataFrame, typed: str) -> pd.DataFrame:
    """Rows that hold every word."""
    words = typed.casefold().split()
    if not words:
        return table
    whole = (" ".join(map(str, row)).casefold() for row in table.to_numpy())
    return table[[all(word in text for word in words) for text in whole]]


def shown(table: pd.DataFrame, key: str) -> None:
    """A table of objects: filled columns, attributes that differ first; capped, and said so."""
    filled = [str(name) for name in table.columns if table[name].astype(str).str.strip().ne("").any()]
    last = [name for name in ("groupId", "genestack:accession") if name in filled]
    named = [name for name in filled if name not in last]
    numeric = {name: pd.to_numeric(table[name].replace("", None), errors="coerce") for name in named}
    first = table.head(MOST_ROWS)[[*named, *last]].copy()
    for name, values in numeric.items():
        if values.notna().sum() == table[name].astype(str).str.strip().ne("").sum():
            first[name] = values.head(MOST_ROWS)
    st.dataframe(first, hide_index=True, key=key, height=min(420, 38 + 35 * max(1, len(first))))
    if len(table) > MOST_ROWS:
        st.caption(f"The first {MOST_ROWS:,} rows are shown; the CSV holds all {len(table):,}.")
    empty = [str(name) for name in table.columns if str(name) not in filled]
    if empty and len(table):
        st.caption(cards.plain(f"Empty here: {', '.join(empty[:20])}{' …' if len(empty) > 20 else ''}."))


def save(table: pd.DataFrame, provenance: Provenance, view_name: str, subject: str, legend: str) -> None:
    """A button for the table as CSV, its provenance at its head. The bytes are made on the click."""
    recipe = Recipe("studies", view_name, subject, view.options(), provenance, legend)
    base = downloads.base_url()
    st.download_button(
        "CSV",
        lambda: recipe.csv(table, base),
        recipe.file_name("csv"),
        "text/csv",
        key=f"odm-save-{view_name}",
        on_click="ignore",
        icon=":material/download:",
        help="Every row, with where it comes from in the first lines",
    )


def _attributes(told: tuple[AttributeSummary, ...], kind: str) -> None:
    """How filled each attribute is, its most frequent values."""
    rows = [
        (one.name, one.n - one.n_missing, one.n_missing, one.n_unique, values(one))
        for one in sorted(told, key=lambda one: one.n_missing == one.n)
    ]
    names = ["Attribute", "Filled", "Missing", "Values", "Most frequent"]
    st.dataframe(
        pd.DataFrame(rows, columns=names),
        hide_index=True,
        key=f"odm-attributes-{kind}",
        height=380,
        column_config={
            "Attribute": st.column_config.TextColumn(width="medium"),
            **{name: st.column_config.NumberColumn(width=70) for name in ("Filled", "Missing", "Values")},
            "Most frequent": st.column_config.TextColumn(width="large"),
        },
    )


def values(one: AttributeSummary) -> str:
    """ "liver (20), muscle (20)" """
    if one.n_unique == 0:
        return ""
    if one.n_unique == one.n - one.n_missing and one.n_unique > 6:
        return f"each another, as {one.values[0][0][:MOST_SIGNS]}"
    more = f", and {one.n_unique - 6:,} more" if one.n_unique > 6 else ""
    return ", ".join(f"{value[:MOST_SIGNS]} ({n:,})" for value, n in one.values[:6]) + more


def summaries(study: str, kind: OdmKind) -> Answer[tuple[AttributeSummary, ...]]:
    """Attributes of a study's objects, everything that was imported."""
    return api.odm_attributes(study, kind, "all")
