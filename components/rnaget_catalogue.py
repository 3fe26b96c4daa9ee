"""Projects, studies and matrices of an RNAget server as lists, with its own filters and a search."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from backend import api
from backend.model import RnagetEntry, RnagetFilter
from components import cards, inputs, view

PER_PAGE = 10
BESIDE = 2  # filters beside the search, further ones in a popover
LONGEST = 240  # characters of a description
ANY = ""
NAMES = {"projects": "projects", "studies": "studies", "expressions": "matrices"}
# What leads on from an entry: label of its button, and what the address gets
ON = {
    "projects": ("Studies", inputs.PROJECT, "studies"),
    "studies": ("Matrices", inputs.STUDY, "matrices"),
    "expressions": ("Choose", inputs.MATRIX, "matrices"),
}


def listing(server: str, collection: str) -> None:
    """Search, filters, then the entries, ten at a time, each with the way on."""
    parent = _parent(collection)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="catalogue-narrowed"):
        search = st.empty()  # a list that is empty is not searched
        chosen = {} if collection == "expressions" else _filters(server, collection)
    with st.spinner(f"Asking {cards.plain(server)} for its {NAMES[collection]}", show_time=True):
        answer = api.rnaget_entries(server, collection, chosen, parent if collection == "expressions" else "")
    typed = ""
    if answer.value:
        with search:
            typed = inputs.text("Search", inputs.FIND, placeholder="Name, id or words", max_chars=80, type="search")
    entries = matching(answer.value, typed, parent if collection == "studies" else "")
    if entries:
        _rows(entries, collection)
    elif answer.value:
        st.info("None of them matches. Use other words or filters.", icon=":material/search_off:")
    elif collection == "expressions":
        st.caption("This server lists no matrices. Type the id of one, or open the one matrix of a study.")
    else:
        st.info(f"The server lists no {NAMES[collection]} here. Try another list.", icon=":material/info:")
    st.caption(cards.provenance_line(answer.provenance))


def matching(entries: Sequence[RnagetEntry], typed: str, parent: str) -> list[RnagetEntry]:
    """Entries that hold every word, of a parent; those that name no parent are not left out."""
    words = typed.casefold().split()
    return [
        entry
        for entry in entries
        if (not parent or entry.parent in ("", parent)) and all(word in _text(entry) for word in words)
    ]


def _text(entry: RnagetEntry) -> str:
    more = (f"{name} {value}" for name, value in entry.more)
    return " ".join((entry.id, entry.name, entry.description, entry.version, *more)).casefold()


def _parent(collection: str) -> str:
    """The project of studies or the study of matrices that the address names, with a button to leave it."""
    key = {"studies": inputs.PROJECT, "expressions": inputs.STUDY}.get(collection)
    if key is None:
        return ""
    parent = view.one(key, "", lambda text: text[:200])
    if parent:
        what = "project" if key == inputs.PROJECT else "study"
        st.button(
            f"Of the {what} {cards.plain(parent)}",
            key=f"leave-{key}",
            type="tertiary",
            icon=":material/close:",
            help="Show all",
            on_click=view.write_all,
            args=({key: [], inputs.PAGE: []},),
        )
    return parent


def _filters(server: str, collection: str) -> dict[str, str]:
    """The server's own filters that were set, in its names."""
    with st.spinner(f"Asking {cards.plain(server)} for its filters", show_time=True):
        offered = api.rnaget_filters(server, collection).value
    known = {one.name for one in offered}
    given = dict(one.split(":", 1) for one in view.values(inputs.FACET) if ":" in one)
    for name in [name for name in given if name not in known]:
        view.ignore(f"The link asks for the filter “{name[:40]}”, which this server does not have; it is left out.")
        given.pop(name)
    view.told(inputs.FACET, [f"{name}:{value}" for name, value in given.items()])
    for one in offered[:BESIDE]:
        _filter(one, given, collection)
    if more := offered[BESIDE:]:
        with st.popover("More filters", icon=":material/filter_list:"):
            for one in more:
                _filter(one, given, collection)
    return given


def _filter(one: RnagetFilter, given: dict[str, str], collection: str) -> None:
    """One filter: its values where the server lists them, else text."""
    key = f"filter-{collection}-{one.name}"
    label, help_ = cards.plain(one.name.replace("_", " ").capitalize()), cards.plain(one.description) or None
    change = {"key": key, "on_change": _set, "args": (key, one.name), "help": help_}
    value = given.get(one.name, ANY)
    if one.values:
        options = [ANY, *one.values, *([value] if value not in (ANY, *one.values) else [])]
        st.session_state[key] = value
        st.selectbox(label, options, format_func=lambda text: text or "Any", width=220, **change)
    else:
        st.session_state[key] = value
        st.text_input(label, max_chars=80, width=220, **change)


def _set(key: str, name: str) -> None:
    kept = [one for one in view.values(inputs.FACET) if one.partition(":")[0] != name]
    value = str(st.session_state[key] or "").strip()
    view.write_all({inputs.FACET: [*kept, *([f"{name}:{value}"] if value else [])], inputs.PAGE: []})


def _rows(entries: list[RnagetEntry], collection: str) -> None:
    pages = -(-len(entries) // PER_PAGE)
    number = view.one(inputs.PAGE, 1, lambda text: _page(text, pages))
    shown = entries[(number - 1) * PER_PAGE : number * PER_PAGE]
    what = (
        NAMES[collection]
        if len(entries) != 1
        else {"studies": "study", "expressions": "matrix"}.get(collection, "project")
    )
    st.caption(f"{len(entries):,} {what}")
    for place, entry in enumerate(shown):
        _row(entry, collection, place)
    if pages > 1:
        st.pagination(pages, key=inputs.PAGE, on_change=view.changed, args=(inputs.PAGE, 1))


def _page(text: str, pages: int) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= pages:
        raise ValueError(text)
    return int(text)


def _row(entry: RnagetEntry, collection: str, place: int) -> None:
    label, key, on = ON[collection]
    left, right = st.columns([5, 1], vertical_alignment="center", gap="small")
    with left.container(gap="xxsmall"):
        own = f" &ensp; :gray[{cards.plain(entry.id)}]" if entry.name != entry.id else ""
        st.markdown(f"**{cards.plain(entry.name)}**{own}")
        if facts := _facts(entry, collection):
            st.caption(cards.plain(facts))
    right.button(
        label,
        key=f"on-{collection}-{place}",
        type="secondary",
        width="stretch",
        on_click=_go_on,
        args=(key, entry, on, collection),
    )


def _facts(entry: RnagetEntry, collection: str) -> str:
    """Description, version, where it belongs, and whatever else the server tells, in one line."""
    words = entry.description if len(entry.description) <= LONGEST else f"{entry.description[: LONGEST - 1].rstrip()}…"
    parent = {"studies": "project", "expressions": "study"}.get(collection, "")
    pieces = [
        words.rstrip("."),
        f"version {entry.version}" if entry.version else "",
        f"{parent} {entry.parent}" if parent and entry.parent else "",
        *(f"{name}: {value[:60]}" for name, value in entry.more[:4]),
    ]
    return " · ".join(piece for piece in pieces if piece)


def _go_on(key: str, entry: RnagetEntry, on: str, collection: str) -> None:
    changes = {key: [entry.id], inputs.LISTED: [on], inputs.FACET: [], inputs.FIND: [], inputs.PAGE: []}
    if collection == "expressions":
        changes = {key: [entry.id], inputs.LISTED: [on]}
        changes |= {inputs.STUDY: [entry.parent]} if entry.parent else {}
    elif collection == "studies":
        changes |= {inputs.MATRIX: []}
    view.write_all(changes)
