"""A gene over cell lines, apart from the tissues: shown when asked for, because it costs a request."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from backend import api
from backend.model import Answer, Provenance, SourceInfo, Species
from backend.recipe import Recipe
from components import box_charts, cards, charts, drawn, fetching, inputs, publication_boxes, view

NAMES = {"": "Not shown", "25": "Top 25", inputs.ALL: "All"}
KEY = "Box: first to third quartile. Line: median. Whiskers: lowest and highest value as served. n is not told."


def is_there(source: SourceInfo, species: Species) -> bool:
    """Whether the source can be asked for them."""
    return species == "human" and api.has(source.key, "Cell lines")


def remember() -> None:
    """Count the choice among the options of the profile's link, which is made before it is read."""
    if asked := view.values(inputs.LINES):
        view.told(inputs.LINES, asked[:1])


def section(source: SourceInfo, gene: str, species: Species) -> None:
    """The choice, and the boxes once they are wanted."""
    st.subheader("Cell lines, apart")
    st.caption(f"{cards.plain(gene)} in human cell lines, fetched when you ask for them. They are in no figure above.")
    chosen = inputs.segments("Cell lines", inputs.LINES, list(NAMES), "", NAMES, label_visibility="collapsed")
    if not chosen:
        return

    def ask(tell: fetching.Tell) -> Answer[pd.DataFrame]:
        del tell  # one request
        return api.cell_lines(source.key, gene, species)

    answer = fetching.watched(f"lines-{source.key}-{gene}", source.title, ask)
    if answer is not None:
        _figure(answer, gene, None if chosen == inputs.ALL else int(chosen))


def _figure(answer: Answer[pd.DataFrame], gene: str, top: int | None) -> None:
    p, of = answer.provenance, len(answer.value)
    shown = drawn.cell_lines(answer.value, gene, top)
    recipe = _recipe(shown, of, gene, p)
    cards.stale(p)
    figure = box_charts.profile_boxes(shown, p.unit, cards.is_dark(), charts.profile_limits(shown, drawn.BOX))
    tops = ", ".join(f"{row.tissue} {row.value:.3g}" for row in shown.head(3).itertuples())
    cards.chart(figure, "cell-lines", f"{p.unit} of {gene} in {len(shown)} cell lines; highest: {tops}")
    st.caption(cards.plain(KEY))
    numbers = shown.rename(columns={"tissue": "cell_line", "system": "tissue", "median": f"median: {p.unit}"})
    numbers = numbers.drop(columns="value")
    cards.foot(
        recipe,
        numbers,
        lambda footer: publication_boxes.profile_boxes(shown, p.unit, "", footer, recipe.simulated),
        "cell-lines",
    )
    cards.table_twin(numbers, "cell-lines")


def _recipe(shown: pd.DataFrame, of: int, gene: str, p: Provenance) -> Recipe:
    which = f"{of} cell lines" if len(shown) == of else f"the {len(shown)} of {of} cell lines of highest median"
    legend = f"Expression of {gene} in {which} ({p.species}), highest first. {KEY}"
    step = "Quartiles and ends of the boxes were taken as served; cell lines are not compared with tissues."
    return Recipe("gene", "cell-lines", gene, view.options(), p, legend, (step,))
