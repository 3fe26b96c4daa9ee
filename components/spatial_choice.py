"""The controls of a section: which one, genes, groups, scale; and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from backend import api
from backend.model import Section, Spots
from components import grouping, inputs, spatial_drawn, spatial_groups, view
from components.drawn import BY_VALUE
from components.spatial_drawn import AUTOMATIC, EVERY, EXPRESSION, GROUPS, RASTER, Look

MOST_GENES = 2
CLIPS = {"95": "Percentile 95", "99": "Percentile 99", "99.9": "Percentile 99.9", "100": "The maximum"}
WAYS = {AUTOMATIC: "Automatic", EVERY: "Every spot", RASTER: "Raster of cells"}
WAYS_HELP = (
    f"Automatic draws every spot up to {spatial_drawn.MOST_SPOTS:,}, and cells with the mean of their spots above that."
)
SIZE_HELP = "1: neighbours touch. Cells of a raster have no size of their own."


@dataclass(frozen=True)
class Asked:
    """What is drawn: a section, one or two genes, key of the grouping and of the scale ("" for the usual ones)."""

    section: Section
    genes: tuple[str, ...]
    by: str
    scale: str


def section(found: tuple[Section, ...]) -> Section:
    """The section: that of the address, else the source in force where it is one, else the first that works."""
    by_key = {one.key: one for one in found}
    usable = [one.key for one in found if one.problem is None] or list(by_key)
    source = view.current(inputs.SOURCE) or ""
    first = source if source in by_key else usable[0]
    names = inputs.source_names({key: one.title for key, one in by_key.items()})
    key = inputs.choice("Section", inputs.SECTION, list(by_key), first, names, width=185)
    return by_key[key]


def asked(chosen: Section) -> Asked:
    """Genes, groups and scale of a section, in the slim row."""
    usual = api.usual_genes(chosen.key, ())
    with st.container(width=225):
        genes = inputs.genes("Genes, one or two", inputs.GENE, chosen.key, chosen.species, usual, MOST_GENES)
    by = _one("Group by", inputs.BY, _groupings(chosen))
    scale = _one("Scale", inputs.SCALE, {one.key: one.title for one in api.spot_scales(chosen.key)})
    return Asked(chosen, genes, by, scale)


def _groupings(chosen: Section) -> dict[str, str]:
    """What the spots can be grouped by: key -> words."""
    if not grouping.is_there(chosen.key):
        return {}
    found = api.spot_groupings(chosen.key, chosen.species).value
    return {one.key: f"{one.title} ({len(one.groups)})" for one in found}


def _one(label: str, key: str, offered: dict[str, str]) -> str:
    """One of what is offered, the first one usually; "" and no control where nothing is."""
    if not offered:
        return ""
    return inputs.choice(label, key, list(offered), next(iter(offered)), offered, width=130)


def colour(spots: Spots) -> str:
    """Whether spots show the genes or their groups."""
    if not spots.by or spots.table["x"].isna().all():
        return EXPRESSION
    names = {EXPRESSION: "Gene", GROUPS: "Groups"}
    return inputs.segments("Colours", inputs.COLOUR, [EXPRESSION, GROUPS], EXPRESSION, names)


def look(spots: Spots, colours: str) -> Look:
    """The rarer options of the figure, for a popover."""
    how = inputs.choice("Draw", inputs.DRAWN_AS, list(WAYS), AUTOMATIC, WAYS, help=WAYS_HELP)
    clip = "100"
    if colours == EXPRESSION:
        clip = inputs.choice("Colours end at", inputs.CLIP, list(CLIPS), "99", CLIPS)
    size = inputs.number("Spot size", inputs.SPOT_SIZE, 0.25, 4.0, 1.0, 0.25, help=SIZE_HELP)
    several = len(spots.genes) > 1 and colours == EXPRESSION
    common = several and inputs.switch("One colour scale for both genes", inputs.ONE_SCALE, False)
    turned = inputs.switch("y grows downwards, as in images", inputs.Y_DOWN, spots.image)
    return Look(colours, how, float(clip), common, turned, size)


def order(spots: Spots) -> str:
    """How the groups are sorted."""
    if not spots.by:
        return BY_VALUE
    return inputs.choice("Sort groups by", inputs.SORT, list(spatial_groups.ORDERS), BY_VALUE, spatial_groups.ORDERS)


def absent_as_0(spots: Spots) -> bool:
    """Whether spots that are not listed count as 0; asked only where an answer lists a part of them."""
    if spots.n_told is None:
        return False
    return inputs.switch("Treat absent spots as 0", inputs.ABSENT_AS_0, False)
