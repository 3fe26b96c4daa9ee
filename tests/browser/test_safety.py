"""What a user or a link brings is shown as text; nothing leaves this machine; large files are refused."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator

from tests.browser.screen import Screen

pytestmark = pytest.mark.browser
HOSTILE = (
    "<img src=x onerror=window.hacked=1>",
    "<script>window.hacked=1</script>",
    "![x](http://127.0.0.1:1/x.png)",
)


def harmless(screen: Screen) -> None:
    """No script ran, no image was asked for, no element came out of the text."""
    assert screen.page.evaluate("window.hacked") is None
    assert [url for url in screen.requests if url.endswith(("/x", "/x.png"))] == []
    assert not screen.page.locator("[data-testid=stApp] :is(img[src=x], img[src*='x.png'], script)").count()
    assert not screen.page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count()


def _fill(field: Locator, words: str) -> None:
    field.fill(words)
    field.press("Control+Enter")


def test_markup_as_gene(screen: Screen) -> None:
    options = [("gene", text) for text in (*HOSTILE, "ALB")]
    options += [(key, HOSTILE[0]) for key in ("measure", "top", "sort", "system", "source", "species")]
    screen.open(f"/gene?{urlencode(options)}")
    assert screen.trace("profile-ALB")["y"], "the gene beside them is drawn"
    for text in HOSTILE:
        assert f"“{text}” is not in the Human Protein Atlas" in screen.told()
    assert "The link asks for top" in screen.told()
    harmless(screen)
    screen.type_gene("gene", HOSTILE[0].replace("1", "2"))
    screen.eventually(lambda: HOSTILE[0].replace("1", "2") in screen.told(), True)
    body = screen.popover("profile-foot")
    body.get_by_test_id("stCode").nth(3).wait_for()
    harmless(screen)


def test_markup_in_a_gene_list(screen: Screen, tmp_path: Path) -> None:
    screen.open(f"/heatmap?{urlencode({'genes': ','.join((*HOSTILE, 'ALB', 'INS'))})}")
    assert screen.trace("heatmap", "z")["y"] in (["ALB", "INS"], ["INS", "ALB"])
    screen.unfold("triage-outcome")
    screen.unfold("genes-editor")
    harmless(screen)
    _fill(screen.at("genes-editor").locator("textarea"), "\n".join((*HOSTILE, "TG", "ALB")))
    screen.page.get_by_role("button", name="Draw 2 genes").wait_for()
    harmless(screen)
    screen.settle()
    named = tmp_path / "<img src=x onerror=window.hacked=1>.txt"
    named.write_text("\n".join((*HOSTILE, "MPO")))
    screen.at("genes-editor").locator("input[type=file]").set_input_files(named)
    screen.page.get_by_role("button", name="Draw 1 gene").wait_for()
    harmless(screen)


def test_markup_in_the_network_and_its_finder(screen: Screen) -> None:
    options = [("seed", text) for text in ("CD3E", *HOSTILE)] + [("find", HOSTILE[1]), ("pair", HOSTILE[0])]
    screen.open(f"/coexpression?{urlencode(options)}")
    assert screen.trace("network", "genes")["x"]
    harmless(screen)
    for text in HOSTILE:
        _fill(screen.at("find").locator("input"), text)
        screen.eventually(lambda text=text: f"{text} is not among" in screen.text(), True)
    harmless(screen)
    screen.unfold("batch")
    _fill(screen.at("batch-genes").locator("textarea"), "\n".join((*HOSTILE, "MYC")))
    screen.page.get_by_role("button", name="Batch CSV").wait_for()
    screen.settle()
    harmless(screen)


def test_markup_in_a_search(screen: Screen) -> None:
    screen.open(f"/samples?{urlencode({'q': 'brain', 'only': HOSTILE[0]})}")
    harmless(screen)
    for text in (*HOSTILE, f'brain OR "{HOSTILE[0]}"'):
        _fill(screen.at("q").locator("input"), text)
        screen.eventually(lambda text=text: screen.query().get("q"), [text])
        harmless(screen)
    assert "samples in" in screen.text()


def test_a_large_file_is_refused_and_a_small_one_is_drawn(screen: Screen, tmp_path: Path) -> None:
    screen.open("/heatmap")
    screen.unfold("genes-editor")
    uploader = screen.at("genes-editor").get_by_test_id("stFileUploader")
    large = tmp_path / "large.txt"
    large.write_text("ALB\n" * 1_572_864)
    uploader.locator("input[type=file]").set_input_files(large)
    uploader.get_by_role("alert").get_by_text("File must be 5.0MB or smaller").wait_for(state="attached")
    uploader.get_by_test_id("stFileChip").hover()  # Streamlit shows the reason on the marked file
    screen.page.get_by_test_id("stTooltipErrorContent").or_(screen.page.get_by_role("tooltip")).first.wait_for()
    assert screen.trace("heatmap", "z")["y"], "the figure stands"
    uploader.get_by_role("button", name="Remove", exact=False).first.click()
    small = tmp_path / "small.csv"
    small.write_text("gene,score\nTG,1\nPD-L1,2\nnothing,3\n")
    uploader.locator("input[type=file]").set_input_files(small)
    screen.page.get_by_role("button", name="Draw 2 genes").click()
    screen.eventually(lambda: sorted(screen.trace("heatmap", "z")["y"]), ["CD274", "TG"])


def test_the_examples_of_home_lead_to_finished_pages(screen: Screen) -> None:
    """And nothing on the way is asked of another machine, the icon of the page included."""
    screen.open("/")
    for path, words in (("/heatmap", "Interferon response"), ("/coexpression", "Partners of CD3E")):
        screen.page.get_by_test_id("stMain").get_by_role("link", name=words).click()
        screen.eventually(screen.path, path)
        assert screen.told() == ""
        screen.page.wait_for_selector("[data-testid=stPlotlyChart] .main-svg")
        screen.page.get_by_test_id("stSidebar").get_by_role("link", name="Home").click()
        screen.eventually(lambda: screen.path().strip("/") in ("", "home"), True)
    assert screen.page.locator("link[rel*=icon]").first.get_attribute("href").startswith("data:image/svg")
    assert screen.foreign() == []
