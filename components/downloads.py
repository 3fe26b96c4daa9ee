"""What a figure leaves the app with: files, link, legend, methods text and citations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st
from matplotlib.figure import Figure as PaperFigure

from backend import api
from backend.recipe import Recipe
from components import publication

PAPER = (
    ("svg", "SVG", "image/svg+xml"),
    ("pdf", "PDF", "application/pdf"),
    ("png", "PNG 300 dpi", "image/png"),
)


@dataclass(frozen=True)
class Extra:
    """One more file of a card: label, ending of its name, media type, and what makes its bytes."""

    label: str
    ending: str
    mime: str
    make: Callable[[], bytes]


def base_url() -> str:
    """The address of this server, for links. Only while a page runs: a file made on a click knows no address."""
    return api.public_url() or (st.context.url or "http://localhost:8501").rstrip("/").removesuffix(
        f"/{st.session_state.get('_page', '')}"
    ).rstrip("/")


def files(
    recipe: Recipe,
    table: pd.DataFrame,
    paper: Callable[[str], PaperFigure],
    key: str,
    extras: Sequence[Extra],
) -> None:
    """One button a format; the bytes are made on the click."""
    base = base_url()
    st.markdown("**Download**")
    with st.container(horizontal=True, gap="xsmall"):
        for ending, label, mime in PAPER:
            make = _paper_bytes(recipe, paper, ending, base)
            st.download_button(
                label,
                make,
                recipe.file_name(ending),
                mime,
                key=f"{key}-{ending}",
                on_click="ignore",
                help=f"The figure as {label}, made on a white page for print",
            )
        st.download_button(
            "CSV",
            lambda: recipe.csv(table, base),
            recipe.file_name("csv"),
            "text/csv",
            key=f"{key}-csv",
            on_click="ignore",
            help="Exactly the numbers drawn",
        )
        for extra in extras:
            st.download_button(
                extra.label,
                extra.make,
                recipe.file_name(extra.ending),
                extra.mime,
                key=f"{key}-{extra.ending}",
                on_click="ignore",
            )


def footer(recipe: Recipe) -> str:
    """The small line below a figure on paper: source, unit, reference, and how old stale numbers are."""
    p = recipe.provenance
    parts = (
        f"{p.title} {p.version}",
        p.unit,
        p.z_reference and f"z against {p.z_reference}",
        f"STALE: numbers of {p.fetched_at:%Y-%m-%d, %H:%M} UTC" if p.stale else "",
        f"Expronaut, {recipe.made_at:%Y-%m-%d}",
    )
    return " · ".join(part for part in parts if part)


def _paper_bytes(recipe: Recipe, paper: Callable[[str], PaperFigure], ending: str, base: str) -> Callable[[], bytes]:
    def make() -> bytes:
        about = {
            "title": recipe.legend,
            "description": " ".join(recipe.data_header(base)),
            "creator": "Expronaut",
            "link": recipe.link(base),
        }
        return publication.to_bytes(paper(footer(recipe)), ending, about)

    return make


def words(recipe: Recipe) -> None:
    """Link, legend, methods and citations, each with a button to copy it."""
    for heading, words in (
        ("Link to this view", recipe.link(base_url())),
        ("Legend", recipe.full_legend()),
        ("Methods", recipe.methods()),
        ("Cite", "\n".join(recipe.citations())),
    ):
        st.markdown(f"**{heading}**")
        st.code(words, language=None, wrap_lines=True)
