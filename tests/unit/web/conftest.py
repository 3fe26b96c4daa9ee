"""A server on loopback, and settings that may ask it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend import settings
from backend.settings import Settings
from tests.doubles.http_double import HttpDouble
from tests.unit.web.loopback import chosen, counting


@pytest.fixture
def double() -> Iterator[HttpDouble]:
    with HttpDouble() as server:
        yield counting(server)


@pytest.fixture
def other() -> Iterator[HttpDouble]:
    with HttpDouble() as server:
        yield counting(server)


@pytest.fixture(autouse=True)
def online(tmp_path: Path) -> Iterator[Settings]:
    """Services may be asked; answers are kept in a folder of the test."""
    with settings.use(chosen(tmp_path / "cache")) as in_use:
        yield in_use
