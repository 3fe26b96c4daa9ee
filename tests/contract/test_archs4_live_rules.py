"""The oddities of the services of ARCHS4, one by one, and what is said about each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backend import api, settings
from backend.archs4_live import sigpy
from backend.errors import BadAnswer, BadInput, NotFound, Unavailable
from tests.contract.live_world import online
from tests.doubles.archs4_web import Archs4Web, Fault

LISTS = ("/sigpy/meta/genes", "/matrixapi/colid")


@pytest.fixture
def web() -> Iterator[Archs4Web]:
    with Archs4Web() as double:
        yield double


@pytest.fixture(autouse=True)
def services(web: Archs4Web, tmp_path: Path) -> Iterator[None]:
    with settings.use(online(web, tmp_path, read=5)):
        yield


def _notes(answer: api.Answer) -> str:
    return "\n".join(answer.provenance.notes)


def _sent(web: Archs4Web, path: str) -> list[dict]:
    """What was asked at a path: the query, and the body."""
    return [record.query | json.loads(record.body or b"{}") for record in web.requests if record.path == path]


class TestTissues:
    def test_a_leaf_listed_twice_is_kept_once_and_named(self) -> None:
        answer = api.tissue_profile("archs4", "Fundc1", "mouse")
        assert (answer.value["tissue"] == "Skin").sum() == 1
        assert answer.provenance.n == len(answer.value) == 58
        assert "Skin twice" in _notes(answer)

    def test_without_the_colour_column_nothing_changes(self, web: Archs4Web, tmp_path: Path) -> None:
        with_colour = api.tissue_profile("archs4", "Fundc1", "mouse").value
        web.switches.color = False
        with settings.use(online(web, tmp_path / "anew")):
            pd.testing.assert_frame_equal(api.tissue_profile("archs4", "Fundc1", "mouse").value, with_colour)

    def test_the_floor_is_explained_where_it_occurs(self) -> None:
        answer = api.tissue_profile("archs4", "ACE2")
        assert answer.value["min"].min() == pytest.approx(0.113644)
        assert "0.113644 is the floor" in _notes(answer)
        assert "floor" not in _notes(api.tissue_profile("archs4", "ACTB"))

    def test_two_leaves_with_the_same_numbers_are_named(self) -> None:
        assert "the same numbers for Hypothalamus and Thalamus" in _notes(
            api.tissue_profile("archs4", "Fundc1", "mouse")
        )

    def test_a_leaf_without_samples_is_no_tissue(self, web: Archs4Web) -> None:
        gone = next(leaf for leaf in web.leaves() if leaf.endswith(".RETINA"))
        web.switches.empty_leaves = (gone,)
        table = api.tissue_profile("archs4", "TP53").value
        assert len(table) == 71
        assert "Retina" not in set(table["tissue"])
        median = table["median"].to_numpy()
        np.testing.assert_allclose(table["z"], (median - median.mean()) / median.std())

    @pytest.mark.parametrize("wrapped", [True, False])
    def test_the_atlas_with_and_without_data(self, web: Archs4Web, wrapped: bool) -> None:
        web.switches.wrapped_atlas = wrapped
        table = api.tissue_profile("archs4", "TP53").value.set_index("tissue")
        assert len(table) == 72
        assert table.loc["Spleen", "system"] == "Immune system"
        assert table.loc["Spleen", "organ"] == "Spleen"

    def test_half_a_page_is_not_taken_for_all_tissues(self, web: Archs4Web, tmp_path: Path) -> None:
        web.faults.append(Fault("garbage", "/archs4/search"))
        with settings.use(online(web, tmp_path, ("legacy",))), pytest.raises(BadAnswer, match="not complete"):
            api.tissue_profile("archs4", "TP53")

    def test_mouse_is_asked_for_as_mouse_and_not_compared(self, web: Archs4Web) -> None:
        human, mouse = api.tissue_profile("archs4", "TP53"), api.tissue_profile("archs4", "Trp53", "mouse")
        assert (human.provenance.species, mouse.provenance.species) == ("human", "mouse")
        assert all(sent["species"] == "mouse" for sent in _sent(web, "/archs4/search/loadExpressionTissue.php"))
        assert all("do not compare" in _notes(answer) for answer in (human, mouse))
        with pytest.raises(NotFound, match="human only"):
            api.cell_lines("archs4", "Trp53", "mouse")

    @pytest.mark.parametrize("typed", ["Trp53", "TRP53", "trp53", "ENSMUSG00000059552"])
    def test_mouse_genes_are_found_in_capitals_and_shown_as_mgi_writes_them(self, typed: str) -> None:
        assert api.gene("archs4", typed, "mouse").value.symbol == "Trp53"
        assert len(api.tissue_profile("archs4", typed, "mouse").value) == 58

    def test_an_old_symbol_of_the_list_stands_for_the_new_one(self, web: Archs4Web) -> None:
        answer = api.gene("archs4", "FIRRM")
        assert "ARCHS4 calls FIRRM C1orf112" in _notes(answer)
        table = api.tissue_profile("archs4", "FIRRM").value.set_index("tissue")
        assert table.loc["Liver", "median"] == pytest.approx(web.box("C1orf112", "LIVER")["median"])


class TestUnknownGenes:
    def test_the_list_of_genes_is_enough_to_say_no(self, web: Archs4Web) -> None:
        with pytest.raises(NotFound, match="not in the gene list"):
            api.tissue_profile("archs4", "BRCA2")
        assert all(record.path in (*LISTS, "/sigpy/status") for record in web.requests)

    @pytest.mark.parametrize("how", ["error", "empty"])
    @pytest.mark.parametrize("dialects", [(), ("sigpy",), ("legacy",)])
    def test_an_error_inside_of_a_200_is_not_found(
        self, web: Archs4Web, tmp_path: Path, how: str, dialects: tuple[str, ...]
    ) -> None:
        web.switches.sigpy_unknown = how
        web.faults += [Fault("garbage", path) for path in LISTS]
        with settings.use(online(web, tmp_path, dialects)):
            for ask in (api.tissue_profile, api.coexpressed):
                with pytest.raises(NotFound):
                    ask("archs4", "BRCA2")

    @pytest.mark.parametrize("empty", [True, False])
    def test_v1_says_404_or_nothing(self, web: Archs4Web, tmp_path: Path, empty: bool) -> None:
        web.switches.v1_unknown_empty = empty
        with settings.use(online(web, tmp_path, ("v1",))):
            for ask in (api.tissue_profile, api.coexpressed):
                with pytest.raises(NotFound):
                    ask("archs4", "BRCA2")


class TestPartners:
    def test_the_gene_itself_is_dropped_and_one_more_is_asked_for(self, web: Archs4Web) -> None:
        table = api.coexpressed("archs4", "PCNA", limit=7).value
        assert len(table) == 7
        assert "PCNA" not in set(table["gene"])
        assert [sent["count"] for sent in _sent(web, "/matrixapi/coltop")] == [8]

    def test_what_the_numbers_rest_on_is_said(self) -> None:
        over_all = api.coexpressed("archs4", "PCNA", limit=5)
        assert "all human samples" in _notes(over_all)
        assert over_all.provenance.n is None
        within = api.coexpressed("archs4", "ALB", limit=5, within="tissue:liver")
        assert "at most 200" in _notes(within)
        assert "values move" in _notes(within)
        assert "mention “liver”" in _notes(within)
        mouse = api.coexpressed("archs4", "Pcna", "mouse", limit=5)
        assert mouse.provenance.n == 200
        assert mouse.provenance.version == "via sigpy"
        assert all("q cannot be computed" in _notes(answer) for answer in (over_all, within, mouse))

    def test_partners_with_few_reads_are_warned_of(self, web: Archs4Web) -> None:
        answer = api.coexpressed("archs4", "ALB", limit=50, within="query:retina")
        assert (answer.value["mean_expression"] < 3).any()
        assert "few reads" in _notes(answer)

    def test_a_term_nobody_mentions_is_not_found(self) -> None:
        with pytest.raises(NotFound, match="no sample that mentions"):
            api.coexpressed("archs4", "ALB", within="query:zzzznothing")
        with pytest.raises(BadInput):
            api.coexpressed("archs4", "ALB", within="liver")

    def test_more_than_the_matrix_holds_is_answered_all_the_same(self, web: Archs4Web) -> None:
        web.switches.coltop_limit = True
        answer = api.coexpressed("archs4", "PCNA", limit=500)
        assert answer.provenance.version == "via sigpy"
        assert "legacy did not answer" in _notes(answer)

    def test_values_that_move_are_kept_until_they_are_old(self, web: Archs4Web, tmp_path: Path) -> None:
        web.switches.drifting = True
        first = api.coexpressed("archs4", "Pcna", "mouse", limit=5).value
        pd.testing.assert_frame_equal(api.coexpressed("archs4", "Pcna", "mouse", limit=5).value, first)
        with settings.use(online(web, tmp_path / "anew")):
            assert not api.coexpressed("archs4", "Pcna", "mouse", limit=5).value.equals(first)


class TestSamples:
    def test_what_is_left_out_silently_is_named(self, web: Archs4Web) -> None:
        web.switches.drop_metadata = 3
        answer = api.search_samples("archs4", "liver", limit=6)
        missing = list(answer.value.rows["sample"])[2::3]
        assert all(name in _notes(answer) for name in missing)
        assert "no description of 2 of these samples" in _notes(answer)
        assert list(answer.value.rows["title"] == "") == [False, False, True] * 2

    def test_descriptions_are_fetched_in_batches(self, web: Archs4Web) -> None:
        known = web.samples_matching("liver")
        asked = [*known[:2], *(f"GSM{number}" for number in range(9_000_000, 9_000_000 + sigpy.BATCH)), *known[2:4]]
        found = sigpy.descriptions(asked, "human", "fresh")
        sizes = [len(sent["samples"]) for sent in _sent(web, "/sigpy/meta/samplemeta")]
        assert sizes == [sigpy.BATCH, 4]
        assert list(found.value["sample"]) == asked
        assert list(found.value.set_index("sample").loc[known[:4], "title"]) == [
            web.metadata(name)["title"] for name in known[:4]
        ]
        assert len(found.value.attrs["missing"]) == sigpy.BATCH

    def test_only_the_page_is_described(self, web: Archs4Web) -> None:
        api.search_samples("archs4", "liver", offset=5, limit=4)
        assert [sent["samples"] for sent in _sent(web, "/sigpy/meta/samplemeta")] == [
            web.samples_matching("liver")[5:9]
        ]

    def test_v1_is_asked_for_page_after_page(self, web: Archs4Web, tmp_path: Path) -> None:
        with settings.use(online(web, tmp_path, ("v1",))):
            page = api.search_samples("archs4", "tissue", offset=510, limit=5).value
        want = web.samples_containing("tissue")
        assert page.total == len(want) > 500
        assert list(page.rows["sample"]) == want[510:515]
        assert [sent["offset"] for sent in _sent(web, "/archs4/api/v1/samples/search")] == ["0", "500"]

    @pytest.mark.parametrize("pattern", ["liver|kidney", r"^Heart_rep[12]", r"age: 1\d weeks"])
    def test_expressions_are_applied_by_the_service(self, web: Archs4Web, pattern: str) -> None:
        page = api.search_samples("archs4", pattern, limit=500, regex=True).value
        assert list(page.rows["sample"]) == web.samples_matching(pattern)
        assert page.total > 0

    def test_a_broken_expression_is_told_with_its_place(self, web: Archs4Web) -> None:
        with pytest.raises(BadInput, match="column 1"):
            api.search_samples("archs4", "*liver", regex=True)
        assert web.count("/sigpy/meta/quicksearch") == 0

    def test_a_phrase_stands_in_this_order(self, web: Archs4Web) -> None:
        page = api.search_samples("archs4", '"bone marrow"', limit=500).value
        assert set(page.rows["sample"]) == set(web.samples_matching(r"bone[\W_]+marrow"))
        assert page.total > 0

    def test_named_samples_are_shown_in_their_order_and_unknown_ones_named(self, web: Archs4Web) -> None:
        names = [*web.samples_matching("kidney")[:2], "GSM999999999", web.samples_matching("liver")[0]]
        answer = api.search_samples("archs4", " ".join(names))
        assert list(answer.value.rows["sample"]) == names
        assert "GSM999999999" in _notes(answer)
        assert "not asked whether it has them" in _notes(answer)

    def test_the_legacy_search_says_how_little_it_looks_at(self, web: Archs4Web, tmp_path: Path) -> None:
        with settings.use(online(web, tmp_path, ("legacy",))):
            answer = api.search_samples("archs4", "liver", limit=500)
        found = [name for name in web.samples_matching(".") if "liver" in web.metadata(name)["source"].lower()]
        assert set(answer.value.rows["sample"]) == set(found)
        assert "name of the source only" in _notes(answer)

    def test_all_samples_of_a_search_in_one_table(self, web: Archs4Web) -> None:
        answer = api.all_samples("archs4", "liver", limit=10)
        assert list(answer.value["sample"]) == web.samples_matching("liver")[:10]
        assert "The first 10 of" in _notes(answer)

    def test_mouse_and_human_are_apart(self, web: Archs4Web) -> None:
        human = api.search_samples("archs4", "liver", "human", limit=500).value.rows["sample"]
        mouse = api.search_samples("archs4", "liver", "mouse", limit=500).value.rows["sample"]
        assert list(mouse) == web.samples_matching("liver", "mouse")
        assert not set(human) & set(mouse)


def test_a_service_that_is_switched_off_is_not_asked(web: Archs4Web, tmp_path: Path) -> None:
    with settings.use(online(web, tmp_path, ("legacy",))):
        api.tissue_profile("archs4", "TP53")
        with pytest.raises(Unavailable, match="switched on"):
            api.coexpressed("archs4", "Trp53", "mouse")
        shown = next(info.health for info in api.sources().value if info.key == "archs4")
    assert web.count("/sigpy") == web.count("/archs4/api") == 0
    assert "switched off" in shown[0]


def test_v1_is_not_asked_beyond_this_machine_unless_named(web: Archs4Web, tmp_path: Path) -> None:
    chosen = online(web, tmp_path)
    web.faults.append(Fault("status", status=500))
    with settings.use(replace(chosen, archs4=replace(chosen.archs4, v1="http://v1.example/api"))):
        with pytest.raises(Unavailable) as caught:
            api.tissue_profile("archs4", "TP53")
        assert not any("v1" in line for info in api.sources().value if info.key == "archs4" for line in info.health)
    assert "v1" not in caught.value.message
