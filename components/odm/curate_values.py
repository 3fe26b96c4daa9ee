"""The field for a new value: a text, a number, or a list."""

from __future__ import annotations

import math

import streamlit as st

from backend.model import OdmValue

FORMS = {"text": "Text", "number": "Number", "list": "List"}


def field(key: str, now: str, form: str = "text") -> OdmValue:
    """What is typed as a text, a number or a list; None while it is empty or no number. now: what stands there."""
    typed = st.text_input(
        "New value", now, key=f"{key}-value", max_chars=10_000, width=260, help="As a list: `a|b`, two values"
    )
    chosen = st.segmented_control(
        "as", list(FORMS), format_func=FORMS.__getitem__, default=form, required=True, key=f"{key}-form"
    )
    return value(typed.strip(), chosen or form)


def value(text: str, form: str) -> OdmValue:
    """The value of a text. None for none, and for a number that is none."""
    if form == "list":
        parts = tuple(part.strip() for part in text.split("|") if part.strip())
        return parts or None
    if form == "text":
        return text or None
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and "." not in text and abs(number) < 1e15 else number
