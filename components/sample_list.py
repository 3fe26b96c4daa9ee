"""Search hits as a list that shows why each matched, facets to narrow, and the basket."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from backend import api
from backend.model import Answer, Page, Species
from backend.recipe import Recipe, spreadsheet_safe
from components import basket, cards, counts_export, downloads, groups, inputs, view

FOLDED = ("(other)", groups.NOT_TOLD)  # beyond the largest groups of a facet, or without a value: no search finds it
LONGEST_FACET = 600  # signs of a name and a value
OPEN, BLOCKS = 6, 8  # facets that stay unfolded where there are more than that
FACETS = {"pool": "Bulk or single-cell"}
_GEO = re.compile(r"^(GSM|GSE)\d+$")


def accession(name: str, real: bool = True) -> str:
    """A GEO accession as a link, anything else as plain text; accessions of simulated samples lead nowhere."""
    if real and _GEO.match(name):
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


def rows(page: Page, real: bool = True) -> None:
    """The hits of one page, each with its checkbox for the basket. real: their accessions can be looked up."""
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
            title = f"**{cards.plain(record['title'])}** &ensp; " if record["title"] else ""
            st.checkbox(
                f"{title}{accession(record['sample'], real)}",
                key=f"in-basket-{record['sample']}",
                on_change=basket.toggle,
                args=(record,),
            )
            st.caption(" · ".join([*_about(record, real), _why(record, spans)]))


def _why(record: dict[str, Any], spans: Sequence[tuple[int, int]]) -> str:
    """Why a sample is among the hits, as far as its description shows it."""
    if record["snippet"]:
        return f"matched {record['matched_field']}: {highlighted(record['snippet'], spans)}"
    if not any(record[text] for text in ("title", "series", "source", "characteristics")):
        return "no description came with this sample, so why it matched cannot be shown"
    return "matched in a text that is not shown" if record["matched_field"] else "matched "


def _about(record: dict[str, Any], real: bool) -> list[str]:
    """Series, source, and what else the source knows of a sample: tissue, pool, year."""
    series = str(record["all_series"]).split(", ") if record.get("all_series") else [str(record["series"])]
    links = ", ".join(accession(name, real) for name in series[:3]) + (" …" if len(series) > 3 else "")
    known = [str(record.get(name) or "") for name in ("source", "tissue", "pool", "year")]
    return [*([links] if links else []), *(cards.plain(text) for text in known if text)]


def facets(counts: Mapping[str, Mapping[str, int]], narrowing: bool = True) -> None:
    """How the hits fall into groups; a click narrows the search to that group, another widens it again.

    narrowing: whether a search can be narrowed so; else the groups are only counted.
    """
    chosen = [parted(facet, counts) for facet in st.session_state.get(inputs.FACET, [])]
    fields = {field for field, _ in chosen}
    first = list(counts)[: OPEN if len(counts) > BLOCKS else None]
    for name in [name for name in counts if name in first or name in fields]:
        _facet(name, counts[name], chosen, narrowing)
    more = [name for name in counts if name not in first and name not in fields]
    if more:
        with st.expander(f"{len(more)} more attributes"):
            for name in more:
                _facet(name, counts[name], chosen, narrowing)


def parted(facet: str, fields: Iterable[str]) -> tuple[str, str]:
    """The field and the value of a facet; the name of a field may hold a colon itself."""
    own = max((field for field in fields if facet.startswith(f"{field}:")), key=len, default="")
    return (own, facet.removeprefix(f"{own}:")) if own else (facet.partition(":")[0], facet.partition(":")[2])


def _facet(name: str, values: Mapping[str, int], chosen: Sequence[tuple[str, str]], narrowing: bool) -> None:
    """One group of values, the chosen ones marked; nothing where no hit has any."""
    shown = dict(values) | {value: values.get(value, 0) for field, value in chosen if field == name}
    if not shown:
        return
    st.markdown(f"**{cards.plain(FACETS.get(name, name[:1].upper() + name[1:]))}**")
    with st.container(gap="xxsmall"):
        for value, count in list(shown.items())[:12]:
            if not narrowing or value in FOLDED:
                st.caption(f"{cards.plain(value)} ({count:,})")
                continue
            st.button(
                f"{cards.plain(value)} ({count:,})",
                key=f"facet-{name}:{value}",
                on_click=_toggle_facet,
                args=(f"{name}:{value}",),
                type="primary" if (name, value) in chosen else "tertiary",
            )


def _toggle_facet(facet: str) -> None:
    chosen = list(st.session_state.get(inputs.FACET, []))
    chosen = [one for one in chosen if one != facet] if facet in chosen else [*chosen, facet]
    view.write_all({inputs.PAGE: [], inputs.FACET: chosen})


def files(recipe: Recipe, everything: Callable[[], Answer[pd.DataFrame]], total: int) -> None:
    """Metadata of all hits, and the list of their series."""
    base = downloads.base_url()
    cut = f"The first {api.MAX_ROWS:,} of {total:,} samples" if total > api.MAX_ROWS else ""
    if cut:
        recipe = replace(recipe, provenance=recipe.provenance.noting(f"{cut}."))
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Metadata CSV",
            lambda: _csv(recipe, everything(), base),
            recipe.file_name("csv"),
            "text/csv",
            key="samples-csv",
            on_click="ignore",
            icon=":material/download:",
            help=cut or None,
        )
        st.download_button(
            "Series list",
            lambda: series_list(everything().value),
            recipe.file_name("series.txt"),
            "text/plain",
            key="series-txt",
            on_click="ignore",
            icon=":material/download:",
            help=cut or None,
        )
        with st.popover("Link and cite", icon=":material/link:"):
            st.code(recipe.link(downloads.base_url()), language=None, wrap_lines=True)
            st.code("\n".join(recipe.citations()), language=None, wrap_lines=True)
    if cut:
        st.caption(f"{cut} go into the files.")


def _csv(recipe: Recipe, answer: Answer[pd.DataFrame], base: str) -> bytes:
    """The metadata under what is told of them, e.g. samples without a description."""
    told = recipe.provenance.noting(*answer.provenance.notes)
    return replace(recipe, provenance=told).csv(answer.value, base)


def series_list(table: pd.DataFrame) -> bytes:
    """The distinct series, one a line, in order of their first sample; a sample of several names each."""
    joined = table["all_series"] if "all_series" in table else table["series"]
    names = (name for every in joined for name in str(every).split(", ") if name)
    return ("\n".join(dict.fromkeys(names)) + "\n").encode()


def basket_card(samples: pd.DataFrame, source: str, species: Species) -> None:
    """What is in the basket, with its files; its counts where the source in force can give them."""
    if samples.empty:
        return
    count = "1 sample" if len(samples) == 1 else f"{len(samples):,} samples"
    with st.expander(
        f"Basket: {count} of {samples['series'].replace('', None).nunique():,} series",
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
                basket.file_name(samples, ".csv"),
                "text/csv",
                key="basket-csv",
                on_click="ignore",
            )
            st.download_button(
                "Basket series",
                lambda: series_list(samples),
                basket.file_name(samples, "_series.txt"),
                "text/plain",
                key="basket-series",
                on_click="ignore",
            )
            counts_export.offer_named(source, species, list(samples["sample"]))
            st.button("Empty the basket", on_click=basket.clear, type="tertiary")
