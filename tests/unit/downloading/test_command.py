"""python -m backend download archs4: in this process, and killed, stopped and asked on a terminal as one of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from backend import settings
from backend import sources as registry
from backend.__main__ import FAILED, STOPPED, main
from backend.atlas import place
from backend.settings import ROOT
from tests.doubles.archs4_web import Fault
from tests.unit.downloading.conftest import NAME, Host, environment

GET = ["download", "archs4", "--species", "human", "--version", "2.5"]
posix = pytest.mark.skipif(os.name == "nt", reason="signals and terminals are others there")


@contextmanager
def process(host: Host, *more: str, **options: object) -> Iterator[subprocess.Popen[str]]:
    """The command as a process of its own."""
    command = [sys.executable, "-m", "backend", *GET, *more]
    env = os.environ | environment(host.web, host.folder)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
    with subprocess.Popen(command, cwd=ROOT, env=env, **pipes) as running:
        try:
            yield running
        finally:
            running.kill()


def half_there(host: Host) -> None:
    deadline = time.monotonic() + 60
    while not host.part.exists() or host.part.stat().st_size < len(host.content) // 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_file_is_fetched_and_its_index_offered(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(GET) == 0
    said = capsys.readouterr().out
    assert host.whole.read_bytes() == host.content
    for words in ("550 kB", "Checking: ", "Downloading: ", host.web.file(NAME).sha1, "CC BY-NC-SA 4.0", "are free"):
        assert words in said.replace("549.6 kB", "550 kB")
    assert f"python -m backend index {host.whole}" in said
    assert place.state(host.whole).kind == "none"
    assert main(["files"]) == 0
    assert "archs4-human_gene_v2.5" in capsys.readouterr().out


def test_index_at_once(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*GET, "--level", "meta", "--index"]) == 0
    assert "The index is in" in capsys.readouterr().out
    assert place.state(host.folder / "human_meta_v2.5.h5").kind == "ready"


def test_another_folder_is_remembered(
    host: Host, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path_factory.mktemp("far") / "new"
    assert main([*GET, "--to", str(folder)]) == 0
    assert "remembered" in capsys.readouterr().out
    assert (folder / NAME).read_bytes() == host.content
    assert (host.folder / settings.LIST).read_text() == f"{folder / NAME}\n"
    assert [found.path for found in registry.files(now=True).files.values()] == [folder / NAME]


def test_the_list(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["download", "archs4", "--list"]) == 0
    said = capsys.readouterr().out
    (line,) = (line for line in said.splitlines() if line.startswith("human    gene") and " 2.5 " in line)
    assert line.split()[3:] == ["600", "549.6", "kB", "13", "Jan", "2025", host.web.file(NAME).sha1]
    assert "mouse    meta" in said
    assert "non-commercial" in said
    assert host.ranges() == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--version", "2.6"], "There are latest, 2.5"),
        (["--version", "../2.5"], "is no version"),
        (["--version", ""], "which version"),
    ],
)
def test_a_version_that_is_none(host: Host, more: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*GET, *more]) == FAILED
    assert words in capsys.readouterr().err


def test_a_doubtful_file_can_be_kept(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    host.web.switches.wrong_checksum = True
    assert main(GET) == FAILED
    assert "--keep-unverified" in capsys.readouterr().err
    assert not host.whole.exists()
    assert main([*GET, "--keep-unverified"]) == 0
    assert host.whole.read_bytes() == host.content


def test_killed_and_run_again(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    host.web.faults.append(Fault("stall", "/files", times=1))
    with process(host) as running:
        half_there(host)
        running.kill()
        running.wait(60)
    there = host.part.read_bytes()
    assert there == host.content[: len(there)]
    host.web.release()
    host.web.forget()
    assert main(GET) == 0
    assert "are here already; the download goes on there" in capsys.readouterr().out
    assert host.ranges() == [(f"bytes={len(there)}-", 206)]
    assert host.whole.read_bytes() == host.content


@posix
def test_ctrl_c_says_what_is_kept(host: Host) -> None:
    host.web.faults.append(Fault("stall", "/files", times=1))
    with process(host) as running:
        half_there(host)
        running.send_signal(signal.SIGINT)
        said, wrong = running.communicate(timeout=60)
    assert running.returncode == STOPPED, wrong
    assert "274.8 kB are kept in human_gene_v2.5.h5.part" in said
    assert "Traceback" not in wrong
    host.web.release()


@posix
@pytest.mark.parametrize("answer", ["y", "n"])
def test_on_a_terminal_the_index_is_asked_for(host: Host, answer: str) -> None:
    import pty

    ours, theirs = pty.openpty()
    with process(host, "--level", "meta", stdin=theirs, stdout=theirs) as running:
        os.close(theirs)
        said = b""
        while b"[y/N]" not in said:
            said += os.read(ours, 4_096)
        os.write(ours, f"{answer}\n".encode())
        try:
            while piece := os.read(ours, 4_096):
                said += piece
        except OSError:  # the terminal of a process that has ended
            pass
        assert running.wait(120) == 0
    os.close(ours)
    assert place.state(host.folder / "human_meta_v2.5.h5").kind == {"y": "ready", "n": "none"}[answer]
    assert (b"The index is in" in said) == (answer == "y")
