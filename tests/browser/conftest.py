"""Two servers, one Chromium and one page for the browser journeys of a worker; a session for each test.

A server takes seconds to start, and Chromium compiles the scripts of each address anew: a journey has a server of its
own only where its settings are those of no other.
"""

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
from tests.contract import archs4_cohort
from tests.doubles import section_files
from tests.doubles.archs4_web import Archs4Web
from tests.doubles.odm_web import OdmWeb
from tests.doubles.rnaget_web import RnagetWeb
from tests.doubles.stomics_web import StomicsWeb

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


def places(folder: Path) -> dict[str, str]:
    """Settings: all that the app keeps lies in this folder."""
    return {f"EXPRONAUT_{name}": str(folder / name.lower()) for name in ("CACHE", "STUDIES", "DATA")}


# The scope is the package, not the session: a running Playwright would disturb the event loops of other tests.
@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app, offline, with files that nobody has opened: a simulated ARCHS4 file and a section. No study yet."""
    folder = tmp_path_factory.mktemp("server")
    settings = places(folder)
    data = Path(settings["EXPRONAUT_DATA"])
    data.mkdir()
    archs4_cohort.written(data)
    section_files.h5ad(data / "brain.h5ad", section_files.made(900, 30), "csr")
    with serving(folder, settings) as running:
        yield running


@dataclass(frozen=True)
class Services:
    """The doubles of all services; home: where the app that asks them puts what it downloads."""

    archs4: Archs4Web
    odm: OdmWeb
    rnaget: RnagetWeb
    stomics: StomicsWeb
    home: Path


@pytest.fixture(scope="package")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Running, and asked by the app of `online_server`."""
    folder = tmp_path_factory.mktemp("online")
    with (
        Archs4Web() as archs4,
        OdmWeb(job_steps=()) as odm,
        RnagetWeb() as rnaget,
        StomicsWeb(large=400_000) as stomics,
    ):
        yield Services(archs4, odm, rnaget, stomics, folder / "data")


@pytest.fixture(scope="package")
def online_server(services: Services) -> Iterator[Server]:
    """The app of a researcher who may ask all services, with no file and no study."""
    of_doubles = (one.environment() for one in (services.archs4, services.odm, services.rnaget, services.stomics))
    settings = {name: value for one in of_doubles for name, value in one.items()}
    folder = services.home.parent
    with serving(folder, settings | places(folder) | {"EXPRONAUT_OFFLINE": "0"}) as running:
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
    try:
        yield seen
    finally:  # one that failed too: its page would go on asking its server in the next journey
        seen.leave()
    assert seen.foreign() == []
    assert seen.failures == []
    assert server.trouble(since) == ""


@pytest.fixture
def screen(context: BrowserContext, server: Server) -> Iterator[Screen]:
    with journey(context, server) as seen:
        yield seen


@pytest.fixture
def online(context: BrowserContext, online_server: Server) -> Iterator[Screen]:
    """A session on the app that asks all services."""
    with journey(context, online_server) as seen:
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
