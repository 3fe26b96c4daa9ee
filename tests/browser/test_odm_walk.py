"""The walk of the ODM training slides from the app: a curator imports, a researcher asks, the curator puts it right."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import Services, journey, places
from tests.browser.screen import Screen
from tests.browser.server import Server, serving
from tests.doubles.odm_web import BUNDLE, OdmWeb
from tests.doubles.odm_web_templates import ATLAS

pytestmark = pytest.mark.browser
GENE = "TRAF3IP2-AS1"
FILES = ("walk_study.tsv", "walk_samples.tsv", "walk.gct", "walk.gct.tsv")


def values(name: str) -> dict[str, dict[str, float]]:
    """Numbers of a GCT of the bundle by gene and sample, read by hand."""
    header, *rows = (line.split("\t") for line in BUNDLE[name].decode().splitlines()[2:])
    return {row[0]: {s: float(v) for s, v in zip(header[2:], row[2:], strict=True) if v} for row in rows}


@pytest.fixture(scope="module")
def curators(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app of a curator, who shares the ODM server with the researchers of `online_server`."""
    folder = tmp_path_factory.mktemp("curator")
    settings = services.odm.environment("curator") | places(folder) | {"EXPRONAUT_OFFLINE": "0"}
    with serving(folder, settings) as running:
        yield running


def table(screen: Screen, key: str, folder: Path) -> list[dict[str, str]]:
    """The rows of the CSV file behind a button."""
    button = screen.at(key).get_by_role("button")
    lines = screen.download(button, folder).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def found(screen: Screen, folder: Path) -> dict[str, float]:
    """The values that a query found, by sample."""
    return {row["run"]: float(row["value"]) for row in table(screen, "odm-save-omics", folder)}


def of_study(study: str, **more: str) -> str:
    return f"/studies?{urlencode({'part': 'odm', 'study': study, **more})}"


def test_the_walk_of_the_slides(
    context: BrowserContext, services: Services, curators: Server, online_server: Server, tmp_path: Path
) -> None:
    web = services.odm
    with journey(context, curators) as screen:
        study = imported(screen, web)
    with journey(context, online_server) as screen:
        seen_by_a_researcher(screen, study)
        asked_in_four_ways(screen, tmp_path)
        opened_on_the_gene_page(screen)
        streamed(screen, study, tmp_path)
    with journey(context, curators) as screen:
        second_version(screen, web, study)
        old_one_asked(screen, study, tmp_path)
        put_right(screen, study, tmp_path)
    assert {web.truth.metadata(one)["Sex"] for one in web.truth.samples(study)} == {"male", "female"}


def imported(screen: Screen, web: OdmWeb) -> str:
    """A study by links, seen in the dry run before anything is sent; its accession."""
    screen.open("/studies?part=odm&tab=curate")
    screen.page.get_by_label("Links, one a line").fill("\n".join(map(web.link, FILES)))
    screen.page.get_by_role("button", name="Add the links").click()
    field = screen.at("curate-template").locator("input")
    field.fill(ATLAS)
    field.press("Enter")
    screen.eventually(lambda: screen.text().count(f'"templateId": "{ATLAS}"'), 3)
    assert "POST /api/v1/as-curator/integration/link/expression/group/{expression-1}" in screen.text()
    assert not [one for one in web.requests if one.method == "POST" and "jobs" in one.path]
    screen.at("curate-import").get_by_role("button").click()
    screen.page.get_by_role("button", name="Open the study").wait_for()
    screen.settle()
    assert "walk.gct → samples by Sample Source ID: 6 of 6 matched" in screen.text()
    screen.page.get_by_role("button", name="Open the study").click()
    screen.eventually(lambda: "study" in screen.query(), True)
    (study,) = screen.query()["study"]
    return study


def seen_by_a_researcher(screen: Screen, study: str) -> None:
    """Who may read it, and is told what to change to do more."""
    screen.open("/studies?part=odm&tab=curate")
    assert "Importing, validating and changing values is for curators" in screen.told()
    screen.open(of_study(study, tab="query"))
    assert "Simulated blood study (not real data)" in screen.text()
    assert "6 samples · 1 data group" in screen.text()


def asked_in_four_ways(screen: Screen, folder: Path) -> None:
    """The study; and the cell type; and the gene; and the least value."""
    told = {}
    for step, words in enumerate(("6 samples", "3 samples", "3 values", "2 values")):
        screen.at(f"odm-example-{step}").get_by_role("button").click()
        screen.page.locator(f"strong:text-is('{words}')").wait_for()
        screen.settle()
        told[step] = found(screen, folder) if step > 1 else {}
    measured = {sample: values("walk.gct")[GENE][sample] for sample in ("W1", "W2", "W3")}
    assert told[2] == measured
    assert told[3] == {sample: value for sample, value in measured.items() if value >= 200}


def opened_on_the_gene_page(screen: Screen) -> None:
    """What the last query found becomes a source; its points are the values of the file."""
    assert screen.chosen("odm-opened-values") == "The values that the query finds"
    screen.at("odm-open-found").get_by_role("button").click()
    screen.page.get_by_test_id("stMain").get_by_role("link", name="Gene", exact=True).first.click()
    screen.eventually(screen.path, "/gene")
    (source,) = screen.query()["source"]
    screen.open(f"/gene?{urlencode({'source': source, 'gene': GENE})}")
    points = screen.trace(f"profile-{GENE}", "samples")
    shown = {about[0]: value for about, value in zip(points["customdata"], points["x"], strict=True)}
    assert shown == pytest.approx({"W2": np.log2(251), "W3": np.log2(201)})


def streamed(screen: Screen, study: str, folder: Path) -> None:
    """The whole matrix as the server streams it."""
    screen.open(of_study(study, tab="data"))
    screen.at("odm-csv").get_by_role("button").click()
    link = screen.page.get_by_role("link", name="Download the CSV")
    link.wait_for()
    file = screen.download(link, folder)
    header, *lines = (line.split(",") for line in file.read_text(encoding="utf-8").splitlines() if line[:1] != "#")
    told = {row[0]: {s: float(v) for s, v in zip(header[1:], row[1:], strict=True) if v} for row in lines}
    assert told == values("walk.gct")


def second_version(screen: Screen, web: OdmWeb, study: str) -> None:
    """The next version of the matrix, linked to the samples that are there."""
    screen.open(of_study(study, tab="curate", do="add"))
    screen.page.get_by_label("Links, one a line").fill("\n".join(map(web.link, ("walk2.gct", "walk.gct.tsv"))))
    screen.page.get_by_role("button", name="Add the links").click()
    screen.at("curate-options-3").get_by_role("button").first.click()
    screen.at("curate-previous_version-3").get_by_role("combobox").click()
    screen.page.get_by_role("option").nth(1).click()
    screen.page.keyboard.press("Escape")
    screen.eventually(lambda: '"previousVersion"' in screen.text(), True)
    screen.at("curate-import").get_by_role("button").click()
    screen.page.get_by_role("button", name="Open the study").wait_for()
    screen.eventually(lambda: "2 versions in all" in screen.text(), True)


def old_one_asked(screen: Screen, study: str, folder: Path) -> None:
    """Unset, a query takes the newest version; v1 is still there."""
    screen.open(of_study(study, tab="query"))
    screen.at("odm-example-2").get_by_role("button").click()
    screen.at("odm-save-omics").wait_for()
    screen.settle()
    assert found(screen, folder) == {"W1": 155, "W2": 255, "W3": 205}
    screen.at("odm-versions").get_by_role("combobox").click()
    screen.page.get_by_role("option", name="v1 of").click()
    screen.eventually(lambda: "useVersions" in screen.text(), True)
    screen.at("odm-ask").get_by_role("button").click()
    screen.eventually(lambda: found(screen, folder), {"W1": 150, "W2": 250, "W3": 200})


def put_right(screen: Screen, study: str, folder: Path) -> None:
    """From the validation summary to values, until the metadata are valid."""
    screen.open(of_study(study, tab="curate"))
    told = [list(row.values())[1:6] for row in table(screen, "odm-save-validation", folder)]
    assert told == [
        ["Organism", "not filled", "2", "Not filled", "Fill it in, or write “Not applicable” or “Not recorded”"],
        ["Sex", "M", "1", "A synonym of a preferred label", "Use male"],
    ]
    field = screen.page.locator("input[aria-label='New value']")
    field.fill("Homo sapiens")
    field.press("Enter")
    screen.at("curate-change").get_by_role("button", name="Change 2 samples").click()
    screen.eventually(lambda: "2 samples changed" in screen.told(), True)
    assert field.input_value() == "male", "what the server proposes"
    screen.at("curate-change").get_by_role("button", name="Change", exact=True).click()
    screen.eventually(lambda: "Metadata are valid" in screen.told(), True)
