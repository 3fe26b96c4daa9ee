"""All four pages on the live ARCHS4, human and mouse: up, killed, and up again, in one running server."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import journey
from tests.browser.screen import Screen
from tests.browser.server import Server, serving
from tests.doubles.archs4_web import Archs4Web

pytestmark = pytest.mark.browser

MARKS = """() => [...document.querySelectorAll('.js-plotly-plot')].map(plot =>
    plot.querySelectorAll(':is(.boxlayer, .barlayer, .scatterlayer, .heatmaplayer) :is(path, image)').length)"""
REST = 3.0  # seconds a service that failed is left alone
SEEN = {
    "human": {
        "gene": {"gene": "ALB"},
        "heatmap": {"genes": "ALB,INS,TP53"},
        "coexpression": {"seed": "PCNA"},
        "samples": {"q": "liver"},
    },
    "mouse": {"gene": {"gene": "Trp53"}},
}
AGAIN = (("human", "heatmap"), ("mouse", "gene"), ("human", "samples"))
UNSEEN = {"coexpression": {"seed": "CD3E"}, "gene": {"gene": "MYC"}}


@pytest.fixture(scope="module")
def web() -> Iterator[Archs4Web]:
    with Archs4Web() as double:
        yield double


@pytest.fixture(scope="module")
def live_server(web: Archs4Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with the double as ARCHS4; what it keeps of an answer is stale a moment later."""
    folder = tmp_path_factory.mktemp("live")
    told = {"OFFLINE": "0", "CACHE": str(folder / "cache"), "KEEP": "127.0.0.1=0.00001", "ARCHS4_REST": str(REST)}
    environment = web.environment() | {f"EXPRONAUT_{name}": value for name, value in told.items()}
    with serving(folder, environment) as running:
        yield running


@pytest.fixture
def live(context: BrowserContext, live_server: Server) -> Iterator[Screen]:
    """A session on it."""
    with journey(context, live_server) as seen:
        yield seen


def _open(screen: Screen, species: str, page: str, options: dict[str, str]) -> Screen:
    return screen.open(f"/{page}?{urlencode({'source': 'archs4', 'species': species, **options})}")


def _finished(screen: Screen, page: str) -> None:
    """Figures with marks in them, or hits."""
    if page == "samples":
        assert screen.page.get_by_test_id("stCheckbox").count() > 1
        return
    marks = screen.page.evaluate(MARKS)
    assert marks
    assert all(marks), page


def _sidebar(screen: Screen) -> str:
    return screen.page.get_by_test_id("stSidebar").inner_text()


def test_all_pages_live_killed_and_back_again(live: Screen, web: Archs4Web) -> None:
    for species, pages in SEEN.items():
        for page, options in pages.items():
            _open(live, species, page, options)
            assert live.told() == "", (species, page)
            _finished(live, page)
    assert "ready" in _sidebar(live)

    web.kill()
    for page, options in UNSEEN.items():
        _open(live, "human", page, options)
        assert "cannot be asked for" in live.told(), page
        assert "Try again" in live.text(), page
    assert "not answering" in _sidebar(live)
    for species, page in AGAIN:
        _open(live, species, page, SEEN[species][page])
        assert "does not answer now; these are its numbers of" in live.told(), (species, page)
        assert "stale, fetched" in live.text(), (species, page)
        _finished(live, page)

    field = live.at("q").locator("input")  # the page that is open: what is typed is asked for by itself
    field.fill("kidney")
    field.press("Enter")
    live.page.get_by_text("cannot be asked for").first.wait_for()
    web.revive()
    live.eventually(live.told, "")
    _finished(live, "samples")
    assert field.input_value() == "kidney"
    assert live.query()["q"] == ["kidney"]
    _open(live, "human", "coexpression", UNSEEN["coexpression"])  # answered now, without a word to the server
    assert live.told() == ""
    _finished(live, "coexpression")
    species, page = AGAIN[0]
    _open(live, species, page, SEEN[species][page])
    assert live.told() == ""
    assert "stale" not in live.text()
    assert "ready" in _sidebar(live)
