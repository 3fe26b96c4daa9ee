"""Two genes over the samples of a study, coloured by group; or over the groups, a median each."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from backend import api
from backend.errors import NotFound
from backend.model import Species
from backend.recipe import Recipe
from components import cards, coexpression_tables, edge_card, edge_chart, grouping, inputs, publication_edge, view
from components.grouping import Grouped

SAMPLES, GROUP = "samples", "group:"


@dataclass(frozen=True)
class Points:
    """What a point is. over: SAMPLES, a group with GROUP before it, or edge_card.OVER_TISSUES for medians."""

    over: str
    grouped: Grouped


def picker(source: str, species: Species) -> Points | None:
    """The controls; None for other sources."""
    grouped = grouping.picker(source, species, crossed=False)
    if grouped is None:
        return None
    found = next(one for one in api.groupings(source, species).value if one.key == grouped.by[0])
    names = {SAMPLES: "All samples", edge_card.OVER_TISSUES: "Groups, a median each"}
    names |= {f"{GROUP}{name}": f"Samples of {name} (n = {n:,})" for name, n in found.groups if n >= edge_card.FEWEST}
    return Points(inputs.choice("Points", inputs.OVER, list(names), SAMPLES, names, width=220), grouped)


def card(source: str, species: Species, pair: tuple[str, str], points: Points) -> None:
    """The scatter with r, rho and n."""
    if points.over == edge_card.OVER_TISSUES:
        coexpression_tables.scatter(source, species, *pair, choice=points.grouped.choice)
        return
    first, second = pair
    answer = api.group_points(source, pair, species, points.grouped.by)
    table = answer.value
    if points.over != SAMPLES:
        table = table[table["tissue"] == points.over.removeprefix(GROUP)]
    own = table[table["gene"] == first].rename(columns={"value": "x"}).drop(columns="gene")
    other = table.loc[table["gene"] == second, ["sample", "value"]].rename(columns={"value": "y"})
    shown = own.merge(other, on="sample").reset_index(drop=True)
    if len(shown) < edge_card.FEWEST:
        what = f"{first} and {second} were both measured in {len(shown)} of these samples."
        raise NotFound(what, "Choose other samples, or another edge.")
    r, rho, n = api.correlation(shown["x"], shown["y"])
    title, p = points.grouped.title, answer.provenance
    where = "of the study" if points.over == SAMPLES else f"of {title} = {points.over.removeprefix(GROUP)}"
    legend = f"{second} against {first} over {n:,} samples {where}: Pearson r = {r:.3f}, Spearman rho = {rho:.3f}."
    legend += f" Colours: {title}." if points.over == SAMPLES else ""
    recipe = Recipe("coexpression", "samples-scatter", f"{first}-{second}", view.options(), p, legend)
    cards.stale(p)
    left, right = st.columns([2.1, 1], gap="large")
    with left:
        cards.chart(edge_chart.group_scatter(shown, first, second, p.unit, cards.is_dark()), "scatter", legend)
        numbers = shown.rename(columns={"tissue": "group", "x": first, "y": second})

        def paper(footer: str) -> publication_edge.Figure:
            return publication_edge.sample_scatter(
                shown, first, second, p.unit, f"Pearson r = {r:.3f}, n = {n:,}", footer, recipe.simulated, title
            )

        cards.foot(recipe, numbers, paper, "scatter")
    with right:
        columns = st.columns(2, wrap=False)
        columns[0].metric("Pearson r", f"{r:.3f}")
        columns[1].metric("Spearman ρ", f"{rho:.3f}")
        st.caption(
            cards.plain(
                f"n = {n:,} samples {where}, those in which both were measured. Groups that differ in both genes can "
                "make r high over all samples: look within one group."
            )
        )
