"""A question that takes long: how far it is, and a cancel that ends the requests."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend import api, settings
from backend.errors import NotFound, Stopped
from components.fetching import Fetch, words
from tests.contract.live_world import online
from tests.doubles.archs4_web import Archs4Web, Fault

AT_ONCE = 4  # requests of a panel
LONG = 20.0  # seconds no test waits for


def test_the_answer_or_the_error_comes_through() -> None:
    fetch = Fetch(lambda tell: "answer")
    assert fetch.wait(LONG)
    assert fetch.result() == "answer"

    def fails(tell: object) -> str:
        raise NotFound("There is no such gene.")

    failed = Fetch(fails)
    assert failed.wait(LONG)
    with pytest.raises(NotFound, match="no such gene"):
        failed.result()


def test_how_far_it_is_in_words() -> None:
    at, go = threading.Event(), threading.Event()

    def work(tell: object) -> None:
        tell(37, 100)  # type: ignore[operator]
        at.set()
        go.wait(LONG)
        tell(100, 100)  # type: ignore[operator]

    fetch = Fetch(work)
    assert at.wait(LONG)
    assert not fetch.wait(0)
    assert words(fetch, "ARCHS4") == "37 of 100 genes", "no speed is known yet"
    go.set()
    assert fetch.wait(LONG)
    assert (fetch.done, fetch.of) == (100, 100)


def test_one_gene_has_no_count() -> None:
    fetch = Fetch(lambda tell: tell(1, 1))
    assert fetch.wait(LONG)
    assert words(fetch, "ARCHS4 (live)") == "Asking ARCHS4 (live)"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Archs4Web]:
    with Archs4Web() as double, settings.use(online(double, tmp_path, read=5, whole=10)):
        yield double


def test_a_cancel_ends_the_requests_and_what_came_is_kept(web: Archs4Web) -> None:
    genes = [gene for gene in web.genes() if re.fullmatch(r"[A-Z0-9]+", gene) and not gene.startswith("ENS")][:60]
    web.faults.append(Fault("slow", "/sigpy/atlas", seconds=0.15))
    far = threading.Event()

    def ask(tell: object) -> object:
        def told(done: int, of: int) -> None:
            if done >= 12:
                far.set()
            tell(done, of)  # type: ignore[operator]

        return api.tissue_profiles("archs4", genes, on_progress=told)

    fetch = Fetch(ask)
    assert far.wait(LONG)
    assert re.fullmatch(r"\d+ of \d\d genes(, about \d+ s left)?", words(fetch, "ARCHS4"))
    fetch.cancel()
    assert fetch.wait(LONG)
    with pytest.raises(Stopped):
        fetch.result()
    web.faults.clear()
    asked = web.count("/sigpy/atlas")
    assert asked < len(genes), "the rest was not asked for"
    again = api.tissue_profiles("archs4", genes)
    assert again.value["gene"].nunique() == len(genes)
    asked = [record.query["gene"] for record in web.requests if record.path == "/sigpy/atlas"]
    assert len(asked) - len(set(asked)) <= 2 * AT_ONCE, "only what was under way is asked for twice"
