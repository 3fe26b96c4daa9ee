"""The frame around every page: the way between pages, and what they keep of each other."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from tests.pages.conftest import Open, figures, messages, standing

PAGES = ("home", "gene", "heatmap", "coexpression", "spatial", "samples", "my_sample", "studies", "datasets")
TITLES = ["Home", "Gene", "Heatmap", "Co-expression", "Spatial", "Samples", "My sample", "Studies", "Datasets"]


def links(at) -> dict[str, dict[str, list[str]]]:
    """Title -> options, of the navigation."""
    return {link.value: parse_qs(link.proto.query_string) for link in at.sidebar.page_link}


def go(at, page: str):
    at.query_params.clear()
    at.switch_page(f"../../pages/{page}.py")
    return standing(at.run())


@pytest.mark.parametrize("page", PAGES)
def test_every_page_leads_to_every_page_and_names_its_source(open_page: Open, page: str) -> None:
    at = standing(open_page(page))
    assert list(links(at)) == TITLES
    assert at.sidebar.selectbox("source").options == ["Human Protein Atlas", "ARCHS4 (live)"]
    badges = " ".join(text.value for text in at.sidebar.markdown)
    assert "ready" in badges
    assert "real data" in badges
    assert "v23" in badges


def test_the_way_back_leads_to_the_view_as_it_was_left(open_page: Open) -> None:
    at = standing(open_page("gene", gene=["TP53", "MYC"], top="10"))
    before = figures(at)
    go(at, "heatmap")
    assert links(at)["Gene"] == {"gene": ["TP53", "MYC"], "top": ["10"]}
    again = standing(open_page("gene", **links(at)["Gene"]))
    assert figures(again) == before


def test_options_of_one_page_do_not_leak_into_another(open_page: Open) -> None:
    at = standing(open_page("gene", top="10"))
    go(at, "heatmap")
    assert at.selectbox("top").value == "all"
    assert messages(at) == ""
    assert figures(at) == figures(open_page("heatmap"))
    go(at, "gene")
    assert at.selectbox("top").value == "25"
    assert figures(at) == figures(open_page("gene"))
