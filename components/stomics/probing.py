"""What the service's own description of itself (OpenAPI) says of what we take for granted."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import Answer, StomicsPoint, StomicsProbe
from components import cards, inputs

TITLES = {
    "contradicted": ("Contradicted", "error"),
    "unknown": ("Not told", "help"),
    "confirmed": ("Confirmed", "check"),
}


def draw() -> None:
    """A button, and what came of it last; asked by a click only."""
    with st.expander("Does the service work as expected here?", icon=":material/fact_check:", key="stomics-probe"):
        st.caption(
            "Much of how STOmics answers is not published, and assumed here. Its own description (OpenAPI) can tell "
            "what is so; it takes one call. The command `python -m backend probe stomics` does the same."
        )
        if st.button("Compare with the service's own description", key="probe", icon=":material/compare_arrows:"):
            st.session_state.pop(inputs.PROBED, None)
            with st.spinner("Asking STOmics"):
                st.session_state[inputs.PROBED] = _asked()
        found: Answer[StomicsProbe] | ExpronautError | None = st.session_state.get(inputs.PROBED)
        if isinstance(found, ExpronautError):
            cards.tell(found, again=False)
        elif found is not None:
            _told(found)


def _asked() -> Answer[StomicsProbe] | ExpronautError:
    try:
        return api.stomics_probe()
    except ExpronautError as error:
        return error


def _told(found: Answer[StomicsProbe]) -> None:
    probe = found.value
    about = [probe.title, f"OpenAPI {probe.version}" if probe.version else ""]
    st.markdown(f"**{cards.plain(' · '.join(word for word in about if word))}**")
    for verdict, (title, icon) in TITLES.items():
        _points(title, icon, [point for point in probe.points if point.verdict == verdict])
    if probe.shape:
        st.caption(cards.plain(f"The expression of a gene would be read as: {probe.shape}."))
    if probe.more:
        st.caption(cards.plain(f"Routes that are not used here: {', '.join(probe.more)}."))
    if probe.saved:
        st.caption(cards.plain(f"The description was saved as {probe.saved}."))
    st.caption(cards.provenance_line(found.provenance))


def _points(title: str, icon: str, points: Sequence[StomicsPoint]) -> None:
    st.markdown(f":material/{icon}: **{title}: {len(points)}**")
    if points:
        rows = [(point.path, _what(point), point.told) for point in points]
        st.dataframe(pd.DataFrame(rows, columns=["Route", "What", "It says"]), hide_index=True)


def _what(point: StomicsPoint) -> str:
    """Of what is only assumed, a contradiction is no surprise."""
    return f"{point.subject} (assumed)" if point.assumed else point.subject
