"""What the figures of an own sample draw: order, hidden tissues, marks, and the same on paper."""

from __future__ import annotations

import pandas as pd
import pytest

from backend.errors import BadInput
from components import groups, own_sample, publication


def table() -> pd.DataFrame:
    """Two genes over four tissues, one of them with two samples only."""
    tissues = [("Liver", "Liver", 40), ("Skin", "Skin", 5), ("Brain", "Brain", 30), ("Tiny", "Brain", 2)]
    percentiles = {"ALB": (50.0, 99.0, 100.0, 10.0), "GFAP": (80.0, 20.0, 1.0, 5.0)}
    rows = [
        (gene, tissue, system, n, 3.0, percentile)
        for gene, found in percentiles.items()
        for (tissue, system, n), percentile in zip(tissues, found, strict=True)
    ]
    return pd.DataFrame(rows, columns=["gene", "tissue", "system", "n", "value", "percentile"])


def order(drawn: pd.DataFrame) -> list[str]:
    return list(drawn.loc[drawn["gene"] == "ALB", "tissue"])


@pytest.mark.parametrize(
    ("nearest", "sort", "top", "expected"),
    [
        (["Skin", "Tiny", "Liver", "Brain"], own_sample.NEAREST, None, ["Skin", "Liver", "Brain"]),
        (["Skin", "Liver", "Brain"], own_sample.NEAREST, 2, ["Skin", "Liver"]),
        (["Skin", "Liver", "Brain"], own_sample.BY_VALUE, None, ["Brain", "Skin", "Liver"]),
        (["Skin", "Liver", "Brain"], own_sample.BY_VALUE, 2, ["Skin", "Liver"]),
        (["Skin", "Liver", "Brain"], own_sample.BY_NAME, None, ["Brain", "Liver", "Skin"]),
        ([], own_sample.BY_VALUE, 2, ["Brain", "Skin"]),
        (["Skin"], own_sample.NEAREST, None, ["Skin", "Brain", "Liver"]),
    ],
)
def test_the_nearest_tissues_are_drawn_in_the_order_asked_for(
    nearest: list[str], sort: str, top: int | None, expected: list[str]
) -> None:
    drawn, hidden = own_sample.percentiles(table(), nearest, sort, top)
    assert order(drawn) == expected
    assert hidden == 1
    by_gene = drawn.groupby("gene", sort=False)["tissue"].agg(list)
    assert list(by_gene.index) == ["ALB", "GFAP"]
    assert by_gene["ALB"] == by_gene["GFAP"]


def test_dots_stand_at_their_percentile_and_few_samples_are_marked() -> None:
    drawn, _ = own_sample.percentiles(table(), [], own_sample.BY_VALUE, None)
    (points,) = own_sample.dots(drawn[drawn["gene"] == "GFAP"], dark=False).data
    assert dict(zip(points.y, points.x, strict=True)) == {
        "Brain (n = 30)": 1.0,
        "Skin* (n = 5)": 20.0,
        "Liver (n = 40)": 80.0,
    }
    colours = dict(zip(points.y, points.marker.color, strict=True))
    assert colours["Skin* (n = 5)"].startswith("rgba")
    assert colours["Liver (n = 40)"] == colours["Brain (n = 30)"] != colours["Skin* (n = 5)"]


def similar(count: int, n: int = 30) -> pd.DataFrame:
    rows = [(f"T{place}", "S", n, 400, 0.9 - place / 100) for place in range(count)]
    return pd.DataFrame(rows, columns=["tissue", "system", "n", "genes", "r"])


def test_the_nearest_figure_holds_the_best_and_leaves_tiny_tissues_out() -> None:
    found = similar(30)
    found.loc[0, "n"] = groups.FEWEST - 1
    drawn = own_sample.nearest(found)
    assert list(drawn["tissue"]) == [f"T{place}" for place in range(1, own_sample.SHOWN + 1)]
    (bars,) = own_sample.bars(drawn, dark=True).data
    assert list(bars.x) == list(drawn["value"])
    assert bars.text[0] == "0.890"
    with pytest.raises(BadInput, match="enough samples"):
        own_sample.nearest(similar(3, n=2))


def test_rho_below_zero_stays_in_sight() -> None:
    drawn = own_sample.nearest(similar(3).assign(r=[0.2, 0.0, -0.4]))
    low, _ = own_sample.bars(drawn, dark=False).layout.xaxis.range
    assert low < -0.4


@pytest.mark.parametrize("simulated", [True, False])
def test_the_paper_figure_has_the_dots_and_the_mark(simulated: bool) -> None:
    drawn, _ = own_sample.percentiles(table(), [], own_sample.BY_VALUE, None)
    figure = own_sample.paper_dots(drawn, "Source: test", simulated)
    text = publication.to_bytes(figure, "svg", {"title": "x"}).decode()
    assert ("SIMULATED DATA" in text) == simulated
    assert "fewer than 10 samples" in text
    first, second = figure.axes
    for axes, gene in ((first, "ALB"), (second, "GFAP")):
        (points,) = axes.collections
        expected = drawn.loc[drawn["gene"] == gene, "percentile"]
        assert list(points.get_offsets()[:, 0]) == list(expected)
        assert list(points.get_offsets()[:, 1]) == [0, 1, 2]
