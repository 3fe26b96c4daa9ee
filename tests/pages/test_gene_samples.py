"""Gene, on a file of samples: boxes, z, pools, weights, cohorts and points equal what numpy makes of the file."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from backend import api
from components import gene_recipe, groups
from tests.pages.conftest import (
    AtlasSource,
    Figure,
    Open,
    bars,
    captions,
    figures,
    messages,
    numbers,
    same_from_its_address,
    same_from_its_link,
    standing,
    unescaped,
)

GENE = "ALB"
STEP = 0.08  # log2 units, of the index


class Samples:
    """Tissue, series and value of each sample of a pool, the values read from the file."""

    def __init__(self, source: AtlasSource, pool: str, gene: str = GENE) -> None:
        raw = source.raw
        inside = (raw.bulk if pool == "bulk" else ~raw.bulk) & (raw.sizes > 0)
        page = api.search_samples(source.key, f"pool:{pool}", "human", 0, 500).value
        about = page.rows.set_index("sample")
        self.table = pd.DataFrame({"value": raw.values(gene)[inside]}, index=np.array(raw.samples)[inside])
        self.table["tissue"], self.table["series"] = about["tissue"], about["series"]

    def of(self, tissue: str) -> pd.DataFrame:
        return self.table[self.table["tissue"] == tissue]

    @property
    def counts(self) -> pd.Series:
        return self.table.groupby("tissue").size()


def rows(figure: Figure) -> list[str]:
    """The labels of the rows, from the top down."""
    return figure["layout"]["yaxis"]["categoryarray"]


def boxes(figure: Figure) -> pd.DataFrame:
    """Label -> five numbers."""
    parts = [
        pd.DataFrame(
            {name: numbers(part[name]) for name in ("lowerfence", "q1", "median", "q3", "upperfence")}, index=part["y"]
        )
        for part in figure["data"]
        if part["type"] == "box"
    ]
    return pd.concat(parts)


def named(label: str) -> str:
    """ "Skin* (n = 5)" -> "Skin" """
    return label.rpartition(" (n")[0].rstrip("*")


def legend(at) -> str:
    return next(code.value for code in at.code if code.value.startswith("SIMULATED DATA. Expression"))


def twin(at, key: str = "profile-twin") -> pd.DataFrame:
    return at.expander(key).dataframe[0].value


def test_a_first_visit_shows_boxes_of_all_samples_of_each_tissue(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(open_page("gene", source=atlas_source.key, top="all"))
    figure, samples = figures(at)[0], Samples(atlas_source, "bulk")
    drawn = boxes(figure)
    assert set(drawn.index) == set(rows(figure))
    shown = {named(label) for label in rows(figure)}
    hidden = {tissue for tissue, n in samples.counts.items() if n < 3} - {"Unlabelled", "Cell line"}
    assert shown == set(samples.counts.index) - hidden
    for label, five in drawn.iterrows():
        values = samples.of(named(label))["value"]
        assert f"(n = {len(values)})" in label
        assert ("*" in label) == (len(values) < 10)
        np.testing.assert_allclose(five, np.quantile(values, [0, 0.25, 0.5, 0.75, 1]), atol=STEP)
    hover = dict(zip(shown_tissues(figure), clicks(figure)["text"], strict=True))
    liver = samples.of("Liver")
    assert f"n = {len(liver)} samples in {liver['series'].nunique()} series" in hover["Liver"]
    told = float(re.search(r"mean ([\d.]+)", hover["Liver"])[1])
    assert told == pytest.approx(liver["value"].mean(), abs=0.03)
    assert ("few samples" in hover["Liver"]) == (len(liver) < 10)
    assert f"n = {len(samples.table)}" in captions(at)
    assert "probability above 0.5" in captions(at)


def clicks(figure: Figure) -> Figure:
    return next(part for part in figure["data"] if part.get("name") == "tissues")


def shown_tissues(figure: Figure) -> list[str]:
    return clicks(figure)["customdata"]


def test_cell_lines_and_unlabelled_samples_stand_last_and_take_no_place_of_a_tissue(
    open_page: Open, atlas_source: AtlasSource
) -> None:
    at = standing(open_page("gene", source=atlas_source.key, top="10", pool="both", small="1"))
    shown = [named(label) for label in rows(figures(at)[0])]
    assert shown[-2:] == ["Cell line", "Unlabelled"]
    assert len(shown) == 12
    box = boxes(figures(at)[0])["median"]
    medians = box[rows(figures(at)[0])[:10]]
    assert medians.is_monotonic_decreasing
    assert "Grey: samples whose texts name no tissue" in captions(at)


def test_tissues_of_few_samples_are_hidden_and_come_back_on_request(open_page: Open, atlas_source: AtlasSource) -> None:
    samples = Samples(atlas_source, "single-cell")
    few = {tissue for tissue, n in samples.counts.items() if n < 3} - {"Unlabelled", "Cell line"}
    assert few
    at = standing(open_page("gene", source=atlas_source.key, pool="single-cell", top="all"))
    assert f"{len(few)} tissue" in captions(at)
    assert f"{len(few)} tissue" in legend(at)
    before = {named(label) for label in rows(figures(at)[0])}
    at.toggle("small").set_value(True)
    standing(at.run())
    assert {named(label) for label in rows(figures(at)[0])} - before == few
    assert "hidden" not in captions(at)
    assert at.query_params["small"] == "1"
    same_from_its_address(open_page, "gene", at)


@pytest.mark.parametrize("pool", ["bulk", "single-cell"])
def test_z_is_against_all_samples_of_the_pool_which_is_named(
    open_page: Open, atlas_source: AtlasSource, pool: str
) -> None:
    at = standing(open_page("gene", source=atlas_source.key, measure="z", pool=pool, top="all", small="1"))
    samples = Samples(atlas_source, pool)
    values = samples.table["value"]
    shown = bars(figures(at)[0])
    for label, z in shown.items():
        expected = (samples.of(named(label))["value"].mean() - values.mean()) / values.std(ddof=0)
        assert z == pytest.approx(expected, abs=0.03), label
    assert f"z against all {len(values)} {pool} samples" in captions(at)
    same_from_its_link(open_page, at)


def test_each_series_weighs_once_and_says_the_effective_n(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(open_page("gene", source=atlas_source.key, balanced="1", measure="z", top="all", small="1"))
    samples = Samples(atlas_source, "bulk")
    table = twin(at).set_index("tissue")
    whole = weighted(samples.table)
    for tissue in ("Liver", "Cell line"):
        mean, _, effective = weighted(samples.of(tissue))
        assert table.loc[tissue, "n_effective"] == pytest.approx(effective, abs=1e-6)
        assert table.loc[tissue, "mean"] == pytest.approx(mean, abs=0.03)
        assert table.loc[tissue, "z"] == pytest.approx((mean - whole[0]) / whole[1], abs=0.03)
    assert "Each series weighs once." in legend(at)
    assert "effective n = " in json.dumps(figures(at)[0]["data"])


def weighted(table: pd.DataFrame) -> tuple[float, float, float]:
    """Mean, SD and effective n where each series weighs once."""
    weights = (1 / table.groupby("series")["value"].transform("size")).to_numpy()
    mean = float(np.average(table["value"], weights=weights))
    sd = float(np.sqrt(np.average((table["value"] - mean) ** 2, weights=weights)))
    return mean, sd, float(weights.sum() ** 2 / (weights**2).sum())


def test_log_and_linear_values_are_of_the_medians(open_page: Open, atlas_source: AtlasSource) -> None:
    samples = Samples(atlas_source, "bulk")
    expected = {tissue: samples.of(tissue)["value"].median() for tissue in samples.counts.index}
    log = bars(figures(standing(open_page("gene", source=atlas_source.key, measure="log")))[0])
    linear_page = standing(open_page("gene", source=atlas_source.key, measure="linear"))
    linear = bars(figures(linear_page)[0])
    for label, value in log.items():
        assert value == pytest.approx(expected[named(label)], abs=STEP)
    np.testing.assert_allclose(linear[log.index], np.exp2(log) - 1, rtol=1e-6)
    assert figures(linear_page)[0]["layout"]["xaxis"]["title"]["text"] == "CPM"


def test_cohorts_stand_on_top_with_numbers_of_their_own(open_page: Open, atlas_source: AtlasSource) -> None:
    samples = Samples(atlas_source, "bulk")
    hits = api.search_samples(atlas_source.key, "liver AND pool:bulk", "human", 0, 500).value.rows["sample"]
    values = samples.table["value"].loc[lambda found: found.index.isin(hits)]
    at = standing(open_page("gene", source=atlas_source.key, cohort=["My group|liver"], system=["Brain"]))
    top = rows(figures(at)[0])[0]
    assert top == f"My group{'*' if len(values) < 10 else ''} (n = {len(values)})"
    assert boxes(figures(at)[0]).loc[top, "median"] == pytest.approx(values.median(), abs=STEP)
    assert "Orange: cohorts." in captions(at)
    table = twin(at)
    assert list(table.loc[table["tissue"] == "My group", "system"]) == ["Cohorts"]
    assert "My group" not in captions(at.main.expander("profile-twin"))
    same_from_its_address(open_page, "gene", at)
    same_from_its_link(open_page, at)


def test_a_cohort_without_samples_is_told_and_the_others_stay(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(open_page("gene", source=atlas_source.key, cohort=["Good|liver", "Empty|zzzznothing", "Liver|blood"]))
    assert "“Empty” is left out" in messages(at)
    assert "“Liver” is left out: A tissue is called" in messages(at)
    assert [named(label) for label in rows(figures(at)[0])][:2] != ["Good", "Empty"]
    assert named(rows(figures(at)[0])[0]) == "Good"


def test_the_points_of_a_tissue_are_its_samples_with_exact_values(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(open_page("gene", source=atlas_source.key, gene=["ALB", "GAPDH"]))
    before = len(figures(at))
    at.selectbox("points").set_value("Liver")
    standing(at.run())
    assert at.query_params["points"] == "Liver"
    strip = figures(at)[-1]
    assert len(figures(at)) == before + 1
    for gene in ("ALB", "GAPDH"):
        expected = Samples(atlas_source, "bulk", gene).of("Liver")
        part = next(part for part in strip["data"] if part.get("name") == gene)
        shown = pd.DataFrame(part["customdata"], columns=["sample", "series", "title"]).set_index("sample")
        shown["value"] = numbers(part["x"])
        assert set(shown.index) == set(expected.index)
        np.testing.assert_allclose(shown["value"], expected.loc[shown.index, "value"], atol=1e-9)
        assert (shown["series"] == expected.loc[shown.index, "series"]).all()
    table = twin(at, "tissue-points-twin")
    assert table["sample"].str.endswith(tuple(shown.index)).all()
    assert table["sample"].str.startswith("https://www.ncbi.nlm.nih.gov/geo/").all()
    same_from_its_address(open_page, "gene", at)
    same_from_its_link(open_page, at)


def test_specificity_says_what_it_is_computed_on(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(open_page("gene", source=atlas_source.key, cohort=["My group|liver"]))
    samples = Samples(atlas_source, "bulk")
    counts = samples.counts.drop(["Unlabelled", "Cell line"], errors="ignore")
    kept = counts[counts >= 3].index
    medians = twin(standing(open_page("gene", source=atlas_source.key, top="all"))).set_index("tissue")
    values = medians.loc[kept, "median: log2(CPM+1)"]
    tau = (1 - values / values.max()).sum() / (len(values) - 1)
    assert at.metric[0].value == f"{tau:.2f}"
    assert f"medians of {len(kept)} tissues with at least 3 samples, bulk samples" in captions(at)
    assert "cohorts, cell lines and unlabelled samples are left out" in captions(at)


def test_every_figure_and_the_words_beside_it_say_simulated(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(open_page("gene", source=atlas_source.key, points="Liver"))
    assert len(figures(at)) == 2
    for figure in figures(at):
        assert any("SIMULATED DATA" in note["text"] for note in figure["layout"]["annotations"])
    assert captions(at).count("SIMULATED DATA") == 2
    assert unescaped("".join(code.value for code in at.code)).count("SIMULATED DATA") >= 2


def test_options_that_only_samples_have_are_not_shown_elsewhere(open_page: Open) -> None:
    at = standing(open_page("gene", pool="single-cell", balanced="1"))
    assert not [toggle for toggle in at.main.toggle if toggle.key in ("balanced", "small")]
    assert "box" not in at.segmented_control("measure").options
    assert "SIMULATED" not in json.dumps(figures(at)[0]["layout"])
    assert messages(at) == ""


def test_the_file_holds_n_box_mean_sd_detected_and_z(atlas_source: AtlasSource) -> None:
    answer = api.tissue_profile(atlas_source.key, GENE)
    shown = answer.value.assign(gene=GENE, value=answer.value["z"])
    columns = list(gene_recipe.numbers(shown, "z-score of log2(CPM+1)", answer.provenance).columns)
    wanted = {"n_samples", "n_series", "min", "q1", "median: log2(CPM+1)", "q3", "max", "mean", "sd", "detected", "z"}
    assert wanted < set(columns)
    detected = Samples(atlas_source, "bulk").of("Liver")["value"] > 0
    liver = shown.set_index("tissue").loc["Liver"]
    assert liver["detected"] == pytest.approx(detected.mean(), abs=1e-4)


def test_all_tissues_too_small_is_told(open_page: Open) -> None:
    table = pd.DataFrame({"tissue": ["A", "B"], "system": ["x", "y"], "n_samples": [1, 2]})
    with pytest.raises(Exception, match="All 2 tissues have fewer than 3 samples"):
        groups.visible(table, False)
    assert groups.visible(table, True)[1] == 0
