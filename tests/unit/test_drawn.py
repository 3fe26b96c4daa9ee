"""What figures draw: selection, order, measure, and the heatmap's rows and columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist

from backend import api
from backend.errors import BadInput
from components import drawn

UNIT = "log2(nTPM+1)"


@pytest.fixture
def two_genes() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "gene": ["A"] * 4 + ["B"] * 4,
            "tissue": ["Liver", "Skin", "Brain", "Eye"] * 2,
            "system": ["L", "S", "B", "B"] * 2,
            "median": [3.0, 1.0, 2.0, np.nan, 0.0, 5.0, 0.5, 7.0],
            "z": [1.2, -1.2, 0.0, np.nan, -1.1, 0.6, -0.9, 1.4],
        }
    )


def tissues(table: pd.DataFrame, gene: str) -> list[str]:
    return list(table.loc[table["gene"] == gene, "tissue"])


def test_profile_is_sorted_by_the_first_gene_with_missing_last(two_genes: pd.DataFrame) -> None:
    shown = drawn.profile(two_genes, drawn.Z, drawn.BY_VALUE, None, ())
    assert tissues(shown, "A") == tissues(shown, "B") == ["Liver", "Brain", "Skin", "Eye"]


def test_top_keeps_the_tissues_where_any_gene_is_highest(two_genes: pd.DataFrame) -> None:
    shown = drawn.profile(two_genes, drawn.Z, drawn.BY_VALUE, 2, ())
    assert set(shown["tissue"]) == {"Eye", "Liver"}


def test_profile_by_name_and_by_system(two_genes: pd.DataFrame) -> None:
    assert tissues(drawn.profile(two_genes, drawn.Z, drawn.BY_NAME, None, ()), "A") == ["Brain", "Eye", "Liver", "Skin"]
    by_system = drawn.profile(two_genes, drawn.Z, drawn.BY_SYSTEM, None, ())
    assert tissues(by_system, "A") == ["Brain", "Eye", "Liver", "Skin"]
    assert list(by_system["system"][:4]) == ["B", "B", "L", "S"]


def test_only_chosen_systems(two_genes: pd.DataFrame) -> None:
    assert set(drawn.profile(two_genes, drawn.Z, drawn.BY_VALUE, None, ("B",))["tissue"]) == {"Brain", "Eye"}
    with pytest.raises(BadInput):
        drawn.profile(two_genes, drawn.Z, drawn.BY_VALUE, None, ("nowhere",))


def test_linear_values_undo_the_logarithm_and_keep_missing(two_genes: pd.DataFrame) -> None:
    shown = drawn.profile(two_genes, drawn.LINEAR, drawn.BY_VALUE, None, ()).set_index(["gene", "tissue"])["value"]
    assert shown["A", "Liver"] == pytest.approx(7.0)
    assert shown["B", "Liver"] == pytest.approx(0.0)
    assert np.isnan(shown["A", "Eye"])
    assert drawn.linear_unit(UNIT) == "nTPM"


GENES = ["ALB", "INS", "TG", "PRM1", "UMOD", "SFTPC", "MYH6"]


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    return api.tissue_profiles("hpa", GENES).value


def test_as_entered_keeps_the_entered_order(panel: pd.DataFrame) -> None:
    options = drawn.HeatmapOptions(cluster_genes=False, cluster_tissues=False)
    drawing = drawn.heatmap(panel, UNIT, options)
    assert drawing.genes == GENES
    assert (drawing.row_lines, drawing.column_lines) == ([], [])
    wide = panel.pivot_table(index="gene", columns="tissue", values="z", sort=False)
    np.testing.assert_array_equal(drawing.z, wide.loc[GENES, drawing.tissues])


@pytest.mark.parametrize(("linkage", "metric"), [("average", "pearson"), ("ward", "euclidean"), ("single", "cosine")])
def test_clustered_order_is_scipys(panel: pd.DataFrame, linkage: str, metric: str) -> None:
    drawing = drawn.heatmap(panel, UNIT, drawn.HeatmapOptions(linkage=linkage, metric=metric, cluster_tissues=False))
    wide = panel.pivot_table(index="gene", columns="tissue", values="z", sort=False).loc[GENES].to_numpy()
    distance = pdist(wide, {"pearson": "correlation"}.get(metric, metric))
    tree = hierarchy.optimal_leaf_ordering(hierarchy.linkage(distance, linkage), distance)
    expected = [GENES[leaf] for leaf in hierarchy.leaves_list(tree)]
    assert drawing.genes in (expected, expected[::-1])
    heights = sorted(max(ys) for _, ys in drawing.row_lines)
    np.testing.assert_allclose(heights, sorted(tree[:, 2]), atol=1e-9)


def test_cells_move_with_their_names(panel: pd.DataFrame) -> None:
    drawing = drawn.heatmap(panel, UNIT, drawn.HeatmapOptions())
    table = drawing.table().set_index(["gene", "tissue"])
    entered = panel.set_index(["gene", "tissue"])
    np.testing.assert_array_equal(table["z"], entered.loc[table.index, "z"])
    np.testing.assert_array_equal(table["value"], entered.loc[table.index, "median"])
    assert dict(zip(drawing.tissues, drawing.systems, strict=True)) == dict(
        zip(panel["tissue"], panel["system"], strict=True)
    )


def test_top_tissues_are_those_of_largest_absolute_z(panel: pd.DataFrame) -> None:
    drawing = drawn.heatmap(panel, UNIT, drawn.HeatmapOptions(top=7))
    largest = panel.groupby("tissue")["z"].agg(lambda z: z.abs().max()).nlargest(7)
    assert set(drawing.tissues) == set(largest.index)


def test_ward_wants_euclidean(panel: pd.DataFrame) -> None:
    with pytest.raises(BadInput, match=r"(?i)euclid"):
        drawn.heatmap(panel, UNIT, drawn.HeatmapOptions(linkage="ward", metric="pearson"))


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_genes_are_drawn_unclustered(panel: pd.DataFrame, count: int) -> None:
    few = panel[panel["gene"].isin(GENES[:count])]
    drawing = drawn.heatmap(few, UNIT, drawn.HeatmapOptions())
    assert sorted(drawing.genes) == sorted(GENES[:count])
    assert drawing.row_lines == []


def test_constant_and_missing_rows_stay_missing_and_last(panel: pd.DataFrame) -> None:
    flat = panel[panel["gene"] == "ALB"].assign(gene="FLAT", z=np.nan, median=0.0)
    drawing = drawn.heatmap(pd.concat([flat, panel]), UNIT, drawn.HeatmapOptions())
    assert drawing.genes[-1] == "FLAT"
    assert np.isnan(drawing.z[-1]).all()


def test_the_colour_bar_says_the_clip(panel: pd.DataFrame) -> None:
    assert drawn.heatmap(panel, UNIT, drawn.HeatmapOptions(clip=2.5)).colour_title == "z-score, clipped at ±2.5"


def test_cohorts_leave_out_what_was_not_measured() -> None:
    table = pd.DataFrame(
        {"cohort": list("abc"), "name": list("ABC"), "unit": ["u", "t", "u"], "value": [1.0, 5.0, np.nan]}
    )
    assert list(drawn.cohorts(table)["cohort"]) == ["b", "a"]
