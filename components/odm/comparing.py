"""Two versions of an expression matrix: which samples, features and values changed."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from backend import api
from backend.model import Comparison, DataVersion, OdmChain, OdmStudy, OmicsQuery
from components import cards, inputs
from components.odm import jobs

NONE = ""
NAMED = 20


def name(version: DataVersion) -> str:
    """ "v2, GSF12" """
    return f"v{version.number}, {version.accession}"


def draw(
    study: OdmStudy, chain: OdmChain, version: DataVersion, called: Callable[[OdmStudy, DataVersion], str]
) -> None:
    """With which version, and what changed; nothing for a matrix of one version. called: as sources."""
    others = [one for one in chain.versions if one.accession != version.accession]
    if not others:
        return
    st.markdown("**What changed between versions?**")
    names = {NONE: "Nothing"} | {one.accession: name(one) for one in others}
    against = inputs.choice(f"Compare {name(version)} with", inputs.AGAINST, list(names), NONE, names, width=320)
    if not against:
        return
    other = next(one for one in others if one.accession == against)
    before, after = sorted((version, other), key=lambda one: one.number)
    lacking = [one for one in (before, after) if not one.key]
    if lacking:
        words = " and ".join(name(one) for one in lacking)
        st.info(cards.plain(f"Both versions are compared on this machine: {words} must be opened first."))
        if st.button("Open and compare", key="odm-compare", type="primary", icon=":material/difference:"):
            for one in lacking:
                jobs.open_data(OmicsQuery(study=study.accession), one.accession, name(one), "data", called(study, one))
            st.rerun()
        return
    with st.spinner("Comparing"):
        found = api.compare_selections(before.key, after.key)
    result(found, f"v{before.number}", f"v{after.number}")


def result(found: Comparison, before: str, after: str) -> None:
    """Counts, names, the largest changes."""
    columns = st.columns(3)
    columns[0].metric("Samples added, gone", f"+{found.n_samples_added:,} −{found.n_samples_gone:,}", border=False)
    columns[1].metric("Features added, gone", f"+{found.n_features_added:,} −{found.n_features_gone:,}", border=False)
    columns[2].metric("Values changed", f"{found.n_changed:,} of {found.n_compared:,}", border=False)
    lists = (
        (f"Samples only in {after}", found.samples_added, found.n_samples_added),
        (f"Samples only in {before}", found.samples_gone, found.n_samples_gone),
        (f"Features only in {after}", found.features_added, found.n_features_added),
        (f"Features only in {before}", found.features_gone, found.n_features_gone),
    )
    for words, names, n in lists:
        if n:
            more = f" and {n - NAMED:,} more" if n > NAMED else ""
            st.caption(cards.plain(f"{words}: {', '.join(names[:NAMED])}{more}."))
    if found.largest:
        st.caption("The largest changes; an empty cell was not measured.")
        st.dataframe(changes(found, before, after), hide_index=True, key="odm-changes")
    elif not any(n for _, _, n in lists):
        st.success("Samples, features and values are the same.", icon=":material/check:")


def changes(found: Comparison, before: str, after: str) -> pd.DataFrame:
    """One row a changed value."""
    table = pd.DataFrame(found.largest, columns=["Feature", "Sample", before, after])
    table["Change"] = table[after] - table[before]
    return table
