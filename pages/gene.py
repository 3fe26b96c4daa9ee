"""Gene: one to six genes across tissues, with facts, specificity and tumour cohorts."""

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import NotFound
from backend.model import Provenance
from backend.recipe import Recipe, genes_phrase
from components import cards, charts, drawn, gene_facts, inputs, publication, sidebar, view

MEASURES = {drawn.Z: "z-score", drawn.LOG: "Log value", drawn.LINEAR: "Linear value", drawn.BOX: "Box plot"}
ORDERS = {drawn.BY_VALUE: "Value", drawn.BY_NAME: "Name", drawn.BY_SYSTEM: "Organ system"}
TOPS = ("10", "25", inputs.ALL)

source, species = sidebar.in_force()


def _controls(systems: list[str], has_boxes: bool) -> tuple[str, str, int | None, tuple[str, ...]]:
    """The slim row above the figure: measure, top N, order; the organ systems in a popover."""
    measures = [m for m in MEASURES if m != drawn.BOX or has_boxes]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        measure = inputs.segments("Show", inputs.MEASURE, measures, drawn.Z, MEASURES)
        top = inputs.choice(
            "Tissues", inputs.TOP, TOPS, "25", {"10": "Top 10", "25": "Top 25", inputs.ALL: "All"}, width=110
        )
        order = inputs.choice("Sort by", inputs.SORT, list(ORDERS), drawn.BY_VALUE, ORDERS, width=150)
        with st.popover("Organ systems", icon=":material/filter_list:"):
            chosen = inputs.several("Only these systems", inputs.SYSTEM, systems, placeholder="All systems")
    return measure, order, None if top == inputs.ALL else int(top), chosen


def _axis(measure: str, p: Provenance) -> str:
    if measure == drawn.Z:
        return f"z-score of {p.unit}"
    return drawn.linear_unit(p.unit) if measure == drawn.LINEAR else p.unit


def _recipe(
    genes: list[str], measure: str, order: str, top: int | None, systems: tuple[str, ...], p: Provenance
) -> Recipe:
    shown = "all tissues" if top is None else f"the {top} tissues of highest value"
    if systems:
        shown += f" (only {', '.join(systems)})"
    what = {"z": "z-scores", "log": "log values", "linear": "linear values", "box": "distributions"}[measure]
    legend = (
        f"Expression of {genes_phrase(genes)} across tissues ({p.species}): {what} in {shown}"
        f", sorted by {ORDERS[order].lower()}."
    )
    if measure == drawn.Z:
        steps = ("z = (tissue value − reference mean) / reference SD.",)
        legend += " The line marks 0, the dotted guides z = ±2."
    else:  # the figure draws no z; the data file still holds it
        steps = (f"z in the data file is against {p.z_reference}.",)
        p = cards.without_z(p)
    if measure == drawn.LINEAR:
        p = cards.with_unit(p, drawn.linear_unit(p.unit), "none (linear)")
    return Recipe("gene", f"tissue-{measure}", "-".join(genes), view.options(), p, legend, steps)


def _figure(table: pd.DataFrame, p: Provenance) -> None:
    genes = list(dict.fromkeys(table["gene"]))
    has_boxes = {"q1", "q3"} <= set(table.columns)
    measure, order, top, systems = _controls(sorted(table["system"].unique()), has_boxes)
    shown = drawn.profile(table, measure, order, top, systems)
    count = shown["tissue"].nunique()
    recipe = _recipe(genes, measure, order, top if top == count else None, systems, p)
    axis, limits = _axis(measure, p), charts.profile_limits(shown, measure)
    if len(genes) == 1:
        left, right = st.columns([2.1, 1], gap="large")
        with left:
            _panel(shown, axis, p.unit, measure, limits)
            _foot(shown, axis, measure, recipe)
        with right, cards.guard():
            gene_facts.specificity(table, p)
    else:
        with st.grid(min_column_width=290, gap="medium"):
            for gene in genes:
                with st.container(gap="xxsmall"):
                    st.markdown(f"*{cards.plain(gene)}*")
                    _panel(shown[shown["gene"] == gene], axis, p.unit, measure, limits)
        _foot(shown, axis, measure, recipe)
        st.subheader("Specificity")
        gene_facts.specificity_table(table)


def _panel(shown: pd.DataFrame, axis: str, unit: str, measure: str, limits: tuple[float, float]) -> None:
    gene, dark = shown["gene"].iloc[0], cards.is_dark()
    if measure == drawn.BOX:
        figure = charts.profile_boxes(shown, axis, dark)
    else:
        figure = charts.profile_bars(shown, axis, unit, measure, dark, limits)
    best = shown.dropna(subset="value").nlargest(3, "value")
    tops = ", ".join(f"{row.tissue} {row.value:.3g}" for row in best.itertuples())
    cards.chart(figure, f"profile-{gene}", f"{axis} of {gene} in {len(shown)} tissues; highest: {tops}")


def _foot(shown: pd.DataFrame, axis: str, measure: str, recipe: Recipe) -> None:
    def paper(footer: str) -> publication.Figure:
        if measure == drawn.BOX:
            return publication.profile_boxes(shown, axis, "", footer, recipe.simulated)
        return publication.profile_bars(shown, axis, "", footer, measure == drawn.Z, recipe.simulated)

    columns = ["gene", "tissue", "system", "value", "z", "median"]
    numbers = shown[columns].rename(columns={"value": f"drawn: {axis}", "median": drawn_unit(recipe)})
    cards.foot(recipe, numbers, paper, "profile")
    cards.table_twin(numbers, "profile")


def drawn_unit(recipe: Recipe) -> str:
    """The name of the value column in the table and the file."""
    return recipe.provenance.unit if recipe.provenance.unit.startswith("log2(") else f"log2({recipe.provenance.unit}+1)"


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
        ("ALB",),
        inputs.MAX_GENES_SIDE_BY_SIDE,
    )
genes = _known(typed)
if not genes:
    st.info("Type a gene above, for example ALB, p53 or ENSG00000254647.", icon=":material/edit:")
else:
    if len(genes) == 1:
        with facts:
            gene_facts.heading(api.gene(source.key, genes[0], species).value)
    with cards.guard():
        answer = api.tissue_profiles(source.key, genes, species)
        _figure(answer.value, answer.provenance)
    for gene in genes[:1]:
        with cards.guard():
            _cohorts(gene)
