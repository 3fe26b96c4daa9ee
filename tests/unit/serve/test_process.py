"""`python -m backend serve` as a process: how it begins, warns and ends."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

from backend.__main__ import FAILED, main
from backend.settings import ROOT
from tests.unit.serve.api_world import V1

TOKEN = "let-me-in-123"


def _started(folder: Path, *options: str, **environment: str) -> tuple[subprocess.Popen[str], list[str]]:
    told = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "EXPRONAUT_DEMO": "0", **environment}
    process = subprocess.Popen(
        [sys.executable, "-m", "backend", "serve", "--port", "0", *options],
        cwd=ROOT,
        env=told,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    return process, [process.stdout.readline()]


def _ended(process: subprocess.Popen[str]) -> str:
    """What it wrote from now on until its end."""
    with process:
        assert process.stdout is not None
        said = process.stdout.read()
        process.wait(60)
    return said


def test_serve_answers_what_is_under_way_and_ends(tmp_path: Path) -> None:
    process, (line,) = _started(tmp_path)
    url = re.search(r"http://127\.0\.0\.1:\d+", line).group()
    replies: list[int] = []
    ask = threading.Thread(  # the first answer takes a while: everything is loaded for it
        target=lambda: replies.append(requests.get(f"{url}{V1}/meta/genes/TP53/zscore", timeout=30).status_code)
    )
    ask.start()
    assert requests.get(f"{url}/docs", timeout=30).status_code == 200
    process.send_signal(signal.SIGTERM)
    said = _ended(process)
    ask.join()
    assert process.returncode == 0, said
    assert replies == [200]
    assert "Warning" not in line + said
    assert "Stopped." in said
    assert "Traceback" not in said
    assert "/docs 200" in said


def test_serve_warns_when_anyone_may_ask(tmp_path: Path) -> None:
    process, (line,) = _started(tmp_path, "--host", "0.0.0.0")
    assert "0.0.0.0" in line
    warned = process.stdout.readline()
    assert "EXPRONAUT_SERVE_TOKEN" in warned
    process.send_signal(signal.SIGINT)  # Ctrl-C
    said = _ended(process)
    assert process.returncode == 0, said
    assert "Stopped." in said
    assert "Traceback" not in said
    process, (line,) = _started(tmp_path, "--host", "0.0.0.0", EXPRONAUT_SERVE_TOKEN=TOKEN)
    process.send_signal(signal.SIGTERM)
    said = _ended(process)
    assert "Warning" not in line + said
    assert TOKEN not in line + said


@pytest.mark.parametrize("options", [("--host", "no.such.host.invalid"), ("--port", "70000"), ("--host", "192.0.2.1")])
def test_serve_tells_an_address_it_cannot_use(options: tuple[str, str], capfd: pytest.CaptureFixture[str]) -> None:
    """In this process: the command ends before it serves."""
    assert main(["serve", *options]) == FAILED
    assert "cannot be listened at" in capfd.readouterr().err
