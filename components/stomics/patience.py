"""When STOmics wants no calls for a while: a countdown, and nothing is asked until the user asks."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from backend.errors import RateLimited
from components import cards


@contextmanager
def guard(key: str) -> Iterator[None]:
    """As cards.guard, with a countdown where the service wants to be left alone. key: of its button."""
    with cards.guard():
        try:
            yield
        except RateLimited as error:
            draw(error, key)


def draw(error: RateLimited, key: str) -> None:
    """What happened, and a button that can be pressed when the time is over."""
    st.warning(cards.plain(error.message), icon=":material/hourglass_top:")
    _countdown(time.time() + (error.retry_after or 0.0), key)


@st.fragment(run_every=1.0)
def _countdown(until: float, key: str) -> None:
    left = math.ceil(until - time.time())
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pressed = st.button("Ask again", key=f"again-{key}", icon=":material/refresh:", disabled=left > 0)
        st.caption(f"In {words(left)}. Nothing is asked by itself." if left > 0 else "The service may be asked again.")
    if pressed:
        st.rerun()


def words(seconds: int) -> str:
    """ "42 s", "12 min 5 s" """
    minutes, rest = divmod(max(0, seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
