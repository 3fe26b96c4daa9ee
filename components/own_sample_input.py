"""The user's own sample: dropped, pasted or the example. It stays in the session: in no URL, cache or file."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from backend import api
from backend.errors import ExpronautError
from backend.model import Answer, CountVector, Pool, Species
from components import cards, inputs

STAYS = (
    "Nothing leaves this machine: the counts stay in the memory of this session, in no link, file or cache, and go "
    "when you close the page."
)
FORM = (
    "Plain text, one gene a line with its raw count, tab, comma or blank between them; Ensembl ids (with or without "
    "version) or symbols; decimals are fine; a header is not needed. Each gene once. Up to 200,000 lines or 10 MB."
)
PASTED = "The pasted text"
SHOWN = 500  # names in the list of those not recognised


def panel(source: str, species: Species) -> pd.DataFrame | None:
    """Where a sample is given, and in one line what was read of the one in force; its counts, None without one.

    Raises BadInput when two lines stand for the same gene, or none for a known one.
    """
    problem: ExpronautError | None = st.session_state.get(inputs.OWN_PROBLEM)
    if problem is not None:
        cards.tell(problem)
    if inputs.OWN_SAMPLE not in st.session_state:
        _form(species)
        return None
    name, vector = st.session_state[inputs.OWN_SAMPLE]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="own-line"):
        words = st.empty()
        words.markdown(f"**{cards.plain(name)}**", width="content")
        unknown = st.container(width="content")
        with st.popover("Another sample", icon=":material/upload_file:", key="own-editor"):
            _form(species)
        st.button("Remove", key="own-remove", on_click=_forget, type="tertiary", icon=":material/close:")
    _recognised(name, vector, source, species, words, unknown)
    return vector.counts


def _form(species: Species) -> None:
    turn = st.session_state.get(inputs.OWN_TEXT, 0)  # another turn empties the widgets
    left, right = st.columns(2, gap="medium")
    with left:
        st.file_uploader(
            "A file of counts (10 MB)",
            key=f"{inputs.UPLOAD}-own-{turn}",
            max_upload_size=10,
            on_change=_uploaded,
            args=(turn,),
        )
        st.button("Try a simulated liver sample", key="own-example", on_click=_example, args=(species,))
    with right:
        st.text_area(
            "or paste genes and counts",
            key=f"{inputs.DRAFT}-own-{turn}",
            height=150,
            placeholder="ALB\t120400\nENSG00000254647.7\t0\nTP53\t310.5",
        )
        st.button("Use these counts", key="own-use", on_click=_pasted, args=(turn,), type="primary")
    st.caption(STAYS)
    st.caption(FORM)


def _uploaded(turn: int) -> None:
    given = st.session_state.get(f"{inputs.UPLOAD}-own-{turn}")
    if given is not None:
        _take(given.name, given.getvalue())


def _pasted(turn: int) -> None:
    _take(PASTED, str(st.session_state.get(f"{inputs.DRAFT}-own-{turn}") or "").encode())


def _example(species: Species) -> None:
    _take("Simulated liver sample", api.example_counts(species))


def _take(name: str, content: bytes) -> None:
    """Read it and put it in force; when it cannot be read, what was in force stays."""
    st.session_state.pop(inputs.OWN_PROBLEM, None)
    try:
        vector = api.read_counts(name, content)
    except ExpronautError as error:
        st.session_state[inputs.OWN_PROBLEM] = error
        return
    _next()
    st.session_state[inputs.OWN_SAMPLE] = (name, vector)


def _forget() -> None:
    _next()
    st.session_state.pop(inputs.OWN_PROBLEM, None)
    st.session_state.pop(inputs.OWN_SAMPLE, None)


def _next() -> None:
    """Empty the widgets and what was worked out of the sample before."""
    st.session_state[inputs.OWN_TEXT] = st.session_state.get(inputs.OWN_TEXT, 0) + 1
    st.session_state.pop(inputs.OWN_ANSWERS, None)


def _recognised(
    name: str, vector: CountVector, source: str, species: Species, words: DeltaGenerator, others: DeltaGenerator
) -> None:
    """How many genes of the sample the source knows, and the others behind a button."""
    key = ("known", source, api.stamp(source), species)
    answer = _kept(key) or _keep(key, api.recognised(source, vector.counts, species))
    table = answer.value
    unknown = table[table["known"] == ""]
    reads = table["count"].sum()
    count = f"{len(table) - len(unknown):,} of {len(table):,} genes recognised"
    words.markdown(f"**{cards.plain(name)}** · {count} · {reads:,.0f} reads", width="content")
    for note in vector.notes:
        st.caption(cards.plain(note))
    if len(unknown):
        with others.popover(f"Not recognised: {len(unknown):,}", icon=":material/rule:", key="own-unknown"):
            _list(unknown, reads)


def _list(unknown: pd.DataFrame, reads: float) -> None:
    shown = unknown.sort_values("count", ascending=False, kind="stable").head(SHOWN)
    share = f"They hold {unknown['count'].sum() / reads:.1%} of the reads." if reads else ""
    st.caption(cards.plain(share + (f" The {SHOWN} with the most reads:" if len(unknown) > SHOWN else "")))
    st.dataframe(
        shown[["line", "gene", "count"]].set_axis(["Line", "Name", "Count"], axis=1),
        hide_index=True,
        height=min(300, 38 + 35 * len(shown)),
        key="own-unknown-table",
    )


def nearest(source: str, counts: pd.DataFrame, species: Species, pool: Pool) -> Answer[pd.DataFrame]:
    """The nearest tissues; worked out once for a sample, because it takes all its genes."""
    key = ("nearest", source, api.stamp(source), species, pool)
    return _kept(key) or _keep(key, api.nearest_tissues(source, counts, species, pool))


def _kept(key: tuple[str, ...]) -> Answer[pd.DataFrame] | None:
    found: Answer[pd.DataFrame] | None = st.session_state.get(inputs.OWN_ANSWERS, {}).get(key)
    return found


def _keep(key: tuple[str, ...], answer: Answer[pd.DataFrame]) -> Answer[pd.DataFrame]:
    st.session_state[inputs.OWN_ANSWERS] = {**st.session_state.get(inputs.OWN_ANSWERS, {}), key: answer}
    return answer
