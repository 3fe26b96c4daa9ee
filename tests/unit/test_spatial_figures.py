"""Sections: what is drawn holds exactly the numbers of the spots, missing stays missing, and rasters are means."""

from __future__ import annotations

import base64
import html
import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from backend.model import Spots
from components import (
    publication,
    publication_spatial,
    spatial_chart,
    spatial_drawn,
    spatial_groups,
    spatial_raster,
)
from components.spatial_drawn import AUTOMATIC, EVERY, GROUPS, RASTER, Look

NAMES = ("Cortex", "White <matter>")


def spots(n: int = 60, genes: int = 1, seed: int = 1, grid: bool = False) -> Spots:
    """n spots; the second value of each gene is missing, a few spots are of no group."""
    random = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(n)))
    x, y = (axis.ravel()[:n] * 10.0 for axis in np.meshgrid(np.arange(side), np.arange(side)))
    if not grid:
        x, y = x + random.uniform(-4, 4, n), y + random.uniform(-4, 4, n)
    values = random.poisson(2, (genes, n)).astype(float)
    values[:, 1] = np.nan
    groups = np.where(random.random(n) < 0.5, *NAMES).astype(object)
    groups[5] = ""
    table = pd.DataFrame({"spot": [f"s{number}" for number in range(n)], "x": x, "y": y, "group": groups})
    labels = tuple(f"G{number}" for number in range(genes))
    return Spots(table, labels, values, "log2(x+1)", spacing=10.0, by="region", order=NAMES)


def numbers(values: Any) -> np.ndarray:
    """What a browser is sent."""
    if isinstance(values, dict):
        found = np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).astype(float)
        return found.reshape([int(n) for n in values["shape"].split(",")]) if "shape" in values else found
    return np.array(values, dtype=float)


def sent(drawing: spatial_drawn.Drawing, **how: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(spatial_chart.section(drawing, dark=False, **how).to_json())
    return found


def drawn(found: Spots, **look: Any) -> spatial_drawn.Drawing:
    drawing = spatial_drawn.of(found, Look(**look))
    assert drawing is not None
    return drawing


def test_every_spot_stands_at_its_place_in_the_colour_of_its_value_and_missing_ones_are_grey() -> None:
    found = spots()
    grey, coloured = sent(drawn(found))["data"]
    seen = np.isfinite(found.values[0])
    for trace, which in ((grey, ~seen), (coloured, seen)):
        np.testing.assert_allclose(numbers(trace["x"]), found.table["x"][which], rtol=1e-6)
        np.testing.assert_allclose(numbers(trace["y"]), found.table["y"][which], rtol=1e-6)
    np.testing.assert_array_equal(numbers(coloured["marker"]["color"]), found.values[0][seen])
    assert grey["name"] == "not measured"
    assert "coloraxis" not in grey["marker"]
    assert len(set(map(str, found.values[0][seen]))) > 2
    names = [html.unescape(text.split("<br>")[0].strip("</b>")) for text in coloured["text"]]
    assert names == list(found.table["spot"][seen])
    groups = [html.unescape(text.split("<br>")[1]) for text in coloured["text"]]
    assert groups == list(found.table["group"].replace("", "not told")[seen])


def test_colours_end_at_the_percentile_that_the_bar_names() -> None:
    found = spots(500)
    values = found.values[0][np.isfinite(found.values[0])]
    layout = sent(drawn(found, clip=95.0))["layout"]
    axis = layout["coloraxis"]
    assert (axis["cmin"], axis["cmax"]) == (0, pytest.approx(np.percentile(values, 95)))
    assert axis["colorbar"]["title"]["text"] == "log2(x+1), up to percentile 95"
    assert axis["colorbar"]["ticktext"][-1].startswith("≥ ")
    whole = sent(drawn(found, clip=100.0))["layout"]["coloraxis"]
    assert whole["cmax"] == values.max()
    assert whole["colorbar"]["title"]["text"] == "log2(x+1)"
    rare = replace(found, values=np.where(np.arange(500) == 7, 3.0, 0.0)[None, :])
    assert sent(drawn(rare))["layout"]["coloraxis"]["cmax"] == 3  # percentile 99 is 0: the one spot stays in sight


def test_steps_are_equal_along_both_axes_and_y_can_grow_downwards() -> None:
    axes = sent(drawn(spots()))["layout"]
    assert (axes["yaxis"]["scaleanchor"], axes["yaxis"]["scaleratio"]) == ("x", 1)
    low, high = axes["yaxis"]["range"]
    turned = sent(drawn(spots(), turned=True))["layout"]["yaxis"]["range"]
    assert low < high
    assert turned == [high, low]


def test_two_genes_are_linked_and_share_their_colours_where_wanted() -> None:
    found = spots(genes=2)
    found = replace(found, values=found.values * np.array([[1.0], [4.0]]))
    own, common = sent(drawn(found))["layout"], sent(drawn(found, common=True))["layout"]
    assert (own["xaxis2"]["matches"], own["yaxis2"]["matches"]) == ("x", "y")
    highest = [np.nanpercentile(row, 99) for row in found.values]
    assert [own["coloraxis"]["cmax"], own["coloraxis2"]["cmax"]] == pytest.approx(highest)
    assert common["coloraxis"]["cmax"] == pytest.approx(max(highest))
    assert "coloraxis2" not in common
    below = sent(drawn(found), narrow=True)["layout"]
    assert below["yaxis2"]["domain"][1] < below["yaxis"]["domain"][0]


def test_neighbours_touch_at_the_drawn_size() -> None:
    drawing = drawn(spots(400, grid=True))
    figure = sent(drawing)
    left, right, bottom, top = drawing.box
    margin = figure["layout"]["margin"]
    inner = figure["layout"]["height"] - margin["t"] - margin["b"]
    scale = min(spatial_chart.WIDE[1] / (right - left), inner / (top - bottom))
    size = figure["data"][-1]["marker"]["size"]
    assert size == pytest.approx(10 * scale, rel=0.01)
    assert sent(drawn(spots(400, grid=True), size=1.5))["data"][-1]["marker"]["size"] == pytest.approx(1.5 * size)


@given(st.integers(1, 300), st.integers(1, 400), st.booleans(), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_a_cell_is_the_mean_of_its_measured_spots(n: int, most: int, grid: bool, seed: int) -> None:
    random = np.random.default_rng(seed)
    found = spots(max(n, 6), seed=seed, grid=grid)
    x, y = found.table["x"], found.table["y"]
    raster = spatial_raster.of(x, y, found.spacing, most)
    values = np.where(random.random(len(x)) < 0.3, np.nan, random.normal(size=len(x)))
    assert raster.columns * raster.rows <= most
    column = np.floor((x - x.min()) / raster.cell + 0.5)
    row = np.floor((y - y.min()) / raster.cell + 0.5)
    by_hand = pd.DataFrame({"row": row, "column": column, "value": values, "group": found.table["group"]})
    cells = by_hand.groupby(["row", "column"])
    np.testing.assert_array_equal(raster.counts, cells.size())
    np.testing.assert_allclose(raster.mean(values), cells["value"].mean())
    np.testing.assert_allclose(raster.x, x.min() + raster.cell * cells.size().index.get_level_values("column"))
    codes = pd.Categorical(by_hand["group"], sorted(set(by_hand["group"]))).codes.astype(np.intp)
    often = raster.most_frequent(codes, int(codes.max()) + 1)
    assert list(often) == list(pd.Series(codes).groupby([row, column]).agg(lambda part: part.mode().min()))
    assert raster.exact == (grid and raster.cell == 10.0)


def test_many_spots_become_cells_and_it_is_said() -> None:
    many = spots(spatial_drawn.MOST_SPOTS + 1)
    drawing = drawn(many)
    assert drawing.raster is not None
    assert f"Drawn as a raster of cells of {drawing.raster.cell:g} × {drawing.raster.cell:g} units" in drawing.told()
    (heat,) = (trace for trace in sent(drawing)["data"] if trace["name"] == "G0")
    grid, counts = numbers(heat["z"]), numbers(heat["customdata"])
    assert counts.sum() == len(many.table)
    assert np.nansum(grid * counts) == pytest.approx(np.nansum(many.values), rel=1e-3)  # one spot was not measured
    assert np.isnan(grid[counts == 0]).all()
    assert drawn(many, how=EVERY).told() == f"Every spot drawn (n = {len(many.table):,})."
    assert drawn(spots(spatial_drawn.MOST_SPOTS)).raster is None
    exact = drawn(spots(400, grid=True), how=RASTER)
    assert exact.told() == "Every spot drawn as a cell of 10 × 10 units (n = 400)."
    by_spot = exact.numbers().set_index("spot")
    whole = spots(400, grid=True)
    np.testing.assert_array_equal(by_spot.loc[whole.table["spot"], "G0, log2(x+1)"], whole.values[0])
    (heat,) = (trace for trace in sent(exact)["data"] if trace["name"] == "G0")
    column, row = (whole.table[name].iloc[7] / 10 for name in ("x", "y"))
    assert numbers(heat["z"])[int(row), int(column)] == whole.values[0, 7]
    assert heat["text"][int(row)][int(column)].startswith("<b>s7</b>")


def test_two_genes_of_200000_spots_stay_below_3_mb() -> None:
    for grid in (True, False):
        many = spots(200_000, genes=2, grid=grid)
        assert len(spatial_chart.section(drawn(many), dark=True).to_json()) < 3_000_000
    assert len(spatial_chart.section(drawn(many, colour=GROUPS), dark=True).to_json()) < 3_000_000


def test_groups_have_a_colour_each_and_what_is_not_told_is_grey() -> None:
    found = spots()
    traces = sent(drawn(found, colour=GROUPS))["data"]
    assert [html.unescape(trace["name"]) for trace in traces] == [*NAMES, "not told"]
    assert len({trace["marker"]["color"] for trace in traces}) == 3
    assert [len(numbers(trace["x"])) for trace in traces] == list(
        found.table["group"].value_counts().reindex([*NAMES, ""])
    )
    cells = sent(drawn(found, colour=GROUPS, how=RASTER))["data"]
    assert {text for line in cells[0]["text"] for text in line} - {""} <= {html.escape(n) for n in (*NAMES, "not told")}


def test_the_file_holds_exactly_what_is_drawn() -> None:
    found = spots(genes=2)
    table = drawn(found).numbers()
    assert list(table) == ["spot", "x", "y", "group", "G0, log2(x+1)", "G1, log2(x+1)"]
    np.testing.assert_array_equal(table["G1, log2(x+1)"], found.values[1])
    looser = replace(found, spacing=15.0)
    cells = drawn(looser, how=RASTER)
    assert list(cells.numbers()) == [
        "x", "y", "n", "most frequent group", "G0, mean log2(x+1)", "G1, mean log2(x+1)",
    ]  # fmt: skip
    assert len(cells.numbers()) == len(cells.rows)
    nowhere = replace(found, table=found.table.assign(x=np.nan))
    assert spatial_drawn.of(nowhere, Look()) is None
    window = (10.0, 41.0, 20.0, 61.0)
    part = spatial_drawn.of(found, Look(), window)
    x, y = found.table["x"], found.table["y"]
    near = x.between(window[0] - 5, window[1] + 5) & y.between(window[2] - 5, window[3] + 5)
    assert part is not None
    assert list(part.numbers()["spot"]) == list(found.table["spot"][near])
    assert part.limits == drawn(found).limits  # a colour means the same closer up
    assert tuple(sent(part)["layout"]["xaxis"]["range"]) == window[:2]
    some = drawn(replace(found, table=found.table.assign(x=found.table["x"].mask(found.table.index < 3))))
    assert (some.n, some.unplaced) == (57, 3)


def test_the_distribution_by_group_is_that_of_its_spots() -> None:
    found = spots(300)
    shown = spatial_groups.of(found, 0)
    values = pd.Series(found.values[0])
    assert shown.table["group"].iloc[0] == spatial_groups.ALL
    for row in shown.table.itertuples():
        name = "" if row.group == "not told" else row.group
        part = values if row.group == spatial_groups.ALL else values[found.table["group"] == name]
        seen = part.dropna()
        assert (row.n, row.missing) == (len(seen), len(part) - len(seen))
        assert row.above_0 == pytest.approx((seen > 0).mean())
        wanted = [seen.mean(), seen.std(ddof=0), *np.percentile(seen, [0, 25, 50, 75, 100])]
        assert [row.mean, row.sd, row.min, row.q1, row.median, row.q3, row.max] == pytest.approx(wanted)
    means = shown.table["mean"].iloc[1:3]
    assert list(means) == sorted(means, reverse=True)
    assert list(spatial_groups.of(found, 0, "name").table["group"]) == [spatial_groups.ALL, *NAMES, "not told"]
    assert len(shown.points) == 299
    big = spatial_groups.of(spots(4_000), 0)
    assert (len(big.points), big.sampled) == (spatial_groups.MOST_POINTS, True)
    boxes = json.loads(spatial_groups.boxes(shown, dark=True).to_json())["data"]
    drawn_means = next(trace for trace in boxes if trace["name"] == spatial_groups.MEANS)
    np.testing.assert_allclose(numbers(drawn_means["x"]), shown.table["mean"])


def test_spots_that_are_not_listed_count_as_0_only_when_asked() -> None:
    """Of 10 spots, G0 is told of three and G1 of two others."""
    table = spots(6).table.iloc[:5].assign(group="Cortex").reset_index(drop=True)
    values = np.array([[1.0, 2.0, 3.0, np.nan, np.nan], [np.nan, np.nan, np.nan, 5.0, 6.0]])
    found = Spots(table, ("G0", "G1"), values, "counts", 10.0, "region", NAMES, n_told=10, n_listed=(3, 2))
    listed, whole = (spatial_groups.of(found, 0, as_0=as_0).table.set_index("group") for as_0 in (False, True))
    assert listed.loc[spatial_groups.ALL, ["n", "above_0", "mean"]].tolist() == [3, 1.0, 2.0]
    assert whole.loc[spatial_groups.ALL, ["n", "above_0", "mean"]].tolist() == [10, 0.3, 0.6]
    assert whole.loc["Cortex", ["n", "mean"]].tolist() == [5, 1.2]
    assert whole.loc[spatial_groups.ABSENT, "n"] == 5
    full = np.array([[1, 2, 3, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 5, 6, 0, 0, 0, 0, 0]], dtype=float)
    np.testing.assert_array_equal(spatial_groups.with_zeros(found).values, full)
    null = replace(found, n_listed=(4, 2))  # one that is listed has no value: it is no 0
    assert spatial_groups.of(null, 0, as_0=True).table["n"].iloc[0] == 9
    assert spatial_groups.with_zeros(null) is null


def pixels(figure: Any) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(publication.to_bytes(figure, "png", {}))).convert("RGB"))


def test_paper_shows_the_same_and_is_marked_when_simulated() -> None:
    found = spots(genes=2)
    drawing = drawn(found, how=AUTOMATIC)
    figure = publication_spatial.section(drawing, "", "source", simulated=True)
    texts = [text.get_text() for text in figure.texts]
    assert publication.SIMULATED in texts
    assert any("Every spot drawn (n = 60). Grey: not measured." in text for text in texts)
    panels = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert [axes.get_title(loc="left") for axes in panels] == ["G0", "G1"]
    discs = panels[1].collections[0]
    np.testing.assert_array_equal(discs.get_offsets(), found.table[["x", "y"]])
    left, right, bottom, top = drawing.box
    for axes in panels:
        box = axes.get_window_extent()
        assert box.width / box.height == pytest.approx((right - left) / (top - bottom), rel=1e-3)
    svg = publication.to_bytes(figure, "svg", {}).decode()
    assert "up to percentile 99" in svg
    cells = publication_spatial.section(drawn(found, how=RASTER, turned=True), "", "")
    assert cells.axes[0].get_ylim()[0] > cells.axes[0].get_ylim()[1]
    groups = publication_spatial.section(drawn(found, colour=GROUPS), "", "")
    assert [text.get_text() for text in groups.legends[0].get_texts()] == [*NAMES, "not told"]
    boxes = publication_spatial.boxes([spatial_groups.of(found, place) for place in (0, 1)], "", "")
    assert pixels(boxes).size > 0
    rows = [label.get_text() for label in boxes.axes[0].get_yticklabels()]
    assert rows[0].startswith("All spots (n = 59, ")
