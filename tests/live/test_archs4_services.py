"""Which services of ARCHS4 answer today: `pytest -m live`. Without -m live, the same against the double."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backend import settings
from backend.settings import Archs4, Patience
from tests.contract.live_world import online
from tests.doubles.archs4_web import Archs4Web, Fault
from tests.live.services import PROBES, probe, table


@pytest.fixture
def web() -> Iterator[Archs4Web]:
    with Archs4Web() as double:
        yield double


@pytest.mark.live
@pytest.mark.filterwarnings("default")
def test_some_service_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    patience = Patience(attempts=1, per_second=1)
    polite = replace(settings.read({}), offline=False, cache=tmp_path, patience=patience, archs4=Archs4())
    with settings.use(polite):
        rows = list(probe())
    with capsys.disabled():
        sys.stdout.write(f"\n{table(rows)}\n")
    assert any(row.answers for row in rows)


def test_of_the_double_every_endpoint_answers(web: Archs4Web, tmp_path: Path) -> None:
    with settings.use(online(web, tmp_path, read=5)):
        rows = list(probe())
    assert [row.what for row in rows if not row.answers] == []
    differs = {row.what: row.differs for row in rows if row.differs}
    # The double has no sample of that series, and none of that name.
    assert set(differs) <= {"quicksearch", "quicksearch, expression", "samples of a series", "samples"}
    asked = {record.path.partition("?")[0] for record in web.requests}
    assert {"/sigpy/status", "/sigpy/atlas", "/matrixapi/coltop", "/matrixapi/colid"} <= asked
    assert web.count() <= len(PROBES) + 3  # the counts take three


def test_what_differs_is_told(web: Archs4Web, tmp_path: Path) -> None:
    web.switches.empty_leaves = (web.leaves()[0],)
    web.switches.legacy_405 = web.switches.v1_missing = True
    web.faults.append(Fault("garbage", "/sigpy/meta/quicksearch"))
    with settings.use(online(web, tmp_path)):
        rows = list(probe())
    shown = table(rows)
    assert "71 leaves, not 72" in shown
    assert "HTTP 405" in shown
    assert "does not offer v1" in shown
    assert "sigpy: 6 of 8 endpoints answer" in shown
    assert "legacy: 0 of 6 endpoints answer" in shown
