"""A co-expression network grown from seed genes, hop by hop, within stated caps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import Literal

import networkx as nx
import pandas as pd

from backend.errors import BadInput
from backend.model import EDGE_COLUMNS, NODE_COLUMNS, Network

Sign = Literal["both", "positive", "negative"]
SIGNS: tuple[Sign, ...] = ("both", "positive", "negative")
MAX_NODES, MAX_EDGES = 60, 150
MAX_HOPS, MAX_PER_GENE, MAX_SEEDS = 2, 100, 20
LAYOUT_SEED = 7

Partners = Callable[[str, int], pd.DataFrame]  # (gene, limit) -> COEXPRESSION_COLUMNS
Pairs = Callable[[Sequence[str]], pd.DataFrame]  # genes -> EDGE_COLUMNS


@dataclass(frozen=True)
class Growth:
    """How to grow: partners per gene, hops, smallest |r|, sign, and the two caps."""

    hops: int = 1
    per_gene: int = 20
    min_r: float = 0.0
    sign: Sign = "both"
    max_nodes: int = MAX_NODES
    max_edges: int = MAX_EDGES

    def check(self) -> None:
        """Raises BadInput for a value out of range."""
        if not 1 <= self.hops <= MAX_HOPS:
            raise BadInput(f"hops is {self.hops}; it can be 1 to {MAX_HOPS}.", "Choose 1 or 2 hops.")
        if not 1 <= self.per_gene <= MAX_PER_GENE:
            raise BadInput(f"{self.per_gene} partners per gene; it can be 1 to {MAX_PER_GENE}.", "Choose fewer.")
        if not 0 <= self.min_r <= 1:
            raise BadInput(f"The minimum |r| is {self.min_r}; it can be 0 to 1.", "Choose a value in between.")
        if self.sign not in SIGNS:
            raise BadInput(f"The sign is “{self.sign}”.", f"Choose {', '.join(SIGNS)}.")


@dataclass
class _Growing:
    hop: dict[str, int]
    mean: dict[str, float] = field(default_factory=dict)
    edges: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    brought: set[tuple[str, str]] = field(default_factory=set)  # the edge by which each gene came
    dropped: set[str] = field(default_factory=set)

    def add(self, gene: str, rows: pd.DataFrame, hop: int, max_nodes: int) -> None:
        columns = (rows[name].tolist() for name in ("gene", "r", "n", "mean_expression"))
        for partner, r, n, mean in zip(*columns, strict=True):
            if partner not in self.hop and len(self.hop) >= max_nodes:
                self.dropped.add(partner)
                continue
            if partner not in self.hop:
                self.hop[partner] = hop
                self.brought.add(_pair(gene, partner))
            self.mean.setdefault(partner, float(mean))
            self.edges.setdefault(_pair(gene, partner), (float(r), _count(n)))


def grow(
    seeds: Sequence[str],
    partners: Partners,
    pairs: Pairs | None,
    growth: Growth,
    means: Mapping[str, float] | None = None,
    begin_hop: Callable[[Sequence[str]], None] | None = None,
) -> Network:
    """The network around `seeds`.

    means: mean expression of the seeds, which no table of partners tells. begin_hop: told the genes whose partners
    are asked for next.

    partners: a gene's partners of both signs, strongest first. pairs: r among the nodes, where
    the source can tell; then nodes are also joined to each other wherever |r| reaches the
    weakest |r| that brought a node in. Edges that brought a node in are kept before others.
    """
    growth.check()
    if not seeds:
        raise BadInput("There is no seed gene.", "Give at least one gene.")
    if len(seeds) > MAX_SEEDS:
        raise BadInput(f"{len(seeds)} seed genes; the cap is {MAX_SEEDS}.", "Start from fewer genes.")
    if len(seeds) > growth.max_nodes:
        raise BadInput(
            f"{len(seeds)} seed genes do not fit under the cap of {growth.max_nodes} genes.",
            "Raise the cap of genes drawn.",
        )
    growing = _Growing(dict.fromkeys(seeds, 0), dict(means or {}))
    frontier = list(dict.fromkeys(seeds))
    for hop in range(1, growth.hops + 1):
        if begin_hop:
            begin_hop(frontier)
        for gene in frontier:
            growing.add(gene, _chosen(partners(gene, growth.per_gene), growth), hop, growth.max_nodes)
        frontier = [gene for gene, at in growing.hop.items() if at == hop]
    edges = _edges(growing, pairs, growth)
    return _network(seeds, growing, edges, growth)


def _count(n: float) -> float:
    """n of an edge: whole, or missing where the source does not tell it."""
    return n if isnan(n) else int(n)


def _rows(edges: pd.DataFrame) -> list[tuple[str, str, float, float]]:
    """EDGE_COLUMNS as plain tuples."""
    return list(zip(*(edges[name].tolist() for name in EDGE_COLUMNS), strict=True))


def _pair(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)


def _chosen(rows: pd.DataFrame, growth: Growth) -> pd.DataFrame:
    if growth.sign != "both":
        rows = rows[rows["r"] > 0] if growth.sign == "positive" else rows[rows["r"] < 0]
    return rows[rows["r"].abs() >= growth.min_r].head(growth.per_gene)


def _edges(growing: _Growing, pairs: Pairs | None, growth: Growth) -> pd.DataFrame:
    grown = _edge_table(growing.edges, growing.brought)
    if pairs is None or len(growing.hop) < 3 or grown.empty:
        return grown
    weakest = max(growth.min_r, float(grown["r"].abs().min()))
    among = pairs(list(growing.hop))
    among = among[among["r"].abs() >= weakest]
    if growth.sign != "both":
        among = among[(among["r"] > 0) == (growth.sign == "positive")]
    found = {_pair(a, b): (float(r), _count(n)) for a, b, r, n in _rows(among)}
    new = {pair: value for pair, value in found.items() if pair not in growing.edges}
    return pd.concat([grown, _edge_table(new, set())], ignore_index=True) if new else grown


def _edge_table(edges: dict[tuple[str, str], tuple[float, float]], brought: set[tuple[str, str]]) -> pd.DataFrame:
    rows = [(a, b, r, n, (a, b) in brought) for (a, b), (r, n) in edges.items()]
    return pd.DataFrame(rows, columns=[*EDGE_COLUMNS, "brought_in"])


def _network(seeds: Sequence[str], growing: _Growing, edges: pd.DataFrame, growth: Growth) -> Network:
    edges = edges.assign(strength=edges["r"].abs().astype(float))
    edges = edges.sort_values(["brought_in", "strength"], ascending=False, kind="stable")
    kept = edges.head(growth.max_edges).sort_values("strength", ascending=False, kind="stable")
    left_out = []
    if growing.dropped:
        left_out.append(f"{len(growing.dropped):,} further genes are left out: the cap is {growth.max_nodes} genes.")
    if len(edges) > len(kept):
        left_out.append(f"{len(edges) - len(kept):,} weaker edges are left out: the cap is {growth.max_edges} edges.")
    kept = kept[list(EDGE_COLUMNS)].reset_index(drop=True)
    graph = _graph(growing, kept)
    return Network(_nodes(seeds, growing, graph), kept, tuple(left_out))


def _graph(growing: _Growing, edges: pd.DataFrame) -> nx.Graph[str]:
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(growing.hop)
    for a, b, r, _ in _rows(edges):
        graph.add_edge(a, b, weight=abs(r))
    return graph


def _nodes(seeds: Sequence[str], growing: _Growing, graph: nx.Graph[str]) -> pd.DataFrame:
    """NODE_COLUMNS and x, y: modules by Louvain on |r|, a spring layout, both with a fixed seed."""
    communities = nx.community.louvain_communities(graph, weight="weight", seed=LAYOUT_SEED)
    ranked = sorted(communities, key=lambda members: (-len(members), min(members)))
    module = {gene: number for number, members in enumerate(ranked, start=1) for gene in members}
    place = _places(graph)
    rows = [
        (
            gene,
            gene in seeds,
            hop,
            graph.degree(gene),
            module[gene],
            growing.mean.get(gene, float("nan")),
            float(place[gene][0]),
            float(place[gene][1]),
        )
        for gene, hop in growing.hop.items()
    ]
    table = pd.DataFrame(rows, columns=[*NODE_COLUMNS, "x", "y"])
    return table.sort_values(["degree", "gene"], ascending=[False, True], kind="stable").reset_index(drop=True)


def _places(graph: nx.Graph[str]) -> dict[str, tuple[float, float]]:
    """Each connected part by a spring layout of its own, the parts side by side, largest first.

    One layout for all would push unconnected parts far apart and leave the middle empty.
    """
    place: dict[str, tuple[float, float]] = {}
    parts = sorted(nx.connected_components(graph), key=lambda part: (-len(part), min(part)))
    width = 2.4 * sum(len(part) for part in parts) ** 0.5
    left, top, shelf = 0.0, 0.0, 0.0
    for part in parts:
        radius = len(part) ** 0.5 / 2
        if left and left + 2 * radius > width:
            left, top, shelf = 0.0, top - shelf - 0.8, 0.0
        inside = nx.spring_layout(
            graph.subgraph(sorted(part)),
            weight="weight",
            seed=LAYOUT_SEED,
            iterations=120,
            scale=radius,
            k=2.2 / len(part) ** 0.5,
        )
        for gene, (x, y) in inside.items():
            place[gene] = (left + radius + float(x), top - radius + float(y))
        left, shelf = left + 2 * radius + 0.8, max(shelf, 2 * radius)
    return place


def _sign_word(r: float) -> str:
    return "positive" if r > 0 else "negative"


def graph_of(network: Network) -> nx.Graph[str]:
    """The network as a graph with all columns as attributes (r signed, weight = |r|)."""
    graph: nx.Graph[str] = nx.Graph()
    for node in network.nodes.to_dict("records"):
        attributes = {name: int(node[name]) for name in ("hop", "degree", "module")}
        graph.add_node(str(node["gene"]), seed=bool(node["seed"]), **attributes)
    for a, b, r, n in _rows(network.edges):
        told = {} if isnan(n) else {"n": int(n)}
        graph.add_edge(a, b, r=float(r), weight=abs(float(r)), sign=_sign_word(r), **told)
    return graph


def graphml(network: Network) -> bytes:
    """The network as GraphML (opens in Cytoscape, Gephi, yEd)."""
    return "\n".join(nx.generate_graphml(graph_of(network))).encode()


def sif(network: Network) -> bytes:
    """The network as SIF: gene_a, "coexpressed+" or "coexpressed-", gene_b; lone genes alone."""
    lines = [f"{a}\tcoexpressed{'+' if r > 0 else '-'}\t{b}" for a, b, r, _ in _rows(network.edges)]
    joined = set(network.edges["gene_a"]) | set(network.edges["gene_b"])
    lines += [gene for gene in network.nodes["gene"] if gene not in joined]
    return ("\n".join(lines) + "\n").encode()
