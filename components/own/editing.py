"""Change a value of an object, see its history, go back to what it was."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import ExpronautError
from backend.model import OwnGroup, OwnStudy, Revision
from components import cards, inputs
from components.own import groups, words

IDS = {"samples": "Sample Source ID", "libraries": "Library ID", "preparations": "Preparation ID"}
NEW_VALUE, AUTHOR, MESSAGE = "own-new-value", "own-author", "own-message"


def change(one: OwnStudy, group: OwnGroup) -> None:
    """Fields for an object, an attribute and its new value."""
    told()
    item = _object(one, group, f"own-item-{group.accession}")
    now = dict(api.own_object(one.accession, item).attributes)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        name = st.selectbox(
            "Attribute",
            list(now),
            key=f"own-attribute-{group.accession}",
            accept_new_options=True,
            help="Type a new name to add an attribute",
            width=240,
        )
        if not name:
            return
        field = f"{NEW_VALUE}-{item}-{name}"
        st.text_input("New value", words.kept(now.get(name)), key=field, help="`a|b` is a list of two values")
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.text_input("Your name", key=AUTHOR, max_chars=100, width=200, placeholder="Optional")
        st.text_input("Why", key=MESSAGE, max_chars=200, width=240, placeholder="Optional")
        st.button("Save", key="own-save", type="primary", on_click=_save, args=(one.accession, item, name, field))
        st.button(
            "Delete the value",
            key="own-clear",
            type="tertiary",
            disabled=name not in now,
            on_click=_save,
            args=(one.accession, item, name, ""),
        )


def _save(accession: str, item: str, name: str, field: str) -> None:
    """field: key of the new value; "" deletes."""
    value = str(st.session_state.get(field) or "").strip() if field else None
    said = [str(st.session_state.get(key) or "").strip() for key in (MESSAGE, AUTHOR)]
    try:
        made = api.patch_own(accession, item, {name: value or None}, *said)
    except ExpronautError as error:
        st.session_state[inputs.OWN_TOLD] = error
        return
    st.session_state[inputs.OWN_TOLD] = f"Saved as version {made.version[:8]} of {item}: {made.message}."


def told() -> None:
    """The outcome of the last change, once."""
    said: Any = st.session_state.pop(inputs.OWN_TOLD, None)
    if isinstance(said, ExpronautError):
        cards.tell(said, again=False)
    elif said:
        st.success(cards.plain(said), icon=":material/check:")


def _object(one: OwnStudy, group: OwnGroup, key: str) -> str:
    """One object of a group, by its id."""
    table = api.own_table(one.accession, group.accession)
    accessions = [str(name) for name in table.iloc[:, 0]]
    id_column = IDS.get(group.kind, "")
    ids = table[id_column].tolist() if id_column in table.columns else [group.file] * len(table)
    names = dict(zip(accessions, (f"{own} · {name}" for own, name in zip(ids, accessions, strict=True)), strict=True))
    if group.kind == "study":
        return accessions[0]
    chosen: str = st.selectbox("Object", accessions, key=key, format_func=lambda item: names.get(item, item), width=420)
    return chosen


def draw(one: OwnStudy) -> None:
    """History: the versions of an object, each against what it is now, with the way back."""
    group = groups.chosen(one.groups)
    told()
    item = _object(one, group, f"own-history-{group.accession}")
    found = api.own_history(one.accession, item)
    st.dataframe(table(found), hide_index=True, key="own-revisions")
    if len(found) == 1:
        st.caption("It is as it was imported. Each change of a value adds a version here.")
        return
    _back(one, item, found)


def table(found: tuple[Revision, ...]) -> pd.DataFrame:
    """The versions, newest first."""
    rows = [
        (_when(one), one.author or "not told", one.message, one.version[:8], "now" if place == 0 else "")
        for place, one in enumerate(found)
    ]
    return pd.DataFrame(rows, columns=["When (UTC)", "Who", "What", "Version", ""])


def _when(one: Revision) -> str:
    return f"{datetime.fromtimestamp(one.timestamp / 1000, UTC):%d %B %Y, %H:%M:%S}"


def _back(one: OwnStudy, item: str, found: tuple[Revision, ...]) -> None:
    """Choose a former version, see what was otherwise, restore it."""
    names = {each.version: f"{each.version[:8]} · {_when(each)} · {each.message}" for each in found[1:]}
    version = st.selectbox("As it was in", list(names), key=f"own-version-{item}", format_func=names.__getitem__)
    now = dict(api.own_object(one.accession, item).attributes)
    then = dict(api.own_object(one.accession, item, version).attributes)
    rows = [
        (name, words.shown(then.get(name)), words.shown(now.get(name)))
        for name in dict.fromkeys([*then, *now])
        if then.get(name) != now.get(name)
    ]
    if not rows:
        st.caption("It is the same now.")
        return
    st.dataframe(pd.DataFrame(rows, columns=["Attribute", "Then", "Now"]), hide_index=True, key="own-then")
    st.button(
        "Restore this version",
        key="own-restore",
        icon=":material/history:",
        on_click=_restore,
        args=(one.accession, item, version),
        help="A further version that copies this one; nothing is lost",
    )


def _restore(accession: str, item: str, version: str) -> None:
    try:
        made = api.restore_revision(accession, item, version, str(st.session_state.get(AUTHOR) or "").strip())
    except ExpronautError as error:
        st.session_state[inputs.OWN_TOLD] = error
        return
    st.session_state[inputs.OWN_TOLD] = f"Restored, as version {made.version[:8]}."
