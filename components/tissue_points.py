"""The samples behind one box: a tissue chosen or clicked, a strip of its samples, their table and files."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import NotFound
from backend.model import Answer, Provenance, Species
from backend.recipe import Recipe, genes_phrase
from components import box_charts, cards, grouping, groups, inputs, publication_boxes, view
from components.grouping import Grouped
from components.samples_choice import Chosen

_GEO = re.compile(r"^(GSM|GSE)\d+$")
_ADDRESS = "https://www.ncbi.nlm.nih.gov/geo/query/acc.cgi?acc="


def has_points(source: str) -> bool:
    """Whether the source can be asked for the samples of a tissue, or of a group."""
    return api.has(source, "Points of a tissue") or grouping.is_there(source)


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


@dataclass(frozen=True)
class Asked:
    """Of which samples the profile is made. chosen: of a pool; grouped: of a study; the other one is None."""

    source: str
    genes: list[str]
    species: Species
    chosen: Chosen | None = None
    grouped: Grouped | None = None

    @property
    def words(self) -> str:
        """What the samples are, for a legend."""
        return self.chosen.words if self.chosen else f"{groups.column(self.source)}s"

    def points(self, tissue: str) -> Answer[pd.DataFrame]:
        """The samples of a tissue or group, for every gene: gene, sample, series, title, value."""
        if self.grouped is not None:
            answer = api.group_points(self.source, self.genes, self.species, self.grouped.by)
            own = answer.value[answer.value["tissue"] == tissue].drop(columns="tissue").reset_index(drop=True)
            if own.empty:
                what = f"{genes_phrase(self.genes)} was measured in no {groups.column(self.source)} of {tissue}."
                raise NotFound(what, "Choose another group.")
            return Answer(own, answer.provenance)
        pool = self.chosen.pool if self.chosen else "bulk"
        answers = [api.points(self.source, gene, tissue, self.species, pool) for gene in self.genes]
        tables = [answer.value.assign(gene=gene) for gene, answer in zip(self.genes, answers, strict=True)]
        return Answer(pd.concat(tables, ignore_index=True), answers[0].provenance)


def section(asked: Asked, table: pd.DataFrame) -> None:
    """The tissue to look into, and its samples once there is one. table: the profile, small tissues left out."""
    what, genes = groups.row(asked.source), asked.genes
    st.subheader(f"{groups.column(asked.source)}s of a {what}".capitalize())
    rows = table[(table["gene"] == genes[0]) & (groups.kinds(table) != groups.COHORT)]
    names = dict(zip(rows["tissue"], groups.labels(rows), strict=True))
    order = ["", *sorted(names, key=str.casefold)]
    tissue = inputs.choice(
        what.capitalize(), inputs.POINTS, order, "", {"": "Choose one, or click it in the figure"} | names, width=330
    )
    if tissue:
        _strips(asked, tissue)


def _strips(asked: Asked, tissue: str) -> None:
    answer = asked.points(tissue)
    points, p = answer.value, answer.provenance
    recipe = _recipe(points, asked, tissue, p)
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


def _recipe(points: pd.DataFrame, asked: Asked, tissue: str, p: Provenance) -> Recipe:
    genes, series = asked.genes, points["series"].replace("", pd.NA).nunique()
    where = f"of {asked.grouped.title} = {tissue}" if asked.grouped else f"of {tissue} in {series:,} series"
    drawn = next((note for note in p.notes if "drawn at random" in note), "")
    legend = (
        f"{genes_phrase(genes)} in {points['sample'].nunique():,} {asked.words} {where} ({p.species}): each point "
        f"is a {groups.column(asked.source)}, the line their median, in {p.unit}. {drawn}"
    ).strip()
    steps = ("" if asked.grouped else "Each value was computed from the sample's own counts.", drawn)
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
