"""What the figures of a section show, in words: legends, steps, provenance. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from backend.model import Provenance, Spots
from backend.recipe import Recipe, genes_phrase
from components import spatial_drawn, spatial_groups
from components.drawn import BY_NAME
from components.spatial_drawn import Drawing
from components.spatial_groups import Distribution

Params = tuple[tuple[str, str], ...]
PAGE = "spatial"
NEIGHBOURS = "Neighbouring spots resemble each other, so they are not independent: no p-value is given."


def section(drawing: Drawing, title: str, params: Params, p: Provenance) -> Recipe:
    """Of the section. title: of the section, in words."""
    groups = drawing.look.colour == spatial_drawn.GROUPS
    what = f"Groups by {drawing.by}" if groups else f"Expression of {genes_phrase(list(drawing.genes))}"
    pieces = [f"{what} over {drawing.n:,} spots of {title} ({p.species}).", drawing.told()]
    if not groups:
        pieces += [_scale(drawing), "Grey: not measured." if drawing.missing() else ""]
    if drawing.look.turned:
        pieces.append("y grows downwards.")
    if groups:
        p = dataclasses.replace(p, unit="", transform="")
    steps = [f"{drawing.unplaced:,} spots without a position are not drawn."] if drawing.unplaced else []
    if not drawing.exact and not groups:
        steps.append("Each cell shows the mean of its spots that were measured; the data file holds cells.")
    return _recipe("section", drawing.genes, params, p, pieces, steps)


def _scale(drawing: Drawing) -> str:
    """How the colours are to be read."""
    clip = spatial_drawn.clip_words(drawing.look)
    said = [f"Colours go {clip} of all spots."] if clip and any(drawing.clipped) else []
    if drawing.panels > 1:
        said.append("Both genes share one colour scale." if drawing.look.common else "Each gene has its own colours.")
    return " ".join(said)


def distribution(
    shown: Sequence[Distribution], spots: Spots, order: str, title: str, params: Params, p: Provenance
) -> Recipe:
    """Of the boxes."""
    genes = [one.gene for one in shown]
    across = f"groups by {spots.by}, sorted by {spatial_groups.ORDERS[order].lower()}" if spots.by else "all spots"
    pieces = [f"{genes_phrase(genes)} in {across}, of {title} ({p.species}).", spatial_groups.KEY, points(shown)]
    steps = ["The share above 0 and all numbers are over the spots that were measured."]
    if order == BY_NAME:
        pieces[0] = pieces[0].replace("sorted by group", "in the order of the groups")
    if shown[0].as_0:
        steps.append("Spots that the answer does not list count as 0.")
    return _recipe("groups", genes, params, p, pieces, steps)


def points(shown: Sequence[Distribution]) -> str:
    """Which spots are drawn as points."""
    first = shown[0]
    if not first.sampled:
        return "Points: spots."
    n = int(first.table["n"].iloc[0]) - first.zeros
    return f"Points: {len(first.points):,} of {n:,} spots, drawn at random."


def correlation(r: float, n: int, genes: Sequence[str], p: Provenance) -> str:
    """r of two genes across spots, in a sentence."""
    return f"Pearson r = {r:.3f} of {genes[0]} and {genes[1]} across {n:,} spots measured for both, in {p.unit}."


def _recipe(
    kind: str, genes: Sequence[str], params: Params, p: Provenance, pieces: Sequence[str], steps: Sequence[str]
) -> Recipe:
    legend = " ".join(piece for piece in pieces if piece)
    return Recipe(PAGE, kind, "-".join(genes), params, p, legend, tuple(steps))
