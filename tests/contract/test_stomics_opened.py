"""Opened data sets of STOmics: calls and failures of their source, and the files that remember them."""

from __future__ import annotations

import json
import logging
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st

from backend import api, settings
from backend import sources as registry
from backend.errors import BadInput, NotFound, Refused, TooLarge
from backend.sources import stomics_shelf
from backend.stomics.server import server
from tests.contract.stomics_online import online
from tests.doubles.http_double import Fault
from tests.doubles.stomics_web import KEY, StomicsWeb
from tests.doubles.stomics_web_world import SECTION, TINY

EXPRESSION = f"/api/v1/datasets/{SECTION}/expression"


@pytest.fixture
def key(double: StomicsWeb) -> str:
    """The section of 300 spots, open."""
    return api.open_stomics(SECTION)


# the calls of the hour, and failures


def test_more_genes_than_calls_are_left_are_refused_and_kept_ones_are_still_shown(double: StomicsWeb, key: str) -> None:
    api.tissue_profiles(key, ["Sox2", "Gapdh"], "mouse")
    for _ in range(998 - len(server().budget.calls())):
        server().budget.spend()
    asked = double.count()
    with pytest.raises(TooLarge, match="3 genes are still to be asked for, and 2 of 1,000 calls are left"):
        api.tissue_profiles(key, ["Sox2", "Gapdh", "Actb", "Mbp", "Plp1"], "mouse")
    server().budget.spend()
    st.cache_data.clear()
    assert api.tissue_profiles(key, ["Gapdh", "Sox2"], "mouse").value["gene"].nunique() == 2
    assert double.count() == asked


def test_one_gene_that_fails_is_told_beside_the_others(double: StomicsWeb, key: str) -> None:
    api.tissue_profile(key, "Sox2", "mouse")
    double.faults.append(Fault("status", EXPRESSION, status=500))
    answer = api.tissue_profiles(key, ["Sox2", "Gapdh"], "mouse")
    assert set(answer.value["gene"]) == {"Sox2"}
    assert any(note.startswith("Left out: ") and "500" in note for note in answer.provenance.notes)
    assert [one.state for one in api.sources().value if one.key == key] == ["not answering"]
    st.cache_data.clear()
    api.tissue_profile(key, "Sox2", "mouse")  # what was kept does not say that the service is back
    assert [one.state for one in api.sources().value if one.key == key] == ["not answering"]
    double.faults.clear()
    api.tissue_profile(key, "Gapdh", "mouse")
    assert [one.state for one in api.sources().value if one.key == key] == ["ready"]


def test_a_stale_answer_is_marked_and_does_not_stay(double: StomicsWeb, key: str, tmp_path: Path) -> None:
    with settings.use(online(double, tmp_path, keep=(("127.0.0.1", 0.0),))):
        first = api.tissue_profile(key, "Sox2", "mouse")
        st.cache_data.clear()
        double.faults.append(Fault("status", EXPRESSION, status=503))
        old = api.tissue_profile(key, "Sox2", "mouse")
        assert (old.provenance.stale, old.provenance.kind) == (True, "cached")
        assert any(note.startswith("Stale: ") for note in old.provenance.notes)
        assert old.value.equals(first.value)
        double.faults.clear()
        st.cache_data.clear()
        assert not api.tissue_profile(key, "Sox2", "mouse").provenance.stale


def test_a_refused_key_ends_a_list_of_genes_at_once(double: StomicsWeb, key: str, tmp_path: Path) -> None:
    refused = replace(settings.current().stomics, key="sk-wrong-0123456789-wrong")
    with settings.use(replace(settings.current(), stomics=refused)), pytest.raises(Refused, match="401"):
        api.tissue_profiles(key, [f"Gene{n}" for n in range(60)], "mouse")
    assert double.count(EXPRESSION) < 60


# what is open


def test_a_data_set_is_opened_once_listed_and_closed(double: StomicsWeb, key: str) -> None:
    assert api.open_stomics(SECTION) == key
    tiny = api.open_stomics(TINY)
    assert {one.key for one in api.opened_stomics()} == {key, tiny}
    (one,) = [one for one in api.opened_stomics() if one.key == key]
    assert (one.of, one.species, one.kind, one.n_spots, one.n_genes, one.problem) == (
        SECTION, "mouse", "live", 300, 40, None,
    )  # fmt: skip
    api.close_stomics(key)
    assert [one.key for one in api.opened_stomics()] == [tiny]
    with pytest.raises(NotFound):
        registry.get(key)
    with pytest.raises(NotFound):
        api.close_stomics(key)
    asked = double.count(EXPRESSION)
    assert api.open_stomics(SECTION) == key
    assert double.count(EXPRESSION) == asked  # its description alone


@pytest.mark.parametrize("accession", ["../../evil", "STD/1", "std0002", "ÄÖ", "a" * 90, "STD 1"])
def test_the_file_of_any_accession_stays_in_the_folder(double: StomicsWeb, accession: str) -> None:
    opened = stomics_shelf.key_of(accession)
    assert opened != stomics_shelf.key_of("STD0002")
    assert stomics_shelf._path(opened).parent == stomics_shelf.folder()


def test_what_sessions_learn_and_ask_anew_at_the_same_time_is_all_remembered(double: StomicsWeb, key: str) -> None:
    def learn(first: int) -> None:
        for count in range(first, 80, 4):
            stomics_shelf.learn(key, "cluster", (("A", count),))

    threads = [threading.Thread(target=learn, args=(first,)) for first in range(4)]
    threads += [threading.Thread(target=lambda: [stomics_shelf.asked_anew(key) for _ in range(20)])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stomics_shelf.get(key).anew == 20


def test_more_data_sets_than_can_be_open_are_told(double: StomicsWeb, key: str) -> None:
    (path,) = stomics_shelf.folder().glob("*.json")
    for number in range(stomics_shelf.MOST_OPENED - 1):
        shutil.copy(path, path.with_name(f"stomics-a{number}.json"))
    with pytest.raises(TooLarge, match="200 data sets"):
        api.open_stomics(TINY)
    assert api.open_stomics(SECTION) == key


@pytest.mark.parametrize("wrong", ["../x", "stomics-../x", "hpa"])
def test_only_its_own_keys_are_closed(double: StomicsWeb, wrong: str) -> None:
    with pytest.raises((BadInput, NotFound)):
        api.close_stomics(wrong)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"{}", b'{"accession": 1}', b"\xff" * 10, b"[" * 5_000])
def test_a_damaged_file_is_as_if_it_were_not_there(double: StomicsWeb, key: str, damage: bytes) -> None:
    (path,) = stomics_shelf.folder().glob("*.json")
    path.write_bytes(damage)
    stomics_shelf.opened(now=True)
    assert key not in registry.names()
    assert api.opened_stomics() == ()
    assert api.open_stomics(SECTION) == key
    assert json.loads(path.read_text(encoding="utf-8"))["accession"] == SECTION


def test_without_a_key_it_says_what_to_set(double: StomicsWeb, key: str) -> None:
    keyless = replace(settings.current().stomics, key="")
    with settings.use(replace(settings.current(), stomics=keyless)):
        (one,) = api.opened_stomics()
        assert "EXPRONAUT_STOMICS_KEY" in one.problem


def test_the_key_is_nowhere_but_in_the_header(
    double: StomicsWeb, key: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    told = [api.spots(key, ["Sox2"], "mouse"), api.tissue_profile(key, "Gapdh", "mouse"), registry.stamp(key)]
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert KEY not in f"{told!r} {caplog.text}"
    assert KEY.encode() not in files
    assert all(KEY not in f"{one.path} {one.query}" for one in double.requests)
