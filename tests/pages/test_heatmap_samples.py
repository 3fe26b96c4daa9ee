"""Heatmap, on a file of samples: tissues of a pool, and chosen samples with z among themselves."""

from __future__ import annotations

import numpy as np
import pytest

from backend import api
from backend.model import Choice
from tests.pages.conftest import (
    AtlasSource,
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

GENES = "ALB,GAPDH,INS,ACTB"


def cells(at):
    return trace(figures(at)[0], "z")


def expected_z(source: AtlasSource, genes: list[str], samples: list[str]) -> np.ndarray:
    places = [source.raw.samples.index(name) for name in samples]
    values = np.array([source.raw.values(gene)[places] for gene in genes])
    sd = values.std(axis=1, keepdims=True)
    return (values - values.mean(axis=1, keepdims=True)) / np.where(sd > 0, sd, np.nan)


def names(source: AtlasSource, query: str) -> set[str]:
    """The hits of a search that have reads."""
    found = api.search_samples(source.key, query, "human", 0, 500).value.rows["sample"]
    return {name for name in found if source.raw.sizes[source.raw.samples.index(name)]}


@pytest.mark.parametrize("pool", ["bulk", "both"])
def test_tissues_of_a_pool_hide_and_mark_the_small_ones(open_page: Open, atlas_source: AtlasSource, pool: str) -> None:
    at = standing(open_page("heatmap", source=atlas_source.key, genes=GENES, pool=pool))
    table = api.tissue_profile(atlas_source.key, "ALB", "human", Choice(pool)).value.set_index("tissue")
    small = set(table.index[(table["n_samples"] < 3)]) - {"Unlabelled", "Cell line"}
    shown = {name.rstrip("*"): name for name in cells(at)["x"]}
    assert set(shown) == set(table.index) - small
    assert {tissue for tissue, name in shown.items() if name.endswith("*")} == {
        tissue for tissue in shown if table.loc[tissue, "n_samples"] < 10
    }
    drawn = numbers(cells(at)["z"])[cells(at)["y"].index("ALB")]
    np.testing.assert_allclose(drawn, table.loc[[n.rstrip("*") for n in cells(at)["x"]], "z"], atol=1e-3)
    assert (f"{len(small)} tissue" in captions(at)) == bool(small)
    at.toggle("small").set_value(True)
    standing(at.run())
    assert {name.rstrip("*") for name in cells(at)["x"]} == set(table.index)
    same_from_its_address(open_page, "heatmap", at)


def test_samples_of_a_tissue_are_compared_with_each_other(open_page: Open, atlas_source: AtlasSource) -> None:
    at = open_page("heatmap", source=atlas_source.key, genes=GENES)
    at.segmented_control("columns").set_value("samples")
    standing(at.run())
    at.selectbox("of").set_value("tissue:Liver")
    standing(at.run())
    map_ = cells(at)
    assert set(map_["x"]) == names(atlas_source, 'tissue:"Liver" AND pool:bulk')
    np.testing.assert_allclose(numbers(map_["z"]), expected_z(atlas_source, map_["y"], map_["x"]), atol=2e-3)
    assert f"z against the {len(map_['x'])} samples drawn (population SD)" in captions(at)
    assert set(trace(figures(at)[0], "tissue")["x"]) == set(map_["x"])
    assert any("SIMULATED DATA" in note["text"] for note in figures(at)[0]["layout"]["annotations"])
    table = at.expander("heatmap-twin").dataframe[0].value
    assert {"gene", "sample", "tissue", "series", "title", "z"} <= set(table.columns)
    same_from_its_address(open_page, "heatmap", at)
    same_from_its_link(open_page, at)


def test_samples_of_a_cohort_in_the_pool(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(
        open_page(
            "heatmap",
            source=atlas_source.key,
            genes=GENES,
            columns="samples",
            of="cohort:Two",
            cohort=["Two|liver OR blood"],
            cluster_tissues="0",
        )
    )
    assert set(cells(at)["x"]) == names(atlas_source, "(liver OR blood) AND pool:bulk")
    assert "cohort “Two” (liver OR blood)" in captions(at)
    text = trace(figures(at)[0], "tissue")["text"][0]
    assert any("Liver" in one for one in text)
    same_from_its_link(open_page, at)


def test_the_basket_goes_into_the_address_as_a_list(open_page: Open, atlas_source: AtlasSource) -> None:
    rows = api.search_samples(atlas_source.key, "blood", "human", 0, 4).value.rows
    at = open_page("heatmap", source=atlas_source.key, genes=GENES, columns="samples")
    at.session_state["basket"] = {row["sample"]: row for row in rows.drop(columns="spans").to_dict("records")}
    standing(at.run())
    at.selectbox("of").set_value("basket")
    standing(at.run())
    assert set(cells(at)["x"]) == set(rows["sample"])
    assert at.query_params["of"] == "list"
    again = same_from_its_address(open_page, "heatmap", at)
    assert set(cells(again)["x"]) == set(rows["sample"])


def test_too_many_cells_and_too_few_samples_are_told(open_page: Open, atlas_source: AtlasSource) -> None:
    few = sorted(names(atlas_source, "liver"))[:2]
    at = open_page("heatmap", source=atlas_source.key, genes=GENES, columns="samples", of="list", samples=",".join(few))
    assert "a z-score needs at least 3 samples, these are 2" in messages(at)
    many = ",".join(f"GSM{number}" for number in range(501))
    at = open_page("heatmap", source=atlas_source.key, genes=GENES, columns="samples", of="list", samples=many)
    assert "The list has 501 samples; a heatmap draws up to 500." in messages(at)
    genes = ",".join(atlas_source.raw.ensembl[:400])
    at = open_page(
        "heatmap",
        source=atlas_source.key,
        genes=genes,
        columns="samples",
        of="cohort:All",
        cohort=["All|pool:bulk OR pool:single-cell"],
        pool="both",
    )
    assert "the cap is 50,000" in messages(at)


def test_samples_not_in_the_file_are_named_and_left_out(open_page: Open, atlas_source: AtlasSource) -> None:
    some = sorted(names(atlas_source, "liver"))[:5]
    at = standing(
        open_page(
            "heatmap",
            source=atlas_source.key,
            genes=GENES,
            columns="samples",
            of="list",
            samples=",".join([*some, "GSM1"]),
        )
    )
    assert set(cells(at)["x"]) == set(some)
    assert "GSM1" in captions(at)


def test_a_source_without_samples_has_no_such_columns(open_page: Open) -> None:
    at = standing(open_page("heatmap", columns="samples", pool="both"))
    assert not [control for control in at.main.segmented_control if control.key in ("columns", "pool")]
    assert trace(figures(at)[0], "organ system")
