"""Spatial: one or two genes over the spots of a section, and over the groups of its spots."""

from dataclasses import replace

import streamlit as st

from backend import api
from backend.errors import ExpronautError, NotFound
from backend.model import Answer, Section, Spots
from components import (
    cards,
    gene_facts,
    genes_here,
    inputs,
    sidebar,
    spatial_choice,
    spatial_files,
    spatial_opening,
    spatial_view,
)
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
    """Fetch the spots and draw them; what is asked gene by gene has its calls and files below."""
    one = asked.section
    if one.kind != "live":
        _shown(api.spots(one.key, asked.genes, one.species, asked.by, asked.scale), asked, row)
        return
    try:
        answer = stomics_asked.spots(one, asked.genes, asked.by)
    except ExpronautError as error:
        stomics_asked.failed(one, asked.genes, error)
        return
    if answer is not None:
        _shown(answer, asked, row)
    stomics_asked.foot(one, asked.genes)


def _shown(answer: Answer[Spots], asked: spatial_choice.Asked, row: st.delta_generator.DeltaGenerator) -> None:
    """Offer what can be chosen of the answer, draw it, and lead on."""
    one = asked.section
    with row:
        colours = spatial_choice.colour(answer.value)
        with st.popover("Options", icon=":material/tune:"):
            look = spatial_choice.look(answer.value, colours)
            order = spatial_choice.order(answer.value)
            as_0 = spatial_choice.absent_as_0(answer.value)
            spatial_opening.other_parts(one)
    spatial_view.draw(answer, one, look, order, as_0)
    spatial_view.links(asked)


def _section(found: tuple[Section, ...]) -> None:
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    with row:
        one = spatial_choice.section(found)
        sidebar.shows(one.key)
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


with cards.guard():
    spatial_opening.ask()
found = (*api.sections(), *api.opened_stomics())
stomics_asked.not_open(found)
if found:
    with cards.guard():
        _section(found)
else:
    spatial_files.empty()
spatial_files.panel(found, unfolded=not found)
