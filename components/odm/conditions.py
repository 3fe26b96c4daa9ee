"""Conditions of a query as rows: of which object, attribute, operator, values; fed by what the study has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import OdmKind, OdmStudy
from components.odm import draft, drafting
from components.odm.draft import Draft, Of, Row

USUAL: dict[Of, tuple[str, ...]] = {
    "study": ("Study Title", "Study Source", "Study Type", "Therapeutic Area", "Contributor"),
    "sample": ("Organism", "Sex", "Disease", "Age", "Tissue", "Cell Type", "Cell Line", "Sample Source ID"),
    "library": ("Library Type", "Library ID"),
    "preparation": ("Digestion", "Preparation ID"),
    "expression": ("Data Class", "Normalization Method", "Genome Version", "genestack:accession"),
}
PLURAL: dict[Of, OdmKind] = {"sample": "samples", "library": "libraries", "preparation": "preparations"}
Known = Mapping[str, Mapping[str, int]]  # attribute -> value -> how many have it


def draw(now: Draft, study: OdmStudy | None) -> None:
    """One row a condition; all of them hold."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("**Where**", width="content")
        if not now.is_empty:
            st.button("Clear all", type="tertiary", key="odm-clear", on_click=drafting.write, args=(Draft(),))
    attributes = {of: known(of, study) for of in {row.of for row in now.rows}}
    for place, row in enumerate(now.rows):
        _row(place, row, attributes[row.of])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Add a condition", width="content")
        offered: tuple[Of, ...] = ("sample", *_linked(study), "expression", *(() if study else ("study",)))
        for of in offered:
            st.button(
                draft.KINDS[of], key=f"odm-add-{of}", icon=":material/add:", type="tertiary", on_click=_add, args=(of,)
            )


def _linked(study: OdmStudy | None) -> tuple[Of, ...]:
    kinds: tuple[Of, ...] = ("library", "preparation")
    return tuple(of for of in kinds if study is None or any(kind == PLURAL[of] for _, kind, _ in study.groups))


def known(of: Of, study: OdmStudy | None) -> Known:
    """Attributes of a study's objects with their values; the usual ones, without values, where nothing is known."""
    usual: Known = {name: {} for name in USUAL[of]}
    if study is None or of == "study":
        return usual
    if of == "expression":
        told: dict[str, dict[str, int]] = {"genestack:accession": {}}
        for group in study.data:
            for name, value in (*group.facts, ("genestack:accession", group.accession)):
                values = told.setdefault(name, {})
                values[value] = values.get(value, 0) + 1
        return told
    try:
        summed = api.odm_attributes(study.accession, PLURAL[of]).value
    except ExpronautError:  # they can be typed all the same
        return usual
    return {one.name: dict(one.values) for one in summed if one.n_unique}


def _row(place: int, row: Row, attributes: Known) -> None:
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom", key=f"odm-row-{place}"):
        names = [*attributes, *([row.attribute] if row.attribute and row.attribute not in attributes else [])]
        key = f"odm-attribute-{place}"
        st.session_state[key] = row.attribute or None
        st.selectbox(
            draft.KINDS[row.of],
            names,
            index=None,
            placeholder="Attribute",
            accept_new_options=True,
            width=180,
            **_changes(key, place, lambda before, name: replace(before, attribute=name or "", values=())),
        )
        key = f"odm-operator-{place}"
        st.session_state[key] = row.operator
        st.selectbox(
            "Operator",
            list(draft.OPERATORS),
            format_func=lambda one: draft.OPERATORS[one],
            label_visibility="collapsed",
            width=90,
            **_changes(key, place, _operator),
        )
        _values(place, row, attributes.get(row.attribute, {}))
        st.button("", key=f"odm-drop-{place}", icon=":material/close:", type="tertiary", help="Take it out",
                  on_click=_drop, args=(place,))  # fmt: skip


def _operator(before: Row, operator: Any) -> Row:
    """Another operator; < and > take one number."""
    values = before.values[:1] if operator in ("<", ">") else before.values
    return replace(before, operator=operator, values=values)


def _values(place: int, row: Row, values: Mapping[str, int]) -> None:
    key = f"odm-values-{place}"
    if row.operator in ("<", ">"):
        st.session_state[key] = row.values[0] if row.values else ""
        change = _changes(key, place, lambda before, text: replace(before, values=(text.strip(),) if text else ()))
        st.text_input("Number", placeholder="Number", label_visibility="collapsed", width=200, **change)
        return
    options = [*values, *(value for value in row.values if value not in values)]
    st.session_state[key] = list(row.values)
    st.multiselect(
        "Values",
        options,
        format_func=lambda one: f"{one} ({values[one]:,})" if one in values else one,
        accept_new_options=True,
        label_visibility="collapsed",
        placeholder="Values, any of them",
        max_selections=draft.MOST_VALUES,
        **_changes(key, place, lambda before, chosen: replace(before, values=tuple(chosen))),
    )


def _changes(key: str, place: int, change: Callable[[Row, Any], Row]) -> dict[str, Any]:
    def of_draft(before: Draft, value: Any) -> Draft:
        rows = list(before.rows)
        if place < len(rows):
            rows[place] = change(rows[place], value)
        return replace(before, rows=tuple(rows))

    return drafting.changes(key, of_draft)


def _add(of: Of) -> None:
    now = drafting.now()
    if len(now.rows) >= draft.MOST_ROWS:
        return
    drafting.write(replace(now, rows=(*now.rows, Row(of))))


def _drop(place: int) -> None:
    now = drafting.now()
    drafting.write(replace(now, rows=(*now.rows[:place], *now.rows[place + 1 :])))
