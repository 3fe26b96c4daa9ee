"""How a source is, in a word and in sentences, from what is known already: nothing is asked for it."""

from __future__ import annotations

import time

import streamlit as st

from backend import api
from backend.model import SourceInfo
from components import cards

COLOURS = {"ready": "green", "partly down": "orange", "not answering": "red", "offline": "gray"}
ICONS = {"ready": "check", "partly down": "error", "not answering": "cloud_off", "offline": "wifi_off"}
KINDS = {"real": "blue", "simulated": "orange", "live": "green", "cached": "gray"}
_AFTER = 0.2  # seconds from the end of a rest to the next question


def word(info: SourceInfo) -> str:
    """For a table: why the source cannot be used, else the state of its services."""
    return info.problem or info.state


def badges(info: SourceInfo) -> None:
    """Health, whether the numbers are real, simulated or live, and the version; of a live source its terms instead."""
    with st.container(horizontal=True, gap="xsmall"):
        _health(info)
        if not info.health:
            st.badge(f"{info.kind} data", color=KINDS[info.kind])
            st.badge(cards.plain(info.version), color="gray")
            return
        until = "until you ask anew on the page Spatial" if "Spatial view" in info.capabilities else "for a week"
        st.badge(info.kind, color=KINDS[info.kind], help=f"Asked over the internet; answers are kept {until}.")
        if "non-commercial" in info.licence.casefold():
            st.badge("non-commercial", color="gray", help=cards.plain(info.licence))


def watch(info: SourceInfo) -> None:
    """Run the page once more when a service that is left alone may be asked again; nothing while none is.

    For the end of a run. A service that fails again is left alone anew, and only then there is a next time: one that
    this page does not ask makes no page run over and over.
    """
    left = api.rest(info.key) if info.kind == "live" and info.state != "ready" else 0.0
    if left > 0:
        st.fragment(run_every=left + _AFTER)(_again)(time.monotonic() + left)


def _again(when: float) -> None:
    """Drawn at once, and then by the browser's clock, until it is time."""
    if time.monotonic() >= when:
        st.rerun(scope="app")


def _health(info: SourceInfo) -> None:
    if info.problem:
        st.badge("not ready", color="orange", icon=":material/error:", help=cards.plain(info.problem))
    else:
        services = "\n".join(f"- {cards.plain(sentence)}" for sentence in info.health) or None
        st.badge(info.state, color=COLOURS[info.state], icon=f":material/{ICONS[info.state]}:", help=services)
