"""The samples behind one box: a tissue chosen or clicked, a strip of its samples, their table and files."""

from __future__ import annotations

import re

import pandas as pd
import streamlit as st

from backend import api
from backend.model import Provenance, Species
from backend.recipe import Recipe, genes_phrase
from components import box_charts, cards, groups, inputs, publication_boxes, view
from components.samples_choice import Chosen

_GEO = re.compile(r"^(GSM|GSE)\d+$")
_ADDRESS = "https://www.ncbi.nlm.nih.gov/geo/query/acc.cgi?acc="


def has_points(source: str) -> bool:
    """Whether the source can be asked for the samples of a tissue."""
    return api.has(source, "Points of a tissue")


def remember() -> None:
    """Count the chosen tissue among the options of the profile's link, which is made before the tissue is read."""
    if asked := view.values(inputs.POINTS):
        view.told(inputs.POINTS, asked[:1])


def clicked(key: str) -> None:
    """Callback of a profile figure: a click on a row chooses its tissue."""
    event = st.session_state.get(key)
    for point in event["selection"]["points"] if event else []:
        found = point.get("customdata")
        tissue = found[-1] if isinstance(found, list | tuple) else found
        if isinstance(tissue, str):
            view.write(inputs.POINTS, tissue)


def section(source: str, genes: list[str], species: Species, chosen: Chosen, table: pd.DataFrame) -> None:
    """The tissue to look into, and its samples once there is one. table: the profile, small tissues left out."""
    st.subheader("Samples of a tissue")
    rows = table[(table["gene"] == genes[0]) & (groups.kinds(table) != groups.COHORT)]
    names = dict(zip(rows["tissue"], groups.labels(rows), strict=True))
    order = ["", *sorted(names, key=str.casefold)]
    tissue = inputs.choice(
        "Tissue", inputs.POINTS, order, "", {"": "Choose one, or click it in the figure"} | names, width=330
    )
    if tissue:
        _strips(source, genes, species, chosen, tissue)


def _strips(source: str, genes: list[str], species: Species, chosen: Chosen, tissue: str) -> None:
    answers = [api.points(source, gene, tissue, species, chosen.pool) for gene in genes]
    points = pd.concat(
        [answer.value.assign(gene=gene) for gene, answer in zip(genes, answers, strict=True)], ignore_index=True
    )
    p = answers[0].provenance
    recipe = _recipe(points, genes, chosen, tissue, p)
    alt = f"{recipe.legend} Medians: {', '.join(f'{gene} {value:.2f}' for gene, value in _medians(points).items())}"
    cards.chart(box_charts.strips(points, p.unit, cards.is_dark()), "tissue-points", alt)
    title = f"{tissue}, n = {points['sample'].nunique():,}"
    first = ["gene", "sample", "series", "title", "value"]
    numbers = points[first].rename(columns={"value": p.unit})
    cards.foot(
        recipe,
        numbers,
        lambda footer: publication_boxes.strips(points, p.unit, title, footer, recipe.simulated),
        "tissue-points",
    )
    cards.table_twin(_linked(numbers), "tissue-points", _links(numbers), height=300)


def _recipe(points: pd.DataFrame, genes: list[str], chosen: Chosen, tissue: str, p: Provenance) -> Recipe:
    count, series = points["sample"].nunique(), points["series"].replace("", pd.NA).nunique()
    drawn = next((note for note in p.notes if "drawn at random" in note), "")
    legend = (
        f"{genes_phrase(genes)} in {count:,} {chosen.words} of {tissue} in {series:,} series ({p.species}): each point "
        f"is a sample, the line their median, in {p.unit}. {drawn}"
    ).strip()
    steps = ("Each value was computed from the sample's own counts.", drawn)
    return Recipe("gene", f"samples-{tissue}", "-".join(genes), view.options(), p, legend, tuple(filter(None, steps)))


def _medians(points: pd.DataFrame) -> dict[str, float]:
    return {str(gene): float(part["value"].median()) for gene, part in points.groupby("gene", sort=False)}


def _linked(table: pd.DataFrame) -> pd.DataFrame:
    """Accessions of GEO as addresses; others stay as they are."""
    return table.assign(**{name: [_address(str(cell)) for cell in table[name]] for name in ("sample", "series")})


def _address(name: str) -> str:
    return f"{_ADDRESS}{name}" if _GEO.match(name) else name


def _links(table: pd.DataFrame) -> dict[str, object]:
    """Columns of accessions as links that show the accession, where all of the column are GEO's."""
    link = st.column_config.LinkColumn(display_text=r"acc=(.*)$")
    return {name: link for name in ("sample", "series") if table[name].map(lambda cell: bool(_GEO.match(cell))).all()}
