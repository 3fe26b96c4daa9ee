"""Co-expression over samples: r of partners and edges are those that numpy and scipy compute from the file."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from backend import api
from components import edge_chart, publication, publication_edge, within
from tests.pages.conftest import (
    AtlasSource,
    Open,
    captions,
    figures,
    link_of,
    messages,
    numbers,
    same_from_its_address,
    same_from_its_link,
    standing,
    trace,
)

SEED = "CD3E"


def rows_of(atlas_source: AtlasSource, query: str, pool: str | None = "bulk") -> np.ndarray:
    """Places of the samples that a search finds, with reads, in a pool."""
    found = api.all_samples(atlas_source.key, query).value
    raw = atlas_source.raw
    inside = (raw.sizes > 0) & (raw.bulk if pool == "bulk" else ~raw.bulk if pool else True)
    places = np.array([raw.samples.index(name) for name in found["sample"]])
    return places[inside[places]]


def everything(atlas_source: AtlasSource, pool: str = "bulk") -> np.ndarray:
    raw = atlas_source.raw
    return np.flatnonzero((raw.sizes > 0) & (raw.bulk if pool == "bulk" else ~raw.bulk))


def pearson(atlas_source: AtlasSource, a: str, b: str, places: np.ndarray) -> float:
    return float(np.corrcoef(atlas_source.raw.values(a)[places], atlas_source.raw.values(b)[places])[0, 1])


def partner_tables(at) -> tuple[pd.DataFrame, pd.DataFrame]:
    positive, negative = (f.value for f in at.main.dataframe if "q" in f.value and "query_gene" not in f.value)
    return positive, negative


def opened(open_page: Open, atlas_source: AtlasSource, **options: object):
    return standing(open_page("coexpression", source=atlas_source.key, **options))


def test_the_network_and_the_partners_are_over_all_bulk_samples(open_page: Open, atlas_source: AtlasSource) -> None:
    at = opened(open_page, atlas_source)
    places = everything(atlas_source)
    edges = pd.DataFrame(trace(figures(at)[0], "edges")["customdata"], columns=["a", "b", "r", "n"])
    assert set(edges["n"]) == {len(places)}
    for row in edges.head(15).itertuples():
        assert row.r == pytest.approx(pearson(atlas_source, row.a, row.b, places), abs=0.02)
    positive, negative = partner_tables(at)
    for row in [*positive.head(8).itertuples(), *negative.head(8).itertuples()]:
        assert row.r == pytest.approx(pearson(atlas_source, SEED, row.gene, places), abs=0.02)
        assert row.n == len(places)
    assert f"Over all {len(places)} bulk samples." in captions(at)


def test_another_pool_is_other_samples(open_page: Open, atlas_source: AtlasSource) -> None:
    at = opened(open_page, atlas_source, pair="A,B")
    at.segmented_control("pool").set_value("single-cell")
    standing(at.run())
    assert at.query_params["pool"] == "single-cell"
    assert "pair" not in at.query_params
    places = everything(atlas_source, "single-cell")
    edges = pd.DataFrame(trace(figures(at)[0], "edges")["customdata"], columns=["a", "b", "r", "n"])
    assert set(edges["n"]) == {len(places)}
    same_from_its_address(open_page, "coexpression", at)


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_partners_within_a_tissue_are_exact(open_page: Open, atlas_source: AtlasSource, method: str) -> None:
    at = opened(open_page, atlas_source, within="tissue:Blood", method=method)
    places = rows_of(atlas_source, 'tissue:"Blood"')
    assert len(places) > 10
    positive, negative = partner_tables(at)
    assert set(positive["n"]) == {len(places)}
    one = atlas_source.raw.values(SEED)[places]
    for row in [*positive.head(10).itertuples(), *negative.head(10).itertuples()]:
        other = atlas_source.raw.values(row.gene)[places]
        wanted = np.corrcoef(one, other)[0, 1] if method == "pearson" else spearmanr(one, other).statistic
        assert row.r == pytest.approx(wanted, abs=1e-6)
        assert row.mean_expression == pytest.approx(other.mean(), abs=1e-6)
        assert row.expression == ("low" if other.mean() < 0.5 else "")
    told = captions(at)
    assert f"{method.capitalize()} of exact log2(1+CPM) over {len(places)} samples" in told
    assert "The network is Pearson over all bulk samples." in told
    assert "Partners of a seed within Blood" in [heading.value for heading in at.main.subheader]
    assert "Network over all bulk samples" in [heading.value for heading in at.main.subheader]
    # the network is the same with and without
    assert figures(at)[0] == figures(opened(open_page, atlas_source))[0]


@pytest.mark.parametrize(
    ("typed", "group"),
    [
        ("gse123", "series:GSE123"),
        (" GSE9000005 ", "series:GSE9000005"),
        ("blood NOT  marrow", "query:blood NOT marrow"),
        ("tissue:Liver", "tissue:Liver"),
        ("title:liver", "query:title:liver"),
        ("", ""),
    ],
)
def test_what_is_typed_is_read_as_a_series_or_a_search(typed: str, group: str) -> None:
    assert within.read(typed) == group


def test_partners_within_a_series_and_a_search(open_page: Open, atlas_source: AtlasSource) -> None:
    series = api.all_samples(atlas_source.key, "blood AND pool:bulk").value["series"].value_counts().index[0]
    at = opened(open_page, atlas_source, within=f"series:{series}")
    assert set(partner_tables(at)[0]["n"]) == {len(rows_of(atlas_source, f"series:{series}"))}
    assert link_of(at)[1]["within"] == [f"series:{series}"]
    at.selectbox("within").set_value("tissue:Blood")
    standing(at.run())
    assert at.query_params["within"] == "tissue:Blood"
    at.selectbox("within").set_value("")
    standing(at.run())
    assert "within" not in at.query_params
    at = opened(open_page, atlas_source, within="query:blood NOT marrow")
    assert set(partner_tables(at)[0]["n"]) == {len(rows_of(atlas_source, "blood NOT marrow"))}


def test_a_cohort_is_offered_by_its_name(open_page: Open, atlas_source: AtlasSource) -> None:
    at = opened(open_page, atlas_source, cohort=["My blood|blood"], within="query:blood")
    assert "Partners of a seed within My blood" in [heading.value for heading in at.main.subheader]
    assert "My blood (cohort)" in at.selectbox("within").options


@pytest.mark.parametrize("group", ["Liver", "organ:liver", "tissue:", "query:" + "x" * 2_000])
def test_a_group_that_is_none_is_told_and_left_out(open_page: Open, atlas_source: AtlasSource, group: str) -> None:
    at = opened(open_page, atlas_source, within=group)
    assert "The link asks for within" in messages(at)
    assert set(partner_tables(at)[0]["n"]) == {len(everything(atlas_source))}


@pytest.mark.parametrize("group", ["tissue:Nowhere", "series:GSE1", "query:xenobiology"])
def test_a_group_without_samples_is_told_and_the_network_stands(
    open_page: Open, atlas_source: AtlasSource, group: str
) -> None:
    at = opened(open_page, atlas_source, within=group)
    assert len(at.info) == 1
    assert len(figures(at)) == 3


def some_pair(at) -> tuple[str, str]:
    a, b = at.selectbox("pair").value.split(",")
    return a, b


def test_an_edge_shows_r_within_each_tissue_and_without_it(open_page: Open, atlas_source: AtlasSource) -> None:
    at = opened(open_page, atlas_source)
    a, b = some_pair(at)
    places = everything(atlas_source)
    inner, without = (trace(figures(at)[2], name) for name in (edge_chart.WITHIN, edge_chart.WITHOUT))
    assert inner["y"][0] == f"All samples (n = {len(places)})"
    assert numbers(inner["x"])[0] == pytest.approx(pearson(atlas_source, a, b, places), abs=0.02)
    checked = 0
    for label, r, r_without in zip(inner["y"], numbers(inner["x"]), numbers(without["x"]), strict=True):
        tissue, n = label.removesuffix(")").replace("*", "").split(" (n = ")
        if tissue in ("All samples", "Unlabelled", "Cell line"):
            continue
        own = rows_of(atlas_source, f'tissue:"{tissue}"')
        own = own[np.isin(own, places)]
        assert len(own) == int(n)
        rest = np.setdiff1d(places, own)
        assert r_without == pytest.approx(pearson(atlas_source, a, b, rest), abs=0.02)
        if not np.isnan(r):
            assert r == pytest.approx(pearson(atlas_source, a, b, own), abs=0.05)
            checked += 1
    assert checked >= 2
    known = numbers(inner["x"])[1:]
    known = known[~np.isnan(known)]
    assert (np.diff(known) <= 0).all(), "sorted, and those without r come last"
    sentence = api.edge(atlas_source.key, a, b).value.attrs["sentence"]
    assert sentence in [text.value.replace("\\", "") for text in at.main.markdown]
    table = at.expander("edge-dots-twin").dataframe[0].value
    assert table["n"].iloc[0] == len(places)


def test_an_edge_can_be_seen_over_the_samples_of_a_tissue(open_page: Open, atlas_source: AtlasSource) -> None:
    at = opened(open_page, atlas_source)
    a, b = some_pair(at)
    at.selectbox("over").set_value("Blood")
    standing(at.run())
    assert at.query_params["over"] == "Blood"
    places = rows_of(atlas_source, 'tissue:"Blood"')
    points = figures(at)[1]["data"][0]
    names = [row[0] for row in points["customdata"]]
    assert sorted(names) == sorted(atlas_source.raw.samples[place] for place in places)
    order = [atlas_source.raw.samples.index(name) for name in names]
    np.testing.assert_allclose(numbers(points["x"]), atlas_source.raw.values(a)[order], atol=1e-9)
    np.testing.assert_allclose(numbers(points["y"]), atlas_source.raw.values(b)[order], atol=1e-9)
    r = pearson(atlas_source, a, b, np.array(order))
    assert {m.label: m.value for m in at.metric}["Pearson r"] == f"{r:.3f}"
    same_from_its_address(open_page, "coexpression", at)
    same_from_its_link(open_page, at)


def test_every_figure_says_that_its_data_are_simulated(open_page: Open, atlas_source: AtlasSource) -> None:
    at = opened(open_page, atlas_source)
    assert len(figures(at)) == 3
    for figure in figures(at):
        assert "SIMULATED DATA" in " ".join(note["text"] for note in figure["layout"]["annotations"])
    found = api.edge(atlas_source.key, *some_pair(at)).value
    table = edge_chart.table(found, found.attrs["pooled"], found.attrs["n"])
    for simulated in (True, False):
        for made in (
            publication_edge.edge_dots(table, "", "foot", simulated),
            publication_edge.sample_scatter(
                pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [2.0, 1.0, 4.0]}), "A", "B", "u", "r", "foot", simulated
            ),
        ):
            assert (b"SIMULATED DATA" in publication.to_bytes(made, "svg", {})) == simulated


def test_the_paper_figure_names_every_tissue_with_its_n(atlas_source: AtlasSource) -> None:
    gene = api.coexpressed(atlas_source.key, SEED).value["gene"].iloc[0]
    found = api.edge(atlas_source.key, SEED, gene).value
    table = edge_chart.table(found, found.attrs["pooled"], found.attrs["n"])
    svg = publication.to_bytes(publication_edge.edge_dots(table, "", "foot"), "svg", {}).decode()
    for label in edge_chart.labels(table):
        assert label.replace("&", "&amp;") in svg


def test_a_list_is_looked_up_within_the_group_too(open_page: Open, atlas_source: AtlasSource) -> None:
    at = opened(open_page, atlas_source, within="tissue:Blood", method="spearman")
    at.text_area("batch-genes").set_value(f"{SEED} ALB")
    standing(at.run())
    table = next(f.value for f in at.expander("batch").dataframe if "query_gene" in f.value)
    places = rows_of(atlas_source, 'tissue:"Blood"')
    assert set(table["query_gene"]) == {SEED, "ALB"}
    for row in table.groupby("query_gene").head(2).itertuples():
        values = [atlas_source.raw.values(gene)[places] for gene in (row.query_gene, row.gene)]
        assert row.r == pytest.approx(spearmanr(*values).statistic, abs=1e-6)
    at.text_area("batch-genes").set_value(" ".join(atlas_source.raw.symbols[:26]))
    standing(at.run())
    assert "the cap is 25" in messages(at)


def test_the_protein_atlas_has_none_of_these_controls(open_page: Open) -> None:
    at = standing(open_page("coexpression", pool="both", method="spearman", within="tissue:Liver", over="Liver"))
    keys = {widget.key for widget in (*at.segmented_control, *at.selectbox)}
    assert not keys & {"pool", "method", "within", "over"}
    assert len(figures(at)) == 2
    assert "annotations" not in figures(at)[0]["layout"]
