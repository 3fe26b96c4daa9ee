"""The figures of a section: where its spots lie, how groups differ, two genes across spots."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import streamlit as st
from plotly.graph_objects import Figure

from backend import api
from backend.model import Answer, Provenance, Section, Spots
from backend.recipe import Recipe
from components import (
    cards,
    charts,
    downloads,
    inputs,
    publication_spatial,
    spatial_chart,
    spatial_choice,
    spatial_drawn,
    spatial_groups,
    spatial_recipe,
    spatial_window,
    view,
)
from components.spatial_drawn import Drawing, Look
from components.spatial_groups import Distribution

MANY_GROUPS = 13  # boxes above which their figure scrolls
SCROLL = 560  # px
LISTED = 1_000  # rows of a table on the page


def draw(answer: Answer[Spots], one: Section, look: Look, order: str, as_0: bool) -> None:
    """Everything of an answer: section and distribution, or what there is of it."""
    spots, p = answer.value, answer.provenance
    cards.stale(p)
    if spots.summaries:
        _summaries(spots, p)
    if spots.table.empty or not spots.genes:
        return
    drawing = spatial_drawn.of(spots, look, spatial_window.shown())
    shown = [spatial_groups.of(spots, place, order, as_0) for place in range(len(spots.genes))]
    if drawing is None:
        st.info("No positions are told for these spots, so there is no section to draw.", icon=":material/info:")
        _distribution(shown, spots, order, one, p, again=False)
    elif len(shown) == 1:
        left, right = st.columns([2.1, 1], gap="large")
        with left:
            _section(drawing, spots, one, p)
        with right:
            _distribution(shown, spots, order, one, p, narrow=True)
    else:
        _section(drawing, spots, one, p)
        with cards.guard():
            _correlation(spots, p, as_0)
        _distribution(shown, spots, order, one, p)


def _chart(
    figure: Figure, key: str, alt: str, p: Provenance, mark: Callable[[Figure, bool], Figure] = charts.marked_simulated
) -> None:
    """A figure, marked where its own source is simulated: that need not be the source of the sidebar."""
    if p.kind == "simulated":
        figure, alt = mark(figure, cards.is_dark()), f"SIMULATED DATA. {alt}"
    cards.chart(figure, key, alt, of_source=False)


def _section(drawing: Drawing, spots: Spots, one: Section, p: Provenance) -> None:
    recipe = spatial_recipe.section(drawing, one.title, view.options(), p)
    key = spatial_window.PLOT
    figure = spatial_chart.section(drawing, cards.is_dark(), spatial_window.is_narrow())
    _chart(figure, key, recipe.legend, p, spatial_chart.marked_simulated)
    spatial_window.watch()
    st.caption(cards.plain(" ".join((drawing.told(), *_told(drawing, spots, p)))))
    if drawing.window is not None:
        st.button(
            "Show the whole section", icon=":material/zoom_out_map:", on_click=spatial_window.whole, type="tertiary"
        )
    numbers = drawing.numbers()
    cards.foot(
        recipe,
        numbers,
        lambda footer: publication_spatial.section(drawing, "", footer, recipe.simulated),
        key,
        _every_spot(drawing, spots, one, recipe),
    )
    _twin(numbers, key)


def _told(drawing: Drawing, spots: Spots, p: Provenance) -> list[str]:
    """What a reader has to know of the section."""
    said = []
    if missing := drawing.missing():
        said.append(f"Grey: not measured ({missing:,}).")
    if drawing.unplaced:
        said.append(f"{drawing.unplaced:,} spots have no position and are not drawn.")
    if spots.n_told is not None:
        said.append(f"The answer lists {len(spots.table):,} of {spots.n_told:,} spots; the others are not drawn.")
    if spots.read_as and not any(note.startswith("Read as") for note in p.notes):
        said.append(f"Read as: {spots.read_as}.")
    if drawing.look.colour == spatial_drawn.GROUPS and len(drawing.order) > 16:
        said.append("There are more groups than colours, so some share one.")
    said.append("Drag to zoom, double-click to go back.")
    return said


def _every_spot(drawing: Drawing, spots: Spots, one: Section, recipe: Recipe) -> tuple[downloads.Extra, ...]:
    """The spots themselves, where cells of several are drawn."""
    if drawing.exact:
        return ()
    base = downloads.base_url()

    def make() -> bytes:
        every = spatial_drawn.of(spots, dataclasses.replace(drawing.look, how=spatial_drawn.EVERY), drawing.window)
        assert every is not None  # what is drawn has places
        return spatial_recipe.section(every, one.title, recipe.params, recipe.provenance).csv(every.numbers(), base)

    return (downloads.Extra("Spots CSV", "spots.csv", "text/csv", make),)


def _twin(numbers: pd.DataFrame, key: str) -> None:
    """The table, cut where it is long: a browser would wait for it."""
    cards.table_twin(numbers.head(LISTED), key, height=300 if len(numbers) > 8 else "auto")
    if len(numbers) > LISTED:
        st.caption(f"The table holds the first {LISTED:,} of {len(numbers):,} rows; the CSV holds all.")


def _distribution(
    shown: Sequence[Distribution],
    spots: Spots,
    order: str,
    one: Section,
    p: Provenance,
    narrow: bool = False,
    again: bool = True,
) -> None:
    recipe = spatial_recipe.distribution(shown, spots, order, one.title, view.options(), p)
    rows = max(len(each.table) for each in shown)
    limits = spatial_groups.reach(list(shown)) if len(shown) > 1 else None
    with st.container(height=SCROLL if rows > MANY_GROUPS else "content", border=False):
        for column, each in zip(st.columns(len(shown), gap="medium"), shown, strict=True):
            with column:
                st.markdown(f"*{cards.plain(each.gene)}* by {cards.plain(spots.by)}" if spots.by else "All spots")
                figure = spatial_groups.boxes(each, cards.is_dark(), limits)
                _chart(figure, f"section-groups-{each.gene}", f"{recipe.legend} {_means(each)}", p)
    st.caption(cards.plain(f"Diamond: mean. {spatial_recipe.points(shown)}"))
    if spots.n_told is not None:
        st.caption(cards.plain(_absent(shown, spots)))
    numbers = pd.concat([each.numbers().assign(gene=each.gene) for each in shown], ignore_index=True)
    numbers = numbers[["gene", *(name for name in numbers if name != "gene")]]
    cards.foot(
        recipe,
        numbers,
        lambda footer: publication_spatial.boxes(shown, "", footer, recipe.simulated),
        "section-groups",
        narrow=narrow,
        again=again,
    )
    cards.table_twin(numbers, "section-groups")


def _means(shown: Distribution) -> str:
    told = shown.table.iloc[1:].dropna(subset="mean").nlargest(3, "mean")
    return f"Highest means: {', '.join(f'{row.group} {row.mean:.3g}' for row in told.itertuples())}."


def _absent(shown: Sequence[Distribution], spots: Spots) -> str:
    """What became of the spots that the answer does not list."""
    if shown[0].as_0:
        return "Spots that the answer does not list count as 0 here. Groups are known only of those that are listed."
    return (
        f"Only spots that the answer lists count here, out of {spots.n_told:,}: probably those that express the gene. "
        "“Treat absent spots as 0” under Options counts the others too."
    )


def _correlation(spots: Spots, p: Provenance, as_0: bool) -> None:
    """r of the two genes across spots, with its n and what it is not."""
    over = spatial_groups.with_zeros(spots) if as_0 and spots.n_told is not None else spots
    matrix, counts = api.spot_correlation(over)
    r, n = float(matrix[0, 1]), int(counts[0, 1])
    left, right = st.columns([1, 4], vertical_alignment="center")
    left.metric("Pearson r across spots", "not defined" if np.isnan(r) else f"{r:.3f}")
    pair = " and ".join(f"*{cards.plain(gene)}*" for gene in spots.genes)
    which = "spots, absent ones as 0" if over is not spots else "spots measured for both"
    right.caption(f"{pair}, n = {n:,} {which}, in {cards.plain(p.unit)}. {spatial_recipe.NEIGHBOURS}")


def _summaries(spots: Spots, p: Provenance) -> None:
    """Statistics, where a source tells nothing else."""
    st.info("The answer holds statistics only: no spots, so there is no section to draw.", icon=":material/info:")
    table = pd.DataFrame([{"gene": gene, **numbers} for gene, numbers in spots.summaries.items()])
    st.dataframe(table, hide_index=True, key="section-summary")
    st.caption(cards.provenance_line(p))
    cards.notes(p.notes)
    recipe = Recipe("spatial", "summary", "-".join(table["gene"]), view.options(), p, "Statistics of genes, as told.")
    base = downloads.base_url()
    st.download_button(
        "CSV",
        lambda: recipe.csv(table, base),
        recipe.file_name("csv"),
        "text/csv",
        key="section-summary-csv",
        on_click="ignore",
        icon=":material/download:",
    )


def links(asked: spatial_choice.Asked) -> None:
    """Pages that have more to say of this section."""
    key, target = asked.section.key, {inputs.SOURCE: asked.section.key, inputs.SPECIES: asked.section.species}
    grouped, first = {inputs.BY: asked.by} if asked.by else {}, asked.genes[0]
    ways = {
        "gene": ("Gene by group", "Tissue profile", target | grouped | {inputs.GENE: list(asked.genes)}),
        "heatmap": ("Heatmap of genes × groups", "Tissue profile", target | grouped),
        "coexpression": (f"Genes like {first}", "Co-expression", target | {inputs.SEED: [first]}),
    }
    offered = {path: way for path, way in ways.items() if api.has(key, way[1])}
    if not offered:
        return
    with st.container(horizontal=True, gap="small"):
        for path, (label, _, params) in offered.items():
            file = cards.PAGES / f"{path}.py"
            st.page_link(file, label=cards.plain(label), icon=":material/arrow_forward:", query_params=params)
