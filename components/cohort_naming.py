"""From a search to a cohort: give the result a name, then open it on the other pages."""

from __future__ import annotations

import streamlit as st

from backend.errors import ExpronautError
from backend.model import Cohort
from components import cards, cohorts, inputs, sidebar, view

PAGES = (("gene", "Gene", "bar_chart"), ("heatmap", "Heatmap", "grid_on"), ("coexpression", "Co-expression", "hub"))


def card(query: str, total: int, series: int) -> None:
    """The field for a name, and for each cohort of this very search the ways to the other pages."""
    with st.popover("Name this result", icon=":material/group_work:", key="naming"):
        st.markdown("**Keep these samples as a cohort**")
        st.caption(f"{total:,} samples of {series:,} series. A cohort is the search: it finds its samples anew.")
        st.text_input("Name", key=inputs.COHORT_NAME, placeholder="e.g. Healthy liver", max_chars=cohorts.MAX_NAME)
        st.button("Keep", key="cohort-keep", on_click=_keep, args=(query,), type="primary")
        problem = st.session_state.pop(inputs.COHORT_PROBLEM, None)
        if problem is not None:
            cards.tell(problem)


def ways(query: str, total: int, series: int) -> None:
    """The cohorts of this search, each with links that open it on the other pages."""
    for cohort in cohorts.known():
        if cohort.query != query:
            continue
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"ways-{cohort.name}"):
            st.markdown(f"**{cards.plain(cohort.name)}**: {total:,} samples of {series:,} series. Open it on")
            for path, label, icon in PAGES:
                st.page_link(
                    sidebar.file(path),
                    label=label,
                    icon=f":material/{icon}:",
                    query_params=view.carried(_params(path, cohort), inputs.SOURCE, inputs.SPECIES),
                )


def _params(path: str, cohort: Cohort) -> dict[str, list[str]]:
    """The options that show the cohort on a page, on top of what that page showed last."""
    before = {key: values for key, values in view.last(path).items() if key not in (inputs.COHORT, inputs.WITHIN)}
    if path == "coexpression":
        return before | {inputs.WITHIN: [f"query:{cohort.query}"]}
    others = [one for one in view.last(path).get(inputs.COHORT, []) if one != cohorts.text(cohort)]
    return before | {inputs.COHORT: [*others[: cohorts.MOST - 1], cohorts.text(cohort)]}


def _keep(query: str) -> None:
    try:
        cohorts.add(st.session_state[inputs.COHORT_NAME] or "", query)
    except ExpronautError as error:
        st.session_state[inputs.COHORT_PROBLEM] = error
    else:
        st.session_state[inputs.COHORT_NAME] = ""
