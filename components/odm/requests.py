"""The exact requests of a query: address, curl, Python."""

from __future__ import annotations

import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import OdmRequest, OdmStudy
from components import cards
from components.odm import draft
from components.odm.draft import Draft

LONGEST = 20_000  # signs that are shown


def draw(now: Draft, study: OdmStudy | None) -> None:
    """What would be sent, before anything is."""
    st.markdown("**The exact request**")
    try:
        made = api.odm_requests(draft.query(now, study.accession if study else ""), now.what)
    except ExpronautError as error:
        st.caption(cards.plain(f"{error.message} {error.hint}"))
        return
    place = 0
    if len(made) > 1:
        st.caption(f"Long lists are asked for in pieces: {len(made)} requests.")
        place = st.selectbox("Request", range(len(made)), format_func=lambda one: made[one].title, key="odm-request")
    shown(made[place or 0])


def shown(one: OdmRequest) -> None:
    """A request in three forms, each with a button to copy it."""
    url, curl, python = st.tabs(["URL", "curl", "Python"], key="odm-request-forms")
    for tab, text, language in ((url, one.url, None), (curl, one.curl, "bash"), (python, one.python, "python")):
        with tab:
            st.code(text[:LONGEST], language=language, wrap_lines=True, height=320 if len(text) > 900 else "content")
    st.caption("The token is read from the environment variable ODM\\_TOKEN; it stands in none of these.")
