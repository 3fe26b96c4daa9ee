"""Spatial files of this machine: open one, upload one, watch its copy, close it."""

from __future__ import annotations

import zlib
from collections import Counter

import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import IndexProgress, Section, SpatialFile
from components import cards, deleting, index_progress, inputs, sidebar, spatial_opening, view, watching

MOST_MB = 1_000
BINS = (0, 1, 10, 20, 50, 100, 200)
FORMS = {"h5ad": "h5ad", "gem": "GEM", "gef": "GEF"}
WANTED = (
    "**h5ad** with positions in `obsm/spatial`, **GEM** (text, packed or not) and **GEF** files. A copy sorted by gene "
    "is made in the cache, so that every gene is drawn at once; the file itself stays as it is."
)
_FILE, _BIN, _UPLOAD = "spatial-file", "spatial-bin", "spatial-upload"


def empty() -> None:
    """What to do while no section is open."""
    st.info("No section is open yet. Open a spatial file below, or get one from STOmics.", icon=":material/blur_on:")
    _stomics()


def panel(found: tuple[Section, ...], unfolded: bool) -> None:
    """Open and close sections. unfolded: without a click."""
    with st.expander("Open a spatial file", icon=":material/folder_open:", expanded=unfolded, key="spatial-open"):
        spatial_opening.told()
        st.markdown(WANTED)
        with cards.guard():
            _listed()
        _upload()
        _stomics()
        _opened(found)


def _stomics() -> None:
    params = view.carried({inputs.PART: ["stomics"]}, inputs.SOURCE, inputs.SPECIES)
    st.page_link(
        sidebar.file("datasets"),
        label="Find data sets of STOmics (stomics.io)",
        icon=":material/database:",
        query_params=params,
    )


def _listed() -> None:
    """Files that were found on this machine."""
    files = {one.path: one for one in api.spatial_files()}
    titles = _titles(tuple(files.values()))
    if not files:
        st.caption("No spatial file was found: downloads of STOmics appear here.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        path = st.selectbox("File", list(files), key=_FILE, format_func=titles.__getitem__)
        chosen = files[path]
        width = 0
        if chosen.form in ("gem", "gef"):
            width = st.selectbox(
                "Bin width",
                BINS,
                key=_BIN,
                format_func=lambda one: f"{one} × {one}" if one else "Usual",
                width=120,
                help="Spots of so many positions each way are counted together",
            )
        if chosen.opened and not width:
            st.button(
                "Show",
                key="spatial-show",
                icon=":material/blur_on:",
                on_click=spatial_opening.show,
                args=(chosen.opened,),
            )
        else:
            st.button(
                "Open",
                key="spatial-open-file",
                type="primary",
                icon=":material/folder_open:",
                on_click=spatial_opening.begin,
                args=(path, width),
            )
        if chosen.ours:
            _deletion(chosen)
    st.caption(cards.plain(_facts(chosen)))


def _titles(files: tuple[SpatialFile, ...]) -> dict[str, str]:
    """Path -> what a file is called in the list; many data sets hold a matrix.h5ad, so each says whose it is.

    A select box tells its options apart by what it shows: of two alike it would take either.
    """
    titles = {one.path: f"{one.of} {one.name} ({index_progress.size(one.size)})".lstrip() for one in files}
    counts = Counter(titles.values())
    return {
        one.path: f"{titles[one.path]}{f' in {one.folder}' if counts[titles[one.path]] > 1 else ''}" for one in files
    }


def _facts(one: SpatialFile) -> str:
    pieces = [FORMS.get(one.form, one.form), f"in {one.folder}", f"data set {one.of}" if one.of else ""]
    return " · ".join(piece for piece in pieces if piece)


def _deletion(one: SpatialFile) -> None:
    also = "Its open sections are closed, and their copies in the cache go too."
    key = f"{zlib.crc32(one.path.encode()):08x}"  # one for each file: an open question must not stand for the next
    deleting.offer(one.name, one.size, also, key, lambda: api.delete_spatial_file(one.path))


def _upload() -> None:
    turn = st.session_state.setdefault(f"{_UPLOAD}-turn", 0)
    file = st.file_uploader(
        "or upload one", key=f"{_UPLOAD}-{turn}", max_upload_size=MOST_MB, help=f"Up to {MOST_MB:,} MB"
    )
    if file is None:
        return
    st.session_state[f"{_UPLOAD}-turn"] = turn + 1
    try:
        with st.spinner("Keeping the file", show_time=True):
            path = api.keep_section_file(file.name, file)
    except ExpronautError as error:
        st.session_state[inputs.SECTION_TOLD] = error
    else:
        spatial_opening.begin(path)
    st.rerun()


def _opened(found: tuple[Section, ...]) -> None:
    """The open sections, each with its size and a button to close it."""
    if not found:
        return
    st.markdown("**Open sections**")
    for one in found:
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"section-{one.key}"):
            st.markdown(cards.plain(one.title), width="content")
            st.caption(cards.plain(facts(one)), width="content")
            st.button("Show", key=f"show-{one.key}", type="tertiary", on_click=spatial_opening.show, args=(one.key,))
            st.button("Close", key=f"close-{one.key}", type="tertiary", on_click=_close, args=(one,))


def facts(one: Section) -> str:
    """Spots, genes, bin, of an open section."""
    pieces = [
        f"{one.n_spots:,} spots" if one.n_spots is not None else "",
        f"{one.n_genes:,} genes" if one.n_genes is not None else "",
        f"bins of {one.bin} × {one.bin}" if one.bin else "",
        spatial_opening.words(one.layer) if len(one.layers) > 1 else "",
        "simulated" if one.kind == "simulated" else "",
        f"data set {one.of}" if one.of else "",
    ]
    return " · ".join(piece for piece in pieces if piece)


def _close(one: Section) -> None:
    """Callback: a section of a file goes with its copy, one that is asked gene by gene with what is known of it."""
    try:
        (api.close_stomics if one.kind == "live" else api.close_section)(one.key)
    except ExpronautError as error:
        st.session_state[inputs.SECTION_TOLD] = error
    deleting.leave([one.key])


def progress(one: Section) -> None:
    """How far the copy of a section is, while it is made; why there is none, when it failed."""
    now = one.progress
    if watching.under_way(now):
        with st.container(gap="xsmall", key="section-copy"):
            _watch(one.key)
    elif now is not None and now.state in ("failed", "cancelled"):
        _ended(one.key, now)


@st.fragment(run_every=1.0)
def _watch(key: str) -> None:
    now = watching.still(api.section_progress(key))
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.progress(index_progress.share(now), text=cards.plain(index_progress.words(now)))
        st.button("Cancel", key="section-cancel", on_click=api.cancel_section, args=(key,), icon=":material/close:")


def _ended(key: str, now: IndexProgress) -> None:
    words = f"The copy sorted by gene was not made. {now.message} {now.hint}".strip()
    (st.warning if now.state == "failed" else st.info)(cards.plain(words), icon=":material/pause:")
    st.button("Make it", key="section-again", on_click=api.index_section, args=(key,), icon=":material/play_arrow:")
