"""Finding a gene by any name, and going from figure to gene."""

from __future__ import annotations

import numpy as np
import pytest

from tests.browser.conftest import Atlas
from tests.browser.screen import Screen

pytestmark = pytest.mark.browser
LIST = "ALB,INS,TG,SERPINA1,CD3E"


def test_typing_names(screen: Screen, atlas: Atlas) -> None:
    screen.open("/gene?gene=&top=10")
    assert "Type a gene above" in screen.told()
    screen.type_gene("gene", "INS")  # Streamlit offers "Select 16 matches" first, unless told not to
    screen.eventually(lambda: screen.chips("gene"), ["INS"])
    screen.page.wait_for_selector(".st-key-profile-INS .main-svg")

    screen.type_gene("gene", "PD-L1")
    screen.eventually(screen.query, {"gene": ["INS", "PD-L1"], "top": ["10"]})
    screen.page.wait_for_selector(".st-key-profile-CD274 .main-svg")
    bars = screen.trace("profile-CD274")
    tissue = [list(atlas.tissues).index(name) for name in bars["y"]]
    np.testing.assert_allclose(bars["x"], atlas.z("CD274")[tissue], rtol=1e-6)
    assert "“PD-L1” is read as CD274" in screen.text()

    screen.type_gene("gene", "CD3EE")
    screen.eventually(lambda: "CD3EE" in screen.told(), True)
    assert screen.at("profile-INS").locator(".main-svg").count(), "the other genes stay"
    screen.page.get_by_role("button", name="CD3E", exact=True).click()
    screen.eventually(lambda: screen.chips("gene"), ["INS", "PD-L1", "CD3E"])
    screen.eventually(screen.told, "")
    assert screen.query()["gene"] == ["INS", "PD-L1", "CD3E"]
    assert screen.trace("profile-CD3E")["y"]


def test_the_heatmap_opens_a_gene(screen: Screen) -> None:
    """The first and the last letter of a name are clicked: a user aims at the word. Then by keyboard."""
    screen.open(f"/heatmap?genes={LIST}&top=20&cluster_genes=0")
    for part in (0.1, 0.95):
        name = screen.at("heatmap").locator(".textpoint text", has_text="SERPINA1")
        name.scroll_into_view_if_needed()
        box = name.bounding_box()
        assert box
        screen.page.mouse.click(box["x"] + part * box["width"], box["y"] + box["height"] / 2)
        screen.eventually(screen.path, "/gene")
        screen.page.wait_for_selector(".st-key-profile-SERPINA1 .main-svg")
        assert screen.query() == {"gene": ["SERPINA1"]}
        screen.page.go_back()
        screen.eventually(screen.path, "/heatmap")
        screen.eventually(screen.query, {"genes": [LIST], "top": ["20"], "cluster_genes": ["0"]})
        assert (screen.chosen("top"), screen.is_on("cluster_genes")) == ("Top 20 by |z|", False)
    screen.at("open").get_by_role("combobox").focus()
    screen.page.keyboard.type("TG")
    screen.page.get_by_role("option", name="TG", exact=True).wait_for()
    screen.page.keyboard.press("ArrowDown")
    screen.page.keyboard.press("Enter")
    screen.eventually(lambda: (screen.path(), screen.query()), ("/gene", {"gene": ["TG"]}))
    assert screen.trace("profile-TG")["y"]
    screen.page.go_back()
    screen.eventually(screen.query, {"genes": [LIST], "top": ["20"], "cluster_genes": ["0"]})
    screen.page.go_forward()
    screen.eventually(lambda: (screen.path(), screen.query()), ("/gene", {"gene": ["TG"]}))


def test_an_edge_opens_its_numbers(screen: Screen, atlas: Atlas) -> None:
    screen.open("/coexpression?seed=CD3E&partners=8")
    before = screen.trace("scatter")
    edges = screen.trace("network", "edges")
    shown = screen.chosen("pair")
    pairs = [(row[0], row[1]) for row in edges["customdata"]]
    wanted = _lonely(edges, [f"{a} – {b}" == shown for a, b in pairs])
    first, second = pairs[wanted]
    x, y = screen.page.evaluate(
        """([x, y]) => { const plot = document.querySelector('.st-key-network .js-plotly-plot');
        const box = plot.getBoundingClientRect(), {xaxis, yaxis} = plot._fullLayout;
        return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)]; }""",
        [edges["x"][wanted], edges["y"][wanted]],
    )
    screen.page.mouse.click(x, y)
    screen.eventually(lambda: screen.query().get("pair"), [f"{first},{second}"])
    screen.eventually(lambda: screen.chosen("pair"), f"{first} – {second}")
    screen.eventually(lambda: screen.trace("scatter") != before, True)
    points = screen.trace("scatter")
    tissue = [list(atlas.tissues).index(name) for name, _ in points["customdata"]]
    np.testing.assert_allclose(points["x"], atlas.log(first)[tissue], rtol=1e-6)
    np.testing.assert_allclose(points["y"], atlas.log(second)[tissue], rtol=1e-6)


def _lonely(edges: dict, taken: list[bool]) -> int:
    """The edge whose middle is furthest from the next one, so that a click there means only it."""
    place = np.column_stack([edges["x"], edges["y"]])
    apart = np.linalg.norm(place[:, None] - place[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return int(np.argmax(np.where(taken, -1.0, apart.min(axis=1))))
