"""A button that deletes a file of this machine, with a second click that names it and its size."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from backend.errors import ExpronautError
from components import cards, index_progress, inputs, view


def offer(name: str, size: int | None, also: str, key: str, delete: Callable[[], Sequence[str]]) -> None:
    """also: what goes with it, in a sentence. delete: gives the keys of sources that are gone then."""
    with st.popover("Delete", icon=":material/delete:", type="tertiary", key=f"delete-{key}"):
        told = f" ({index_progress.size(size)})" if size else ""
        st.markdown(f"**{cards.plain(name)}**{told} is deleted from this machine.")
        st.caption(cards.plain(also))
        if st.button("Delete the file", key=f"deleted-{key}", type="primary", icon=":material/delete:"):
            try:
                gone = delete()
            except ExpronautError as error:
                cards.tell(error, again=False)
                return
            leave(gone)
            st.rerun()


def leave(keys: Sequence[str]) -> None:
    """Go on without sources that are gone: neither this page nor a former view asks for them."""
    if view.current(inputs.SOURCE) in keys:
        view.write_all({option: [] for option in (inputs.SOURCE, *inputs.DROPPING[inputs.SOURCE])})
    if view.current(inputs.SECTION) in keys:
        view.write_all({option: [] for option in (inputs.SECTION, *inputs.DROPPING[inputs.SECTION])})
    for key in keys:
        for option in (inputs.SOURCE, inputs.SECTION):
            view.forget(option, key)
