"""Tables and figures that the tests of the paper figures share: small, extreme, and every kind."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from backend.clustering import cluster_order, dendrogram_lines
from components.drawn import HeatmapDrawing
from components.publication import cohort_bars, profile_bars, to_bytes
from components.publication_boxes import profile_boxes
from components.publication_heatmap import heatmap
from components.publication_network import network, pair_scatter

ROOT = Path(__file__).resolve().parents[2]
TISSUES = pd.read_csv(ROOT / "data" / "hpa" / "tissues.csv")
COHORTS = pd.read_csv(ROOT / "data" / "hpa" / "cohorts.csv")
FOOTER = "Human Protein Atlas v23 · log2(nTPM+1) · z against the 50 tissues · Expronaut, 2026-11-22"
ABOUT = {"title": "A figure", "description": "What it shows", "creator": "Expronaut", "link": "https://e.org/?a=1&b=2"}
MARK = "SIMULATED DATA"
MAGIC = {"svg": b"<?xml", "pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n"}


def profile(genes: list[str], tissues: int = 50, seed: int = 1) -> pd.DataFrame:
    """A drawn profile with z-like values, the same tissues for every gene."""
    rng = np.random.default_rng(seed)
    parts = [
        pd.DataFrame(
            {
                "gene": gene,
                "tissue": TISSUES["label"][:tissues],
                "system": TISSUES["system"][:tissues],
                "value": np.sort(rng.normal(0, 2, tissues))[::-1],
            }
        )
        for gene in genes
    ]
    return pd.concat(parts, ignore_index=True)


def boxes(genes: list[str], tissues: int = 50) -> pd.DataFrame:
    table = profile(genes, tissues)
    middle = table["value"].abs()
    parts = {"min": middle - 2, "q1": middle - 1, "median": middle, "q3": middle + 1, "max": middle + 3}
    return table.assign(**parts, n_samples=np.tile(np.arange(3, 3 + tissues), len(genes)))


def cohorts() -> pd.DataFrame:
    table = COHORTS.rename(columns={"key": "cohort"}).assign(value=np.linspace(60, 0, len(COHORTS)))
    return table.sort_values(["unit", "value"], ascending=[True, False]).reset_index(drop=True)


def drawing(genes: int, tissues: int = 50, clustered: bool = True, missing: bool = False) -> HeatmapDrawing:
    z = np.random.default_rng(2).normal(0, 2, (genes, tissues))
    if missing:
        z[0], z[1, :3] = np.nan, np.nan
    rows, columns = (cluster_order(z), cluster_order(z.T)) if clustered else (None, None)
    down = rows.order if rows else np.arange(genes)
    across = columns.order if columns else np.arange(tissues)
    return HeatmapDrawing(
        genes=[f"GENE{number}" for number in down],
        tissues=[TISSUES["label"][number] for number in across],
        systems=[TISSUES["system"][number] for number in across],
        z=z[np.ix_(down, across)],
        value=z[np.ix_(down, across)],
        clip=3.0,
        unit="log2(nTPM+1)",
        row_lines=dendrogram_lines(rows) if rows else [],
        column_lines=dendrogram_lines(columns) if columns else [],
    )


def graph(nodes: int, edges: int, modules: int = 4) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(3)
    genes = [f"GENE{number}" for number in range(nodes)]
    places = pd.DataFrame(
        {
            "gene": genes,
            "seed": [number < 2 for number in range(nodes)],
            "hop": [int(number >= 2) for number in range(nodes)],
            "degree": 1,
            "module": np.arange(nodes) % modules + 1,
            "mean_expression": 1.0,
            "x": rng.uniform(-1, 1, nodes),
            "y": rng.uniform(-1, 1, nodes),
        }
    )
    pairs = list(combinations(genes, 2))
    chosen = [pairs[number] for number in rng.choice(len(pairs), edges, replace=False)] if edges else []
    r = rng.uniform(0.4, 0.95, edges) * np.where(np.arange(edges) % 3 == 0, -1, 1)
    table = pd.DataFrame(chosen, columns=["gene_a", "gene_b"]).assign(r=r, n=50)
    return places, table


def pair(tissues: int = 50) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    x = rng.normal(8, 2, tissues)
    return pd.DataFrame(
        {
            "tissue": TISSUES["label"][:tissues],
            "system": TISSUES["system"][:tissues],
            "x": x,
            "y": x + rng.normal(0, 1, tissues),
        }
    )


SIX = ["ALB", "TP53", "HLA-DRB1", "GAPDH", "CD19", "MYH7"]
LONG = "A tissue whose name goes on and on and is longer than anything that a figure ever has room for at all"
Case = tuple[Callable[[], Figure], tuple[str, ...]]
CASES: dict[str, Case] = {
    "bars 1 x 1": (lambda: profile_bars(profile(["ALB"], 1), "log2(nTPM+1)", "ALB", FOOTER, False), ("ALB",)),
    "bars 6 x 50": (lambda: profile_bars(profile(SIX), "z-score", "Six", FOOTER, True, True), tuple(SIX)),
    "bars all missing": (
        lambda: profile_bars(profile(["ALB"], 5).assign(value=np.nan), "z-score", "", FOOTER, True),
        ("ALB", "not measured"),
    ),
    "bars long names": (
        lambda: profile_bars(
            profile(["ENSG00000141510.17-A-VERY-LONG-NAME"] * 1, 3).assign(tissue=[LONG, LONG + " 2", "B"]),
            "log2(nTPM+1)",
            "A title that goes on " * 12,
            FOOTER * 5,
            False,
        ),
        ("ENSG00000141510.17-A-VERY-LONG-NAME",),
    ),
    "boxes 1 x 50": (lambda: profile_boxes(boxes(["Trp53"]), "log2(CPM+1)", "Trp53", FOOTER), ("Trp53",)),
    "boxes 6 x 1": (lambda: profile_boxes(boxes(SIX, 1), "log2(CPM+1)", "", FOOTER, True), tuple(SIX)),
    "cohorts": (lambda: cohort_bars(cohorts(), "EGFR", FOOTER), ("Colon adenocarcinoma (COAD)", "median TPM")),
    "heatmap 1 x 1": (lambda: heatmap(drawing(1, 1, False), "", FOOTER), ("GENE0",)),
    "heatmap 24 x 50": (lambda: heatmap(drawing(24, missing=True), "24", FOOTER, True), ("GENE0", "GENE23")),
    "heatmap 500 x 50": (lambda: heatmap(drawing(500), "500", FOOTER), ("GENE0", "GENE499")),
    "heatmap all missing": (
        lambda: heatmap(
            HeatmapDrawing(["A1", "B2"], ["x"], [""], np.full((2, 1), np.nan), np.full((2, 1), np.nan), 3.0, ""),
            "",
            "",
        ),
        ("A1", "B2", "not measured or constant"),
    ),
    "network 60 / 150": (lambda: network(*graph(60, 150), "60", FOOTER, True), ("GENE0", "GENE59", "seed gene")),
    "network no edges": (lambda: network(*graph(3, 0), "", FOOTER), ("GENE0", "GENE2")),
    "network 1": (lambda: network(*graph(1, 0), "", FOOTER), ("GENE0",)),
    "pair 50": (lambda: pair_scatter(pair(), "ALB", "APOA1", "log2(nTPM+1)", "", FOOTER, True), ("ALB", "APOA1")),
    "pair 6": (lambda: pair_scatter(pair(6), "ALB", "APOA1", "log2(nTPM+1)", "", FOOTER), ("Amygdala",)),
    "pair none": (
        lambda: pair_scatter(pair(2).assign(x=np.nan), "ALB", "APOA1", "log2(nTPM+1)", "", FOOTER),
        ("Pearson r not defined, n = 0 tissues",),
    ),
}
MARKED = {"bars 6 x 50", "boxes 6 x 1", "heatmap 24 x 50", "network 60 / 150", "pair 50"}
every_case = pytest.mark.parametrize("name", CASES)
every_smaller_case = pytest.mark.parametrize("name", [name for name in CASES if name != "heatmap 500 x 50"])


@cache
def figure(name: str) -> Figure:
    return CASES[name][0]()


@cache
def file(name: str, fmt: str) -> bytes:
    return to_bytes(figure(name), fmt, ABOUT)


def words(svg: bytes) -> list[str]:
    root = ElementTree.fromstring(svg)
    return ["".join(node.itertext()).strip() for node in root.iter("{http://www.w3.org/2000/svg}text")]


def boxes_of(artists: list[mpl.artist.Artist]) -> np.ndarray:
    """Window extents as x0, y0, x1, y1, a third of a point smaller on each side."""
    renderer = artists[0].figure.canvas.get_renderer()
    found = [artist.get_window_extent(renderer).extents for artist in artists]
    return np.array(found) + np.array([0.3, 0.3, -0.3, -0.3])


def overlaps(found: np.ndarray) -> int:
    low = np.maximum(found[:, None, :2], found[None, :, :2])
    high = np.minimum(found[:, None, 2:], found[None, :, 2:])
    return int(np.triu((high > low).all(axis=2), 1).sum())
