"""One ODM double for all tests of it, as it was at its start for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.doubles.odm_web import OdmWeb


@pytest.fixture(scope="package")
def running() -> Iterator[OdmWeb]:
    with OdmWeb() as made:
        yield made


@pytest.fixture
def web(running: OdmWeb) -> OdmWeb:
    running.reset()
    return running
