"""Jobs that end while a page is drawn: what stands above their cards was drawn before, and does not know it.

A page is drawn from top to bottom. A card asks `under_way`; when its job has ended since the page was begun, the frame
draws the page once more as soon as it is whole. So no press of a button below the card is lost, and since the next run
begins after the end of the job, nothing is drawn a third time. A fragment that looks again by itself asks `still`.
"""

from __future__ import annotations

import time

import streamlit as st

from backend.model import IndexProgress
from components import index_progress

_BEGAN, _AGAIN = "_run_began", "_run_again"


def begin() -> None:
    """A run of the page begins: all of it knows what has ended by now."""
    st.session_state[_BEGAN] = time.monotonic()
    st.session_state[_AGAIN] = False


def end() -> None:
    """The page is whole: draw it once more where a job of a card ended meanwhile."""
    if st.session_state[_AGAIN]:
        st.rerun()


def under_way(progress: IndexProgress | None) -> bool:
    """Whether the job of a card runs or waits. If it ended during this run, the page is drawn once more."""
    if ended_meanwhile(progress):
        st.session_state[_AGAIN] = True
    return index_progress.is_under_way(progress)


def ended_meanwhile(progress: IndexProgress | None) -> bool:
    """Whether the job ended since this run of the page began."""
    ended = progress.ended if progress is not None else None
    return ended is not None and ended >= st.session_state[_BEGAN]


def still(progress: IndexProgress | None) -> IndexProgress:
    """For a fragment that looks again: how far the job is. Once it has ended, the whole page is drawn instead."""
    if progress is None or not index_progress.is_under_way(progress):
        st.rerun()
    return progress
