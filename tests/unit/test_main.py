"""The command line: what it makes, what it says, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend import demo, settings
from backend.__main__ import FAILED, STOPPED, main
from backend.atlas import place
from backend.console import told
from backend.model import IndexProgress
from backend.settings import ROOT, Settings
from tests.doubles import archs4_files


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    chosen = Settings(data=(tmp_path,), home=tmp_path, cache=tmp_path / "cache", demo=False)
    with settings.use(chosen):
        yield tmp_path


def test_index_builds_and_tells(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = archs4_files.write(folder / "gene.h5", "v2.5").path
    assert main(["index", str(path)]) == 0
    said = capsys.readouterr()
    assert "Counts: " in said.out
    assert "gene.h5.index" in said.out
    assert said.err == ""
    assert place.state(path).kind == "ready"


def test_files_lists_layout_version_size_and_index(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["files"]) == 0
    assert "No ARCHS4 file" in capsys.readouterr().out
    archs4_files.write(folder / "gene.h5", "v2.5")
    archs4_files.damage(folder / "foreign.h5", "foreign")
    archs4_files.damage(folder / "cut.h5", "truncated")
    assert main(["files"]) == 0
    said = capsys.readouterr().out
    assert "human, layout v2, version 2.5 (" in said
    assert "300 genes × 60 samples" in said
    assert "index none" in said
    assert "ignored: " in said
    assert "foreign.h5" in said
    assert "cut off" in said


def test_add_remembers_a_file(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    far = archs4_files.write(tmp_path_factory.mktemp("far") / "gene.h5", "v2.5").path
    assert main(["add", str(far)]) == 0
    assert (folder / settings.LIST).read_text() == f"{far}\n"


def test_demo_goes_on_with_a_file_that_is_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = settings.current().demo_file
    demo.write(path, 30, genes=1_000)
    assert main(["demo"]) == 0
    assert "Simulated data" in capsys.readouterr().out
    assert place.state(path).kind == "ready"
    assert main(["demo", "--samples", "31"]) == FAILED
    assert "there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["index", "gone.h5"], "not there"),
        (["add", "gone"], "neither a file nor a folder"),
        (["demo", "--samples", "0"], "it can be 1"),
    ],
)
def test_an_error_is_two_sentences_and_exit_code_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == FAILED
    said = capsys.readouterr()
    assert words in said.err
    assert "Traceback" not in said.err


def test_a_scheduler_that_is_none_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = archs4_files.write(folder / "gene.h5", "v2.5").path
    assert main(["index", str(path), "--scheduler", "nonsense"]) == FAILED
    assert "dask scheduler" in capsys.readouterr().err


def test_progress_in_words() -> None:
    assert told(IndexProgress("running", "Counts", 1_000, 5_000, "samples", 250.4, 76.0)) == (
        "Counts: 1,000 of 5,000 samples, 250 samples/s, 1 min 16 s left"
    )


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent otherwise there")
def test_ctrl_c_stops_and_leaves_no_half_file(folder: Path) -> None:
    out = folder / "demo.h5"
    command = [sys.executable, "-m", "backend", "demo", "--samples", "20000", "--out", str(out)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Simulating")
        process.send_signal(signal.SIGINT)
        said, wrong = process.communicate(timeout=60)
    assert process.returncode == STOPPED, wrong
    assert "Stopped" in said
    assert "Traceback" not in wrong
    assert not out.exists()
    assert not list(folder.glob("*.part"))


def test_a_reader_that_has_enough_is_no_fault(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "backend", "files"]
    environment = os.environ | {"EXPRONAUT_DATA": str(tmp_path)}
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        done = subprocess.run(command, cwd=ROOT, stdout=nobody, stderr=subprocess.PIPE, text=True, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
