"""What can go wrong with the file, the index and the disk: a clear error each time, never half an index in use."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from backend import settings
from backend.atlas import atlas, build, place
from backend.errors import BadAnswer, ExpronautError, NotConfigured, TooLarge
from backend.model import Choice
from tests.doubles import archs4_files
from tests.unit.atlas import cohort, contents

WIDTH = cohort.WIDTH
ENGINES = pytest.mark.parametrize("engine", ["", "h5py"], ids=["fast", "h5py"])


def _index(path: Path) -> Path:
    return path.with_name(f"{path.name}.index")


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """A file of the same shape with other counts."""
    return cohort.write(tmp_path_factory.mktemp("other") / "human.h5", seed=6).path


def _replace(path: Path, other: Path) -> None:
    shutil.copy2(other, path.with_suffix(".new")).replace(path)


def _no_answer(path: Path, error: type[Exception] = NotConfigured, match: str | None = None) -> None:
    with pytest.raises(error, match=match):
        atlas.opened(path)


# the file is replaced


def test_after_a_file_was_replaced_its_index_gives_no_answer(copied, other):
    assert place.state(copied).kind == "ready"
    _replace(copied, other)
    state = place.state(copied)
    assert state.kind == "outdated"
    assert "was replaced" in state.note
    _no_answer(copied, NotConfigured, "was replaced")


@pytest.mark.parametrize("what", ["time", "header", "size"])
def test_a_file_that_differs_in_anything_is_another_file(copied, what):
    seen = copied.stat()
    with copied.open("r+b") as file:
        if what == "header":
            file.seek(3_000)
            byte = file.read(1)
            file.seek(3_000)
            file.write(bytes([byte[0] ^ 1]))
        elif what == "size":
            file.seek(0, os.SEEK_END)
            file.write(b"\0")
    os.utime(copied, ns=(seen.st_atime_ns, seen.st_mtime_ns + (what == "time")))
    assert place.state(copied).kind == "outdated"
    _no_answer(copied, match="was replaced")


def test_a_file_that_is_replaced_while_the_atlas_is_open_gives_no_counts(copied, other):
    opened = atlas.opened(copied)
    places = opened.tissue_places("Heart", "both")
    _replace(copied, other)
    for ask in (
        lambda: opened.counts([1], [2]),
        lambda: opened.points(60, "Heart", "both"),
        lambda: opened.partners(60, places, "pearson", 5),
    ):
        with pytest.raises(BadAnswer, match="was replaced or changed"):
            ask()


@pytest.mark.parametrize(
    ("engine", "part"),
    [("", "Samples"), ("", "Places of the counts"), ("", "Counts"), ("", "Partners"), ("h5py", "Counts")],
)
def test_a_file_that_is_replaced_during_the_build_gets_no_index(fresh, other, monkeypatch, engine, part):
    monkeypatch.setenv("EXPRONAUT_ENGINE", engine)
    replaced = []

    def step(now: build.Step) -> None:
        if now.part == part and now.done and not replaced:
            replaced.append(part)
            _replace(fresh, other)

    with pytest.raises(BadAnswer, match="was replaced or changed"):
        build.build(fresh, width=WIDTH, on_progress=step, workers=1)
    assert replaced
    _no_answer(fresh)


def test_a_file_that_is_replaced_for_a_while_leaves_no_trace_in_its_index(fresh, truth, other, tmp_path):
    """The blocks that were read from the other file must not be taken for blocks of this one."""
    kept = tmp_path / "kept"
    kept.mkdir()

    def step(now: build.Step) -> None:
        if now.part == "Counts" and not now.done:
            os.link(fresh, kept / fresh.name)
            _replace(fresh, other)

    with pytest.raises(BadAnswer, match="was replaced or changed"):
        build.build(fresh, width=WIDTH, on_progress=step)
    (kept / fresh.name).replace(fresh)  # the very file, with its time
    build.build(fresh, width=WIDTH)
    contents.assert_equal(_index(fresh), _index(truth.path))


def test_a_file_that_is_gone_is_not_there(copied):
    copied.unlink()
    with pytest.raises(NotConfigured, match="not there"):
        atlas.opened(copied)
    with pytest.raises(NotConfigured, match="not there"):
        build.build(copied)


# the file is damaged


@ENGINES
def test_a_corrupt_piece_stops_the_build_and_names_the_samples(fresh, monkeypatch, engine):
    monkeypatch.setenv("EXPRONAUT_ENGINE", engine)
    archs4_files.spoil_counts(fresh, gene=150, sample=130)
    with pytest.raises(BadAnswer) as failure:
        build.build(fresh, width=WIDTH)
    if not engine:
        assert "in samples 128 to 191 (from 0)" in failure.value.message
    assert fresh.name in failure.value.message
    assert "again" in failure.value.hint
    assert place.state(fresh).kind == "partial"
    _no_answer(fresh)


@ENGINES
def test_a_piece_that_was_never_written_is_not_taken_for_zeros(tmp_path, monkeypatch, engine):
    monkeypatch.setenv("EXPRONAUT_ENGINE", engine)
    made = archs4_files.write(tmp_path / "gap.h5", "v2.5", samples=30)
    with h5py.File(made.path, "r+") as file:
        options = {"chunks": (100, 1), "compression": "gzip", "maxshape": (300, None)}
        del file["data/expression"]
        data = file.create_dataset("data/expression", (300, 30), np.uint32, **options)
        for sample in range(30):
            if sample != 17:
                data[:, sample] = made.counts[:, sample]
    with pytest.raises(BadAnswer, match="never written"):
        build.build(made.path, width=16)
    _no_answer(made.path)


@ENGINES
def test_counts_that_were_spoilt_under_an_index_are_never_handed_out(copied, monkeypatch, engine):
    """Time and size as before, as when a disk goes bad."""
    monkeypatch.setenv("EXPRONAUT_ENGINE", engine)
    atlas.index._opened.cache_clear()
    times = copied.stat().st_atime_ns, copied.stat().st_mtime_ns
    archs4_files.spoil_counts(copied, gene=250, sample=130)
    os.utime(copied, ns=times)
    opened = atlas.opened(copied)
    with pytest.raises(BadAnswer, match="damaged"):
        opened.counts([250], [130])
    assert opened.counts([250], [131]).shape == (1, 1)
    atlas.index._opened.cache_clear()


# the index is damaged

ASKED = {
    "library_sizes.npy": lambda opened: opened.counts([1], [2]),
    "chunk_offsets.npy": lambda opened: opened.counts([1], [2]),
    "chunk_sizes.npy": lambda opened: opened.counts([1], [2]),
    "samples.sqlite": lambda opened: opened.samples.search("liver", 0, 10),
    "samples.npz": lambda opened: opened.profiles([1], Choice()),
    "neighbours.h5": lambda opened: opened.neighbours(60, 5),
    "expression/00001.h5": lambda opened: opened.partners(60, "bulk", "pearson", 5),
    "expression/00001.npy": lambda opened: opened.edge(60, 61, "bulk"),
    "statistics.h5": lambda opened: opened.profiles(range(cohort.GENES), Choice()),
    "statistics.npy": lambda opened: opened.profiles(range(cohort.GENES), Choice()),
    "counted.npy": lambda opened: opened.profiles([1], Choice()),
    "means.npy": lambda opened: opened.partners(60, "bulk", "pearson", 5),
}


def test_every_file_that_answers_come_from_is_damaged_below(truth):
    names = {
        path.relative_to(_index(truth.path)).as_posix() for path in _index(truth.path).rglob("*") if path.is_file()
    }
    for_others = {"manifest.json", "plan.json", "expression.h5", "candidate_places.npy"}
    blocks = {name for name in names if name.startswith("expression/")}
    assert names - for_others - blocks <= set(ASKED)


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("how", ["cut", "emptied", "garbage"])
def test_a_damaged_part_of_the_index_says_that_it_must_be_built_again(copied, name, how):
    part = _index(copied) / name
    whole = part.read_bytes()
    part.write_bytes(
        {"cut": whole[: len(whole) // 2], "emptied": b"", "garbage": b"\x07garbage" * (len(whole) // 8)}[how]
    )
    with pytest.raises((BadAnswer, NotConfigured)) as failure:
        ASKED[name](atlas.opened(copied))
    assert "again" in failure.value.hint
    assert part.name in failure.value.message or "index" in failure.value.message


@pytest.mark.parametrize("name", ["expression/00001.h5", "statistics.h5"])
@pytest.mark.parametrize("engine", ["h5py"])
def test_the_slow_engine_tells_a_damaged_store_too(copied, name, engine, monkeypatch):
    monkeypatch.setenv("EXPRONAUT_ENGINE", engine)
    part = _index(copied) / name
    part.write_bytes(part.read_bytes()[: part.stat().st_size // 2])
    with pytest.raises(BadAnswer) as failure:
        ASKED[name](atlas.opened(copied))
    assert "again" in failure.value.hint


@pytest.mark.parametrize("text", ["", "{", "[]", '"file"', "{}", '{"file": 3}', '{"file": {"size": 1}}', "\xff\x00"])
def test_a_manifest_that_cannot_be_read_makes_the_index_outdated(copied, text):
    (_index(copied) / "manifest.json").write_bytes(text.encode("latin-1"))
    assert place.state(copied).kind == "outdated"
    _no_answer(copied)
    build.build(copied, width=WIDTH)
    assert place.state(copied).kind == "ready"


def test_an_index_of_another_form_is_outdated(copied):
    """As an older version of the app wrote it."""
    manifest = _index(copied) / "manifest.json"
    content = json.loads(manifest.read_text())
    content["file"]["format"] -= 1
    manifest.write_text(json.dumps(content))
    assert place.state(copied).kind == "outdated"


def test_garbage_where_a_build_was_begun_is_built_over(fresh, truth):
    work = place.partial(_index(fresh))
    (work / "expression").mkdir(parents=True)
    (work / "plan.json").write_text("{")
    (work / "expression" / "00000.h5").write_text("garbage")
    build.build(fresh, width=WIDTH)
    contents.assert_equal(_index(fresh), _index(truth.path))


# the disk


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own."""
    at = tmp_path / "disk"
    at.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(at)], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield at
    subprocess.run(["umount", "-l", str(at)], check=True)


@ENGINES
@pytest.mark.parametrize("part", ["Samples", "Counts", "Statistics", "Partners"])
def test_a_full_disk_is_told_and_what_is_finished_is_kept(disk, truth, part, engine, monkeypatch):
    monkeypatch.setenv("EXPRONAUT_ENGINE", engine)
    path = Path(shutil.copy2(truth.path, disk))
    ballast = disk / "ballast"

    def fill(now: build.Step) -> None:
        if now.part == part and not ballast.exists():
            with ballast.open("wb", buffering=0) as file:
                try:
                    while file.write(b"\x01" * 4096):
                        pass
                except OSError:
                    pass

    with pytest.raises(TooLarge, match="disk is full"):
        build.build(path, width=WIDTH, on_progress=fill)
    assert place.state(path).kind == "partial"
    _no_answer(path, NotConfigured, "goes on where it stopped")
    done = sorted(place.partial(_index(path)).glob("expression/*.h5"))
    times = [file.stat().st_mtime_ns for file in done]
    assert bool(done) == (part in ("Statistics", "Partners"))
    ballast.unlink()
    build.build(path, width=WIDTH)
    assert times == [(_index(path) / "expression" / file.name).stat().st_mtime_ns for file in done]
    ignoring = ("chunk_", "manifest", "plan") if engine else ()
    contents.assert_equal(_index(path), _index(truth.path), ignoring)


def test_a_disk_that_is_too_small_is_told_beforehand_with_both_numbers(disk, truth):
    path = Path(shutil.copy2(truth.path, disk))
    (disk / "taken").write_bytes(bytes(30_000_000))
    with pytest.raises(TooLarge, match=r"needs about 0\.1 GB .* 0\.0 GB are free"):
        build.build(path, width=WIDTH)
    assert place.state(path).kind == "none"
    assert sorted(file.name for file in disk.iterdir()) == ["human.h5", "taken"]


LIMITED = """
import resource, sys
from pathlib import Path
from backend.atlas import build
from backend.errors import ExpronautError
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    build.build(Path(sys.argv[1]), width=64)
except ExpronautError as error:
    print(error.message)
    sys.exit(7)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs limits of processes")
def test_a_file_that_may_not_grow_ends_in_an_error_of_ours(fresh, truth):
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, str(fresh)],
        capture_output=True,
        text=True,
        check=False,
        cwd=settings.ROOT,
        env={**os.environ, "EXPRONAUT_ENGINE": "h5py"},
    )
    assert (ended.returncode, ended.stderr) == (7, "")
    assert "cannot be written" in ended.stdout
    assert place.state(fresh).kind == "partial"
    build.build(fresh, width=WIDTH)
    contents.assert_equal(_index(fresh), _index(truth.path))


# a folder that cannot be written


@pytest.fixture
def read_only(disk, truth):
    """The file on a disk that is mounted read-only, which binds every user."""
    path = Path(shutil.copy2(truth.path, disk))
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True, capture_output=True)
    return path


def test_the_index_of_a_read_only_folder_goes_into_the_cache(read_only, truth, tmp_path):
    with settings.use(replace(settings.current(), cache=tmp_path / "cache")):
        index = place.folder(read_only)
        assert index.is_relative_to(tmp_path / "cache")
        assert place.state(read_only).kind == "none"
        build.build(read_only, width=WIDTH)
        assert place.state(read_only).kind == "ready"
        np.testing.assert_array_equal(atlas.opened(read_only).counts([9], [8]), truth.counts[[9]][:, [8]])
        contents.assert_equal(index, _index(truth.path))
    assert [file.name for file in read_only.parent.iterdir()] == ["human.h5"]


def test_where_the_cache_cannot_be_written_either_it_is_said(read_only):
    with (
        settings.use(replace(settings.current(), cache=read_only.parent / "cache")),
        pytest.raises(NotConfigured, match="cannot be written") as failure,
    ):
        build.build(read_only, width=WIDTH)
    assert "EXPRONAUT_CACHE" in failure.value.hint


def test_files_of_one_name_in_two_folders_have_two_places_in_the_cache(read_only, tmp_path):
    other = read_only.parent / ".." / "disk" / "human.h5"
    with settings.use(replace(settings.current(), cache=tmp_path / "cache")):
        assert place.folder(other).parent == place.folder(read_only).parent
        assert place.folder(other) == place.folder(read_only)
        linked = tmp_path / "linked"
        linked.symlink_to(read_only.parent)
        assert place.folder(linked / "human.h5") == place.folder(read_only)


def test_a_lock_that_cannot_be_deleted_spoils_nothing(tmp_path):
    """As on Windows, where no open file can be; here a folder took its name."""
    index, lock = tmp_path / "gene.h5.index", tmp_path / "gene.h5.index.lock"
    with place.lock(index):
        lock.unlink()
        lock.mkdir()
    lock.rmdir()
    assert not place.is_locked(index)


def test_a_file_in_the_way_of_the_index_is_told(fresh):
    place.partial(_index(fresh)).write_text("somebody's")
    with pytest.raises(ExpronautError) as failure:
        build.build(fresh, width=WIDTH)
    assert "cannot be written" in failure.value.message
    assert place.partial(_index(fresh)).read_text() == "somebody's"
