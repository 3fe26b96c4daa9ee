"""The index as a whole: the same from each engine and each layout, readable by others, for odd files too."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from backend.atlas import atlas, build, codes, place
from backend.errors import NotConfigured, NotFound
from backend.model import Choice
from tests.doubles import archs4_files
from tests.unit.atlas import cohort, contents

WIDTH = cohort.WIDTH


def _index(path: Path) -> Path:
    return path.with_name(f"{path.name}.index")


@pytest.fixture
def slow(fresh, monkeypatch):
    """The file, indexed by the engine that reads through HDF5."""
    monkeypatch.setenv("EXPRONAUT_ENGINE", "h5py")
    build.build(fresh, width=WIDTH)
    monkeypatch.delenv("EXPRONAUT_ENGINE")
    return fresh


def test_both_engines_write_the_same_bytes(truth, slow):
    pieces = ("chunk_",)  # where the pieces of the file lie; only the fast engine needs to know
    contents.assert_equal(_index(truth.path), _index(slow), ignoring=(*pieces, "manifest", "plan"))
    assert not any(name.startswith("chunk_") for name in contents.of(_index(slow)))


def test_the_index_says_by_which_engine_it_was_built(opened, slow):
    assert "compiled" in opened.engine
    assert "more slowly" in atlas.opened(slow).engine


def test_an_index_of_one_engine_is_answered_from_by_the_other(slow, truth, opened, monkeypatch):
    choice = Choice("bulk")
    assert opened.profiles([60, 3], choice).equals(atlas.opened(slow).profiles([60, 3], choice))
    monkeypatch.setenv("EXPRONAUT_ENGINE", "h5py")
    atlas.index._opened.cache_clear()
    assert atlas.opened(truth.path).profiles([60, 3], choice).equals(atlas.opened(slow).profiles([60, 3], choice))
    np.testing.assert_array_equal(atlas.opened(truth.path).counts([9], [7, 8]), truth.counts[[9]][:, [7, 8]])
    atlas.index._opened.cache_clear()


@pytest.mark.parametrize(
    ("layout", "block"), [("v1", 1), ("v9", 1), ("v2.6", 1), ("v2.5", 50), ("v2.2", 7)], ids=lambda value: str(value)
)
def test_other_layouts_of_the_same_counts_give_the_same_numbers(tmp_path, truth, layout, block):
    made = cohort.write(tmp_path / "other.h5", layout, block)
    np.testing.assert_array_equal(made.counts, truth.counts)
    build.build(made.path, width=WIDTH)
    same = ("expression", "library_sizes")
    first, second = (contents.of(_index(path)) for path in (truth.path, made.path))
    for name in [name for name in first if name.startswith(same) and "gene" not in name and "ensembl" not in name]:
        if isinstance(first[name], np.ndarray):
            np.testing.assert_array_equal(first[name], second[name], err_msg=name)
    opened = atlas.opened(made.path)
    np.testing.assert_array_equal(opened.counts([0, 150, 319], [200, 3]), truth.counts[[0, 150, 319]][:, [200, 3]])
    numbers = opened.profiles([60], Choice("both")).drop(columns="gene")
    assert numbers.equals(atlas.opened(truth.path).profiles([60], Choice("both")).drop(columns="gene"))
    assert ("compiled" in opened.engine) == (block == 1 and layout != "v1")


def test_the_mouse_file_and_its_names(tmp_path):
    made = archs4_files.write(tmp_path / "mouse.h5", "mouse", genes=40, samples=30)
    build.build(made.path)
    opened = atlas.opened(made.path)
    np.testing.assert_array_equal(opened.counts(range(40), range(30)), made.counts)
    row = opened.genes.row("Trp53")
    assert made.symbols[row] == "TRP53"
    assert opened.samples.species == "mouse"


def test_a_transcript_file_is_indexed_by_its_ids(tmp_path):
    made = archs4_files.write(tmp_path / "transcripts.h5", "transcript", genes=40, samples=30)
    build.build(made.path)
    opened = atlas.opened(made.path)
    row = opened.genes.row(made.symbols[20])
    np.testing.assert_array_equal(opened.counts([row], range(30)), made.counts[[20]])


def test_a_file_without_counts_has_nothing_to_index(tmp_path):
    made = archs4_files.write(tmp_path / "metadata.h5", "metadata")
    with pytest.raises(NotConfigured, match="no counts"):
        build.build(made.path)
    assert [file.name for file in tmp_path.iterdir()] == ["metadata.h5"]


# files at the edge of what can be


@pytest.mark.parametrize("engine", ["", "h5py"], ids=["fast", "h5py"])
@pytest.mark.parametrize(("genes", "samples"), [(1, 1), (2, 1), (1, 9), (5, 12), (101, 2), (300, 1)])
def test_tiny_files(tmp_path, monkeypatch, genes, samples, engine):
    monkeypatch.setenv("EXPRONAUT_ENGINE", engine)
    made = archs4_files.write(tmp_path / "tiny.h5", "v2.5", genes=genes, samples=samples)
    build.build(made.path, width=4)
    opened = atlas.opened(made.path)
    np.testing.assert_array_equal(opened.counts(range(genes), range(samples)), made.counts)
    found = opened.profiles([0], Choice("both"))
    assert found["n_samples"].sum() == (made.counts.sum(axis=0) > 0).sum()
    with pytest.raises(NotFound):  # a gene the file does not have
        opened.neighbours(genes, 5)


@pytest.mark.parametrize("single", [0.9, 0.1], ids=["only single cells", "only bulk"])
def test_a_file_of_one_pool_says_so_about_the_other(tmp_path, single):
    counts = np.random.default_rng(1).poisson(20, (50, 30))
    made = archs4_files.write_counts(tmp_path / "one.h5", "v2.5", counts, single_cell=np.full(30, single))
    build.build(made.path)
    opened = atlas.opened(made.path)
    there, missing = ("single-cell", "bulk") if single > 0.5 else ("bulk", "single-cell")
    assert opened.pool_size(there) == 30
    assert len(opened.partners(0, there, "spearman", 3))
    for asked in (
        lambda: opened.profiles([0], Choice(missing)),
        lambda: opened.partners(0, missing, "pearson", 3),
        lambda: opened.edge(0, 1, missing),
    ):
        with pytest.raises(NotFound):
            asked()


def test_a_file_without_any_reads_has_counts_and_nothing_else(tmp_path):
    made = archs4_files.write_counts(tmp_path / "empty.h5", "v2.5", np.zeros((30, 12)))
    build.build(made.path)
    opened = atlas.opened(made.path)
    assert not opened.counts(range(30), range(12)).any()
    with pytest.raises(NotFound, match="has no"):
        opened.profiles([0], Choice("both"))


# what the index is made of


def test_any_program_reads_the_store_as_one_data_set(truth, opened, tmp_path, monkeypatch):
    moved = tmp_path / "elsewhere"
    shutil.copytree(_index(truth.path), moved)
    monkeypatch.chdir(tmp_path)
    with h5py.File("elsewhere/expression.h5") as file:
        data = file["expression"]
        assert (data.shape, data.dtype) == ((cohort.GENES, cohort.SAMPLES), np.uint8)
        found = data[:]
        assert "log2(1+CPM)" in data.attrs["meaning"]
        names = {name: file[name].asstr()[:].tolist() for name in ("gene", "sample")}
    assert names["sample"] == list(truth.samples)
    assert names["gene"] == list(opened.genes.labels)
    with np.errstate(invalid="ignore"):
        away = np.abs(found / codes.STEPS - truth.log)
    assert np.nanmax(away) <= codes.HALF_STEP * (1 + 1e-9)
    assert not found[:, cohort.EMPTY].any()


def test_the_small_index_has_no_store_and_is_smaller(truth, small):
    names = contents.of(small.index.folder)
    assert not any(name.startswith("expression") for name in names)
    assert "candidates.npy" in names
    sizes = [
        sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        for folder in (small.index.folder, _index(truth.path))
    ]
    assert sizes[0] < sizes[1]


def test_the_width_of_the_blocks_changes_no_answer(fresh, opened):
    build.build(fresh, width=37)
    other = atlas.opened(fresh)
    columns = opened.profiles([3, 60], Choice("bulk"))
    np.testing.assert_allclose(
        other.profiles([3, 60], Choice("bulk")).select_dtypes("number"), columns.select_dtypes("number"), atol=1e-3
    )
    assert opened.partners(60, "bulk", "pearson", 9).equals(other.partners(60, "bulk", "pearson", 9))


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5])
def test_the_threshold_tells_single_cells_from_bulk(fresh, truth, threshold):
    with h5py.File(fresh) as file:
        single = np.nan_to_num(file["meta/samples/singlecellprobability"][:]) > threshold
    build.build(fresh, threshold=threshold, width=WIDTH)
    opened = atlas.opened(fresh)
    assert opened.pool_size("single-cell") == (single & (truth.libraries > 0)).sum()
    assert opened.manifest["threshold"] == threshold


def test_the_source_is_never_written(fresh):
    before = hashlib.sha256(fresh.read_bytes()).hexdigest(), fresh.stat().st_mtime_ns
    build.build(fresh, width=WIDTH)
    assert (hashlib.sha256(fresh.read_bytes()).hexdigest(), fresh.stat().st_mtime_ns) == before


def test_nothing_but_the_index_is_left_beside_the_file(fresh):
    build.build(fresh, width=WIDTH)
    assert sorted(file.name for file in fresh.parent.iterdir()) == ["human.h5", "human.h5.index"]
    assert not [name for name in contents.of(_index(fresh)) if name.endswith(".part") or name.startswith("sums")]


def test_the_progress_reaches_the_end_of_each_part(fresh):
    steps: list[build.Step] = []
    assert place.state(fresh).kind == "none"
    build.build(fresh, on_progress=steps.append, width=WIDTH)
    assert place.state(fresh).kind == "ready"
    parts = {step.part: step for step in steps}
    assert list(parts) == ["Samples", "Places of the counts", "Counts", "Statistics", "Partners"]
    assert all(step.done == step.of for step in parts.values())
    of_counts = [step.done for step in steps if step.part == "Counts"]
    assert of_counts == [0, 64, 128, 192, 256, 260]


def test_building_again_replaces_a_finished_index(fresh, truth):
    build.build(fresh, width=WIDTH)
    (_index(fresh) / "left over").write_text("of an older one")
    build.build(fresh, width=WIDTH)
    contents.assert_equal(_index(fresh), _index(truth.path), ignoring=("manifest", "plan"))
