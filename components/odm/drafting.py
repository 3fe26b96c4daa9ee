"""The query of the address: reading it, writing it, and widgets that change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from backend.errors import BadInput, ExpronautError
from components import inputs, view
from components.odm import draft_text
from components.odm.draft import Draft


def now() -> Draft:
    """The query of the address; an empty one where that is none, which is told."""
    text = view.hidden(inputs.QUERY)
    try:
        return draft_text.read(text)
    except (ValueError, TypeError, KeyError, RecursionError, BadInput):
        view.ignore("The query in this link is damaged; an empty one is shown.")
        return Draft()


def write(changed: Draft, pages: int = 0) -> None:
    """Put a query into the address. pages: of its answer, 0 when it is not asked yet."""
    view.write_all({inputs.QUERY: [draft_text.written(changed)], inputs.ASKED: [str(pages)] if pages else []})


def changes(key: str, change: Callable[[Draft, Any], Draft]) -> dict[str, Any]:
    """The arguments of a widget that changes the query of the address."""

    def changed() -> None:
        try:
            write(change(now(), st.session_state[key]))
        except ExpronautError as error:
            view.ignore(f"{error.message} {error.hint}")

    return {"key": key, "on_change": changed}
