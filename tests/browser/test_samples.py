"""Searching samples, the basket that follows from page to page, and its files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator

from tests.browser.screen import Screen

pytestmark = pytest.mark.browser


def _search(screen: Screen, words: str) -> None:
    field = screen.at("q").locator("input")
    field.fill(words)
    field.press("Enter")
    screen.eventually(lambda: screen.query().get("q"), [words])


def _hit(screen: Screen, title: str) -> Locator:
    return screen.page.get_by_test_id("stCheckbox").filter(has_text=title)


def _page_link(screen: Screen, title: str) -> Locator:
    return screen.page.get_by_test_id("stSidebar").get_by_role("link", name=title, exact=False).first


def test_search_basket_and_files(screen: Screen, tmp_path: Path) -> None:
    screen.open("/samples")
    _search(screen, "kidney OR bladder")
    hits = screen.page.get_by_test_id("stCheckbox").all_inner_texts()
    titles = [re.split(r"\s+(?=HPA:|TCGA:)", hit.strip())[0] for hit in hits]
    assert {"Kidney", "Urinary bladder", "Gallbladder"} & set(titles) == {"Kidney", "Urinary bladder"}  # whole words
    assert f"{len(titles)} samples" in screen.text()
    marked = screen.page.locator("[data-testid=stMain] .stMarkdownColoredBackground").all_inner_texts()
    assert len(marked) >= len(titles)
    assert {word.casefold() for word in marked} == {"kidney", "bladder"}

    for count, title in enumerate(("Kidney", "Urinary bladder"), start=1):
        _hit(screen, title).first.locator("label").click()
        words = f"Basket: {count} sample{'s' if count > 1 else ''}"
        screen.eventually(lambda words=words: words in screen.page.get_by_test_id("stSidebar").inner_text(), True)
    _page_link(screen, "Gene").click()
    screen.eventually(screen.path, "/gene")
    assert "Basket: 2 samples" in screen.page.get_by_test_id("stSidebar").inner_text()
    _page_link(screen, "Basket").click()
    screen.eventually(screen.path, "/samples")
    assert screen.query()["q"] == ["kidney OR bladder"], "the search is as it was left"
    assert all(_hit(screen, title).first.locator("input").is_checked() for title in ("Kidney", "Urinary bladder"))

    metadata = screen.download(screen.page.get_by_role("button", name="Metadata CSV"), tmp_path)
    lines = metadata.read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith("# ")]
    assert f"# link: {screen.url}/samples?" in "\n".join(head)
    assert any(line.startswith("# source: Human Protein Atlas v23") for line in head)
    rows = lines[len(head) + 1 :]
    assert len(rows) == len(titles)
    assert rows[0].startswith("HPA:")
    series = screen.download(screen.page.get_by_role("button", name="Series list"), tmp_path)
    names = series.read_text(encoding="utf-8").splitlines()
    assert sorted(names) == sorted({row.split(",")[1] for row in rows})
    assert metadata.name.startswith("kidney-OR-bladder_human_hpa_v23_samples_")

    inside = screen.download(screen.unfold("basket-card").get_by_role("button", name="Basket CSV"), tmp_path)
    assert {line.split(",")[0] for line in inside.read_text(encoding="utf-8").splitlines()[1:]} == {
        "HPA:kidney",
        "HPA:urinary_bladder",
    }


def test_a_facet_and_a_page_are_one_step_back(screen: Screen, tmp_path: Path) -> None:
    screen.open("/samples?q=consensus&page=2")
    first = screen.page.get_by_test_id("stCheckbox").first.inner_text()
    assert "21 to 40 of 50" in screen.text()
    screen.page.get_by_test_id("stMain").get_by_role("button", name="Brain", exact=False).first.click()
    screen.eventually(screen.query, {"q": ["consensus"], "only": ["system:Brain"]})
    assert "9 samples" in screen.text()
    metadata = screen.download(screen.page.get_by_role("button", name="Metadata CSV"), tmp_path)
    told = metadata.read_text(encoding="utf-8").partition("\n")[0]
    assert "9 samples of 1 series that match “(consensus) AND (system:" in told, "what narrowed the search is told"
    screen.page.go_back()
    screen.eventually(screen.query, {"q": ["consensus"], "page": ["2"]})
    screen.eventually(lambda: screen.page.get_by_test_id("stCheckbox").first.inner_text(), first)


def test_a_new_search_starts_on_its_first_page(screen: Screen) -> None:
    screen.open("/samples?q=consensus&page=2")
    _search(screen, "median")
    screen.eventually(screen.query, {"q": ["median"]})
    assert "1 to 20 of" in screen.text()
    assert screen.told() == ""
