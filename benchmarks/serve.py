"""The HTTP API under load, beside a bare Starlette route that has the same bytes ready.

    python benchmarks/serve.py [--clients 50] [--seconds 60] [--rounds 6]

Each server and the clients are processes of their own, on loopback. The two servers take turns within one run; ratios
count, times depend on the machine. The rate limit is off, the request log is written to nowhere. Asserts nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import quote
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402
from results import span, table, told  # noqa: E402

from backend.sources.hpa_atlas import atlas  # noqa: E402

PEERS = str(Path(__file__).with_name("serve_peers.py"))
BASE = "/archs4/api/v1"
WORDS = ("liver", "brain", "kidney", "lung cancer", "carcinoma", "skin", "blood", "adenocarcinoma", "testis", "heart")
MIX = (("/zscore", 300), ("", 120), ("/correlations?limit=50", 70))  # genes of each question


@contextmanager
def process(*command: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A server, until the end of the block."""
    told_to = {**os.environ, **environment}
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(
        [sys.executable, *command], stdout=pipe, stderr=nowhere, text=True, cwd=ROOT, env=told_to
    ) as server:
        try:
            yield server
        finally:
            server.terminate()


def url_of(server: subprocess.Popen[str]) -> str:
    """The address in the first line it prints."""
    assert server.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
    assert found
    return found.group()


def megabytes(server: subprocess.Popen[str]) -> float:
    """Memory the server holds now."""
    return psutil.Process(server.pid).memory_info().rss / 1e6


def computed(server: subprocess.Popen[str]) -> float:
    """Seconds of a core the server took so far."""
    times = psutil.Process(server.pid).cpu_times()
    return times.user + times.system


def questions() -> list[str]:
    """Paths: genes spread over the atlas, and words."""
    labels = atlas().sorted_labels
    genes = [labels[i * len(labels) // 500] for i in range(500)]
    paths = [f"{BASE}/meta/genes/{quote(gene, safe='')}{what}" for what, many in MIX for gene in genes[:many]]
    return [*paths, *(f"{BASE}/samples/search?query={quote(words)}" for words in WORDS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=6)
    chosen = parser.parse_args()
    off = {"EXPRONAUT_SERVE_RATE": "0", "EXPRONAUT_SERVE_SOURCE": "hpa", "EXPRONAUT_SERVE_TOKEN": ""}
    with tempfile.TemporaryDirectory() as folder, process("-m", "backend", "serve", "--port", "0", **off) as ours:
        url, file = url_of(ours), Path(folder) / "answers.json"
        answers, took = {}, []
        for path in questions():
            begun = time.perf_counter()
            with urlopen(f"{url}{path}") as reply:
                answers[path] = reply.read().decode()
            took.append(time.perf_counter() - begun)
        file.write_text(json.dumps(answers))
        size = sum(map(len, answers.values())) / len(answers) / 1000
        print(
            f"\n## {len(answers)} questions, {size:.1f} kB an answer; asked for the first time: {span(median(took))}\n"
        )
        with process(PEERS, "bare", str(file)) as bare:
            compared(chosen, str(file), {"Expronaut": (ours, url), "bare Starlette route": (bare, url_of(bare))})


def compared(chosen: argparse.Namespace, file: str, servers: dict[str, tuple[subprocess.Popen[str], str]]) -> None:
    """Turns of each server, and the table."""
    many, seconds = str(chosen.clients), str(chosen.seconds / chosen.rounds)
    before = {name: megabytes(server) for name, (server, _) in servers.items()}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in servers}
    for _ in range(chosen.rounds):
        for name, (server, url) in servers.items():
            command, begun = [sys.executable, PEERS, "clients", file, url, many, seconds], computed(server)
            said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            said |= {"core": (computed(server) - begun) / max(1, said["n"]), "held": megabytes(server)}
            found[name].append(said)
    print(
        f"{many} clients, {chosen.rounds} turns of {float(seconds):g} s for each server; medians of the turns. The rate"
    )
    print("limit is off.\n")
    head = ("server", "answers", "errors", "a second", "p95", "longest", "core time an answer")
    print(
        table((*head, "MB before, after one turn, at the end"), [cells(*one, before[one[0]]) for one in found.items()])
    )
    ours, bare = found.values()
    for what, name in (("per second", "answers a second"), ("p95", "p95"), ("core", "core time an answer")):
        times = [theirs[what] / mine[what] for mine, theirs in zip(ours, bare, strict=True)]
        ratios = times if what == "per second" else [1 / ratio for ratio in times]
        said = f"{median(ratios):.2f} (turns {min(ratios):.2f} to {max(ratios):.2f})"
        print(f"\n{name}, times the bare route: {said}, aim {told(('≤', 1.5), median(ratios))}")


def cells(name: str, turns: list[dict[str, float]], before: float) -> tuple[str, ...]:
    """One row of the table."""
    rate, slow, core = (median(turn[what] for turn in turns) for what in ("per second", "p95", "core"))
    answers, wrong = (f"{sum(turn[what] for turn in turns):,.0f}" for what in ("n", "wrong"))
    held = f"{before:.0f}, {turns[0]['held']:.0f}, {turns[-1]['held']:.0f}"
    longest = span(max(turn["most"] for turn in turns))
    return name, answers, wrong, f"{rate:,.0f}", span(slow), longest, span(core), held


if __name__ == "__main__":
    main()
