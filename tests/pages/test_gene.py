"""Gene: what is drawn equals the data, whatever name was typed and whatever is chosen."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from tests.pages.conftest import (
    Atlas,
    Figure,
    Open,
    bars,
    captions,
    figures,
    messages,
    same_from_its_address,
    same_from_its_link,
    standing,
    unescaped,
)

SIX = ["INS", "GCG", "TG", "PRM1", "UMOD", "MYH6"]
NOT_MEASURED = {
    "Amygdala",
    "Basal ganglia",
    "Cerebellum",
    "Hippocampal formation",
    "Hypothalamus",
    "Midbrain",
    "Pituitary gland",
    "Spinal cord",
    "Vagina",
}


def drawn(at) -> pd.Series:
    """The bars of the first figure."""
    return bars(figures(at)[0])


def close(shown: pd.Series, expected: pd.Series) -> None:
    """The shown numbers are the expected ones of the same tissues."""
    assert set(shown.index) <= set(expected.index)
    np.testing.assert_allclose(shown.to_numpy(), expected[shown.index].to_numpy(), atol=1e-4, rtol=1e-5)


def told_in(figure: Figure) -> str:
    """Everything written in a figure."""
    return json.dumps(figure["data"], ensure_ascii=False)


def test_a_first_visit_shows_albumin_with_liver_on_top(open_page: Open, atlas: Atlas) -> None:
    at = standing(open_page("gene"))
    shown = drawn(at)
    assert shown.index[0] == "Liver"
    assert shown.iloc[0] == pytest.approx(5.29, abs=0.01)
    assert len(shown) == 25
    close(shown, atlas.z("ALB"))
    assert shown.is_monotonic_decreasing
    assert messages(at) == ""
    assert "z against the 50 normal tissues" in captions(at)
    assert "n = 50" in captions(at)


@pytest.mark.parametrize(
    ("gene", "tissue", "z"),
    [
        ("ALB", "Liver", 5.3),
        ("INS", "Pancreas", 5.0),
        ("TG", "Thyroid gland", 6.0),
        ("PRM1", "Testis", 6.2),
        ("UMOD", "Kidney", 6.7),
        ("SFTPC", "Lung", 5.5),
        ("MYH6", "Heart muscle", 5.6),
    ],
)
def test_known_genes_stand_highest_in_their_organ(open_page: Open, gene: str, tissue: str, z: float) -> None:
    shown = drawn(standing(open_page("gene", gene=[gene])))
    assert shown.index[0] == tissue
    assert shown.iloc[0] == pytest.approx(z, abs=0.06)


def test_the_z_figure_has_a_zero_line_and_guides_at_two(open_page: Open) -> None:
    layout = figures(open_page("gene"))[0]["layout"]
    assert sorted(shape["x0"] for shape in layout["shapes"]) == [-2, 0, 2]
    low, high = layout["xaxis"]["range"]
    assert low == -high
    assert "z-score of log2(nTPM+1)" in layout["xaxis"]["title"]["text"]


@pytest.mark.parametrize(
    ("measure", "column", "unit"), [("z", "z", "z-score"), ("log", "log", "log2(nTPM+1)"), ("linear", "linear", "nTPM")]
)
def test_each_measure_draws_its_own_numbers(
    open_page: Open, atlas: Atlas, measure: str, column: str, unit: str
) -> None:
    at = standing(open_page("gene", gene=["UMOD"], top="all", measure=measure))
    shown = drawn(at)
    assert len(shown) == 50
    close(shown, getattr(atlas, column)("UMOD"))
    title = figures(at)[0]["layout"]["xaxis"]["title"]["text"]
    assert title == unit or (measure == "z" and title.startswith(unit))
    assert at.segmented_control("measure").value == measure
    same_from_its_link(open_page, at)


@pytest.mark.parametrize(("top", "count"), [("10", 10), ("25", 25), ("all", 50)])
def test_top_keeps_the_highest_tissues(open_page: Open, atlas: Atlas, top: str, count: int) -> None:
    shown = drawn(standing(open_page("gene", gene=["INS"], top=top)))
    assert len(shown) == count
    left_out = atlas.z("INS").drop(shown.index)
    assert left_out.empty or shown.min() >= left_out.max() - 1e-6


def test_sorting_by_value_name_and_system(open_page: Open, atlas: Atlas) -> None:
    by_value = drawn(open_page("gene", top="all", sort="value"))
    by_name = drawn(open_page("gene", top="all", sort="name"))
    by_system = drawn(open_page("gene", top="all", sort="system"))
    assert by_value.is_monotonic_decreasing
    assert list(by_name.index) == sorted(atlas.tissues, key=str.casefold)
    system = dict(zip(atlas.tissues, atlas.systems, strict=True))
    groups = [system[tissue] for tissue in by_system.index]
    assert groups == sorted(groups)
    assert all(by_system[[system[t] == group for t in by_system.index]].is_monotonic_decreasing for group in {*groups})


def test_systems_filter_the_tissues_and_the_legend_says_so(open_page: Open, atlas: Atlas) -> None:
    at = open_page("gene", gene=["GFAP"])
    at.multiselect("system").set_value(["Brain", "Eye"])
    at.run()
    wanted = {t for t, s in zip(atlas.tissues, atlas.systems, strict=True) if s in ("Brain", "Eye")}
    assert set(drawn(standing(at)).index) == wanted
    assert at.query_params["system"] == ["Brain", "Eye"]
    legend = next(code.value for code in at.code if code.value.startswith("Expression of GFAP"))
    assert "Brain" in legend
    assert "25 tissues" not in legend
    same_from_its_address(open_page, "gene", at)
    same_from_its_link(open_page, at)


def test_six_genes_share_their_tissues_order_and_scale(open_page: Open, atlas: Atlas) -> None:
    at = standing(open_page("gene", gene=SIX, top="10"))
    panels = [figure for figure in figures(at) if "z-score" in figure["layout"]["xaxis"]["title"]["text"]]
    assert len(panels) == 6
    order = list(bars(panels[0]).index)
    assert len(order) == 10
    for gene, panel in zip(SIX, panels, strict=True):
        assert list(bars(panel).index) == order
        assert panel["layout"]["xaxis"]["range"] == panels[0]["layout"]["xaxis"]["range"]
        close(bars(panel), atlas.z(gene))
    # each gene's own organ is among the ten: the tissues are not the first gene's alone
    assert {"Pancreas", "Thyroid gland", "Testis", "Kidney", "Heart muscle"} <= set(order)
    headings = [text.value for text in at.main.markdown if text.value.strip("*") in SIX]
    assert [text.strip("*") for text in headings] == SIX
    table = next(frame.value for frame in at.main.dataframe if "tau" in frame.value.columns)
    assert list(table["Gene"]) == SIX
    assert [row.split(",")[0] for row in table["Highest"]] == [
        atlas.z(gene).idxmax() for gene in SIX
    ]  # the specificity of every panel, not of the first


def test_the_cohorts_of_several_genes_say_whose_they_are(open_page: Open) -> None:
    at = open_page("gene", gene=["INS", "ALB"])
    caption = next(text.value for text in at.caption if "TCGA cohorts" in text.value)
    assert "INS" in caption


@pytest.mark.parametrize(
    ("typed", "symbol", "how"),
    [
        ("PD-L1", "CD274", "alias"),
        ("p53", "TP53", "alias"),
        ("SEPT9", "SEPTIN9", "previous symbol"),
        ("ENSG00000141510.18", "TP53", "Ensembl id"),
        ("ENSG00000163631", "ALB", "Ensembl id"),
        ("7157", "TP53", "Entrez id"),
        ("alb", "ALB", ""),
        (" Alb ", "ALB", ""),
        ("Trp53", "TP53", "mouse"),
    ],
)
def test_any_name_of_a_gene_draws_that_gene(open_page: Open, atlas: Atlas, typed: str, symbol: str, how: str) -> None:
    at = standing(open_page("gene", gene=[typed], top="all"))
    close(drawn(at), atlas.z(symbol))
    assert f"*{symbol}*" in at.main.markdown[0].value
    assert how in captions(at)
    if how:
        assert f"“{typed.strip()}” is read as {symbol}" in captions(at)
    same_from_its_address(open_page, "gene", at)


def test_a_gene_missing_in_nine_tissues_shows_them_as_not_measured(open_page: Open, atlas: Atlas) -> None:
    expected = atlas.z("MUC2")
    assert set(expected.index[expected.isna()]) == NOT_MEASURED
    at = standing(open_page("gene", gene=["MUC2"], top="all"))
    shown = drawn(at)
    assert set(shown.index[shown.isna()]) == NOT_MEASURED
    close(shown.dropna(), expected)
    words = [trace for trace in figures(at)[0]["data"] if str(trace.get("text")).strip() == "not measured"]
    assert {tissue for trace in words for tissue in trace["y"]} == NOT_MEASURED
    assert "MUC2 was not measured in 9 tissues." in captions(at)
    assert set(shown.index[-9:]) == NOT_MEASURED, "what was not measured stands last, not among the lowest"
    table = at.expander("profile-twin").dataframe[0].value.set_index("tissue")
    assert table.loc[sorted(NOT_MEASURED)].drop(columns=["gene", "system"]).isna().all(axis=None)
    lowest = unescaped(at.main.markdown[[m.value for m in at.main.markdown].index("**Lowest**") + 1].value)
    assert not any(tissue in lowest for tissue in NOT_MEASURED)


@pytest.mark.parametrize("measure", ["log", "linear"])
def test_missing_is_no_zero_in_the_other_measures_either(open_page: Open, measure: str) -> None:
    shown = drawn(standing(open_page("gene", gene=["MUC2"], top="all", measure=measure, sort="name")))
    assert set(shown.index[shown.isna()]) == NOT_MEASURED


def test_a_gene_that_is_zero_everywhere_is_told_and_not_called_unmeasured(open_page: Open, atlas: Atlas) -> None:
    assert (atlas.linear("OR12D3") == 0).all()
    at = standing(open_page("gene", gene=["OR12D3"]))
    assert "OR12D3 has the same value in every tissue, so it has no z-scores." in messages(at)
    assert at.metric[0].value == "n/a"
    assert drawn(at).isna().all()
    assert "not measured" not in told_in(figures(at)[0])
    log = drawn(standing(open_page("gene", gene=["OR12D3"], measure="log", top="all")))
    assert (log == 0).all()
    beside = standing(open_page("gene", gene=["ALB", "OR12D3"], top="all"))
    close(bars(figures(beside)[0]), atlas.z("ALB"))


def test_an_unknown_gene_offers_names_that_replace_it(open_page: Open, atlas: Atlas) -> None:
    at = standing(open_page("gene", gene=["ALB", "CD3EE"]))
    assert "“CD3EE” is not in the Human Protein Atlas" in messages(at)
    close(drawn(at), atlas.z("ALB"))  # the known gene is drawn all the same
    buttons = {button.label: button for button in at.main.button}
    assert "CD3E" in buttons
    buttons["CD3E"].click()
    standing(at.run())
    assert at.query_params["gene"] == ["ALB", "CD3E"]
    assert at.multiselect("gene").value == ["ALB", "CD3E"]
    assert messages(at) == ""
    close(bars(figures(at)[1]), atlas.z("CD3E"))


def test_an_ambiguous_name_is_asked_about_and_not_guessed(open_page: Open) -> None:
    at = standing(open_page("gene", gene=["1-Mar"]))
    assert "ambiguous" in messages(at)
    assert not figures(at)
    assert {button.label for button in at.main.button} == {"MARCHF1", "MTARC1"}


def test_no_gene_at_all_says_what_to_type(open_page: Open) -> None:
    at = open_page("gene")
    at.multiselect("gene").set_value([])
    standing(at.run())
    assert "Type a gene above" in messages(at)
    assert not figures(at)
    same_from_its_address(open_page, "gene", at)


def test_more_than_six_genes_are_told(open_page: Open) -> None:
    at = standing(open_page("gene", gene=[*SIX, "ALB"]))
    assert "7 values of gene; the first 6 are shown" in messages(at)
    assert at.multiselect("gene").value == SIX


def test_tumour_cohorts_stand_apart_with_their_units_split(open_page: Open, atlas: Atlas) -> None:
    at = standing(open_page("gene", gene=["EGFR"]))
    _, *cohorts = figures(at)
    values = pd.Series(atlas.cohort_values[atlas.row("EGFR")].astype(float), index=atlas.cohorts["key"])
    assert [figure["layout"]["xaxis"]["title"]["text"] for figure in cohorts] == ["median FPKM", "median TPM"]
    for figure, (unit, group) in zip(cohorts, atlas.cohorts.groupby("unit"), strict=True):
        shown = bars(figure)
        keys = [re.search(r"\((\w+)\)$", label)[1] for label in shown.index]
        assert set(keys) == set(group["key"]), unit
        np.testing.assert_allclose(shown.to_numpy(), values[keys].to_numpy(), rtol=1e-5)
        assert shown.is_monotonic_decreasing
    assert "no z-score" in captions(at)


def test_a_gene_of_no_cohort_is_told_and_its_tissues_stand(open_page: Open, atlas: Atlas) -> None:
    assert np.isnan(atlas.cohort_values[atlas.row("MAFIP")]).all()
    at = standing(open_page("gene", gene=["ENSG00000274847"]))
    assert "was not measured in any cohort" in messages(at)
    assert len(figures(at)) == 1


@pytest.mark.parametrize("gene", ["ALB", "GAPDH"])
def test_facts_agree_with_an_independent_computation(open_page: Open, atlas: Atlas, gene: str) -> None:
    at = standing(open_page("gene", gene=[gene]))
    values, z = atlas.log(gene), atlas.z(gene)
    tau = (1 - values / values.max()).sum() / (len(values) - 1)  # Yanai et al. 2005
    assert {metric.label: metric.value for metric in at.metric} == {
        "tau": f"{tau:.2f}",
        "z range": f"{z.min():.1f} to {z.max():.1f}".replace("-", "−"),
    }
    assert f"mean log2(nTPM+1) {values.mean():.2f}" in captions(at)
    highest, lowest = fact_tables(at)
    best, worst = z.sort_values(ascending=False)[:5], z.sort_values()[:3]
    assert list(highest.index) == list(best.index)
    np.testing.assert_allclose(highest["z"].to_numpy(), best.to_numpy(), atol=0.005)
    np.testing.assert_allclose(lowest["z"].to_numpy(), worst.to_numpy(), atol=0.005)
    for table in (highest, lowest):
        np.testing.assert_allclose(table["value"].to_numpy(), values[table.index].to_numpy(), atol=0.005)
        np.testing.assert_allclose(table["z"].to_numpy(), z[table.index].to_numpy(), atol=0.005)


def fact_tables(at) -> list[pd.DataFrame]:
    """The two tables of highest and lowest tissues: z and value by tissue."""
    tables = [unescaped(text.value) for text in at.main.markdown if text.value.startswith("| Tissue")]
    parsed = []
    for text in tables:
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]
        parsed.append(pd.DataFrame(rows, columns=["tissue", "z", "value"]).set_index("tissue").astype(float))
    return parsed


def test_tau_leaves_out_what_was_not_measured(open_page: Open, atlas: Atlas) -> None:
    values = atlas.log("MUC2").dropna()
    tau = (1 - values / values.max()).sum() / (len(values) - 1)
    assert open_page("gene", gene=["MUC2"]).metric[0].value == f"{tau:.2f}"


@pytest.mark.parametrize("measure", ["z", "log", "linear"])
def test_the_table_twin_holds_the_drawn_numbers(open_page: Open, measure: str) -> None:
    at = standing(open_page("gene", gene=["TG", "INS"], measure=measure, top="10", sort="name"))
    table = at.expander("profile-twin").dataframe[0].value
    unit = {"z": "z-score of log2(nTPM+1)", "log": "log2(nTPM+1)", "linear": "nTPM"}[measure]
    for gene, figure in zip(["TG", "INS"], figures(at), strict=False):
        rows = table[table["gene"] == gene].set_index("tissue")[f"drawn: {unit}"]
        assert list(rows.index) == list(bars(figure).index)
        np.testing.assert_allclose(rows.to_numpy(), bars(figure).to_numpy(), rtol=1e-6)


@pytest.mark.parametrize(
    ("key", "value", "written"),
    [
        ("gene", ["TP53", "BRCA1"], ["TP53", "BRCA1"]),
        ("measure", "log", "log"),
        ("measure", "linear", "linear"),
        ("top", "10", "10"),
        ("top", "all", "all"),
        ("sort", "name", "name"),
        ("sort", "system", "system"),
        ("system", ["Brain"], "Brain"),
    ],
)
def test_every_option_goes_into_the_address_and_comes_back_from_it(
    open_page: Open, key: str, value: object, written: object
) -> None:
    at = open_page("gene")
    before = figures(at)
    widget = {"gene": at.multiselect, "system": at.multiselect, "measure": at.segmented_control}.get(key, at.selectbox)
    widget(key).set_value(value)
    standing(at.run())
    assert at.query_params == {key: written}
    assert figures(at) != before
    again = same_from_its_address(open_page, "gene", at)
    same_from_its_link(open_page, at)
    # back to the default: nothing is left in the address
    default = {"gene": ["ALB"], "measure": "z", "top": "25", "sort": "value", "system": []}[key]
    widget = {"gene": again.multiselect, "system": again.multiselect, "measure": again.segmented_control}
    widget.get(key, again.selectbox)(key).set_value(default)
    standing(again.run())
    assert again.query_params == {}
    assert figures(again) == before


def test_all_options_together_come_back_from_the_address(open_page: Open) -> None:
    options = {"gene": ["TP53", "MUC2"], "measure": "log", "top": "10", "sort": "system", "system": ["Brain", "Eye"]}
    at = standing(open_page("gene", **options))
    assert at.segmented_control("measure").value == "log"
    assert at.selectbox("top").value == "10"
    assert at.selectbox("sort").value == "system"
    assert at.multiselect("system").value == ["Brain", "Eye"]
    same_from_its_address(open_page, "gene", at)
    same_from_its_link(open_page, at)


def test_the_way_to_the_partners_takes_the_gene_along(open_page: Open) -> None:
    link = next(link.proto for link in open_page("gene", gene=["p53"]).main.page_link if "expressed" in link.value)
    assert (link.page, link.query_string) == ("coexpression", "seed=TP53")


@pytest.mark.parametrize("measure", ["log", "linear"])
def test_a_figure_without_z_names_no_reference_but_its_file_does(open_page: Open, measure: str) -> None:
    at = open_page("gene", measure=measure)
    assert "z against" not in captions(at)
    assert "z-score reference" not in "".join(code.value for code in at.code)
    assert "z in the data file is against the 50 normal tissues" in "".join(code.value for code in at.code)
