"""An ODM server for the tests that import into it and curate it: one for a module, as it was for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend import settings
from tests.contract.odm_curating import online
from tests.doubles.odm_web import OdmWeb


@pytest.fixture(scope="module")
def curated_server() -> Iterator[OdmWeb]:
    """The double."""
    with OdmWeb() as double:
        yield double


@pytest.fixture
def curated(curated_server: OdmWeb, tmp_path: Path) -> Iterator[OdmWeb]:
    """The double, asked as a curator, with an empty cache."""
    curated_server.reset()
    with settings.use(online(curated_server, tmp_path)):
        yield curated_server
