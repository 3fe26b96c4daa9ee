"""Files of ARCHS4 that can be fetched: their list, when it is asked for, and downloads under way."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import Answer, Download, DownloadRoom, Release
from components import cards, download_card, index_progress, inputs, watching

TERMS = (
    "ARCHS4 data are free for non-commercial use (CC BY-NC-SA 4.0); cite Lachmann et al. 2018 and name the version of "
    "the file."
)
CONTENTS = {"gene": "genes × samples", "transcript": "transcripts × samples", "meta": "descriptions of samples"}
_SHORT = 8  # digits of a sha1 that are shown


def under_way(here: bool = True) -> None:
    """A card for each file on its way here. here: also those of which pieces are here from before the last start."""
    for one in api.downloads():
        if not here and one.progress is None:
            continue
        with st.container(border=True, gap="small", key=f"download-{one.name}"), cards.guard():
            if watching.under_way(one.progress) or one.progress is None or one.progress.state != "done":
                download_card.draw(one, _deeds(one.name))
            else:
                _arrived(one)


def offer(opened: bool) -> None:
    """The list of files, when it is asked for, and a button to fetch one."""
    with st.expander("Get a file of ARCHS4", icon=":material/cloud_download:", expanded=opened, key="get"):
        room = api.download_room()
        st.caption(cards.plain(TERMS))
        if room.offline:
            st.info(
                "The offline switch is on, so no list can be asked for. Unset EXPRONAUT\\_OFFLINE to get files here.",
                icon=":material/cloud_off:",
            )
            return
        try:
            found = _list()
            if found is not None:
                _choose(found, room)
        except ExpronautError as error:
            cards.tell(error, again=False)  # the button of the list is the one that asks again


def _list() -> Answer[tuple[Release, ...]] | None:
    """The list of this session; asked for by a click only."""
    found: Answer[tuple[Release, ...]] | None = st.session_state.get(inputs.RELEASES)
    label = "List the versions" if found is None else "List again"
    if st.button(label, key="list-versions", icon=":material/list:", type="secondary" if found is None else "tertiary"):
        with st.spinner("Asking ARCHS4 for its versions"):
            st.session_state[inputs.RELEASES] = api.versions()
        st.rerun()
    return found


def _choose(found: Answer[tuple[Release, ...]], room: DownloadRoom) -> None:
    releases = {release.name: release for release in found.value}
    if not releases:
        st.info("The list of ARCHS4 is empty now. Try again later.", icon=":material/info:")
        return
    st.dataframe(
        table(found.value),
        hide_index=True,
        height=250,
        column_config={
            "Samples": st.column_config.NumberColumn(format="localized"),
            "Size": st.column_config.NumberColumn(format="bytes", help="Empty: not published"),
            "sha1": st.column_config.TextColumn(
                width="small", help="Of the whole file; click a cell to read all of it"
            ),
        },
    )
    st.caption(cards.provenance_line(found.provenance))
    for note in found.provenance.notes:
        st.caption(cards.plain(note))
    names = list(releases)
    usual = next((i for i, name in enumerate(names) if releases[name].version != "latest"), 0)
    with st.container(horizontal=True, vertical_alignment="bottom", key="get-choice"):
        name = st.selectbox("File", names, index=usual, key=inputs.RELEASE)
        pressed = st.button("Download", type="primary", icon=":material/download:", key="get-file")
    release = releases.get(name, releases[names[usual]])
    st.caption(cards.plain(_facts(release)), help=_checksum(release))
    _room(release, room)
    if pressed:
        api.start_download(release.name)
        st.rerun()


def table(releases: tuple[Release, ...]) -> pd.DataFrame:
    """The list as a table."""
    return pd.DataFrame(
        {
            "Species": [release.species for release in releases],
            "Contents": [CONTENTS[release.level] for release in releases],
            "Version": [release.version for release in releases],
            "Samples": pd.array([release.n_samples for release in releases], dtype="Int64"),
            "Size": pd.array([release.size for release in releases], dtype="Int64"),
            "Published": [release.published.date() if release.published else None for release in releases],
            "sha1": [release.sha1 or "none" for release in releases],
        }
    )


def _facts(release: Release) -> str:
    """One line on the chosen file."""
    pieces = [release.species, CONTENTS[release.level], f"version {release.version}"]
    if release.n_samples is not None:
        pieces.append(f"{release.n_samples:,} samples")
    pieces.append(index_progress.size(release.size) if release.size else "size not published")
    if release.annotation is not None:
        pieces.append(f"Ensembl {release.annotation}")
    pieces.append(f"sha1 {release.sha1[:_SHORT]}…" if release.sha1 else "no sha1 published")
    return " · ".join(pieces)


def _checksum(release: Release) -> str | None:
    return f"sha1 `{release.sha1}`" if release.sha1 else None


def _room(release: Release, room: DownloadRoom) -> None:
    """Where it goes, and whether it fits."""
    size = index_progress.size
    if release.size and release.size > room.free:
        st.warning(
            cards.plain(f"It takes {size(release.size)}, and {size(room.free)} are free in {room.folder}. Free some."),
            icon=":material/straighten:",
        )
    else:
        st.caption(cards.plain(f"Goes into {room.folder}, where {size(room.free)} are free."))


def _deeds(name: str) -> download_card.Deeds:
    return download_card.Deeds(
        name,
        lambda: next((one for one in api.downloads() if one.name == name), None),
        lambda keep, over: api.start_download(name, keep, over),
        lambda: api.cancel_download(name),
        lambda: api.discard_download(name),
    )


def _arrived(one: Download) -> None:
    """It is in its place, among the files above."""
    usable = any(file.file == one.name and file.problem is None for file in api.local_files().files)
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.markdown(f"**{cards.plain(one.name)}**", width="content")
        st.badge("arrived", color="green", icon=":material/check:")
    st.caption(
        cards.plain(
            f"It stands among the files of this machine, in {one.folder}; build its index there."
            if usable
            else f"In {one.folder}."
        )
    )
    download_card.notes(one)
    st.button("Close", key=f"seen-{one.name}", on_click=api.forget_download, args=(one.name,), type="tertiary")
