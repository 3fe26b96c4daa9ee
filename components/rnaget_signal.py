"""Signals of a region from an RNAget server: the form that asks for one, and the figure."""

from __future__ import annotations

import dataclasses

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import BadInput, ExpronautError
from backend.model import Answer, Provenance
from backend.recipe import Recipe
from components import cards, inputs, publication_signal, signal_chart, view

LONGEST = 3_000_000_000  # the largest position that can be typed
Question = tuple[str, str, str, int | None, int | None]


def section(server: str) -> None:
    """The form, and the figure once the address names a signal and a chromosome."""
    name, chromosome, start, end = _form()
    if not name and not chromosome:
        st.caption("Nothing is asked before “Draw”. Positions are counted from 0; the end is the first one left out.")
        return
    if not name or not chromosome:
        raise BadInput("A signal is named by its id and a chromosome.", "Type both, for example chr1.")
    try:
        answer = _fetched((server, name, chromosome, start, end))
    except ExpronautError as error:
        cards.tell(error, again=False)  # the button asks again
        return
    _figure(answer, name, chromosome)


def _form() -> tuple[str, str, int | None, int | None]:
    name = view.one(inputs.TRACKS_OF, "", lambda text: text.strip()[:200])
    chromosome = view.one(inputs.CHROMOSOME, "", lambda text: text.strip()[:40])
    start, end = (_position(key) for key in (inputs.START, inputs.END))
    row = {"horizontal": True, "vertical_alignment": "bottom", "gap": "small"}
    with st.form("signal-region", border=True), st.container(**row):
        st.text_input("Signal id", key=inputs.TRACKS_OF, max_chars=200, placeholder="As the server names it")
        st.text_input("Chromosome", key=inputs.CHROMOSOME, max_chars=40, placeholder="chr1", width=130)
        for label, key in (("Start", inputs.START), ("End", inputs.END)):
            st.number_input(label, 0, LONGEST, step=1, key=key, placeholder="any", width=150)
        st.form_submit_button("Draw", type="primary", icon=":material/show_chart:", on_click=_asked)
    return name, chromosome, start, end


def _position(key: str) -> int | None:
    def parse(text: str) -> int | None:
        if not text.isdecimal() or int(text) > LONGEST:
            raise ValueError(text)
        return int(text)

    found = view.one(key, None, parse, lambda at: "" if at is None else str(at))
    if found is None:
        view.told(key, [])
    return found


def _asked() -> None:
    keys = (inputs.TRACKS_OF, inputs.CHROMOSOME, inputs.START, inputs.END)
    typed = {key: st.session_state.get(key) for key in keys}
    texts = {key: "" if value is None else str(value).strip() for key, value in typed.items()}
    view.write_all({key: [text] if text else [] for key, text in texts.items()} | {inputs.TRACKS: []})
    st.session_state.pop(inputs.SIGNAL, None)


def _fetched(question: Question) -> Answer[pd.DataFrame]:
    """The answer, asked for once in a session."""
    kept: tuple[Question, Answer[pd.DataFrame]] | None = st.session_state.get(inputs.SIGNAL)
    if kept is None or kept[0] != question:
        server, name, chromosome, start, end = question
        with st.spinner(f"Fetching {cards.plain(name)} on {cards.plain(chromosome)}", show_time=True):
            kept = question, api.rnaget_signal(server, name, chromosome, start, end)
        st.session_state[inputs.SIGNAL] = kept
    return kept[1]


def _figure(answer: Answer[pd.DataFrame], name: str, chromosome: str) -> None:
    everything = list(dict.fromkeys(answer.value["track"]))
    chosen, one_scale = everything, True
    if len(everything) > 1:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            chosen = _tracks(everything)
            one_scale = inputs.switch("One scale for all tracks", inputs.ONE_SCALE, True)
    table = answer.value[answer.value["track"].isin(chosen)]
    signal = signal_chart.drawn(table, chromosome, answer.provenance.unit)
    p = _told(answer.provenance, signal, len(everything))
    region = f"{chromosome}:{signal.first:,}–{signal.last:,}"
    legend = f"Signal {name} over {region} (zero-based, last position included): {_words(signal)} in {p.unit}."
    subject = f"{name}-{chromosome}-{signal.first}-{signal.last}"
    steps = (signal.told(),) if signal.told() else ()
    recipe = Recipe("datasets", "signal", subject, view.options(), p, legend, steps)
    cards.chart(signal_chart.signal_plot(signal, cards.is_dark(), one_scale), "signal-plot", legend, of_source=False)
    if signal.told():
        st.caption(signal.told())
    numbers = signal.numbers()
    cards.foot(
        recipe,
        numbers,
        lambda footer: publication_signal.signal_plot(signal, one_scale, "", footer, recipe.simulated),
        "signal-plot",
    )
    cards.table_twin(numbers, "signal-plot")


def _words(signal: signal_chart.Signal) -> str:
    names = signal.tracks
    return f"{len(names)} tracks ({', '.join(names)})" if len(names) > 1 else f"the track {names[0]}"


def _tracks(names: list[str]) -> list[str]:
    """The tracks drawn: those chosen, else the first ones."""
    most = signal_chart.MOST_TRACKS
    usual = "All tracks" if len(names) <= most else f"The first {most} of {len(names):,}"
    chosen = inputs.several("Tracks", inputs.TRACKS, names, max_selections=most, placeholder=usual)
    return [name for name in names if not chosen or name in chosen][:most]


def _told(p: Provenance, signal: signal_chart.Signal, tracks: int) -> Provenance:
    """Of the figure: n is the number of positions; what of the tracks is not drawn."""
    left = tracks - len(signal.tracks)
    notes = (f"{left:,} further track{'s are' if left > 1 else ' is'} not drawn.",) if left > 0 else ()
    return dataclasses.replace(p, n=None, notes=(*p.notes, *notes))
