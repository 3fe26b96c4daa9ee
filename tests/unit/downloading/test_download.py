"""A file arrives whole and as published; whatever is wrong is told, and nothing is lost."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from backend import downloading, settings
from backend.downloading import Doubtful, partial
from backend.downloading.download import discard
from backend.errors import (
    BadAnswer,
    BadInput,
    NotConfigured,
    NotFound,
    RateLimited,
    TooLarge,
    Unavailable,
)
from backend.settings import ROOT
from tests.doubles.archs4_web import Answer, Fault
from tests.unit.downloading.conftest import NAME, Host, begun, environment, whole

resource = pytest.importorskip("resource", reason="limits of a process are set otherwise there")


def test_a_file_arrives_and_is_checked(host: Host) -> None:
    done = host.get()
    whole(host)
    assert done.path == host.whole
    assert hashlib.sha1(host.content).hexdigest() in done.checked
    assert host.parts[0] == "Downloading"
    assert host.parts[-1] == "Checking"
    (asked,) = (record for record in host.web.requests if record.path.startswith("/files"))
    assert asked.headers["Accept-Encoding"] == "identity"


def test_a_wrong_size_on_the_list_is_told_before_anything_is_fetched(host: Host) -> None:
    host.web.switches.wrong_size = True
    with pytest.raises(Doubtful, match=f"sends {len(host.content):,} bytes .* and {len(host.content) + 1_000:,} are"):
        host.get()
    assert not host.whole.exists()
    host.get(keep=True)
    whole(host)


def test_a_wrong_sha1_on_the_list_keeps_the_file_aside(host: Host) -> None:
    host.web.switches.wrong_checksum = True
    found = hashlib.sha1(host.content).hexdigest()
    with pytest.raises(Doubtful) as caught:
        host.get()
    assert found in caught.value.message
    assert "f" * 40 in caught.value.message
    for words in ("v2.5", "--keep-unverified", "--start-over"):
        assert words in caught.value.hint
    assert host.part.read_bytes() == host.content
    host.web.forget()
    host.get(keep=True)  # without fetching it again
    whole(host)
    assert host.ranges() == []


def test_a_file_that_arrived_broken_can_be_started_over(host: Host) -> None:
    begun(host)
    host.part.write_bytes(b"\0" * host.part.stat().st_size)  # a disk that lost its pages
    with pytest.raises(Doubtful):
        host.get()
    host.web.forget()
    host.get(start_over=True)
    whole(host)
    assert host.ranges() == [(None, 200)]


def test_without_a_checksum_size_and_form_are_checked_and_that_is_said(host: Host) -> None:
    done = host.get(host.release(level="meta"))
    assert done.path.read_bytes() == host.web.file("human_meta_v2.5.h5").content
    assert "No checksum is published" in done.checked


def test_what_is_no_hdf5_is_not_taken_for_a_file(host: Host) -> None:
    meta = host.release(level="meta")
    host.web.route("/files/", lambda call: Answer(200, b"not a file" * 100))
    with pytest.raises(Doubtful, match="no HDF5"):
        host.get(meta)
    assert not (host.folder / meta.name).exists()


@pytest.mark.parametrize("kind", ["html", "empty"])
def test_a_page_or_nothing_instead_of_the_file(host: Host, kind: str) -> None:
    host.web.faults.append(Fault(kind, "/files"))
    with pytest.raises(BadAnswer, match=r"web page|sent nothing"):
        host.get()
    assert not host.part.exists()


def test_more_than_the_file_can_hold_ends_the_download(host: Host) -> None:
    host.web.faults.append(Fault("huge", "/files", headers={"Content-Type": "application/x-hdf5"}))
    with pytest.raises(BadAnswer, match="sends more than"):
        host.get()
    assert host.part.stat().st_size <= len(host.content)


def test_a_packed_answer_is_refused(host: Host) -> None:
    host.web.faults.append(Fault("slow", "/files", seconds=0, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(BadAnswer, match="packed"):
        host.get()


def test_a_host_with_a_problem_is_asked_again(host: Host) -> None:
    host.web.faults.append(Fault("status", "/files", times=2, status=503))
    host.get()
    whole(host)


def test_a_host_that_asks_for_patience_gets_it_up_to_a_limit(host: Host) -> None:
    host.web.faults.append(Fault("status", "/files", times=1, status=429, headers={"Retry-After": "0"}))
    host.get()
    whole(host)
    host.whole.unlink()
    host.web.faults.append(Fault("status", "/files", times=1, status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(RateLimited):
        host.get()


def test_a_host_that_is_gone(host: Host) -> None:
    here, released = begun(host), host.release()
    host.web.kill()
    with pytest.raises(Unavailable) as caught:
        host.get(released)
    assert "kept" in caught.value.message
    assert host.part.stat().st_size == here
    host.web.revive()
    host.get()
    whole(host)


def test_offline_nothing_is_asked(host: Host) -> None:
    released = host.release()
    host.web.forget()
    with settings.use(replace(settings.current(), offline=True)), pytest.raises(Unavailable, match="offline"):
        host.get(released)
    assert host.web.requests == []


def test_a_file_that_the_host_does_not_have(host: Host) -> None:
    released = replace(host.release(), url=f"{host.web.url}/files/human_gene_v9.9.h5")
    with pytest.raises(NotFound, match="HTTP 403"):
        host.get(released)


def test_two_at_once(host: Host) -> None:
    released = host.release()
    host.web.faults.append(Fault("stall", "/files", times=1))
    failures: list[Exception] = []

    def first() -> None:
        try:
            host.get(released)
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    thread = threading.Thread(target=first)
    thread.start()
    while not (host.part.exists() and host.part.stat().st_size):
        assert thread.is_alive()
    with pytest.raises(Unavailable, match="being downloaded by another process"):
        host.get(released)
    with pytest.raises(Unavailable):
        discard(host.folder, NAME)
    host.web.release()
    thread.join()
    assert failures == []
    whole(host)


def test_a_file_that_is_there_is_left_as_it_is(host: Host) -> None:
    host.get()
    before = host.whole.stat().st_mtime_ns
    host.web.forget()
    done = host.get()
    assert not done.new
    assert "there already" in done.checked
    assert host.ranges() == []
    changed = bytearray(host.content)
    changed[1_000] ^= 1
    for content in (bytes(changed), host.content[:-1]):
        host.whole.write_bytes(content)
        with pytest.raises(BadInput, match="left as it is"):
            host.get()
        assert host.whole.read_bytes() == content
    assert before != host.whole.stat().st_mtime_ns
    assert not host.get(replace(host.release(), size=len(host.content) - 1), keep=True).new


def test_a_newer_latest_does_not_overwrite_the_one_that_is_there(host: Host) -> None:
    latest = host.release(version="latest")
    (host.folder / latest.name).write_bytes(b"an older one")
    newer = replace(latest, published=latest.published.replace(year=2099))
    with pytest.raises(BadInput, match="newer one was published"):
        host.get(newer)
    assert (host.folder / latest.name).read_bytes() == b"an older one"


@pytest.mark.parametrize(
    "name", ["../x.h5", "x.h5", "/etc/passwd", "human_gene_v2.5.h5/../../x", "human_gene_v2.5.h5\n"]
)
def test_names_that_lead_elsewhere_are_refused(host: Host, name: str) -> None:
    with pytest.raises(BadInput):
        host.get(replace(host.release(), name=name))


def test_a_link_in_the_place_of_the_file_is_not_followed(host: Host, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "precious"
    elsewhere.write_text("precious")
    host.part.symlink_to(elsewhere)
    with pytest.raises(BadInput, match="no plain file"):
        host.get()
    assert elsewhere.read_text() == "precious"


def test_a_disk_without_room_is_told_before(host: Host) -> None:
    size = 10**15
    with pytest.raises(TooLarge) as caught:
        host.get(replace(host.release(), size=size))
    assert re.fullmatch(r"1,000,000\.00 GB are still to come, and [\d,.]+ [GM]B are free\.", caught.value.message)
    assert "--to" in caught.value.hint
    assert not host.part.exists()


def test_what_is_here_already_counts_as_room(tmp_path: Path) -> None:
    free = partial.free(tmp_path)
    partial.check_room(tmp_path, free + 10**9, here=3 * 10**9)
    with pytest.raises(TooLarge):
        partial.check_room(tmp_path, free + 10**10, here=10**9)


def test_a_folder_that_cannot_be_made(host: Host) -> None:
    (host.folder / "file").write_text("in the way")
    with pytest.raises(NotConfigured):
        downloading.download(host.release(), host.folder / "file" / "deeper", host.tell, host.said.append)


def test_a_disk_that_takes_no_more_keeps_what_is_there(host: Host) -> None:
    """A limit on the size of files stands for the disk: the write ends half-way through a piece."""
    limit = len(host.content) // 2 + 123

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-m", "backend", "download", "archs4", "--version", "2.5"]
    host.release()  # the list is kept: SQLite needs larger files than the limit allows
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | environment(host.web, host.folder),
        preexec_fn=limited,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2, ran.stderr
    assert "takes no file larger" in ran.stderr
    assert host.part.read_bytes() == host.content[:limit]
    host.get()
    whole(host)
