"""Genes of a study to click, where it lacks those that a page was asked for."""

from __future__ import annotations

import streamlit as st

from backend import api
from components import groups, inputs, view

OFFERED, MAPPED = 6, 20


def offer(source: str, key: str) -> None:
    """Genes that vary most over the samples, where the source is a study; a click asks for one instead.

    key: the option that holds the genes of the page.
    """
    found = api.usual_genes(source, (), OFFERED)
    if not found:
        return
    whole, one = ("section", "spot") if groups.column(source) == "spot" else ("study", "sample")
    st.caption(f"Of the genes of this {whole}, these vary most over its {one}s:")
    with st.container(horizontal=True, gap="xsmall"):
        for name in found:
            st.button(name, key=f"here-{key}-{name}", on_click=view.write_many, args=(key, [name]))


def offer_map(source: str) -> None:
    """The same for a heatmap: all of them at once."""
    found = api.usual_genes(source, (), MAPPED)
    if found:
        label = f"Draw the {len(found)} genes that vary most here"
        args = (inputs.GENES, view.packed(list(found)))
        st.button(label, key="here-map", icon=":material/grid_on:", on_click=view.write, args=args)
