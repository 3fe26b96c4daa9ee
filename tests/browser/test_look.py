"""Small screens, both themes, and the keyboard alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.screen import Screen

pytestmark = pytest.mark.browser
NARROW = {"width": 400, "height": 800}
PAGES = {
    "home": "/",
    "gene": "/gene?gene=INS&gene=CD274&top=10",
    "heatmap": "/heatmap?top=20",
    "coexpression": "/coexpression?seed=CD3E&partners=10",
    "samples": "/samples?q=brain",
}
# Every written word of the figures: its colour, the page's colour behind it, and how far it leaves its figure.
WORDS = """() => {
  const found = [];
  for (const chart of document.querySelectorAll('[data-testid=stPlotlyChart]')) {
    const frame = chart.getBoundingClientRect();
    for (const text of chart.querySelectorAll('.main-svg text')) {
      if (!text.textContent.trim() || text.closest('.hoverlayer')) continue;
      const box = text.getBoundingClientRect();
      const out = Math.max(frame.left - box.left, box.right - frame.right, box.bottom - frame.bottom);
      found.push({word: text.textContent, fill: getComputedStyle(text).fill, out});
    }
  }
  return found;
}"""
CAPTIONS = """() => [...document.querySelectorAll('[data-testid=stMain] [data-testid=stCaptionContainer] p')].map(p => {
  let opacity = 1;
  for (let node = p; node; node = node.parentElement) opacity *= +getComputedStyle(node).opacity;
  return {word: p.textContent, fill: getComputedStyle(p).color, opacity};
})"""
GROUND = "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
FIGURES = """() => [...document.querySelectorAll('[data-testid=stPlotlyChart] .main-svg')].map(svg => {
  const box = svg.getBoundingClientRect(); return [box.left, box.right]; })"""


def _rgb(css: str) -> list[float]:
    return [float(part) for part in re.findall(r"[\d.]+", css)[:3]]


def _luminance(rgb: list[float]) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _contrast(text: dict[str, Any], ground: str) -> float:
    """WCAG contrast of a word, blended into its ground where it is not opaque."""
    behind, opacity = _rgb(ground), text.get("opacity", 1)
    colour = [opacity * a + (1 - opacity) * b for a, b in zip(_rgb(text["fill"]), behind, strict=True)]
    light, dark = sorted((_luminance(colour), _luminance(behind)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _faint(page: Page) -> list[str]:
    ground = page.evaluate(GROUND)
    words = page.evaluate(WORDS) + page.evaluate(CAPTIONS)
    return [f"{w['word']}: {_contrast(w, ground):.2f}" for w in words if _contrast(w, ground) < 4.5]


@pytest.mark.parametrize("name", PAGES)
def test_narrow_and_dark(screen: Screen, name: str) -> None:
    """400 px in the dark theme; then the system turns light while the page is open."""
    page = screen.page
    page.set_viewport_size(NARROW)
    page.emulate_media(color_scheme="dark")
    screen.open(PAGES[name])
    assert page.evaluate(GROUND) == "rgb(17, 24, 31)"
    for element in ("document.documentElement", "document.querySelector('[data-testid=stMain]')"):
        assert page.evaluate(f"{element}.scrollWidth <= {element}.clientWidth"), "the page scrolls sideways"
    screen.eventually(lambda: all(left >= 0 and right <= 400 for left, right in page.evaluate(FIGURES)), True)
    assert [w["word"] for w in page.evaluate(WORDS) if w["out"] > 1] == [], "words leave their figure"
    assert not page.locator("[data-testid=stAlertContentError], [data-testid=stException]").count()
    assert _faint(page) == []
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"({GROUND})() === 'rgb(255, 255, 255)'")
    assert _faint(page) == []


def test_a_theme_chosen_in_the_menu_redraws_the_figure(screen: Screen) -> None:
    """Streamlit changes the page at once and the script's view of it with the next run."""
    screen.page.emulate_media(color_scheme="light")
    screen.open("/gene?gene=INS")
    light = screen.figure("profile-INS")
    screen.page.get_by_test_id("stMainMenuButton").click()
    screen.page.get_by_test_id("stMainMenuItem-theme-Dark").click()
    screen.page.keyboard.press("Escape")
    screen.page.wait_for_function(f"({GROUND})() === 'rgb(17, 24, 31)'")
    try:
        assert _faint(screen.page) == []
        screen.choose("top", "Top 10")
        screen.eventually(lambda: len(screen.trace("profile-INS")["y"]), 10)
        dark = screen.figure("profile-INS")
        assert dark["ink"] != light["ink"]
        assert dark["data"][0]["marker"]["color"][0] != light["data"][0]["marker"]["color"][0]
        assert _faint(screen.page) == []
    finally:  # the choice is kept in the browser, and the next test shares it
        screen.page.evaluate("localStorage.clear()")


def test_the_keyboard_reaches_everything_visibly(screen: Screen) -> None:
    screen.open("/gene?gene=INS")
    wanted = {
        *(f"A {title}" for title in ("Home", "Gene", "Heatmap", "Co-expression", "Samples")),
        *(f"INPUT {label}" for label in ("Genes, up to 6, by any name", "Tissues", "Sort by")),
        "BUTTON z-score",
        "BUTTON Organ systems",
        "BUTTON Download and cite",
    }
    for _ in range(60):
        screen.page.keyboard.press("Tab")
        name = _focused(screen.page)
        if name in wanted:
            assert _focus_shows(screen.page), f"the focus on {name} cannot be seen"
            wanted.discard(name)
        if not wanted:
            break
    assert not wanted
    assert _focused(screen.page) == "BUTTON Download and cite", "the last stop"
    screen.page.keyboard.press("Enter")
    svg = screen.page.get_by_test_id("stPopoverBody").get_by_role("button", name="SVG", exact=True)
    svg.click(trial=True)  # drawn, in its place, and not under anything
    for _ in range(20):  # Streamlit puts a popover at the end of the page
        screen.page.keyboard.press("Tab")
        if svg.evaluate("button => button === document.activeElement"):
            break
    else:
        pytest.fail(f"the keyboard does not reach the SVG; it stands on {_focused(screen.page)}")
    with screen.page.expect_download() as told:
        screen.page.keyboard.press("Enter")
    assert told.value.suggested_filename.endswith(".svg")
    figure = screen.page.get_by_role("figure").first
    assert re.search(r"INS in 25 tissues; highest: Pancreas 5", figure.get_attribute("aria-label") or "")


def _focused(page: Page) -> str:
    """Tag and name of the focused element, without the names of its icons."""
    words: str = page.evaluate(
        """() => { const node = document.activeElement, copy = node.cloneNode(true);
        copy.querySelectorAll('[data-testid=stIconMaterial]').forEach(icon => icon.remove());
        return node.tagName + ' ' + (node.getAttribute('aria-label') || copy.textContent).trim(); }"""
    )
    return words


def _focus_shows(page: Page) -> bool:
    """Whether the focused element looks different without the focus."""
    box = page.evaluate(
        "(() => { const b = document.activeElement.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; })()"
    )
    clip = {"x": max(0, box[0] - 14), "y": max(0, box[1] - 14), "width": box[2] + 28, "height": box[3] + 28}
    focused = page.screenshot(clip=clip, animations="disabled")
    held = page.evaluate_handle("document.activeElement")
    page.evaluate("document.activeElement.blur()")
    plain = page.screenshot(clip=clip, animations="disabled")
    held.evaluate("node => node.focus({focusVisible: true})")
    return focused != plain
