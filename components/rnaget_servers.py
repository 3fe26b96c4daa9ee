"""RNAget servers on Datasets: which there are, what the chosen one says of itself, and its parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from backend import api
from backend.errors import ExpronautError, NotFound
from backend.model import RnagetAbout, RnagetServer
from components import cards, inputs, rnaget_catalogue, rnaget_matrices, rnaget_signal, view

PARTS = {"projects": "Projects", "studies": "Studies", "matrices": "Matrices", "signals": "Signals"}
COLLECTIONS = {"projects": "projects", "studies": "studies", "matrices": "expressions", "signals": "continuous"}
LACKING = {
    "projects": "projects",
    "studies": "studies",
    "expressions": "expression matrices",
    "continuous": "signals of regions",
}
# What belongs to one server, and goes from the address with it
_OF_SERVER = (
    *(inputs.LISTED, inputs.PROJECT, inputs.STUDY, inputs.MATRIX, inputs.FACET, inputs.FIND, inputs.PAGE),
    *(inputs.TRACKS_OF, inputs.CHROMOSOME, inputs.START, inputs.END, inputs.TRACKS, inputs.ONE_SCALE),
)


def section() -> None:
    """Opened matrices, the servers, and the catalogue of the one that the address names."""
    servers = api.rnaget_servers()
    with cards.guard():
        rnaget_matrices.opened(unfolded=view.current(inputs.SERVER) is None)
    if not servers:
        _teach()
        return
    if api.download_room().offline:
        st.info(
            "The offline switch is on: only what servers answered before is shown. Unset EXPRONAUT\\_OFFLINE to ask "
            "them.",
            icon=":material/cloud_off:",
        )
    chosen = _chosen(servers)
    if not chosen:
        return
    try:
        _look(chosen)
    except ExpronautError as error:
        cards.tell(error, again=False)  # the button beside the server asks again


def _teach() -> None:
    st.info("No RNAget server is named yet. Name some, then start the app again:", icon=":material/dns:")
    st.code('EXPRONAUT_RNAGET="gtex=https://gtexportal.org/rnaget, lab=https://lab.example.org/rnaget"', language=None)
    st.code('EXPRONAUT_RNAGET_TOKENS="lab=KEY"', language=None)
    st.caption(
        "A name, =, and the address; keys only for servers that want one, each sent to its own server alone. Another "
        "Expronaut is such a server too: `python -m backend serve`."
    )


def _chosen(servers: Sequence[RnagetServer]) -> str:
    """The server of the address, "" for none; a line for each, and nothing is asked before its button."""
    names = [server.name for server in servers]
    chosen = view.one(inputs.SERVER, "", _among(names))
    if chosen:
        with st.container(horizontal=True, gap="xsmall", key="servers"):
            for server in servers:
                _button(server, chosen, cards.plain(server.name))
        return chosen
    st.markdown("**Servers**")
    for server in servers:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"server-{server.name}"):
            _button(server, chosen, "Look")
            st.markdown(f"**{cards.plain(server.name)}** &ensp; :gray[{cards.plain(server.base)}]", width="content")
            if server.has_token:
                st.badge("with a key", color="gray", icon=":material/key:")
    st.caption("Nothing is asked before “Look”.")
    return chosen


def _button(server: RnagetServer, chosen: str, label: str) -> None:
    """Asks a server; the one that is shown can be asked again."""
    shown = server.name == chosen
    st.button(
        label,
        key=f"look-{server.name}",
        help=f"Ask {cards.plain(server.base)}{' again' if shown else ''}",
        type="primary" if not chosen else "secondary" if shown else "tertiary",
        icon=":material/refresh:" if shown else ":material/travel_explore:",
        on_click=_show,
        args=(server.name, chosen),
    )


def _among(names: Sequence[str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in names:
            raise ValueError(text)
        return text

    return parse


def _show(name: str, before: str) -> None:
    if name != before:
        view.write_all({inputs.SERVER: [name]} | {key: [] for key in _OF_SERVER})


def _look(server: str) -> None:
    with st.spinner(f"Asking {cards.plain(server)} what it has", show_time=True):
        answer = api.rnaget_about(server)
    about = answer.value
    _told(server, about)
    parts = [part for part, collection in COLLECTIONS.items() if collection not in about.lacking]
    if not parts:
        raise NotFound(f"{about.title} says that it serves nothing of RNAget.", "Choose another server.")
    part = inputs.segments("Show", inputs.LISTED, parts, parts[0], PARTS)
    with cards.guard():
        if part == "signals":
            rnaget_signal.section(server)
        elif part == "matrices":
            rnaget_catalogue.listing(server, "expressions")
            rnaget_matrices.form(server, about)
        else:
            rnaget_catalogue.listing(server, COLLECTIONS[part])


def _told(server: str, about: RnagetAbout) -> None:
    """Title, version, formats, units, and what it lacks."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"### {cards.plain(about.title or server)}", width="content")
        st.badge(f"RNAget {cards.plain(about.version)}", color="blue")
    pieces = [
        about.description,
        f"formats: {', '.join(about.formats)}" if about.formats else "",
        f"units: {', '.join(about.units)}" if about.units else "",
    ]
    if about.lacking:
        pieces.append(f"no {', no '.join(LACKING.get(name, name) for name in about.lacking)}")
    st.caption(" · ".join(cards.plain(piece.rstrip(".")) for piece in pieces if piece))
