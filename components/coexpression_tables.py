"""Tables beside and below the network: hubs, nodes and edges, partners of a seed, a list in one go, a pair."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from backend import api
from backend.errors import NotFound, Unavailable
from backend.model import Answer, Choice, Network, Provenance, Species
from backend.recipe import Recipe
from components import cards, charts, downloads, gene_list, groups, publication_network, samples_choice, view, within
from components.within import Asked

EVERYTHING = Asked()
FEWEST = 3  # tissues for a correlation of two genes
SIGNS = {"pearson": "r", "spearman": "ρ"}
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


def told(table: pd.DataFrame) -> pd.DataFrame:
    """A table for the screen: columns of which nothing is known are left out; files keep them."""
    return table.drop(columns=[name for name in table if table[name].isna().all()]) if len(table) else table


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
        nodes = told(answer.value.nodes.drop(columns=["x", "y"]))
        left.dataframe(nodes, hide_index=True, key="nodes", column_config=NUMBERS)
        right.dataframe(told(answer.value.edges), hide_index=True, key="edges-table", column_config=NUMBERS)


def scatter(
    source: str, species: Species, first: str, second: str, choice: Choice, edge_r: float | None = None
) -> None:
    """Two genes over the tissues, each point a tissue; r, rho and n. choice: of samples, or of groups of a study.

    edge_r: of the edge, where that is over samples and so another number than the r over tissues.
    """
    with cards.waiting("Asking for the tissues of both genes …"):
        answer = api.tissue_profiles(source, [first, second], species, choice=choice)
    shown = _side_by_side(answer, first, second)
    cards.stale(answer.provenance)
    r, rho, n = api.correlation(shown["x"], shown["y"])
    unit, row = answer.provenance.unit, groups.row(source)
    other = "" if edge_r is None else f"The edge has r = {edge_r:.3f} over samples; this is over {n} {row}s."
    if other:
        st.markdown(f"**{_italic(first)} and {_italic(second)} over the {n} {row}s.** {cards.plain(other)}")
    left, right = st.columns([2.1, 1], gap="large")
    with left:
        figure = charts.pair_scatter(shown, first, second, unit, cards.is_dark())
        cards.chart(figure, "scatter", f"{second} against {first} over {n} {row}s, Pearson r = {r:.2f}")
        legend = f"{second} against {first} over {n} {row}s: Pearson r = {r:.3f}, Spearman rho = {rho:.3f}."
        legend = f"{legend} {other}".rstrip()
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
        one = "median" if samples_choice.has_samples(source) or "q1" in answer.value else "value"
        st.caption(
            f"n = {n} {row}s, one {one} each. r says that the two genes share a {row} pattern; one {row} far from "
            f"the others can make it high. {row.capitalize()}s are not independent samples: no causal or physical link "
            "follows."
        )


def _italic(gene: str) -> str:
    return f"*{cards.plain(gene)}*"


def _side_by_side(answer: Answer[pd.DataFrame], first: str, second: str) -> pd.DataFrame:
    """tissue, system, x, y where both genes have a median.

    Raises Unavailable when a gene could not be fetched, NotFound where the medians are nowhere of both.
    """
    lacking = [note for note in answer.provenance.notes if note.startswith("Left out: ")]
    if lacking and not {first, second} <= set(answer.value["gene"]):
        raise Unavailable(lacking[0].removeprefix("Left out: "), "Try again in a moment.")
    wide = answer.value.pivot_table(index=["tissue", "system"], columns="gene", values="median", sort=False)
    if not {first, second} <= set(wide.columns) or len(shown := wide[[first, second]].dropna()) < FEWEST:
        if groups.row(answer.provenance.source) == "group":
            what = f"{first} and {second} have medians in fewer than {FEWEST} groups, too few for points."
            raise NotFound(what, "Group the samples by another column.")
        what = f"{first} and {second} have no medians over the same tissues in this answer."
        raise NotFound(what, "Choose another edge, or try again in a moment.")
    return shown.reset_index().rename(columns={first: "x", second: "y"})


def _marked(table: pd.DataFrame) -> pd.DataFrame:
    """Partners of low expression get a word; sources that do not tell have no such column."""
    if "low" not in table:
        return table
    return table.assign(low=np.where(table["low"], "low", "")).rename(columns={"low": "expression"})


def _numbers(asked: Asked) -> dict[str, Any]:
    """How the columns are written: r under the name of its method."""
    words = "Mean expression so low that r rests on few reads"
    named = {"r": st.column_config.NumberColumn(SIGNS[asked.method], format="%.3f")}
    return NUMBERS | named | {"expression": st.column_config.TextColumn("expression", help=words)}


def partners(source: str, species: Species, seeds: list[str], asked: Asked = EVERYTHING) -> None:
    """Positive and negative partners of one seed, with n, p and q, within the samples asked for."""
    samples = samples_choice.has_samples(source)
    st.subheader(
        f"Partners of a seed within {cards.plain(within.name(asked.within))}" if asked.within else "Partners of a seed"
    )
    seed = st.selectbox("Seed", seeds, key="partners-of", width=220) if len(seeds) > 1 else seeds[0]
    with cards.waiting("Asking for partners …"):
        answer = api.coexpressed(source, seed, species, 100, asked.within, asked.method, asked.pool)
    cards.stale(answer.provenance)
    gene = api.gene(source, seed, species).value.symbol
    table = _marked(answer.value)
    shown = told(table) if _lacks(answer.provenance) else table
    style: dict[str, Any] = {"column_config": _numbers(asked), "height": 320}
    left, right = st.columns(2, gap="medium")
    for place, words, rows in (
        (left, "Positive", table[table["r"] > 0]),
        (right, "Negative", table[table["r"] < 0]),
    ):
        place.markdown(f"**{words}** ({len(rows)} shown)")
        if rows.empty and _is_served(answer.provenance):
            place.caption(_none_served(words, asked))
            continue
        place.dataframe(shown.loc[rows.index], hide_index=True, key=f"partners-{words}", **style)
    legend = f"The 100 strongest positive and negative co-expression partners of {gene} ({species}){_over(asked)}."
    recipe = Recipe("coexpression", "partners", gene, view.options(), answer.provenance, legend)
    if samples or _is_served(answer.provenance) or groups.row(source) == "group":
        st.caption(cards.provenance_line(answer.provenance))
        cards.notes(answer.provenance.notes)
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


def _is_served(p: Provenance) -> bool:
    """Whether a service gave the partners: it may leave out columns, and signs."""
    return p.kind in ("live", "cached") and groups.row(p.source) == "tissue"


def _lacks(p: Provenance) -> bool:
    """Whether columns may be empty: a service left them out, or p and q mean nothing, as of neighbouring spots."""
    return _is_served(p) or groups.column(p.source) == "spot"


def _none_served(words: str, asked: Asked) -> str:
    if words == "Negative" and not asked.within:
        return (
            "None is served: over all samples ARCHS4 gives the strongest positive partners only. Name a term in "
            "“Within” to see both signs."
        )
    return f"ARCHS4 serves no {words.lower()} partner here."


def _over(asked: Asked) -> str:
    """The samples asked for, for a legend; nothing when it is all the source has."""
    if not asked.within:
        return ""
    of_study = asked.within.startswith("group:")
    return f", within {within.name(asked.within)}{'' if of_study else f', {asked.pool} samples'}"


def batch(source: str, species: Species, asked: Asked = EVERYTHING) -> None:
    """The strongest partners of each gene of a pasted list, in one table, within the samples asked for."""
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
            answer = api.batch_coexpressed(source, usable, species, 10, asked.within, asked.method, asked.pool)
        cards.stale(answer.provenance)
        table = _marked(answer.value)
        shown = told(table) if _lacks(answer.provenance) else table
        st.dataframe(shown, hide_index=True, key="batch-table", column_config=_numbers(asked))
        cards.notes(answer.provenance.notes)
        found = table["query_gene"].nunique()
        recipe = Recipe(
            "coexpression",
            "batch-partners",
            f"{found}-genes",
            view.options(),
            answer.provenance,
            f"The 10 strongest co-expression partners of each of {found} genes ({species}){_over(asked)}.",
        )
        base = downloads.base_url()
        st.download_button(
            "Batch CSV",
            lambda: recipe.csv(table, base),
            recipe.file_name("csv"),
            "text/csv",
            key="batch-csv",
            on_click="ignore",
            icon=":material/download:",
        )
