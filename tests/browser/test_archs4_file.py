"""An ARCHS4 file on this machine: from no index to figures that say they are simulated, and back by the link."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.browser.screen import Screen
from tests.contract import archs4_cohort

pytestmark = pytest.mark.browser
MARK = "SIMULATED DATA"


def test_index_by_a_button_then_every_page_says_simulated(screen: Screen, tmp_path: Path) -> None:
    screen.open(f"/gene?source={archs4_cohort.KEY}")
    assert "no index" in screen.told()
    screen.open("/datasets?part=files")
    screen.page.get_by_role("button", name="Build index", exact=True).first.click()
    screen.page.get_by_role("link", name="Open", exact=False).first.wait_for()
    screen.settle()
    for path in ("heatmap", "coexpression", "samples?q=liver", "gene"):
        screen.open(f"/{path}{'&' if '?' in path else '?'}source={archs4_cohort.KEY}")
        assert screen.told() == ""
        assert MARK in screen.text()
    _files_say_so(screen, tmp_path)


def _files_say_so(screen: Screen, folder: Path) -> None:
    """Those of the gene page, which is open."""
    body = screen.popover("profile-foot")
    body.locator("code").first.wait_for()
    svg = screen.download(body.get_by_role("button", name="SVG"), folder).read_text(encoding="utf-8")
    table = screen.download(body.get_by_role("button", name="CSV"), folder)
    lines = table.read_text(encoding="utf-8").splitlines()
    assert MARK in svg
    assert MARK in lines[0]
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert {"tissue", "n_samples", "q1", "q3"} <= set(rows[0])
    assert "SIMULATED" in table.name


def test_a_named_search_becomes_a_bar_that_the_link_restores(screen: Screen) -> None:
    screen.open(f"/gene?source={archs4_cohort.KEY}&cohort=mine%7Cliver")
    assert any("mine" in label for label in _labels(screen))
    again = screen.page.url
    screen.page.goto("about:blank")
    screen.page.goto(again)
    screen.settle()
    assert any("mine" in label for label in _labels(screen))


def _labels(screen: Screen) -> list[str]:
    key = screen.page.locator("[class*=st-key-profile-]").filter(has=screen.page.locator(".js-plotly-plot")).first
    name = next(c for c in str(key.get_attribute("class")).split() if c.startswith("st-key-profile-"))
    traces = screen.figure(name.removeprefix("st-key-"))["data"]
    return [str(label) for trace in traces for label in trace.get("y", [])]
