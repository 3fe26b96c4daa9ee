"""Co-expression of the live ARCHS4: its partners, what it does not tell, and the tissues behind an edge."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.doubles.archs4_web import Fault
from tests.pages import live
from tests.pages.conftest import (
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

WRITTEN = {"B lymphocyte": "BLYMPHOCYTE", "T lymphocyte": "TLYMPHOCYTE", "Granulosa cell": "GRANULOSA"}


def network_tables(at) -> list[pd.DataFrame]:
    """Genes and edges."""
    return [frame.value for frame in at.expander("network-twin").dataframe]


def partners(at) -> list[pd.DataFrame]:
    """The tables of partners: positive, then negative, as far as they are there."""
    tables = [frame.value for frame in at.main.dataframe]
    return [table for table in tables if {"gene", "r"} <= set(table.columns) and "query_gene" not in table]


def test_human_partners_are_those_of_all_samples_and_what_is_not_told_is_left_out(
    open_page: Open, tmp_path: Path
) -> None:
    with live.archs4(tmp_path) as web:
        at = standing(open_page("coexpression", source="archs4", seed=["PCNA"], partners="5"))
        true = dict(web.partners("PCNA")[:100])
    assert messages(at) == ""
    (table,) = partners(at)  # none for negative ones
    assert list(table.columns) == ["gene", "r"]  # n, p, q and the mean are not told: no column of nothing
    assert table.set_index("gene")["r"].to_dict() == pytest.approx({g: r for g, r in true.items() if r > 0}, abs=1e-6)
    assert "None is served: over all samples ARCHS4 gives the strongest positive partners only." in captions(at)
    assert "where n is not told, p cannot either" in captions(at)
    genes, edges = network_tables(at)
    assert list(edges.columns) == ["gene_a", "gene_b", "r"]
    assert list(genes.columns) == ["gene", "seed", "hop", "degree", "module"]


def test_an_edge_without_n_says_so_when_pointed_at(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path):
        human = standing(open_page("coexpression", source="archs4", seed=["PCNA"], partners="5"))
        mouse = standing(open_page("coexpression", source="archs4", species="mouse", seed=["Trp53"], partners="5"))
    assert {row[3] for row in trace(figures(human)[0], "edges")["customdata"]} == {"not told"}
    counts = {row[3] for row in trace(figures(mouse)[0], "edges")["customdata"]}
    assert counts <= set(range(1, 201))


def test_mouse_partners_have_both_signs_n_and_p_and_a_word_about_draws(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path) as web:
        at = standing(open_page("coexpression", source="archs4", species="mouse", seed=["Trp53"]))
        true = {gene.upper(): r for gene, r in web.partners_within("TRP53", "", "mouse")}
    positive, negative = partners(at)
    for table in (positive, negative):
        assert list(table.columns) == ["gene", "r", "n", "p", "mean_expression"]
        assert table["p"].between(0, 1).all()
        for row in table.itertuples():
            assert row.r == pytest.approx(true[row.gene.upper()], abs=1e-6)
    assert (positive["r"] > 0).all()
    assert (negative["r"] < 0).all()
    assert "Edges of different genes rest on different samples" in captions(at)
    methods = " ".join(code.value for code in at.code)
    assert "draws up to 200 anew for each gene" in methods


def test_within_a_term_both_signs_come_of_the_samples_that_mention_it(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path) as web:
        at = standing(open_page("coexpression", source="archs4", seed=["ALB"]))
        network = figures(at)[0]
        at.text_input("within").set_value("liver")
        standing(at.run())
        true = dict(web.partners_within("ALB", "liver"))
        n = min(200, len(web.samples_matching("liver")))
        assert at.query_params["within"] == "query:liver"
        assert at.subheader[0].value == "Partners of a seed within “liver”"
        assert "Network, not restricted" in [one.value for one in at.subheader]
        assert figures(at)[0] == network
        tables = pd.concat(partners(at))
        assert set(tables["n"]) == {n}
        assert {(r > 0) for r in tables["r"]} == {True, False}
        assert tables.set_index("gene")["r"].to_dict() == pytest.approx(
            {gene: true[gene] for gene in tables["gene"]}, abs=1e-6
        )
        again = same_from_its_address(open_page, "coexpression", at)
        assert again.text_input("within").value == "liver"
        same_from_its_link(open_page, at)
        moved = standing(open_page("coexpression", source="archs4", seed=["ALB"], within="tissue:Liver"))
        assert moved.text_input("within").value == "Liver"


def test_a_term_nobody_mentions_is_told_and_the_network_stands(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path):
        at = standing(open_page("coexpression", source="archs4", seed=["ALB"], within="query:unobtainium"))
    assert "no sample that mentions “unobtainium”" in messages(at)
    assert len(figures(at)) == 2


@pytest.mark.parametrize(("species", "seed"), [("human", "PCNA"), ("mouse", "Trp53")])
def test_behind_an_edge_are_the_medians_in_the_unit_of_archs4(
    open_page: Open, tmp_path: Path, species: str, seed: str
) -> None:
    with live.archs4(tmp_path) as web:
        at = standing(open_page("coexpression", source="archs4", species=species, seed=[seed]))
        first, second = at.selectbox("pair").value.split(",")
        plot = figures(at)[1]
        points = next(one for one in plot["data"] if one["mode"] == "markers+text")
        leaves = {leaf.split(".")[-1].casefold(): leaf for leaf in web.leaves(species)}
        names = [WRITTEN.get(row[0], row[0]).casefold() for row in points["customdata"]]
        assert set(names) <= set(leaves)
        assert len(names) == len(leaves)
        for axis, gene in (("x", first), ("y", second)):
            called = gene.upper() if species == "mouse" else gene
            true = [web.box(called, leaves[name], species)["median"] for name in names]
            assert numbers(points[axis]) == pytest.approx(np.array(true), abs=1e-3)
            title = plot["layout"][f"{axis}axis"]["title"]["text"]
            assert title == f"<i>{gene}</i>, log expression of ARCHS4"
    assert "log2" not in captions(at)
    assert "one median each" in captions(at)
    edges = network_tables(at)[1].set_index(["gene_a", "gene_b"])["r"]
    told = " ".join(one.value for one in at.main.markdown).replace("\\", "")
    assert f"over the {len(leaves)} tissues" in told
    assert f"The edge has r = {edges[first, second]:.3f} over samples; this is over {len(leaves)} tissues." in told


@pytest.mark.parametrize(
    ("species", "said", "advised"),
    [
        ("human", "serves no negative partner of PCNA", "Name a group in “Within samples of”"),
        ("mouse", "No partner is joined", "Lower the minimum |r|"),
    ],
)
def test_a_sign_that_is_not_served_is_the_reason_for_an_empty_network(
    open_page: Open, tmp_path: Path, species: str, said: str, advised: str
) -> None:
    with live.archs4(tmp_path):
        options = {"species": species, "sign": "negative", "min_r": "0.0" if species == "human" else "1.0"}
        at = standing(open_page("coexpression", source="archs4", seed=["PCNA"], **options))
    assert said in messages(at)
    assert advised in messages(at)


def test_two_hops_ask_once_for_each_gene(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path) as web:
        at = standing(open_page("coexpression", source="archs4", seed=["ALB"], partners="4", hops="2"))

        def near(gene: str) -> list[str]:
            return [name for name, r in web.partners(gene)[:4] if r > 0]

        asked = [record for record in web.requests if record.path.startswith("/matrixapi/coltop")]
        assert len(asked) == 1 + 4 + 1  # the seed, its partners, and the longer table of the seed
        first = near("ALB")
        genes = network_tables(at)[0].set_index("gene")["hop"]
        assert set(genes.index) == {"ALB", *first, *(other for gene in first for other in near(gene))}
        assert set(genes[genes == 1].index) == set(first)
        web.forget()
        standing(at.run())
        assert web.requests == []


def test_stale_answers_say_so_over_the_network_and_the_tables(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path, **live.STALE) as web:
        before = standing(open_page("coexpression", source="archs4", seed=["PCNA"]))
        web.kill()
        other = standing(open_page("coexpression", source="archs4", seed=["CD3E"]))
        assert figures(other) == []
        assert "cannot be asked for genes co-expressed with CD3E" in messages(other)
        at = standing(open_page("coexpression", source="archs4", seed=["PCNA"]))
        assert [figure["data"] for figure in figures(at)] == [figure["data"] for figure in figures(before)]
        told = [one.value for one in at.warning]
        assert len(told) == 3  # the network, the scatter, the partners
        assert all(re.search(r"numbers of \d+ min ago", one.replace("\\", "")) for one in told)
        assert "stale, fetched" in captions(at)


def test_a_gene_that_cannot_be_fetched_leaves_the_rest_standing(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path) as web:
        web.faults = [Fault("status", "/sigpy/atlas"), Fault("status", "/archs4")]
        at = standing(open_page("coexpression", source="archs4", seed=["PCNA"]))
    assert len(figures(at)) == 1
    assert "cannot be asked for the tissues" in messages(at)
    assert len(partners(at)) == 1


def test_a_list_in_one_go(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path) as web:
        at = standing(open_page("coexpression", source="archs4", seed=["PCNA"]))
        at.text_area("batch-genes").set_value("CD3E MKI67")
        standing(at.run())
        table = next(one.value for one in at.expander("batch").dataframe if "query_gene" in one.value)
        assert list(table.columns) == ["query_gene", "gene", "r"]
        for gene in ("CD3E", "MKI67"):
            mine = table[table["query_gene"] == gene]
            assert list(mine["r"]) == pytest.approx([r for _, r in web.partners(gene)[:10]], abs=1e-6)
