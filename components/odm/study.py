"""One study of an ODM server: its metadata, samples, libraries, preparations, data, and queries of it."""

from __future__ import annotations

from typing import cast

import pandas as pd
import streamlit as st

from backend import api
from backend.model import OdmKind, OdmObject, OdmServer, OdmStudy
from components import cards, inputs, view
from components.odm import builder, curate, data, objects

TITLES = {
    "study": "Study",
    "samples": "Samples",
    "libraries": "Libraries",
    "preparations": "Preparations",
    "data": "Data",
    "query": "Query",
    "curate": "Curate",
}


def accession(text: str) -> str:
    """The accession in the address. Raises ValueError for what is none."""
    if len(text) > 100 or not text.isprintable():
        raise ValueError(text)
    return text.strip()


def draw(chosen: str, server: OdmServer) -> None:
    """Its title, its parts, and the one that the address names."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="odm-title"):
        st.button("All studies", key="odm-leave", type="tertiary", icon=":material/arrow_back:", on_click=_leave)
        with st.spinner("Asking for the study", show_time=True):
            answer = api.odm_study(chosen)
        found = answer.value
        st.markdown(f"**{cards.plain(found.title)}**", width="content")
        st.code(found.accession, language=None, width="content")
    st.caption(cards.plain(summary(found)))
    for sentence in found.missing:
        st.warning(cards.plain(sentence), icon=":material/warning:")
    cards.stale(answer.provenance)
    parts = _parts(found, server)
    part = inputs.choice(
        "Show", inputs.TAB, parts, "study", TITLES, control=_segments, label_visibility="collapsed"
    )  # fmt: skip
    with cards.guard():
        if part == "study":
            _about(found)
        elif part in ("samples", "libraries", "preparations"):
            objects.draw(found, cast("OdmKind", part))
        elif part == "data":
            data.draw(found)
        elif part == "query":
            builder.draw(found)
        else:
            curate.draw(found.accession)
    if part in ("study", "data"):
        st.caption(cards.provenance_line(answer.provenance))


def _segments(label: str, options: list[str], **extra: object) -> object:
    return st.segmented_control(label, options, required=True, **extra)  # type: ignore[call-overload]


def _parts(found: OdmStudy, server: OdmServer) -> list[str]:
    kinds = {kind for _, kind, n in found.groups if n}
    there = [part for part in ("libraries", "preparations") if part in kinds]
    return ["study", "samples", *there, "data", "query", *(["curate"] if server.is_curator else [])]


def counts(found: OdmStudy) -> dict[str, int]:
    """How many samples and so on it has."""
    told: dict[str, int] = {}
    for _, kind, n in found.groups:
        told[kind] = told.get(kind, 0) + n
    return told


def summary(found: OdmStudy) -> str:
    """How much there is of what, in one line."""
    names = {"samples": "sample", "libraries": "library", "preparations": "preparation"}
    pieces = [f"{n:,} {names[kind] if n == 1 else kind}" for kind, n in counts(found).items()]
    chains = len({group.chain or group.accession for group in found.data})
    versions = len(found.data)
    pieces.append(f"{chains} data {'group' if chains == 1 else 'groups'}")
    if versions > chains:
        pieces.append(f"{versions} versions in all")
    files = len({group for group, kind, _ in found.groups if kind == "samples"})
    if files > 1:
        pieces.append(f"samples of {files} files")
    return " · ".join(pieces)


def _about(found: OdmStudy) -> None:
    fields = objects.detail()
    about = found.about if fields == "all" else api.odm_study(found.accession, fields).value.about
    table = attributes(about)
    filled = table[table["Value"] != ""]
    st.dataframe(
        filled,
        hide_index=True,
        key="odm-about",
        column_config={"Attribute": st.column_config.TextColumn(width="medium")},
    )
    empty = [name for name in table["Attribute"] if name not in set(filled["Attribute"])]
    if empty:
        st.caption(cards.plain(f"Not filled in: {', '.join(empty[:30])}."))


def attributes(about: OdmObject) -> pd.DataFrame:
    """Attribute and value as text."""
    rows = [(name, objects.as_text(value)) for name, value in about.attributes]
    return pd.DataFrame(rows, columns=["Attribute", "Value"], dtype=object)


def _leave() -> None:
    gone = (inputs.STUDY, inputs.TAB, inputs.QUERY, inputs.ASKED, inputs.MATRIX, inputs.AGAINST, inputs.PLOTTED)
    view.write_all({key: [] for key in (*gone, inputs.AND_PLOTTED, inputs.FIND)})
