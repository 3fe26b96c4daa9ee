"""The basket of samples, kept across pages for the session."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from components import inputs

MAX_SAMPLES = 10_000
DATA, SIMULATED = "data", "SIMULATED DATA"  # the column that names the data, and how it begins for simulated ones


def samples() -> pd.DataFrame:
    """The samples in the basket: the columns of a search result and their data; empty frame when none."""
    rows = st.session_state.get(inputs.BASKET, {})
    return pd.DataFrame(list(rows.values()))


def holds(sample: str) -> bool:
    """Whether the sample is in the basket."""
    return sample in st.session_state.get(inputs.BASKET, {})


def put(rows: pd.DataFrame) -> None:
    """Add samples, each with the data it comes from; those already there stay as they are."""
    info = st.session_state[inputs.SOURCE_INFO]
    data = f"{SIMULATED}, {info.title}" if info.kind == "simulated" else info.title
    basket = dict(st.session_state.get(inputs.BASKET, {}))
    for row in rows.to_dict("records"):
        if len(basket) < MAX_SAMPLES:
            basket.setdefault(row["sample"], row | {DATA: data})
    st.session_state[inputs.BASKET] = basket


def file_name(samples: pd.DataFrame, ending: str) -> str:
    """Of a file of the basket, which says when any sample in it is simulated."""
    simulated = samples[DATA].str.startswith(SIMULATED).any()
    return f"{'SIMULATED_' if simulated else ''}expronaut_basket{ending}"


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
