"""One server, one Chromium and one page for the browser journeys of a worker; a session for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.screen import WIDE, Screen
from tests.browser.server import NO_BROWSER, ROOT, Server, chromium, serving

ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-quic",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Whatever a page asks for elsewhere is recorded, and goes nowhere.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


# The scope is the package, not the session: a running Playwright would disturb the event loops of other tests.
@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app, running."""
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The system's Chromium; a machine without one fails these tests and is told what to install."""
    path = chromium()
    if path is None:
        pytest.fail(NO_BROWSER, pytrace=False)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="package")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One context for all journeys."""
    made = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    yield made
    made.close()


@contextmanager
def journey(context: BrowserContext, server: Server) -> Iterator[Screen]:
    """A session on the page all journeys share: it has Streamlit's scripts loaded and compiled.

    Every journey ends with: nothing was asked of another host, nothing failed unseen.
    """
    since = len(server.log.read_text(errors="replace"))
    seen = Screen(context.pages[0] if context.pages else context.new_page(), server.url)
    yield seen
    seen.leave()
    assert seen.foreign() == []
    assert seen.failures == []
    assert server.trouble(since) == ""


@pytest.fixture
def screen(context: BrowserContext, server: Server) -> Iterator[Screen]:
    with journey(context, server) as seen:
        yield seen


@dataclass(frozen=True)
class Atlas:
    """The bundled numbers, computed here from the file and not by the app. values: log2(nTPM+1)."""

    genes: list[str]
    tissues: npt.NDArray[Any]
    systems: npt.NDArray[Any]
    values: npt.NDArray[np.float64]

    def log(self, gene: str) -> npt.NDArray[np.float64]:
        """log2(nTPM+1) of a gene in every tissue, NaN where missing."""
        row: npt.NDArray[np.float64] = self.values[self.genes.index(gene)]
        return row

    def z(self, gene: str) -> npt.NDArray[np.float64]:
        """z against the 50 tissues, population SD."""
        row = self.log(gene)
        scaled: npt.NDArray[np.float64] = (row - np.nanmean(row)) / np.nanstd(row)
        return scaled


@pytest.fixture(scope="package")
def atlas() -> Atlas:
    """The Human Protein Atlas as it lies in data/."""
    with h5py.File(Path(ROOT) / "data" / "hpa" / "hpa_v23.h5") as file:
        values = np.log2(file["tissue/expression"][:].astype(np.float64) + 1)
        genes = [name.decode() for name in file["genes/symbol"][:]]
        tissues, systems = (np.array([v.decode() for v in file[f"tissue/{n}"][:]]) for n in ("label", "system"))
    return Atlas(genes, tissues, systems, values)
