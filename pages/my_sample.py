"""My sample: a count vector of the user's against the tissues of the source. It stays in the session."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from backend import api
from backend.model import Pool, Provenance
from backend.recipe import Recipe, genes_phrase
from components import (
    cards,
    demo_note,
    groups,
    inputs,
    own_sample,
    own_sample_input,
    publication,
    samples_choice,
    sidebar,
    view,
)

ORDERS = {own_sample.NEAREST: "Similarity", own_sample.BY_VALUE: "Percentile", own_sample.BY_NAME: "Name"}
TOPS = {"10": "Top 10", "25": "Top 25", inputs.ALL: "All"}
STAYS = "Your sample is not part of the link: drop it again to see this view."

source, species = sidebar.in_force()


def _elsewhere() -> None:
    """The source has no samples: which ones do."""
    others = [info for info in api.sources().value if "Own sample" in info.capabilities and info.problem is None]
    where = "Choose one of these sources:" if others else "A file of ARCHS4 or the demo cohort does:"
    if not others and demo_note.is_made():
        where = "The demo cohort does, and is being prepared: it is offered here as soon as it is ready."
    st.info(
        f"{cards.plain(source.title)} holds no counts of single samples to compare with. {where}",
        icon=":material/search_off:",
    )
    for info in others:
        target = {inputs.SOURCE: info.key, inputs.SPECIES: info.species[0]}
        label = cards.plain(info.title)
        st.page_link(sidebar.file("my-sample"), label=label, icon=":material/arrow_forward:", query_params=target)
    if not others:
        files = {inputs.PART: "files"}
        st.page_link(sidebar.file("datasets"), label="Datasets", icon=":material/arrow_forward:", query_params=files)


def _nearest(table: pd.DataFrame, p: Provenance) -> None:
    """The figure of the most similar tissues."""
    st.subheader("Nearest tissues")
    shown = own_sample.nearest(table)
    best = shown.iloc[0]
    cards.chart(
        own_sample.bars(shown, cards.is_dark()),
        "nearest",
        f"Spearman's rho with {len(shown)} tissues; highest: {best['tissue']} {best['value']:.3f}",
    )
    what = "Spearman's rho of one sample of the user's with the mean of each tissue"
    legend = f"{what} ({species}): the {len(shown)} nearest."
    recipe = Recipe("my-sample", "nearest-tissues", "my-sample", view.options(), p, legend, (STAYS,))

    def paper(footer: str) -> publication.Figure:
        rows = shown.assign(gene="your sample")
        return publication.profile_bars(rows, own_sample.RHO, "", footer, False, recipe.simulated)

    numbers = shown.rename(columns={"value": "spearman_rho"})
    cards.foot(recipe, numbers, paper, "nearest", narrow=True)
    cards.table_twin(numbers, "nearest")


def _percentiles(counts: pd.DataFrame, genes: tuple[str, ...], nearest: list[str], pool: Pool) -> None:
    """One panel a gene."""
    st.subheader("Percentile within each tissue")
    answer = api.percentiles(source.key, counts, genes, species, pool)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        top = inputs.choice("Tissues", inputs.TOP, list(TOPS), "25", TOPS, width=110)
        orders = [order for order in ORDERS if nearest or order != own_sample.NEAREST]
        order = inputs.choice("Sort by", inputs.SORT, orders, orders[0], ORDERS, width=150)
    drawn, hidden = own_sample.percentiles(answer.value, nearest, order, None if top == inputs.ALL else int(top))
    symbols = list(dict.fromkeys(drawn["gene"]))
    with st.grid(min_column_width=260, gap="medium"):
        for gene in symbols:
            with st.container(gap="xxsmall"):
                rows = drawn[drawn["gene"] == gene]
                value = f"log2(CPM+1) {rows['value'].iloc[0]:.2f}"
                st.markdown(f"*{cards.plain(gene)}* · your value {cards.plain(value)}")
                alt = f"Percentile of your sample for {gene} within {len(rows)} tissues"
                cards.chart(own_sample.dots(rows, cards.is_dark()), f"percentile-{gene}", alt)
    st.caption("50 is the median of the tissue; dotted: 5 and 95. " + groups.hidden_note(hidden))
    p = cards.with_unit(
        answer.provenance, "percentile", "share of the samples of a tissue below yours, ties count half"
    )
    legend = (
        f"Percentile of {genes_phrase(symbols)} of one sample of the user's within {drawn['tissue'].nunique()} tissues "
        f"({species}), sorted by {ORDERS[order].lower()}."
    )
    recipe = Recipe("my-sample", "percentiles", "-".join(["my-sample", *symbols]), view.options(), p, legend, (STAYS,))
    numbers = drawn.rename(columns={"value": "your log2(CPM+1)"})
    cards.foot(recipe, numbers, lambda footer: own_sample.paper_dots(drawn, footer, recipe.simulated), "percentiles")
    cards.table_twin(numbers, "percentiles")


def _compare(counts: pd.DataFrame) -> None:
    """The two figures, each with its own errors."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        pool = samples_choice.pool(source.key)
        with st.container():
            most = inputs.MAX_GENES_SIDE_BY_SIDE
            genes = inputs.genes("Genes, up to 6, by any name", inputs.GENE, source.key, species, ("ALB",), most)
    left, right = st.columns([1, 1.5], gap="large")
    order: list[str] = []
    with left, cards.guard():
        answer = own_sample_input.nearest(source.key, counts, species, pool)
        order = list(answer.value["tissue"])
        _nearest(answer.value, answer.provenance)
    with right, cards.guard():
        if genes:
            _percentiles(counts, genes, order, pool)
        else:
            st.info("Type a gene above, for example ALB, to see where your sample stands.", icon=":material/edit:")


st.markdown("## Where does my sample stand?")
with cards.guard():
    if not api.has(source.key, "Own sample"):
        _elsewhere()
    else:
        counts = own_sample_input.panel(source.key, species)
        if counts is not None:
            _compare(counts)
