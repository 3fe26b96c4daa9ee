"""Memory of the server while several browser users work on all pages over one big file.

    python benchmarks/users.py FILE [users] [rounds]

FILE: an ARCHS4 file with its index. Each user is a page of its own in Chromium; in every round each goes through
profile, heatmap, co-expression and samples with genes and words of its own. Printed: the server's resident memory,
how much of it is anonymous, and the slowest view.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.async_api import Browser, Page, async_playwright  # noqa: E402

from backend import sources  # noqa: E402
from backend.settings import Settings, use  # noqa: E402
from tests.browser.screen import SETTLED  # noqa: E402
from tests.browser.server import chromium, serving  # noqa: E402

GENES = ("ALB", "INS", "TP53", "GFAP", "CD3E", "MYH6", "UMOD", "KRT5", "SFTPC", "TG", "MPO", "PRM1")
WORDS = ("liver", "brain", "tissue:Blood", "lung OR kidney", "cancer", "treated", "cell", "year:2018")
SECONDS = 300  # for a view of a busy server


def memory(root: int) -> tuple[int, int]:
    """Bytes resident and anonymous of a process and those it started."""
    found = [0, 0]
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            lines = (folder / "status").read_text().splitlines()
        except OSError:
            continue
        told = {name: value for name, _, value in (line.partition(":") for line in lines)}
        if int(folder.name) == root or int(told.get("PPid", 0)) == root:
            for place, name in enumerate(("VmRSS", "RssAnon")):
                found[place] += int(told.get(name, "0 kB").split()[0]) * 1024
    return found[0], found[1]


def views(user: int, turn: int, source: str) -> list[str]:
    """Addresses of one round of a user."""
    gene, word = GENES[(user + 5 * turn) % len(GENES)], WORDS[(user + turn) % len(WORDS)]
    asked = (
        ("gene", {"gene": gene}),
        ("heatmap", {}),
        ("coexpression", {"seed": gene}),
        ("samples", {"q": word}),
        ("coexpression", {"seed": gene, "within": f"query:{word}"}),
        ("gene", {"gene": gene, "balanced": "1"}),
    )
    return [f"/{page}?{urlencode({'source': source} | options)}" for page, options in asked]


async def work(page: Page, url: str, user: int, rounds: int, source: str, slowest: list[float]) -> None:
    """One user, view after view."""
    for turn in range(rounds):
        for path in views(user, turn, source):
            start = time.monotonic()
            await page.goto(url + path, timeout=SECONDS * 1000)
            await page.wait_for_function(SETTLED, timeout=SECONDS * 1000, polling=250)
            slowest.append(time.monotonic() - start)
            await page.wait_for_timeout(500)


async def watch(root: int, peak: list[int]) -> None:
    """Keep the largest memory seen."""
    while True:
        now = memory(root)
        peak[:] = [max(pair) for pair in zip(peak, now, strict=True)]
        await asyncio.sleep(0.2)


async def run(url: str, root: int, source: str, users: int, rounds: int) -> tuple[list[int], list[float]]:
    """All users at once; peak memory, seconds of every view."""
    peak, slowest = [0, 0], []
    async with async_playwright() as playwright:
        browser: Browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        watching = asyncio.create_task(watch(root, peak))
        pages = [await browser.new_page() for _ in range(users)]
        await asyncio.gather(*(work(page, url, n, rounds, source, slowest) for n, page in enumerate(pages)))
        watching.cancel()
        await browser.close()
    return peak, slowest


def main(path: Path, users: int = 10, rounds: int = 2) -> None:
    """Start the app on this file alone and let the users in."""
    with use(Settings(data=(path,), demo=False)):
        source = next(name for name in sources.names() if name not in sources.REGISTRY)
        layout = sources.files().files[source].layout
    os.environ |= {"EXPRONAUT_DATA": str(path), "EXPRONAUT_DEMO": "0"}
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        port = server.url.rsplit(":", 1)[1]
        asking = (int(p.name) for p in Path("/proc").glob("[0-9]*") if p.name != str(os.getpid()))
        root = next(pid for pid in asking if port in _command(pid) and "streamlit" in _command(pid))
        peak, seen = asyncio.run(run(server.url, root, source, users, rounds))
        trouble = server.trouble()
    size = f"{layout.n_genes:,} genes x {layout.n_samples:,} samples" if layout else path.name
    print(f"{users} users, {len(seen)} views, {size}")
    print(f"server at most {peak[0] / 1e9:.2f} GB resident, {peak[1] / 1e9:.2f} GB of it anonymous")
    print(f"a view took {sorted(seen)[len(seen) // 2]:.1f} s in the middle, {max(seen):.1f} s at worst")
    print(trouble or "nothing failed")


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(number) for number in sys.argv[2:4]))
