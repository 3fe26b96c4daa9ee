"""Datasets, STOmics: key and budget, list and filters, a data set's page, a download, a service that wants a rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend import api, settings
from backend.settings import Stomics
from tests.contract.stomics_online import online
from tests.doubles.stomics_web import KEY, StomicsWeb
from tests.doubles.stomics_web_world import EVIL, UNPUBLISHED
from tests.pages.conftest import Open, captions, messages, standing, unescaped


@pytest.fixture(scope="module")
def running() -> Iterator[StomicsWeb]:
    with StomicsWeb(large=400_000) as web:
        yield web


@pytest.fixture
def web(running: StomicsWeb, tmp_path: Path) -> Iterator[StomicsWeb]:
    running.reset()
    with settings.use(online(running, tmp_path, attempts=1, longest_wait=0.1)):
        yield running


def words(at: Any) -> str:
    return unescaped(" ".join(text.value for text in at.main.markdown))


def everything(at: Any) -> str:
    return f"{words(at)} {captions(at.main)} {messages(at)} {' '.join(code.value for code in at.main.code)}"


def accessions(at: Any) -> list[str]:
    rows = [text.value for text in at.main.markdown if ":gray[STD" in text.value]
    return [row.partition(":gray[")[2].rstrip("]") for row in rows]


def ended(accession: str, file_id: str) -> None:
    """Wait until a download has come to its end."""

    def over() -> bool:
        found = [one for one in api.stomics_downloads(accession) if one.file_id == file_id]
        return bool(found) and (found[0].progress is None or found[0].progress.state not in ("waiting", "running"))

    until(over)


def until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_without_a_key_the_page_says_how_to_get_one(open_page: Open, web: StomicsWeb) -> None:
    with settings.use(replace(settings.current(), stomics=Stomics(web.url))):
        at = standing(open_page("datasets", part="stomics"))
    assert "EXPRONAUT_STOMICS_KEY" in everything(at)
    assert "stomics.io" in messages(at)
    assert web.requests == []


def test_the_list_is_filtered_sorted_and_paged_within_the_budget(open_page: Open, web: StomicsWeb) -> None:
    options = {"part": "stomics", "q": "mouse", "technology": ["2", "x"], "sort": "desc", "per_page": "10"}
    at = open_page("datasets", **options)
    fitting = [
        one for number, one in enumerate(web.datasets.values()) if number % 3 == 1 and "Mouse" in one.fields["title"]
    ]
    fitting.sort(key=lambda one: -one.fields["download_count"])
    assert accessions(at) == [one.accession for one in fitting[:10]]
    assert f"1 to 10 of {len(fitting)} data sets" in captions(at.main)
    assert "“x” is not the id of a technology" in messages(at)
    assert "Visium (2)" in at.multiselect("technology").options
    assert "999 of 1,000 calls left this hour (counted here)" in captions(at.main)
    assert "sk-…abcd" in everything(at)
    assert KEY not in everything(at)
    at.selectbox("sort").set_value("asc").run()
    assert accessions(standing(at)) == [one.accession for one in reversed(fitting)][:10]
    assert "998 of 1,000" in captions(at.main)


def test_a_service_with_shorter_pages_is_paged_through_without_a_gap(open_page: Open, web: StomicsWeb) -> None:
    web.switches.most_per_page = 20
    at = standing(open_page("datasets", part="stomics", per_page="50", page="1"))
    assert accessions(at) == [one for one in web.datasets if one != UNPUBLISHED][:20]
    assert (at.selectbox("per_page").value, "1 to 20 of 45" in captions(at.main)) == ("20", True)


def test_an_accession_of_another_service_is_told(open_page: Open, web: StomicsWeb) -> None:
    told = messages(standing(open_page("datasets", part="stomics", q="STDS0000058")))
    assert "STOmicsDB" in told
    assert "No data set fits" in told


def test_a_file_is_downloaded_and_opened_from_the_page_of_its_data_set(open_page: Open, web: StomicsWeb) -> None:
    at = standing(open_page("datasets", part="stomics", dataset="STD0001"))
    told = everything(at)
    for fact in ("Mouse brain coronal section", "Stereo-seq (id 1)", "Mus musculus", "Brain", EVIL, "size unknown"):
        assert fact in told
    assert "https://doi.org/10.5555/simulated.1" in told
    assert dict(at.main.dataframe[0].value.to_numpy().tolist()) == {"note": "Simulated for tests"}
    known = sum(file["size_bytes"] or 0 for file in web.files("STD0001"))
    assert f"5 files, {round(known / 1000)} kB in all; the size of 1 is unknown and not counted." in told
    at.button("get-STD0001-42").click()
    standing(at.run())
    ended("STD0001", "42")
    at.run()
    assert "downloaded" in words(standing(at))
    at = standing(open_page("datasets", part="rnaget"))  # it is told on every part
    at.button("section-STD0001-42").click()
    at.run()
    key = "".join(at.query_params["source"])
    assert key.startswith("spatial-matrix")
    assert web.leaks() == []
    until(lambda: api.section_progress(key) is None)
    at = standing(open_page("datasets", part="stomics", dataset="STD0001", source=key, species="mouse"))
    at.button("deleted-STD0001-42").click()
    at = standing(at.run())
    assert at.button("get-STD0001-42").label == "Download"
    assert "downloaded" not in words(at)
    assert "source" not in at.query_params
    assert api.sections() == ()


def test_what_arrived_otherwise_than_published_can_be_kept_or_fetched_again(open_page: Open, web: StomicsWeb) -> None:
    api.start_stomics_download("STD0001", "44")
    ended("STD0001", "44")
    at = open_page("datasets", part="stomics", dataset="STD0001")
    assert "not as published" in words(at)
    assert at.button("over-STD0001-44").label == "Start over"
    at.button("keep-STD0001-44").click()
    at.run()
    ended("STD0001", "44")
    at.run()
    assert "not as published" not in words(standing(at))
    assert "wrong_size.h5ad" in {one.name for one in api.stomics_downloads("STD0001") if one.done}


def test_a_service_that_wants_a_rest_gets_it(open_page: Open, web: StomicsWeb) -> None:
    web.switches.limit, web.switches.wait = 0, 3_000
    at = open_page("datasets", part="stomics")
    assert "too many requests" in messages(at)
    assert "Nothing is asked by itself" in captions(at.main)
    assert "In 49 min" in captions(at.main) or "In 50 min" in captions(at.main)
    assert at.button("again-stomics").disabled
    asked = len(web.requests)
    at.run()
    open_page("datasets", part="stomics", q="liver")
    assert len(web.requests) == asked


def test_the_service_is_compared_with_its_own_description(open_page: Open, web: StomicsWeb) -> None:
    at = standing(open_page("datasets", part="stomics"))
    assert not any("openapi" in one.path for one in web.requests)
    at.button("probe").click()
    at.run()
    expected = api.stomics_probe().value.points
    told = words(standing(at))
    for verdict, title in (("contradicted", "Contradicted"), ("unknown", "Not told"), ("confirmed", "Confirmed")):
        assert f"{title}: {sum(point.verdict == verdict for point in expected)}" in told
