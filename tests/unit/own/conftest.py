"""Every test has a folder of studies of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend import settings
from tests.contract.own_world import alone


@pytest.fixture(autouse=True)
def studies(tmp_path: Path) -> Iterator[Path]:
    with settings.use(alone(tmp_path)) as chosen:
        yield chosen.studies
