"""A matrix of an RNAget server: from the server's catalogue to a profile that its link restores, and a signal."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from tests.browser.screen import Screen
from tests.doubles.rnaget_world import CONTINUOUS, EXPRESSION, TRACKS, signal, world

pytestmark = pytest.mark.browser


def test_a_matrix_is_opened_and_its_profile_comes_back_by_its_link(online: Screen) -> None:
    screen = online
    screen.open("/datasets?part=rnaget")
    screen.at("look-spec12").get_by_role("button").click()
    screen.eventually(lambda: "Test project" in screen.text(), True)
    screen.at("on-projects-0").get_by_role("button").click()
    screen.at("on-studies-0").get_by_role("button").click()
    screen.at("matrix").locator("input").fill(EXPRESSION)
    screen.page.get_by_test_id("stBaseButton-primaryFormSubmit").click()
    screen.page.get_by_role("link", name="See its genes").click()
    screen.eventually(screen.path, "/gene")
    screen.open(f"/gene?source={screen.query()['source'][0]}&gene=EGFR&measure=log")
    _median_of_each_group(screen, 0)


def _median_of_each_group(screen: Screen, row: int) -> None:
    """The bars are the medians of the double's own numbers."""
    (trace,) = screen.figure("profile-EGFR")["data"]
    logged = np.log2(world().values[row].astype(float) + 1)
    for label, shown in zip(trace["y"], trace["x"], strict=True):
        group = label.split("*")[0].split(" (")[0]
        of = world().tissues if group in world().tissues else world().conditions
        assert shown == pytest.approx(np.median(logged[np.array(of) == group]), abs=1e-4)


def test_a_signal_is_drawn_and_its_numbers_can_be_had(online: Screen, tmp_path: Path) -> None:
    screen = online
    screen.open(f"/datasets?part=rnaget&server=spec12&list=signals&signal={CONTINUOUS}&chr=chr1&start=10&end=60")
    traces = screen.figure("signal-plot")["data"]
    assert [trace["name"] for trace in traces] == list(TRACKS)
    for trace, row in zip(traces, signal(), strict=True):
        assert trace["y"][:50] == pytest.approx(row[10:60], abs=1e-4)
    body = screen.popover("signal-plot-foot")
    table = screen.download(body.get_by_role("button", name="CSV"), tmp_path)
    lines = table.read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert len(rows) == 2 * 50
    assert float(rows[3]["value"]) == pytest.approx(float(signal()[0][13]), abs=1e-4)
