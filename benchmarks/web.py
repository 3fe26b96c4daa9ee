"""The web: what our session adds to plain requests, and a panel of genes against the limit of requests.

    python benchmarks/web.py [--requests 200] [--rounds 5] [--genes 100] [--latency 0.15]

Everything is asked on loopback, of a server in a process of its own. The peers take turns in one run, question by
question; ratios count, times depend on the machine. Asserts nothing.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
logging.disable(logging.WARNING)  # what Streamlit says of running without a browser

import requests  # noqa: E402
import requests_cache  # noqa: E402
import streamlit as st  # noqa: E402
from measure import p95, seconds  # noqa: E402
from results import span, table, told  # noqa: E402

from backend import api, settings  # noqa: E402
from backend.settings import Patience, Settings  # noqa: E402
from backend.web import ask, question  # noqa: E402

NO_LIMIT = 100_000  # requests a second, so that waiting for a turn is not measured


class Server:
    """benchmarks/web_server.py."""

    def __init__(self) -> None:
        command = [sys.executable, str(Path(__file__).with_name("web_server.py"))]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT)
        begun = self._line()
        self.url: str = begun["url"]
        self.environment: dict[str, str] = begun["environment"]
        self.genes: list[str] = begun["genes"]

    def slow(self, by: float) -> None:
        """Every answer takes so many seconds; requests are counted anew."""
        self._ask({"slow": by})

    def report(self) -> dict[str, Any]:
        return self._ask({"report": True})

    def close(self) -> None:
        self._process.communicate(timeout=30)

    def _ask(self, asked: dict[str, object]) -> dict[str, Any]:
        assert self._process.stdin is not None
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        return self._line()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    try:
        yield server
    finally:
        server.close()


@dataclass
class Peer:
    """One way to ask for an address. took: seconds of each answer."""

    name: str
    ask: Callable[[str], bytes]
    took: list[float]


def peers(folder: Path) -> tuple[list[Peer], list[Peer]]:
    """Those that are asked for something new, and those that have it already; the first is plain requests."""
    plain, library = requests.Session(), requests_cache.CachedSession(str(folder / "library"), backend="sqlite")

    def ours(url: str, **more: Any) -> bytes:
        return ask(question(url, **more), lambda reply: reply.body).value

    new = [
        Peer("plain requests", lambda url: plain.get(url).content, []),
        Peer("Expronaut, not keeping", lambda url: ours(f"{url}&kept=no", lifetime=0.0), []),
        Peer("Expronaut, asks and keeps", ours, []),
        Peer("requests-cache, asks and keeps", lambda url: library.get(url).content, []),
    ]
    return new, [
        Peer("Expronaut, kept", ours, []),
        Peer("requests-cache, kept", lambda url: library.get(url).content, []),
    ]


def overhead(server: Server, folder: Path, many: int, rounds: int) -> None:
    """A table of what an answer of 6 kB takes."""
    new, kept = peers(folder)
    urls = [f"{server.url}/table?gene=G{i}" for i in range(many)]
    expected = new[0].ask(urls[0])
    with settings.use(Settings(cache=folder, patience=Patience(per_second=NO_LIMIT))):
        for peer in new:
            peer.ask(f"{server.url}/table?gene=warm")
        for place in range(rounds):
            for url in urls:
                turn(new, f"{url}_{place}", expected)
            for url in urls:
                turn(kept, f"{url}_{place}", expected)
    plain = median(new[0].took)
    print(f"\n## {len(expected) / 1000:.1f} kB on loopback, {rounds} x {many} answers each, no limit of requests\n")
    head = ("one answer", "median", "p95", "beside plain requests", "more than it")
    rows = []
    for peer in new + kept:
        took = median(peer.took)
        more = span(took - plain) if took > plain else "-" + span(plain - took) if took < plain else "0"
        rows.append((peer.name, span(took), span(p95(peer.took)), f"{took / plain:.2f} x", more))
    print(table(head, rows), flush=True)


def turn(peers: list[Peer], url: str, expected: bytes) -> None:
    """Each asks once; all must get the same bytes."""
    for peer in peers:
        found: list[bytes] = []
        peer.took.append(seconds(lambda peer=peer, found=found: found.append(peer.ask(url))))
        if found[0] != expected:
            raise SystemExit(f"{peer.name} got other bytes")


def panel(server: Server, folder: Path, many: int, latency: float) -> None:
    """A panel of genes in a running app that kept none of them, then the same again as after a restart."""
    given = settings.read({**server.environment, "EXPRONAUT_CACHE": str(folder), "EXPRONAUT_DEMO": "0"})
    *genes, first = sorted(set(server.genes))[: many + 1]
    rows = []
    with settings.use(replace(given, offline=False)):
        per_second = given.patience.per_second
        api.tissue_profiles("archs4", (first, "no such gene"))  # the list of genes, and what is loaded once
        time.sleep(1.5)  # the whole limit is free again
        for name in ("none kept", "all kept, as after a restart"):
            server.slow(latency)
            if rows:
                st.cache_data.clear()  # the memory that a restart empties
            answers: list[Any] = []
            took = seconds(lambda answers=answers: answers.append(api.tissue_profiles("archs4", genes)))
            report = server.report()
            rows.append(cells(name, took, report, per_second, answers[0].value["gene"].nunique()))
    print(f"\n## {len(genes)} genes of source archs4, {latency:g} s an answer, {per_second} requests a second\n")
    head = ("panel", "genes", "requests", "sent twice", "most in 1 s", "asking", "takes", "the limit alone")
    print(table((*head, "ratio", "aim"), rows), flush=True)
    print("\nAsking: from the first request to the end of the last. The limit alone: so many full seconds must pass")
    print("before the last of that many requests may leave.")


def cells(name: str, took: float, report: dict[str, Any], per_second: int, genes: int) -> tuple[str, ...]:
    arrived = report["arrived"]
    most = max((sum(begin <= time < begin + 1 for time in arrived) for begin in arrived), default=0)
    bound = max(0, len(arrived) - 1) // per_second
    counts = (str(genes), str(len(arrived)), str(report["repeated"]), str(most))
    if not bound:
        return (name, *counts, "", span(took), "none", "", "")
    asking = span(max(report["done"]) - min(arrived))
    return (name, *counts, asking, span(took), f"{bound} s", f"{took / bound:.2f}", told(("≤", 1.1), took / bound))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--genes", type=int, default=100)
    parser.add_argument("--latency", type=float, default=0.15)
    chosen = parser.parse_args()
    os.environ["EXPRONAUT_DEMO"] = "0"  # it would be made meanwhile
    with tempfile.TemporaryDirectory() as folder, serving() as server:
        overhead(server, Path(folder) / "overhead", chosen.requests, chosen.rounds)
        panel(server, Path(folder) / "panel", chosen.genes, chosen.latency)


if __name__ == "__main__":
    main()
