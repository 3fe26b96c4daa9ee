"""Spatial: what is drawn of a section are the numbers of its file, and every option stands in the address."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest

from backend import api, section_openings, settings
from backend.errors import BadInput, Stopped
from tests.contract import section_world as world
from tests.contract.stomics_online import online
from tests.doubles import section_files
from tests.doubles.http_double import Answer
from tests.doubles.section_files import Truth
from tests.doubles.stomics_web import StomicsWeb
from tests.doubles.stomics_web_world import SECTION
from tests.pages.conftest import (
    Open,
    captions,
    figures,
    messages,
    numbers,
    same_from_its_link,
    standing,
    trace,
    unescaped,
)


@dataclass(frozen=True)
class Sections:
    """Keys of open sections, and what their files hold."""

    key: str
    truth: Truth
    simulated: str
    placeless: str

    def cp10k(self, gene: str) -> np.ndarray:
        return world.cp10k(self.truth.values)[self.truth.names.index(gene)]

    @property
    def groups(self) -> pd.Series:
        return pd.Series(self.truth.groups["region"]).replace("", "not told")


@pytest.fixture(scope="module")
def sections(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sections]:
    with world.home(tmp_path_factory.mktemp("spatial")) as home:
        path = world.downloaded(home)
        made = home / "made.h5ad"
        shutil.copy(path, made)
        with h5py.File(made, "r+") as file:
            file["uns"].create_group("simulated")
        nowhere = section_files.h5ad(home / "nowhere.h5ad", section_files.made(40, 12), positions="")
        keys = [world.opened(one) for one in (nowhere, made, path)]
        yield Sections(keys[2], world.truth(), keys[1], keys[0])


def code(at: Any) -> str:
    return " ".join(block.value for block in at.code)


def test_a_section_shows_each_spot_and_each_group_as_in_its_file(open_page: Open, sections: Sections) -> None:
    at = standing(open_page("spatial", section=sections.key, gene=["Sox2"]))
    section, boxes = figures(at)
    wanted = sections.cp10k("Sox2")
    spots = trace(section, "Sox2")
    np.testing.assert_allclose(numbers(spots["marker"]["color"]), wanted, rtol=1e-6)
    np.testing.assert_array_equal(np.c_[numbers(spots["x"]), numbers(spots["y"])], sections.truth.xy)
    assert [text.split("<br>")[0] for text in spots["text"]] == [f"<b>{name}</b>" for name in sections.truth.spots]
    means = trace(boxes, "means")
    by_hand = pd.Series(wanted).groupby(sections.groups).mean().sort_values(ascending=False)
    by_hand = pd.concat([by_hand.drop("not told"), by_hand[["not told"]]])
    assert dict(zip(means["customdata"][1:], numbers(means["x"])[1:], strict=True)) == pytest.approx(dict(by_hand))
    assert means["customdata"][1:] == list(by_hand.index)
    assert "Every spot drawn (n = 400)." in captions(at.main)
    assert "log2(CP10K+1)" in section["layout"]["coloraxis"]["colorbar"]["title"]["text"]
    assert not section["layout"].get("annotations", [{}])[-1].get("text", "").count("SIMULATED")
    assert "window" not in code(at)
    same_from_its_link(open_page, at)


def test_two_genes_with_their_correlation_and_every_option_from_the_address(
    open_page: Open, sections: Sections
) -> None:
    at = standing(
        open_page(
            "spatial", source=sections.key, gene=["Sox2", "Gapdh"], scale="log", one_scale="1", y_down="1", clip="100"
        )
    )
    logged = np.log2(np.stack([sections.truth.of(gene) for gene in ("Sox2", "Gapdh")]) + 1)
    section, *boxes = figures(at)
    for gene, row in zip(("Sox2", "Gapdh"), logged, strict=True):
        np.testing.assert_allclose(numbers(trace(section, gene)["marker"]["color"]), row, rtol=1e-6)
    layout = section["layout"]
    assert layout["coloraxis"]["cmax"] == pytest.approx(logged.max())
    assert layout["yaxis"]["range"][0] > layout["yaxis"]["range"][1]
    assert len(boxes) == 2
    assert at.metric[0].value == f"{np.corrcoef(logged)[0, 1]:.3f}"
    assert "n = 400 spots measured for both" in captions(at.main)
    assert "not independent" in captions(at.main)
    assert "Both genes share one colour scale." in code(at)


def test_what_is_chosen_goes_into_the_address(open_page: Open, sections: Sections) -> None:
    at = standing(open_page("spatial", section=sections.key, gene=["Sox2"], colour="groups"))
    at.selectbox("by").set_value("half")
    at = standing(at.run())
    assert set(trace(figures(at)[1], "means")["customdata"][1:]) == set(sections.truth.groups["half"])
    at.selectbox("as").set_value("raster")
    at = standing(at.run())
    assert at.query_params["by"] in ("half", ["half"])
    assert at.query_params["as"] in ("raster", ["raster"])
    heat = trace(figures(at)[0], "groups")
    cells = dict(zip(map(tuple, sections.truth.xy), sections.truth.groups["half"], strict=True))
    for (x, y), group in list(cells.items())[::37]:
        assert heat["text"][int(y) // 10][int(x) // 10].endswith(group)
    behind = at.selectbox("scale")  # a browser tells a scale by its words, which change when the copy is complete
    behind.options.append("value as stored")
    behind.set_value("value as stored")
    at = standing(at.run())
    assert "scale" not in at.query_params
    assert messages(at) == ""


def test_a_window_shows_its_spots_alone_and_hostile_links_are_told(open_page: Open, sections: Sections) -> None:
    at = standing(open_page("spatial", section=sections.key, gene=["Sox2"], window="20,61,40,101"))
    x, y = sections.truth.xy.T
    inside = (x >= 15) & (x <= 66) & (y >= 35) & (y <= 106)
    spots = trace(figures(at)[0], "Sox2")
    np.testing.assert_allclose(numbers(spots["marker"]["color"]), sections.cp10k("Sox2")[inside], rtol=1e-6)
    assert figures(at)[0]["layout"]["xaxis"]["range"] == [20, 61]
    assert any(button.label == "Show the whole section" for button in at.button)
    assert "window=20%2C61%2C40%2C101" in code(at)
    at = standing(open_page("spatial", section="../etc", gene=["<b>x</b>"], window="1,2,3,nan", size="99", clip="7"))
    assert "section = “../etc”" in messages(at)
    assert "<b>x</b>" in messages(at)
    assert not figures(at)
    at = standing(open_page("spatial", section="stomics-std0033"))
    assert "shows STD0033 of STOmics, which is not open on this machine" in messages(at)


def test_simulated_sections_say_so_whatever_the_sidebar_has(open_page: Open, sections: Sections) -> None:
    at = standing(open_page("spatial", section=sections.simulated, gene=["Sox2"]))
    for figure in figures(at):
        assert any("SIMULATED DATA" in note["text"] for note in figure["layout"]["annotations"])
    assert "SIMULATED DATA" in captions(at.main)
    assert "SIMULATED DATA." in code(at)
    badges = " ".join(text.value for text in at.sidebar.markdown)
    assert "simulated data" in badges
    assert "real data" not in badges
    assert "This page shows **SIMULATED section (made.h5ad)** (mouse):" in captions(at.sidebar)


def test_without_positions_there_are_groups_alone(open_page: Open, sections: Sections) -> None:
    at = standing(open_page("spatial", section=sections.placeless, gene=["Sox2"]))
    assert "No positions are told" in messages(at)
    (boxes,) = figures(at)
    assert numbers(trace(boxes, "means")["x"])[0] == pytest.approx(
        world.cp10k(section_files.made(40, 12).values)[0].mean()
    )


def test_nothing_open_teaches_what_to_do_and_a_file_with_layers_asks_which(open_page: Open, tmp_path: Path) -> None:
    with world.home(tmp_path) as home:
        with h5py.File(world.downloaded(home), "r+") as file:
            file.copy("X", "layers/<i>raw")
            file["layers/<i>raw/data"][:] *= 2
        at = standing(open_page("spatial"))
        assert "No section is open yet" in messages(at)
        (offered,) = at.selectbox("spatial-file").options
        assert offered.startswith("STD0001 section.h5ad (")
        at.button("spatial-open-file").click()
        at = standing(at.run())
        assert list(map(unescaped, at.radio("section-layer").options)) == ["X", "layer <i>raw"]
        assert "section" not in at.query_params
        at.radio("section-layer").set_value("<i>raw")
        at.button("section-chosen").click()
        at = standing(at.run())
        key = "".join(at.query_params["section"])
        while api.section_progress(key) is not None:
            time.sleep(0.02)
        at = standing(open_page("spatial", section=key, gene=["Sox2"], scale="stored"))
        drawn = numbers(trace(figures(at)[0], "Sox2")["marker"]["color"])
        np.testing.assert_array_equal(drawn, 2 * world.truth().of("Sox2"))
        assert "of STD0001 section.h5ad, <i>raw (mouse)" in code(at)
        assert "Numbers: the layer <i>raw." in captions(at.main)
        assert at.selectbox(f"Numbers-{key}").value == "<i>raw"


def test_a_text_that_cannot_be_read_says_why(open_page: Open, tmp_path: Path) -> None:
    with world.home(tmp_path) as home:
        home.mkdir()
        path = section_files.gem(home / "a.gem", section_files.tiny(), "0.2")
        path.write_text(path.read_text() + "Sox2\tnowhere\n")
        key = section_openings.remember(path)
        with pytest.raises(BadInput):
            section_openings.make(key, world.silent)
        api.index_section(key)
        while (now := api.section_progress(key)) is None or now.state != "failed":
            time.sleep(0.02)
        at = standing(open_page("spatial", section=key))
        assert "2 cells" in messages(at)
        assert [one.label for one in at.button if one.label == "Make it"]


def test_of_a_live_data_set_absent_spots_are_no_zeros_unless_asked(open_page: Open, tmp_path: Path) -> None:
    told = {"n_spots": 10, "x": [1, 2, 3], "y": [1, 1, 2], "values": [1.0, 2.0, None], "cell_ids": ["a", "b", "c"]}
    with StomicsWeb() as web, settings.use(online(web, tmp_path, longest_wait=100)):
        web.route(f"/api/v1/datasets/{SECTION}/expression", lambda call: Answer.json(told))
        key = api.open_stomics(SECTION)
        for as_0, mean, n in (("0", 1.5, 2), ("1", 3 / 9, 9)):
            at = standing(open_page("spatial", section=key, gene=["Sox2"], absent_as_0=as_0))
            section, boxes = figures(at)
            np.testing.assert_array_equal(numbers(trace(section, "Sox2")["marker"]["color"]), [1, 2])
            assert len(numbers(trace(section, "not measured")["x"])) == 1
            assert numbers(trace(boxes, "means")["x"])[0] == pytest.approx(mean)
            assert f"n = {n} spots, 1 not measured" in trace(boxes, "means")["hovertext"][0]
            words = captions(at.main)
            assert "The answer lists 3 of 10 spots" in words
            assert "Read as: columns" in words
        assert api.pause(key) == 0
        web.route(f"/api/v1/datasets/{SECTION}/expression", lambda call: Answer(429, headers={"Retry-After": "90"}))

        def cancel(done: int, of: int) -> None:
            if api.pause(key) > 0:
                raise Stopped

        with pytest.raises(Stopped):  # the pause is told, and its user need not sit it out
            api.spots(key, ["Gapdh"], "mouse", on_progress=cancel)
        assert 60 < api.pause(key) <= 90
