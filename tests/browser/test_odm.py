"""ODM in the browser: from the catalogue to a profile of an opened data group, its CSV, and a query that comes back."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from tests.browser.conftest import Services
from tests.browser.screen import Screen
from tests.doubles.odm_web import OdmWeb
from tests.doubles.odm_web_atlas import GENES, N_SAMPLES, TITLE, numbers, sample, source

pytestmark = pytest.mark.browser
GENE = "ALB"


@pytest.fixture
def web(services: Services) -> OdmWeb:
    return services.odm


def test_a_data_group_is_fetched_as_csv_and_opened_and_its_profile_is_right(
    online: Screen, web: OdmWeb, tmp_path: Path
) -> None:
    screen = online
    screen.open("/studies?part=odm")
    screen.page.get_by_role("button", name=TITLE).click()
    screen.eventually(lambda: f"{N_SAMPLES} samples" in screen.text(), True)
    screen.page.get_by_role("radio", name="Data").click()
    screen.at("odm-csv").get_by_role("button").click()
    link = screen.page.get_by_role("link", name="Download the CSV")
    link.wait_for()
    _same_numbers(screen.download(link, tmp_path), web)
    screen.at("odm-open").get_by_role("button").click()
    screen.eventually(lambda: f"{len(GENES)} genes × {N_SAMPLES} samples" in screen.text(), True)
    link = screen.page.get_by_test_id("stMain").get_by_role("link", name="Gene")
    link.click()
    screen.eventually(screen.path, "/gene")
    screen.open(f"/gene?source={screen.query()['source'][0]}&gene={GENE}&measure=log")
    _median_of_each_group(screen)


def _same_numbers(path: Path, web: OdmWeb) -> None:
    """The file holds what the server has, rounded to four digits."""
    with path.open(encoding="utf-8") as file:
        rows = {row["gene"]: row for row in csv.DictReader(file)}
    assert list(rows) == list(GENES)
    features, runs, values = web.truth.matrix(web.atlas.expressions["tpm"])
    row = values[features.index(GENE)]
    assert [float(rows[GENE][run]) for run in runs] == pytest.approx(row, abs=5e-5)


def _median_of_each_group(screen: Screen) -> None:
    """Groups are the diseases, at first."""
    (trace,) = screen.figure(f"profile-{GENE}")["data"]
    logged = np.log2(numbers()[GENES.index(GENE)] + 1)
    diseases = np.array([sample(place)["Disease"] for place in range(N_SAMPLES)])
    shown = {label.split("*")[0].split(" (")[0]: value for label, value in zip(trace["y"], trace["x"], strict=True)}
    assert shown == pytest.approx({name: np.median(logged[diseases == name]) for name in set(diseases)}, abs=1e-4)


def test_a_query_of_the_slides_comes_back_by_its_address_and_leaves_as_csv(
    online: Screen, web: OdmWeb, tmp_path: Path
) -> None:
    screen = online
    screen.open(f"/studies?part=odm&study={web.atlas.study}&tab=query")
    screen.at("odm-example-1").get_by_role("button").click()
    screen.eventually(lambda: "4 samples" in screen.text(), True)
    screen.page.goto(screen.page.url)
    screen.settle()
    assert "CD14-positive monocyte" in screen.text()
    path = screen.download(screen.at("odm-save-omics").get_by_role("button"), tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert any("omics/samples?studyFilter=" in line for line in lines if line.startswith("# "))
    assert not any(web.token() in line for line in lines)
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert [row["Sample Source ID"] for row in rows] == [source(place) for place in range(4)]
    screen.page.go_back()
    screen.eventually(lambda: "asked" in screen.query(), False)
