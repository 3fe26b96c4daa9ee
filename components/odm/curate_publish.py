"""One of the lab's own studies on its way to the ODM server."""

from __future__ import annotations

import streamlit as st

from backend import api
from backend.model import OdmWish
from components import cards, inputs, view
from components.odm import curate_imports, curate_plan
from components.own import words

NO_UPLOAD = (
    "ODM takes no upload of a study's own file. Put it where the ODM server reaches it and give the link; or make an "
    "empty study in ODM by hand and give its accession: its attributes are then filled in from here. Samples, "
    "libraries, preparations and expression are uploaded."
)


def draw() -> None:
    """Which study, where its file is, the dry run."""
    studies = {one.accession: one for one in api.own_studies() if one.problem is None}
    if not studies:
        st.info(
            "There is no study of your own yet. Add its files under Your studies, then come back.",
            icon=":material/folder_open:",
        )
        return
    names = {key: f"{one.title} · {key}" for key, one in studies.items()}
    chosen = inputs.choice("Your study", inputs.PUBLISH, list(studies), next(iter(studies)), names, width=520)
    st.caption(cards.plain(words.facts(studies[chosen])))
    link, accession = _where()
    st.caption(NO_UPLOAD)
    if st.button(
        "Prepare", key="curate-prepare", type="primary", icon=":material/checklist:", disabled=not (link or accession)
    ):
        with st.spinner("Packing its files", show_time=True):
            st.session_state[inputs.ODM_WISH] = (chosen, link, accession, api.odm_own_wish(chosen, link, accession))
    known: tuple[str, str, str, OdmWish] | None = st.session_state.get(inputs.ODM_WISH)
    if known is not None and known[:3] == (chosen, link, accession):
        curate_plan.draw(known[3], _begun)


def _where() -> tuple[str, str]:
    """A link to the study's file, or the accession of a study that is there."""
    ways = {"link": "By link", "accession": "In ODM already"}
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        way = st.segmented_control(
            "The study itself",
            list(ways),
            format_func=ways.__getitem__,
            default="link",
            required=True,
            key="curate-way",
        )
        if way == "link":
            hint = "https://…/study.tsv"
            return st.text_input(
                "Link to its TSV", key="curate-own-link", placeholder=hint, max_chars=4_000
            ).strip(), ""
        typed = st.text_input("Its accession", key="curate-own-accession", placeholder="GSF334953", max_chars=40)
        return "", typed.strip()


def _begun(key: str) -> None:
    curate_imports.begun(key)
    st.session_state.pop(inputs.ODM_WISH, None)
    view.write_all({inputs.PUBLISH: [], inputs.DO: [], inputs.TAB: ["curate"]})
