"""What a heatmap shows, in words: legend and steps. Pure."""

from __future__ import annotations

from dataclasses import replace

from backend.model import Provenance
from backend.recipe import Recipe, genes_phrase
from components import gene_recipe, groups
from components.drawn import HeatmapDrawing, HeatmapOptions

LINKAGES = {"average": "Average", "complete": "Complete", "single": "Single", "ward": "Ward (Euclidean only)"}
METRICS = {"pearson": "1 − Pearson", "spearman": "1 − Spearman", "euclidean": "Euclidean", "cosine": "Cosine"}


def recipe(
    drawing: HeatmapDrawing,
    options: HeatmapOptions,
    params: tuple[tuple[str, str], ...],
    p: Provenance,
    entered: int,
    columns: str,
    hidden: int = 0,
) -> Recipe:
    """How the map came about. columns: what they are, e.g. "50 tissues". hidden: tissues of few samples left out."""
    how, clustered = _clustering(drawing, options)
    chosen = "" if options.top is None else f"the {drawing.column}s of largest |z|, "
    what = gene_recipe.z_of(p.unit)
    legend = (
        f"Heatmap of {genes_phrase(sorted(drawing.genes))} over {columns} ({p.species}): {chosen}{what}, "
        f"clipped at ±{options.clip:g}; grey: not measured, or the same value everywhere. {how}"
    )
    further = [groups.hidden_note(hidden), drawing.few_note]
    legend = " ".join([legend, *filter(None, further)])
    steps = (f"{_z_step(drawing)}, gene by gene.", how)
    if drawing.is_z_alone:
        steps = ("The z-scores are those of the service.", how)
    if clustered:
        steps += ("For the distances only, missing values were replaced by the row's mean.",)
    subject = genes_phrase(drawing.genes, 3).replace(" and ", "-").replace(", ", "-").replace(" ", "-")
    count = "1 gene is" if len(drawing.genes) == 1 else f"{len(drawing.genes)} genes are"
    p = p.noting(f"{entered} name{'s' if entered != 1 else ''} entered, {count} drawn.")
    return Recipe("heatmap", "heatmap", subject, params, p, legend, steps)


def _z_step(drawing: HeatmapDrawing) -> str:
    if drawing.column == "group":
        return "z = (mean of the group − mean of all samples) / SD of all samples"
    return f"z = ({drawing.column} value − reference mean) / reference SD"


def _clustering(drawing: HeatmapDrawing, options: HeatmapOptions) -> tuple[str, bool]:
    """The order of rows and columns in a sentence; whether any is clustered."""
    lines = (("genes", drawing.row_lines), (f"{drawing.column}s", drawing.column_lines))  # too few are not clustered
    clustered = [name for name, tree in lines if tree]
    if not clustered:
        order = f"by {drawing.band}" if drawing.column == "sample" else "in the source's order"
        return f"Genes as entered, {drawing.column}s {order}.", False
    return (
        f"{' and '.join(clustered).capitalize()} clustered by {options.linkage} linkage of "
        f"{METRICS[options.metric]} distances of z with optimal leaf order."
    ), True


def against_samples(p: Provenance, count: int) -> Provenance:
    """The provenance of a map of samples: z is against the samples drawn."""
    return replace(p, z_reference=f"the {count:,} samples drawn (population SD)", n=count)
