"""Two genes over the samples of a study or the spots of a section, by group; or over the groups, a median each."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import NotFound
from backend.model import Answer, Species
from backend.recipe import Recipe
from components import (
    cards,
    coexpression_tables,
    edge_card,
    edge_chart,
    grouping,
    groups,
    inputs,
    publication_edge,
    view,
)
from components.grouping import Grouped

SAMPLES, GROUP = "samples", "group:"
MOST_POINTS, SEED = 4_000, 7  # that are drawn; more are too many to tell apart


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
    what = f"{groups.column(source)}s"
    names = {SAMPLES: f"All {what}", edge_card.OVER_TISSUES: "Groups, a median each"}
    names |= {
        f"{GROUP}{name}": f"{what.capitalize()} of {name} (n = {n:,})"
        for name, n in found.groups
        if n >= edge_card.FEWEST
    }
    return Points(inputs.choice("Points", inputs.OVER, list(names), SAMPLES, names, width=220), grouped)


def card(source: str, species: Species, pair: tuple[str, str], points: Points) -> None:
    """The scatter with r, rho and n."""
    if points.over == edge_card.OVER_TISSUES:
        coexpression_tables.scatter(source, species, *pair, choice=points.grouped.choice)
        return
    first, second = pair
    answer = _values(source, species, pair, points.grouped)
    table, p, what = answer.value, answer.provenance, groups.column(source)
    if points.over != SAMPLES:
        table = table[table["tissue"] == points.over.removeprefix(GROUP)]
    if len(table) < edge_card.FEWEST:
        told = f"{first} and {second} were both measured in {len(table)} of these {what}s."
        raise NotFound(told, f"Choose other {what}s, or another edge.")
    r, rho, n = api.correlation(table["x"], table["y"])
    title, whole = points.grouped.title, "section" if what == "spot" else "study"
    where = f"of the {whole}" if points.over == SAMPLES else f"of {title} = {points.over.removeprefix(GROUP)}"
    legend = f"{second} against {first} over {n:,} {what}s {where}: Pearson r = {r:.3f}, Spearman rho = {rho:.3f}."
    legend += f" Colours: {title}." if points.over == SAMPLES else ""
    shown = table.reset_index(drop=True)
    if len(shown) > MOST_POINTS:
        shown = shown.sample(MOST_POINTS, random_state=SEED).sort_index().reset_index(drop=True)
        legend += f" {MOST_POINTS:,} of the {what}s are drawn, at random; r and rho are over all."
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
                f"n = {n:,} {what}s {where}, those in which both were measured. Groups that differ in both genes can "
                f"make r high over all {what}s: look within one group."
            )
        )
        if len(shown) < n:
            st.caption(f"{len(shown):,} of them are drawn, at random; r and ρ are over all.")


def _values(source: str, species: Species, pair: tuple[str, str], grouped: Grouped) -> Answer[pd.DataFrame]:
    """Where both genes were measured: sample, series, title, tissue (the group), x, y. Of a section every spot."""
    if groups.column(source) == "spot":
        answer = api.spots(source, pair, species, grouped.by[0])
        return Answer(_of_spots(answer.value.table, *answer.value.values), answer.provenance)
    points = api.group_points(source, pair, species, grouped.by)
    table, (first, second) = points.value, pair
    own = table[table["gene"] == first].rename(columns={"value": "x"}).drop(columns="gene")
    other = table.loc[table["gene"] == second, ["sample", "value"]].rename(columns={"value": "y"})
    return Answer(own.merge(other, on="sample"), points.provenance)


def _of_spots(table: pd.DataFrame, x: object, y: object) -> pd.DataFrame:
    names = {"spot": "sample", "group": "tissue"}
    return table.rename(columns=names)[["sample", "tissue"]].assign(series="", title="", x=x, y=y).dropna()
