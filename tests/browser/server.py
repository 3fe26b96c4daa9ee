"""The real server as a process of its own, and the Chromium that looks at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "google-chrome", "chromium-browser")
NO_BROWSER = (
    f"The browser journeys need Chromium: none of {', '.join(BROWSERS)} is on the PATH. "
    "Install it, for example with `apt-get install chromium`."
)
START_SECONDS = 90


@dataclass(frozen=True)
class Server:
    """Where the running app answers, and the file its output goes to."""

    url: str
    log: Path

    def trouble(self, since: int = 0) -> str:
        """What the server logged as failure after `since` characters; "" when nothing."""
        said = self.log.read_text(errors="replace")[since:]
        return said[-4_000:] if "Traceback" in said or "unexpected failure" in said else ""


def chromium() -> str | None:
    """The path of the system's Chromium or Chrome, None when there is none."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """`streamlit run app.py` from the root of the project, until the end of the block. environment: besides ours."""
    port = _free_port()
    server = Server(f"http://localhost:{port}", folder / f"server-{port}.log")
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    options = ["--server.port", str(port), "--server.headless", "true"]
    with server.log.open("w") as log:
        process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
    try:
        _wait(process, server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"The server did not start:\n{server.log.read_text(errors='replace')[-4_000:]}")
