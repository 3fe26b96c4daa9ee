"""STOmics: from a search over all catalogues to a file that broke on the way, came whole, and is drawn as a section."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Services
from tests.browser.screen import Screen
from tests.doubles.stomics_web import KEY, Fault

pytestmark = pytest.mark.browser
ACCESSION, FILE = "STD0002", 201


def test_a_section_is_found_downloaded_over_a_cut_and_drawn(online: Screen, services: Services) -> None:
    screen, web = online, services.stomics
    screen.open("/datasets")
    screen.at("q").locator("input").fill("liver")
    screen.at("q").locator("input").press("Enter")
    screen.eventually(lambda: "9 data sets" in screen.text(), True)
    screen.at("open-stomics-0").get_by_role("button").click()
    screen.eventually(lambda: screen.query().get("dataset"), [ACCESSION])
    (stored,) = (one for one in web.datasets[ACCESSION].files if one.id == FILE)
    content = stored.content()
    web.storage.faults += [Fault("cut", "/bucket/", times=1), Fault("stall", "/bucket/", seconds=None)]
    screen.at(f"get-{ACCESSION}-{FILE}").get_by_role("button").click()
    screen.eventually(lambda: "downloading" in screen.text(), True)
    screen.page.reload()
    screen.eventually(lambda: screen.at(f"stop-{ACCESSION}-{FILE}").count(), 1)
    screen.open("/datasets?part=rnaget")
    screen.eventually(lambda: screen.at(f"stop-{ACCESSION}-{FILE}").count(), 1)
    web.storage.faults.clear()  # it stalled again each time the app lost its patience
    web.storage.release()
    screen.eventually(lambda: screen.at(f"section-{ACCESSION}-{FILE}").count(), 1)
    assert (services.home / "stomics" / ACCESSION / stored.name).read_bytes() == content
    assert any(record.status == 206 for record in web.storage.requests)
    assert web.leaks() == []
    screen.at(f"section-{ACCESSION}-{FILE}").get_by_role("button").click()
    screen.eventually(screen.path, "/spatial")
    drawn = [spot for one in screen.figure("section-plot")["data"] for spot in zip(one["x"], one["y"], strict=True)]
    assert sorted(drawn) == sorted(map(tuple, web.datasets[ACCESSION].truth.xy.tolist()))
    assert screen.query()["source"][0].startswith("spatial-section_csr")
    assert KEY not in screen.page.content()
    assert KEY not in " ".join(screen.requests)
