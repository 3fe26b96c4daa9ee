"""Datasets, all data sets: catalogues side by side, one that fails, and the way from a card to its page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from backend import settings
from backend.settings import Rnaget
from tests.contract import own_world
from tests.contract.stomics_online import online
from tests.doubles.http_double import Fault
from tests.doubles.stomics_web import StomicsWeb
from tests.pages.conftest import AtlasSource, Open, captions, messages, standing, unescaped


@pytest.fixture(scope="module")
def running() -> Iterator[StomicsWeb]:
    with StomicsWeb() as web:
        yield web


@pytest.fixture
def web(running: StomicsWeb, tmp_path: Path) -> Iterator[StomicsWeb]:
    running.reset()
    chosen = online(running, tmp_path, attempts=1, rnaget=(Rnaget("gone", "http://127.0.0.1:9/rnaget"),))
    with settings.use(chosen):
        yield running


def words(at: Any) -> str:
    return unescaped(" ".join(text.value for text in at.main.markdown))


def option(at: Any, key: str) -> str:
    """A single option of the address."""
    found = at.query_params[key]
    return found if isinstance(found, str) else found[0]


def titles(at: Any) -> list[str]:
    """The titles on cards, in order."""
    return [text.value.strip("*") for text in at.main.markdown if text.value.startswith("**")]


def test_catalogues_stand_side_by_side_and_cards_lead_on(
    open_page: Open, web: StomicsWeb, atlas_file: AtlasSource
) -> None:
    chosen = replace(settings.current(), data=(atlas_file.path.parent,))
    with settings.use(chosen):
        study = own_world.bring(own_world.write_bundle(chosen.cache / "bundle"))
        at = standing(open_page("datasets"))
        told = words(at)
        for title in ("Your own studies", "ARCHS4 files", "Spatial files", "STOmics (stomics.io)"):
            assert f"### {title}" in told
        assert "45 data sets" in told
        assert titles(at).count("Mouse liver section") == 1
        assert len([title for title in titles(at) if "section" in title]) == 6
        assert "127.0.0.1:9 cannot be reached" in messages(at)
        assert "EXPRONAUT_ODM" in captions(at.main)
        ways = {link.proto.label: (link.proto.page, parse_qs(link.proto.query_string)) for link in at.main.page_link}
        assert ways["See its genes"] == ("gene", {"source": [atlas_file.key], "species": ["human"]})
        assert ways["Open"] == ("studies", {"part": ["own"], "own": [study]})
        at.button("open-stomics-1").click()
        opened = standing(at.run())
        assert (option(opened, "part"), option(opened, "dataset")) == ("stomics", "STD0002")
        assert "### Mouse liver section" in words(opened)


def test_words_narrow_every_catalogue_and_all_of_one_are_a_click_away(open_page: Open, web: StomicsWeb) -> None:
    at = standing(open_page("datasets"))
    at.text_input("q").set_value("mouse").run()
    assert option(at, "q") == "mouse"
    mice = [one for one in web.datasets.values() if "Mouse" in one.fields["title"] and one.accession != "STD0046"]
    assert f"{len(mice)} data sets" in words(at)
    assert "Your own studies: nothing here fits." in captions(at.main)
    at.button("all-stomics").click()
    at.run()
    assert option(at, "catalogue") == "stomics"
    assert titles(at) == [one.fields["title"] for one in mice[:20]]
    last = standing(open_page("datasets", q="mouse", catalogue="stomics", page="2"))
    assert titles(last) == [one.fields["title"] for one in mice[20:40]]
    assert "There is no page 9" in messages(open_page("datasets", catalogue="stomics", page="9"))


def test_a_service_that_failed_is_asked_again_by_a_click_only(open_page: Open, web: StomicsWeb) -> None:
    web.faults.append(Fault("status", "/api/v1/datasets", status=500))
    at = open_page("datasets")
    assert "has a problem (HTTP 500)" in messages(at)
    asked = len(web.requests)
    at.run()
    assert "has a problem (HTTP 500)" in messages(at)
    assert len(web.requests) == asked
    web.faults.clear()
    at.button("again-stomics").click()
    at.run()
    assert "45 data sets" in words(standing(at))
    assert "HTTP 500" not in messages(at)
