"""Files of STOmics on their way here, and those that are here."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby

import streamlit as st

from backend import api
from backend.errors import BadInput
from backend.model import StomicsDownload
from components import cards, deleting, download_card, index_progress, inputs, spatial_opening, view, watching

MOST_ARRIVED = 2  # files that have come, above which they are only counted


def key(one: StomicsDownload) -> str:
    """Of its widgets."""
    return f"{one.accession}-{one.file_id}"


def deeds(one: StomicsDownload) -> download_card.Deeds:
    """What can be done with it."""
    own = one.accession, one.file_id

    def look() -> StomicsDownload | None:
        return next((now for now in api.stomics_downloads(own[0]) if now.file_id == own[1]), None)

    return download_card.Deeds(
        key(one),
        look,
        lambda keep, over: api.start_stomics_download(*own, start_over=over, keep_unverified=keep),
        lambda: api.cancel_stomics_download(*own),
        lambda: _discard(one),
    )


def _discard(one: StomicsDownload) -> None:
    if one.here:
        api.discard_stomics_download(one.accession, one.file_id)
    api.forget_stomics_download(one.accession, one.file_id)


def card(one: StomicsDownload, closing: bool = False) -> None:
    """One file with its name. closing: with its data set, and a button to tell no more that it came."""
    if watching.under_way(one.progress) or not one.done:
        download_card.draw(one, deeds(one))
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        told = [one.accession if closing else "", index_progress.size(one.size) if one.size else ""]
        words = cards.plain(" · ".join(word for word in told if word))
        st.markdown(f"**{cards.plain(one.name)}** &ensp; :gray[{words}]", width="content")
        arrived(one)
        if closing:
            st.button("Close", key=f"seen-{key(one)}", type="tertiary", on_click=_forget, args=([one],))


def arrived(one: StomicsDownload, where: bool = True) -> None:
    """It is here: open it, where it can be. where: tell the folder of one that cannot be opened."""
    st.badge("downloaded", color="green", icon=":material/check:")
    if one.form:
        label = {"key": f"section-{key(one)}", "icon": ":material/blur_on:"}
        if st.button("Open in Spatial", help=f"As a section ({one.form})", **label):
            spatial_opening.go(one.path)
    elif where:
        st.caption(cards.plain(f"in {one.folder}"), width="content")
    also = "It stays on the list of the service." + (" Its open sections are closed." if one.form else "")
    deed = partial(api.delete_stomics_file, one.accession, one.file_id)
    deleting.offer(one.name, one.size, also, key(one), deed)


def under_way(without: str = "") -> None:
    """A card for each that was begun since the start of the program; but for a data set that shows its own."""
    begun = [one for one in api.stomics_downloads() if one.progress is not None and one.accession != without]
    whole = [one for one in begun if one.done]
    many = whole if len(whole) > MOST_ARRIVED else []
    if many:
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key="arrived"):
            st.badge("downloaded", color="green", icon=":material/check:")
            st.caption(cards.plain(f"{len(many)} files of STOmics; they stand in its part."), width="content")
            st.button("Close", key="seen-all", type="tertiary", on_click=_forget, args=(many,))
    for one in begun:
        if one in many:
            continue
        with st.container(border=True, gap="small", key=f"on-the-way-{key(one)}"), cards.guard():
            card(one, closing=True)


def _forget(seen: Sequence[StomicsDownload]) -> None:
    for one in seen:
        api.forget_stomics_download(one.accession, one.file_id)


def of(accession: str) -> None:
    """What is here of a data set that the service tells nothing of now."""
    with suppress(BadInput):  # what is no accession has nothing here
        for one in api.stomics_downloads(accession):
            with st.container(gap="xsmall", key=f"here-{key(one)}"), cards.guard():
                card(one)


def shelf(unfolded: bool) -> None:
    """All that is here, whole or not, by data set; without asking the service."""
    found = sorted(api.stomics_downloads(), key=lambda one: (one.accession, one.name))
    if not found:
        return
    whole = sum(one.done for one in found)
    label = f"Downloaded here: {whole}" + (f", {len(found) - whole} not whole" if whole < len(found) else "")
    unfolded = unfolded or any(index_progress.is_under_way(one.progress) for one in found)
    with st.expander(label, icon=":material/download_done:", expanded=unfolded, key="stomics-shelf"):
        for accession, group in groupby(found, key=lambda one: one.accession):
            changes = {inputs.DATASET: [accession]}
            pressed = {"on_click": view.write_all, "args": (changes,)}
            st.button(cards.plain(accession), key=f"shelf-{accession}", type="tertiary", **pressed)
            for one in group:
                with st.container(gap="xsmall", key=f"kept-{key(one)}"), cards.guard():
                    card(one)
