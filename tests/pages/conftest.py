"""Pages through Streamlit's AppTest, from the real entry script, and the bundled numbers read apart from the app."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import h5py
import numpy as np
import pandas as pd
import pytest
from plotly import graph_objects
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest, app_test

from backend import api
from tests.contract import archs4_cohort

ROOT = Path(__file__).resolve().parents[2]
Open = Callable[..., AppTest]
Figure = dict[str, Any]


@pytest.fixture(scope="session", autouse=True)
def no_folder_left() -> Iterator[None]:
    """AppTest makes a folder for scripts given as text and leaves it to the exit, which warns."""
    yield
    app_test.TMP_DIR.cleanup()


@pytest.fixture(scope="session", autouse=True)
def packages_are_searched_once() -> Iterator[None]:
    """Each AppTest reads the metadata of every installed package for components: most of the cost of opening a page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def no_download_of_before() -> None:
    """What was begun in this process is told on every part of Datasets."""
    for one in api.stomics_downloads():
        api.forget_stomics_download(one.accession, one.file_id)


@pytest.fixture
def open_page() -> Open:
    """open_page("gene", gene=["ALB"], top="10") -> the page after its first run, as a deep link would."""

    def opened(page: str, /, **params: Any) -> AppTest:
        at = AppTest.from_file(str(ROOT / "components/frame/main.py"), default_timeout=60)
        if "_" in page:  # its address is not its file's name, and AppTest learns addresses in a run
            at.run()
        for key, value in params.items():
            at.query_params[key] = value
        if page != "home":
            at.switch_page(f"../../pages/{page}.py")
        return at.run()

    return opened


@dataclass(frozen=True)
class AtlasSource:
    """A simulated ARCHS4 file of 300 samples x 2,000 genes with its index. raw: read with h5py and numpy alone."""

    key: str
    path: Path
    raw: archs4_cohort.Raw


@pytest.fixture(scope="session")
def atlas_file(tmp_path_factory: pytest.TempPathFactory) -> AtlasSource:
    """Written and indexed once a session; not yet among the sources."""
    folder = tmp_path_factory.mktemp("atlas")
    path = archs4_cohort.written(folder)
    with archs4_cohort.found(folder):
        archs4_cohort.indexed()
    return AtlasSource(archs4_cohort.KEY, path, archs4_cohort.Raw(path))


@pytest.fixture
def atlas_source(atlas_file: AtlasSource) -> Iterator[AtlasSource]:
    """The indexed file as a source of this test: open_page(page, source=atlas_source.key, ...)."""
    with archs4_cohort.found(atlas_file.path.parent):
        yield atlas_file


@dataclass(frozen=True)
class Atlas:
    """data/hpa/hpa_v23.h5 as it stands: linear nTPM (genes, 50) and cohort medians (genes, 33)."""

    symbols: list[str]
    tissues: list[str]
    systems: list[str]
    ntpm: np.ndarray
    cohorts: pd.DataFrame
    cohort_values: np.ndarray

    def row(self, symbol: str) -> int:
        return self.symbols.index(symbol)

    def log(self, symbol: str) -> pd.Series:
        """log2(nTPM+1) by tissue, NaN where not measured."""
        return pd.Series(np.log2(self.ntpm[self.row(symbol)].astype(float) + 1), index=self.tissues)

    def linear(self, symbol: str) -> pd.Series:
        return pd.Series(self.ntpm[self.row(symbol)].astype(float), index=self.tissues)

    def z(self, symbol: str) -> pd.Series:
        """z against the measured tissues, population SD; NaN throughout for a constant gene."""
        values = self.log(symbol)
        sd = values.std(ddof=0)
        return (values - values.mean()) / (sd if sd > 0 else np.nan)


@pytest.fixture(scope="session")
def atlas() -> Atlas:
    with h5py.File(ROOT / "data/hpa/hpa_v23.h5") as file:

        def texts(name: str) -> list[str]:
            return [text.decode() for text in file[name][:]]

        cohorts = pd.DataFrame({column: texts(f"cohort/{column}") for column in ("key", "name", "system", "unit")})
        return Atlas(
            texts("genes/symbol"),
            texts("tissue/label"),
            texts("tissue/system"),
            file["tissue/expression"][:],
            cohorts,
            file["cohort/expression"][:],
        )


def figures(at: AppTest) -> list[Figure]:
    """The Plotly figures of a page as dictionaries, in order. Each passes Plotly's checks, which the app leaves out."""
    found = [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]
    for spec in found:
        graph_objects.Figure(spec)
    return found


def numbers(values: Any) -> np.ndarray:
    """The numbers of a Plotly array: a list with null for missing, or base64 bytes with their dtype."""
    if isinstance(values, dict):
        array = np.frombuffer(base64.b64decode(values["bdata"]), dtype=np.dtype(values["dtype"]))
        shape = [int(size) for size in str(values.get("shape", array.size)).split(",")]
        return array.astype(float).reshape(shape)
    return np.array(values, dtype=float)  # None becomes NaN


def trace(figure: Figure, name: str) -> dict[str, Any]:
    """The trace of this name."""
    return next(trace for trace in figure["data"] if trace.get("name") == name)


def bars(figure: Figure) -> pd.Series:
    """A figure of horizontal bars: number by category, from the top down."""
    (bar,) = (trace for trace in figure["data"] if trace["type"] == "bar")
    return pd.Series(numbers(bar["x"]), index=bar["y"])


def unescaped(text: str) -> str:
    """Markdown as a reader sees it: the backslash before a sign gone."""
    return text.replace("\\", "")


def source_row(at: AppTest, title: str) -> tuple[str, list[str]]:
    """What the table of sources on Home says of one: its facts, and what it can do."""
    for left, right in pairwise(at.main.columns):
        told = unescaped("".join(text.value for text in left.markdown))
        if told.startswith((f"**[{title}](", f"**{title}**")):
            return told, captions(right).split(" · ")
    raise AssertionError(f"{title} is not in the table of sources")


def messages(at: AppTest) -> str:
    """Everything told in boxes, as one text with Markdown escapes removed."""
    return unescaped("\n".join(box.value for box in (*at.info, *at.warning, *at.error)))


def captions(at: Any) -> str:
    """The small print of a page or a block, as one text with Markdown escapes removed."""
    return unescaped("\n".join(caption.value for caption in at.caption))


def standing(at: AppTest) -> AppTest:
    """The page, after making sure that nothing broke on it."""
    assert not at.exception, [(error.message, error.stack_trace[-3:]) for error in at.exception]
    assert not at.error, messages(at)
    return at


def same_from_its_address(open_page: Open, page: str, at: AppTest) -> AppTest:
    """Open the page's present URL in a new session: it has to show the same figures."""
    again = standing(open_page(page, **at.query_params))
    assert figures(again) == figures(at)
    return again


def link_of(at: AppTest, number: int = 0) -> tuple[str, dict[str, Any]]:
    """Page and options of the n-th "link to this view"."""
    links = [code.value for code in at.code if code.value.startswith("http")]
    address = urlsplit(links[number])
    return address.path.strip("/"), dict(parse_qs(address.query, keep_blank_values=True))


def same_from_its_link(open_page: Open, at: AppTest) -> None:
    """Open the link a figure offers in a new session: it has to show the same figures."""
    page, options = link_of(at)
    assert figures(standing(open_page(page, **options))) == figures(at)
