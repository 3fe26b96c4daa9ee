"""Omics queries: conditions on linked objects, genes and values, the exact requests, and what they find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from backend import api
from backend.model import OdmStudy
from components import cards, inputs, view
from components.odm import conditions, draft, drafting, examples, found, jobs, requests
from components.odm.draft import Draft

PART = "query"
VERSIONS = {"": "Active versions", "*": "All versions (*)", "v0": "Only files without versions (v0)"}
VERSION_HELP = (
    "Which version of each expression matrix: the active one, or v1, v2; CHAIN:v2 for one chain, CHAIN:ACCESSION for "
    "one file; several chains separated by ;"
)
GENES = "Named as in the first column of the file, one a line or separated by commas; any of them"
FILTERS = {
    "sample": '"Sex"="male" AND "Age">40',
    "library": '"Library Type"="RNA-Seq-1"',
    "preparation": '"Digestion"="Trypsin"',
    "expression": '"Normalization Method"="TPM"',
    "study": '"Therapeutic Area"="Oncology"',
}
WORDS = "Full text, with synonyms; * and ? stand for letters"


def draw(study: OdmStudy | None) -> None:
    """The builder, the requests, and what was asked. study: None to ask across all."""
    now = drafting.now()
    if study is None:
        st.caption("Across every study that you may see. Open a study to choose attributes and values from its own.")
    else:
        examples.draw(study)
    left, right = st.columns([1.35, 1], gap="large")
    with left:
        conditions.draw(now, study)
        _expression(now, study)
        _expert(now, study)
        _ask(now)
    with right:
        requests.draw(now, study)
    pages = view.one(inputs.ASKED, 0, _pages)
    if pages:
        with cards.guard():
            found.draw(now, study, pages)
    jobs.here(PART)


def _pages(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise ValueError(text)
    return int(text)


def _expression(now: Draft, study: OdmStudy | None) -> None:
    st.markdown("**Genes and values**")
    with st.container(horizontal=True, gap="small", vertical_alignment="top"):
        st.session_state["odm-genes"] = "\n".join(now.genes)

        def genes(before: Draft, text: str) -> Draft:
            names = tuple(api.split_names(text or ""))[: draft.MOST_GENES]
            return replace(before, genes=names, what="expression" if names and not before.genes else before.what)

        st.text_area("Genes", height=90, placeholder="CD36, CPT1A", help=GENES, **drafting.changes("odm-genes", genes))
        with st.container(width=220, gap="small"):
            st.session_state["odm-least"] = now.threshold
            st.number_input(
                "Least value",
                value=None,
                placeholder="Any",
                help="Values from here on. Samples without such a value are left out.",
                **drafting.changes("odm-least", lambda before, value: replace(before, threshold=value)),
            )
    _versions(now, study)


def _versions(now: Draft, study: OdmStudy | None) -> None:
    names = dict(VERSIONS)
    for group in study.data if study else ():
        if group.chain:
            names[f"{group.chain}:v{group.number}"] = (
                f"v{group.number} of {group.chain} ({group.genome or 'no genome told'})"
            )
    options = [*names, *([now.versions] if now.versions not in names else [])]
    st.session_state["odm-versions"] = now.versions
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.selectbox(
            "Versions of data",
            options,
            format_func=lambda one: names.get(one, one),
            accept_new_options=True,
            help=VERSION_HELP,
            width=300,
            **drafting.changes(
                "odm-versions", lambda before, value: replace(before, versions=str(value or "").strip())
            ),
        )
        st.session_state["odm-narrower"] = now.narrower
        st.toggle(
            "Narrower terms",
            help="Terms below yours in a dictionary count too",
            **drafting.changes("odm-narrower", lambda before, value: replace(before, narrower=bool(value))),
        )


def _expert(now: Draft, study: OdmStudy | None) -> None:
    filled = sum(bool(text) for text in (now.filters, now.texts, now.ex_query, now.measurement))
    label = f"In ODM's own words{f' ({filled} filled in)' if filled else ''}"
    with st.expander(label, icon=":material/terminal:", key="odm-expert"):
        for of, title in draft.KINDS.items():
            if of == "study" and study is not None:
                continue
            with st.container(horizontal=True, gap="small"):
                _free(f"{title} filter", now.filter(of), "filters", of, FILTERS[of])
                if of != "expression":
                    _free(f"{title} text", now.text(of), "texts", of, "liver*")
        with st.container(horizontal=True, gap="small"):
            st.session_state["odm-ex"] = now.ex_query
            st.text_input(
                "exQuery, instead of genes and value",
                placeholder="feature=CD36,CPT1A value >= 4",
                max_chars=draft.LONGEST,
                help="Older forms as Feature=CD36 MinValue=4 are translated.",
                **drafting.changes("odm-ex", lambda before, text: replace(before, ex_query=text.strip())),
            )
            st.session_state["odm-measurement"] = now.measurement
            st.text_input(
                "Measurement",
                placeholder="The first",
                max_chars=100,
                help="For data with several values a sample",
                width=160,
                **drafting.changes("odm-measurement", lambda before, text: replace(before, measurement=text.strip())),
            )


def _free(label: str, text: str, part: Any, of: Any, placeholder: str) -> None:
    key = f"odm-{part}-{of}"
    st.session_state[key] = text
    st.text_input(
        label,
        placeholder=placeholder,
        max_chars=draft.LONGEST,
        help=WORDS if part == "texts" else None,
        **drafting.changes(key, lambda before, words: before.with_part(part, of, words)),
    )


def _ask(now: Draft) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="odm-asking"):
        st.session_state["odm-what"] = now.what
        names: Mapping[Any, str] = draft.WHAT
        st.segmented_control(
            "Find",
            list(names),
            format_func=lambda one: names[one],
            required=True,
            **drafting.changes("odm-what", lambda before, what: replace(before, what=what)),
        )
        st.session_state["odm-page"] = now.page
        st.selectbox(
            "A request",
            draft.PAGES,
            format_func=lambda n: f"{n:,} objects",
            width=150,
            **drafting.changes("odm-page", lambda before, page: replace(before, page=page)),
        )
        st.button("Ask", type="primary", icon=":material/play_arrow:", key="odm-ask", on_click=_asked)


def _asked() -> None:
    view.write_all({inputs.ASKED: ["1"]})
