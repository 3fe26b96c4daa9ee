"""What the processes of one run share: who forks, and the tests themselves, the long ones first."""

from __future__ import annotations

import multiprocessing
import os
from itertools import islice
from multiprocessing.context import ForkServerContext

import pytest

WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
LONG = ("tests/compliance/", "tests/unit/serve/test_app.py", "tests/contract/test_odm_import_cut.py")


def forkserver() -> ForkServerContext:
    """Forks processes that tests kill from one that has imported what they need: there is only one."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.contract.odm_killed", "tests.unit.atlas.killed", "tests.unit.atlas.warm"])
    return context


def spread(items: list[pytest.Item]) -> list[pytest.Item]:
    """Journeys on the server of all, the other journeys, and the longest of the rest begin the runs of three workers.

    A worker gets a run of neighbours. Who is through takes tests from the end of another's run: what begins one is
    done by one worker, with one Chromium.
    """
    journeys = [item for item in items if item.get_closest_marker("browser")]
    shared = [item for item in journeys if "server" in item.fixturenames]
    shared.sort(key=_turn)
    others = [item for item in journeys if "server" not in item.fixturenames]
    long = [item for item in items if item.nodeid.startswith(LONG)]
    return _in_runs([others, shared, long], items) if WORKERS > 2 else items


def _turn(item: pytest.Item) -> int:
    """First whoever wants a server that nobody has asked; last who builds an index, compiled by others meanwhile."""
    return 0 if "fresh" in item.fixturenames else 1 + item.nodeid.startswith("tests/browser/test_archs4_file.py")


def _in_runs(firsts: list[list[pytest.Item]], items: list[pytest.Item]) -> list[pytest.Item]:
    """The items in runs as xdist cuts them, which begin with `firsts`."""
    placed = {item for first in firsts for item in first}
    rest = (item for item in items if item not in placed)
    ordered: list[pytest.Item] = []
    for place in range(WORKERS):
        size = (len(items) - len(ordered)) // (WORKERS - place)
        first = firsts[place] if place < len(firsts) else []
        ordered += [*first, *islice(rest, max(0, size - len(first)))]
    return ordered
