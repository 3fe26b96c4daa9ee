"""The demo cohort is made in the background when the app first runs; the sidebar says so in one line."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from backend import api
from backend.model import IndexProgress, SourceInfo
from components import cards, index_progress, inputs, view, watching

EVERY = 2.0  # seconds


def begin() -> IndexProgress | None:
    """Start it unless it is there or not wanted; how far it is. Returns at once, and again on every run."""
    return api.ensure_demo()


def is_made() -> bool:
    """Whether it is being made now."""
    return index_progress.is_under_way(api.index_progress(api.DEMO_SOURCE))


def offered(infos: Sequence[SourceInfo], progress: IndexProgress | None) -> tuple[SourceInfo, ...]:
    """The sources to choose from: the demo cohort once it can be used, or when the link asks for it."""
    wanted = view.current(inputs.SOURCE) == api.DEMO_SOURCE
    making = index_progress.is_under_way(progress)
    return tuple(
        info for info in infos if info.key != api.DEMO_SOURCE or wanted or not (making or info.problem is not None)
    )


def show(progress: IndexProgress | None) -> None:
    """One line while it is made or when that failed, else nothing."""
    if index_progress.is_under_way(progress):
        _watch()
    elif progress is not None and progress.state == "failed":
        st.caption(cards.plain(f"The demo cohort could not be made: {progress.message} {progress.hint}"))


@st.fragment(run_every=EVERY)
def _watch() -> None:
    progress = watching.still(api.index_progress(api.DEMO_SOURCE))
    st.caption(f"The demo cohort is being prepared ({index_progress.whole(progress):.0%})")
