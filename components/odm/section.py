"""Genestack ODM: its server, what was opened from it, the catalogue, one study, omics queries, curation."""

from __future__ import annotations

import streamlit as st

from backend import api
from backend.errors import ExpronautError, NotConfigured, Refused
from backend.model import OdmServer
from components import cards, inputs, opened_matrices, view
from components.odm import builder, catalogue, curate, jobs, study

SENDS = {"token": "a Genestack API token", "bearer": "a bearer token", "": "no token"}
SETTINGS = """\
EXPRONAUT_ODM="https://odm.lab.example.org"
EXPRONAUT_ODM_TOKEN="..."          # your Genestack API token, from your profile there
# EXPRONAUT_ODM_BEARER="..."       # or an access token of the identity provider, never both
# EXPRONAUT_ODM_DIALECT="legacy"   # for servers before about 1.57
# EXPRONAUT_ODM_ROLE="curator"     # to import and edit; else you read only
"""
PARTS = {"studies": "Catalogue", "query": "Omics queries", "curate": "Curate"}


def draw() -> None:
    """The whole part."""
    chosen = view.one(inputs.STUDY, "", study.accession)
    try:
        server = api.odm_server()
    except NotConfigured:
        _teach()
        _opened(unfolded=True)
        return
    failed = _state(server)
    works = failed is None
    if failed is not None:
        cards.tell(failed)
        if isinstance(failed, Refused):
            _check(server)
    jobs.elsewhere()
    _opened(unfolded=not works)
    if not works:
        return
    if chosen:
        study.draw(chosen, server)
        return
    usual = "curate" if view.current(inputs.PUBLISH) else "studies"
    part = inputs.segments("Show", inputs.TAB, list(PARTS), usual, PARTS, label_visibility="collapsed")
    if part == "query":
        builder.draw(None)
    elif part == "curate":
        curate.draw("")
    else:
        catalogue.draw()


def _teach() -> None:
    st.info(
        "No ODM server is named yet. Put these into the environment, then start the app again:", icon=":material/dns:"
    )
    st.code(SETTINGS, language="bash")
    st.caption(
        "Make the token on the starting page of ODM or in your profile there: it is shown once, and valid for that "
        "server alone. It is sent in a header and stands in no link, file or log. The same keys can stand in "
        "`.streamlit/secrets.toml`."
    )


def _state(server: OdmServer) -> ExpronautError | None:
    """The line on the server; why it does not answer."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="odm-server"):
        return _line(server)


def _line(server: OdmServer) -> ExpronautError | None:
    st.markdown(f"**{cards.plain(server.base.partition('://')[2] or server.base)}**", width="content")
    st.badge(f"{server.dialect} addresses", color="gray")
    st.badge(f"as {server.role}", color="blue" if server.is_curator else "gray")
    st.badge(SENDS[server.sends], color="gray" if server.sends else "orange", icon=":material/key:")
    failed: ExpronautError | None = None
    with st.spinner("Asking the server"):
        try:
            answer = api.odm_check()
        except ExpronautError as error:
            failed = error
    if failed is None:
        n, stale = answer.value, answer.provenance.stale
        words = f"{'kept answers' if stale else 'answers'}, {n:,} {'study' if n == 1 else 'studies'}"
        st.badge(words, color="orange" if stale else "green", icon=f":material/{'history' if stale else 'check'}:")
        return None
    st.badge("refused" if isinstance(failed, Refused) else "does not answer", color="red", icon=":material/error:")
    return failed


def _check(server: OdmServer) -> None:
    """What to look at after a 401 or 403."""
    name = "EXPRONAUT_ODM_BEARER" if server.sends == "bearer" else "EXPRONAUT_ODM_TOKEN"
    st.markdown(
        f"- `{name}` is {'set' if server.sends else '**not set**'}: {SENDS[server.sends]} is sent.\n"
        "- Is it whole, with its first and its last sign?\n"
        f"- Is it of this server ({cards.plain(server.base)})? One of a test server fails on another.\n"
        "- Is it still listed in your profile there?\n"
        f"- You ask as {server.role} (`EXPRONAUT_ODM_ROLE`): only members of the Curators group may ask as curator."
    )


def _opened(unfolded: bool) -> None:
    with cards.guard():
        shelf = opened_matrices.Shelf(api.opened_selections(), api.group_selection, api.forget_selection)
        opened_matrices.listing(shelf, unfolded)
