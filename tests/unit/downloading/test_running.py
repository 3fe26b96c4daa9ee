"""Downloads in the background: watched, stopped, gone on with, kept or thrown away, beside the making of indexes."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable

import pytest

from backend import api
from backend.atlas import place
from backend.downloading.background import Background
from backend.downloading.download import Say
from backend.errors import BadInput, Unavailable
from backend.jobs import Tell
from backend.model import Download
from tests.doubles.archs4_web import Fault
from tests.unit.downloading.conftest import NAME, Host


def until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ended(name: str = NAME) -> str:
    until(lambda: api.download_progress(name).state not in ("waiting", "running"))
    return api.download_progress(name).state


def only() -> Download:
    (one,) = api.downloads()
    return one


@pytest.fixture(autouse=True)
def nothing_of_before(host: Host) -> None:
    for one in api.downloads():
        api.forget_download(one.name)


def test_a_file_arrives_among_the_local_files(host: Host) -> None:
    api.start_download(NAME)
    assert ended() == "done"
    assert host.whole.read_bytes() == host.content
    assert [file.file for file in api.local_files().files] == [NAME]
    assert "as published" in " ".join(only().notes)
    api.forget_download(NAME)
    assert api.downloads() == ()


def test_what_was_downloaded_is_deleted_with_its_index_and_nothing_else_is(host: Host) -> None:
    by_hand = host.folder / "mouse_gene_v2.5.h5"
    api.start_download(NAME)
    assert ended() == "done"
    shutil.copy2(host.whole, by_hand)
    index = place.folder(host.whole)
    index.mkdir()
    found = {file.file: file for file in api.local_files().files}
    assert [found[NAME].ours, found[by_hand.name].ours] == [True, False]
    with place.lock(index), pytest.raises(Unavailable, match="by another process"):
        api.delete_local_file(found[NAME].key)
    with pytest.raises(BadInput, match="not downloaded here"):
        api.delete_local_file(found[by_hand.name].key)
    assert host.whole.is_file()
    api.delete_local_file(found[NAME].key)
    assert [file.file for file in api.local_files().files] == [by_hand.name]
    assert not index.exists()
    shutil.copy2(by_hand, host.whole)  # what takes its place was not downloaded
    assert not any(file.ours for file in api.local_files().files)


def test_a_stopped_one_keeps_what_is_there_and_goes_on(host: Host) -> None:
    host.web.faults.append(Fault("stall", "/files", times=1))
    api.start_download(NAME)
    until(lambda: host.part.exists() and host.part.stat().st_size > 0)
    api.cancel_download(NAME)
    assert ended() == "cancelled"
    host.web.release()
    seen = only()
    assert seen.progress.message == "Stopped."
    assert "goes on there" in seen.progress.hint
    assert 0 < seen.here < seen.size == len(host.content)
    api.start_download(NAME)
    assert ended() == "done"
    assert host.whole.read_bytes() == host.content


def test_that_something_is_tried_again_is_told_until_all_has_arrived() -> None:
    downloads, seen = Background("test"), list[tuple[str, ...]]()

    def fetch(tell: Tell, say: Say) -> None:
        say("The line broke. Trying again; 1 MB are here.")
        for part in ("Downloading", "Checking"):
            tell(part, 1, 2, "MB", 0.1)
            seen.append(downloads.notes("file"))
        say("Size and sha1 are as published.")

    downloads.start("file", fetch)
    until(lambda: downloads.queue.progress("file").state == "done")
    assert seen == [("The line broke. Trying again; 1 MB are here.",), ()]
    assert downloads.notes("file") == ("Size and sha1 are as published.",)
    downloads.forget("file")
    assert downloads.notes("file") == ()


def test_pieces_of_an_earlier_run_are_known(host: Host) -> None:
    host.web.faults.append(Fault("cut", "/files"))
    api.start_download(NAME)
    assert ended() == "failed"
    assert len(only().notes) == 1  # of the tries, the last
    api.forget_download(NAME)
    seen = only()
    assert (seen.name, seen.progress, seen.size) == (NAME, None, len(host.content))
    api.discard_download(NAME)
    assert api.downloads() == ()
    assert not host.part.exists()


def test_a_doubtful_one_can_be_kept(host: Host) -> None:
    host.web.switches.wrong_checksum = True
    api.start_download(NAME)
    assert ended() == "failed"
    assert only().doubtful
    api.start_download(NAME, keep_unverified=True)
    assert ended() == "done"
    assert not only().doubtful
    assert host.whole.exists()


def test_an_unknown_file_fails_in_words_and_a_name_that_is_none_at_once(host: Host) -> None:
    api.start_download("human_gene_v9.9.h5")
    assert ended("human_gene_v9.9.h5") == "failed"
    assert "9.9" in api.download_progress("human_gene_v9.9.h5").message
    api.forget_download("human_gene_v9.9.h5")
    for name in ("../human_gene_v2.5.h5", "x.h5", ""):
        with pytest.raises(BadInput):
            api.start_download(name)
        with pytest.raises(BadInput):
            api.discard_download(name)


def test_the_list_and_the_room(host: Host) -> None:
    answer = api.versions()
    assert NAME in [release.name for release in answer.value]
    assert "CC BY-NC-SA 4.0" in answer.provenance.licence
    assert answer.provenance.url == f"{host.web.url}/api/versionfile"
    room = api.download_room()
    assert room.free > 0
    assert not room.offline
