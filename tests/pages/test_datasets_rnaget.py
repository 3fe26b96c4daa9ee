"""Datasets, RNAget servers: nothing asked unasked, from a project to an opened matrix, and a signal of a region."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from backend import api, settings
from backend.errors import BadInput
from tests.contract.rnaget_online import online
from tests.doubles.http_double import Fault
from tests.doubles.rnaget_web import RnagetWeb
from tests.doubles.rnaget_world import CONTINUOUS, EXPRESSION, POSITIONS, PROJECT, STUDY, TRACKS, signal, world
from tests.pages.conftest import (
    Open,
    captions,
    figures,
    messages,
    numbers,
    same_from_its_address,
    same_from_its_link,
    standing,
    unescaped,
)

CHR5 = [at for chromosome, at in POSITIONS if chromosome == "chr5"]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[RnagetWeb]:
    with RnagetWeb() as running, settings.use(online(running, tmp_path)):
        yield running


def words(at: Any) -> str:
    return unescaped(" ".join(text.value for text in at.main.markdown))


def option(at: Any, key: str) -> str:
    """A single option of the address."""
    found = at.query_params[key]
    return found if isinstance(found, str) else found[0]


def opens(at: Any) -> list[str]:
    """The queries of links that open a matrix."""
    return [link.proto.query_string for link in at.main.page_link if link.proto.page == "gene"]


def pressed(at: Any, key: str) -> Any:
    at.button(key).click()
    return standing(at.run())


def submitted(at: Any, label: str) -> Any:
    next(button for button in at.main.button if button.label == label).click()
    return at.run()


def matrices(open_page: Open, server: str, **more: str) -> Any:
    return standing(open_page("datasets", part="rnaget", server=server, list="matrices", **more))


def test_without_servers_the_page_says_how_to_name_some(open_page: Open, tmp_path: Path) -> None:
    with settings.use(replace(settings.current(), cache=tmp_path)):
        at = standing(open_page("datasets", part="rnaget"))
    assert "No RNAget server is named" in messages(at)
    told = " ".join(code.value for code in at.main.code)
    assert "EXPRONAUT_RNAGET=" in told
    assert "EXPRONAUT_RNAGET_TOKENS=" in told


def test_the_parts_are_a_click_apart(open_page: Open, web: RnagetWeb) -> None:
    at = standing(open_page("datasets", part="files"))
    assert "Which data are on this machine?" in words(at)
    at.segmented_control("part").set_value("rnaget")
    at.run()
    assert option(at, "part") == "rnaget"
    assert "Which data do RNAget servers have?" in words(standing(at))


def test_nothing_is_asked_before_look(open_page: Open, web: RnagetWeb) -> None:
    at = standing(open_page("datasets", part="rnaget"))
    assert web.requests == []
    assert "Nothing is asked before" in captions(at.main)
    at = pressed(at, "look-spec12")
    assert {record.path.split("/")[1] for record in web.requests} == {"spec12"}
    assert option(at, "server") == "spec12"
    assert "Test server" in words(at)
    assert "RNAget 1.2.0" in words(at)
    for fact in ("formats: tsv, loom", "units: TPM"):
        assert fact in captions(at.main)


def test_from_a_project_to_a_source_of_its_own(open_page: Open, web: RnagetWeb) -> None:
    at = standing(open_page("datasets", part="rnaget", server="spec12"))
    assert "Test project" in words(at)
    at = pressed(at, "on-projects-0")
    assert (option(at, "project"), option(at, "list")) == (PROJECT, "studies")
    at = pressed(at, "on-studies-0")
    assert (option(at, "study"), option(at, "list")) == (STUDY, "matrices")
    assert "lists no matrices" in captions(at.main)
    at = standing(submitted(at, "Open"))
    (one,) = api.opened_matrices()
    assert (one.n_genes, one.n_samples, one.unit) == (*world().values.shape, "TPM")
    assert f"{one.n_genes} genes × {one.n_samples} samples" in " ".join(unescaped(box.value) for box in at.main.success)
    assert one.title.startswith("Test study")
    gene = standing(open_page("gene", source=one.key, gene=["EGFR"], measure="log"))
    _shows(gene, 0, world().tissues if one.grouping == "tissue" else world().conditions)


def _shows(at: Any, row: int, groups: tuple[str, ...]) -> None:
    """The medians of the groups, from the numbers of the double."""
    logged = pd.Series(np.log2(world().values[row].astype(float) + 1)).groupby(np.array(groups)).median()
    (bar,) = figures(at)[0]["data"]
    shown = {label.split("*")[0].split(" (")[0]: x for label, x in zip(bar["y"], numbers(bar["x"]), strict=True)}
    assert set(shown) == set(logged.index)
    for name, value in logged.items():
        assert shown[name] == pytest.approx(value, abs=1e-5)


@pytest.fixture
def opened(web: RnagetWeb) -> str:
    return api.open_matrix("spec12", EXPRESSION).value


def test_samples_are_grouped_by_the_column_one_chooses(open_page: Open, web: RnagetWeb, opened: str) -> None:
    for column, groups in (("condition", world().conditions), ("tissue", world().tissues)):
        at = standing(open_page("datasets", part="rnaget"))
        at.selectbox(f"group-{opened}").set_value(column)
        standing(at.run())
        (one,) = api.opened_matrices()
        assert one.grouping == column
        _shows(standing(open_page("gene", source=opened, gene=["PTEN"], measure="log")), 1, groups)


def test_pages_speak_of_groups_not_of_tissues(open_page: Open, web: RnagetWeb, opened: str) -> None:
    api.group_matrix(opened, "condition")
    for page, options in (("gene", {"gene": ["EGFR"]}), ("heatmap", {"genes": "EGFR,PTEN,TSPAN6"})):
        at = standing(open_page(page, source=opened, **options))
        boxes = [box.label for box in at.main.selectbox] + [box.label for box in at.main.toggle]
        told = [code.value for code in at.main.code if not code.value.startswith("http")]  # links name options
        said = " ".join((words(at), captions(at.main), *boxes, *told))
        assert figures(at)
        assert "grouped by “condition”" in said
        assert "roups" in " ".join(boxes)
        assert "tissue" not in said.casefold()
        same_from_its_link(open_page, at)


def test_partners_and_samples_of_a_matrix(open_page: Open, web: RnagetWeb, opened: str) -> None:
    at = standing(open_page("coexpression", source=opened, seed=["EGFR"]))
    table = next(frame.value for frame in at.main.dataframe if {"gene", "r"} <= set(frame.value))
    first = table.iloc[0]
    row = world().names.index(first["gene"])
    values = np.log2(world().values[[0, row]].astype(float) + 1)
    assert first["r"] == pytest.approx(np.corrcoef(values)[0, 1], abs=1e-5)
    found = standing(open_page("samples", source=opened, q="tumour liver"))
    assert "3 samples" in words(found)
    assert "Condition" in words(standing(open_page("samples", source=opened, q="liver")))


def test_genes_and_samples_alone_and_what_lacks_is_said(open_page: Open, web: RnagetWeb) -> None:
    at = matrices(open_page, "spec12")
    at.text_input("matrix").set_value(EXPRESSION)
    at.text_area("wanted_genes").set_value("EGFR PTEN NOSUCH1")
    at.text_area("wanted_samples").set_value("S00\nS05")
    at = standing(submitted(at, "Open"))
    assert option(at, "matrix") == EXPRESSION
    (one,) = api.opened_matrices()
    assert (one.n_genes, one.n_samples) == (2, 2)
    assert "NOSUCH1" in captions(at.main)
    asked = next(record.query for record in web.requests if record.path.endswith("/ticket"))
    assert "EGFR,PTEN,NOSUCH1" in str(asked).replace("%2C", ",")


def test_a_matrix_is_deleted_after_it_was_confirmed(open_page: Open, web: RnagetWeb, opened: str) -> None:
    at = standing(open_page("datasets", part="rnaget"))
    assert any(opened in query for query in opens(at))
    at = pressed(at, f"deleted-{opened}")
    assert api.opened_matrices() == ()
    assert opens(at) == []


def test_a_damaged_matrix_is_told_and_can_be_deleted(open_page: Open, web: RnagetWeb, opened: str) -> None:
    path = settings.current().cache / "rnaget" / "rnaget-spec12-damaged.h5"
    path.write_text("no HDF5 at all")
    at = standing(open_page("datasets", part="rnaget"))
    assert "rnaget-spec12-damaged" in messages(at)
    assert all("damaged" not in query for query in opens(at))
    pressed(at, "deleted-rnaget-spec12-damaged")
    assert [one.key for one in api.opened_matrices()] == [opened]


def test_matrices_that_a_server_lists_are_chosen_by_a_click(open_page: Open, web: RnagetWeb) -> None:
    at = matrices(open_page, "encode")
    assert "EXPID001" in words(at)
    at = pressed(at, "on-expressions-0")
    assert option(at, "matrix") == "EXPID001"
    assert at.text_input("matrix").value == "EXPID001"


def test_search_and_filters_narrow_the_list_and_stay_in_the_address(open_page: Open, web: RnagetWeb) -> None:
    at = standing(open_page("datasets", part="rnaget", server="spec12"))
    at.selectbox("filter-projects-version").set_value("1.0")
    at = standing(at.run())
    assert option(at, "only") == "version:1.0"
    assert any(record.query.get("version") == "1.0" for record in web.requests)
    assert "Test project" in words(at)
    at = standing(open_page("datasets", part="rnaget", server="spec12", find="elsewhere"))
    assert "None of them matches" in messages(at)


def test_nothing_named_is_told(open_page: Open, web: RnagetWeb) -> None:
    at = submitted(matrices(open_page, "spec12"), "Open")
    assert "No matrix is named" in messages(standing(at))


@pytest.mark.parametrize("server", ["gtex", "crg", "caltech", "candig095", "candig093", "seed010"])
def test_every_kind_of_server_is_shown(open_page: Open, web: RnagetWeb, server: str) -> None:
    at = standing(open_page("datasets", part="rnaget", server=server))
    assert "project" in captions(at.main)
    assert not messages(at)


@pytest.mark.parametrize("kind", ["gone", "status", "html", "garbage"])
def test_a_server_with_a_fault_is_told_and_can_be_asked_again(open_page: Open, web: RnagetWeb, kind: str) -> None:
    web.faults.append(Fault(kind, "/spec12"))
    at = open_page("datasets", part="rnaget", server="spec12")
    assert not at.exception
    assert "127.0.0.1" in messages(at)
    web.faults.clear()
    assert "Test server" in words(pressed(at, "look-spec12"))


def test_a_link_to_an_unknown_server_asks_nobody(open_page: Open, web: RnagetWeb) -> None:
    at = standing(open_page("datasets", part="rnaget", server="nobody"))
    assert "nobody" in messages(at)
    assert web.requests == []


def test_a_key_is_never_shown(open_page: Open, web: RnagetWeb, tmp_path: Path) -> None:
    with settings.use(online(web, tmp_path, token="abcdef-secret")):
        at = standing(open_page("datasets", part="rnaget"))
        assert "with a key" in words(at)
        shown = standing(open_page("datasets", part="rnaget", server="spec12"))
    for page in (at, shown):
        assert "abcdef-secret" not in str(page)


def signals(open_page: Open, **more: str) -> Any:
    return open_page("datasets", part="rnaget", server="spec12", list="signals", **more)


def test_a_signal_is_drawn_with_its_numbers_and_restored(open_page: Open, web: RnagetWeb) -> None:
    at = standing(signals(open_page))
    at.text_input("signal").set_value(CONTINUOUS)
    at.text_input("chr").set_value("chr5")
    at.number_input("start").set_value(10)
    at.number_input("end").set_value(50)
    at = standing(submitted(at, "Draw"))
    assert [option(at, key) for key in ("chr", "start", "end")] == ["chr5", "10", "50"]
    (figure,) = figures(at)
    inside = [
        place for place, (chromosome, position) in enumerate(POSITIONS) if chromosome == "chr5" and 10 <= position < 50
    ]
    for trace, name, row in zip(figure["data"], TRACKS, signal(), strict=True):
        assert trace["name"] == name
        assert numbers(trace["x"])[:40] == pytest.approx(np.arange(10, 50))
        assert numbers(trace["y"])[:40] == pytest.approx(row[inside], abs=1e-4)
    told = " ".join(code.value for code in at.main.code)
    assert "chr5:10–49" in told
    assert "counts" in captions(at.main)
    same_from_its_address(open_page, "datasets", at)
    same_from_its_link(open_page, at)


def test_tracks_can_be_chosen(open_page: Open, web: RnagetWeb) -> None:
    at = standing(signals(open_page, signal=CONTINUOUS, chr="chr5", tracks=TRACKS[1]))
    (figure,) = figures(at)
    assert [trace["name"] for trace in figure["data"]] == [TRACKS[1]]
    assert numbers(figure["data"][0]["x"])[:-2].size == len(CHR5)
    assert "1 further track is not drawn" in captions(at.main)


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ({"chr": "chr9"}, "no signal on chr9"),
        ({"chr": "chr1", "start": "60", "end": "20"}, "not before the end"),
        ({"chr": "chr 1"}, "not the name of a chromosome"),
        ({"chr": ""}, "its id and a chromosome"),
    ],
)
def test_a_region_that_cannot_be_is_told(open_page: Open, web: RnagetWeb, region: dict[str, str], said: str) -> None:
    at = standing(signals(open_page, signal=CONTINUOUS, **region))
    assert said in messages(at)
    assert not figures(at)


def test_a_server_without_signals_offers_none(open_page: Open, web: RnagetWeb) -> None:
    at = standing(open_page("datasets", part="rnaget", server="gtex"))
    assert "Signals" not in at.segmented_control("list").options
    assert "no signals of regions" in captions(at.main)


def test_offline_is_said_and_what_was_kept_is_shown(open_page: Open, web: RnagetWeb) -> None:
    standing(open_page("datasets", part="rnaget", server="spec12"))
    with settings.use(replace(settings.current(), offline=True)):
        at = standing(open_page("datasets", part="rnaget", server="spec12"))
    assert "EXPRONAUT_OFFLINE" in messages(at)
    assert "Test project" in words(at)


def test_the_servers_own_filters_go_with_the_request(open_page: Open, web: RnagetWeb) -> None:
    at = matrices(open_page, "spec12")
    at.text_input("matrix").set_value(EXPRESSION)
    at = standing(submitted(_with_filter(at, "version", "1.0"), "Open"))
    asked = [record for record in web.requests if record.path.endswith(f"/expressions/{EXPRESSION}/ticket")]
    assert [record.query.get("version") for record in asked] == ["1.0"]
    assert len(api.opened_matrices()) == 1


def _with_filter(at: Any, name: str, value: str) -> Any:
    """The page with a filter of the open form set, a list or a field."""
    key = f"wanted_filters-{name}"
    if any(box.key == key for box in at.selectbox):
        at.selectbox(key).set_value(value)
    else:
        at.text_input(key).set_value(value)
    return at


def test_what_names_a_matrix_is_no_filter(web: RnagetWeb) -> None:
    with pytest.raises(BadInput, match="sampleIDList"):
        api.open_matrix("spec12", EXPRESSION, filters={"sampleIDList": "S1"})


@pytest.mark.parametrize("page", ["gene", "heatmap", "coexpression", "samples"])
def test_a_page_on_a_damaged_matrix_says_so(open_page: Open, web: RnagetWeb, opened: str, page: str) -> None:
    path = settings.current().cache / "rnaget" / f"{opened}.h5"
    path.write_bytes(path.read_bytes()[:2_000])
    api.opened_matrices()  # notices
    at = open_page(page, source=opened)
    assert not at.exception
    assert "cannot be opened" in messages(at) or "damaged" in messages(at)
