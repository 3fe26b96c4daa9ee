"""Gene on the live ARCHS4: what is drawn is what its services serve, without a unit that they do not give."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st

from components import drawn, fetching, inputs
from tests.doubles.archs4_web import Archs4Web, Fault
from tests.pages import live
from tests.pages.conftest import (
    Figure,
    Open,
    bars,
    captions,
    figures,
    messages,
    numbers,
    same_from_its_address,
    same_from_its_link,
    standing,
    unescaped,
)

UNIT = "log expression of ARCHS4"
FIVE = {"lowerfence": "min", "q1": "q1", "median": "median", "q3": "q3", "upperfence": "max"}
SPELLED = {"Granulosa cell": "GRANULOSA", "B lymphocyte": "BLYMPHOCYTE", "T lymphocyte": "TLYMPHOCYTE"}


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Archs4Web]:
    """The double as ARCHS4, asked in the usual order of dialects."""
    with live.archs4(tmp_path, whole=10) as web:
        yield web


@pytest.fixture
def old_at_once(tmp_path: Path) -> Iterator[Archs4Web]:
    """What is kept is never fresh."""
    with live.archs4(tmp_path, **live.STALE, whole=10) as web:
        yield web


@pytest.fixture
def only_v1(tmp_path: Path) -> Iterator[Archs4Web]:
    """Only the API that serves z-scores and nothing else; what fails is asked for again at once."""
    with live.archs4(tmp_path, dialects=("v1",), rest=0.0, whole=10) as web:
        yield web


def leaf(tissue: str) -> str:
    """The last part of the services' id of a tissue."""
    return SPELLED.get(tissue, tissue.upper())


def boxes(figure: Figure) -> pd.DataFrame:
    """The five numbers by label."""
    parts = [trace for trace in figure["data"] if trace["type"] == "box"]
    rows = [pd.DataFrame({own: numbers(part[name]) for name, own in FIVE.items()}, index=part["y"]) for part in parts]
    return pd.concat(rows)


def truth(web: Archs4Web, gene: str, species: str = "human") -> pd.DataFrame:
    """Every tissue of the double by its id, each once."""
    leaves = dict.fromkeys(web.leaves(species))
    return pd.DataFrame({one: web.box(gene, one, species) for one in leaves}).T


def hovers(figure: Figure) -> str:
    return json.dumps(figure["data"])


def everything(at) -> str:
    """All that the page writes: figures, texts, files' words, heads of tables."""
    heads = [str(list(frame.value.columns)) for frame in at.dataframe]
    words = [block.value for block in (*at.caption, *at.code, *at.markdown)]
    return json.dumps(figures(at), ensure_ascii=False) + unescaped("\n".join([*words, *heads]))


def test_boxes_are_those_of_the_service_with_n(open_page: Open, services: Archs4Web) -> None:
    at = standing(open_page("gene", source="archs4", gene="ALB", top="all"))
    shown, expected = boxes(figures(at)[0]), truth(services, "ALB")
    assert len(shown) == len(expected) == 72
    for label, row in shown.iterrows():
        tissue, _, count = str(label).replace("*", "").rstrip(")").partition(" (n = ")
        box = services.box("ALB", leaf(tissue))
        np.testing.assert_allclose(row, [box[name] for name in FIVE.values()], atol=1e-4)
        assert int(count) == box["sample_count"]
    assert figures(at)[0]["layout"]["xaxis"]["title"]["text"] == UNIT
    series = {f"in {int(number)} series" for number in expected["series_count"]}
    assert all(words in hovers(figures(at)[0]) for words in series)
    assert messages(at) == ""


def test_no_unit_is_claimed_and_no_linear_value_offered(open_page: Open, services: Archs4Web) -> None:
    at = standing(open_page("gene", source="archs4", gene="ALB"))
    control = at.segmented_control("measure")
    assert control.options == ["Box plot", "z-score", "Log value"]
    assert control.value == drawn.BOX
    for measure in (drawn.BOX, drawn.Z, drawn.LOG):
        at = standing(open_page("gene", source="archs4", gene="ALB", measure=measure, lines="25"))
        assert "log2" not in everything(at)
        assert UNIT in captions(at)
    assert not at.main.toggle, "no pools, no weights, no points"
    assert "as ARCHS4 serves them" in captions(open_page("gene", source="archs4"))


def test_z_and_tau_are_those_of_the_medians(open_page: Open, services: Archs4Web) -> None:
    at = standing(open_page("gene", source="archs4", gene="TP53", measure="z", top="all"))
    medians = truth(services, "TP53")["median"]
    expected = (medians - medians.mean()) / medians.std(ddof=0)
    shown = bars(figures(at)[0])
    by_leaf = {key.rpartition(".")[2]: z for key, z in expected.items()}
    assert len(shown) == 72
    for label, z in shown.items():
        assert z == pytest.approx(by_leaf[leaf(str(label).replace("*", "").partition(" (n")[0])], abs=1e-3)
    tau = (1 - medians / medians.max()).sum() / (len(medians) - 1)
    assert at.metric[0].value == f"{tau:.2f}"
    assert f"medians of 72 tissues, in {UNIT}" in captions(at)
    assert "z against the 72 tissues of ARCHS4" in captions(at)


def test_mouse_has_boxes_without_n(open_page: Open, services: Archs4Web) -> None:
    at = standing(open_page("gene", source="archs4", species="mouse", gene="Trp53", top="all"))
    shown = boxes(figures(at)[0])
    assert len(shown) == len(set(services.leaves("mouse"))) == 58
    for tissue, row in shown.iterrows():
        box = services.box("TRP53", leaf(str(tissue)), "mouse")
        np.testing.assert_allclose(row, [box[name] for name in FIVE.values()], atol=1e-4)
    assert "n not told" in hovers(figures(at)[0])
    assert "consensus" not in everything(at)
    assert "Cell lines, apart" not in [one.value for one in at.subheader]


def test_a_link_with_a_measure_the_source_lacks_falls_back_and_says_so(open_page: Open, services: Archs4Web) -> None:
    at = standing(open_page("gene", source="archs4", gene="ALB", measure="linear"))
    assert "The link asks for measure = “linear”" in messages(at)
    assert at.segmented_control("measure").value == drawn.BOX
    assert len(boxes(figures(at)[0])) == 25


def test_systems_and_order_work_and_the_link_brings_all_back(open_page: Open, services: Archs4Web) -> None:
    at = standing(open_page("gene", source="archs4", gene=["ALB", "TTR"], system="Nervous system", sort="name"))
    names = [name.replace("*", "").partition(" (n")[0] for name in figures(at)[0]["layout"]["yaxis"]["categoryarray"]]
    nervous = {one.rpartition(".")[2] for one in services.leaves() if ".Nervous System." in one}
    assert {leaf(name) for name in names} == nervous
    assert names == sorted(names, key=str.casefold)
    assert len(figures(at)) == 2
    same_from_its_link(open_page, at)
    same_from_its_address(open_page, "gene", at)


def test_z_alone_where_the_service_has_nothing_else(open_page: Open, only_v1: Archs4Web) -> None:
    at = standing(open_page("gene", source="archs4", gene="TP53", measure="box", top="all"))
    assert "The link asks for measure = “box”" in messages(at)
    assert at.segmented_control("measure").options == ["z-score"]
    expected = pd.Series(only_v1.zscores("TP53"), dtype=float)
    shown = bars(figures(at)[0])
    np.testing.assert_allclose(shown, expected[shown.index], atol=1e-4)
    assert len(shown) == len(expected)
    assert figures(at)[0]["layout"]["xaxis"]["title"]["text"] == drawn.Z_ALONE
    assert [metric.label for metric in at.metric] == ["z range"]
    assert "so there is no tau" in captions(at)
    for wrong in ("log2", UNIT, "consensus", "reference mean"):
        assert wrong not in everything(at)
    assert not any(UNIT in str(list(frame.value.columns)) for frame in at.dataframe)


def test_z_alone_of_several_genes_has_no_column_of_tau(open_page: Open, only_v1: Archs4Web) -> None:
    at = standing(open_page("gene", source="archs4", gene=["TP53", "MYC"]))
    table = at.dataframe[-1].value
    assert list(table["Gene"]) == ["TP53", "MYC"]
    assert "tau" not in table
    assert table["z max"].tolist() == pytest.approx([max(_z(only_v1, gene)) for gene in ("TP53", "MYC")], abs=1e-4)


def _z(web: Archs4Web, gene: str) -> list[float]:
    return [z for z in web.zscores(gene).values() if z is not None]


def test_a_gene_that_fails_is_told_and_asked_for_again(open_page: Open, only_v1: Archs4Web) -> None:
    only_v1.faults.append(Fault("status", "/archs4/api/v1/meta/genes/TP53/zscore"))
    at = open_page("gene", source="archs4", gene=["ALB", "TP53", "MYC"])
    assert not at.exception
    assert "1 gene is left out, which could not be fetched: TP53." in messages(at)
    assert len(figures(at)) == 2
    only_v1.faults.clear()
    at = live.press(at, "Try again")
    assert len(figures(at)) == 3
    assert "left out" not in messages(at)


def test_cell_lines_cost_a_request_only_when_they_are_asked_for(open_page: Open, services: Archs4Web) -> None:
    at = standing(open_page("gene", source="archs4", gene="TP53"))
    assert services.count("/archs4/search") == 0
    before = figures(at)
    at = standing(at.segmented_control("lines").set_value("all").run())
    assert services.count("/archs4/search") == 1
    assert figures(at)[0] == before[0]
    shown = boxes(figures(at)[1])
    lines = {one.rpartition(".")[2]: one for one in services.cell_lines()}
    assert set(shown.index) == set(lines)
    for line, row in shown.iterrows():
        box = services.box("TP53", lines[str(line)])
        np.testing.assert_allclose(row, [box[name] for name in FIVE.values()], atol=1e-4)
    assert shown["median"].is_monotonic_decreasing
    same_from_its_link(open_page, at)
    top = standing(open_page("gene", source="archs4", gene="TP53", lines="25"))
    assert list(boxes(figures(top)[1]).index) == list(shown.index[:25])


def test_cell_lines_that_cannot_be_had_leave_the_tissues_standing(open_page: Open, services: Archs4Web) -> None:
    services.faults.append(Fault("status", "/archs4/search"))
    at = open_page("gene", source="archs4", gene="TP53", lines="25")
    assert not at.exception
    assert len(figures(at)) == 1
    assert "the cell lines of TP53" in messages(at)


def test_after_a_kill_kept_answers_are_marked_and_others_fail_clearly(
    open_page: Open, old_at_once: Archs4Web, tmp_path: Path
) -> None:
    before = figures(standing(open_page("gene", source="archs4", gene="TP53", lines="25")))
    old_at_once.kill()
    st.cache_data.clear()  # as after a restart
    at = open_page("gene", source="archs4", gene="TP53", lines="25")
    assert not at.exception
    assert figures(at) == before
    assert sum("these are its numbers of" in unescaped(box.value) for box in at.warning) == 2
    assert captions(at).count("stale, fetched") == 2
    assert "Stale: this is what ARCHS4 answered on" in "\n".join(code.value for code in at.code)
    other = open_page("gene", source="archs4", gene="MYC")
    assert not other.exception
    assert not figures(other)
    assert "ARCHS4 cannot be asked for the tissues of MYC now." in messages(other)


def test_a_cancelled_question_does_not_begin_again_by_itself(open_page: Open, services: Archs4Web) -> None:
    at = standing(open_page("gene", source="archs4", gene="MYC"))
    services.forget()
    question = "archs4-human-ALB,TP53"
    at.session_state[inputs.CANCELLED] = fetching.Cancelled(question, 1, 2)  # what a click on Cancel leaves
    at.query_params["gene"] = ["ALB", "TP53"]
    at = standing(at.run())
    assert "Cancelled: 1 of 2 genes were fetched." in messages(at)
    assert not figures(at)
    assert services.count("/sigpy/atlas") == 0
    at = live.press(at, "Go on")
    assert len(figures(at)) == 2
    assert services.count("/sigpy/atlas") == 2
    assert not [button for button in at.button if button.label in ("Go on", "Cancel")]


def test_progress_leaves_nothing_behind(open_page: Open, services: Archs4Web) -> None:
    services.faults.append(Fault("slow", "/sigpy/atlas", seconds=0.7))
    at = standing(open_page("gene", source="archs4", gene=["ALB", "TP53"]))
    assert len(figures(at)) == 2
    assert "Cancel" not in [button.label for button in at.button]
    assert not at.get("progress")
