"""A section in the browser: a file is opened, a deep link draws that view, zoom goes into the link and the file."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.browser.screen import Screen
from tests.contract.section_world import cp10k
from tests.doubles import section_files

pytestmark = pytest.mark.browser
FIGURE = "section-plot"


def drag(screen: Screen) -> None:
    """Draw a box over the middle of the section."""
    area = screen.at(FIGURE).locator(".nsewdrag").first.bounding_box()
    assert area is not None
    across, up = (
        [area[at] + area[size] * share for share in (0.3, 0.5)] for at, size in (("x", "width"), ("y", "height"))
    )
    mouse = screen.page.mouse
    mouse.move(across[0], up[0])
    mouse.down()
    mouse.move(across[1], up[1], steps=5)
    mouse.up()


def test_a_file_a_link_a_zoom_and_its_numbers(screen: Screen, tmp_path: Path) -> None:
    truth = section_files.made(900, 30)
    values = cp10k(truth.values)[truth.names.index("Sox2")]
    screen.open("/spatial")
    assert "No section is open yet" in screen.told()
    screen.at("spatial-open-file").get_by_role("button").click()
    screen.eventually(lambda: screen.query().get("section", [""])[0].startswith("spatial-brain"), True)
    key = screen.query()["section"][0]

    screen.open(f"/spatial?section={key}&gene=Sox2&by=half&clip=100")
    whole = screen.trace(FIGURE, "Sox2")
    np.testing.assert_allclose(whole["marker"]["color"], values, rtol=1e-6)
    assert (screen.chosen("by"), screen.chips("gene")) == ("half (2)", ["Sox2"])

    drag(screen)
    screen.eventually(lambda: len(screen.query().get("window", [])), 1)
    left, right, bottom, top = map(float, screen.query()["window"][0].split(","))
    x, y = truth.xy.T
    inside = (x >= left - 5) & (x <= right + 5) & (y >= bottom - 5) & (y <= top + 5)
    assert 9 < inside.sum() < 300
    shown = screen.trace(FIGURE, "Sox2")
    np.testing.assert_allclose(shown["marker"]["color"], values[inside], rtol=1e-6)
    assert shown["marker"]["size"] > 2 * whole["marker"]["size"]

    body = screen.popover(f"{FIGURE}-foot")
    text = screen.download(body.get_by_role("button", name="CSV", exact=True), tmp_path).read_text(encoding="utf-8")
    assert f"window={left:g}" in text
    table = pd.read_csv(io.StringIO(text), comment="#")
    assert list(table["spot"]) == [name for name, here in zip(truth.spots, inside, strict=True) if here]
    np.testing.assert_allclose(table["Sox2, log2(CP10K+1)"], values[inside])
    np.testing.assert_array_equal(table[["x", "y"]], truth.xy[inside])

    screen.page.set_viewport_size({"width": 400, "height": 800})
    screen.open(f"/spatial?section={key}&gene=Sox2&gene=Gapdh")
    screen.eventually(lambda: len(screen.figure(FIGURE)["data"]), 2)
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= 400
    tops = screen.at(FIGURE).locator(".nsewdrag").evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
    assert abs(tops[1] - tops[0]) > 100  # below each other, where there is no room for two
