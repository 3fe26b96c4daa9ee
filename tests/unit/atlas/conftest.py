"""One cohort, indexed once, for every test that only asks."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.atlas import atlas, build
from backend.atlas.atlas import Atlas
from tests.unit.atlas import cohort
from tests.unit.atlas.cohort import Truth


@pytest.fixture(scope="session")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """The cohort's file with its index. Nobody changes it."""
    made = cohort.write(tmp_path_factory.mktemp("cohort") / "human.h5")
    build.build(made.path, width=cohort.WIDTH)
    return made


@pytest.fixture(scope="session")
def opened(truth: Truth) -> Atlas:
    return atlas.opened(truth.path)


@pytest.fixture(scope="session")
def small(truth: Truth, tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    """The same file with an index that leaves out the big store."""
    path = Path(shutil.copy2(truth.path, tmp_path_factory.mktemp("small")))
    build.build(path, small=True, width=cohort.WIDTH)
    return atlas.opened(path)


@pytest.fixture
def copied(truth: Truth, tmp_path: Path) -> Path:
    """The file and its index as if both had been moved; a test may damage them."""
    path = Path(shutil.copy2(truth.path, tmp_path))
    index = truth.path.with_name(f"{truth.path.name}.index")
    shutil.copytree(index, tmp_path / index.name)
    return path


@pytest.fixture
def fresh(truth: Truth, tmp_path: Path) -> Path:
    """The file without an index."""
    return Path(shutil.copy2(truth.path, tmp_path))


@pytest.fixture
def row(opened: Atlas) -> Callable[[str], int]:
    """The row of the gene a table shows under this name."""
    return {label: place for place, label in enumerate(opened.genes.labels)}.__getitem__
