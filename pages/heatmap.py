"""Heatmap: a pasted or uploaded gene list across tissues, sorted out before it is drawn."""

import dataclasses

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from backend import api
from backend.errors import BadInput, TooLarge
from backend.model import Answer, Choice, Pool
from backend.recipe import Recipe
from components import (
    cards,
    drawn,
    fetching,
    gene_list,
    gene_recipe,
    genes_here,
    group_samples,
    grouping,
    groups,
    heatmap_chart,
    heatmap_recipe,
    heatmap_samples,
    inputs,
    publication_heatmap,
    samples_choice,
    sidebar,
    view,
)
from components.grouping import Grouped

EXAMPLE = "ALB,INS,TG,PRM1,UMOD,SFTPC,MYH6,GFAP,KRT5,LIPF,CD3E,CD19,SLC4A1,MPO,CRYAA,KLK3,CGA,PLP1,ACTA1,NPPA"
TOPS = ("10", "20", "30", inputs.ALL)
TISSUES, SAMPLES = "tissues", "samples"

source, species = sidebar.in_force()
ROW = groups.row(source.key)
COLUMNS = {TISSUES: f"{ROW}s".capitalize(), SAMPLES: "Samples"}


def _controls(column: str, has_samples: bool, ordered: bool = False) -> tuple[drawn.HeatmapOptions, bool]:
    """In the slim row above the figure: tissues, clustering; linkage, metric and clip in a popover.

    ordered: the order of the columns means something, and is kept at first. The second: whether tissues of few samples
    are shown.
    """
    small = True
    top = inputs.ALL
    if column == TISSUES:
        names = {t: f"Top {t} by |z|" for t in TOPS[:-1]} | {inputs.ALL: "All"}
        top = inputs.choice(f"{ROW}s".capitalize(), inputs.TOP, TOPS, inputs.ALL, names, width=150)
    genes = inputs.switch("Cluster genes", inputs.CLUSTER_GENES, True)
    columns = f"{ROW}s" if column == TISSUES else column
    tissues = inputs.switch(f"Cluster {columns}", inputs.CLUSTER_TISSUES, not ordered)
    short = has_samples or ROW == "group"
    with st.popover("Options" if short else "Clustering and colours", icon=":material/tune:"):
        linkages, metrics = heatmap_recipe.LINKAGES, heatmap_recipe.METRICS
        linkage = inputs.choice("Linkage", inputs.LINKAGE, list(linkages), "average", linkages)
        metric = inputs.choice("Distance", inputs.METRIC, list(metrics), "pearson", metrics)
        clip = inputs.number("Clip z at ±", inputs.CLIP, 1.0, 7.0, 3.0, 0.5)
        if has_samples and column == TISSUES:
            small = samples_choice.small_switch()
    return drawn.HeatmapOptions(None if top == inputs.ALL else int(top), genes, tissues, linkage, metric, clip), small


def _profile(gene: str) -> dict[str, list[str]]:
    """The options of a gene's page, under the source and species in force."""
    return view.carried({inputs.GENE: [gene]}, inputs.SOURCE, inputs.SPECIES, inputs.BY, inputs.AND_BY)


def _open(event: dict) -> None:
    """A click on a gene's name opens its profile."""
    points = event["selection"]["points"] if event else []
    for point in points:
        gene = point.get("customdata")
        gene = gene[0] if isinstance(gene, list | tuple) else gene
        if isinstance(gene, str):
            view.switch(sidebar.file("gene"), _profile(gene))


def _draw(symbols: list[str], entered: int) -> None:
    """The map of the chosen columns."""
    has_samples = samples_choice.has_samples(source.key)
    if ROW == "group":
        _draw_study(symbols, entered)
        return
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small" if has_samples else "medium")
    with row:
        column = inputs.segments("Columns", inputs.COLUMNS, list(COLUMNS), TISSUES, COLUMNS) if has_samples else TISSUES
        pool = samples_choice.pool(source.key)
    if column == SAMPLES:
        _of_samples(symbols, entered, pool, row)
    else:
        _of_tissues(symbols, entered, pool if has_samples else None, row)


def _draw_study(symbols: list[str], entered: int) -> None:
    """The map of the groups of a study, or of its samples."""
    live = source.kind == "live"  # its groups are known once it was asked
    if live and fetching.profiles(source, symbols, species, told=False) is None:
        return
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    with row:
        grouped = grouping.picker(source.key, species)
        of_spots = groups.column(source.key) == "spot"  # thousands of them are no columns of a map
        column = TISSUES if of_spots else inputs.segments("Columns", inputs.COLUMNS, list(COLUMNS), TISSUES, COLUMNS)
    choice = grouped.choice if grouped else Choice()
    if column == TISSUES:
        with row:
            options, _ = _controls(TISSUES, False, bool(grouped and grouped.ordered))
        answer = fetching.profiles(source, symbols, species, choice)
        if answer is not None:
            _groups_map(answer, options, entered, grouped)
        return
    counted = api.tissue_profiles(source.key, symbols[:1], species, choice=choice).value
    with row:
        chosen = group_samples.picker(counted)
        options, _ = _controls(SAMPLES, False)
    samples = group_samples.of(chosen, source.key, symbols, species, grouped, counted)
    drawing = drawn.sample_heatmap(samples.value, samples.provenance.unit, options, grouped.title if grouped else "")
    p = heatmap_recipe.against_samples(samples.provenance, len(drawing.tissues))
    words = f"{len(drawing.tissues)} {group_samples.words(chosen, grouped)}"
    recipe = heatmap_recipe.recipe(drawing, options, view.options(), p, entered, words)
    told = f"z is against these {len(drawing.tissues):,} samples, gene by gene."
    if not drawing.is_named:
        told += f" Samples are named up to {drawn.NAMED_SAMPLES}; hover the coloured bar for each."
    _show(drawing, recipe, told)


def _groups_map(
    answer: Answer[pd.DataFrame], options: drawn.HeatmapOptions, entered: int, grouped: Grouped | None
) -> None:
    """Genes x groups of a study; where two columns are crossed, the first colours the band."""
    table, band = answer.value, ""
    if grouped and len(grouped.by) > 1:
        band = grouped.title.partition(grouping.CROSS)[0]
        table = table.assign(system=[name.partition(grouping.CROSS)[0] for name in table["tissue"]])
    drawing = drawn.heatmap(table, answer.provenance.unit, options, ROW)
    if band:
        drawing = dataclasses.replace(drawing, band=band, bands=tuple(dict.fromkeys(table["system"])))
    by = f" by {grouped.title}" if grouped else ""
    words = f"{len(drawing.tissues)} group{'s' if len(drawing.tissues) != 1 else ''}{by}"
    recipe = heatmap_recipe.recipe(drawing, options, view.options(), answer.provenance, entered, words)
    _show(drawing, recipe, drawing.few_note)


def _of_tissues(symbols: list[str], entered: int, pool: Pool | None, row: DeltaGenerator) -> None:
    """Genes x tissues; pool: None for sources without samples."""
    with row:
        options, small = _controls(TISSUES, pool is not None)
    answer = _answer(symbols, pool)
    if answer is None:
        return
    p = gene_recipe.told(answer.value, answer.provenance)
    table, hidden = groups.visible(answer.value, small)
    drawing = drawn.heatmap(table, p.unit, options, ROW)
    words = f"{len(drawing.tissues)} {ROW}{'s' if len(drawing.tissues) != 1 else ''}" + (
        f" of {samples_choice.words(pool)}" if pool else ""
    )
    recipe = heatmap_recipe.recipe(drawing, options, view.options(), p, entered, words, hidden)
    _show(drawing, recipe, " ".join(filter(None, (drawing.few_note, groups.hidden_note(hidden)))))


def _answer(symbols: list[str], pool: Pool | None) -> Answer[pd.DataFrame] | None:
    """The genes over tissues, None after a cancel."""
    if pool is None:
        return fetching.profiles(source, symbols, species)
    return api.tissue_profiles(source.key, symbols, species, choice=Choice(pool))


def _of_samples(symbols: list[str], entered: int, pool: Pool, row: DeltaGenerator) -> None:
    """Genes x chosen samples, z against these samples."""
    first = api.tissue_profiles(source.key, symbols[:1], species, choice=Choice(pool))
    counted = first.value
    with row:
        chosen = heatmap_samples.picker(counted)
        options, _ = _controls(SAMPLES, True)
    samples = heatmap_samples.of(chosen, source.key, symbols[0], species, pool, counted).check(len(symbols))
    answer = heatmap_samples.values(samples, source.key, symbols, species)
    drawing = drawn.sample_heatmap(answer.value, answer.provenance.unit, options)
    threshold = (note for note in first.provenance.notes if "single-cell-like" in note)
    p = heatmap_recipe.against_samples(answer.provenance.noting(*threshold), len(drawing.tissues))
    words = f"{len(drawing.tissues)} samples ({samples.words})"
    recipe = heatmap_recipe.recipe(drawing, options, view.options(), p, entered, words)
    told = f"Columns: {samples.words}. z is against these {len(drawing.tissues):,} samples, gene by gene."
    if not drawing.is_named:
        told += f" Samples are named up to {drawn.NAMED_SAMPLES}; hover the coloured bar for each."
    _show(drawing, recipe, told)


def _show(drawing: drawn.HeatmapDrawing, recipe: Recipe, told: str) -> None:
    """The figure with its legend, files and table, and the way to a gene."""
    cards.stale(recipe.provenance)
    figure = heatmap_chart.heatmap(drawing, cards.is_dark())
    alt = f"{recipe.legend} Rows from top: {', '.join(drawing.genes[:8])}"
    _open(cards.chart(figure, "heatmap", alt, on_select="rerun", selection_mode="points"))
    st.html(heatmap_chart.system_legend(drawing))
    if told:
        st.caption(cards.plain(told))
    table = drawing.table().rename(columns={"value": recipe.provenance.unit})
    if drawing.is_z_alone:
        table = table.drop(columns=recipe.provenance.unit)
    cards.foot(
        recipe,
        table,
        lambda footer: publication_heatmap.heatmap(drawing, "", f"{told}\n{footer}", recipe.simulated),
        "heatmap",
    )
    _to_gene(drawing)
    cards.table_twin(table, "heatmap")


def _to_gene(drawing: drawn.HeatmapDrawing) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            "Open a gene",
            drawing.genes,
            key="open",
            index=None,
            placeholder="Choose a gene",
            width=220,
            on_change=_go,
        )
        words = "Click a gene's name in the figure, or choose it here, to open its profile."
        if len(drawing.genes) > heatmap_chart.NAMED_GENES:
            words += f" The figure writes names up to {heatmap_chart.NAMED_GENES} genes; the PDF and SVG hold all."
        st.caption(words)


def _go() -> None:
    st.session_state["_open_gene"] = st.session_state.get("open")


chosen = st.session_state.pop("_open_gene", None)
if chosen:
    view.switch(sidebar.file("gene"), _profile(chosen))

st.markdown(f"## Many genes across {ROW}s")
with cards.guard():
    example = api.usual_genes(source.key, tuple(EXAMPLE.split(",")), genes_here.MAPPED)
    names = gene_list.in_force(list(example), source.key, species)
    if not names:
        raise BadInput("There is no gene to draw.", "Open “Genes”, paste a list and press Draw.")
    triaged = api.triage(names, species, source.key).value
    usable = list(triaged.loc[triaged["use"], "gene"])
    gene_list.outcome(triaged)
    if len(usable) > api.MAX_GENES:
        raise TooLarge(
            f"{len(usable):,} genes; a heatmap draws up to {api.MAX_GENES}.",
            "Open “Genes” and shorten the list.",
        )
    if usable:
        _draw(usable, len(names))
    else:
        none = "None of these names is a gene of this source."
        cards.tell(BadInput(none, "Open “Genes” and see what each name was read as."))
        genes_here.offer_map(source.key)
