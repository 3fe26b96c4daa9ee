"""ASGI entry: the dashboard, with the HTTP API beside it. Start it with `make run` or `streamlit run app.py`."""

import logging

import streamlit as st

from backend.serve import app as api
from backend.serve import request_log
from components import cards, export_jobs


def told(error: Exception) -> bool:
    """The one outer boundary: log what nobody expected and show one plain sentence."""
    logging.getLogger("expronaut").error("unexpected failure", exc_info=error)
    cards.unexpected()
    return True


request_log.start()
app = st.App("components/frame/main.py", on_script_error=told, routes=[export_jobs.ROUTE, *api.routes()])
