"""Spatial files of this machine: open one, upload one, watch its copy, close it."""

from __future__ import annotations

import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import IndexProgress, Section, SpatialFile
from components import cards, index_progress, inputs, sidebar, view

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
        told: ExpronautError | None = st.session_state.pop(inputs.SECTION_TOLD, None)
        if told is not None:
            cards.tell(told, again=False)
        st.markdown(WANTED)
        with cards.guard():
            _listed()
        _upload()
        _stomics()
        _opened([one for one in found if one.file])


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
    if not files:
        st.caption("No spatial file was found: downloads of STOmics appear here.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        path = st.selectbox("File", list(files), key=_FILE, format_func=lambda at: _title(files[at]))
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
            st.button("Show", key="spatial-show", icon=":material/blur_on:", on_click=_show, args=(chosen.opened,))
        else:
            st.button(
                "Open",
                key="spatial-open-file",
                type="primary",
                icon=":material/folder_open:",
                on_click=_open,
                args=(path, width),
            )
    st.caption(cards.plain(_facts(chosen)))


def _title(one: SpatialFile) -> str:
    return f"{one.name} ({index_progress.size(one.size)})"


def _facts(one: SpatialFile) -> str:
    pieces = [FORMS.get(one.form, one.form), f"in {one.folder}", f"data set {one.of}" if one.of else ""]
    return " · ".join(piece for piece in pieces if piece)


def _open(path: str, width: int) -> None:
    """Callback: open it and show it."""
    try:
        _show(api.open_section(path, width))
    except ExpronautError as error:
        st.session_state[inputs.SECTION_TOLD] = error


def _show(key: str) -> None:
    view.write_all({inputs.SECTION: [key], inputs.BY: [], inputs.SCALE: []})


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
            _show(api.stage_section(file.name, file))
    except ExpronautError as error:
        st.session_state[inputs.SECTION_TOLD] = error
    st.rerun()


def _opened(found: list[Section]) -> None:
    """The open sections of files, each with its size and a button to close it."""
    if not found:
        return
    st.markdown("**Open sections**")
    for one in found:
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"section-{one.key}"):
            st.markdown(cards.plain(one.title), width="content")
            st.caption(cards.plain(facts(one)), width="content")
            st.button("Show", key=f"show-{one.key}", type="tertiary", on_click=_show, args=(one.key,))
            st.button("Close", key=f"close-{one.key}", type="tertiary", on_click=_close, args=(one.key,))


def facts(one: Section) -> str:
    """Spots, genes, bin, of an open section."""
    pieces = [
        f"{one.n_spots:,} spots" if one.n_spots is not None else "",
        f"{one.n_genes:,} genes" if one.n_genes is not None else "",
        f"bins of {one.bin} × {one.bin}" if one.bin else "",
        "simulated" if one.kind == "simulated" else "",
        f"data set {one.of}" if one.of else "",
    ]
    return " · ".join(piece for piece in pieces if piece)


def bins(one: Section) -> None:
    """Another bin of the file of a section, which is then a section of its own."""
    if len(one.bins) < 2:
        return
    key = f"bin-{one.key}"
    st.session_state[key] = one.bin
    names = {0: "Cells", **{wide: f"{wide} × {wide}" for wide in one.bins}}
    offered = sorted({*one.bins, one.bin})
    st.selectbox("Bin", offered, key=key, format_func=names.__getitem__, on_change=_rebin, args=(one.key, key))


def _rebin(section: str, key: str) -> None:
    try:
        _show(api.open_bin(section, st.session_state[key]))
    except ExpronautError as error:
        st.session_state[inputs.SECTION_TOLD] = error


def _close(key: str) -> None:
    try:
        api.close_section(key)
    except ExpronautError as error:
        st.session_state[inputs.SECTION_TOLD] = error
    gone = {name: [] for name in (inputs.SECTION, inputs.SOURCE) if view.current(name) == key}
    view.write_all(gone)


def progress(one: Section) -> None:
    """How far the copy of a section is, while it is made; why there is none, when it failed."""
    now = one.progress
    if index_progress.is_under_way(now):
        with st.container(gap="xsmall", key="section-copy"):
            _watch(one.key)
    elif now is not None and now.state in ("failed", "cancelled"):
        _ended(one.key, now)


@st.fragment(run_every=1.0)
def _watch(key: str) -> None:
    now = api.section_progress(key)
    if now is None or not index_progress.is_under_way(now):
        st.rerun()
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.progress(index_progress.share(now), text=cards.plain(index_progress.words(now)))
        st.button("Cancel", key="section-cancel", on_click=api.cancel_section, args=(key,), icon=":material/close:")


def _ended(key: str, now: IndexProgress) -> None:
    words = f"The copy sorted by gene was not made. {now.message} {now.hint}".strip()
    (st.warning if now.state == "failed" else st.info)(cards.plain(words), icon=":material/pause:")
    st.button("Make it", key="section-again", on_click=api.index_section, args=(key,), icon=":material/play_arrow:")
