"""Tables beside and below the network: hubs, nodes and edges, partners of a seed, a list in one go, a pair."""

from __future__ import annotations

import streamlit as st

from backend import api
from backend.errors import NotFound
from backend.model import Answer, Network, Species
from backend.recipe import Recipe
from components import cards, charts, downloads, gene_list, publication_network, view

R = st.column_config.NumberColumn("r", format="%.3f")
P = st.column_config.NumberColumn(format="scientific")
NUMBERS = {
    "r": R,
    "p": P,
    "q": P,
    "mean_expression": st.column_config.NumberColumn("mean expression", format="%.2f"),
    "gene_a": "gene A",
    "gene_b": "gene B",
    "query_gene": "query gene",
}


def hubs(net: Network) -> None:
    """The genes with most edges."""
    st.markdown("**Hubs**")
    shown = net.nodes.head(12)[["gene", "degree", "module", "hop"]]
    st.dataframe(
        shown,
        hide_index=True,
        key="hubs",
        height="content",
        column_config={"degree": "edges", "hop": st.column_config.NumberColumn("hop", help="0 is a seed")},
    )


def networks(answer: Answer[Network]) -> None:
    """All nodes and edges drawn."""
    with st.expander("Tables of the network: genes and edges", icon=":material/table:", key="network-twin"):
        left, right = st.columns(2, gap="medium")
        left.dataframe(answer.value.nodes.drop(columns=["x", "y"]), hide_index=True, key="nodes", column_config=NUMBERS)
        right.dataframe(answer.value.edges, hide_index=True, key="edges-table", column_config=NUMBERS)


def scatter(source: str, species: Species, first: str, second: str) -> None:
    """Two genes over the tissues, each point a tissue; r, rho and n."""
    answer = api.tissue_profiles(source, [first, second], species)
    wide = answer.value.pivot_table(index=["tissue", "system"], columns="gene", values="median", sort=False).dropna()
    shown = wide.reset_index().rename(columns={first: "x", second: "y"})
    r, rho, n = api.correlation(shown["x"], shown["y"])
    unit = answer.provenance.unit
    left, right = st.columns([2.1, 1], gap="large")
    with left:
        figure = charts.pair_scatter(shown, first, second, unit, cards.is_dark())
        cards.chart(figure, "scatter", f"{second} against {first} over {n} tissues, Pearson r = {r:.2f}")
        legend = f"{second} against {first} over {n} tissues: Pearson r = {r:.3f}, Spearman rho = {rho:.3f}."
        values = cards.without_z(answer.provenance)
        recipe = Recipe("coexpression", "scatter", f"{first}-{second}", view.options(), values, legend)
        cards.foot(
            recipe,
            shown.rename(columns={"x": first, "y": second}),
            lambda footer: publication_network.pair_scatter(shown, first, second, unit, "", footer, recipe.simulated),
            "scatter",
        )
    with right:
        columns = st.columns(2, wrap=False)
        columns[0].metric("Pearson r", f"{r:.3f}")
        columns[1].metric("Spearman ρ", f"{rho:.3f}")
        st.caption(
            f"n = {n} tissues, one value each. r says that the two genes share a tissue pattern; one tissue far from "
            "the others can make it high. Tissues are not independent samples: no causal or physical link follows."
        )


def partners(source: str, species: Species, seeds: list[str]) -> None:
    """Positive and negative partners of one seed, with n, p and q."""
    st.subheader("Partners of a seed")
    seed = st.selectbox("Seed", seeds, key="partners-of", width=220) if len(seeds) > 1 else seeds[0]
    answer = api.coexpressed(source, seed, species, 100)
    gene = api.gene(source, seed, species).value.symbol
    table = answer.value
    left, right = st.columns(2, gap="medium")
    for place, words, rows in (
        (left, "Positive", table[table["r"] > 0]),
        (right, "Negative", table[table["r"] < 0]),
    ):
        place.markdown(f"**{words}** ({len(rows)} shown)")
        place.dataframe(rows, hide_index=True, key=f"partners-{words}", column_config=NUMBERS, height=320)
    legend = f"The 100 strongest positive and negative co-expression partners of {gene} ({species})."
    recipe = Recipe("coexpression", "partners", gene, view.options(), answer.provenance, legend)
    base = downloads.base_url()
    st.download_button(
        "Partners CSV",
        lambda: recipe.csv(table, base),
        recipe.file_name("csv"),
        "text/csv",
        key="partners-csv",
        on_click="ignore",
        icon=":material/download:",
    )


def batch(source: str, species: Species) -> None:
    """The strongest partners of each gene of a pasted list, in one table."""
    with (
        st.expander("Partners of a whole gene list", icon=":material/table_rows:", key="batch"),
        cards.guard(),
    ):
        text = st.text_area("Genes", key="batch-genes", placeholder="MYC CCND1 CDK4 RB1 E2F1", height=80)
        names = api.split_names(text or "")
        if not names:
            st.caption("Paste genes to get the 10 strongest partners of each, for example MYC CCND1 CDK4 RB1 E2F1.")
            return
        triaged = api.triage(names, species, source).value
        gene_list.outcome(triaged, "batch-triage")
        usable = list(triaged.loc[triaged["use"], "gene"])
        if not usable:
            raise NotFound("None of these names is a gene of this source.", "Check the spelling and the species.")
        with st.spinner(f"Correlating {len(usable):,} genes with all others …", show_time=True):
            answer = api.batch_coexpressed(source, usable, species, 10)
        st.dataframe(answer.value, hide_index=True, key="batch-table", column_config=NUMBERS)
        cards.notes(answer.provenance.notes)
        found = answer.value["query_gene"].nunique()
        recipe = Recipe(
            "coexpression",
            "batch-partners",
            f"{found}-genes",
            view.options(),
            answer.provenance,
            f"The 10 strongest co-expression partners of each of {found} genes ({species}).",
        )
        base = downloads.base_url()
        st.download_button(
            "Batch CSV",
            lambda: recipe.csv(answer.value, base),
            recipe.file_name("csv"),
            "text/csv",
            key="batch-csv",
            on_click="ignore",
            icon=":material/download:",
        )
