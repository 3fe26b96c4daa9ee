"""Paper figures hold the numbers of their tables, and nothing overlaps or is clipped."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import to_hex

from backend.errors import BadInput, TooLarge
from components import palette, publication
from components.drawn import HeatmapDrawing
from components.publication import cohort_bars, profile_bars, to_bytes
from components.publication_boxes import profile_boxes
from components.publication_heatmap import heatmap
from components.publication_network import network, pair_scatter
from tests.unit.paper_material import (
    COHORTS,
    MAGIC,
    ROOT,
    SIX,
    TISSUES,
    boxes,
    boxes_of,
    cohorts,
    drawing,
    figure,
    file,
    graph,
    overlaps,
    pair,
    profile,
    words,
)


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
        assert [text.get_style() for text in drawn.texts if text.get_text() == "EGFR"] == ["italic"]
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
