"""Co-expression: every drawn r is the data's, caps and unknown seeds are told, an edge opens its numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import (
    Atlas,
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


def edges(at) -> pd.DataFrame:
    """The drawn edges: a, b, r, n."""
    return pd.DataFrame(trace(figures(at)[0], "edges")["customdata"], columns=["a", "b", "r", "n"])


def nodes(at) -> pd.DataFrame:
    """The drawn genes with what their hover says, and whether they stand as seeds."""
    genes = trace(figures(at)[0], "genes")
    table = pd.DataFrame(genes["customdata"], columns=["gene", "module", "degree", "hop"]).set_index("gene")
    return table.assign(seed=[symbol == "diamond" for symbol in genes["marker"]["symbol"]])


def r_of(atlas: Atlas, a: str, b: str) -> tuple[float, int]:
    both = pd.concat([atlas.log(a), atlas.log(b)], axis=1).dropna()
    return float(np.corrcoef(both.T)[0, 1]), len(both)


def all_r(atlas: Atlas, gene: str) -> np.ndarray:
    """r of one complete gene with every other gene, over the tissues each has."""
    own = atlas.log(gene).to_numpy()
    others = np.log2(atlas.ntpm.astype(float) + 1)
    measured = ~np.isnan(others)
    count = measured.sum(axis=1, keepdims=True)

    def centred(rows: np.ndarray) -> np.ndarray:
        kept = np.where(measured, rows, 0.0)
        return np.where(measured, kept - kept.sum(axis=1, keepdims=True) / count, 0.0)

    x, y = centred(np.broadcast_to(own, others.shape)), centred(others)
    size = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    r = (x * y).sum(axis=1) / np.where(size > 1e-9, size, np.nan)
    r[atlas.row(gene)] = np.nan
    return r


def check_edges(at, atlas: Atlas) -> pd.DataFrame:
    """Every drawn r and n is the data's (where the atlas's own symbol is today's)."""
    drawn = edges(at)
    known = drawn[drawn["a"].isin(atlas.symbols) & drawn["b"].isin(atlas.symbols)]
    assert len(known) >= len(drawn) / 2
    for row in known.itertuples():
        r, n = r_of(atlas, row.a, row.b)
        assert row.r == pytest.approx(r, abs=1e-6), (row.a, row.b)
        assert row.n == n
    return drawn


def test_a_first_visit_shows_the_network_of_cd3e(open_page: Open, atlas: Atlas) -> None:
    at = standing(open_page("coexpression"))
    assert messages(at) == ""
    drawn = check_edges(at, atlas)
    shown = nodes(at)
    assert list(shown.index[shown["seed"]]) == ["CD3E"]
    assert {"CD3D", "CD2"} <= set(shown.index)
    assert len(shown) == 21
    # the twenty are the twenty strongest of all genes
    own = drawn[(drawn["a"] == "CD3E") | (drawn["b"] == "CD3E")]
    strongest = np.sort(np.abs(all_r(atlas, "CD3E")[~np.isnan(all_r(atlas, "CD3E"))]))[::-1][:20]
    np.testing.assert_allclose(np.sort(own["r"].abs())[::-1], strongest, atol=1e-6)
    assert list(own.sort_values("r", ascending=False)["a"][:2]) == ["CD3D", "CD2"]
    degrees = pd.concat([drawn["a"], drawn["b"]]).value_counts()
    assert (shown["degree"] == degrees.reindex(shown.index).fillna(0)).all()
    assert "left out" not in captions(at)
    assert "r is Pearson's over tissues" in captions(at)


def test_the_hubs_and_tables_hold_what_is_drawn(open_page: Open) -> None:
    at = standing(open_page("coexpression"))
    genes, joined = (frame.value for frame in at.expander("network-twin").dataframe)
    assert set(genes["gene"]) == set(nodes(at).index)
    pd.testing.assert_frame_equal(
        joined.set_axis(["a", "b", "r", "n"], axis=1), edges(at), check_dtype=False, rtol=1e-9
    )
    hubs = at.main.dataframe[0].value
    assert list(hubs["degree"]) == sorted(nodes(at)["degree"], reverse=True)[:12]


@pytest.mark.parametrize("sign", ["positive", "negative"])
def test_the_sign_filter_keeps_one_sign(open_page: Open, atlas: Atlas, sign: str) -> None:
    at = open_page("coexpression", seed=["UMOD"])
    at.selectbox("sign").set_value(sign)
    drawn = check_edges(standing(at.run()), atlas)
    assert len(drawn) >= 20
    assert ((drawn["r"] > 0) == (sign == "positive")).all()
    lines = [t for t in figures(at)[0]["data"] if t.get("mode") == "lines" and t["x"] != [None]]
    assert {t["line"].get("dash", "solid") for t in lines} == {"solid" if sign == "positive" else "dash"}


def test_the_minimum_r_holds_for_every_edge(open_page: Open, atlas: Atlas) -> None:
    at = open_page("coexpression")
    at.number_input("min_r").set_value(0.95)
    drawn = check_edges(standing(at.run()), atlas)
    assert drawn["r"].abs().min() >= 0.95
    wanted = int((np.abs(all_r(atlas, "CD3E")) >= 0.95).sum())
    own = drawn[(drawn["a"] == "CD3E") | (drawn["b"] == "CD3E")]
    assert len(own) == min(20, wanted)


def test_a_minimum_r_that_nothing_reaches_is_told(open_page: Open) -> None:
    at = standing(open_page("coexpression", min_r="1"))
    assert "No partner is joined" in messages(at)
    assert list(nodes(at).index) == ["CD3E"]


def test_two_hops_bring_the_partners_of_partners(open_page: Open, atlas: Atlas) -> None:
    at = open_page("coexpression", partners="5")
    one = nodes(standing(at))
    at.segmented_control("hops").set_value("2")
    two = nodes(standing(at.run()))
    assert set(one["hop"]) == {0, 1}
    assert set(two["hop"]) == {0, 1, 2}
    assert set(one.index) < set(two.index)
    drawn = check_edges(at, atlas)
    joined = {frozenset(pair) for pair in zip(drawn["a"], drawn["b"], strict=True)}
    first = two.index[two["hop"] == 1]
    assert all(any(frozenset((gene, near)) in joined for near in first) for gene in two.index[two["hop"] == 2])


def test_the_cap_of_genes_is_told_when_it_bites(open_page: Open) -> None:
    at = standing(open_page("coexpression", partners="100", nodes="10"))
    assert len(nodes(at)) == 10
    assert "91 further genes are left out: the cap is 10 genes." in captions(at)


def test_the_cap_of_edges_is_told_when_it_bites(open_page: Open) -> None:
    every = edges(open_page("coexpression", edges="600"))
    assert len(every) < 600
    at = standing(open_page("coexpression", edges="30"))
    assert len(edges(at)) == 30
    assert f"{len(every) - 30} weaker edges are left out: the cap is 30 edges." in captions(at)


def test_two_seeds_share_one_network(open_page: Open, atlas: Atlas) -> None:
    at = standing(open_page("coexpression", seed=["INS", "CD3E"]))
    shown = nodes(at)
    assert set(shown.index[shown["seed"]]) == {"INS", "CD3E"}
    drawn = check_edges(at, atlas)
    for seed in ("INS", "CD3E"):
        assert len(drawn[(drawn["a"] == seed) | (drawn["b"] == seed)]) >= 20
    at.selectbox("partners-of").set_value("CD3E")
    standing(at.run())
    positive = next(f.value for f in at.main.dataframe if "mean_expression" in f.value and len(f.value) == 100)
    assert list(positive["gene"][:2]) == ["CD3D", "CD2"]


def test_an_unknown_seed_among_known_ones_is_named_and_the_rest_is_drawn(open_page: Open) -> None:
    at = standing(open_page("coexpression", seed=["NOTAGENE", "CD3E"]))
    assert "Left out: “NOTAGENE” is not in the Human Protein Atlas" in captions(at)
    assert set(nodes(at).index[nodes(at)["seed"]]) == {"CD3E"}
    assert messages(at) == "", "it is said once"


def test_only_unknown_seeds_get_suggestions(open_page: Open) -> None:
    at = standing(open_page("coexpression", seed=["CD3EE"]))
    assert "“CD3EE” is not in the Human Protein Atlas" in messages(at)
    assert "CD3E" in messages(at).replace("CD3EE", "")
    assert not figures(at)


def test_an_alias_is_told_and_stands_under_its_symbol(open_page: Open) -> None:
    at = standing(open_page("coexpression", seed=["PD-L1"]))
    assert set(nodes(at).index[nodes(at)["seed"]]) == {"CD274"}
    assert "“PD-L1” is read as CD274" in captions(at)


def test_a_seed_that_never_varies_is_told(open_page: Open) -> None:
    at = standing(open_page("coexpression", seed=["OR12D3"]))
    assert "OR12D3 has the same value in every tissue, so it correlates with nothing." in messages(at)
    assert not figures(at)


def test_a_constant_seed_leaves_the_others_drawn(open_page: Open) -> None:
    at = standing(open_page("coexpression", seed=["CD3E", "OR12D3"]))
    assert "CD3D" in nodes(at).index
    assert "OR12D3" in captions(at) + messages(at)


def test_no_seed_says_what_to_type(open_page: Open) -> None:
    at = open_page("coexpression")
    at.multiselect("seed").set_value([])
    standing(at.run())
    assert "Type a seed gene above" in messages(at)
    assert not figures(at)


def test_a_gene_is_found_in_the_network_in_any_case(open_page: Open) -> None:
    at = open_page("coexpression")
    at.text_input("find").set_value(" cd2 ")
    standing(at.run())
    genes = trace(figures(at)[0], "genes")
    at_place = [row[0] for row in genes["customdata"]].index("CD2")
    (ring,) = (t for t in figures(at)[0]["data"] if t.get("marker", {}).get("symbol") == "circle-open")
    for axis in ("x", "y"):
        assert numbers(ring[axis])[0] == pytest.approx(numbers(genes[axis])[at_place])


def test_a_gene_that_is_not_in_the_network_is_said_to_be_absent(open_page: Open) -> None:
    at = open_page("coexpression")
    before = figures(at)
    at.text_input("find").set_value("ALB")
    standing(at.run())
    assert "ALB is not among the 21 genes drawn." in captions(at)
    assert figures(at) == before


@pytest.mark.parametrize(("pair", "n"), [("CD2,CD3E", 50), ("CD3E,TRBC1", 41)])
def test_an_edge_opens_the_numbers_behind_it(open_page: Open, atlas: Atlas, pair: str, n: int) -> None:
    at = open_page("coexpression")
    at.selectbox("pair").set_value(pair)
    standing(at.run())
    assert at.query_params == {"pair": pair}
    first, second = pair.split(",")
    points = figures(at)[1]["data"][0]
    tissues = [row[0] for row in points["customdata"]]
    both = pd.concat([atlas.log(first), atlas.log(second)], axis=1).dropna()
    assert set(tissues) == set(both.index)
    assert len(tissues) == n
    np.testing.assert_allclose(numbers(points["x"]), atlas.log(first)[tissues], atol=1e-6)
    np.testing.assert_allclose(numbers(points["y"]), atlas.log(second)[tissues], atol=1e-6)
    r, _ = r_of(atlas, first, second)
    rho = spearmanr(both.iloc[:, 0], both.iloc[:, 1]).statistic
    assert {m.label: m.value for m in at.metric} == {"Pearson r": f"{r:.3f}", "Spearman ρ": f"{rho:.3f}"}
    assert f"n = {n} tissues" in captions(at)
    layout = figures(at)[1]["layout"]
    assert first in layout["xaxis"]["title"]["text"]
    assert second in layout["yaxis"]["title"]["text"]
    same_from_its_address(open_page, "coexpression", at)
    same_from_its_link(open_page, at)


def test_a_clicked_edge_opens_its_numbers_and_another_can_be_chosen_then(open_page: Open) -> None:
    at = open_page("coexpression")
    place = edges(at).set_index(["a", "b"]).index.get_loc(("CD2", "CD3E"))
    point = {"customdata": trace(figures(at)[0], "edges")["customdata"][place], "point_index": place}
    at.session_state["network"] = {"selection": {"points": [point], "point_indices": [place], "box": [], "lasso": []}}
    standing(at.run())
    assert at.query_params == {"pair": "CD2,CD3E"}
    assert at.selectbox("pair").value == "CD2,CD3E"
    # the click stays selected in the figure, and must not win over what is chosen later
    at.selectbox("pair").set_value("CD3E,TRBC1")
    standing(at.run())
    assert at.query_params == {"pair": "CD3E,TRBC1"}
    at.multiselect("seed").set_value(["ALB"])
    standing(at.run())
    assert at.query_params == {"seed": "ALB"}
    assert messages(at) == ""


def test_another_seed_forgets_the_edge_of_the_old_network(open_page: Open) -> None:
    at = open_page("coexpression", pair="CD2,CD3E")
    at.multiselect("seed").set_value(["ALB"])
    standing(at.run())
    assert at.query_params == {"seed": "ALB"}
    assert messages(at) == ""


def test_the_partners_of_a_seed_have_r_p_and_q(open_page: Open, atlas: Atlas) -> None:
    at = standing(open_page("coexpression", seed=["UMOD"]))
    tables = [f.value for f in at.main.dataframe if "q" in f.value]
    positive, negative = tables
    assert (positive["r"] > 0).all()
    assert (negative["r"] < 0).all()
    r = all_r(atlas, "UMOD")
    r = np.sort(r[~np.isnan(r)])
    np.testing.assert_allclose(positive["r"], r[::-1][: len(positive)], atol=1e-6)
    np.testing.assert_allclose(negative["r"], r[: len(negative)], atol=1e-6)
    assert (tables[0]["q"] >= tables[0]["p"]).all()


def batch(at, text: str):
    at.text_area("batch-genes").set_value(text)
    return standing(at.run())


def batch_table(at: AppTest) -> pd.DataFrame:
    """The partners, not the table of how the names were read."""
    return next(t.value for t in at.expander("batch").dataframe if "query_gene" in t.value.columns)


def test_a_whole_list_gets_its_partners_in_one_table(open_page: Open, atlas: Atlas) -> None:
    at = batch(open_page("coexpression"), "CCND1 p53, NOTAGENE\nUMOD")
    table = batch_table(at)
    assert table["query_gene"].value_counts().to_dict() == {"CCND1": 10, "TP53": 10, "UMOD": 10}
    for gene in ("CCND1", "UMOD"):
        strongest = np.sort(np.abs(all_r(atlas, gene)[~np.isnan(all_r(atlas, gene))]))[::-1][:10]
        np.testing.assert_allclose(table.loc[table["query_gene"] == gene, "r"].abs(), strongest, atol=1e-6)
    read = at.expander("batch-triage").dataframe[0].value.set_index("Entered")["Status"]
    assert read.to_dict() == {
        "CCND1": "current symbol",
        "p53": "renamed",
        "NOTAGENE": "absent",
        "UMOD": "current symbol",
    }


def test_a_list_without_genes_is_told(open_page: Open) -> None:
    at = batch(open_page("coexpression"), "NOTAGENE")
    assert "None of these names is a gene of this source" in messages(at)
    assert len(figures(at)) == 2, "the rest of the page stands"


def test_a_constant_gene_of_a_list_leaves_the_others(open_page: Open) -> None:
    at = batch(open_page("coexpression"), "ALB OR12D3")
    assert set(batch_table(at)["query_gene"]) == {"ALB"}
    assert "OR12D3" in captions(at.expander("batch")) + messages(at)


def test_names_over_the_cap_of_a_list_are_told_and_none_is_cut_in_silence(open_page: Open, atlas: Atlas) -> None:
    at = batch(open_page("coexpression"), " ".join(atlas.symbols[:520]))
    told = messages(at)
    assert "the cap is 500." in told
    assert not [table for table in at.expander("batch").dataframe if "query_gene" in table.value.columns]


@pytest.mark.parametrize(
    ("kind", "key", "value", "default"),
    [
        ("multiselect", "seed", ["UMOD", "ALB"], ["CD3E"]),
        ("segmented_control", "hops", "2", "1"),
        ("selectbox", "sign", "negative", "both"),
        ("number_input", "partners", 7, 20),
        ("number_input", "min_r", 0.97, 0.0),
        ("slider", "nodes", 10, 60),
        ("slider", "edges", 20, 150),
        ("text_input", "find", "CD2", ""),
        ("selectbox", "pair", "CD2,CD3E", "CD3D,CD3E"),
    ],
)
def test_every_option_goes_into_the_address_and_comes_back_from_it(
    open_page: Open, kind: str, key: str, value: object, default: object
) -> None:
    at = open_page("coexpression")
    before = figures(at)
    getattr(at, kind)(key).set_value(value)
    standing(at.run())
    assert at.query_params == {key: value if isinstance(value, list) else str(value)}
    assert figures(at) != before
    again = same_from_its_address(open_page, "coexpression", at)
    same_from_its_link(open_page, at)
    getattr(again, kind)(key).set_value(default)
    standing(again.run())
    assert again.query_params == {}
    assert figures(again) == before


def test_an_ambiguous_seed_offers_the_genes_it_may_stand_for(open_page: Open) -> None:
    at = standing(open_page("coexpression", seed=["CAP"]))
    assert "Choose one of them." in messages(at)
    (button,) = (one for one in at.button if one.label == "CAP1")
    at = standing(button.click().run())
    assert at.query_params["seed"] in ("CAP1", ["CAP1"])
    assert figures(at)
