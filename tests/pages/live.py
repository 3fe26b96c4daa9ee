"""The live ARCHS4 under pages: a double in its place, and what a reader sees of its health."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from backend import settings
from tests.contract.live_world import OLD_AT_ONCE, online
from tests.doubles.archs4_web import Archs4Web
from tests.pages.conftest import standing, unescaped

STALE = {"keep": OLD_AT_ONCE}  # every kept answer is older than it should be, so each run asks again


@contextmanager
def archs4(folder: Path, double: dict[str, Any] | None = None, **changes: Any) -> Iterator[Archs4Web]:
    """The double as ARCHS4 until the end of the block. double: its switches; changes: of the settings."""
    with Archs4Web(**(double or {})) as web, settings.use(online(web, folder, read=3, **changes)):
        yield web


def badges(at: AppTest) -> dict[str, str]:
    """The badges of the sidebar: words and the help of each."""
    shown = [(text.value, text.help) for text in at.sidebar.markdown if "-badge[" in text.value]
    return {
        unescaped(value.partition("[")[2].removesuffix("]")).split(": ")[-1]: unescaped(tip) for value, tip in shown
    }


def press(at: AppTest, label: str) -> AppTest:
    """Press a button of the page."""
    next(button for button in at.main.button if unescaped(button.label).startswith(label)).click()
    return standing(at.run())
