"""A card: an answer with its guard, its provenance line, its downloads and how to cite it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from matplotlib.figure import Figure as PaperFigure
from plotly.graph_objects import Figure

from backend import api
from backend.errors import (
    BadInput,
    ExpronautError,
    NotConfigured,
    NotFound,
    RateLimited,
    TooLarge,
    Unavailable,
)
from backend.model import Provenance
from backend.recipe import Recipe
from components import charts, downloads, inputs, view

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@])")
PAGES = Path(__file__).resolve().parent.parent / "pages"
WARNING = "Warning: "  # how notes begin that stand above a figure
DATASETS = PAGES / "datasets.py"
_ICONS = {NotFound: "search_off", NotConfigured: "settings", BadInput: "edit", TooLarge: "straighten"}


def plain(text: object) -> str:
    """Text that a user or a file gave, escaped so that Markdown shows it as it is."""
    return _MARKDOWN.sub(r"\\\1", " ".join(str(text).split()))


def plain_inline(text: str) -> str:
    """The same for a piece of a line: spaces at its ends stay."""
    return _MARKDOWN.sub(r"\\\1", text)


@contextmanager
def guard() -> Iterator[None]:
    """One message for a failure of our tree; the rest of the page stands."""
    try:
        yield
    except ExpronautError as error:
        tell(error)


def tell(error: ExpronautError, again: bool = True) -> None:
    """What happened and the next step, in one box. again: whether another run of the page may help."""
    words = f"{plain(error.message)} {plain(error.hint)}".strip()
    if isinstance(error, RateLimited | Unavailable):
        st.warning(words, icon=":material/cloud_off:")
        if again:
            _next_steps()
    elif isinstance(error, NotFound | NotConfigured | BadInput | TooLarge):
        st.info(words, icon=f":material/{_ICONS[type(error)]}:")
        if isinstance(error, NotConfigured) and DATASETS.is_file():
            params = view.carried({inputs.PART: ["files"]}, inputs.SOURCE, inputs.SPECIES)
            st.page_link(DATASETS, label="Files and indexes", icon=":material/database:", query_params=params)
    else:
        st.error(words, icon=":material/error:")


def _next_steps() -> None:
    """Once on a page, where a service does not answer: try again, or see the data of this machine."""
    if st.session_state.get(inputs.OFFERED_AGAIN):
        return
    st.session_state[inputs.OFFERED_AGAIN] = True
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Try again", key="try-again", icon=":material/refresh:")  # any click runs the page again
        if st.session_state[inputs.SOURCE_INFO].kind == "live" and _is_local_species():
            st.page_link(
                PAGES / f"{(view.page() or 'home').replace('-', '_')}.py",
                label="Use local data instead",
                icon=":material/database:",
                query_params=view.without(inputs.SOURCE, inputs.SPECIES, inputs.WITHIN, inputs.PAIR, inputs.REGEX),
            )


def _is_local_species() -> bool:
    """Whether the default source has the species in force too."""
    local = next(info for info in api.sources().value if info.key == api.DEFAULT_SOURCE)
    return view.current(inputs.SPECIES) in (None, *local.species)


def unexpected() -> None:
    """What a user reads when nobody expected the failure; the details are in the server's log."""
    st.error(
        "This view could not be drawn. Reload the page, or start again from Home; the details are in the server's log.",
        icon=":material/error:",
    )


def tell_ignored() -> None:
    """Say which parts of the link could not be used."""
    for sentence in view.ignored():
        st.info(plain(sentence), icon=":material/link_off:")


def with_unit(p: Provenance, unit: str, transform: str) -> Provenance:
    """The provenance of numbers that a figure shows in another unit."""
    return dataclasses.replace(p, unit=unit, transform=transform)


def without_z(p: Provenance) -> Provenance:
    """The provenance of a figure that draws no z."""
    notes = tuple(note for note in p.notes if not note.startswith("z = "))
    return dataclasses.replace(p, z_reference="", notes=notes)


def is_dark() -> bool:
    """Whether the viewer's theme is dark."""
    return st.context.theme.type == "dark"


def chart(figure: Figure, key: str, alt: str, of_source: bool = True, **extra: Any) -> Any:
    """A Plotly figure with our own colours, no mode bar, and a text for screen readers.

    Figures of a source with simulated data are marked, whatever they show. of_source: whether the numbers are those of
    the source in force.
    """
    if of_source and st.session_state[inputs.SOURCE_INFO].kind == "simulated":
        figure, alt = charts.marked_simulated(figure, is_dark()), f"SIMULATED DATA. {alt}"
    config = {"displayModeBar": False, "scrollZoom": False, "doubleClick": "reset", "responsive": True}
    return st.plotly_chart(figure, key=key, theme=None, alt=alt, config=config, **extra)


def foot(
    recipe: Recipe,
    table: pd.DataFrame,
    paper: Callable[[str], PaperFigure],
    key: str,
    extras: Sequence[downloads.Extra] = (),
    narrow: bool = False,
    again: bool = False,
) -> None:
    """Under a figure: the provenance line, its notes, downloads and how to cite; below each other when narrow.

    again: the notes stand under another figure of the page already; the files hold them all the same.
    """
    line, files = (st.container(), st.container()) if narrow else st.columns([2.4, 1], gap="small")
    line.caption(provenance_line(recipe.provenance))
    with files.popover("Download and cite", icon=":material/download:", key=f"{key}-foot", width="stretch"):
        downloads.files(recipe, table, paper, key, extras)
        downloads.words(recipe)
    if not again:
        notes(recipe.provenance.notes)


def notes(sentences: Sequence[str], most: int = 4) -> None:
    """Notes of an answer in full sentences; many are folded, and every file holds them all. Warnings stand above."""
    sentences = [sentence for sentence in sentences if not sentence.startswith(WARNING)]
    for sentence in sentences[:most]:
        st.caption(plain(sentence))
    if len(sentences) > most:
        with st.expander(f"{len(sentences) - most:,} more note{'s' if len(sentences) > most + 1 else ''}"):
            st.markdown("\n".join(f"- {plain(sentence)}" for sentence in sentences[most:]))


def provenance_line(p: Provenance) -> str:
    """Source, version, kind, n, unit, reference and age in one line."""
    parts = [
        "**SIMULATED DATA**" if p.kind == "simulated" else "",
        f"{p.title} {p.version}",
        p.unit,
        f"n = {p.n:,}" if p.n is not None else "",
        f"z against {p.z_reference}" if p.z_reference else "",
        _age(p),
        p.licence,
    ]
    return " · ".join(part if part.startswith("**") else plain(part) for part in parts if part)


def stale(p: Provenance) -> None:
    """Above a figure: that its numbers are older than they should be, and how old; and what its source warns of."""
    _warn(p)
    if p.stale:
        why = next((note for note in p.notes if note.startswith("Stale: ")), "")
        reason = why.removeprefix("Stale: ")
        words = f"{p.title} does not answer now; these are its numbers of {_ago(p)} ago."
        st.warning(plain(f"{words} {reason[:1].upper()}{reason[1:]}"), icon=":material/history:")
        info = st.session_state[inputs.SOURCE_INFO]
        if info.kind == "live" and info.key == p.source:
            _next_steps()


def _warn(p: Provenance) -> None:
    """What a source warns of, each sentence once on a page."""
    told = st.session_state.setdefault(inputs.WARNED, [])
    new = [note for note in p.notes if note.startswith(WARNING) and note not in told]
    told += new
    if new:
        words = "\n\n".join(plain(note.removeprefix(WARNING)) for note in new)
        st.warning(words, icon=":material/warning:")


def waiting(words: str) -> AbstractContextManager[None]:
    """While the block lasts, what is waited for; nothing for a source of this machine."""
    live = st.session_state[inputs.SOURCE_INFO].kind == "live"
    return st.spinner(words, show_time=True) if live else nullcontext()


def _age(p: Provenance) -> str:
    if p.held or p.kind == "real":
        return p.held or "bundled"
    return f"{'stale, ' if p.stale else ''}fetched {_ago(p)} ago"


def _ago(p: Provenance) -> str:
    minutes = int((datetime.now(UTC) - p.fetched_at).total_seconds() // 60)
    return f"{minutes // 1440} d" if minutes >= 1440 else f"{minutes // 60} h" if minutes >= 60 else f"{minutes} min"


def table_twin(
    table: pd.DataFrame, key: str, formats: dict[str, Any] | None = None, height: int | str = "auto"
) -> None:
    """The drawn numbers as a table below the figure."""
    with st.expander("Table of the numbers drawn", icon=":material/table:", key=f"{key}-twin"):
        st.dataframe(table, hide_index=True, column_config=formats, height=height, key=f"{key}-table")
