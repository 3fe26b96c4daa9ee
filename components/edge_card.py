"""Behind an edge, for sources with samples: r tissue by tissue, and two genes over the samples of one tissue."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import NotFound
from backend.model import Pool, Provenance, Species
from backend.recipe import Recipe
from components import cards, edge_chart, inputs, publication_edge, view

OVER_TISSUES = "tissues"
FEWEST = 4  # samples for a scatter
MANY = 34  # rows above which the figure scrolls


def points(source: str, species: Species, pair: tuple[str, str], pool: Pool) -> str:
    """Over what the two genes are drawn: OVER_TISSUES or the name of a tissue, whose samples are drawn then."""
    found = api.edge(source, *pair, species, pool).value
    counts = {str(row.tissue): int(row.n) for row in found.itertuples() if row.n >= FEWEST}
    names = {tissue: f"Samples of {tissue} (n = {n:,})" for tissue, n in counts.items()}
    return inputs.choice(
        "Points",
        inputs.OVER,
        [OVER_TISSUES, *counts],
        OVER_TISSUES,
        names | {OVER_TISSUES: "Tissues, a median each"},
        width=320,
    )


def sample_scatter(source: str, species: Species, pair: tuple[str, str], pool: Pool, tissue: str) -> None:
    """Two genes over the samples of one tissue; r, rho and n."""
    first, second = pair
    answer = api.points(source, first, tissue, species, pool)
    other = api.points(source, second, tissue, species, pool).value
    shown = answer.value.rename(columns={"value": "x"}).assign(y=other["value"].to_numpy())
    if list(shown["sample"]) != list(other["sample"]):
        raise NotFound(f"The samples of {tissue} differ between the two genes.", "Reload the page.")
    shown = shown.dropna(subset=["x", "y"]).reset_index(drop=True)
    r, rho, n = api.correlation(shown["x"], shown["y"])
    unit = answer.provenance.unit
    heading = f"Pearson r = {r:.3f}, n = {n:,} {'' if pool == 'both' else f'{pool} '}samples of {tissue}"
    legend = f"{second} against {first} over {n:,} samples of {tissue} ({pool}): Pearson r = {r:.3f}, "
    legend += f"Spearman rho = {rho:.3f}."
    recipe = Recipe("coexpression", "samples-scatter", f"{first}-{second}", view.options(), answer.provenance, legend)
    left, right = st.columns([2.1, 1], gap="large")
    with left:
        figure = edge_chart.sample_scatter(shown, first, second, unit, cards.is_dark())
        cards.chart(figure, "scatter", legend)
        cards.foot(
            recipe,
            shown.rename(columns={"x": first, "y": second}),
            lambda footer: publication_edge.sample_scatter(
                shown, first, second, unit, heading, footer, recipe.simulated
            ),
            "scatter",
        )
    with right:
        columns = st.columns(2, wrap=False)
        columns[0].metric("Pearson r", f"{r:.3f}")
        columns[1].metric("Spearman ρ", f"{rho:.3f}")
        st.caption(
            f"n = {n:,} samples of {cards.plain(tissue)}. Samples of one study resemble each other: a few studies can "
            "make r high."
        )


def card(source: str, species: Species, pair: tuple[str, str], pool: Pool) -> None:
    """Pooled r beside r within each tissue, and r with each tissue left out; a sentence when one carries it."""
    answer = api.edge(source, *pair, species, pool)
    facts = answer.value.attrs
    drawn = edge_chart.table(answer.value, facts["pooled"], facts["n"])
    st.markdown(
        f"**Is it within tissues? r of *{cards.plain(pair[0])}* and *{cards.plain(pair[1])}*, tissue by tissue**"
    )
    recipe = _recipe(pair, pool, answer.provenance, drawn, str(facts["sentence"]))
    left, right = st.columns([2.1, 1], gap="large")
    with right:
        _numbers(facts, drawn)
    with left:
        with st.container(height=680 if len(drawn) > MANY else "content", border=False):
            cards.chart(edge_chart.edge_dots(drawn, cards.is_dark()), "edge-dots", recipe.legend)
        cards.foot(
            recipe,
            drawn,
            lambda footer: publication_edge.edge_dots(drawn, "", footer, recipe.simulated),
            "edge-dots",
        )
        cards.table_twin(drawn, "edge-dots", _COLUMNS)


_COLUMNS = {
    "r": st.column_config.NumberColumn("r within", format="%.3f"),
    "r_without": st.column_config.NumberColumn("r without it", format="%.3f"),
}


def _recipe(pair: tuple[str, str], pool: Pool, p: Provenance, drawn: pd.DataFrame, sentence: str) -> Recipe:
    legend = (
        f"Pearson r of {pair[0]} and {pair[1]} over {drawn['n'].iloc[0]:,} samples ({pool}), within each tissue, and "
        f"over all samples without it. {sentence}"
    )
    steps = ("r within a tissue is given from 10 samples on, where both genes vary; r without it is over all others.",)
    return Recipe("coexpression", "edge-by-tissue", "-".join(pair), view.options(), p, legend, steps)


def _numbers(facts: dict, drawn: pd.DataFrame) -> None:
    """Pooled r, the middle of r within tissues, and the lowest r without one."""
    columns = st.columns(2, wrap=False)
    columns[0].metric("Pooled r", f"{facts['pooled']:.3f}")
    middle = facts["median_within"]
    columns[1].metric(
        "Median within", "n/a" if pd.isna(middle) else f"{middle:.3f}", help="Of tissues of 10 samples on"
    )
    st.markdown(cards.plain(facts["sentence"]))
    own = int(drawn["r"].iloc[1:].notna().sum())
    st.caption(
        f"n = {facts['n']:,} samples; {own} of {len(drawn) - 1} tissues have the 10 samples that an r of their own "
        "needs. Where dots lie far from the dotted line, the pooled r is not what happens within tissues."
    )
