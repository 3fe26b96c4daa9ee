"""A gene list: pasted or uploaded, sorted out in a table, and drawn only after a look at it."""

from __future__ import annotations

import zlib

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import BadInput
from backend.model import Species
from components import cards, inputs, view

FILE_TYPES = ("txt", "csv", "tsv", "gmt")
STATUS_WORDS = {
    "current": "current symbol",
    "renamed": "renamed",
    "date repaired": "date repaired",
    "ortholog": "ortholog",
    "duplicate": "duplicate",
    "ambiguous": "ambiguous",
    "absent": "absent",
}


def in_force(usual: list[str], source: str, species: Species) -> list[str]:
    """The list of the link, else the usual one, with its editor; the editor stays where the link's is damaged.

    Raises BadInput then.
    """
    try:
        names = view.unpacked(view.hidden(inputs.GENES, view.packed(usual)))
    except BadInput:
        editor([], source, species)
        raise
    editor(names, source, species)
    return names


def editor(names: list[str], source: str, species: Species, key: str = inputs.GENES) -> None:
    """The list in force, to be replaced: paste or upload, see what each name is read as, press Draw."""
    with st.expander(
        f"Genes ({len(names):,} name{'s' if len(names) != 1 else ''}): paste or upload another list",
        icon=":material/edit_note:",
        key=f"{key}-editor",
    ):
        left, right = st.columns(2, gap="medium")
        shown = zlib.crc32(",".join(names).encode())  # another list in force starts another draft
        text = left.text_area(
            "Gene names, any kind, up to 500 are drawn",
            "\n".join(names),
            key=f"{inputs.DRAFT}-{key}-{shown}",
            height=150,
            placeholder="TP53, PD-L1, ENSG00000254647, 7157 …",
        )
        uploaded = right.file_uploader(
            "or a file: txt, csv, tsv, gmt (5 MB)",
            type=FILE_TYPES,
            key=f"{inputs.UPLOAD}-{key}-{shown}",
            max_upload_size=5,
        )
        with cards.guard():
            pasted = api.split_names(text or "")
            if uploaded and pasted != names:
                right.caption(
                    f"The names are taken from {cards.plain(uploaded.name)}; remove it to use the pasted ones."
                )
            draft = _from_file(uploaded, right) if uploaded else pasted
            if draft and draft != names:
                _check(draft, source, species, key)
            elif not draft:
                st.caption("Paste at least one gene name.")


def _from_file(
    uploaded: st.runtime.uploaded_file_manager.UploadedFile, place: st.delta_generator.DeltaGenerator
) -> list[str]:
    sets = api.read_gene_file(uploaded.name, uploaded.getvalue())
    if len(sets) == 1:
        return next(iter(sets.values()))
    chosen = place.selectbox(
        "Gene set", list(sets), key=inputs.GENE_SET, format_func=lambda name: f"{name} ({len(sets[name])})"
    )
    return sets[chosen]


def _check(draft: list[str], source: str, species: Species, key: str) -> None:
    """The triage of a list that is not drawn yet, and the button that draws it."""
    table = api.triage(draft, species, source).value
    st.markdown(f"**{summary(table)}**")
    _show(table)
    usable = int(table["use"].sum())
    too_many = usable > api.MAX_GENES
    count = min(usable, api.MAX_GENES)
    if too_many:
        st.warning(
            f"The cap is {api.MAX_GENES} genes: the first {api.MAX_GENES} of {usable:,} would be drawn.",
            icon=":material/straighten:",
        )
    st.button(
        f"Draw {count} genes" if count != 1 else "Draw 1 gene",
        type="primary",
        disabled=not usable,
        key=f"draw-{key}",
        on_click=_apply,
        args=(kept(table), key),
    )


def kept(table: pd.DataFrame) -> list[str]:
    """What the link holds: every entered name, or only the first usable ones of a very long list."""
    entered = list(table["entered"])
    if len(entered) <= api.MAX_GENES:
        return entered
    return list(table.loc[table["use"], "entered"].head(api.MAX_GENES))


def _apply(names: list[str], key: str) -> None:
    view.write(key, view.packed(names))


def outcome(table: pd.DataFrame, key: str = "triage-outcome") -> None:
    """One line when names were changed or left out, with the table behind it."""
    if (table["status"] == "current").all():
        return
    with st.expander(f"How the names were read: {summary(table)}", icon=":material/rule:", key=key):
        _show(table)


def _show(table: pd.DataFrame) -> None:
    shown = table.assign(status=table["status"].map(STATUS_WORDS)).drop(columns="ensembl")
    shown.columns = ["Entered", "Status", "Gene", "Drawn", "Note"]
    st.dataframe(shown, hide_index=True, height=min(300, 38 + 35 * len(shown)))


def summary(table: pd.DataFrame) -> str:
    """ "24 current, 2 renamed, 1 absent" """
    counts = table["status"].value_counts()
    return ", ".join(f"{counts[status]:,} {words}" for status, words in STATUS_WORDS.items() if status in counts)
