"""ASGI entry: the dashboard. Start it with `make run` or `streamlit run app.py`."""

import logging

import streamlit as st

from components import cards, export_jobs


def told(error: Exception) -> bool:
    """The one outer boundary: log what nobody expected and show one plain sentence."""
    logging.getLogger("expronaut").error("unexpected failure", exc_info=error)
    cards.unexpected()
    return True


app = st.App("components/frame/main.py", on_script_error=told, routes=[export_jobs.ROUTE])
