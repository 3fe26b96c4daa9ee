"""A file on its way here: how far it is, or why it stopped, and what can be done. The same for every service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from backend.model import Download, StomicsDownload
from components import cards, index_progress, watching

AnyDownload = Download | StomicsDownload


@dataclass(frozen=True)
class Deeds:
    """What can be done with one download. key: of its widgets; look: as it is now, None when it is known no more.

    go_on(keep_unverified, start_over) begins it or goes on with it.
    """

    key: str
    look: Callable[[], AnyDownload | None]
    go_on: Callable[[bool, bool], object]
    cancel: Callable[[], object]
    discard: Callable[[], object]


def draw(one: AnyDownload, deeds: Deeds, titled: bool = True) -> None:
    """A file that is not whole. titled: with its name."""
    under_way = watching.under_way(one.progress)
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        if titled:
            st.markdown(f"**{cards.plain(one.name)}**", width="content")
        if under_way:
            waits = one.progress is not None and one.progress.state == "waiting"
            st.badge("waiting" if waits else "downloading", color="blue", icon=":material/download:")
        else:
            st.badge("not as published" if one.doubtful else "not whole", color="orange", icon=":material/pause:")
    if under_way:
        _watch(deeds)
        return
    _ended(one)
    _actions(one, deeds)


@st.fragment(run_every=1.0)
def _watch(deeds: Deeds) -> None:
    """Looks again every second while it is fetched."""
    one = deeds.look()
    progress = watching.still(one.progress if one is not None else None)
    st.progress(index_progress.share(progress), text=cards.plain(index_progress.words(progress)))
    if one is not None:
        notes(one)
    st.button("Cancel", key=f"stop-{deeds.key}", on_click=deeds.cancel, icon=":material/close:")


def notes(one: AnyDownload) -> None:
    """What happened on the way."""
    for sentence in one.notes:
        st.caption(cards.plain(sentence))


def _ended(one: AnyDownload) -> None:
    """How the last try ended."""
    progress = one.progress
    if progress is not None and progress.state == "failed":
        st.warning(cards.plain(f"{progress.message} {progress.hint}"), icon=":material/error:")
    elif progress is not None and progress.state == "done":
        st.info("It had arrived, but is not in its place any more.", icon=":material/search_off:")
    elif progress is not None:
        st.info(cards.plain(f"{progress.message} {progress.hint}"), icon=":material/pause:")
    notes(one)
    if one.here:
        whole = f" of {index_progress.size(one.size)}" if one.size else ""
        st.caption(cards.plain(f"{index_progress.size(one.here)}{whole} are in {one.folder}."))


def _actions(one: AnyDownload, deeds: Deeds) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if one.doubtful:
            _button(deeds, "Keep it as it is", "keep", keep_unverified=True)
            _button(deeds, "Start over", "over", start_over=True)
        else:
            _button(deeds, "Go on" if one.here else "Try again", "go")
        if st.button("Delete" if one.here else "Close", key=f"drop-{deeds.key}", type="tertiary"):
            deeds.discard()
            st.rerun()


def _button(deeds: Deeds, label: str, key: str, keep_unverified: bool = False, start_over: bool = False) -> None:
    """A button that goes on in the background."""
    kind = "secondary" if start_over else "primary"
    if st.button(label, key=f"{key}-{deeds.key}", type=kind, icon=None if start_over else ":material/download:"):
        deeds.go_on(keep_unverified, start_over)
        st.rerun()
