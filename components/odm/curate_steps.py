"""What an import is shown as: its title and state, its steps, how columns are linked."""

from __future__ import annotations

from typing import Literal

import pandas as pd
import streamlit as st

from backend.model import OdmImport
from components import cards
from components.own import report, words

STATES = {
    "waiting": "to do",
    "sent": "sent, no answer yet",
    "running": "running",
    "done": "done",
    "failed": "failed",
    "doubtful": "not known",
}
MARKS: dict[str, tuple[Literal["blue", "green", "orange", "red"], str]] = {
    "under way": ("blue", "sync"),
    "finished": ("green", "check"),
    "your decision": ("orange", "help"),
    "failed": ("red", "error"),
    "not finished": ("orange", "pause"),
}


def mark(found: OdmImport) -> str:
    """How it stands, in words."""
    states = {step.state for step in found.steps}
    if found.finished:
        return "finished"
    return "your decision" if "doubtful" in states else "failed" if "failed" in states else "not finished"


def title(found: OdmImport, state: str) -> None:
    """One line."""
    colour, icon = MARKS[state]
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(f"**{cards.plain(found.title or 'Import')}**", width="content")
        st.badge(state, color=colour, icon=f":material/{icon}:")
        if found.study:
            st.code(found.study, language=None, width="content")
        if found.begun:
            st.caption(
                cards.plain(f"{found.server.partition('://')[2]}, begun {found.begun[:16].replace('T', ' ')} UTC")
            )


def table(found: OdmImport) -> pd.DataFrame:
    """One row a step."""
    rows = [
        (step.part, step.what, STATES[step.state], step.accession, str(step.job or ""), step.message)
        for step in found.steps
    ]
    names = ["Step", "File", "State", "Accession", "Job", "What to know"]
    return pd.DataFrame(rows, columns=names)


def steps(found: OdmImport) -> None:
    """The table of them, then the links."""
    st.dataframe(
        table(found),
        hide_index=True,
        key=f"curate-steps-{found.key}",
        height=words.height(len(found.steps), 420),
        column_config={
            "Step": st.column_config.TextColumn(width="medium"),
            "Job": st.column_config.TextColumn(width=60),
            "What to know": st.column_config.TextColumn(width="large"),
        },
    )
    for step in found.steps:
        if step.link is not None:
            report.link(step.what, step.link)
