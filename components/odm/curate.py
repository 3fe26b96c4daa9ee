"""Curation: importing studies, publishing the lab's own, validation, changing values, versions."""

from __future__ import annotations

import streamlit as st

from backend import api
from backend.model import OdmStudy
from components import cards, inputs, view
from components.odm import (
    curate_draft,
    curate_files,
    curate_imports,
    curate_objects,
    curate_plan,
    curate_publish,
    curate_validation,
)

NEW = {"import": "Import a study", "publish": "Publish one of yours"}
OF_STUDY = {"validation": "Validation", "values": "Values and versions", "add": "Add files"}
RESEARCHER = """\
export EXPRONAUT_ODM_ROLE="curator"
export EXPRONAUT_ODM_TOKEN="..."   # of an account in the Curators group of that server
"""


def draw(study: str) -> None:
    """study: accession of the one that is open, "" for none."""
    if not api.odm_server().is_curator:
        _researcher()
    elif study:
        _of_study(study)
    else:
        _new()


def _researcher() -> None:
    st.info(
        "ODM is asked as researcher here, who reads and queries. Importing, validating and changing values is for "
        "curators. Put these into the environment, then start the app again:",
        icon=":material/lock:",
    )
    st.code(RESEARCHER, language="bash")


def _new() -> None:
    _only(NEW)
    usual = "publish" if view.current(inputs.PUBLISH) else "import"
    do = inputs.segments("Do", inputs.DO, list(NEW), usual, NEW, label_visibility="collapsed")
    with cards.guard():
        curate_imports.draw("")
    with cards.guard():
        if do == "publish":
            curate_publish.draw()
        else:
            st.markdown("### New import")
            _import(None)


def _only(known: dict[str, str]) -> None:
    """What was done with a study is no wish where none is open, and the other way round."""
    if view.current(inputs.DO) in (NEW | OF_STUDY).keys() - known.keys():
        view.write(inputs.DO, None)


def _of_study(accession: str) -> None:
    study = api.odm_study(accession).value
    _only(OF_STUDY)
    do = inputs.segments("Do", inputs.DO, list(OF_STUDY), "validation", OF_STUDY, label_visibility="collapsed")
    with cards.guard():
        if do == "validation":
            curate_validation.draw(study)
        elif do == "values":
            curate_objects.draw(study)
        else:
            curate_imports.draw(accession)
            _import(study)


def _import(study: OdmStudy | None) -> None:
    """The files, then the dry run."""
    draft = curate_draft.of(study)
    key = study.accession if study else ""
    curate_files.draw(draft, study)
    if study and all(row.accession for row in draft.rows):
        st.caption("What the study has in ODM already is listed, so that new files are linked to it.")
        return
    if not draft.rows:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.session_state["curate-template"], st.session_state["curate-dups"] = draft.template, draft.allow_dups
        st.text_input(
            "Template of all",
            key="curate-template",
            placeholder="The usual one",
            max_chars=40,
            width=200,
            on_change=_set,
            args=(draft,),
            help="Its accession; a file may have another, in its options",
        )
        st.toggle(
            "Allow duplicates",
            key="curate-dups",
            on_change=_set,
            args=(draft,),
            help="Import files by link again that the server has already; meant for trials",
        )
        st.button("Begin anew", key="curate-anew", type="tertiary", on_click=curate_draft.clear, args=(key,))

    def begun(name: str) -> None:
        curate_imports.begun(name, key, draft)
        curate_draft.clear(key)

    with cards.guard():
        curate_plan.draw(curate_draft.wish(draft), begun)


def _set(draft: curate_draft.Draft) -> None:
    draft.template = str(st.session_state["curate-template"] or "").strip()
    draft.allow_dups = bool(st.session_state["curate-dups"])
