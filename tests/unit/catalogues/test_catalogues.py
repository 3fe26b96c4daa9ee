"""Every catalogue: what it lists, what words find in it, and what stays when one of them fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend import api, downloading, section_openings, settings
from backend.errors import BadInput, ExpronautError, NotConfigured, NotFound, Unavailable
from backend.model import Answer, CatalogueEntry, CataloguePage
from backend.settings import Archs4, Stomics
from tests.contract import archs4_cohort
from tests.doubles.archs4_web import Archs4Web
from tests.unit.catalogues.conftest import World

HERE = ("own", "archs4", "sections")


def found(name: str, text: str = "", page: int = 1) -> tuple[CatalogueEntry, ...]:
    return api.search_catalogue(name, text, page).value.entries


def ids(name: str, text: str = "") -> list[str]:
    return [one.id for one in found(name, text)]


def test_each_catalogue_says_where_it_lies_and_asks_nothing_for_that(world: World) -> None:
    infos = {one.name: one for one in api.catalogues()}
    assert set(infos) == {*HERE, "stomics", "odm", "rnaget-spec12", "rnaget-gone"}
    assert {name for name, one in infos.items() if not one.live} == set(HERE)
    assert all(one.problem is None for one in infos.values())
    assert world.stomics.requests == world.rnaget.requests == []


def test_what_is_not_configured_says_how_and_is_not_asked(world: World) -> None:
    bare = replace(world.settings, rnaget=(), odm=None, stomics=Stomics(world.stomics.url))
    with settings.use(bare):
        problems = {one.name: one.problem for one in api.catalogues() if one.live}
        for name, variable in (("rnaget", "RNAGET"), ("odm", "ODM"), ("stomics", "STOMICS_KEY")):
            assert f"EXPRONAUT_{variable}" in (problems[name] or "")
            with pytest.raises(NotConfigured):
                api.search_catalogue(name, "liver")
    assert world.stomics.requests == []


def test_every_word_has_to_stand_in_an_own_study(world: World) -> None:
    (study,) = found("own")
    assert (study.id, study.title, study.n) == (world.study, "Organs of 24 donors", 24)
    assert study.organism == "human"
    assert (study.opens, study.ids) == ("own", (world.study,))
    for text in ("donors ORGANS", world.study, "tissue donors", "tpm.gct"):
        assert ids("own", text) == [world.study]
    assert ids("own", "donors zebrafish") == []


def test_a_damaged_study_stands_there_and_says_so(world: World, tmp_path: Any) -> None:
    folder = tmp_path / "studies" / "LOC7"
    folder.mkdir(parents=True)
    (folder / "study.json").write_text("{")
    with settings.use(replace(world.settings, studies=tmp_path / "studies")):
        (study,) = found("own")
    assert (study.id, study.state) == ("LOC7", "damaged")
    assert study.description


def test_a_file_of_archs4_without_an_index(world: World, tmp_path: Any) -> None:
    archs4_cohort.written(tmp_path)
    with archs4_cohort.found(tmp_path):
        (bare,) = found("archs4")
        assert (bare.n, bare.organism, bare.state, bare.opens) == (300, "human", "no index", "files")
        assert bare.kind == "simulated"
        assert ids("archs4", "simulated human 2.5") == [bare.id]
        assert ids("archs4", "mouse") == []


def test_files_that_can_be_fetched_are_told_once_somebody_has_asked_for_the_list(tmp_path: Any) -> None:
    with Archs4Web() as web:
        services = Archs4(site=web.url, files=f"{web.url}/files")
        usual = settings.read({})
        chosen = replace(usual, data=(tmp_path,), home=tmp_path, cache=tmp_path / "c", demo=False, archs4=services)
        with settings.use(replace(chosen, offline=False)):
            assert found("archs4") == ()
            assert web.requests == []
            listed = {one.name: one for one in downloading.listed().value}
            asked = len(web.requests)
            page = api.search_catalogue("archs4", "mouse gene can be fetched")
            assert len(web.requests) == asked
    named = {name for name, one in listed.items() if (one.species, one.level) == ("mouse", "gene")}
    assert {one.id for one in page.value.entries} == named
    assert all(one.n == listed[one.id].n_samples and one.opens == "files" for one in page.value.entries)
    assert "asked for last" in page.provenance.notes[0]


def test_a_spatial_file_is_there_before_and_after_it_is_opened(world: World) -> None:
    (file,) = found("sections", "h5ad STD0001")
    assert (file.opens, file.state) == ("section file", "not open")
    key = api.open_section(file.ids[0])
    (section,) = found("sections", "matrix open")
    assert (section.opens, section.ids[0], section.n) == ("section", key, 4)
    api.close_section(key)
    assert found("sections")[0].opens == "section file"


def test_a_text_with_a_wrong_line_is_not_told_to_be_open(world: World, tmp_path: Path) -> None:
    path = tmp_path / "bad.gem"
    path.write_text("geneID\tx\ty\tMIDCount\nSox2\tone\t2\t3\n", encoding="utf-8")
    key = section_openings.open_file(path)
    (section,) = found("sections", "bad.gem")
    assert (section.ids[0], section.state) == (key, "not read yet")
    api.close_section(key)


def test_the_pages_of_stomics_hold_every_data_set_once_and_are_asked_once(world: World) -> None:
    pages = [api.search_catalogue("stomics", "", number).value for number in (1, 2, 3)]
    assert [page.total for page in pages] == [45, 45, 45]
    assert pages[0].pages == 3
    accessions = [one.id for page in pages for one in page.entries]
    assert accessions == [f"STD{number:04d}" for number in range(1, 46)]
    api.search_catalogue("stomics", "", 2)
    assert len(world.stomics.requests) == 3
    assert found("stomics", "", 4) == ()


def test_stomics_searches_itself_and_facts_come_from_any_of_its_names(world: World) -> None:
    entries = found("stomics", "kidney")
    assert all("kidney" in one.title for one in entries)
    assert [one.query["q"] for one in world.stomics.requests] == ["kidney"]
    first = entries[0]  # its fields have their other names
    truth = world.stomics.datasets["STD0004"]
    assert (first.id, first.organism, first.n) == ("STD0004", "Homo sapiens", len(truth.truth.spots))
    assert (first.technology, first.opens, first.ids) == ("Stereo-seq", "stomics", ("STD0004",))


def test_an_accession_of_the_other_service_is_told(world: World) -> None:
    (note,) = api.search_catalogue("stomics", "STDS0000058").provenance.notes
    assert "STOmicsDB" in note


def test_studies_of_a_server_are_searched_here_word_by_word(world: World) -> None:
    (study,) = found("rnaget-spec12")
    assert study.ids[0] == "spec12"
    words = f"{study.title} {study.id[:8]}"
    assert ids("rnaget-spec12", words.upper()) == [study.id]
    assert ids("rnaget-spec12", f"{words} elsewhere") == []


def test_odm_searches_itself(world: World) -> None:
    everything = api.search_catalogue("odm").value
    assert everything.total == api.odm_check().value
    assert ids("odm", "genomes") == [one.id for one in everything.entries if "genomes" in one.title]
    assert everything.entries[0].opens == "odm"


def test_one_that_fails_leaves_the_rest_standing(world: World) -> None:
    told: list[str] = []
    outcomes = api.search_catalogues(
        ["rnaget-gone", "stomics", "odm", "own"], "liver", lambda name, _: told.append(name)
    )
    assert sorted(told) == sorted(outcomes)
    failed = {name: one for name, one in outcomes.items() if isinstance(one, ExpronautError)}
    assert set(failed) == {"rnaget-gone"}
    assert isinstance(failed["rnaget-gone"], Unavailable)
    stomics = outcomes["stomics"]
    assert isinstance(stomics, Answer)
    assert isinstance(stomics.value, CataloguePage)
    assert stomics.value.total == 9


def test_a_page_or_a_catalogue_that_there_cannot_be(world: World) -> None:
    for name in (*HERE, "stomics", "odm", "rnaget-spec12"):
        with pytest.raises(BadInput, match="no page 0"):
            api.search_catalogue(name, "", 0)
        with pytest.raises(BadInput, match="at most"):
            api.search_catalogue(name, "x" * 501)
    with pytest.raises(NotFound) as caught:
        api.search_catalogue("nosuch")
    assert "own" in caught.value.suggestions
