"""Heatmap: a pasted or uploaded gene list across tissues, sorted out before it is drawn."""

import streamlit as st

from backend import api
from backend.errors import BadInput, TooLarge
from backend.model import Answer
from backend.recipe import Recipe, genes_phrase
from components import cards, drawn, gene_list, heatmap_chart, inputs, publication_heatmap, sidebar, view

EXAMPLE = "ALB,INS,TG,PRM1,UMOD,SFTPC,MYH6,GFAP,KRT5,LIPF,CD3E,CD19,SLC4A1,MPO,CRYAA,KLK3,CGA,PLP1,ACTA1,NPPA"
LINKAGES = {"average": "Average", "complete": "Complete", "single": "Single", "ward": "Ward (Euclidean only)"}
METRICS = {"pearson": "1 − Pearson", "spearman": "1 − Spearman", "euclidean": "Euclidean", "cosine": "Cosine"}
TOPS = ("10", "20", "30", inputs.ALL)

source, species = sidebar.in_force()


def _controls() -> drawn.HeatmapOptions:
    """The slim row above the figure; linkage, metric and clip in a popover."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        top = inputs.choice(
            "Tissues",
            inputs.TOP,
            TOPS,
            inputs.ALL,
            {t: f"Top {t} by |z|" for t in TOPS[:-1]} | {inputs.ALL: "All"},
            width=150,
        )
        genes = inputs.switch("Cluster genes", inputs.CLUSTER_GENES, True)
        tissues = inputs.switch("Cluster tissues", inputs.CLUSTER_TISSUES, True)
        with st.popover("Clustering and colours", icon=":material/tune:"):
            linkage = inputs.choice("Linkage", inputs.LINKAGE, list(LINKAGES), "average", LINKAGES)
            metric = inputs.choice("Distance", inputs.METRIC, list(METRICS), "pearson", METRICS)
            clip = inputs.number("Clip z at ±", inputs.CLIP, 1.0, 7.0, 3.0, 0.5)
    return drawn.HeatmapOptions(None if top == inputs.ALL else int(top), genes, tissues, linkage, metric, clip)


def _recipe(drawing: drawn.HeatmapDrawing, options: drawn.HeatmapOptions, answer: Answer, entered: int) -> Recipe:
    lines = (("genes", drawing.row_lines), ("tissues", drawing.column_lines))  # too few rows are not clustered
    clustered = [name for name, tree in lines if tree]
    how = (
        f"{' and '.join(clustered).capitalize()} clustered by {options.linkage} linkage of "
        f"{METRICS[options.metric]} distances of z with optimal leaf order."
        if clustered
        else "Genes as entered, tissues in the source's order."
    )
    chosen = "" if options.top is None else "the tissues of largest |z|, "
    legend = (
        f"Heatmap of {genes_phrase(sorted(drawing.genes))} over {len(drawing.tissues)} tissues ({species}): "
        f"{chosen}z-score of "
        f"{answer.provenance.unit}, clipped at ±{options.clip:g}; grey: not measured, or the same value "
        f"everywhere. {how}"
    )
    steps = ("z = (tissue value − reference mean) / reference SD, gene by gene.", how)
    if clustered:
        steps += ("For the distances only, missing values were replaced by the row's mean.",)
    subject = genes_phrase(drawing.genes, 3).replace(" and ", "-").replace(", ", "-").replace(" ", "-")
    count = "1 gene is" if len(drawing.genes) == 1 else f"{len(drawing.genes)} genes are"
    p = answer.provenance.noting(f"{entered} name{'s' if entered != 1 else ''} entered, {count} drawn.")
    return Recipe("heatmap", "heatmap", subject, view.options(), p, legend, steps)


def _profile(gene: str) -> dict[str, list[str]]:
    """The options of a gene's page, under the source and species in force."""
    return view.carried({inputs.GENE: [gene]}, inputs.SOURCE, inputs.SPECIES)


def _open(event: dict) -> None:
    """A click on a gene's name opens its profile."""
    points = event["selection"]["points"] if event else []
    for point in points:
        gene = point.get("customdata")
        gene = gene[0] if isinstance(gene, list | tuple) else gene
        if isinstance(gene, str):
            view.switch(sidebar.file("gene"), _profile(gene))


def _draw(symbols: list[str], entered: int) -> None:
    options = _controls()
    answer = api.tissue_profiles(source.key, symbols, species)
    drawing = drawn.heatmap(answer.value, answer.provenance.unit, options)
    recipe = _recipe(drawing, options, answer, entered)
    figure = heatmap_chart.heatmap(drawing, cards.is_dark())
    alt = f"{recipe.legend} Rows from top: {', '.join(drawing.genes[:8])}"
    _open(cards.chart(figure, "heatmap", alt, on_select="rerun", selection_mode="points"))
    st.html(heatmap_chart.system_legend(drawing))
    table = drawing.table().rename(columns={"value": answer.provenance.unit})
    cards.foot(
        recipe,
        table,
        lambda footer: publication_heatmap.heatmap(drawing, "", footer, recipe.simulated),
        "heatmap",
    )
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
    cards.table_twin(table, "heatmap")


def _go() -> None:
    st.session_state["_open_gene"] = st.session_state.get("open")


chosen = st.session_state.pop("_open_gene", None)
if chosen:
    view.switch(sidebar.file("gene"), _profile(chosen))

st.markdown("## Many genes across tissues")
with cards.guard():
    names = view.unpacked(view.hidden(inputs.GENES, EXAMPLE))
    gene_list.editor(names, source.key, species)
    if not names:
        raise BadInput("There is no gene to draw.", "Open “Genes”, paste a list and press Draw.")
    triaged = api.triage(names, species, source.key).value
    usable = list(triaged.loc[triaged["use"], "gene"])
    gene_list.outcome(triaged)
    if not usable:
        raise BadInput(
            "None of these names is a gene of this source.",
            "Open “Genes” and see what each name was read as.",
        )
    if len(usable) > api.MAX_GENES:
        raise TooLarge(
            f"{len(usable):,} genes; a heatmap draws up to {api.MAX_GENES}.",
            "Open “Genes” and shorten the list.",
        )
    _draw(usable, len(names))
