"""The files of a data set: type, size, checksum, and fetching them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import StomicsDownload, StomicsFile
from components import cards, download_card, index_progress
from components.stomics import downloads, words

SHOWN = 12  # files, above which their list scrolls, and can be narrowed to a type
HEIGHT = 560  # px
DIGITS = 8  # of a checksum that are shown
UNTOLD = "no type told"


def draw(accession: str) -> None:
    """The list, what it takes in all, and what is on its way or here."""
    try:
        with st.spinner("Asking for its files"):
            answer = api.stomics_files(accession)
    except ExpronautError:
        downloads.of(accession)
        raise
    listed = answer.value
    st.markdown("**Files**")
    cards.stale(answer.provenance)
    if not listed:
        st.info("The service lists no files of this data set.", icon=":material/folder_off:")
        return
    st.caption(words.total(listed))
    here = {one.file_id: one for one in api.stomics_downloads(accession)}
    shown, names = _narrowed(listed), Counter(file.name for file in listed)
    with st.container(height=HEIGHT if len(shown) > SHOWN else "content", border=False, gap="small"):
        for file in shown:
            with st.container(gap="xsmall", key=f"file-{accession}-{file.id}"), cards.guard():
                _file(accession, file, here.get(file.id), names[file.name] > 1)
    gone = [one for number, one in here.items() if number not in {file.id for file in listed}]
    if gone:
        st.caption("No longer listed by the service, but here:")
    for one in gone:
        with st.container(gap="xsmall", key=f"gone-{downloads.key(one)}"), cards.guard():
            downloads.card(one)
    _room(accession)


def _narrowed(listed: Sequence[StomicsFile]) -> Sequence[StomicsFile]:
    """Those of the type chosen; types are whatever the service calls them."""
    counts = Counter(file.file_type for file in listed)
    if len(listed) <= SHOWN or len(counts) < 2:
        return listed
    chosen = st.selectbox(
        "Type",
        [None, *counts],
        format_func=lambda kind: f"All ({len(listed):,})" if kind is None else f"{kind or UNTOLD} ({counts[kind]:,})",
        key="stomics-type",
        width=260,
    )
    return [file for file in listed if chosen in (None, file.file_type)]


def _file(accession: str, file: StomicsFile, one: StomicsDownload | None, alike: bool) -> None:
    """Its line; below it how far it is on its way here. alike: others have the same name."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(gap=None):
            st.markdown(f"**{cards.plain(file.name or f'file {file.id}')}**")
            st.caption(cards.plain(_facts(file, alike)), help=_checksum(file))
        if one is None:
            label = {"icon": ":material/download:", "key": f"get-{accession}-{file.id}"}
            if st.button("Download", **label):
                api.start_stomics_download(accession, file.id)
                st.rerun()
        elif one.done:
            downloads.arrived(one, where=False)
    if one is not None and not one.done:
        download_card.draw(one, downloads.deeds(one), titled=False)
    elif one is not None:
        download_card.notes(one)


def _facts(file: StomicsFile, alike: bool) -> str:
    told = [file.file_type or UNTOLD, f"size {words.size(file)}" if file.size is None else words.size(file)]
    if alike:
        told.append(f"id {file.id}")
    if file.checksum:
        kind, _, digits = file.checksum.partition(":")
        told.append(f"{kind} {digits[:DIGITS]}…")
    return " · ".join(told)


def _checksum(file: StomicsFile) -> str | None:
    if not file.checksum:
        return None
    return f"{cards.plain(file.checksum.replace(':', ' '))}; what arrives is compared with it"


def _room(accession: str) -> None:
    room = api.download_room()
    free = index_progress.size(room.free)
    st.caption(cards.plain(f"Files go into {room.folder}/stomics/{accession}, where {free} are free."))
