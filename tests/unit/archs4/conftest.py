"""One file of each layout, written once a session and only read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.doubles import archs4_files
from tests.doubles.archs4_files import Written


@pytest.fixture(scope="session")
def written(tmp_path_factory) -> Callable[[str], Written]:
    folder = tmp_path_factory.mktemp("archs4")
    made: dict[str, Written] = {}

    def get(layout: str) -> Written:
        if layout not in made:
            made[layout] = archs4_files.write(folder / f"{layout}.h5", layout)
        return made[layout]

    return get
