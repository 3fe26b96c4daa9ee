"""A kill -9 at any moment, and a full disk: a study is there whole, or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from backend import api, settings
from backend.own import place, tidying
from backend.settings import ROOT
from tests.unit.own.shelves import SECOND, alone, bring, bundle, listing

pytestmark = pytest.mark.skipif(os.name == "nt", reason="forks")


def _child(*arguments: object) -> str:
    command = [sys.executable, "-m", "tests.unit.own.killed", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _kill(root: Path, *bundles: Path) -> list[Path]:
    _child("killed", root, *bundles)
    return sorted((one for one in root.iterdir() if one.name != "none"), key=lambda one: int(one.name))


def _clean() -> None:
    with place.changing():
        tidying.clean()


def test_an_import_that_is_killed_leaves_all_or_nothing(tmp_path: Path) -> None:
    folder = bundle(tmp_path)
    states = _kill(tmp_path / "kills", folder)
    seen = []
    for state in states:
        with settings.use(alone(state)):
            found = api.own_studies()
            seen.append(len(found))
            assert all(one.problem is None and one.matrices[0].problem is None for one in found)
            _clean()
            left = [one.name for one in (state / "studies").iterdir() if one.name not in (".lock", "numbers.json")]
            assert left == [one.accession for one in found]
    with settings.use(alone(states[0])):
        assert api.own_study(bring(folder)).n_samples == 4
    assert seen[0] == 0
    assert seen == sorted(seen)  # from one moment on it is there


def test_a_version_that_is_killed_leaves_the_study_with_it_or_without(tmp_path: Path) -> None:
    folder = bundle(tmp_path)
    (tmp_path / "next").mkdir()
    (tmp_path / "next" / "a.gct").write_text(SECOND)
    with settings.use(alone(tmp_path / "plain")):
        bring(folder)
        before = listing(tmp_path / "plain" / "studies")
    seen = []
    for state in _kill(tmp_path / "kills", folder, tmp_path / "next"):
        with settings.use(alone(state)):
            (study,) = api.own_studies()
            seen.append(len(study.matrices))
            assert sum(one.version.active for one in study.matrices) == 1
            first = api.expression("own-loc7", ["ENSG00000077044"], ["HG00119"]).value["value"]
            np.testing.assert_allclose(first.astype(float), np.log2(15.7), rtol=1e-6)
            _clean()
            files = set(listing(state / "studies"))
            assert files == set(before) if len(study.matrices) == 1 else len(files) == len(before) + 4
    assert seen[0] == 1
    assert seen == sorted(seen)


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    folder = bundle(tmp_path)
    assert _child("full", tmp_path / "small", folder, 3_000).startswith("Unavailable: ")
    assert listing(tmp_path / "small" / "studies") == {}
    with settings.use(alone(tmp_path / "small")):
        assert api.own_studies() == ()
        assert api.own_study(bring(folder)).n_samples == 4
