"""The address alone restores a view, and Back, Forward and reload move between views."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext
from scipy.cluster import hierarchy

from tests.browser.conftest import Atlas, journey
from tests.browser.screen import Screen
from tests.browser.server import Server, serving

pytestmark = pytest.mark.browser


@pytest.fixture
def fresh(context: BrowserContext, server: Server, tmp_path: Path) -> Iterator[Screen]:
    """A session on a server that nobody has asked anything yet: that of all journeys, where this is the first."""
    own = serving(tmp_path) if context.pages else nullcontext(server)
    with own as unasked, journey(context, unasked) as seen:
        yield seen


def test_gene_link_on_a_fresh_server(fresh: Screen, atlas: Atlas) -> None:
    systems = ["Brain", "Gastrointestinal tract", "Pancreas"]
    options = "".join(f"&system={name.replace(' ', '+')}" for name in systems)
    fresh.open(f"/gene?gene=INS&gene=GCG&measure=log&top=10&sort=system{options}")
    assert fresh.chips("gene") == ["INS", "GCG"]
    assert fresh.segment("measure") == "Log value"
    assert (fresh.chosen("top"), fresh.chosen("sort")) == ("Top 10", "Organ system")
    fresh.page.get_by_role("button", name="Organ systems").click()
    fresh.page.get_by_test_id("stPopoverBody").wait_for()
    assert fresh.chips("system") == systems

    inside = [i for i, system in enumerate(atlas.systems) if system in systems]
    best = sorted(inside, key=lambda i: -max(atlas.log("INS")[i], atlas.log("GCG")[i]))[:10]
    best.sort(key=lambda i: (atlas.systems[i], -atlas.log("INS")[i]))
    for gene in ("INS", "GCG"):
        bars = fresh.trace(f"profile-{gene}")
        by_tissue = dict(zip(bars["y"], bars["x"], strict=True))
        assert [atlas.systems[list(atlas.tissues).index(t)] for t in bars["y"]] == [atlas.systems[i] for i in best]
        assert set(bars["y"]) == set(atlas.tissues[best])
        wanted = [atlas.log(gene)[list(atlas.tissues).index(tissue)] for tissue in by_tissue]
        np.testing.assert_allclose(list(by_tissue.values()), wanted, rtol=1e-6)


def test_heatmap_link(screen: Screen, atlas: Atlas) -> None:
    genes = ["ALB", "INS", "TG", "PRM1", "UMOD", "CD3E"]
    screen.open(f"/heatmap?genes={','.join(genes)}&top=20&cluster_genes=0&linkage=complete&metric=euclidean&clip=2")
    assert screen.chosen("top") == "Top 20 by |z|"
    assert (screen.is_on("cluster_genes"), screen.is_on("cluster_tissues")) == (False, True)
    screen.page.get_by_role("button", name="Clustering and colours").click()
    screen.page.get_by_test_id("stPopoverBody").wait_for()
    assert (screen.chosen("linkage"), screen.chosen("metric")) == ("Complete", "Euclidean")
    assert screen.at("clip").get_by_test_id("stSliderThumbValue").inner_text().startswith("2")

    z = np.array([atlas.z(gene) for gene in genes])
    top = np.sort(np.argsort(-np.abs(z).max(axis=0), kind="stable")[:20])
    order = hierarchy.leaves_list(hierarchy.linkage(z[:, top].T, "complete", "euclidean", optimal_ordering=True))
    cells = screen.trace("heatmap", "z")
    assert (cells["zmin"], cells["zmax"]) == (-2, 2)
    assert "±2" in cells["colorbar"]["title"]["text"]
    assert list(cells["x"]) in (list(atlas.tissues[top[order]]), list(atlas.tissues[top[order[::-1]]]))
    assert [name.strip("</i>") for name in screen.trace("heatmap", "genes")["text"]] == genes  # as entered
    column = [list(atlas.tissues).index(tissue) for tissue in cells["x"]]
    np.testing.assert_allclose(cells["z"], z[:, column], atol=6e-4)


def test_coexpression_link(screen: Screen, atlas: Atlas) -> None:
    seeds = "seed=CD3E&seed=INS"
    screen.open(
        f"/coexpression?{seeds}&hops=2&sign=positive&partners=6&min_r=0.5&nodes=30&edges=60&find=CD2&pair=CD2,CD3E"
    )
    assert screen.chips("seed") == ["CD3E", "INS"]
    assert (screen.segment("hops"), screen.chosen("sign")) == ("2", "Positive")
    assert (screen.chosen("partners"), screen.chosen("min_r")) == ("6", "0.50")
    assert (screen.chosen("find"), screen.chosen("pair")) == ("CD2", "CD2 – CD3E")
    screen.page.get_by_role("button", name="Caps").click()
    screen.page.get_by_test_id("stPopoverBody").wait_for()
    assert screen.at("nodes").get_by_test_id("stSliderThumbValue").inner_text() == "30"
    assert screen.at("edges").get_by_test_id("stSliderThumbValue").inner_text() == "60"

    edges = screen.trace("network", "edges")["customdata"]
    assert 20 < len(edges) <= 60
    assert len(screen.trace("network", "genes")["x"]) <= 30
    for first, second, r, n in edges:
        both = np.isfinite(atlas.log(first)) & np.isfinite(atlas.log(second))
        assert n == both.sum()
        assert r == pytest.approx(np.corrcoef(atlas.log(first)[both], atlas.log(second)[both])[0, 1], abs=1e-5)
        assert r >= 0.5
    nodes = screen.trace("network", "genes")
    place = [row[0] for row in nodes["customdata"]].index("CD2")
    ring = next(t for t in screen.figure("network")["data"] if t.get("marker", {}).get("symbol") == "circle-open")
    assert (ring["x"], ring["y"]) == ([nodes["x"][place]], [nodes["y"][place]])

    points = screen.trace("scatter")
    tissue = [list(atlas.tissues).index(name) for name, _ in points["customdata"]]
    np.testing.assert_allclose(points["x"], atlas.log("CD2")[tissue], rtol=1e-6)
    np.testing.assert_allclose(points["y"], atlas.log("CD3E")[tissue], rtol=1e-6)


def test_gene_and_tissues_go_into_history(screen: Screen) -> None:
    screen.open("/gene?gene=ALB")
    first = screen.trace("profile-ALB")
    screen.type_gene("gene", "INS")
    screen.eventually(screen.query, {"gene": ["ALB", "INS"]})
    screen.page.wait_for_selector(".st-key-profile-INS .main-svg")
    screen.choose("top", "Top 10")
    screen.eventually(screen.query, {"gene": ["ALB", "INS"], "top": ["10"]})
    screen.eventually(lambda: len(screen.trace("profile-INS")["y"]), 10)
    last = screen.trace("profile-INS")

    screen.page.go_back()
    screen.eventually(lambda: (screen.chosen("top"), screen.chips("gene")), ("Top 25", ["ALB", "INS"]))
    screen.eventually(lambda: len(screen.trace("profile-INS")["y"]), 25)
    screen.page.go_back()
    screen.eventually(lambda: screen.chips("gene"), ["ALB"])
    screen.eventually(lambda: screen.trace("profile-ALB"), first)
    assert not screen.at("profile-INS").count()

    screen.page.evaluate("history.go(2)")
    screen.eventually(lambda: (screen.chosen("top"), screen.chips("gene")), ("Top 10", ["ALB", "INS"]))
    screen.page.reload()
    screen.settle()
    assert (screen.chips("gene"), screen.chosen("top")) == (["ALB", "INS"], "Top 10")
    screen.eventually(lambda: screen.trace("profile-INS"), last)


def test_heatmap_switch_goes_into_history(screen: Screen) -> None:
    screen.open("/heatmap?genes=ALB,INS,TG,PRM1,UMOD,CD3E&cluster_tissues=0")

    def genes() -> list[str]:
        return list(screen.trace("heatmap", "genes")["customdata"])

    entered, clustered = ["ALB", "INS", "TG", "PRM1", "UMOD", "CD3E"], genes()
    assert sorted(clustered) == sorted(entered)
    assert clustered != entered
    screen.at("cluster_genes").locator("label").click()
    screen.eventually(lambda: screen.query().get("cluster_genes"), ["0"])
    screen.eventually(genes, entered)
    screen.page.go_back()
    screen.eventually(lambda: screen.is_on("cluster_genes"), True)
    screen.eventually(genes, clustered)
    screen.page.go_forward()
    screen.eventually(lambda: screen.is_on("cluster_genes"), False)
    screen.eventually(genes, entered)
    screen.page.reload()
    screen.settle()
    assert (screen.is_on("cluster_genes"), genes()) == (False, entered)
