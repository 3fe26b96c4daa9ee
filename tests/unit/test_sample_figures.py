"""Boxes, strips and marks of sources with samples: on screen and on paper the same rows, few samples recognisable."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from components import box_charts, charts, drawn, groups, palette, publication, publication_boxes


@pytest.fixture
def table() -> pd.DataFrame:
    rows = [
        ("Liver", "L", 50, 9.0),
        ("Skin", "S", 4, 3.0),
        ("Eye", "E", 2, 8.0),
        ("Cell line", "Cell lines", 80, 9.5),
        ("Unlabelled", "", 30, 9.9),
        ("Mine", "Cohorts", 2, 0.5),
    ]
    found = pd.DataFrame(rows, columns=["tissue", "system", "n_samples", "median"]).assign(gene="A", n_series=1)
    around = {"min": -0.4, "q1": -0.2, "q3": 0.2, "max": 0.4}
    return found.assign(
        z=found["median"] - 5, mean=found["median"], sd=0.2, detected=1.0,
        **{name: found["median"] + step for name, step in around.items()},
    )  # fmt: skip


def test_cohorts_come_first_then_tissues_then_what_is_none(table: pd.DataFrame) -> None:
    seen, hidden = groups.visible(table, False)
    assert hidden == 1
    assert list(drawn.profile(seen, drawn.BOX, drawn.BY_VALUE, 1, ())["tissue"]) == [
        "Mine", "Liver", "Cell line", "Unlabelled",
    ]  # fmt: skip
    assert list(drawn.profile(seen, drawn.BOX, drawn.BY_NAME, None, ("S",))["tissue"]) == ["Mine", "Skin"]


def test_few_samples_are_paler_and_have_an_asterisk_on_screen(table: pd.DataFrame) -> None:
    shown = drawn.profile(table, drawn.Z, drawn.BY_VALUE, None, ())
    bars = charts.profile_bars(shown, "z", "u", drawn.Z, False, (-6, 6)).data[0]
    colour = dict(zip(bars.y, bars.marker.color, strict=True))
    assert colour["Skin* (n = 4)"].startswith("rgba")
    assert colour["Liver (n = 50)"] == palette.POSITIVE
    assert colour["Unlabelled (n = 30)"] == charts.ink(False)["line"]
    figure = box_charts.profile_boxes(shown, "u", False)
    fill = {label: part.fillcolor for part in figure.data if part.type == "box" for label in part.y}
    assert fill["Skin* (n = 4)"] != fill["Liver (n = 50)"]
    assert [shape.y0 for shape in figure.layout.shapes] == [0.5, 3.5, 4.5]
    assert set(figure.data[-1].customdata) == set(table["tissue"])


def test_paper_has_the_rows_and_marks_of_the_screen(table: pd.DataFrame) -> None:
    shown = drawn.profile(table, drawn.Z, drawn.BY_VALUE, None, ())
    for made in (
        publication.profile_bars(shown, "z", "", "", True, True),
        publication_boxes.profile_boxes(shown, "u", "", "", True),
    ):
        labels = [label.get_text() for label in made.axes[0].get_yticklabels()]
        assert labels == groups.labels(shown)
        words = " ".join(text.get_text() for text in made.texts)
        assert "SIMULATED DATA" in words
        assert "* fewer than 10 samples" in words
    bars = publication.profile_bars(shown, "z", "", "", True).axes[0].patches
    assert to_hex(bars[1].get_facecolor()) == palette.POSITIVE.lower()
    assert bars[0].get_facecolor()[3] < 1


def test_strips_put_every_sample_at_its_value_and_none_on_another() -> None:
    values = np.repeat([1.0, 2.0, 2.5], 40)
    points = pd.DataFrame({"gene": "A", "sample": [f"S{i}" for i in range(120)], "series": "", "title": "t"})
    points["value"] = values
    screen = box_charts.strips(points, "u", True)
    np.testing.assert_array_equal(screen.data[0].x, values)
    assert len({*zip(screen.data[0].x, screen.data[0].y, strict=True)}) == 120
    assert screen.layout.shapes[0].x0 == np.median(values)
    paper = publication_boxes.strips(points, "u", "Liver, n = 120", "", True).axes[0]
    np.testing.assert_array_equal(np.asarray(paper.collections[0].get_offsets())[:, 0], values)
    low, high = paper.get_xlim()
    assert low < 1.0 < 2.5 < high


def test_samples_without_variance_have_no_z() -> None:
    table = pd.DataFrame(
        {
            "gene": ["A"] * 3 + ["B"] * 3, "sample": ["x", "y", "z"] * 2, "value": [1.0, 2.0, 6.0, 4.0, 4.0, 4.0],
            "series": "s", "title": "t", "tissue": "Liver",
        }
    )  # fmt: skip
    options = drawn.HeatmapOptions(cluster_genes=False, cluster_tissues=False)
    drawing = drawn.sample_heatmap(table, "u", options)
    np.testing.assert_allclose(drawing.z[0], (np.array([1, 2, 6]) - 3) / np.std([1, 2, 6]))
    assert np.isnan(drawing.z[1]).all()
    assert list(drawing.table().columns) == ["gene", "sample", "tissue", "z", "value", "series", "title"]
