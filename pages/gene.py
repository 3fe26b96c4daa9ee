"""Gene: one to six genes across tissues, with facts, specificity and tumour cohorts."""

import dataclasses

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import NotFound
from backend.model import Choice, Provenance
from backend.recipe import Recipe
from components import (
    box_charts,
    cards,
    cell_lines,
    charts,
    downloads,
    drawn,
    fetching,
    gene_facts,
    gene_recipe,
    genes_here,
    grouping,
    groups,
    inputs,
    publication,
    publication_boxes,
    samples_choice,
    sidebar,
    tissue_points,
    view,
)
from components.grouping import Grouped
from components.tissue_points import Asked

TOPS = ("10", "25", inputs.ALL)
PANEL_WIDTH, PAIR_WIDTH = 290, 400  # px, at least; two and four genes stand in pairs, else a third place stays empty

source, species = sidebar.in_force()


def _profile_of_study(genes: list[str]) -> None:
    """The same for a study, whose samples are grouped by what is known of them, and drawn over the boxes."""
    if source.kind == "live" and not _fetched(genes):  # only then its groups are known
        return
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    with row:
        grouped = grouping.picker(source.key, species)
    answer = fetching.profiles(source, genes, species, grouped.choice if grouped else Choice())
    if answer is None:
        return
    with row:
        options = _options(gene_recipe.measures(answer.value, answer.provenance.unit), grouped, answer.provenance.unit)
    tissue_points.remember()
    _figure(answer.value, answer.provenance, options, grouped)
    if grouped:
        with cards.guard():
            tissue_points.section(Asked(source.key, genes, species, grouped=grouped), answer.value)


def _fetched(genes: list[str]) -> bool:
    """Ask for the genes; of a single one that the source lacks, other spellings to click."""
    try:
        return fetching.profiles(source, genes, species, told=False) is not None
    except NotFound as error:
        if len(genes) > 1:
            raise
        gene_facts.unknown(error, typed[0], typed)
        return False


def _profile(genes: list[str]) -> None:
    """The figure with what changes it. What can be drawn depends on what the source answers."""
    answer = fetching.profiles(source, genes, species)
    if answer is None:
        return
    table, p = answer.value, gene_recipe.told(answer.value, answer.provenance)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        options = _options(gene_recipe.measures(table, p.unit))
        only = ()
        if groups.systems(table) or view.values(inputs.SYSTEM):
            with st.popover("Organ systems", icon=":material/filter_list:"):
                only = _systems(table)
    cell_lines.remember()
    _figure(table, p, dataclasses.replace(options, systems=only))


def _profile_of_samples(genes: list[str]) -> None:
    """The same for sources that are asked for chosen samples, and the samples of a tissue where they are told."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        pool = samples_choice.pool(source.key)
        options = _options([drawn.BOX, drawn.Z, drawn.LOG, drawn.LINEAR])
        with st.popover("Options", icon=":material/tune:"):
            samples = samples_choice.of_profile(pool)
            answer, problems = samples_choice.profiles(source.key, genes, species, samples)
            only = _systems(answer.value)
    for problem in problems:
        cards.tell(problem)
    table, hidden = groups.visible(answer.value, samples.small)
    options = dataclasses.replace(options, systems=only, samples=samples, hidden=hidden)
    has_points = tissue_points.has_points(source.key)
    if has_points:
        tissue_points.remember()
    _figure(table, answer.provenance, options)
    if has_points:
        with cards.guard():
            tissue_points.section(Asked(source.key, genes, species, samples), table)


def _options(measures: list[str], grouped: Grouped | None = None, unit: str = "log") -> gene_recipe.Drawn:
    """In the slim row above the figure: measure, top N, order; that of the groups first where it means something."""
    measure = inputs.segments("Show", inputs.MEASURE, measures, measures[0], gene_recipe.named(unit))
    names = {"10": "Top 10", "25": "Top 25", inputs.ALL: "All"}
    rows = f"{groups.row(source.key)}s"
    top = inputs.choice(rows.capitalize(), inputs.TOP, TOPS, "25", names, width=110)
    orders = gene_recipe.GROUP_ORDERS if rows == "groups" else gene_recipe.ORDERS
    first = drawn.BY_NAME if grouped and grouped.ordered else drawn.BY_VALUE
    order = inputs.choice("Sort by", inputs.SORT, list(orders), first, orders, width=150)
    by = grouped.title if grouped else ""
    return gene_recipe.Drawn(measure, order, None if top == inputs.ALL else int(top), by=by)


def _systems(table: pd.DataFrame) -> tuple[str, ...]:
    """Which organ systems alone are drawn."""
    systems = groups.systems(table)
    return inputs.several("Only these systems", inputs.SYSTEM, systems, placeholder="All systems")


def _figure(table: pd.DataFrame, p: Provenance, options: gene_recipe.Drawn, grouped: Grouped | None = None) -> None:
    genes = list(dict.fromkeys(table["gene"]))
    shown = drawn.profile(table, options.measure, options.order, options.top, options.systems)
    if options.top != groups.tissues(shown)["tissue"].nunique():
        options = dataclasses.replace(options, top=None)
    points = _points(shown, p, options, grouped)
    options = dataclasses.replace(options, points=points is not None)
    recipe = gene_recipe.recipe(shown, options, view.options(), p)
    cards.stale(p)
    axis, limits = gene_recipe.axis(options.measure, p), charts.profile_limits(shown, options.measure)
    if len(genes) == 1:
        left, right = st.columns([2.1, 1], gap="large")
        with left:
            _panel(shown, axis, p, options.measure, limits, points)
            _foot(shown, axis, options, recipe, points)
        with right, cards.guard():
            gene_facts.specificity(table, p, options.samples)
    else:
        with st.grid(min_column_width=PAIR_WIDTH if len(genes) in (2, 4) else PANEL_WIDTH, gap="medium"):
            for gene in genes:
                with st.container(gap="xxsmall"):
                    st.markdown(f"*{cards.plain(gene)}*")
                    _panel(shown[shown["gene"] == gene], axis, p, options.measure, limits, points)
        _foot(shown, axis, options, recipe, points)
        st.subheader("Specificity")
        gene_facts.specificity_table(table, p, options.samples)


def _points(
    shown: pd.DataFrame, p: Provenance, options: gene_recipe.Drawn, grouped: Grouped | None
) -> pd.DataFrame | None:
    """The samples of the groups drawn, over boxes of a study that is not too large for it."""
    if grouped is None or options.measure != drawn.BOX:
        return None
    answer = grouping.points(source.key, list(dict.fromkeys(shown["gene"])), species, grouped, p.n)
    if answer is None:
        what = "spots of sections" if groups.column(source.key) == "spot" else "samples of studies"
        st.caption(f"Single {what} are drawn up to {grouping.MOST_POINTS:,}; choose a group below.")
        return None
    return answer.value[answer.value["tissue"].isin(set(shown["tissue"]))]


def _panel(
    shown: pd.DataFrame,
    axis: str,
    p: Provenance,
    measure: str,
    limits: tuple[float, float],
    points: pd.DataFrame | None = None,
) -> None:
    gene, dark = shown["gene"].iloc[0], cards.is_dark()
    if measure == drawn.BOX:
        own = None if points is None else points[points["gene"] == gene]
        figure = box_charts.profile_boxes(shown, axis, dark, limits, own)
    else:
        figure = charts.profile_bars(shown, axis, p.unit, measure, dark, limits, gene_recipe.alone(p))
    tissues = groups.tissues(shown)
    names, values = list(tissues["tissue"]), list(tissues["value"])
    best = drawn.highest_first(tissues["value"])[:3]
    tops = ", ".join(f"{names[place]} {values[place]:.3g}" for place in best)
    key = f"profile-{gene}"
    click = {}
    if groups.has_samples(shown) and tissue_points.has_points(source.key):
        click = {"on_select": lambda: tissue_points.clicked(key), "selection_mode": "points"}
    cards.chart(figure, key, f"{axis} of {gene} in {len(shown)} {groups.row(p.source)}s; highest: {tops}", **click)


def _foot(
    shown: pd.DataFrame,
    axis: str,
    options: gene_recipe.Drawn,
    recipe: Recipe,
    points: pd.DataFrame | None = None,
) -> None:
    told = gene_recipe.key(shown, options)

    def paper(footer: str) -> publication.Figure:
        below = "\n".join(filter(None, (told, footer)))
        if options.measure == drawn.BOX:
            return publication_boxes.profile_boxes(shown, axis, "", below, recipe.simulated, points)
        return publication.profile_bars(shown, axis, "", below, options.measure == drawn.Z, recipe.simulated)

    if words := " ".join(filter(None, (gene_recipe.box_key(options, recipe.provenance), groups.few_note(shown), told))):
        st.caption(cards.plain(words))
    numbers = gene_recipe.numbers(shown, axis, recipe.provenance)
    cards.foot(recipe, numbers, paper, "profile", _files(recipe, points))
    cards.table_twin(numbers, "profile")


def _files(recipe: Recipe, points: pd.DataFrame | None) -> tuple[downloads.Extra, ...]:
    """The samples drawn over the boxes, where there are any."""
    if points is None:
        return ()
    base = downloads.base_url()
    table = points.rename(columns={"tissue": "group", "value": recipe.provenance.unit})
    return (downloads.Extra("Samples CSV", "samples.csv", "text/csv", lambda: recipe.csv(table, base)),)


def _cohorts(gene: str) -> None:
    if not api.has(source.key, "Tumour cohorts"):
        return
    st.subheader("Tumour cohorts, apart")
    st.caption(
        f"Medians of {cards.plain(gene)} over TCGA cohorts. Their units differ from the tissues and between cohorts, "
        "so they have no z-score."
    )
    answer = api.cohort_profile(source.key, gene, species)
    shown = drawn.cohorts(answer.value)
    if shown.empty:
        raise NotFound(f"{gene} was not measured in any cohort.", "Choose another gene.")
    groups = [group for _, group in shown.groupby("unit", sort=True)]
    for column, group in zip(st.columns(len(groups), gap="large"), groups, strict=True):
        with column:
            unit = group["unit"].iloc[0]
            cards.chart(
                charts.cohort_bars(group, cards.is_dark()),
                f"cohorts-{unit}",
                f"{unit} of {gene} in {len(group)} tumour cohorts; highest: {group['name'].iloc[0]}",
            )
    legend = f"Expression of {gene} in {len(shown)} TCGA tumour cohorts: medians, one panel for each unit."
    recipe = Recipe("gene", "cohorts", gene, view.options(), answer.provenance, legend)
    cards.foot(recipe, shown, lambda footer: publication.cohort_bars(shown, gene, footer, recipe.simulated), "cohorts")
    cards.table_twin(shown, "cohorts")


def _known(names: tuple[str, ...]) -> list[str]:
    """Symbols of the typed names; each unknown one gets its message and suggestions to click."""
    symbols = []
    for name in names:
        try:
            answer = api.gene(source.key, name, species)
        except NotFound as error:
            gene_facts.unknown(error, name, names)
            continue
        symbols.append(answer.value.symbol)
        for note in answer.provenance.notes:
            st.caption(cards.plain(note))
    return list(dict.fromkeys(symbols))


# One gene leaves room for its facts beside the picker; several need the whole width.
picker, facts = (
    st.columns([1, 1.7], gap="large", vertical_alignment="bottom")
    if len(view.values(inputs.GENE)) <= 1
    else (st.container(), st.container())
)
with picker:
    typed = inputs.genes(
        "Genes, up to 6, by any name",
        inputs.GENE,
        source.key,
        species,
        api.usual_genes(source.key, ("ALB",)),
        inputs.MAX_GENES_SIDE_BY_SIDE,
    )
genes = _known(typed)
if not genes:
    if not typed:
        st.info("Type a gene above, for example ALB, p53 or ENSG00000254647.", icon=":material/edit:")
    genes_here.offer(source.key, inputs.GENE)
else:
    if len(genes) == 1:
        with facts:
            gene_facts.heading(api.gene(source.key, genes[0], species).value)
    with cards.guard():
        if groups.row(source.key) == "group":
            _profile_of_study(genes)
        else:
            (_profile_of_samples if samples_choice.has_samples(source.key) else _profile)(genes)
    for gene in genes[:1]:
        with cards.guard():
            _cohorts(gene)
        if cell_lines.is_there(source, species):
            with cards.guard():
                cell_lines.section(source, gene, species)
