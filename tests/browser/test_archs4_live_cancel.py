"""A map of many genes from a slow ARCHS4: watched, cancelled, and gone on with."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import journey
from tests.browser.screen import Screen
from tests.browser.server import Server, serving
from tests.doubles.archs4_web import Archs4Web, Fault

pytestmark = pytest.mark.browser


@pytest.fixture
def web() -> Iterator[Archs4Web]:
    with Archs4Web() as double:
        yield double


@pytest.fixture
def live_server(web: Archs4Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app beside the double of ARCHS4."""
    own = {"EXPRONAUT_OFFLINE": "0", "EXPRONAUT_CACHE": str(tmp_path_factory.mktemp("cache"))}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (web.environment() | own).items():
            patch.setenv(name, value)
        with serving(tmp_path_factory.mktemp("server")) as running:
            yield running


@pytest.fixture
def live_screen(context: BrowserContext, live_server: Server) -> Iterator[Screen]:
    with journey(context, live_server) as seen:
        yield seen


def test_cancel_ends_the_requests_and_go_on_draws_the_rest(live_screen: Screen, web: Archs4Web) -> None:
    genes = [gene for gene in web.genes() if re.fullmatch(r"[A-Z0-9]+", gene) and not gene.startswith("ENS")][:40]
    web.faults.append(Fault("slow", "/sigpy/atlas", seconds=0.8))
    page = live_screen.page
    page.goto(f"{live_screen.url}/heatmap?source=archs4&genes={','.join(genes)}")
    page.get_by_text(re.compile(r"\d+ of 40 genes, about \d+ s left")).wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Go on").wait_for()
    live_screen.settle()
    said = re.search(r"Cancelled: (\d+) of 40 genes were fetched", live_screen.told())
    assert said
    assert 0 < int(said[1]) < 40
    asked = web.count("/sigpy/atlas")
    live_screen.page.wait_for_timeout(1_000)
    assert web.count("/sigpy/atlas") == asked < 40, "nothing more is asked for"
    assert not page.locator(".js-plotly-plot").count()
    web.faults.clear()
    page.get_by_role("button", name="Go on").click()
    page.locator(".js-plotly-plot").wait_for()
    live_screen.settle()
    assert set(live_screen.trace("heatmap", "z")["y"]) == set(genes)
    assert live_screen.told() == ""
    assert not page.get_by_role("button", name=re.compile("Cancel|Go on")).count()
