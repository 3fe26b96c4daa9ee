"""The basket of samples, kept across pages for the session."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from components import inputs

MAX_SAMPLES = 10_000


def samples() -> pd.DataFrame:
    """The samples in the basket: the columns of a search result; empty frame when none."""
    rows = st.session_state.get(inputs.BASKET, {})
    return pd.DataFrame(list(rows.values()))


def holds(sample: str) -> bool:
    """Whether the sample is in the basket."""
    return sample in st.session_state.get(inputs.BASKET, {})


def put(rows: pd.DataFrame) -> None:
    """Add samples; those already there stay as they are."""
    basket = dict(st.session_state.get(inputs.BASKET, {}))
    for row in rows.to_dict("records"):
        if len(basket) < MAX_SAMPLES:
            basket.setdefault(row["sample"], row)
    st.session_state[inputs.BASKET] = basket


def toggle(row: dict[str, Any]) -> None:
    """Put a sample in, or take it out."""
    if holds(row["sample"]):
        basket = dict(st.session_state[inputs.BASKET])
        del basket[row["sample"]]
        st.session_state[inputs.BASKET] = basket
    else:
        put(pd.DataFrame([row]))


def clear() -> None:
    """Empty the basket."""
    st.session_state[inputs.BASKET] = {}


def note(samples_page: Any, params: dict[str, list[str]]) -> None:
    """One line in the sidebar when something is in the basket."""
    count = len(st.session_state.get(inputs.BASKET, {}))
    if count:
        st.page_link(
            samples_page,
            label=f"Basket: {count} sample{'s' if count != 1 else ''}",
            icon=":material/shopping_basket:",
            query_params=params,
        )
