"""A map of many genes from a slow ARCHS4: watched, cancelled, and gone on with."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.browser.conftest import Services
from tests.browser.screen import Screen
from tests.doubles.archs4_web import Archs4Web, Fault

pytestmark = pytest.mark.browser


@pytest.fixture
def web(services: Services) -> Iterator[Archs4Web]:
    yield services.archs4
    services.archs4.faults.clear()


def test_cancel_ends_the_requests_and_go_on_draws_the_rest(online: Screen, web: Archs4Web) -> None:
    genes = [gene for gene in web.genes() if re.fullmatch(r"[A-Z0-9]+", gene) and not gene.startswith("ENS")][:40]
    web.faults.append(Fault("slow", "/sigpy/atlas", seconds=0.8))
    page = online.page
    page.goto(f"{online.url}/heatmap?source=archs4&genes={','.join(genes)}")
    page.get_by_text(re.compile(r"\d+ of 40 genes, about \d+ s left")).wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Go on").wait_for()
    online.settle()
    said = re.search(r"Cancelled: (\d+) of 40 genes were fetched", online.told())
    assert said
    assert 0 < int(said[1]) < 40
    asked = web.count("/sigpy/atlas")
    online.page.wait_for_timeout(1_000)
    assert web.count("/sigpy/atlas") == asked < 40, "nothing more is asked for"
    assert not page.locator(".js-plotly-plot").count()
    web.faults.clear()
    page.get_by_role("button", name="Go on").click()
    page.locator(".js-plotly-plot").wait_for()
    online.settle()
    assert set(online.trace("heatmap", "z")["y"]) == set(genes)
    assert online.told() == ""
    assert not page.get_by_role("button", name=re.compile("Cancel|Go on")).count()
