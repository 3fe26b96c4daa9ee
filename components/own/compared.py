"""Two versions of a matrix: which samples, features and values changed."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from backend import api
from backend.model import Comparison, OwnMatrix
from components import cards
from components.own import words


def draw(first: OwnMatrix, second: OwnMatrix) -> None:
    """What the second, later one has more, less and otherwise."""
    st.markdown(f"**From v{first.version.number} to v{second.version.number}**")
    with st.spinner("Comparing the numbers", show_time=True):
        found = api.compare_own(first.version.accession, second.version.accession)
    st.markdown(cards.plain(sentence(found)))
    frame = pd.DataFrame(
        {
            "": ["Samples", "Features"],
            "Added": [found.n_samples_added, found.n_features_added],
            "Gone": [found.n_samples_gone, found.n_features_gone],
            "Names added": [words.listed(found.samples_added, 20), words.listed(found.features_added, 20)],
            "Names gone": [words.listed(found.samples_gone, 20), words.listed(found.features_gone, 20)],
        }
    )
    st.dataframe(frame, hide_index=True, key=f"own-compared-{second.version.key}")
    if found.largest:
        st.caption("The largest changes. None: not measured.")
        numbers = st.column_config.NumberColumn(format="%.4g")
        st.dataframe(
            largest(found.largest),
            hide_index=True,
            height=words.height(len(found.largest), 300),
            key=f"own-largest-{second.version.key}",
            column_config=dict.fromkeys(("Before", "After", "Change"), numbers),
        )


def sentence(found: Comparison) -> str:
    """How many values changed among those that both have."""
    if not found.n_compared:
        return "They share no sample and feature, so no value can be compared."
    if not found.n_changed:
        return f"All {found.n_compared:,} values that both have are the same."
    return f"{found.n_changed:,} of {found.n_compared:,} values that both have changed."


def largest(rows: Sequence[tuple[str, str, float, float]]) -> pd.DataFrame:
    """The largest changes with their difference, NaN where one was not measured."""
    frame = pd.DataFrame(rows, columns=["Feature", "Sample", "Before", "After"])
    frame["Change"] = frame["After"] - frame["Before"]
    return frame
