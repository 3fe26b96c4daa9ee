"""Your studies: those stored here, one of them opened, and the import of a new one."""

from __future__ import annotations

import streamlit as st

from backend import api
from components import inputs, view
from components.own import adding, draft, import_jobs, shelf, study

LONGEST = 40


def draw() -> None:
    """The whole part."""
    import_jobs.draw()
    goal = view.one(inputs.OWN_ADD, "", _short)
    opened = view.one(inputs.OWN_STUDY, "", _short)
    if goal:
        _leave("Back", inputs.OWN_ADD)
        adding.draw(goal)
    elif opened:
        _leave("All studies", inputs.OWN_STUDY, inputs.TAB, *study.OPTIONS)
        study.draw(opened)
    elif found := api.own_studies():
        shelf.draw(found)
    else:
        adding.draw(draft.NEW)


def _leave(label: str, *keys: str) -> None:
    st.button(
        label,
        key="own-leave",
        type="tertiary",
        icon=":material/arrow_back:",
        on_click=view.write_all,
        args=({key: [] for key in keys},),
    )


def _short(text: str) -> str:
    return text[:LONGEST]
