"""STOmics: from a search over all catalogues to a file that broke on the way, came whole, and is drawn as a section."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import journey
from tests.browser.screen import Screen
from tests.browser.server import Server, serving
from tests.doubles.stomics_web import KEY, Fault, StomicsWeb

pytestmark = pytest.mark.browser
ACCESSION, FILE = "STD0002", 201


@pytest.fixture(scope="module")
def web() -> Iterator[StomicsWeb]:
    with StomicsWeb(large=400_000) as running:
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def own_server(web: StomicsWeb, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app, which asks the double and downloads into an empty folder."""
    folders = {"EXPRONAUT_CACHE": str(tmp_path_factory.mktemp("cache")), "EXPRONAUT_DATA": str(home)}
    with serving(
        tmp_path_factory.mktemp("server"), web.environment() | folders | {"EXPRONAUT_OFFLINE": "0"}
    ) as running:
        yield running


@pytest.fixture
def own_screen(context: BrowserContext, own_server: Server) -> Iterator[Screen]:
    with journey(context, own_server) as seen:
        yield seen


def test_a_section_is_found_downloaded_over_a_cut_and_drawn(own_screen: Screen, web: StomicsWeb, home: Path) -> None:
    screen = own_screen
    screen.open("/datasets")
    screen.at("q").locator("input").fill("liver")
    screen.at("q").locator("input").press("Enter")
    screen.eventually(lambda: "9 data sets" in screen.text(), True)
    screen.at("open-stomics-0").get_by_role("button").click()
    screen.eventually(lambda: screen.query().get("dataset"), [ACCESSION])
    (stored,) = (one for one in web.datasets[ACCESSION].files if one.id == FILE)
    content = stored.content()
    web.storage.faults += [Fault("cut", "/bucket/", times=1), Fault("stall", "/bucket/", times=1, seconds=None)]
    screen.at(f"get-{ACCESSION}-{FILE}").get_by_role("button").click()
    screen.eventually(lambda: "downloading" in screen.text(), True)
    screen.page.reload()
    screen.eventually(lambda: screen.at(f"stop-{ACCESSION}-{FILE}").count(), 1)
    screen.open("/datasets?part=rnaget")
    screen.eventually(lambda: screen.at(f"stop-{ACCESSION}-{FILE}").count(), 1)
    web.storage.release()
    screen.eventually(lambda: screen.at(f"section-{ACCESSION}-{FILE}").count(), 1)
    assert (home / "stomics" / ACCESSION / stored.name).read_bytes() == content
    assert any(record.status == 206 for record in web.storage.requests)
    assert web.leaks() == []
    screen.at(f"section-{ACCESSION}-{FILE}").get_by_role("button").click()
    screen.eventually(screen.path, "/spatial")
    drawn = [spot for one in screen.figure("section-plot")["data"] for spot in zip(one["x"], one["y"], strict=True)]
    assert sorted(drawn) == sorted(map(tuple, web.datasets[ACCESSION].truth.xy.tolist()))
    assert screen.query()["source"][0].startswith("spatial-section_csr")
    assert KEY not in screen.page.content()
    assert KEY not in " ".join(screen.requests)
