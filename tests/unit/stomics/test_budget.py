"""Calls of the last hour, over restarts and processes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend import settings
from backend.settings import ROOT, Settings, Stomics
from backend.stomics.budget import Budget

KEY = "sk-secret-key-0123456789"
BUDGET = Budget(Stomics(key=KEY))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path) -> Iterator[Path]:
    with settings.use(Settings(cache=tmp_path / "cache")):
        yield tmp_path / "cache"


def _write(lines: list[str]) -> None:
    BUDGET.path.parent.mkdir(parents=True, exist_ok=True)
    BUDGET.path.write_text("".join(f"{line}\n" for line in lines))


def test_only_the_last_hour_counts_and_a_line_that_was_cut_off_does_not() -> None:
    now = time.time()
    _write(
        [
            f"{now - 3_700:.3f}",
            f"{now - 3_500:.3f}",
            f"{now - 1:.3f}",
            f"{now + 9_999:.3f}",
            "nan",
            "x",
            f"{now:.3f}"[:4],
        ]
    )
    assert len(BUDGET.calls()) == 2
    BUDGET.spend()
    assert len(BUDGET.calls()) == 3


def test_the_file_tells_neither_key_nor_address(cache: Path) -> None:
    BUDGET.spend()
    (path,) = (path for path in cache.rglob("*") if path.is_file())
    told = path.name + path.read_text()
    assert "secret" not in told
    assert "stomics.io" not in path.name
    assert Budget(Stomics(key="sk-other")).calls() == ()
    assert Budget(Stomics(base="https://elsewhere.org", key=KEY)).calls() == ()


def test_threads_lose_no_call() -> None:
    threads = [threading.Thread(target=lambda: [BUDGET.spend() for _ in range(25)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(BUDGET.calls()) == 200


def test_a_restart_and_another_process_are_counted(cache: Path) -> None:
    BUDGET.spend()
    code = (
        "from pathlib import Path; from backend import settings; from backend.settings import Settings, Stomics;"
        "from backend.stomics.budget import Budget\n"
        f"with settings.use(Settings(cache=Path({str(cache)!r}))): Budget(Stomics(key={KEY!r})).spend()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
    assert len(BUDGET.calls()) == 2


def test_a_long_file_is_shortened_without_losing_what_counts() -> None:
    now = time.time()
    old, recent = [f"{now - 7_200 - n:.3f}" for n in range(8_000)], [f"{now - n:.3f}" for n in range(40)]
    over = [f"until {now - 4_000 - n:.3f}" for n in range(200)]
    _write([*old, *over, f"until {now + 600:.3f}", *recent])
    BUDGET.spend()
    assert len(BUDGET.calls()) == 41
    assert 590 < BUDGET.blocked() <= 600
    assert BUDGET.path.stat().st_size < 2_000
    assert [path.name for path in BUDGET.path.parent.iterdir()] == [BUDGET.path.name]


def test_where_nothing_can_be_written_calls_are_counted_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with settings.use(Settings(cache=tmp_path / "file" / "below")):
        for _ in range(3):
            BUDGET.spend()
        assert len(BUDGET.calls()) == 3
        BUDGET.block(100)
        assert 0 < BUDGET.blocked() <= 100


def test_a_wait_is_kept_to_and_at_most_an_hour_is_believed() -> None:
    assert BUDGET.blocked() == 0
    BUDGET.block(30)
    for seconds in (10, BUDGET.blocked(), BUDGET.blocked()):  # told again by who kept to it
        BUDGET.block(seconds)
    assert 20 < BUDGET.blocked() <= 30
    assert len(BUDGET.path.read_text().splitlines()) == 1
    BUDGET.block(1e9)
    assert 3_590 < BUDGET.blocked() <= 3_600
    assert BUDGET.calls() == ()
