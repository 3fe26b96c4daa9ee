"""Answers that a service may take seconds for: how far it is, a button that really stops it, and one to go on.

The question is asked in a thread of its own, because what the counter keeps in memory must not draw while it is made.
A click on Cancel ends this run of the page at its next look; the run after it knows that from the session, and does not
begin again by itself.
"""

from __future__ import annotations

import math
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool
from typing import Generic, TypeVar

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import Stopped
from backend.model import Answer, Choice, SourceInfo, Species
from components import cards, index_progress, inputs

T = TypeVar("T")
EVERYTHING = Choice()
Tell = Callable[[int, int], None]  # (done, of)
Pause = Callable[[], float]  # seconds
QUIET, LOOK = 0.5, 0.25  # seconds before anything is shown, and between two looks
_LATELY = 5.0  # seconds that a speed is taken over
_NAMED = 8  # genes that are named where some lack


class Fetch(Generic[T]):
    """A question being asked. done, of: as the work tells."""

    def __init__(self, work: Callable[[Tell], T]) -> None:
        self.done, self.of = 0, 0
        self._begun = time.monotonic()
        self._steps: list[tuple[float, int]] = []  # when a step was told, and how far it was; of the last seconds
        self._cancelled = threading.Event()
        pool = ThreadPool(1)  # of a daemon thread: no exit of the app waits for it
        self._outcome = pool.apply_async(copy_context().run, (work, self._tell))
        pool.close()

    def cancel(self) -> None:
        """Stop at the next step; an answer that is there stays."""
        self._cancelled.set()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended after at most this long."""
        self._outcome.wait(seconds)
        return self._outcome.ready()

    def result(self) -> T:
        """The answer; raises what the work raised."""
        return self._outcome.get()

    @property
    def left(self) -> float | None:
        """Seconds until the end at the speed of the last seconds, without what was there at once; None when unknown."""
        begun, before = next(iter(self._steps), (0.0, self.done))
        if self.done <= before:
            return None
        return (time.monotonic() - begun) / (self.done - before) * (self.of - self.done)

    def _tell(self, done: int, of: int) -> None:
        if self._cancelled.is_set():
            raise Stopped
        now = time.monotonic()
        at_once = now - self._begun < QUIET
        kept = [] if at_once else [step for step in self._steps if now - step[0] < _LATELY]
        self._steps = [*kept, (now, done)]
        self.done, self.of = done, of


@dataclass(frozen=True)
class Cancelled:
    """What was cancelled, and how far it was; kept in the session until the user goes on."""

    question: str
    done: int
    of: int


def words(fetch: Fetch[T], title: str, pause: float = 0.0) -> str:
    """ "37 of 100 genes, about 6 s left"; while the service wants a pause, how long that takes still."""
    if pause > 0:
        return f"{title} gets too many requests and asked for a pause: it goes on in {math.ceil(pause)} s"
    if fetch.of < 2:
        return f"Asking {title}"
    told = f"{fetch.done:,} of {fetch.of:,} genes"
    return told if fetch.left is None else f"{told}, about {index_progress.duration(fetch.left)} left"


def watched(question: str, title: str, work: Callable[[Tell], T], pause: Pause = lambda: 0.0) -> T | None:
    """What `work` gives. title: of who is asked; pause: seconds for which it is left alone. Raises what `work` raises.

    None after a cancel: then a card in its place says how far it was, with a button to go on.
    """
    stopped = st.session_state.get(inputs.CANCELLED)
    if isinstance(stopped, Cancelled) and stopped.question == question:
        _offer(stopped)
        return None
    fetch = Fetch(work)
    try:
        if not fetch.wait(QUIET):
            _watch(fetch, question, title, pause)
    finally:
        fetch.cancel()  # when this run of the page is ended from outside
    return fetch.result()


def _watch(fetch: Fetch[T], question: str, title: str, pause: Pause) -> None:
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center", gap="medium"):
        bar = st.progress(0.0, cards.plain(words(fetch, title, pause())))
        st.button(
            "Cancel", key=_key("cancel", question), on_click=_cancel, args=(question, fetch), icon=":material/close:"
        )
    while not fetch.wait(LOOK):
        share = min(1.0, fetch.done / fetch.of) if fetch.of else 0.0
        bar.progress(share, cards.plain(words(fetch, title, pause())))
    place.empty()


def _key(button: str, question: str) -> str:
    return f"{button}-{zlib.crc32(question.encode()):08x}"


def _cancel(question: str, fetch: Fetch[T]) -> None:
    fetch.cancel()
    st.session_state[inputs.CANCELLED] = Cancelled(question, fetch.done, fetch.of)


def _offer(stopped: Cancelled) -> None:
    said = "Cancelled before the first answer."
    if stopped.done:
        said = f"Cancelled: {stopped.done:,} of {stopped.of:,} genes were fetched. They are kept, so going on is quick."
    st.info(said, icon=":material/pause:")
    st.button("Go on", key=_key("go-on", stopped.question), on_click=_go_on, icon=":material/play_arrow:")


def _go_on() -> None:
    st.session_state.pop(inputs.CANCELLED, None)


def profiles(
    source: SourceInfo, genes: Sequence[str], species: Species, choice: Choice = EVERYTHING, told: bool = True
) -> Answer[pd.DataFrame] | None:
    """The genes over tissues as the counter gives them, watched where they come over a network; None after a cancel.

    Genes that could not be fetched are `told`.
    """
    if source.kind != "live":
        return api.tissue_profiles(source.key, genes, species, choice=choice)

    def ask(tell: Tell) -> Answer[pd.DataFrame]:
        return api.tissue_profiles(source.key, genes, species, on_progress=tell, choice=choice)

    answer = watched(f"{source.key}-{species}-{','.join((*genes, *choice.by))}", source.title, ask)
    if answer is not None and told:
        nothing = "of which nothing came" if "Spatial view" in source.capabilities else "which could not be fetched"
        _tell_lacking(nothing, [gene for gene in genes if gene not in set(answer.value["gene"])])
    return answer


def _tell_lacking(why: str, genes: Sequence[str]) -> None:
    """Which genes are not drawn because no service answered for them; asking again fetches only these."""
    if not genes:
        return
    more = f" and {len(genes) - _NAMED:,} more" if len(genes) > _NAMED else ""
    are = "gene is" if len(genes) == 1 else "genes are"
    said = f"{len(genes):,} {are} left out, {why}: {', '.join(genes[:_NAMED])}{more}."
    st.warning(cards.plain(f"{said} The notes say why."), icon=":material/cloud_off:")
    st.button("Try again", key="fetch-again", icon=":material/refresh:")
