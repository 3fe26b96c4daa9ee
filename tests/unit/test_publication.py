"""Paper figures: their bytes, their numbers, their words, on small and extreme tables."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from backend.clustering import cluster_order, dendrogram_lines
from backend.errors import BadInput, TooLarge
from components import palette, publication
from components.drawn import HeatmapDrawing
from components.publication import cohort_bars, profile_bars, profile_boxes, to_bytes
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


class TestFiles:
    @every_case
    @pytest.mark.parametrize("fmt", ["svg", "pdf", "png"])
    def test_begins_as_its_format(self, name: str, fmt: str) -> None:
        assert file(name, fmt).startswith(MAGIC[fmt])
        assert plt.get_fignums() == []

    @every_case
    def test_svg_is_xml_with_text_on_white(self, name: str) -> None:
        svg = file(name, "svg")
        found = words(svg)
        for word in CASES[name][1]:
            assert word in found
        assert (MARK in found) == (name in MARKED)
        page = re.search(rb'<g id="patch_1">\s*<path [^>]*style="fill: (#\w+)', svg)
        assert page is not None
        assert page[1] == b"#ffffff"

    @every_case
    def test_pdf_is_one_page_of_truetype(self, name: str) -> None:
        pdf = file(name, "pdf")
        assert len(re.findall(rb"/Type /Page\b(?!s)", pdf)) == 1
        assert b"/CIDFontType2" in pdf or b"/TrueType" in pdf
        assert b"/Type3" not in pdf
        assert b"CreationDate" not in pdf

    @every_case
    def test_png_is_300_dpi_with_a_clear_margin(self, name: str) -> None:
        with Image.open(io.BytesIO(file(name, "png"))) as image:
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
            pixels = np.asarray(image.convert("RGB"))
        for edge in (pixels[:12], pixels[-12:], pixels[:, :12], pixels[:, -12:]):
            assert (edge == 255).all()

    @pytest.mark.parametrize("name", ["bars 6 x 50", "heatmap 24 x 50", "network 60 / 150", "pair 50"])
    @pytest.mark.parametrize("fmt", ["svg", "pdf", "png"])
    def test_same_input_same_bytes(self, name: str, fmt: str) -> None:
        assert to_bytes(CASES[name][0](), fmt, ABOUT) == file(name, fmt)
        assert to_bytes(figure(name), fmt, ABOUT) == file(name, fmt)

    def test_same_bytes_in_another_process(self) -> None:
        code = (
            "import hashlib\nfrom tests.unit import test_publication as t\n"
            "for fmt in ('svg', 'pdf', 'png'): print(hashlib.sha256(t.file('heatmap 24 x 50', fmt)).hexdigest())"
        )
        environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)}
        found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=environment)
        assert found.returncode == 0, found.stderr
        mine = [hashlib.sha256(file("heatmap 24 x 50", fmt)).hexdigest() for fmt in ("svg", "pdf", "png")]
        assert found.stdout.split() == mine

    def test_threads_do_not_disturb_each_other(self) -> None:
        names = ["bars 1 x 1", "cohorts", "network no edges", "pair 6"] * 2
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda name: to_bytes(CASES[name][0](), "svg", ABOUT), names))
        assert found == [file(name, "svg") for name in names]

    def test_settings_are_left_as_they_were(self) -> None:
        before = dict(mpl.rcParams)
        with mpl.rc_context({"figure.facecolor": "black", "text.color": "white", "svg.fonttype": "path"}):
            dark = to_bytes(CASES["bars 1 x 1"][0](), "svg", ABOUT)
        assert dark == file("bars 1 x 1", "svg")
        assert dict(mpl.rcParams) == before

    def test_unknown_format(self) -> None:
        with pytest.raises(BadInput, match="gif"):
            to_bytes(figure("bars 1 x 1"), "gif", {})


class TestMetadata:
    def test_svg(self) -> None:
        found = file("bars 1 x 1", "svg").decode()
        assert "<dc:title>A figure</dc:title>" in found
        assert "<dc:identifier>https://e.org/?a=1&amp;b=2</dc:identifier>" in found
        assert "<dc:date>" not in found

    def test_pdf(self) -> None:
        found = file("bars 1 x 1", "pdf")
        assert b"/Title (A figure)" in found
        assert b"/Creator (Expronaut)" in found
        assert b"https://e.org/?a=1&b=2" in found

    def test_png(self) -> None:
        with Image.open(io.BytesIO(file("bars 1 x 1", "png"))) as image:
            assert image.text["Source"] == ABOUT["link"]
            assert image.text["Description"] == "What it shows"

    @pytest.mark.parametrize("fmt", ["svg", "pdf", "png"])
    def test_anything_goes_in(self, fmt: str) -> None:
        odd = {
            "URL": "https://e.org",
            "link": "second",
            "note\n": "né\x00 中文 <&> \ud800",
            "empty": "",
            "none": None,
            "n": 3,
        }
        found = to_bytes(figure("bars 1 x 1"), fmt, odd)
        if fmt == "svg":
            about = ElementTree.fromstring(found).find(".//{http://purl.org/dc/elements/1.1/}description")
            assert about is not None
            assert "中文 <&>" in (about.text or "")
            assert "link: second" in (about.text or "")
        if fmt == "png":
            with Image.open(io.BytesIO(found)) as image:
                assert "中文" in image.text["Description"]

    def test_none_at_all(self) -> None:
        assert to_bytes(figure("bars 1 x 1"), "pdf", {}).startswith(b"%PDF")


class TestBars:
    def test_widths_are_the_values_from_the_top_down(self) -> None:
        table = profile(SIX)
        drawn = figure("bars 6 x 50")
        for axes, gene in zip(drawn.axes, SIX, strict=True):
            values = table.loc[table["gene"] == gene, "value"].to_numpy()
            assert [bar.get_width() for bar in axes.patches] == pytest.approx(values)
            assert [bar.get_y() + bar.get_height() / 2 for bar in axes.patches] == pytest.approx(range(50))
            assert axes.yaxis.get_inverted()
            assert axes.get_title() == gene
            assert axes.title.get_style() == "italic"
        assert [label.get_text() for label in drawn.axes[0].get_yticklabels()] == list(TISSUES["label"])

    def test_z_has_sign_colours_guides_and_a_centred_axis(self) -> None:
        drawn = figure("bars 6 x 50")
        for axes in drawn.axes:
            for bar in axes.patches:
                sign = palette.NEGATIVE if bar.get_width() < 0 else palette.POSITIVE
                assert to_hex(bar.get_facecolor()).upper() == sign
            low, high = axes.get_xlim()
            assert low == -high
            assert {line.get_xdata()[0] for line in axes.lines} == {0, -2, 2}
        assert len({axes.get_xlim() for axes in drawn.axes}) == 1

    def test_guides_are_in_sight_when_all_z_are_small(self) -> None:
        small = profile(["A"], 3).assign(value=[0.2, 0.1, -0.1])
        assert profile_bars(small, "z", "", "", True).axes[0].get_xlim()[1] > 2

    def test_one_colour_for_abundance_from_zero(self) -> None:
        axes = profile_bars(profile(["A"], 9).assign(value=range(9)), "log2(nTPM+1)", "", "", False).axes[0]
        assert {to_hex(bar.get_facecolor()).upper() for bar in axes.patches} == {palette.ABUNDANCE}
        assert axes.get_xlim()[0] == 0

    def test_missing_is_said_not_drawn(self) -> None:
        axes = profile_bars(profile(["A"], 3).assign(value=[2.0, np.nan, 0.0]), "log2(nTPM+1)", "", "", False).axes[0]
        assert [bar.get_width() for bar in axes.patches] == [2.0, 0.0]
        assert [(text.get_position()[1], text.get_text().strip()) for text in axes.texts] == [(1, "not measured")]

    def test_a_tissue_that_one_gene_lacks(self) -> None:
        table = profile(["A", "B"], 4).iloc[:7]
        first, second = profile_bars(table, "z", "", "", True).axes
        assert (len(first.patches), len(second.patches)) == (4, 3)
        assert [text.get_text().strip() for text in second.texts] == ["not measured"]

    @pytest.mark.parametrize("largest", [0.002, 3.0, 17.4, 250_000.0])
    def test_no_words_overlap(self, largest: float) -> None:
        table = profile(SIX).assign(value=np.tile(np.linspace(largest, 0, 50), 6))
        drawn = profile_bars(table, "nTPM", "", "", False)
        to_bytes(drawn, "svg", {})
        assert overlaps(boxes_of(drawn.axes[0].get_yticklabels())) == 0
        low, high = drawn.axes[0].get_xlim()
        ticks = [
            label
            for axes in drawn.axes
            for label in axes.get_xticklabels()
            if low <= label.get_position()[0] <= high and label.get_text()
        ]
        assert overlaps(boxes_of(ticks)) == 0
        assert overlaps(boxes_of([axes.title for axes in drawn.axes])) == 0

    def test_height_grows_with_tissues(self) -> None:
        few, many = (profile_bars(profile(["A"], count), "z", "", "", True) for count in (20, 50))
        assert many.get_size_inches()[1] > 2 * few.get_size_inches()[1]

    def test_refusals(self) -> None:
        with pytest.raises(TooLarge, match="7 genes"):
            profile_bars(profile([*SIX, "INS"], 2), "z", "", "", True)
        with pytest.raises(BadInput, match="nothing to draw"):
            profile_bars(profile(["A"]).head(0), "z", "", "", True)

    def test_names_that_mean_something_to_matplotlib(self) -> None:
        odd = profile(["$\\frac$_{"], 3).assign(tissue=["基底核 🧠 عضلة", "_hidden $x$", "a\nb\x07"])
        drawn = profile_bars(odd, "µ $\\unit", "中文 $", "$^", True, True)
        found = words(to_bytes(drawn, "svg", {}))
        for word in ("$\\frac$_{", "基底核 🧠 عضلة", "_hidden $x$", "a b"):
            assert word in found
        for fmt in ("pdf", "png"):
            assert to_bytes(drawn, fmt, {}).startswith(MAGIC[fmt])


class TestBoxes:
    def test_numbers_are_those_given(self) -> None:
        table = boxes(["A"], 4)
        axes = profile_boxes(table, "log2(CPM+1)", "", "").axes[0]
        for row, patch in zip(table.itertuples(), axes.patches, strict=True):
            xs = patch.get_path().vertices[:, 0]
            assert (xs.min(), xs.max()) == pytest.approx((row.q1, row.q3))
        along = {tuple(np.round(line.get_xdata(), 9)) for line in axes.lines}
        for row in table.itertuples():
            for pair_of in ((row.median, row.median), (row.q1, row.min), (row.q3, row.max)):
                assert tuple(np.round(pair_of, 9)) in along

    def test_n_and_its_asterisk(self) -> None:
        drawn = profile_boxes(boxes(["A"], 9).assign(n_samples=[9, 10, 1234, *[50] * 6]), "x", "", "F")
        labels = [label.get_text() for label in drawn.axes[0].get_yticklabels()]
        first = list(TISSUES["label"][:3])
        assert labels[:3] == [f"{first[0]}* (n = 9)", f"{first[1]} (n = 10)", f"{first[2]} (n = 1,234)"]
        assert any("* fewer than 10 samples" in text.get_text() for text in drawn.texts)
        full = profile_boxes(boxes(["A"], 3).assign(n_samples=50), "x", "", "F")
        assert not any("*" in text.get_text() for text in full.texts)

    def test_counts_that_differ_between_genes(self) -> None:
        table = boxes(["A", "B"], 1).assign(n_samples=[8, 12])
        assert profile_boxes(table, "x", "", "").axes[0].get_yticklabels()[0].get_text().endswith("* (n = 8–12)")

    def test_without_gene_and_counts(self) -> None:
        bare = boxes(["A"], 3).drop(columns=["gene", "n_samples"])
        assert len(profile_boxes(bare, "x", "", "").axes[0].patches) == 3

    def test_missing_and_negative(self) -> None:
        table = boxes(["A"], 3)
        table.loc[1, "median"] = np.nan
        axes = profile_boxes(table, "x", "", "").axes[0]
        assert len(axes.patches) == 2
        assert [text.get_text().strip() for text in axes.texts] == ["not measured"]
        assert axes.get_xlim()[0] < table["min"].min()


class TestCohorts:
    def test_one_panel_per_unit(self) -> None:
        table = cohorts()
        drawn = figure("cohorts")
        assert [axes.get_xlabel() for axes in drawn.axes] == ["median FPKM", "median TPM"]
        for axes, (_, part) in zip(drawn.axes, table.groupby("unit", sort=False), strict=True):
            assert [bar.get_width() for bar in axes.patches] == pytest.approx(list(part["value"]))
        to_bytes(drawn, "svg", {})
        labels = [label for axes in drawn.axes for label in axes.get_yticklabels()]
        assert overlaps(boxes_of(labels)) == 0
        assert [" ".join(label.get_text().split()) for label in labels] == [
            f"{row['name']} ({row['cohort']})" for _, row in table.iterrows()
        ]

    def test_nothing(self) -> None:
        with pytest.raises(BadInput):
            cohort_bars(cohorts().head(0), "", "")


class TestHeatmap:
    @pytest.mark.parametrize("name", ["heatmap 24 x 50", "heatmap 500 x 50"])
    def test_cells_are_z_centred_on_zero(self, name: str) -> None:
        given = drawing(24, missing=True) if "24" in name else drawing(500)
        mesh = figure(name).axes[0].collections[0]
        shown = np.ma.filled(mesh.get_array().reshape(given.z.shape), np.nan)
        np.testing.assert_array_equal(shown, given.z)
        assert mesh.get_clim() == (-3.0, 3.0)
        assert mesh.cmap.name == "RdBu_r"

    @pytest.mark.parametrize("name", ["heatmap 24 x 50", "heatmap 500 x 50"])
    def test_every_name_and_none_overlap(self, name: str) -> None:
        given = drawing(24, missing=True) if "24" in name else drawing(500)
        axes = figure(name).axes[0]
        file(name, "svg")
        genes, tissues = axes.get_yticklabels(), axes.get_xticklabels()
        assert [label.get_text() for label in genes] == given.genes
        assert [label.get_text() for label in tissues] == given.tissues
        assert {label.get_style() for label in genes} == {"italic"}
        assert min(label.get_size() for label in genes) >= 3
        for labels, axis in ((genes, 1), (tissues, 0)):
            starts = np.sort(boxes_of(labels)[:, axis])
            assert np.diff(starts).min() >= 0.8 * labels[0].get_size()

    def test_dendrograms_lie_within_their_axes_along_the_cells(self) -> None:
        given, drawn = drawing(24, missing=True), figure("heatmap 24 x 50")
        cells, _, above, beside = drawn.axes[:4]
        for tree, lines, along in ((above, given.column_lines, 0), (beside, given.row_lines, 1)):
            paths = [path.vertices for path in tree.collections[0].get_paths()]
            assert len(paths) == len(lines)
            for path, (places, heights) in zip(paths, lines, strict=True):
                np.testing.assert_allclose(path[:, along], np.array(places) + 0.5)
                np.testing.assert_allclose(path[:, 1 - along], heights)
            everything = np.vstack(paths)
            for column, limits in ((0, sorted(tree.get_xlim())), (1, sorted(tree.get_ylim()))):
                assert limits[0] <= everything[:, column].min()
                assert everything[:, column].max() <= limits[1]
        assert above.get_xlim() == cells.get_xlim()
        assert beside.get_ylim() == cells.get_ylim()
        assert above.get_position().y0 > cells.get_position().y1
        assert beside.get_position().x1 < cells.get_position().x0

    def test_organ_systems(self) -> None:
        given, drawn = drawing(24, missing=True), figure("heatmap 24 x 50")
        colours = palette.system_colours(given.systems)
        band = drawn.axes[1]
        shown = [to_hex(bar.get_facecolor()).upper() for bar in band.patches]
        assert shown == [colours[system] for system in given.systems]
        named = {text.get_text() for text in drawn.legends[1].get_texts()}
        assert named == set(given.systems)

    def test_grey_is_explained_only_when_there_is_grey(self) -> None:
        assert "not measured or constant" in words(file("heatmap 24 x 50", "svg"))
        assert "not measured or constant" not in words(file("heatmap 500 x 50", "svg"))

    def test_not_clustered(self) -> None:
        drawn = heatmap(drawing(4, 6, clustered=False), "", "")
        assert len(drawn.axes) == 3  # cells, organ systems, colour bar

    def test_colour_bar_names_the_clip(self) -> None:
        assert "z-score, clipped at ±3" in words(file("heatmap 24 x 50", "svg"))

    def test_nothing(self) -> None:
        with pytest.raises(BadInput):
            heatmap(HeatmapDrawing([], [], [], np.empty((0, 0)), np.empty((0, 0)), 3.0, ""), "", "")


class TestPalette:
    def test_every_bundled_system_has_its_own_colour(self) -> None:
        names = list(dict.fromkeys([*TISSUES["system"], *COHORTS["system"]]))
        colours = palette.system_colours(names)
        assert len(set(colours.values())) == len(names) == 15
        assert palette.MISSING not in colours.values()
        assert palette.system_colours(["new", *reversed(names)])["Brain"] == colours["Brain"]

    def test_other_names_take_what_is_left(self) -> None:
        colours = palette.system_colours(["a", "Brain", "b", "a", ""])
        assert list(colours) == ["a", "Brain", "b", ""]
        assert len({colours["a"], colours["b"], colours["Brain"]}) == 3
        assert colours[""] == palette.MISSING
        assert len(set(palette.system_colours([f"s{number}" for number in range(16)]).values())) == 16
        assert len(palette.system_colours([f"s{number}" for number in range(40)])) == 40

    def test_modules_beyond_the_palette_are_grey(self) -> None:
        assert [palette.module_colour(number) for number in (1, 7, 8, 0)] == [
            palette.OKABE_ITO[0],
            palette.OKABE_ITO[6],
            palette.MISSING,
            palette.MISSING,
        ]


class TestNetwork:
    def test_edges_by_sign_and_strength(self) -> None:
        _, edges = graph(60, 150)
        negative, positive = figure("network 60 / 150").axes[0].collections[:2]
        for lines, colour, rows in (
            (negative, palette.NEGATIVE, edges[edges["r"] < 0]),
            (positive, palette.POSITIVE, edges[edges["r"] > 0]),
        ):
            assert len(lines.get_paths()) == len(rows)
            assert to_hex(lines.get_color()[0]).upper() == colour
            widths = lines.get_linewidths()
            assert (np.diff(widths) >= 0).all()
            strength = np.sort(rows["r"].abs())
            np.testing.assert_allclose(np.corrcoef(widths, strength)[0, 1], 1)
        assert negative.get_linestyles()[0][1] is not None
        assert positive.get_linestyles()[0][1] is None

    def test_names_cover_neither_nodes_nor_each_other(self) -> None:
        axes = figure("network 60 / 150").axes[0]
        assert sorted(text.get_text() for text in axes.texts) == sorted(graph(60, 0)[0]["gene"])
        assert {text.get_style() for text in axes.texts} == {"italic"}
        assert overlaps(boxes_of(axes.texts)) == 0
        nodes = np.vstack([points.get_offsets() for points in axes.collections[2:4]])
        found = boxes_of(axes.texts)
        inside = (nodes[:, None] > found[None, :, :2]) & (nodes[:, None] < found[None, :, 2:])
        assert not inside.all(axis=2).any()

    def test_seeds_are_larger_with_a_heavy_outline(self) -> None:
        partners, seeds = figure("network 60 / 150").axes[0].collections[2:4]
        assert (len(partners.get_offsets()), len(seeds.get_offsets())) == (58, 2)
        assert seeds.get_linewidths()[0] > 2 * partners.get_linewidths()[0]
        assert seeds.get_sizes()[0] > partners.get_sizes()[0]

    def test_legend_says_what_is_drawn(self) -> None:
        found = words(file("network 60 / 150", "svg"))
        for word in ("positive (r > 0)", "negative (r < 0)", "Width: |r|", "seed gene", "partner", "module 4 (15)"):
            assert word in found
        bare = words(file("network no edges", "svg"))
        assert "Width: |r|" not in bare
        assert "Correlation" not in bare

    def test_more_modules_than_colours(self) -> None:
        drawn = network(*graph(24, 20, modules=12), "", "")
        found = [text.get_text() for text in drawn.legends[-1].get_texts()]
        assert found[-2:] == ["module 7 (2)", "other modules (10)"]

    def test_equal_places_and_equal_r(self) -> None:
        nodes, edges = graph(4, 3)
        drawn = network(nodes.assign(x=0.0, y=0.0), edges.assign(r=0.5), "", "")
        assert [text.get_text() for text in drawn.legends[1].get_texts()] == ["0.50"]

    def test_nothing(self) -> None:
        nodes, edges = graph(3, 0)
        with pytest.raises(BadInput):
            network(nodes.head(0), edges, "", "")


class TestPair:
    def test_r_and_n(self) -> None:
        table = pair()
        expected = np.corrcoef(table["x"], table["y"])[0, 1]
        assert f"Pearson r = {expected:.3f}, n = 50 tissues" in words(file("pair 50", "svg"))

    def test_every_tissue_is_named(self) -> None:
        found = words(file("pair 50", "svg"))
        assert set(TISSUES["label"]) <= set(found)
        axes = figure("pair 50").axes[0]
        assert sorted(int(text.get_text()) for text in axes.texts) == list(range(1, 51))

    def test_numbers_match_the_key(self) -> None:
        drawn, table = figure("pair 50"), pair().set_index("tissue")
        lines = [text.get_text() for text in drawn.texts]
        key = {int(number): name for number, name in pairwise(lines) if number.isdigit()}
        assert len(key) == 50
        for text in drawn.axes[0].texts:
            x, y = table.loc[key[int(text.get_text())], ["x", "y"]]
            assert text.xy == pytest.approx((x, y))

    def test_few_tissues_are_named_in_place(self) -> None:
        axes = figure("pair 6").axes[0]
        assert {text.get_text() for text in axes.texts} == set(TISSUES["label"][:6])
        assert overlaps(boxes_of(axes.texts)) == 0

    def test_missing_is_left_out_and_said(self) -> None:
        table = pair(5)
        table.loc[2, "y"] = np.nan
        drawn = pair_scatter(table, "A", "B", "x", "", "F")
        assert len(drawn.axes[0].collections[0].get_offsets()) == 4
        assert any("not measured in both genes: Amygdala" in text.get_text() for text in drawn.texts)

    def test_constant_gene(self) -> None:
        drawn = pair_scatter(pair(5).assign(x=1.0, system=None), "A", "B", "x", "", "F")
        assert drawn.axes[0].get_title(loc="left") == "Pearson r not defined, n = 5 tissues"

    def test_negative_r_has_a_true_minus(self) -> None:
        table = pair(9)
        drawn = pair_scatter(table.assign(y=-table["x"]), "A", "B", "x", "", "F")
        assert drawn.axes[0].get_title(loc="left") == "Pearson r = −1.000, n = 9 tissues"


def test_no_streamlit_and_no_pyplot_in_the_source() -> None:
    for name in ("publication", "publication_heatmap", "publication_network", "palette"):
        text = (ROOT / "components" / f"{name}.py").read_text()
        assert not re.search(r"^\s*(import|from) (streamlit|matplotlib\.pyplot|plotly)|pyplot as", text, re.MULTILINE)


def test_footer_and_title_fit_the_figure() -> None:
    drawn = figure("bars long names")
    box = publication.extent(drawn)
    for text in drawn.texts:
        assert publication.extent(drawn, text).x1 <= box.x0 + 1.15 * box.width
