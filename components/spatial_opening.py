"""How a spatial file becomes a section: with which of its matrices, at which bin; and another of those later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import Section
from components import cards, inputs, sidebar, view

T = TypeVar("T")
WHICH = (
    "The file holds several matrices, and each can be a section of its own. Counts are shown as log2(CP10K+1), other "
    "numbers as they are."
)
NUMBERS_HELP = "The matrix of the file. Another one opens as a further section."


def go(path: str) -> None:
    """From another page: open a file, and show it or ask for its matrix. Raises as api.open_section."""
    key = _opened_or_asked(path, 0)
    view.switch(sidebar.file("spatial"), {inputs.SOURCE: [key]} if key else {})


def begin(path: str, bin: int = 0) -> None:
    """Callback: open a file and show it; of an h5ad with several matrices ask first which."""
    _told(lambda: _opened_or_asked(path, bin))


def show(key: str, same_spots: bool = False) -> None:
    """Callback: show an open section. same_spots: as those of the one that is shown, so that groups and zoom stay."""
    dropped = (inputs.SCALE,) if same_spots else inputs.DROPPING[inputs.SECTION]
    view.write_all({name: [] for name in dropped} | {inputs.SECTION: [key]})


def told() -> None:
    """Why a file was not opened, once."""
    error: ExpronautError | None = st.session_state.pop(inputs.SECTION_TOLD, None)
    if error is not None:
        cards.tell(error, again=False)


def ask() -> None:
    """Which matrix of a file, in a dialog, where that is still to be said."""
    path, layers = st.session_state.get(inputs.SECTION_CHOICE, ("", ()))
    name = next((one.name for one in api.spatial_files() if one.path == path), "") if path else ""
    if name:
        st.dialog(f"Which numbers of {cards.plain(name)}?", on_dismiss=_leave)(_choice)(path, layers)


def _choice(path: str, layers: Sequence[str]) -> None:
    st.caption(WHICH)
    names = {"format_func": lambda one: cards.plain(words(one)), "label_visibility": "collapsed"}
    layer = st.radio("Numbers", layers, key="section-layer", **names)
    if st.button("Open", key="section-chosen", type="primary", icon=":material/folder_open:"):
        with st.spinner("Opening it"):
            if _told(lambda: api.open_section(path, 0, layer)):
                _leave()
                st.rerun()
    told()


def words(layer: str) -> str:
    """A matrix of an h5ad file as it is called there."""
    if layer in ("", "raw"):
        return "raw/X" if layer else "X"
    return f"layer {layer.removeprefix('layers/')}"


def other_parts(one: Section) -> None:
    """Another matrix or bin of the file of a section, which is then a section of its own."""
    if len(one.layers) > 1:
        _other("Numbers", one.key, one.layer, one.layers, words, api.open_layer, NUMBERS_HELP)
    if len(one.bins) > 1:
        offered = sorted({*one.bins, one.bin})
        _other("Bin", one.key, one.bin, offered, lambda wide: f"{wide} × {wide}" if wide else "Cells", api.open_bin)


def _other(
    label: str,
    section: str,
    chosen: T,
    offered: Sequence[T],
    named: Callable[[T], str],
    opening: Callable[[str, T], str],
    help: str | None = None,
) -> None:
    key = f"{label}-{section}"
    st.session_state[key] = chosen
    st.selectbox(label, offered, key=key, format_func=named, help=help, on_change=_change, args=(section, key, opening))


def _change(section: str, key: str, opening: Callable[[str, Any], str]) -> None:
    _told(lambda: opening(section, st.session_state[key]), same_spots=True)


def _leave() -> None:
    st.session_state.pop(inputs.SECTION_CHOICE, None)


def _told(opening: Callable[[], str], same_spots: bool = False) -> bool:
    """Show the section that is opened; why not, where that fails, is told by `told`."""
    try:
        key = opening()
    except ExpronautError as error:
        st.session_state[inputs.SECTION_TOLD] = error
        return False
    if key:
        show(key, same_spots)
    return True


def _opened_or_asked(path: str, bin: int) -> str:
    """The key of the section; "" where the matrix of the file is to be chosen first."""
    layers = () if bin else api.section_layers(path)
    if len(layers) > 1:
        st.session_state[inputs.SECTION_CHOICE] = path, layers
        return ""
    return api.open_section(path, bin, *layers)
