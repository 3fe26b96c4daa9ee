"""Profiles as live services serve them: what can be drawn of them, in which unit, and what the files say."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from backend.model import Provenance
from backend.recipe import Recipe
from components import charts, downloads, drawn, gene_facts, gene_recipe, groups, heatmap_chart, heatmap_recipe, palette

UNIT = "log expression of ARCHS4"
LIVE = Provenance(
    "archs4",
    "ARCHS4 (live)",
    "human",
    "via sigpy",
    "live",
    "CC BY-NC-SA 4.0",
    ("Lachmann 2018",),
    unit=UNIT,
    transform="as served",
    z_reference="the 3 tissues",
)
BUNDLED = replace(LIVE, source="hpa", title="Atlas", kind="real", unit="log2(nTPM+1)")


def boxes(**more: object) -> pd.DataFrame:
    """One gene in three tissues, as sigpy has it; more: columns to replace or, with None, to leave out."""
    table = pd.DataFrame(
        {
            "gene": "ALB",
            "tissue": ["Liver", "Lung", "Skin"],
            "system": ["Digestive system", "Respiratory system", "Integumentary system"],
            "organ": ["Liver", "Lung", "Skin"],
            "min": [9.0, 0.1, 0.1],
            "q1": [10.0, 1.0, 0.5],
            "median": [11.0, 2.0, 1.0],
            "q3": [12.0, 3.0, 1.5],
            "max": [13.0, 4.0, 2.0],
            "z": [1.41, -0.6, -0.81],
            "n_samples": [4_213.0, 512.0, 7.0],
            "n_series": [300.0, 40.0, 2.0],
        }
    )
    kept = table.assign(**{name: value for name, value in more.items() if value is not None})
    return kept.drop(columns=[name for name, value in more.items() if value is None])


def z_alone() -> pd.DataFrame:
    table = boxes(median=np.nan, system="")
    return table[["gene", "tissue", "system", "median", "z"]]


def shown(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    return drawn.profile(table, measure, drawn.BY_VALUE, None, ())


class TestMeasures:
    def test_boxes_first_and_no_linear_value_without_a_unit(self) -> None:
        assert gene_recipe.measures(boxes(), UNIT) == [drawn.BOX, drawn.Z, drawn.LOG]
        assert gene_recipe.measures(boxes(n_samples=None, n_series=None), UNIT)[0] == drawn.BOX

    def test_sources_without_boxes_keep_theirs(self) -> None:
        table = boxes()[["gene", "tissue", "system", "median", "z"]]
        assert gene_recipe.measures(table, "log2(nTPM+1)") == [drawn.Z, drawn.LOG, drawn.LINEAR]
        unmeasured = table.assign(median=np.nan, z=np.nan)
        assert gene_recipe.measures(unmeasured, "log2(nTPM+1)") == [drawn.Z, drawn.LOG, drawn.LINEAR]

    def test_z_alone(self) -> None:
        assert gene_recipe.measures(z_alone(), UNIT) == [drawn.Z]
        assert gene_recipe.told(z_alone(), LIVE).unit == drawn.Z_ALONE
        assert gene_recipe.told(boxes(), LIVE) == LIVE
        assert gene_recipe.axis(drawn.Z, gene_recipe.told(z_alone(), LIVE)) == "z-score as served"


class TestFile:
    def file(self, table: pd.DataFrame, measure: str, p: Provenance) -> tuple[str, pd.DataFrame]:
        """Header and table of the CSV."""
        p, rows = gene_recipe.told(table, p), shown(table, measure)
        recipe = gene_recipe.recipe(rows, gene_recipe.Drawn(measure, drawn.BY_VALUE, None), (), p)
        axis = gene_recipe.axis(measure, p)
        text = recipe.csv(gene_recipe.numbers(rows, axis, recipe.provenance), "http://x").decode()
        header = "\n".join(line for line in text.splitlines() if line.startswith("#"))
        return header, pd.read_csv(io.StringIO(text), comment="#")

    def test_of_boxes_holds_them_with_n_and_claims_no_logarithm(self) -> None:
        header, table = self.file(boxes(), drawn.BOX, LIVE)
        assert {f"median: {UNIT}", f"drawn: {UNIT}", "min", "q1", "q3", "max", "n_samples", "n_series"} < set(table)
        assert list(table["min"]) == [9.0, 0.1, 0.1]
        assert "log2" not in header + str(list(table))
        assert "holds n and the box of each tissue, in log expression of ARCHS4, as ARCHS4 serves them" in header
        assert "Whiskers: lowest and highest value, as ARCHS4 serves them." in header

    def test_of_z_alone_holds_no_empty_columns_and_no_unit(self) -> None:
        header, table = self.file(z_alone(), drawn.Z, LIVE)
        assert list(table) == ["gene", "tissue", "drawn: z-score as served"]
        assert list(table["drawn: z-score as served"]) == [1.41, -0.6, -0.81]
        assert UNIT not in header
        assert "reference mean" not in header

    def test_of_linear_values_still_names_the_logarithm_beside_them(self) -> None:
        plain = boxes()[["gene", "tissue", "system", "median", "z"]]
        _, table = self.file(plain, drawn.LINEAR, BUNDLED)
        assert list(table) == ["gene", "tissue", "system", "drawn: nTPM", "z", "log2(nTPM+1)"]
        assert table["drawn: nTPM"].iloc[0] == pytest.approx(2**11 - 1)

    def test_says_when_its_numbers_are_stale(self) -> None:
        note = "Stale: this is what ARCHS4 answered on 02 May 2026, 10:00 UTC."
        old = replace(LIVE, stale=True, fetched_at=datetime(2026, 5, 2, 10, tzinfo=UTC), notes=(note,))
        header, _ = self.file(boxes(), drawn.LOG, old)
        assert "data: accessed 02 May 2026, 10:00 UTC, from a stale cache" in header
        assert note in header


class TestHover:
    def test_says_n_where_it_is_told_and_that_it_is_not_where_not(self) -> None:
        counted, without = groups.behind(boxes()), groups.behind(boxes(n_samples=None, n_series=None))
        assert counted[0] == "n = 4,213 samples in 300 series<br>quartiles 10.00 to 12.00, all 9.00 to 13.00"
        assert counted[2].endswith("few samples: below 10")
        assert without[0] == "n not told<br>quartiles 10.00 to 12.00, all 9.00 to 13.00"

    def test_of_a_gap_holds_no_nan(self) -> None:
        gap = boxes()
        gap.loc[1, ["min", "q1", "median", "q3", "max", "z", "n_samples", "n_series"]] = np.nan
        assert groups.behind(gap)[1] == "n not told"
        assert groups.labels(gap)[1] == "Lung"

    def test_of_z_alone_names_no_value_and_no_consensus(self) -> None:
        rows = shown(z_alone(), drawn.Z)
        p = gene_recipe.told(z_alone(), LIVE)
        figure = charts.profile_bars(rows, "z", p.unit, drawn.Z, False, (-3, 3), gene_recipe.alone(p))
        bar = figure.data[0]
        assert "customdata[2]" not in bar.hovertemplate
        assert "()" not in bar.hovertemplate
        assert {row[3] for row in bar.customdata} == {"n not told"}
        plain = boxes()[["gene", "tissue", "system", "median", "z"]]
        bar = charts.profile_bars(shown(plain, drawn.Z), "z", "u", drawn.Z, False, (-3, 3)).data[0]
        assert {row[3] for row in bar.customdata} == {"n = 1 consensus value"}
        assert "customdata[2]" in bar.hovertemplate


def test_a_box_below_zero_is_inside_the_figure() -> None:
    low, high = charts.profile_limits(shown(boxes(min=[-2.0, 0.1, 0.1]), drawn.BOX), drawn.BOX)
    assert low < -2.0
    assert high > 13.0


def test_a_value_that_only_has_z_is_not_called_unmeasured() -> None:
    table = boxes(median=[11.0, np.nan, np.nan], z=[1.0, -1.0, np.nan])
    assert drawn.why_no_number(table)[1:] == ["only a z-score", drawn.NOT_MEASURED]


def test_tau_says_on_which_numbers_it_stands() -> None:
    said = gene_facts.basis(boxes(), None, LIVE)
    assert "medians of 3 tissues, in log expression of ARCHS4" in said
    assert "not published" in said
    assert gene_facts.basis(z_alone(), None, LIVE) == "The service tells z-scores only, so there is no tau."
    assert gene_facts.basis(boxes(), None, BUNDLED) == ""


def test_cell_lines_of_the_same_name_bear_their_tissue_and_the_highest_are_first() -> None:
    five = {name: [1.0, 3.0, 2.0] for name in ("min", "q1", "median", "q3", "max")}
    table = pd.DataFrame({"cell_line": ["A", "B", "A"], "tissue": ["Lung", "Skin", "Liver"], **five})
    assert list(drawn.cell_lines(table, "ALB", None)["tissue"]) == ["B", "A (Liver)", "A (Lung)"]
    assert list(drawn.cell_lines(table, "ALB", 1)["median"]) == [3.0]


class TestHeatmap:
    def drawing(self, table: pd.DataFrame, unit: str) -> drawn.HeatmapDrawing:
        options = drawn.HeatmapOptions(cluster_genes=False, cluster_tissues=False)
        return drawn.heatmap(table, unit, options)

    def test_n_of_a_tissue_that_the_first_gene_lacks_is_that_of_the_next(self) -> None:
        gap, whole = boxes(), boxes(gene="TP53")
        gap.loc[1, ["median", "z", "n_samples", "n_series"]] = np.nan
        found = self.drawing(pd.concat([gap, whole], ignore_index=True), UNIT)
        assert np.isnan(found.z[0, 1])
        assert found.z[1, 1] == -0.6
        band = next(part for part in heatmap_chart.heatmap(found, False).data if part.name == "organ system")
        assert band.text[0][1] == "Lung (Respiratory system)<br>n = 512 in 40 series"

    def test_n_that_no_gene_tells_is_left_out_of_the_hover(self) -> None:
        found = self.drawing(boxes(n_samples=np.nan, n_series=np.nan), UNIT)
        band = next(part for part in heatmap_chart.heatmap(found, False).data if part.name == "organ system")
        assert "nan" not in "".join(band.text[0])

    def test_of_z_alone_names_no_value(self) -> None:
        found = self.drawing(z_alone(), drawn.Z_ALONE)
        cells = next(part for part in heatmap_chart.heatmap(found, False).data if part.name == "z")
        assert "customdata" not in cells.hovertemplate
        options = drawn.HeatmapOptions()
        p = gene_recipe.told(z_alone(), LIVE)
        recipe: Recipe = heatmap_recipe.recipe(found, options, (), p, 1, "3 tissues")
        assert "z-score as served, clipped" in recipe.legend
        assert "reference mean" not in recipe.methods()


class TestColours:
    SYSTEMS = (
        "Cardiovascular system",
        "Connective tissue",
        "Digestive system",
        "Immune system",
        "Integumentary system",
        "Muscular system",
        "Nervous system",
        "Respiratory system",
        "Urogenital/reproductive system",
    )

    def test_each_system_has_its_own_whatever_else_is_drawn(self) -> None:
        every = palette.system_colours(self.SYSTEMS)
        assert len(set(every.values())) == len(self.SYSTEMS)
        for name in self.SYSTEMS:
            assert palette.system_colours([name]) == {name: every[name]}

    def test_none_is_shared_with_the_system_it_is_like(self) -> None:
        both = palette.system_colours(["Brain", "Nervous system", "Skin"])
        assert len(set(both.values())) == 3
        assert both["Brain"] == palette.system_colours(["Brain"])["Brain"]


def test_a_figure_on_paper_bears_the_mark_of_stale_numbers() -> None:
    rows = shown(boxes(), drawn.BOX)
    old = replace(LIVE, stale=True, fetched_at=datetime(2026, 5, 2, 10, tzinfo=UTC))
    footers: list[str] = []
    for p in (old, LIVE):
        recipe = gene_recipe.recipe(rows, gene_recipe.Drawn(drawn.BOX, drawn.BY_VALUE, None), (), p)
        footers.append(downloads.footer(recipe))
    assert "STALE: numbers of 2026-05-02, 10:00 UTC" in footers[0]
    assert "STALE" not in footers[1]
    assert all(UNIT in footer for footer in footers)
