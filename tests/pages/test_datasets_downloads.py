"""Datasets: the list of files to get, on demand only; a download watched, stopped, gone on with, and then indexed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from backend import api, settings
from tests.doubles.archs4_web import Fault
from tests.pages.conftest import Open, captions, messages, standing, unescaped
from tests.unit.downloading.conftest import NAME, Host, host

__all__ = ["host"]
KEY = "archs4-human_gene_v2.5"


def until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ended(name: str = NAME) -> str:
    until(lambda: api.download_progress(name).state not in ("waiting", "running"))
    return api.download_progress(name).state


def words(at: Any) -> str:
    return unescaped(" ".join(text.value for text in at.main.markdown))


def buttons(at: Any) -> list[str]:
    return [button.label for button in at.main.button]


@pytest.fixture(autouse=True)
def nothing_of_before(host: Host) -> None:
    for one in api.downloads():
        api.forget_download(one.name)


@pytest.fixture
def listed(open_page: Open, host: Host) -> Any:
    """The page after a click on the list."""
    at = standing(open_page("datasets", part="files"))
    at.button("list-versions").click()
    return standing(at.run())


def test_nothing_is_asked_for_before_the_click(open_page: Open, host: Host) -> None:
    at = standing(open_page("datasets", part="files"))
    assert host.web.requests == []
    assert "List the versions" in buttons(at)
    assert "CC BY-NC-SA 4.0" in captions(at.main)
    assert not at.main.dataframe


def test_the_list_shows_what_was_published(listed: Any, host: Host) -> None:
    table = listed.main.dataframe[0].value.set_index(["Species", "Contents", "Version"])
    row = table.loc[("human", "genes × samples", "2.5")]
    assert (row["Samples"], row["Size"], row["sha1"]) == (600, len(host.content), host.web.file(NAME).sha1)
    assert str(row["Published"]) == "2025-01-13"
    meta = table.loc[("mouse", "descriptions of samples", "2.4")]
    assert meta["sha1"] == "none"
    assert meta.isna()["Size"]
    assert listed.selectbox("release").value == NAME
    told = captions(listed.main)
    for fact in ("Ensembl 107", host.web.file(NAME).sha1[:8], "are free", "fetched 0 min ago"):
        assert fact in told
    listed.run()
    assert host.web.count("/api") == 1


def test_a_file_is_fetched_then_offered_for_indexing_and_deletion(listed: Any, host: Host) -> None:
    listed.button("get-file").click()
    listed.run()
    assert ended() == "done"
    at = standing(listed.run())
    assert "arrived" in words(at)
    assert "stands among the files of this machine" in captions(at.main)
    assert host.web.file(NAME).sha1 in captions(at.main)
    assert f"build-{KEY}" in [button.key for button in at.main.button]
    at.button(f"seen-{NAME}").click()
    at = standing(at.run())
    assert "arrived" not in words(at)
    assert f"**{NAME}** (550 kB) is deleted from this machine." in words(at)
    at.button(f"deleted-{KEY}").click()
    at = standing(at.run())
    assert not host.whole.exists()
    assert "No ARCHS4 file was found" in messages(at)


def test_a_download_is_watched_from_any_session_and_can_be_stopped(listed: Any, open_page: Open, host: Host) -> None:
    host.web.faults.append(Fault("stall", "/files", times=1))
    listed.button("get-file").click()
    listed.run()
    until(lambda: host.part.exists() and host.part.stat().st_size > 0)
    at = standing(open_page("datasets", part="files"))
    assert "downloading" in words(at)
    at.button(f"stop-{NAME}").click()
    at.run()
    assert ended() == "cancelled"  # at once, though the host is silent
    host.web.release()
    at = standing(at.run())
    assert "Stopped." in messages(at)
    assert "550 kB are in" in captions(at.main)
    at.button(f"go-{NAME}").click()
    at.run()
    assert ended() == "done"
    assert host.whole.read_bytes() == host.content


def test_pieces_of_an_earlier_run_can_be_deleted(open_page: Open, host: Host) -> None:
    host.web.faults.append(Fault("cut", "/files"))
    api.start_download(NAME)
    assert ended() == "failed"
    api.forget_download(NAME)
    at = standing(open_page("datasets", part="files"))
    assert "not whole" in words(at)
    assert "Go on" in buttons(at)
    at.button(f"drop-{NAME}").click()
    assert "not whole" not in words(standing(at.run()))
    assert not host.part.exists()


def test_a_doubtful_file_is_told_and_can_be_kept(listed: Any, host: Host) -> None:
    host.web.switches.wrong_checksum = True
    with settings.use(replace(settings.current(), cache=host.folder / "other")):
        listed.button("get-file").click()
        listed.run()
        assert ended() == "failed"
        at = listed.run()
        assert not at.exception
        assert "f" * 40 in messages(at)
        assert "not as published" in words(at)
        at.button(f"keep-{NAME}").click()
        at.run()
        assert ended() == "done"
    assert host.whole.read_bytes() == host.content


@pytest.mark.parametrize("kind", ["gone", "status", "html", "garbage"])
def test_a_site_with_a_fault_is_told_and_can_be_asked_again(open_page: Open, host: Host, kind: str) -> None:
    host.web.faults.append(Fault(kind, "/api"))
    at = open_page("datasets", part="files")
    at.button("list-versions").click()
    at.run()
    assert not at.exception
    assert "127.0.0.1" in messages(at)
    assert "Try again" not in buttons(at)  # it would ask nobody
    host.web.faults.clear()
    at.button("list-versions").click()
    assert standing(at.run()).main.dataframe


def test_offline_is_said(open_page: Open, host: Host) -> None:
    with settings.use(replace(settings.current(), offline=True)):
        at = standing(open_page("datasets", part="files"))
    assert "EXPRONAUT_OFFLINE" in messages(at)
    assert "list-versions" not in [button.key for button in at.main.button]
