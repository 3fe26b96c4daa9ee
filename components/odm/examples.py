"""The four queries of the training slides, for the study that is open: study, cell type, gene, least value."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from backend import api
from backend.errors import ExpronautError, NotFound
from backend.model import AttributeSummary, OdmStudy
from components import view
from components.odm import draft, drafting
from components.odm.draft import Draft, Row

GENE = "TRAF3IP2-AS1"  # of the slides; another one where the study does not have it
FIRST = ("Cell Type", "Tissue", "Disease", "Population", "Sex")
MOST = 50  # values of an attribute that makes an example
LOOKED = 200  # values that the least one is taken from
SLIDES = "CD14-positive monocyte"


def draw(study: OdmStudy) -> None:
    """A button each."""
    chosen = _condition(study)
    steps = ["Its samples"]
    if chosen is not None:
        steps.append(f"{chosen.attribute}: {chosen.values[0][:28]}")
    steps += ["with a gene", "from a value on"]
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="odm-examples"):
        st.caption("Examples", width="content")
        for place, label in enumerate(steps):
            label = label if place == 0 else f"+ {label.removeprefix('with ').removeprefix('from ')}"
            step = place if chosen is not None else place + (place > 0)
            st.button(
                label.replace("+ a value on", "+ a least value"),
                key=f"odm-example-{step}",
                on_click=_fill,
                args=(study, chosen, step),
            )


def _condition(study: OdmStudy) -> Row | None:
    """A cell type, or what the study has instead."""
    try:
        told = {one.name: one for one in api.odm_attributes(study.accession, "samples").value}
    except ExpronautError:  # the queries work without it
        return None
    fits = [name for name in (*FIRST, *told) if name in told and 1 < told[name].n_unique <= MOST]
    return Row("sample", fits[0], "=", (_value(told[fits[0]]),)) if fits else None


def _value(one: AttributeSummary) -> str:
    values = [value for value, _ in one.values]
    return SLIDES if SLIDES in values else values[0]


def _fill(study: OdmStudy, chosen: Row | None, step: int) -> None:
    """Fill the query in and ask it. step: 0 study, 1 with a condition, 2 with a gene, 3 with a value."""
    made = Draft(rows=(chosen,) if chosen is not None and step else (), page=100)
    try:
        if step > 1:
            made = replace(made, what="expression", genes=(_gene(study, made),))
        if step > 2:
            made = replace(made, threshold=_least(study, made))
    except ExpronautError as error:
        view.ignore(f"{error.message} {error.hint}")
        return
    drafting.write(made, pages=1)


def _gene(study: OdmStudy, made: Draft) -> str:
    """The gene of the slides, or the first one that the data have."""
    asked = draft.query(replace(made, genes=(GENE,), what="expression", page=10), study.accession)
    if not api.omics_expression(asked, most=1).value.table.empty:
        return GENE
    for group in study.data:
        if group.active:
            first = replace(made, rows=(*made.rows, Row("expression", "genestack:accession", "=", (group.accession,))))
            table = api.omics_expression(draft.query(replace(first, page=10), study.accession), most=1).value.table
            if not table.empty:
                return str(table["feature"].iloc[0])
    raise NotFound("These samples have no expression data.", "Choose others in the rows below.")


def _least(study: OdmStudy, made: Draft) -> float:
    """A round value that about half of the values reach."""
    asked = draft.query(replace(made, page=100), study.accession)
    values = api.omics_expression(asked, most=LOOKED).value.table["value"].dropna()
    return float(f"{float(values.median()):.2g}") if len(values) else 1.0
