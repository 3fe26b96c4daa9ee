"""One browser page on the running app: what a user does, and what a user sees as plain values."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, Request, ViewportSize

WIDE: ViewportSize = {"width": 1440, "height": 900}
WAIT = 40_000  # ms; a limit for a broken app, not a measure of a working one
POLL = 100  # ms; looking more often takes the time of what is looked at
SETTLED = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  const charts = [...document.querySelectorAll('[data-testid=stPlotlyChart]')];
  return app && app.dataset.testScriptState === 'notRunning' && app.dataset.testConnectionState === 'CONNECTED'
    && document.querySelector('[data-testid=stMain] [data-testid=stElementContainer]')
    && !document.querySelector('[data-testid=stStatusWidget], [data-testid=stSkeleton], [data-stale=true]')
    && charts.every(chart => chart.querySelector('.main-svg'));
}"""
FIGURE = """(key) => {
  const plot = document.querySelector(`.st-key-${key} .js-plotly-plot`);
  if (!plot || !plot.data) return null;
  const plain = value => {
    if (value === null || typeof value !== 'object') return value;
    if (value._inputArray) return plain(value._inputArray);
    if (ArrayBuffer.isView(value) || Array.isArray(value)) return Array.from(value, plain);
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
  };
  const box = plot.getBoundingClientRect();
  return {data: plain(plot.data), ink: plot.layout.font.color, left: box.left, right: box.right};
}"""

# While it opens, an expander is a low clip that grows. A click scrolls its target into that clip, and the growing puts
# it back under the pointer's press: no click. A user has no such scroll: the button stands, uncovered or not.
UNFOLDED = """(key) => {
  const box = document.querySelector(`.st-key-${key} details`);
  return box && box.open && !box.style.overflow && !box.getAnimations().length;
}"""


class Screen:
    """What every journey needs of a page. Keys are those of the widgets and figures."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.requests: list[str] = []
        self.failures: list[str] = []
        page.set_default_timeout(WAIT)
        self._heard: dict[Any, Callable[[Any], None]] = {
            "request": self._asked,
            "websocket": lambda socket: self.requests.append(socket.url),
            "pageerror": lambda error: self.failures.append(str(error)),
            "console": lambda said: self._console(said.type, said.text, said.location.get("url", "")),
        }
        for event, hear in self._heard.items():
            page.on(event, hear)

    def _asked(self, request: Request) -> None:
        self.requests.append(request.url)

    def _console(self, kind: str, words: str, where: str) -> None:
        # On a deep link Streamlit first looks for its own server under the page's path: two known 404s.
        own = re.search(r"/_stcore/(health|host-config)$", where) and "404" in words
        if kind == "error" and not own:
            self.failures.append(f"{words} ({where})")

    def leave(self) -> None:
        """End the session, and leave the page as new for the next journey. Nothing more is heard of it."""
        for event, hear in self._heard.items():
            self.page.remove_listener(event, hear)
        self.page.goto(f"{self.url}/_stcore/health")
        self.page.evaluate("localStorage.clear(), sessionStorage.clear()")
        self.page.set_viewport_size(WIDE)
        self.page.emulate_media(color_scheme="null")

    def foreign(self) -> list[str]:
        """Addresses this page asked for that are not on this server."""
        here = urlsplit(self.url).netloc
        outside = [url for url in self.requests if urlsplit(url).scheme not in ("data", "blob")]
        return sorted({url for url in outside if urlsplit(url).netloc != here})

    def open(self, path: str) -> Screen:
        """Go to a path of the app and wait until it is drawn."""
        self.page.goto(self.url + path)
        return self.settle()

    def settle(self) -> Screen:
        """Wait until nothing runs and every figure is drawn."""
        self.page.wait_for_function(SETTLED, timeout=WAIT, polling=POLL)
        return self

    def eventually(self, probe: Callable[[], Any], wanted: Any) -> None:
        """Wait until `probe` gives `wanted`; else fail with what it gave last."""
        seen = probe()
        for _ in range(WAIT // POLL):
            if seen == wanted:
                break
            self.page.wait_for_timeout(POLL)
            seen = probe()
        assert seen == wanted, f"waited for {wanted!r}, saw {seen!r} on:\n{self.text()}"
        self.settle()

    def query(self) -> dict[str, list[str]]:
        """The options in the address."""
        return parse_qs(urlsplit(self.page.url).query, keep_blank_values=True)

    def path(self) -> str:
        """The page in the address."""
        return urlsplit(self.page.url).path

    def at(self, key: str) -> Locator:
        """The element with this key."""
        return self.page.locator(f".st-key-{key}")

    def figure(self, key: str) -> dict[str, Any]:
        """Data, ink and place of a figure, as Plotly holds them in the page."""
        self.page.wait_for_selector(f".st-key-{key} .js-plotly-plot .main-svg")
        found: dict[str, Any] = self.page.evaluate(FIGURE, key)
        return found

    def trace(self, key: str, name: str = "") -> dict[str, Any]:
        """The first trace of a figure, or the one with this name."""
        traces = self.figure(key)["data"]
        return next(trace for trace in traces if not name or trace.get("name") == name)

    def chips(self, key: str) -> list[str]:
        """What a picker of several values holds."""
        tags = self.at(key).locator(".react-aria-ComboBox [data-tag]")
        labels: list[str] = tags.evaluate_all("tags => tags.map(tag => tag.getAttribute('aria-label'))")
        return labels

    def chosen(self, key: str) -> str:
        """What a select box, number or text field shows."""
        return self.at(key).locator("input").first.input_value()

    def segment(self, key: str) -> str:
        """The segment that is on."""
        return self.at(key).locator("[aria-checked=true]").inner_text()

    def is_on(self, key: str) -> bool:
        """Whether a switch is on."""
        return self.at(key).locator("input").is_checked()

    def choose(self, key: str, option: str) -> None:
        """Choose in a select box."""
        self.at(key).get_by_role("combobox").click()
        self.page.get_by_role("option", name=option, exact=True).click()

    def type_gene(self, key: str, name: str) -> None:
        """Type a name into a picker, Enter, and close its list, which lies over the figure."""
        field = self.at(key).get_by_role("combobox")
        field.click()
        field.fill(name)
        self.page.get_by_role("option").first.wait_for()
        field.press("Enter")
        field.press("Escape")

    def unfold(self, key: str) -> Locator:
        """Open an expander and give it once it has its full height."""
        self.at(key).locator("summary").first.click()
        self.page.wait_for_function(UNFOLDED, arg=key, timeout=WAIT, polling=POLL)
        return self.at(key)

    def popover(self, key: str) -> Locator:
        """Open a popover and give its body."""
        self.at(key).get_by_role("button").first.click()
        body = self.page.get_by_test_id("stPopoverBody")
        body.wait_for()
        return body

    def download(self, button: Locator, folder: Path) -> Path:
        """Press a download button; the file under the name the app gave it."""
        with self.page.expect_download() as told:
            button.click()
        target = folder / told.value.suggested_filename
        told.value.save_as(target)
        return target

    def told(self) -> str:
        """Everything told in boxes."""
        return "\n".join(self.page.get_by_test_id("stAlert").all_inner_texts())

    def text(self) -> str:
        """All words of the page beside the sidebar."""
        return self.page.get_by_test_id("stMain").inner_text()
