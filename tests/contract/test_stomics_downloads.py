"""Files of STOmics (stomics.io) arrive whole from a storage host that gets no key, whatever happens on the way."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backend import api, settings
from backend.__main__ import main
from backend.downloading import Doubtful
from backend.errors import (
    BadAnswer,
    BadInput,
    ExpronautError,
    NotConfigured,
    NotFound,
    RateLimited,
    Refused,
    TooLarge,
    Unavailable,
)
from backend.settings import ROOT
from tests.contract.stomics_folder import BUCKET, SIZE, Here, until
from tests.contract.stomics_online import online
from tests.doubles.stomics_web import KEY, Fault, StomicsWeb
from tests.doubles.stomics_web_world import LARGE, SECTION, TINY


@pytest.fixture(scope="module")
def web() -> Iterator[StomicsWeb]:
    with StomicsWeb(large=SIZE) as web:
        yield web


@pytest.fixture
def here(web: StomicsWeb, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Here]:
    """After each test: storage got no key, and no key or signature stands in a file or in the log."""
    web.reset()
    home = tmp_path / "home"
    caplog.set_level(logging.INFO)
    with settings.use(online(web, home, attempts=2, longest_wait=0.05)):
        yield Here(web, home)
        for one in api.stomics_downloads():
            api.forget_stomics_download(one.accession, one.file_id)
    assert web.leaks() == []
    for text in (path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()):
        assert KEY.encode() not in text
        assert b"X-Amz-" not in text
    assert not re.search(rf"{KEY}|X-Amz-|Signature", caplog.text)


def test_a_file_arrives_in_the_folder_of_its_data_set(here: Here) -> None:
    done = here.get()
    assert done.path == here.folder() / "matrix.h5ad"
    assert done.path.read_bytes() == here.content()
    assert done.checked == "No checksum is published for it: only its size and form were checked."
    (asked,) = here.web.storage.requests
    assert set(asked.headers) <= {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
    here.web.reset()
    again = here.get()
    assert "there already" in again.checked
    assert here.web.storage.requests == []


def test_a_line_that_is_cut_is_taken_up_where_it_broke(here: Here) -> None:
    here.web.switches.cuts = [SIZE // 3, SIZE // 2]
    done = here.large()
    assert done.path.read_bytes() == here.content(SECTION, LARGE)
    assert hashlib.sha256(done.path.read_bytes()).hexdigest() in done.checked
    assert here.ranges() == [(None, 200), (f"bytes={SIZE // 3}-", 206), (f"bytes={SIZE // 2}-", 206)]
    assert here.asked() == 1  # the address still held
    assert here.names(SECTION) == ["registered.tif"]


def test_an_address_that_storage_refuses_is_asked_for_anew(here: Here) -> None:
    here.web.switches.cuts, here.web.switches.uses = [SIZE // 2], 1
    assert here.large().path.read_bytes() == here.content(SECTION, LARGE)
    assert [status for _, status in here.ranges()] == [200, 403, 206]
    assert here.asked() == 2
    assert here.said_of("a new one is asked for")


def test_storage_that_refuses_every_address_is_left_alone_after_a_few(here: Here) -> None:
    here.web.storage.faults.append(Fault("status", BUCKET, status=403))
    with pytest.raises(Refused, match="HTTP 403"):
        here.large()
    assert here.asked() == 4
    assert here.names(SECTION) == []


def begun(here: Here) -> None:
    """Half of the large file is here."""
    here.web.switches.cuts = [SIZE // 2] + [0] * 10
    with pytest.raises(Unavailable, match="are kept"):
        here.large()
    assert here.names(SECTION) == ["registered.tif.part", "registered.tif.part.json"]
    here.web.reset()
    here.said.clear()


def test_storage_without_ranges_starts_over_and_says_so(here: Here) -> None:
    begun(here)
    here.web.switches.ranges = False
    assert here.large().path.read_bytes() == here.content(SECTION, LARGE)
    assert here.said_of("cannot resume: the download starts over")


@pytest.mark.parametrize("wrong", ["start", "total", "none"])
def test_another_piece_than_asked_for_is_not_written(here: Here, wrong: str) -> None:
    begun(here)
    here.web.switches.wrong_range = wrong
    assert here.large().path.read_bytes() == here.content(SECTION, LARGE)
    assert here.said_of("the download starts over")


def test_a_file_that_changed_is_not_patched_together(here: Here) -> None:
    begun(here)
    here.web.switches.grown = True
    with pytest.raises(Doubtful, match=f"sends {SIZE + 1:,} bytes"):  # the list still tells the old size
        here.large()
    assert here.said_of("The file changed at the host: the download starts over.")
    done = here.large(keep=True)
    assert len(done.path.read_bytes()) == SIZE + 1
    assert done.checked == "It was kept without checking."


def test_pieces_of_another_file_under_this_name_are_not_added_to(here: Here) -> None:
    begun(here)
    about = here.folder(SECTION) / "registered.tif.part.json"
    about.write_text(about.read_text().replace(f"stomics {SECTION} {LARGE}", f"stomics {SECTION} 999"))
    assert here.large().path.read_bytes() == here.content(SECTION, LARGE)
    assert here.said[0] == "The pieces here are of another file: the download starts over."


@pytest.mark.parametrize("told_length", [True, False])
def test_a_wrong_size_gives_no_file_until_it_is_kept_as_it_is(here: Here, told_length: bool) -> None:
    here.web.switches.told_length = told_length
    with pytest.raises(Doubtful, match=r"28,129 .*published"):
        here.get(file_id="44")
    assert "wrong_size.h5ad" not in here.names()
    assert here.get(file_id="44", keep=True).path.read_bytes() == here.content(TINY, 44)


def test_more_than_the_file_can_have_is_not_taken(here: Here) -> None:
    here.web.switches.told_length, here.web.switches.size = False, 10_000
    with pytest.raises(BadAnswer, match="sends more than the 10,000 bytes"):
        here.get()
    assert "matrix.h5ad" not in here.names()


def test_a_wrong_checksum_keeps_the_file_aside(here: Here) -> None:
    here.web.switches.digest = "0" * 32
    right = hashlib.md5(here.content()).hexdigest()
    with pytest.raises(Doubtful, match=f"md5 is {right}, and 0{{32}} is published"):
        here.get()
    assert here.names() == ["matrix.h5ad.part", "matrix.h5ad.part.json"]
    here.web.storage.forget()
    here.get(keep=True)
    assert here.names() == ["matrix.h5ad"]
    assert here.ranges() == []  # it was not fetched again


def test_a_right_checksum_is_told(here: Here) -> None:
    here.web.switches.digest = hashlib.md5(here.content()).hexdigest()
    assert here.get().checked == f"Size and md5 are as published ({here.web.switches.digest})."


def test_half_of_an_h5ad_of_unknown_size_is_not_taken_for_all_of_it(here: Here) -> None:
    here.web.switches.size = -1
    here.web.storage.faults.append(Fault("garbage", BUCKET))
    with pytest.raises(Doubtful, match="not all of one"):
        here.get()
    assert "matrix.h5ad" not in here.names()


def test_a_size_that_nobody_tells_is_said(here: Here) -> None:
    here.web.switches.told_length = False
    done = here.get(file_id="43")
    assert done.path.read_bytes() == here.content(TINY, 43)
    assert done.checked == "No checksum is published for it, and no size: it could not be checked."


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("../../evil.h5ad", "evil.h5ad"),
        ("..\\..\\evil.h5ad", "evil.h5ad"),
        ("/etc/cron.d/evil", "evil"),
        (".files", "_files"),
        ("matrix.h5ad.part", "matrix.h5ad.part_"),
        ("a\u202eda5h.exe\x00\n", "a da5h.exe"),
        ("NUL.h5ad", "_NUL.h5ad"),
        (f"{'ü' * 300}.gem.gz", f"{'ü' * 86}.gem.gz"),
    ],
)
def test_a_hostile_name_stays_in_the_folder(here: Here, told: str, written: str) -> None:
    here.web.switches.filename = told
    here.get()
    assert here.names() == [written]
    outside = [path for path in here.home.parent.rglob("*evil*") if path.parent != here.folder()]
    assert outside == []


@pytest.mark.parametrize("told", ["", "..", "a/..", ". .", "folder/"])
def test_a_name_that_is_none_is_refused(here: Here, told: str) -> None:
    here.web.switches.filename = told
    with pytest.raises(BadAnswer, match=r"name that no file can have"):
        here.get()
    assert here.web.storage.requests == []


def test_two_files_of_the_same_name_get_two_names_that_stay(here: Here) -> None:
    here.get(file_id="46")
    here.get(file_id="42")
    assert here.names() == ["matrix-42.h5ad", "matrix.h5ad"]
    assert (here.folder() / "matrix.h5ad").read_bytes() == here.content(TINY, 46)
    assert (here.folder() / "matrix-42.h5ad").read_bytes() == here.content(TINY, 42)
    assert not here.get(file_id="46").new
    assert [(one.file_id, one.name) for one in api.stomics_downloads(TINY)] == [
        ("42", "matrix-42.h5ad"),
        ("46", "matrix.h5ad"),
    ]


@pytest.mark.parametrize("accession", ["../STD0001", "STD0001/../..", "", "..", "STDS0000058"])
def test_an_accession_is_no_path(here: Here, accession: str) -> None:
    with pytest.raises(BadInput):
        api.start_stomics_download(accession, "42")
    assert here.web.requests == []


def test_a_disk_without_room_is_told_before(here: Here) -> None:
    here.web.switches.size = 10**15
    with pytest.raises(TooLarge, match="are free"):
        here.get()
    assert here.web.storage.requests == []


def test_a_redirect_of_storage_is_followed_to_http_only(here: Here) -> None:
    elsewhere = f"http://localhost:{here.web.storage.port}"
    here.web.storage.faults.append(Fault("redirect", BUCKET, times=1, target=f"{elsewhere}{{path}}"))
    assert here.get().path.read_bytes() == here.content()
    here.web.storage.faults.append(Fault("redirect", BUCKET, target="file:///etc/passwd"))
    with pytest.raises(BadAnswer, match="not http or https"):
        here.large()


def test_a_key_that_is_out_of_calls_tells_when_the_download_can_go_on(here: Here) -> None:
    here.web.switches.cuts, here.web.switches.uses = [SIZE // 2], 1
    here.web.switches.limit, here.web.switches.wait = 2, 900  # the list, one address
    with pytest.raises(RateLimited, match=r"200\.0 kB of registered\.tif are kept") as caught:
        here.large()
    assert "Ask again after" in caught.value.hint
    assert here.asked() == 2
    assert here.one().here == SIZE // 2


def failing(here: Here, wanted: type[ExpronautError], words: str, **changes: object) -> None:
    with settings.use(replace(settings.current(), **changes)), pytest.raises(wanted, match=words):
        here.get()


def test_what_the_service_refuses_is_told(here: Here) -> None:
    service = settings.current().stomics
    failing(here, NotConfigured, "needs an API key", stomics=replace(service, key=""))
    failing(here, Refused, "does not accept the key", stomics=replace(service, key="sk-wrong"))
    failing(here, Unavailable, "offline", offline=True)
    with pytest.raises(NotFound, match="no file 4711"):
        here.get(file_id="4711")
    assert here.web.storage.requests == []


def test_in_the_background_one_is_stopped_and_gone_on_with_while_another_waits(here: Here) -> None:
    here.web.storage.faults.append(Fault("stall", BUCKET, times=1))
    api.start_stomics_download(SECTION, str(LARGE))
    until(lambda: here.one().here > 0)
    assert api.start_stomics_download(TINY, "42").state == "waiting"
    api.cancel_stomics_download(TINY, "42")
    assert here.one(TINY, "42").progress.message == "Stopped before it began."
    with pytest.raises(Unavailable, match="being downloaded"):
        api.discard_stomics_download(SECTION, str(LARGE))
    api.cancel_stomics_download(SECTION, str(LARGE))
    here.web.storage.release()
    stopped = here.ended()
    assert (stopped.progress.state, stopped.done) == ("cancelled", False)
    assert 0 < stopped.here < stopped.size == SIZE
    api.start_stomics_download(SECTION, str(LARGE))
    done = here.ended()
    assert (done.progress.state, done.done, done.form) == ("done", True, "")
    assert Path(done.path).read_bytes() == here.content(SECTION, LARGE)
    assert "sha256 are as published" in done.notes[-1]


def test_what_can_be_opened_as_a_section_is_told(here: Here) -> None:
    forms = {"202": "h5ad", "204": "gem", "205": "gef", "206": "", "207": ""}
    for file_id in forms:
        assert here.get(SECTION, file_id).new
    known = api.stomics_downloads(SECTION)
    assert {one.file_id: one.form for one in known} == forms
    assert all(one.done and Path(one.path).is_file() and one.notes for one in known)
    assert {one.path for one in known if one.form} == {one.path for one in api.spatial_files() if one.of == SECTION}


def test_a_doubtful_one_is_kept_or_thrown_away(here: Here) -> None:
    here.web.switches.digest = "0" * 32
    for keep in (True, False):
        api.start_stomics_download(TINY, "42")
        assert here.ended(TINY, "42").doubtful
        if keep:
            api.start_stomics_download(TINY, "42", keep_unverified=True)
            kept = here.ended(TINY, "42")
            assert (kept.done, kept.doubtful, kept.form) == (True, False, "h5ad")
            Path(kept.path).unlink()
            api.forget_stomics_download(TINY, "42")
        else:
            api.discard_stomics_download(TINY, "42")
        assert api.stomics_downloads(TINY) == ()
        assert here.names() == []


def test_after_a_kill_it_is_known_and_goes_on(here: Here) -> None:
    """kill -9 of the process that downloads; another one lists what is here, and goes on there."""
    here.web.storage.faults.append(Fault("stall", BUCKET, times=1))
    part = here.folder(SECTION) / "registered.tif.part"
    own = {
        "EXPRONAUT_DATA": str(here.home),
        "EXPRONAUT_CACHE": str(here.home / "cache"),
        "EXPRONAUT_OFFLINE": "0",
    }
    command = [sys.executable, "-m", "backend", "download", "stomics", SECTION, str(LARGE)]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | here.web.environment() | own) as running:
        until(lambda: running.poll() is not None or (part.exists() and part.stat().st_size >= SIZE // 2))
        running.kill()
    here.web.storage.release()
    there = part.read_bytes()
    assert there == here.content(SECTION, LARGE)[: len(there)]
    seen = here.one()
    assert (seen.name, seen.here, seen.size, seen.done, seen.progress) == (part.stem, len(there), SIZE, False, None)
    here.web.storage.forget()
    api.start_stomics_download(seen.accession, seen.file_id)
    assert Path(here.ended().path).read_bytes() == here.content(SECTION, LARGE)
    assert here.ranges() == [(f"bytes={len(there)}-", 206)]


def test_the_command_lists_and_fetches_into_a_folder(
    here: Here, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["download", "stomics", TINY, "--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed[2].split() == ["43", "image", "unknown", "tissue.png"]
    here.web.faults.append(Fault("status", "/api/v1/datasets", times=2, status=503))
    with settings.use(replace(settings.current(), keep=(("127.0.0.1", 0.0),))):
        assert main(["download", "stomics", TINY, "--list"]) == 0
    stale = capsys.readouterr().out.splitlines()
    assert "HTTP 503" in stale[0]
    assert "This is the list of" in stale[0]
    assert stale[1:] == listed
    assert main(["download", "stomics", TINY, "45", "--to", str(tmp_path / "far")]) == 0
    assert (tmp_path / "far" / "evil.h5ad").read_bytes() == here.content(TINY, 45)
    assert "It is written as evil.h5ad" in capsys.readouterr().out
    assert main(["download", "stomics", "STDS0000058", "1"]) == 2
    assert "STOmicsDB" in capsys.readouterr().err
