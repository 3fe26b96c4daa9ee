"""The table of pages and the sidebar they share: navigation, source, species, basket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from backend import api
from backend.model import SourceInfo, Species
from components import basket, cards, cohorts, demo_note, inputs, source_health, view

_SPECIES, _BADGES, _SHOWN = "_species", "_badges", "_shown"
NAMES_ITS_OWN = ("spatial",)  # pages that say what source they show, see `shows`
# One line a page: URL path, title, icon, what it shows. The file is pages/<path or home>.py.
PAGES = (
    ("", "Home", "home", "What Expronaut is, examples, and the sources"),
    ("gene", "Gene", "bar_chart", "Where is my gene expressed?"),
    ("heatmap", "Heatmap", "grid_on", "Many genes across tissues"),
    ("coexpression", "Co-expression", "hub", "With what is my gene expressed?"),
    ("spatial", "Spatial", "blur_on", "Where in the section is my gene expressed?"),
    ("samples", "Samples", "search", "In which samples?"),
    ("my-sample", "My sample", "biotech", "Where does my sample stand?"),
    ("studies", "Studies", "folder_open", "Your own studies, and those of a Genestack ODM server"),
    ("datasets", "Datasets", "database", "Your data, files of this machine and services, searched together"),
)


ROOT = Path(__file__).resolve().parent.parent


def file(path: str) -> Path:
    """The file of the page at a URL path, as st.page_link and st.switch_page want it."""
    return ROOT / "pages" / f"{(path or 'home').replace('-', '_')}.py"


def pages() -> dict[str, Any]:
    """URL path -> st.Page, in the order of the navigation."""
    return {
        path: st.Page(
            file(path),
            title=title,
            icon=f":material/{icon}:",
            url_path=path or "home",
            default=not path,
            help=about,
        )
        for path, title, icon, about in PAGES
    }


def draw(table: Mapping[str, Any]) -> Callable[[], None]:
    """Navigation, source with its badges, species, basket.

    Gives what draws the badges again at the end: a page may learn that a service has failed or is back. While one is
    left alone, it has the page run again when that is over.
    """
    st.session_state[_SHOWN] = None
    st.session_state[inputs.OFFERED_AGAIN], st.session_state[inputs.WARNED] = False, []
    with st.sidebar:
        st.markdown("### Expronaut")
        st.caption("Where is my gene expressed, with what, and in which samples?")
        links = st.container(gap="xxsmall")
        st.space("small")
        making = demo_note.begin()
        asked = view.current(inputs.SOURCE) or ""
        info, species = inputs.source_and_species(demo_note.offered(api.sources(asked).value, making))
        badges = st.empty()
        demo_note.show(making)
        basket.note(table["samples"], _destination("samples"))
        cohorts.note(table["samples"], view.carried({}, inputs.SOURCE, inputs.SPECIES))
        with links:
            for path, page in table.items():
                st.page_link(page, query_params=_destination(path))
        if view.page() not in NAMES_ITS_OWN:
            with badges:
                source_health.badges(info)
    st.session_state[inputs.SOURCE_INFO], st.session_state[_SPECIES] = info, species
    st.session_state[_BADGES] = badges

    def renew() -> None:
        now = _known(info.key) or info
        if st.session_state[_SHOWN] is None and (now != info or view.page() in NAMES_ITS_OWN):
            with badges:
                source_health.badges(now)
        source_health.watch(now)

    return renew


def shows(key: str) -> None:
    """The badges are those of this source, with its name where another one is chosen above them."""
    shown = _known(key)
    if shown is None:
        return
    st.session_state[_SHOWN] = key
    with st.session_state[_BADGES].container(gap="xsmall"):
        if key != st.session_state[inputs.SOURCE_INFO].key:
            st.caption(f"This page shows **{cards.plain(shown.title)}** ({', '.join(shown.species)}):")
        source_health.badges(shown)


def _known(key: str) -> SourceInfo | None:
    return next((one for one in api.sources(key).value if one.key == key), None)


def _destination(path: str) -> dict[str, list[str]]:
    """The page as it was last seen, under the source and species in force."""
    params = view.last(path)
    for key in (inputs.SOURCE, inputs.SPECIES, inputs.BY, inputs.AND_BY):
        params.pop(key, None)
        if key in st.query_params:
            params[key] = st.query_params.get_all(key)
    return params


def in_force() -> tuple[SourceInfo, Species]:
    """The source and species chosen in the sidebar of this run."""
    return st.session_state[inputs.SOURCE_INFO], st.session_state[_SPECIES]
