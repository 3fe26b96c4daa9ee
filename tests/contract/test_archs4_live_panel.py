"""A hundred genes at once: how many requests that takes, how fast they go out, and how it is stopped."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st

from backend import api, settings
from backend.archs4_live import spelling
from backend.web.panel import AT_ONCE
from tests.contract.live_world import OLD_AT_ONCE, online
from tests.doubles.archs4_web import Archs4Web

ATLAS = "/sigpy/atlas"
PER_SECOND = 50


class Cancelled(Exception):
    """What a page raises when its user leaves."""


@pytest.fixture
def web() -> Iterator[Archs4Web]:
    with Archs4Web() as double:
        yield double


def _genes(web: Archs4Web, number: int) -> list[str]:
    """Genes that are called today as the service calls them."""
    return [gene for gene in web.genes() if gene != "C1orf112"][:number]


def _restart() -> None:
    """As a new process would be: memory is empty, the disk is not."""
    st.cache_data.clear()
    spelling.forget()


def _at_rest() -> None:
    """Until no request is under way any more."""
    end = time.monotonic() + 10
    while any(thread.name == "expronaut-web" for thread in threading.enumerate()) and time.monotonic() < end:
        time.sleep(0.01)


def test_a_hundred_genes_take_a_hundred_requests_once(web: Archs4Web, tmp_path: Path) -> None:
    genes = _genes(web, 100)
    seen: list[tuple[int, int]] = []
    with settings.use(online(web, tmp_path, read=10, per_second=PER_SECOND)):
        cold = api.tissue_profiles("archs4", genes, on_progress=lambda done, of: seen.append((done, of)))
        asked = Counter(record.path for record in web.requests)
        arrived = np.array([record.arrived for record in web.requests])
        web.forget()
        again = api.tissue_profiles("archs4", genes)
        _restart()
        restarted = api.tissue_profiles("archs4", genes)
    assert asked == {ATLAS: 100, "/sigpy/status": 1, "/sigpy/meta/genes": 1}
    assert not web.count(ATLAS) + web.count("/sigpy/meta/genes")  # its state is asked again after a minute
    assert list(cold.value["gene"].unique()) == genes
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (100, 100)
    assert again.value.equals(cold.value)
    assert restarted.value.equals(cold.value)
    assert (cold.provenance.kind, restarted.provenance.kind) == ("live", "cached")
    most = max(((arrived >= at) & (arrived < at + 1)).sum() for at in arrived)
    assert most <= PER_SECOND + AT_ONCE  # those under way may arrive a little late


def test_a_panel_says_what_each_profile_says(web: Archs4Web, tmp_path: Path) -> None:
    with settings.use(online(web, tmp_path, read=10)):
        panel = api.tissue_profiles("archs4", ["ACE2", "TP53"])
        for gene in ("ACE2", "TP53"):
            one = api.tissue_profile("archs4", gene).value.set_index("tissue")["z"]
            many = panel.value[panel.value["gene"] == gene].set_index("tissue")["z"]
            np.testing.assert_array_equal(many.loc[one.index], one)
    assert any("0.113644" in note for note in panel.provenance.notes)


def test_a_user_who_leaves_stops_the_requests_and_loses_nothing(web: Archs4Web, tmp_path: Path) -> None:
    genes = _genes(web, 60)

    def on_progress(done: int, of: int) -> None:
        if done >= 8:
            raise Cancelled

    with settings.use(online(web, tmp_path, read=10, per_second=30)):
        with pytest.raises(Cancelled):
            api.tissue_profiles("archs4", genes, on_progress=on_progress)
        _at_rest()
        asked = web.count(ATLAS)
        assert 8 <= asked < len(genes)
    with settings.use(online(web, tmp_path, read=10)):
        whole = api.tissue_profiles("archs4", genes)
    assert whole.value["gene"].nunique() == len(genes)
    assert len(genes) <= web.count(ATLAS) <= len(genes) + AT_ONCE  # only what was under way is asked for again


def test_killed_on_the_way_it_shows_what_came_and_gets_the_rest_later(web: Archs4Web, tmp_path: Path) -> None:
    genes = _genes(web, 40)
    with settings.use(online(web, tmp_path, per_second=30)):
        killed: list[int] = []

        def on_progress(done: int, of: int) -> None:
            if done >= 10 and not killed:
                killed.append(done)
                web.kill()

        part = api.tissue_profiles("archs4", genes, on_progress=on_progress)
        came = part.value["gene"].nunique()
        left_out = [note for note in part.provenance.notes if note.startswith("Left out: ")]
        assert 10 <= came < len(genes)
        assert came + len(left_out) == len(genes)
        assert all(str(web.port) in note for note in left_out)
        web.revive()
        end = time.monotonic() + 10
        while (whole := api.tissue_profiles("archs4", genes)).value["gene"].nunique() < len(genes):
            assert time.monotonic() < end
    assert not [note for note in whole.provenance.notes if note.startswith("Left out: ")]
    assert not whole.provenance.stale


def test_a_panel_of_kept_answers_is_marked_as_old(web: Archs4Web, tmp_path: Path) -> None:
    genes = _genes(web, 6)
    with settings.use(online(web, tmp_path, keep=OLD_AT_ONCE)):
        first = api.tissue_profiles("archs4", genes)
        st.cache_data.clear()
        web.kill()
        old = api.tissue_profiles("archs4", [*genes, web.genes()[7]])
        web.revive()
    assert old.provenance.stale
    assert any("6 of 6 genes are what ARCHS4 answered earlier" in note for note in old.provenance.notes)
    assert any(note.startswith(f"Left out: {web.genes()[7]}") for note in old.provenance.notes)
    np.testing.assert_array_equal(old.value["z"], first.value["z"])
