"""The copy sorted by gene: the same numbers as in the file whatever its form, whole or not there, of this very file."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from backend import settings
from backend.errors import BadAnswer, NotFound, Stopped, Unavailable
from backend.section import building, store
from backend.section.store import SectionStore
from backend.section_files import SectionOptions
from tests.doubles import section_files as double

USUAL = SectionOptions()


@pytest.fixture(scope="module")
def truth() -> double.Truth:
    return double.made(spots=90, genes=20)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Path]:
    with settings.use(settings.Settings(cache=tmp_path / "cache")):
        yield tmp_path / "cache" / "sections"


@pytest.mark.parametrize("most", [1, 60, 4_000_000])
@pytest.mark.parametrize("layout", ["csr", "csc", "dense"])
def test_the_numbers_are_those_of_the_file(tmp_path: Path, truth: double.Truth, layout: str, most: int) -> None:
    """Also where a run is one gene, or a gene has more numbers than are sorted at once."""
    path = double.h5ad(tmp_path / "a.h5ad", truth, layout, packed=True)
    found = SectionStore(building.write(path, tmp_path / "copy.h5", USUAL, most=most))
    np.testing.assert_array_equal(found.rows(range(20)), truth.values.T)
    np.testing.assert_array_equal(found.rows([7, 0, 7]), truth.values.T[[7, 0, 7]])
    assert found.rows([]).shape == (0, 90)
    values = np.zeros((20, 90))
    for first, pointers, spots, numbers in found.pieces():
        for at in range(len(pointers) - 1):
            here = slice(pointers[at], pointers[at + 1])
            assert (np.diff(spots[here]) > 0).all()
            values[first + at, spots[here]] = numbers[here]
            assert numbers[here].all()
    np.testing.assert_array_equal(values, truth.values.T)


@pytest.mark.parametrize("whole", [True, False])
def test_what_is_told_of_the_section(tmp_path: Path, whole: bool) -> None:
    truth = double.made(spots=70, genes=14, whole=whole, missing=0 if whole else 11)
    path = double.h5ad(tmp_path / "a.h5ad", truth, "dense", index="ids", symbols="gene_name")
    head = SectionStore(building.write(path, tmp_path / "copy.h5", USUAL, name="mine.h5ad")).head
    assert (head.ids, head.names) == (tuple(truth.ids), tuple(truth.names))
    assert list(head.spots["spot"]) == truth.spots
    assert {name: list(head.spots[name]) for name in truth.groups} == truth.groups
    np.testing.assert_array_equal(head.positions, truth.xy)
    np.testing.assert_allclose(head.totals, np.nansum(truth.values, axis=1))
    np.testing.assert_allclose(head.means, np.nanmean(truth.values, axis=0))
    np.testing.assert_array_equal(head.measured, (~np.isnan(truth.values)).sum(axis=0))
    assert head.missing == np.isnan(truth.values).sum()
    assert head.counts == whole
    assert head.about | {"notes": head.notes[0]} == {
        **{"form": "h5ad", "file": "mine.h5ad", "bin": 0, "bins": [], "layer": "", "layers": [""]},
        "notes": "Positions: obsm/spatial.",
    }


@pytest.mark.parametrize("change", [-1.0, 0.5])
def test_counts_are_whole_and_not_negative(tmp_path: Path, truth: double.Truth, change: float) -> None:
    path = double.h5ad(tmp_path / "a.h5ad", truth)
    with h5py.File(path, "r+") as changed:
        changed["X/data"][9] = change
    assert not SectionStore(building.write(path, tmp_path / "copy.h5", USUAL)).head.counts


def test_the_copy_is_of_this_very_file_bin_and_layer(tmp_path: Path, cache: Path, truth: double.Truth) -> None:
    path = double.gem(tmp_path / "a.gem", truth)
    copy = store.build(path)
    assert copy == store.copy_of(path)
    assert [one.parent for one in (copy,)] == [cache]
    others = {store.copy_of(path, SectionOptions(bin=50)), store.copy_of(path, SectionOptions(layer="raw"))}
    os.utime(path, ns=(1, 1))
    others.add(store.copy_of(path))
    path.write_text("other")
    os.utime(path, ns=(1, 1))
    others.add(store.copy_of(path))
    assert len(others - {copy}) == 4
    path.unlink()
    with pytest.raises(NotFound, match="not there"):
        store.copy_of(path)


@pytest.mark.parametrize("layout", ["csr", "csc"])
def test_a_stopped_copy_leaves_nothing(tmp_path: Path, cache: Path, truth: double.Truth, layout: str) -> None:
    path = double.h5ad(tmp_path / "a.h5ad", truth, layout)
    parts: list[str] = []

    def tell(part: str, done: int, of: int, unit: str, seconds: float) -> None:
        parts.append(part)
        assert 0 <= done <= of
        if part not in ("Starting", "Counting"):
            raise Stopped

    with pytest.raises(Stopped):
        store.build(path, tell=tell)
    assert parts[-1] == ("Sorting" if layout == "csr" else "Reading")
    assert not list(cache.iterdir())


@pytest.mark.parametrize("layout", ["csr", "csc"])
def test_a_full_disk_leaves_nothing(tmp_path: Path, cache: Path, layout: str) -> None:
    """No file may become larger than so many bytes, as where there is no room."""
    path = double.h5ad(tmp_path / "a.h5ad", double.made(spots=600, genes=60), layout)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, limit[1]))
    try:
        with pytest.raises(Unavailable, match=r"could not be written: File too large"):
            building.write(path, store.copy_of(path), USUAL)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert not list(cache.iterdir())


def test_what_a_killed_process_left_goes(tmp_path: Path, cache: Path, truth: double.Truth) -> None:
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    cache.mkdir(parents=True)
    left, other = (cache / f"abc.h5.{pid}-1234.part" for pid in (ended.pid, os.getpid()))
    left.write_bytes(b"half")
    other.write_bytes(b"under way")
    copy = store.build(double.h5ad(tmp_path / "a.h5ad", truth))
    assert {copy, other} == set(cache.iterdir())


def test_a_copy_that_is_gone_or_damaged_is_told(tmp_path: Path, truth: double.Truth) -> None:
    path = double.h5ad(tmp_path / "a.h5ad", truth)
    with pytest.raises(NotFound):
        _ = SectionStore(tmp_path / "none.h5").head
    copy = building.write(path, tmp_path / "copy.h5", USUAL)
    with h5py.File(copy, "r+") as changed:
        del changed["values"]
    found = SectionStore(copy)
    assert found.head.counts
    with pytest.raises(BadAnswer, match="damaged"):
        found.rows([1])
    copy.write_bytes(copy.read_bytes()[:5_000])
    with pytest.raises(BadAnswer, match="damaged"):
        _ = SectionStore(copy).head
