"""r of every pair among the genes asked for, of a source that answers gene by gene and so tells no partners."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import NotFound
from backend.model import Answer, SourceInfo, Species
from backend.recipe import Recipe, genes_phrase
from components import cards, downloads, fetching, group_scatter, groups, inputs, view

NO_PARTNERS = (
    "This source is asked gene by gene, so partners among all genes cannot be looked for here. Below is r of every "
    "pair of the genes you name. A file of the data set, opened on the page Spatial, has partners among all its genes."
)
NUMBERS = {"r": st.column_config.NumberColumn("r", format="%.3f"), "gene_a": "gene A", "gene_b": "gene B"}


def only(source: SourceInfo) -> bool:
    """Whether a source has r of pairs, but no partners."""
    has = source.capabilities
    return "Spatial view" in has and "Co-expression" not in has


def draw(source: SourceInfo, species: Species, typed: Sequence[str]) -> None:
    """The table of pairs with r and n, and the two genes of one of them over the groups."""
    st.info(NO_PARTNERS, icon=":material/info:")
    if len(typed) < 2:
        raise NotFound("One gene has no pair.", "Name two genes or more.")

    def ask(tell: fetching.Tell) -> Answer[pd.DataFrame]:
        return api.pair_correlations(source.key, typed, species, tell)

    answer = fetching.watched(f"pairs-{source.key}-{species}-{','.join(typed)}", source.title, ask)
    if answer is None:
        return
    cards.stale(answer.provenance)
    table = answer.value
    st.dataframe(table, hide_index=True, key="pairs", column_config=NUMBERS, width=520)
    st.caption(cards.provenance_line(answer.provenance))
    cards.notes(answer.provenance.notes)
    what = f"{groups.column(source.key)}s"
    legend = f"Pearson r of every pair of {genes_phrase(list(typed))} ({species}) over {what} listed for both, with n."
    recipe = Recipe("coexpression", "pairs", "-".join(typed[:4]), view.options(), answer.provenance, legend)
    base = downloads.base_url()
    st.download_button(
        "Pairs CSV",
        lambda: recipe.csv(table, base),
        recipe.file_name("csv"),
        "text/csv",
        key="pairs-csv",
        on_click="ignore",
        icon=":material/download:",
    )
    with cards.guard():
        _scatter(source, species, table)


def _scatter(source: SourceInfo, species: Species, table: pd.DataFrame) -> None:
    """Two of the genes over the spots, coloured by group, where groups are told."""
    pairs = [f"{one},{other}" for one, other in zip(table["gene_a"], table["gene_b"], strict=True)]
    if not pairs:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        names = {pair: pair.replace(",", " – ") for pair in pairs}
        first, second = inputs.choice("Pair", inputs.PAIR, pairs, pairs[0], names, width=320).split(",")
        points = group_scatter.picker(source.key, species)
    if points is not None:
        group_scatter.card(source.key, species, (first, second), points)
