"""How STOmics is asked: its address, the key, the calls left of this hour, and how to set a key."""

from __future__ import annotations

from typing import Any

import streamlit as st

from backend.model import StomicsStatus
from components import cards

HOURLY = 1_000
FEW = 50  # calls left, at which the line becomes a warning
SETTINGS = """\
export EXPRONAUT_STOMICS_KEY="sk-..."     # from the settings of your account at stomics.io
# export EXPRONAUT_STOMICS="https://..."  # another address of the service
"""


def line(told: StomicsStatus) -> Any:
    """Address, key and budget; the place of the budget, which is drawn when everything was asked for."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="stomics-status"):
        st.markdown(f"**{cards.plain(told.base.partition('://')[2] or told.base)}**", width="content")
        if told.key_hint:
            st.badge(f"key {cards.plain(told.key_hint)}", color="gray", icon=":material/key:")
        else:
            st.badge("no key", color="orange", icon=":material/key_off:")
        if told.offline:
            st.badge("offline", color="orange", icon=":material/cloud_off:")
        place = st.container()
    if told.offline:
        st.info(
            "The offline switch is on: only what the service answered before is shown. Unset EXPRONAUT\\_OFFLINE to "
            "ask it.",
            icon=":material/cloud_off:",
        )
    return place


def budget(place: Any, told: StomicsStatus) -> None:
    """ "987 of 1,000 calls left this hour (counted here)" """
    if not told.key_hint:
        return
    words = f"{told.calls_left:,} of {HOURLY:,} calls left this hour (counted here)"
    if told.resets_at is not None and told.calls_left < FEW:
        words += f"; the next one comes back at {told.resets_at:%H:%M} UTC"
    if told.calls_left < FEW:
        place.markdown(f":orange[:material/speed: {cards.plain(words)}]", width="content")
    else:
        place.caption(f":material/speed: {cards.plain(words)}", width="content")


def teach() -> None:
    """How to set a key."""
    st.info(
        "STOmics needs a key of your own. Make one in the settings of your account at stomics.io, put it into the "
        "environment, then start the app again:",
        icon=":material/key:",
    )
    st.code(SETTINGS, language="bash")
    st.caption(
        "The key is sent in a header, to this service alone, and stands in no link, file or log. It can stand in "
        "`.streamlit/secrets.toml` too, without `export`. A key has 1,000 calls an hour."
    )
