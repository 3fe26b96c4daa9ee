"""Search hits as a list that shows why each matched, facets to narrow, and the basket."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from backend.model import Page
from backend.recipe import Recipe, spreadsheet_safe
from components import basket, cards, downloads, inputs, view

_GEO = re.compile(r"^(GSM|GSE)\d+$")


def accession(name: str) -> str:
    """A GEO accession as a link, anything else as plain text."""
    if _GEO.match(name):
        return f"[{name}](https://www.ncbi.nlm.nih.gov/geo/query/acc.cgi?acc={name})"
    return cards.plain(name)


def highlighted(snippet: str, spans: Sequence[tuple[int, int]]) -> str:
    """The snippet as Markdown with the matched words on a coloured ground; everything escaped."""
    pieces, at = [], 0
    for start, end in spans:
        pieces += [
            cards.plain_inline(snippet[at:start]),
            f":primary-background[{cards.plain_inline(snippet[start:end])}]",
        ]
        at = end
    return "".join([*pieces, cards.plain_inline(snippet[at:])])


def rows(page: Page) -> None:
    """The hits of one page, each with its checkbox for the basket."""
    records = page.rows.to_dict("records")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{page.offset + 1:,} to {page.offset + len(records):,} of {page.total:,}", width="stretch")
        st.button(
            "Add this page to the basket",
            on_click=basket.put,
            args=(page.rows.drop(columns="spans"),),
            type="tertiary",
            icon=":material/add_shopping_cart:",
        )
    for record in records:
        spans = record.pop("spans")
        st.session_state[f"in-basket-{record['sample']}"] = basket.holds(record["sample"])
        with st.container(gap="xxsmall"):
            st.checkbox(
                f"**{cards.plain(record['title'])}** &ensp; {accession(record['sample'])}",
                key=f"in-basket-{record['sample']}",
                on_change=basket.toggle,
                args=(record,),
            )
            why = (
                f"{record['matched_field']}: {highlighted(record['snippet'], spans)}" if record["matched_field"] else ""
            )
            st.caption(f"{accession(record['series'])} · {cards.plain(record['source'])} · matched {why}")


def facets(counts: Mapping[str, Mapping[str, int]]) -> None:
    """How the hits fall into groups; a click narrows the search to that group, another widens it again."""
    chosen = set(st.session_state.get(inputs.FACET, []))
    for name, values in counts.items():
        st.markdown(f"**{name.capitalize()}**")
        shown = dict(values)
        for facet in chosen:
            field, _, value = facet.partition(":")
            if field == name:
                shown.setdefault(value, 0)
        with st.container(gap="xxsmall"):
            for value, count in list(shown.items())[:12]:
                facet = f"{name}:{value}"
                st.button(
                    f"{cards.plain(value)} ({count:,})",
                    key=f"facet-{facet}",
                    on_click=_toggle_facet,
                    args=(facet,),
                    type="primary" if facet in chosen else "tertiary",
                )


def _toggle_facet(facet: str) -> None:
    chosen = list(st.session_state.get(inputs.FACET, []))
    chosen = [one for one in chosen if one != facet] if facet in chosen else [*chosen, facet]
    view.write_all({inputs.PAGE: [], inputs.FACET: chosen})


def files(recipe: Recipe, everything: Callable[[], pd.DataFrame]) -> None:
    """Metadata of all hits, and the list of their series."""
    base = downloads.base_url()
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Metadata CSV",
            lambda: recipe.csv(everything(), base),
            recipe.file_name("csv"),
            "text/csv",
            key="samples-csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            "Series list",
            lambda: series_list(everything()),
            recipe.file_name("series.txt"),
            "text/plain",
            key="series-txt",
            on_click="ignore",
            icon=":material/download:",
        )
        with st.popover("Link and cite", icon=":material/link:"):
            st.code(recipe.link(downloads.base_url()), language=None, wrap_lines=True)
            st.code("\n".join(recipe.citations()), language=None, wrap_lines=True)


def series_list(table: pd.DataFrame) -> bytes:
    """The distinct series, one a line, in order of their first sample."""
    return ("\n".join(dict.fromkeys(table["series"])) + "\n").encode()


def basket_card(samples: pd.DataFrame) -> None:
    """What is in the basket, with its files."""
    if samples.empty:
        return
    with st.expander(
        f"Basket: {len(samples):,} samples of {samples['series'].nunique():,} series",
        expanded=False,
        icon=":material/shopping_basket:",
        key="basket-card",
    ):
        st.dataframe(
            samples.drop(columns=["snippet", "matched_field"], errors="ignore"),
            hide_index=True,
            key="basket-table",
        )
        with st.container(horizontal=True, gap="small"):
            st.download_button(
                "Basket CSV",
                lambda: spreadsheet_safe(samples).to_csv(index=False).encode(),
                "expronaut_basket.csv",
                "text/csv",
                key="basket-csv",
                on_click="ignore",
            )
            st.download_button(
                "Basket series",
                lambda: series_list(samples),
                "expronaut_basket_series.txt",
                "text/plain",
                key="basket-series",
                on_click="ignore",
            )
            st.button("Empty the basket", on_click=basket.clear, type="tertiary")
