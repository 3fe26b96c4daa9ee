"""The pictures of the README, taken from the running app: `make screenshots` (needs Chromium)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
SHOTS = (
    ("gene.png", "/gene?gene=ALB", "light"),
    ("heatmap.png", "/heatmap", "light"),
)
CHROMIUM = ("chromium", "google-chrome", "chromium-browser")


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_up(url: str, seconds: float = 60) -> None:
    """Return when the server answers; SystemExit when it does not in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2)
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
        else:
            return
    raise SystemExit("The app did not start.")


def finished(page: Page) -> None:
    """Wait for the run to end and the figure to be drawn."""
    page.wait_for_selector("[data-testid=stPlotlyChart] .main-svg", timeout=60_000)
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget], [data-testid=stSkeleton]')")
    page.wait_for_timeout(800)  # fonts and the last layout of Plotly


def main() -> None:
    """Start the app, take the pictures, stop it."""
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if chromium is None:
        raise SystemExit("Chromium is not installed.")
    port = free_port()
    url = f"http://localhost:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    alone = os.environ | {"EXPRONAUT_DEMO": "0"}  # else it is made meanwhile
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env=alone)
    try:
        wait_until_up(url)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for name, path, scheme in SHOTS:
                page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
                page.goto(url + path)
                finished(page)
                page.screenshot(path=ROOT / "docs" / name)
                page.close()
            browser.close()
    finally:
        server.terminate()
        server.wait(timeout=20)


if __name__ == "__main__":
    main()
