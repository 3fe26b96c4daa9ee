"""Screen figures hold the table's numbers; colours mean what the conventions say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from backend import api
from components import box_charts, charts, drawn, heatmap_chart, network_chart, palette

UNIT = "log2(nTPM+1)"


@pytest.fixture
def shown() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "gene": "ALB", "tissue": ["Liver", "Skin", "Eye"], "system": ["L", "S", "E"],
            "median": [17.6, 0.4, np.nan], "z": [5.3, -0.7, np.nan], "value": [5.3, -0.7, np.nan],
        }
    )  # fmt: skip


def test_bars_are_the_numbers_with_sign_colours_and_guides(shown: pd.DataFrame) -> None:
    limits = charts.profile_limits(shown, drawn.Z)
    figure = charts.profile_bars(shown, "z-score", UNIT, drawn.Z, False, limits)
    bars = figure.data[0]
    np.testing.assert_array_equal(np.array(bars.x, dtype=float), shown["value"])
    assert list(bars.y) == ["Liver", "Skin", "Eye"]
    assert list(bars.marker.color[:2]) == [palette.POSITIVE, palette.NEGATIVE]
    assert {shape.x0 for shape in figure.layout.shapes} == {0, -2, 2}
    assert figure.layout.yaxis.autorange == "reversed"


def test_missing_is_written_and_not_drawn_as_zero(shown: pd.DataFrame) -> None:
    figure = charts.profile_bars(shown, "z-score", UNIT, drawn.Z, False, (-6, 6))
    note = figure.data[1]
    assert list(note.y) == ["Eye"]
    assert note.text == "\N{NO-BREAK SPACE}not measured"
    assert np.isnan(figure.data[0].x[2])


def test_the_z_axis_is_symmetric_and_holds_every_bar(shown: pd.DataFrame) -> None:
    low, high = charts.profile_limits(shown, drawn.Z)
    assert low == -high
    assert high > 5.3
    low, high = charts.profile_limits(shown.assign(value=shown["median"]), drawn.LOG)
    assert low == 0
    assert high > 17.6


def test_a_gene_that_is_nowhere_expressed_still_has_axes(shown: pd.DataFrame) -> None:
    low, high = charts.profile_limits(shown.assign(value=0.0), drawn.LINEAR)
    assert low < high
    low, high = charts.profile_limits(shown.assign(value=np.nan), drawn.Z)
    assert low < high


def test_boxes_use_the_five_numbers_and_print_n() -> None:
    table = pd.DataFrame(
        {
            "tissue": ["Liver"],
            "min": [0.5],
            "q1": [1.0],
            "median": [2.0],
            "q3": [3.0],
            "max": [4.0],
            "n_samples": [1234],
        }
    )
    box = box_charts.profile_boxes(table.assign(system="L"), UNIT, False).data[0]
    assert [box.lowerfence[0], box.q1[0], box.median[0], box.q3[0], box.upperfence[0]] == [0.5, 1.0, 2.0, 3.0, 4.0]
    assert box.y[0] == "Liver (n = 1,234)"


def test_text_is_legible_in_both_themes(shown: pd.DataFrame) -> None:
    for dark in (False, True):
        colours = charts.ink(dark)
        assert _contrast(colours["text"], colours["paper"]) >= 7
        assert _contrast(colours["line"], colours["paper"]) >= 3


def _contrast(first: str, second: str) -> float:
    """WCAG 2 contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_heatmap_is_centred_clipped_and_shows_missing_as_gaps() -> None:
    table = api.tissue_profiles("hpa", ["ALB", "INS", "TG", "CD3E"]).value
    drawing = drawn.heatmap(table, UNIT, drawn.HeatmapOptions(clip=2.0))
    figure = heatmap_chart.heatmap(drawing, False)
    cells = figure.data[0]
    np.testing.assert_allclose(np.array(cells.z), drawing.z, atol=6e-4)
    assert (cells.zmin, cells.zmid, cells.zmax) == (-2.0, 0, 2.0)
    assert cells.hoverongaps is False
    assert cells.colorbar.title.text == "z-score, clipped at ±2"
    names = next(trace for trace in figure.data if trace.name == heatmap_chart.NAME_TRACE)
    assert list(names.customdata) == drawing.genes
    assert list(cells.x) == drawing.tissues
    assert list(cells.y) == drawing.genes


def test_five_hundred_genes_fit_the_page() -> None:
    table = api.tissue_profiles("hpa", api.genes("hpa")[:500]).value
    figure = heatmap_chart.heatmap(drawn.heatmap(table, UNIT, drawn.HeatmapOptions()), False)
    assert figure.layout.height < 1500
    assert len(figure.to_json()) < 3_000_000


def test_network_shows_sign_seed_and_answers_clicks() -> None:
    net = api.network("hpa", ["CD3E"], sign="negative", per_gene=5).value
    figure = network_chart.network(net, False, find=str(net.nodes["gene"].iloc[1]))
    lines = [trace for trace in figure.data if trace.mode == "lines" and trace.x[0] is not None]
    assert {trace.line.dash for trace in lines} == {"dash"}
    handles = next(trace for trace in figure.data if trace.name == network_chart.EDGE_TRACE)
    assert len(handles.customdata) == len(net.edges)
    genes = next(trace for trace in figure.data if trace.name == network_chart.NODE_TRACE)
    seeds = [symbol for symbol, gene in zip(genes.marker.symbol, genes.customdata, strict=True) if gene[0] == "CD3E"]
    assert seeds == ["diamond"]
    assert {"r < 0", "seed gene"} <= {trace.name for trace in figure.data}
    drawn_widths = {trace.line.width for trace in lines}  # over the |r| drawn: partners of a gene are alike in |r|
    assert {network_chart.WIDTHS[0], network_chart.WIDTHS[-1]} <= drawn_widths
    ends = {f"|r| = {end:.2f}" for end in (net.edges["r"].abs().min(), net.edges["r"].abs().max())}
    assert ends <= {trace.name for trace in figure.data}


def test_scatter_writes_only_names_that_do_not_overlap() -> None:
    table = pd.DataFrame({"tissue": ["a", "b", "c"], "system": "Brain", "x": [0.0, 0.01, 10.0], "y": [0.0, 0.01, 10.0]})
    figure = charts.pair_scatter(table, "A", "B", UNIT, False)
    written = [text for text in figure.data[0].text if text]
    assert "c" in written
    assert len({"a", "b"} & set(written)) == 1
    assert [row[0] for row in figure.data[0].customdata] == ["a", "b", "c"]
