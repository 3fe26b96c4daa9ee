"""Home: every example leads to a finished view, and the table says what each source can do."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from backend import api
from tests.pages.conftest import AtlasSource, Open, bars, captions, figures, messages, source_row, standing, trace

PAGES = ("gene", "heatmap", "coexpression", "samples")
# What each example shows, so that a renamed gene or an empty search breaks a test and not a first visit.
DRAWN = {
    "Albumin, a liver gene": {"ALB"},
    "PD-L1 by its alias": {"CD274"},
    "Three hormones side by side": {"INS", "GCG", "TG"},
    "Marker genes of 12 organs": {"ALB", "INS", "TG", "PRM1", "UMOD", "SFTPC", "MYH6", "GFAP", "KRT5"}
    | {"LIPF", "CD3E", "CD19"},
    "Interferon response": {"IFIT1", "IFIT2", "IFIT3", "ISG15", "MX1", "MX2", "OAS1", "OAS2", "OAS3"}
    | {"STAT1", "STAT2", "IRF7", "IRF9"},
    "Cell cycle genes": {"MKI67", "CCNA2", "CCNB1", "CCNE1", "CDK1", "CDK2", "PCNA", "TOP2A", "BUB1", "AURKA"}
    | {"MCM2", "MCM6"},
    "Partners of CD3E": {"CD3E"},
    "Two hops around PCNA": {"PCNA"},
    "INS and ALB together": {"INS", "ALB"},
}
HITS = {
    "Brain, not tumour": ("Cerebral cortex", "Glioblastoma"),
    "Kidney or bladder": ("Urinary bladder", "Liver"),
    "Melanoma and glioma": ("Skin cutaneous melanoma", "Cerebellum"),
}


def links(at) -> list:
    """The examples of the bundled data; those of the live ARCHS4 are in test_archs4_live_frame."""
    shown = [link.proto for link in at.main.page_link if link.proto.page in PAGES]
    return [link for link in shown if "source=" not in link.query_string]


def test_each_page_has_three_examples_with_words_of_their_own(open_page: Open) -> None:
    examples = links(standing(open_page("home")))
    assert Counter(link.page for link in examples) == dict.fromkeys(PAGES, 3)
    assert {link.label for link in examples} == {*DRAWN, *HITS}
    assert all(link.query_string for link in examples)


def test_the_table_of_sources_says_what_each_can_do(open_page: Open) -> None:
    at = open_page("home")
    told, can = source_row(at, "Human Protein Atlas")
    assert "real · v23 · human · ready]" in told
    assert "https://www.proteinatlas.org" in told
    assert "CC BY-SA 4.0" in captions(at)
    assert "10.1126/science.1260419" in captions(at)
    assert can == ["Tissue profile", "Tumour cohorts", "Co-expression", "Gene lookup", "Sample search"]
    (table,) = (one.value for one in at.main.dataframe)
    assert list(table.index[table["Human Protein Atlas"] == "yes"]) == can
    assert set(table.to_numpy().ravel()) == {"yes", "–"}


def test_the_sizes_on_the_home_page_are_those_of_the_data(open_page: Open, atlas) -> None:
    words = " ".join(text.value for text in open_page("home").main.markdown)
    assert f"{len(atlas.symbols):,} genes" in words
    assert f"{len(atlas.tissues)} normal tissues" in words
    assert f"{len(atlas.cohorts)} tumour cohorts" in words


def test_local_files_stand_in_the_table_with_their_index(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(open_page("home"))
    title = next(info.title for info in api.sources().value if info.key == atlas_source.key)
    told, can = source_row(at, title)
    assert "index ready" in told
    assert "Own sample" in can
    assert "index" not in source_row(at, "Human Protein Atlas")[0]
    assert [link.proto.page for link in at.main.page_link].count("datasets") == 1


def test_a_source_under_way_asks_for_nothing() -> None:
    def page(info: object) -> None:
        from components import source_table

        source_table.draw([info], {}, (info.key,))

    bundled = next(info for info in api.sources().value if info.key == "hpa")
    info = replace(bundled, kind="simulated", problem="It is not made yet. Make it on the command line.")
    told = source_row(AppTest.from_function(page, args=(info,)).run(), bundled.title)[0]
    assert "being prepared" in told
    assert "simulated" in told
    assert "not made" not in told


@pytest.mark.parametrize("label", [*DRAWN, *HITS])
def test_every_example_opens_a_finished_view(open_page: Open, label: str) -> None:
    link = next(link for link in links(open_page("home")) if link.label == label)
    at = standing(open_page(link.page, **parse_qs(link.query_string)))
    assert messages(at) == "", "an example should need no explanation"
    if link.page == "samples":
        hit, left_out = HITS[label]
        titles = " ".join(box.label for box in at.checkbox)
        assert hit in titles
        assert left_out not in titles
        return
    shown = figures(at)
    if link.page == "gene":
        panels = shown[: len(DRAWN[label])]
        assert all(bars(panel).notna().all() and len(bars(panel)) >= 10 for panel in panels)
        heading = " ".join(text.value for text in at.main.markdown)
        assert all(f"*{gene}*" in heading for gene in DRAWN[label])
    elif link.page == "heatmap":
        assert set(trace(shown[0], "genes")["customdata"]) == DRAWN[label]
    else:
        genes = trace(shown[0], "genes")
        seeds = {row[0] for row, symbol in zip(genes["customdata"], genes["marker"]["symbol"], strict=True)
                 if symbol == "diamond"}  # fmt: skip
        assert seeds == DRAWN[label]
        assert len(genes["customdata"]) > len(seeds)
