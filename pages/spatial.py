"""Spatial: one or two genes over the spots of a section, and over the groups of its spots."""

from dataclasses import replace

import streamlit as st

from backend import api
from backend.errors import ExpronautError, NotFound
from backend.model import Section
from components import cards, gene_facts, genes_here, inputs, spatial_choice, spatial_files, spatial_view
from components.stomics import asked as stomics_asked


def _known(asked: spatial_choice.Asked) -> tuple[str, ...]:
    """Labels of the typed names; each unknown one gets its message and suggestions to click."""
    labels = []
    for name in asked.genes:
        try:
            answer = api.gene(asked.section.key, name, asked.section.species)
        except NotFound as error:
            gene_facts.unknown(error, name, asked.genes)
            continue
        labels.append(answer.value.symbol)
        for note in answer.provenance.notes:
            st.caption(cards.plain(note))
    return tuple(dict.fromkeys(labels))


def _drawn(asked: spatial_choice.Asked, row: st.delta_generator.DeltaGenerator) -> None:
    """Fetch the spots, offer what can be chosen of them, draw them."""
    one = asked.section
    try:
        with st.spinner("Asking STOmics", show_time=True) if one.kind == "live" else st.container():
            answer = api.spots(one.key, asked.genes, one.species, asked.by, asked.scale)
    except ExpronautError as error:
        if one.kind != "live":
            raise
        stomics_asked.failed(one, asked.genes, error)
        return
    with row:
        colours = spatial_choice.colour(answer.value)
        with st.popover("Options", icon=":material/tune:"):
            look = spatial_choice.look(answer.value, colours)
            order = spatial_choice.order(answer.value)
            as_0 = spatial_choice.absent_as_0(answer.value)
            spatial_files.bins(one)
    spatial_view.draw(answer, one, look, order, as_0)
    if one.kind == "live":
        stomics_asked.foot(one, asked.genes)
    spatial_view.links(asked)


def _section(found: tuple[Section, ...]) -> None:
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    with row:
        one = spatial_choice.section(found)
        if one.problem is not None:
            st.warning(cards.plain(one.problem), icon=":material/error:")
            return
    spatial_files.progress(one)
    if one.n_genes is None and one.progress is not None:  # of a text nothing is known before its end
        return
    with row:
        asked = spatial_choice.asked(one)
    genes = _known(asked)
    if genes:
        _drawn(replace(asked, genes=genes), row)
        return
    if not asked.genes:
        st.info("Type a gene above to see where it is expressed.", icon=":material/edit:")
    genes_here.offer(one.key, inputs.GENE)


found = (*api.sections(), *api.opened_stomics())
if found:
    with cards.guard():
        _section(found)
else:
    spatial_files.empty()
spatial_files.panel(found, unfolded=not found)
