"""Every file of every figure opens in its own format and holds the numbers on the screen."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Locator

from tests.browser.screen import Screen

pytestmark = pytest.mark.browser
HEATMAP = ("CD3E", "ALB", "INS", "TG", "PRM1")


@dataclass(frozen=True)
class Files:
    """A figure's files, and the link the popover gives."""

    link: str
    of: dict[str, Path] = field(default_factory=dict)

    def table(self, label: str = "CSV") -> pd.DataFrame:
        """The numbers of a CSV below its header."""
        lines = self.of[label].read_text(encoding="utf-8").splitlines()
        return pd.read_csv(io.StringIO("\n".join(line for line in lines if not line.startswith("# "))))


def taken(screen: Screen, key: str, folder: Path, extras: tuple[str, ...] = ()) -> Files:
    """Press every button of a figure's popover."""
    body = screen.popover(f"{key}-foot")
    files = Files(body.get_by_test_id("stCode").first.inner_text().strip())
    for label in ("SVG", "PDF", "PNG 300 dpi", "CSV", *extras):
        files.of[label] = screen.download(_button(body, label), folder)
    screen.page.keyboard.press("Escape")
    body.wait_for(state="hidden")
    return files


def _button(body: Locator, label: str) -> Locator:
    return body.get_by_role("button", name=label, exact=True)


def check_formats(files: Files, name: str, symbols: tuple[str, ...], unit: str) -> None:
    """The four files every figure has: names, formats, words kept as text, header."""
    for label, ending in (("SVG", "svg"), ("PDF", "pdf"), ("PNG 300 dpi", "png"), ("CSV", "csv")):
        assert re.fullmatch(rf"{re.escape(name)}_\d{{4}}-\d\d-\d\d\.{ending}", files.of[label].name)
    texts = [
        "".join(node.itertext()) for node in ElementTree.parse(files.of["SVG"]).iter("{http://www.w3.org/2000/svg}text")
    ]
    for symbol in symbols:
        assert any(re.search(rf"\b{symbol}\b", text) for text in texts), f"{symbol} is not text in the SVG"
    pdf = files.of["PDF"].read_bytes()
    assert pdf.startswith(b"%PDF")
    assert pdf.rstrip().endswith(b"%%EOF")
    with Image.open(files.of["PNG 300 dpi"]) as picture:
        picture.load()
        assert picture.format == "PNG"
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    check_header(files, unit)


def check_header(files: Files, unit: str, label: str = "CSV") -> None:
    """The lines that say where the numbers come from."""
    text = files.of[label].read_text(encoding="utf-8")
    head = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")]
    assert text.startswith("# Expronaut")
    told = dict(line.split(": ", 1) for line in head if ": " in line)
    assert told["source"].startswith("Human Protein Atlas v23")
    assert told["unit"] == unit
    assert told["link"] == files.link
    assert "CC BY-SA 4.0" in told["licence"]
    cited = "TCGA Research Network" if "cohort" in unit else "Uhlén"
    assert any(line.startswith("cite: ") and cited in line for line in head)


def in_a_new_session(screen: Screen, link: str, *keys: str) -> list[list[dict[str, Any]]]:
    """The data of the figures that the link draws from nothing but the address."""
    screen.page.context.clear_cookies()
    screen.page.evaluate("localStorage.clear(), sessionStorage.clear()")
    screen.page.goto(link)
    screen.settle()
    return [screen.figure(key)["data"] for key in keys]


def test_gene_files(screen: Screen, tmp_path: Path) -> None:
    screen.open("/gene?gene=INS&gene=GCG&measure=linear&top=10&sort=name")
    files = taken(screen, "profile", tmp_path)
    check_formats(files, "INS-GCG_human_hpa_v23_tissue-linear", ("INS", "GCG", "Pancreas"), "nTPM")
    table = files.table()
    drawn = next(column for column in table.columns if column.startswith("drawn"))
    for gene in ("INS", "GCG"):
        bars, rows = screen.trace(f"profile-{gene}"), table[table["gene"] == gene]
        assert list(rows["tissue"]) == bars["y"]
        np.testing.assert_allclose(rows[drawn], bars["x"], rtol=1e-9)
    here = [screen.figure(f"profile-{gene}")["data"] for gene in ("INS", "GCG")]
    assert in_a_new_session(screen, files.link, "profile-INS", "profile-GCG") == here


def test_cohort_files(screen: Screen, tmp_path: Path) -> None:
    screen.open("/gene?gene=INS&top=10")
    files = taken(screen, "cohorts", tmp_path)
    check_formats(files, "INS_human_hpa_v23_cohorts", ("INS",), "as stated per cohort")
    table = files.table()
    for unit, rows in table.groupby("unit"):
        bars = screen.trace(f"cohorts-{unit.replace(' ', '-')}")
        assert [label[label.rindex("(") + 1 : -1] for label in bars["y"]] == list(rows["cohort"])
        np.testing.assert_allclose(rows["value"], bars["x"], rtol=1e-9)
    assert len(table) == 33


def test_heatmap_files(screen: Screen, tmp_path: Path) -> None:
    screen.open(f"/heatmap?genes={','.join(HEATMAP)}&top=20&linkage=ward&metric=euclidean&clip=2.5")
    files = taken(screen, "heatmap", tmp_path)
    check_formats(files, "5-genes_human_hpa_v23_heatmap", HEATMAP, "log2(nTPM+1)")
    table, cells = files.table(), screen.trace("heatmap", "z")
    genes = list(dict.fromkeys(table["gene"]))
    assert genes == screen.trace("heatmap", "genes")["customdata"]
    wide = table.pivot_table(index="gene", columns="tissue", values="z").loc[genes, cells["x"]]
    assert list(dict.fromkeys(table["tissue"])) == cells["x"]
    np.testing.assert_allclose(wide, cells["z"], atol=5.01e-4)  # the screen holds three decimals
    here = screen.figure("heatmap")["data"]
    assert in_a_new_session(screen, files.link, "heatmap") == [here]


def test_network_files(screen: Screen, tmp_path: Path) -> None:
    screen.open("/coexpression?seed=CD3E&seed=ALB&partners=6&min_r=0.3&sign=both")
    files = taken(screen, "network", tmp_path, ("GraphML", "SIF", "Nodes CSV"))
    edges, nodes = screen.trace("network", "edges")["customdata"], screen.trace("network", "genes")["customdata"]
    genes = {row[0] for row in nodes}
    check_formats(files, "CD3E-ALB_human_hpa_v23_network", tuple(sorted(genes)), "Pearson r")
    table = files.table()
    assert table[["gene_a", "gene_b", "n"]].to_numpy().tolist() == [[a, b, n] for a, b, _, n in edges]
    np.testing.assert_allclose(table["r"], [row[2] for row in edges], rtol=1e-9)

    check_header(files, "Pearson r", "Nodes CSV")
    members = files.table("Nodes CSV")
    assert members[["gene", "module", "degree"]].to_numpy().tolist() == [row[:3] for row in nodes]
    graph = nx.read_graphml(files.of["GraphML"])
    assert set(graph.nodes) == genes
    drawn = {frozenset((a, b)): r for a, b, r, _ in edges}
    assert {frozenset(pair) for pair in graph.edges} == set(drawn)
    for a, b, told in graph.edges(data=True):
        assert told["r"] == pytest.approx(drawn[frozenset((a, b))])
    lines = [line.split("\t") for line in files.of["SIF"].read_text(encoding="utf-8").splitlines()]
    assert {frozenset((line[0], line[2])) for line in lines if len(line) == 3} == set(drawn)
    for label, ending in (("GraphML", "graphml"), ("SIF", "sif"), ("Nodes CSV", "nodes.csv")):
        assert re.fullmatch(rf"CD3E-ALB_human_hpa_v23_network_[\d-]+\.{ending}", files.of[label].name)

    pair = taken(screen, "scatter", tmp_path)
    points, numbers = screen.trace("scatter"), pair.table()
    first, second = (name for name in numbers.columns if name not in ("tissue", "system"))
    check_formats(pair, f"{first}-{second}_human_hpa_v23_scatter", (first, second), "log2(nTPM+1)")
    assert list(numbers["tissue"]) == [row[0] for row in points["customdata"]]
    np.testing.assert_allclose(numbers[first], points["x"], rtol=1e-9)
    np.testing.assert_allclose(numbers[second], points["y"], rtol=1e-9)

    here = [screen.figure(key)["data"] for key in ("network", "scatter")]
    assert in_a_new_session(screen, files.link, "network", "scatter") == here
