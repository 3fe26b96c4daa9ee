"""All data sets: one search over every catalogue, or one catalogue page by page."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import Answer, CatalogueInfo, CataloguePage
from components import cards, inputs, view
from components.catalogues import group

PLACEHOLDER = "Title, accession, organism or other words: liver mouse"
HELP = (
    "On this machine every word has to stand somewhere in what is known of a data set. Services search in their own "
    "way: ODM finds synonyms too, and takes AND, OR and NOT."
)
LEFT_ALONE = 60.0  # seconds for which a service that failed is not asked again by itself
Outcome = Answer[CataloguePage] | ExpronautError


def draw() -> None:
    """The whole part."""
    infos = {info.name: info for info in api.catalogues()}
    chosen = view.one(inputs.CATALOGUE, "", lambda name: _among(name, infos))
    text = inputs.text("Search", inputs.SEARCH, placeholder=PLACEHOLDER, max_chars=300, help=HELP, type="search")
    if chosen and infos[chosen].problem is None:
        _leave()
        with cards.guard():
            _one(infos[chosen], text)
    else:
        _all(list(infos.values()), text)


def _among(name: str, infos: dict[str, CatalogueInfo]) -> str:
    if name not in infos:
        raise ValueError(name)
    return name


def _all(infos: Sequence[CatalogueInfo], text: str) -> None:
    usable = [info for info in infos if info.problem is None]
    for info in usable:
        if not info.live:
            with st.container(gap="small", key=f"catalogue-{info.name}"), cards.guard():
                group.draw(info, api.search_catalogue(info.name, text), text)
    _services([info for info in usable if info.live], text)
    for info in infos:
        if info.problem is not None:
            st.caption(cards.plain(info.problem))


def _services(infos: Sequence[CatalogueInfo], text: str) -> None:
    """Services side by side, each drawn as soon as it answers."""
    places = {info.name: st.container(gap="small", key=f"catalogue-{info.name}") for info in infos}
    asking = {name: place.empty() for name, place in places.items()}
    known = {info.name: info for info in infos}

    def found(name: str, outcome: Outcome) -> None:
        asking[name].empty()
        with places[name]:
            _outcome(known[name], outcome, text)

    asked = []
    for info in infos:
        if (error := _failed_lately(info.name, text)) is not None:
            found(info.name, error)
        else:
            asking[info.name].caption(cards.plain(f"Asking {info.title} …"))
            asked.append(info.name)
    if asked:
        waiting = st.empty()
        api.search_catalogues(asked, text, found, lambda done, of: _wait(waiting, done, of))
        waiting.empty()


def _wait(place: Any, done: int, of: int) -> None:
    """Each call lets a click of the user end the waiting."""
    place.caption(f"{done} of {of} services have answered." if of > 1 else "Waiting for the service.")


def _outcome(info: CatalogueInfo, outcome: Outcome, text: str) -> None:
    if isinstance(outcome, ExpronautError) and api.download_room().offline:
        st.caption(cards.plain(f"{info.title}: {outcome.message}"))  # nothing went wrong
    elif isinstance(outcome, ExpronautError):
        _failures().setdefault((info.name, text), (time.monotonic(), outcome))
        group.failed(info, outcome, lambda: _failures().pop((info.name, text), None))
    else:
        _failures().pop((info.name, text), None)
        with cards.guard():
            group.draw(info, outcome, text)


def _failures() -> dict[tuple[str, str], tuple[float, ExpronautError]]:
    """(catalogue, words) -> when and how it failed in this session, of those that are still left alone."""
    kept: dict[tuple[str, str], tuple[float, ExpronautError]]
    kept = st.session_state.setdefault(inputs.CATALOGUES_FAILED, {})
    for key in [key for key, (when, _) in kept.items() if time.monotonic() - when >= LEFT_ALONE]:
        del kept[key]
    return kept


def _failed_lately(name: str, text: str) -> ExpronautError | None:
    return _failures().get((name, text), (0.0, None))[1]


def _leave() -> None:
    changes: dict[str, list[str]] = {inputs.CATALOGUE: [], inputs.PAGE: []}
    label = {"key": "catalogue-leave", "type": "tertiary", "icon": ":material/arrow_back:"}
    st.button("All catalogues", on_click=view.write_all, args=(changes,), **label)


def _one(info: CatalogueInfo, text: str) -> None:
    """One catalogue, page by page."""
    number = inputs.page()
    if info.live:
        with st.spinner(f"Asking {cards.plain(info.title)}", show_time=True):
            answer = api.search_catalogue(info.name, text, number)
    else:
        answer = api.search_catalogue(info.name, text, number)
    found = answer.value
    group.heading(info, found)
    cards.stale(answer.provenance)
    if found.entries:
        group.grid(found.entries, info.name)
    elif number > 1:
        st.info(f"There is no page {number:,}.", icon=":material/search_off:")
        st.button("First page", key="catalogue-first", on_click=view.write, args=(inputs.PAGE, None))
    else:
        group.none(info, text)
    if found.pages > 1 and number <= found.pages:
        st.pagination(found.pages, key=inputs.PAGE, on_change=view.changed, args=(inputs.PAGE, 1))
    st.caption(cards.provenance_line(answer.provenance))
    cards.notes([note for note in answer.provenance.notes if not note.startswith("Stale: ")])
