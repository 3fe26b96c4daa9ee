"""The network keeps its caps, joins what is joined, and looks the same each time."""

from __future__ import annotations

import io

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from backend import api, network
from backend.errors import BadInput, NotFound
from backend.model import EDGE_COLUMNS, NODE_COLUMNS

R = {("A", "B"): 0.9, ("A", "C"): 0.8, ("A", "D"): -0.7, ("B", "C"): 0.85, ("B", "E"): 0.6, ("C", "E"): 0.1}
GENES = "ABCDE"


def partners(gene: str, limit: int) -> pd.DataFrame:
    rows = [(b if a == gene else a, r, 50, 1.0) for (a, b), r in R.items() if gene in (a, b)]
    rows.sort(key=lambda row: -abs(row[1]))
    return pd.DataFrame(rows[:limit], columns=["gene", "r", "n", "mean_expression"])


def pairs(genes: list[str]) -> pd.DataFrame:
    rows = [(a, b, r, 50) for (a, b), r in R.items() if a in genes and b in genes]
    return pd.DataFrame(rows, columns=list(EDGE_COLUMNS))


def grow(seeds: str = "A", with_pairs: bool = True, **growth: object):
    return network.grow(list(seeds), partners, pairs if with_pairs else None, network.Growth(**growth))


def edges_of(net: network.Network) -> set[tuple[str, str]]:
    return set(zip(net.edges["gene_a"], net.edges["gene_b"], strict=True))


def test_one_hop_is_a_star_closed_where_partners_correlate_as_strongly() -> None:
    net = grow()
    assert edges_of(net) == {("A", "B"), ("A", "C"), ("A", "D"), ("B", "C")}
    assert set(NODE_COLUMNS) <= set(net.nodes.columns)
    hop = dict(zip(net.nodes["gene"], net.nodes["hop"], strict=True))
    assert hop == {"A": 0, "B": 1, "C": 1, "D": 1}
    assert edges_of(grow(with_pairs=False)) == {("A", "B"), ("A", "C"), ("A", "D")}


def test_two_hops_reach_partners_of_partners() -> None:
    net = grow(hops=2, with_pairs=False)
    assert ("B", "E") in edges_of(net)
    assert net.nodes.set_index("gene").loc["E", "hop"] == 2


def test_sign_minimum_and_partners_per_gene() -> None:
    assert edges_of(grow(sign="negative")) == {("A", "D")}
    assert ("A", "D") not in edges_of(grow(sign="positive"))
    assert edges_of(grow(min_r=0.82)) == {("A", "B")}
    assert edges_of(grow(per_gene=1, with_pairs=False)) == {("A", "B")}


def test_caps_are_kept_and_told() -> None:
    net = grow(max_nodes=3, max_edges=1)
    assert len(net.nodes) == 3
    assert edges_of(net) == {("A", "B")}
    assert any("cap is 3 genes" in words for words in net.left_out)
    assert any("cap is 1 edges" in words for words in net.left_out)
    assert grow().left_out == ()


def test_edges_that_brought_a_gene_in_outlive_stronger_others() -> None:
    assert edges_of(grow(max_edges=3)) == {("A", "B"), ("A", "C"), ("A", "D")}


@pytest.mark.parametrize(
    "growth", [{"hops": 0}, {"hops": 3}, {"per_gene": 0}, {"min_r": -0.1}, {"min_r": 1.1}, {"sign": "up"}]
)
def test_values_out_of_range_are_bad_input(growth: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        grow(**growth)


def test_no_seed_and_too_many_seeds() -> None:
    with pytest.raises(BadInput):
        grow("")
    with pytest.raises(BadInput):
        network.grow([f"G{n}" for n in range(21)], partners, None, network.Growth())


def test_the_same_network_is_laid_out_the_same() -> None:
    pd.testing.assert_frame_equal(grow(hops=2).nodes, grow(hops=2).nodes)


def test_modules_split_two_cliques() -> None:
    cliques = {(a, b): 0.9 for group in ("ABCD", "EFGH") for a in group for b in group if a < b} | {("A", "E"): 0.5}

    def look_up(gene: str, limit: int) -> pd.DataFrame:
        rows = [(b if a == gene else a, r, 50, 1.0) for (a, b), r in cliques.items() if gene in (a, b)]
        return pd.DataFrame(rows[:limit], columns=["gene", "r", "n", "mean_expression"])

    net = network.grow(["A"], look_up, None, network.Growth(hops=2))
    module = dict(zip(net.nodes["gene"], net.nodes["module"], strict=True))
    assert len({module[g] for g in "BCD"}) == len({module[g] for g in "EFGH"}) == 1
    assert module["B"] != module["F"]


def test_files_hold_the_network() -> None:
    net = grow()
    graph = nx.read_graphml(io.BytesIO(network.graphml(net)))
    assert set(graph.nodes) == set(net.nodes["gene"])
    assert graph.edges["A", "D"]["sign"] == "negative"
    assert graph.edges["A", "B"]["r"] == pytest.approx(0.9)
    lines = network.sif(net).decode().splitlines()
    assert "A\tcoexpressed-\tD" in lines
    assert len(lines) == len(net.edges)


def test_the_real_network_of_cd3e() -> None:
    answer = api.network("hpa", ["CD3E", "nosuchgene"], hops=1, per_gene=20)
    net = answer.value
    assert {"CD3D", "CD2"} <= set(net.nodes["gene"])
    assert any("nosuchgene" in note for note in answer.provenance.notes)
    seeds = net.nodes.loc[net.nodes["seed"], "gene"]
    assert list(seeds) == ["CD3E"]
    degree = pd.concat([net.edges["gene_a"], net.edges["gene_b"]]).value_counts()
    assert (net.nodes.set_index("gene")["degree"].sort_index() == degree.sort_index()).all()
    assert np.isfinite(net.nodes[["x", "y"]].to_numpy()).all()
    with pytest.raises(NotFound):
        api.network("hpa", ["nosuchgene"])
