"""Datasets: all catalogues side by side, ARCHS4 files of this machine, RNAget servers, STOmics."""

import streamlit as st

from backend import api
from components import archs4_files, cards, file_downloads, inputs, rnaget_servers
from components.catalogues import section as catalogues
from components.stomics import downloads as stomics_downloads
from components.stomics import section as stomics


def _all() -> None:
    st.markdown("## Which data sets are there?")
    st.caption("Your own studies, the files of this machine, and services on the internet, searched side by side.")
    with cards.guard():
        catalogues.draw()


def _files() -> None:
    st.markdown("## Which data are on this machine?")
    st.caption(
        "Files of ARCHS4 (HDF5, any version). An index, built once beside a file, makes all its samples interactive."
    )
    with cards.guard():
        archs4_files.draw(api.local_files())


def _rnaget() -> None:
    st.markdown("## Which data do RNAget servers have?")
    st.caption(
        "Servers that speak the GA4GH standard RNAget, any version. A matrix opened from one is a source of its own."
    )
    with cards.guard():
        rnaget_servers.section()


def _stomics() -> None:
    st.markdown("## Which spatial data does STOmics have?")
    st.caption("Data sets of STOmics (stomics.io): find one, download its files, look at its genes on the section.")
    with cards.guard():
        stomics.draw()


def under_way(part: str) -> None:
    """Downloads that this part does not show itself."""
    with cards.guard():
        if part != "files":
            file_downloads.under_way(here=False)
        if part != "stomics":
            stomics_downloads.under_way()


PARTS = {
    "all": ("All data sets", _all),
    "files": ("Files of this machine", _files),
    "stomics": ("STOmics", _stomics),
    "rnaget": ("RNAget servers", _rnaget),
}
names = {part: title for part, (title, _) in PARTS.items()}
part = inputs.segments("Data", inputs.PART, list(PARTS), "all", names, label_visibility="collapsed")
under_way(part)
PARTS[part][1]()
