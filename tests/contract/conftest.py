"""Servers for the tests of several modules: one for a module, as it was at its start for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend import settings
from tests.contract import odm_curating, stomics_online
from tests.doubles.odm_web import OdmWeb
from tests.doubles.stomics_web import StomicsWeb


@pytest.fixture(scope="module")
def curated_server() -> Iterator[OdmWeb]:
    """An ODM server that is imported into and curated."""
    with OdmWeb() as double:
        yield double


@pytest.fixture
def curated(curated_server: OdmWeb, tmp_path: Path) -> Iterator[OdmWeb]:
    """It, asked as a curator, with an empty cache."""
    curated_server.reset()
    with settings.use(odm_curating.online(curated_server, tmp_path)):
        yield curated_server


@pytest.fixture(scope="module")
def shared() -> Iterator[StomicsWeb]:
    """STOmics and its storage."""
    with StomicsWeb() as served:
        yield served


@pytest.fixture
def double(shared: StomicsWeb, tmp_path: Path) -> Iterator[StomicsWeb]:
    """STOmics, asked by nobody yet: a folder of its own keeps answers, calls and what is open. Keys go nowhere else."""
    shared.reset()
    with settings.use(stomics_online.online(shared, tmp_path)):
        yield shared
    assert not shared.leaks()


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[StomicsWeb]:
    """A server of its own, for routes that answer otherwise."""
    with StomicsWeb() as own, settings.use(stomics_online.online(own, tmp_path)):
        yield own
