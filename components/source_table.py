"""Sources on Home: what each is, how it is and what it can do, in rows that fold on a narrow screen, and compared."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from urllib.parse import quote, urlsplit

import pandas as pd
import streamlit as st

from backend.model import SourceInfo
from components import cards, inputs, source_health

SHOWN, HEIGHT = 8, 460  # sources, above which the table scrolls; px
INDEX = {
    "none": "index not built",
    "partial": "index begun",
    "building": "index being built",
    "ready": "index ready",
    "outdated": "index outdated",
}
_SAFE = ":/?&=%#,+;@~-._"


def draw(infos: Sequence[SourceInfo], indexes: Mapping[str, str], made: Container[str] = ()) -> None:
    """A row for each source. indexes: state of the index of local files, by key of the source; made: keys under way."""
    with st.container(height=HEIGHT if len(infos) > SHOWN else "content", border=len(infos) > SHOWN, gap="small"):
        for info in infos:
            left, right = st.columns([2, 3], gap="small")
            about = _made(info) if info.key in made else facts(info, INDEX.get(indexes.get(info.key, ""), ""))
            left.markdown(f"**{_name(info)}**  \n{about}")
            right.caption(cards.plain(" · ".join(info.capabilities)))
    with st.expander("Compare what they can do", icon=":material/table:"):
        wide = {"Capability": st.column_config.TextColumn(width=150)}
        st.dataframe(compared(infos), key="sources", height="content", column_config=wide)


def compared(infos: Sequence[SourceInfo]) -> pd.DataFrame:
    """Capabilities x sources: "yes" or "–"."""
    every = list(dict.fromkeys(name for info in infos for name in info.capabilities))
    names = inputs.source_names({info.key: info.title for info in infos})
    marks = {names[info.key]: ["yes" if name in info.capabilities else "–" for name in every] for info in infos}
    return pd.DataFrame(marks, index=pd.Index(every, name="Capability"))


def facts(info: SourceInfo, index: str) -> str:
    """ "real · v23 · human · ready", with a mark on what is simulated and on what does not answer; Markdown."""
    state = cards.plain(source_health.word(info))
    if info.problem or info.state != "ready":
        state = f":orange[{state}]"
    return _small(_kind(info), cards.plain(info.version), cards.plain(", ".join(info.species)), state, index)


def _made(info: SourceInfo) -> str:
    """The same of a source that is being made: why it cannot be used yet is no failure, and asks for nothing."""
    return _small(_kind(info), cards.plain(", ".join(info.species)), "being prepared")


def _kind(info: SourceInfo) -> str:
    return f":{source_health.KINDS[info.kind]}-badge[{info.kind}]" if info.kind == "simulated" else info.kind


def _small(*told: str) -> str:
    return f":small[{' · '.join(piece for piece in told if piece)}]"


def _name(info: SourceInfo) -> str:
    """Its title, which leads to its home on the web where it has one; what is simulated comes from nowhere else."""
    if info.kind == "simulated" or urlsplit(info.homepage).scheme not in ("http", "https"):
        return cards.plain(info.title)
    return f"[{cards.plain(info.title)}]({quote(info.homepage, safe=_SAFE)})"
