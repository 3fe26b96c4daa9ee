"""Heatmap: the list is sorted out before it is drawn, and what is drawn equals the data."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist
from scipy.stats import rankdata

from tests.pages.conftest import (
    Atlas,
    Figure,
    Open,
    captions,
    figures,
    messages,
    numbers,
    same_from_its_address,
    same_from_its_link,
    standing,
    trace,
)

GENES = "ALB,INS,TG,PRM1,UMOD,SFTPC,MYH6,GFAP,KRT5,CD3E"
LIST = GENES.split(",")
LINKAGES = ("average", "complete", "single", "ward")
METRICS = ("pearson", "spearman", "euclidean", "cosine")


def cells(at) -> Figure:
    """The trace of the cells."""
    return trace(figures(at)[0], "z")


def expected_z(atlas: Atlas, genes: list[str], tissues: list[str]) -> np.ndarray:
    return np.array([atlas.z(gene)[tissues] for gene in genes])


def dendrograms(at) -> set[str]:
    """The axes that dendrograms are drawn on: x3 above the columns, x4 beside the rows."""
    return {trace["xaxis"] for trace in figures(at)[0]["data"] if trace.get("xaxis") in ("x3", "x4")}


def triage(at, where: str = "triage-outcome") -> dict[str, tuple[str, str, bool]]:
    """Entered name -> (status, gene, drawn)."""
    table = next(frame.value for frame in at.expander(where).dataframe if "Entered" in frame.value.columns)
    return {row.Entered: (row.Status, row.Gene, row.Drawn) for row in table.itertuples()}


def paste(at, text: str):
    at.text_area[0].set_value(text)
    return at.run()


def draw(at):
    (button,) = (button for button in at.main.button if button.label.startswith("Draw"))
    button.click()
    return standing(at.run())


def legend(at) -> str:
    return next(code.value for code in at.code if code.value.startswith("Heatmap of"))


def test_a_first_visit_shows_a_finished_map(open_page: Open, atlas: Atlas) -> None:
    at = standing(open_page("heatmap"))
    map_ = cells(at)
    assert len(map_["y"]) == 20
    assert set(map_["x"]) == set(atlas.tissues)
    np.testing.assert_allclose(numbers(map_["z"]), expected_z(atlas, map_["y"], map_["x"]), atol=1e-3)
    values = np.array([atlas.log(gene)[map_["x"]] for gene in map_["y"]])
    np.testing.assert_allclose(numbers(map_["customdata"]), values, atol=1e-3)
    assert (map_["zmin"], map_["zmid"], map_["zmax"]) == (-3, 0, 3)
    assert map_["colorbar"]["title"]["text"] == "z-score, clipped at ±3"
    assert numbers(map_["z"]).max() > 3, "the clip is of the colours, not of the numbers"
    assert trace(figures(at)[0], "genes")["customdata"] == map_["y"]
    assert dendrograms(at) == {"x3", "x4"}
    assert messages(at) == ""


def test_the_bar_above_names_the_organ_system_of_each_column(open_page: Open, atlas: Atlas) -> None:
    at = open_page("heatmap", genes=GENES)
    system = dict(zip(atlas.tissues, atlas.systems, strict=True))
    bar = trace(figures(at)[0], "organ system")
    assert bar["x"] == cells(at)["x"]
    assert bar["text"][0] == [system[tissue] for tissue in bar["x"]]
    legend = " ".join(html.value for html in at.main.html)
    assert all(name.replace("&", "&amp;") in legend for name in set(atlas.systems))


def test_blue_is_low_and_red_is_high(open_page: Open) -> None:
    scale = cells(open_page("heatmap"))
    ends = [scale["colorscale"][0][1], scale["colorscale"][-1][1]]
    low, high = ends[::-1] if scale.get("reversescale") else ends
    (low_red, _, low_blue), (high_red, _, high_blue) = (
        [int(part) for part in colour.strip("rgb()").split(",")] for colour in (low, high)
    )
    assert low_blue > low_red
    assert high_red > high_blue


@pytest.mark.parametrize("genes", [True, False])
@pytest.mark.parametrize("tissues", [True, False])
def test_each_axis_has_its_own_switch(open_page: Open, atlas: Atlas, genes: bool, tissues: bool) -> None:
    at = open_page("heatmap", genes=GENES)
    at.toggle("cluster_genes").set_value(genes)
    at.toggle("cluster_tissues").set_value(tissues)
    standing(at.run())
    map_ = cells(at)
    assert (map_["y"] == LIST) == (not genes)
    assert (map_["x"] == atlas.tissues) == (not tissues)
    assert dendrograms(at) == ({"x4"} if genes else set()) | ({"x3"} if tissues else set())
    np.testing.assert_allclose(numbers(map_["z"]), expected_z(atlas, map_["y"], map_["x"]), atol=1e-3)
    assert at.query_params.get("cluster_genes") == (None if genes else "0")
    assert at.query_params.get("cluster_tissues") == (None if tissues else "0")
    same_from_its_address(open_page, "heatmap", at)
    same_from_its_link(open_page, at)


def scipy_order(z: np.ndarray, linkage: str, metric: str) -> list[int]:
    """Leaves in optimal order, straight from SciPy."""
    rows = rankdata(z, axis=1) if metric == "spearman" else z
    apart = pdist(rows, {"pearson": "correlation", "spearman": "correlation"}.get(metric, metric))
    return list(hierarchy.leaves_list(hierarchy.linkage(apart, linkage, optimal_ordering=True)))


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("metric", METRICS)
def test_linkage_and_metric_order_the_rows_as_scipy_does(
    open_page: Open, atlas: Atlas, linkage: str, metric: str
) -> None:
    at = standing(open_page("heatmap", genes=GENES, linkage=linkage, metric=metric))
    if linkage == "ward" and metric != "euclidean":
        assert "Ward linkage is defined for euclidean distance only" in messages(at)
        assert not figures(at)
        assert at.selectbox("linkage").value == "ward", "the choice stays, so that it can be changed"
        return
    assert messages(at) == ""
    shown = [LIST.index(gene) for gene in cells(at)["y"]]
    order = scipy_order(expected_z(atlas, LIST, atlas.tissues), linkage, metric)
    assert shown in (order, order[::-1])
    assert f"{linkage} linkage" in legend(at)


def test_without_clustering_ward_and_pearson_may_stand_together(open_page: Open) -> None:
    at = open_page("heatmap", genes=GENES, linkage="ward", cluster_genes="0", cluster_tissues="0")
    assert cells(standing(at))["y"] == LIST


@pytest.mark.parametrize("clip", [1.0, 4.5, 7.0])
def test_the_clip_is_in_the_colours_and_in_the_title(open_page: Open, clip: float) -> None:
    at = open_page("heatmap", genes=GENES)
    before = numbers(cells(at)["z"])
    at.slider("clip").set_value(clip)
    map_ = cells(standing(at.run()))
    assert (map_["zmin"], map_["zmax"]) == (-clip, clip)
    assert map_["colorbar"]["title"]["text"] == f"z-score, clipped at ±{clip:g}"
    np.testing.assert_array_equal(numbers(map_["z"]), before)


@pytest.mark.parametrize("top", [10, 20, 30])
def test_top_keeps_the_tissues_of_largest_z(open_page: Open, atlas: Atlas, top: int) -> None:
    at = standing(open_page("heatmap", genes=GENES, top=str(top), cluster_tissues="0"))
    strength = np.abs(expected_z(atlas, LIST, atlas.tissues)).max(axis=0)
    wanted = {atlas.tissues[i] for i in np.argsort(-strength, kind="stable")[:top]}
    shown = cells(at)["x"]
    assert set(shown) == wanted
    assert shown == [tissue for tissue in atlas.tissues if tissue in wanted]
    assert "largest |z|" in legend(at)


def test_a_single_gene_is_one_row(open_page: Open, atlas: Atlas) -> None:
    at = standing(open_page("heatmap", genes="ALB"))
    map_ = cells(at)
    assert map_["y"] == ["ALB"]
    np.testing.assert_allclose(numbers(map_["z"]), expected_z(atlas, ["ALB"], map_["x"]), atol=1e-3)
    assert "clustered" not in legend(at), "one row has no tree, and nothing is said of one"


def test_the_same_gene_twice_is_drawn_once_and_told(open_page: Open) -> None:
    at = standing(open_page("heatmap", genes="ALB,alb"))
    assert cells(at)["y"] == ["ALB"]
    assert triage(at)["alb"] == ("duplicate", "ALB", False)
    assert "2 names entered, 1 gene is drawn." in captions(at)


def test_missing_and_constant_stay_empty_cells_on_grey(open_page: Open, atlas: Atlas) -> None:
    at = standing(open_page("heatmap", genes="OR12D3,ALB,MUC2,INS,TG"))
    map_ = cells(at)
    z = numbers(map_["z"])
    assert set(map_["y"]) == {"OR12D3", "ALB", "MUC2", "INS", "TG"}
    assert np.isnan(z[map_["y"].index("OR12D3")]).all()
    holes = np.isnan(z[map_["y"].index("MUC2")])
    absent = atlas.log("MUC2").isna()
    assert {tissue for tissue, hole in zip(map_["x"], holes, strict=True) if hole} == set(absent.index[absent])
    np.testing.assert_allclose(z, expected_z(atlas, map_["y"], map_["x"]), atol=1e-3)
    ground = figures(at)[0]["layout"]["shapes"][0]
    assert ground["layer"] == "below"
    red, green, blue = (int(ground["fillcolor"][i : i + 2], 16) for i in (1, 3, 5))
    assert max(red, green, blue) - min(red, green, blue) < 20, "missing is grey"
    assert "MUC2 was not measured in 9 tissues." in captions(at)


@pytest.mark.parametrize("linkage", LINKAGES)
def test_a_list_of_constant_genes_alone_is_no_crash(open_page: Open, linkage: str) -> None:
    at = standing(
        open_page(
            "heatmap",
            genes="OR12D3,PRAMEF1,TAS2R8",
            linkage=linkage,
            metric="euclidean" if linkage == "ward" else "cosine",
        )
    )
    assert np.isnan(numbers(cells(at)["z"])).all()


def test_a_mixed_list_is_sorted_out_and_only_the_usable_is_drawn(open_page: Open) -> None:
    entered = "ALB,PD-L1,1-Mar,MARCH1,7-Sep,cd3e,CD3E,SEPT9,p53,NOTAGENE,Ins1,ENSG00000254647.9,1-Dec,7157"
    at = standing(open_page("heatmap", genes=entered))
    assert triage(at) == {
        "ALB": ("current symbol", "ALB", True),
        "PD-L1": ("renamed", "CD274", True),
        "1-Mar": ("ambiguous", "", False),
        "MARCH1": ("renamed", "MARCHF1", True),
        "7-Sep": ("date repaired", "SEPTIN7", True),
        "cd3e": ("current symbol", "CD3E", True),
        "CD3E": ("duplicate", "CD3E", False),
        "SEPT9": ("renamed", "SEPTIN9", True),
        "p53": ("renamed", "TP53", True),
        "NOTAGENE": ("absent", "", False),
        "Ins1": ("ortholog", "INS", True),
        "ENSG00000254647.9": ("duplicate", "INS", False),
        "1-Dec": ("absent", "", False),
        "7157": ("duplicate", "TP53", False),
    }
    assert sorted(cells(at)["y"]) == sorted(["ALB", "CD274", "MARCHF1", "SEPTIN7", "CD3E", "SEPTIN9", "TP53", "INS"])
    assert "14 names entered, 8 genes are drawn." in captions(at)
    notes = next(f.value for f in at.expander("triage-outcome").dataframe).set_index("Entered")["Note"]
    assert "MARCHF1, MTARC1" in notes["1-Mar"]
    assert "nearest" in notes["NOTAGENE"]


def test_a_list_without_any_gene_is_told(open_page: Open) -> None:
    at = standing(open_page("heatmap", genes="NOTAGENE,NORTHIS"))
    assert "None of these names is a gene of this source" in messages(at)
    assert not figures(at)
    assert set(triage(at)) == {"NOTAGENE", "NORTHIS"}


def test_five_hundred_genes_are_drawn(open_page: Open, atlas: Atlas) -> None:
    at = standing(open_page("heatmap", genes=",".join(atlas.symbols[:500])))
    map_ = cells(at)
    assert len(map_["y"]) == 500
    known = [row for row, gene in enumerate(map_["y"]) if gene in atlas.symbols]
    assert len(known) > 450
    expected = expected_z(atlas, [map_["y"][row] for row in known], map_["x"])
    np.testing.assert_allclose(numbers(map_["z"])[known], expected, atol=1e-3)
    assert messages(at) == ""


def test_one_gene_too_many_in_the_address_is_told_and_nothing_is_cut(open_page: Open, atlas: Atlas) -> None:
    at = standing(open_page("heatmap", genes=",".join(atlas.symbols[:501])))
    assert "501 genes; a heatmap draws up to 500." in messages(at)
    assert not figures(at)


def test_pasting_too_many_genes_tells_the_cap_before_drawing(open_page: Open, atlas: Atlas) -> None:
    at = standing(paste(open_page("heatmap"), "\n".join(atlas.symbols[:530])))
    assert "The cap is 500 genes: the first 500 of 530 would be drawn." in messages(at)
    assert [button.label for button in at.main.button] == ["Draw 500 genes"]
    draw(at)
    assert len(cells(at)["y"]) == 500
    assert set(triage_of(at, atlas.symbols[:500])) >= set(cells(at)["y"])
    same_from_its_address(open_page, "heatmap", at)
    same_from_its_link(open_page, at)


def triage_of(at, symbols: list[str]) -> set[str]:
    """Today's symbols of the atlas's: most are the same, the renamed stand in the triage."""
    renamed = {entered: gene for entered, (_, gene, _) in triage(at).items()}
    return {renamed.get(symbol, symbol) for symbol in symbols}


def test_a_pasted_list_is_triaged_first_and_drawn_on_demand(open_page: Open) -> None:
    at = open_page("heatmap", genes=GENES)
    before = figures(at)
    standing(paste(at, "CD19; MS4A1 | cd3e\nCD8A\tp53, NOTAGENE CD19"))
    assert figures(at) == before, "nothing changes before Draw"
    assert at.query_params["genes"] == GENES
    statuses = {name: row[0] for name, row in triage(at, "genes-editor").items()}
    assert statuses["p53"] == "renamed"
    assert statuses["NOTAGENE"] == "absent"
    summary = next(text.value for text in at.main.markdown if "current symbol" in text.value)
    assert summary == "**4 current symbol, 1 renamed, 1 duplicate, 1 absent**"
    draw(at)
    assert at.query_params["genes"] == "CD19,MS4A1,cd3e,CD8A,p53,NOTAGENE,CD19"
    assert sorted(cells(at)["y"]) == ["CD19", "CD3E", "CD8A", "MS4A1", "TP53"]
    assert not [button for button in at.main.button if button.label.startswith("Draw")]
    same_from_its_address(open_page, "heatmap", at)
    same_from_its_link(open_page, at)


def test_a_list_without_usable_names_cannot_be_drawn(open_page: Open) -> None:
    at = standing(paste(open_page("heatmap"), "NOTAGENE NORTHIS"))
    (button,) = at.main.button
    assert button.disabled
    assert set(triage(at, "genes-editor")) == {"NOTAGENE", "NORTHIS"}


def test_an_emptied_box_says_what_to_do(open_page: Open) -> None:
    at = standing(paste(open_page("heatmap"), "  \n ,; "))
    assert "Paste at least one gene name." in captions(at)
    assert not at.main.button


def test_a_list_that_looks_compressed_still_comes_back(open_page: Open) -> None:
    at = draw(paste(open_page("heatmap"), "z.ALB INS TG"))
    assert sorted(cells(at)["y"]) == ["INS", "TG"]
    same_from_its_address(open_page, "heatmap", at)


def test_a_long_list_of_many_byte_names_still_comes_back(open_page: Open) -> None:
    words = [f"{'遺伝子発現解析' * 9}{i}" for i in range(300)]
    at = draw(paste(open_page("heatmap"), " ".join(["ALB", *words])))
    assert messages(at) == ""
    assert cells(at)["y"] == ["ALB"]


@pytest.mark.parametrize("damaged", ["z.", "z.eJwz", "z.!!!!", "z.AAAA"])
def test_a_damaged_list_in_the_address_is_told(open_page: Open, damaged: str) -> None:
    at = standing(open_page("heatmap", genes=damaged))
    assert "The gene list in this link is damaged or cut." in messages(at)
    assert not figures(at)
    assert cells(draw(paste(at, "ALB INS")))["y"] == ["ALB", "INS"]  # a new list is pasted in its place


def test_a_gene_can_be_opened_from_the_list_below_the_figure(open_page: Open) -> None:
    at = open_page("heatmap", genes=GENES)
    at.selectbox("open").set_value("INS")
    standing(at.run())
    assert at.query_params == {"gene": "INS"}
    assert "*INS*" in at.main.markdown[0].value


def test_a_click_on_a_gene_name_opens_its_profile_and_a_click_on_a_cell_does_not(open_page: Open) -> None:
    at = open_page("heatmap", genes=GENES)

    def click(data: object) -> None:
        points = {"points": [{"customdata": data, "point_index": 0}], "point_indices": [0], "box": [], "lasso": []}
        at.session_state["heatmap"] = {"selection": points}
        standing(at.run())

    click(5.3)
    assert at.query_params == {"genes": GENES}
    click("INS")
    assert at.query_params == {"gene": "INS"}
    assert "*INS*" in at.main.markdown[0].value


def test_the_table_twin_holds_the_drawn_numbers(open_page: Open) -> None:
    at = standing(open_page("heatmap", genes=GENES, top="10"))
    table = at.expander("heatmap-twin").dataframe[0].value
    map_ = cells(at)
    assert list(dict.fromkeys(table["gene"])) == map_["y"]
    assert list(table["tissue"][:10]) == map_["x"]
    np.testing.assert_allclose(table["z"].to_numpy().reshape(10, 10), numbers(map_["z"]), atol=1e-3)


@pytest.mark.parametrize(
    ("key", "value", "default"),
    [
        ("top", "10", "all"),
        ("linkage", "complete", "average"),
        ("metric", "euclidean", "pearson"),
        ("clip", 2.5, 3.0),
    ],
)
def test_every_option_goes_into_the_address_and_comes_back_from_it(
    open_page: Open, key: str, value: object, default: object
) -> None:
    at = open_page("heatmap")
    before = figures(at)
    kind = "slider" if key == "clip" else "selectbox"
    getattr(at, kind)(key).set_value(value)
    standing(at.run())
    assert at.query_params == {key: str(value)}
    assert figures(at) != before
    again = same_from_its_address(open_page, "heatmap", at)
    same_from_its_link(open_page, at)
    getattr(again, kind)(key).set_value(default)
    standing(again.run())
    assert again.query_params == {}
    assert figures(again) == before
