"""Spatial files on this machine: found, uploaded, opened, copied in the background, closed; the simulated one."""

from __future__ import annotations

import contextvars
import io
import resource
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy import sparse

from backend import __main__ as command
from backend import api, section_openings, settings, sources
from backend.errors import BadInput, ExpronautError, NotFound, Unavailable
from backend.model import Section
from backend.serve import choosing, served
from backend.sources import names, section_shelf
from tests.contract import section_world as world
from tests.doubles import section_files

SMALL = section_files.made(60, 12)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    with world.home(tmp_path) as found:
        found.mkdir()
        yield found


def until(done: Callable[[], bool]) -> None:
    """Wait for the other thread; a test that waits in vain ends by its timeout."""
    while not done():
        time.sleep(0.005)


def copied(key: str) -> Section:
    until(lambda: api.section_progress(key) is None or api.section_progress(key).state == "failed")
    return next(one for one in api.sections() if one.key == key)


def test_files_are_found_where_they_may_lie(place: Path, tmp_path: Path) -> None:
    world.downloaded(place)
    world.downloaded(place, ".hidden.h5ad")
    world.downloaded(place, "late.h5ad.part")
    (place / "spatial").mkdir()
    section_files.gem(place / "spatial" / "chip.tsv", SMALL, "0.1")
    (place / "spatial" / "notes.txt").write_text("gene\tp\nSox2\t0.01\n")
    named, folder = tmp_path / "named.gef", tmp_path / "folder"
    folder.mkdir()
    section_files.gef(named, SMALL, bins=(1,))
    section_files.h5ad(folder / "own.h5ad", SMALL)
    with world.home(tmp_path, data=(named, folder)):
        found = {one.name: one for one in api.spatial_files()}
    assert {name: one.form for name, one in found.items()} == {
        "section.h5ad": "h5ad", "chip.tsv": "gem", "named.gef": "gef", "own.h5ad": "h5ad",
    }  # fmt: skip
    assert found["section.h5ad"].of == "STD0001"
    section_files.h5ad(place / "beside.h5ad", SMALL)
    with world.home(tmp_path, data=(place,)):  # the first folder that is named is the home, too
        assert {one.name for one in api.spatial_files()} == {"section.h5ad", "chip.tsv", "beside.h5ad"}
    assert found["named.gef"].size == named.stat().st_size
    assert settings.read({"EXPRONAUT_DATA": str(named)}).home == settings.read({}).home


def test_only_files_of_the_list_are_opened(place: Path, tmp_path: Path) -> None:
    outside = section_files.h5ad(tmp_path / "outside.h5ad", SMALL)
    inside = world.downloaded(place)
    for path in (str(outside), f"{inside.parent}/../../../outside.h5ad", "/etc/passwd", "", "\0", "a" * 10_000):
        with pytest.raises(NotFound):
            api.open_section(path)
    with pytest.raises(ExpronautError):
        api.open_section(str(inside), bin=-1)
    assert api.sections() == ()


def test_a_section_is_copied_in_the_background_and_leaves_nothing_when_closed(place: Path, tmp_path: Path) -> None:
    path = world.downloaded(place)
    key = api.open_section(str(path))
    section = copied(key)
    assert (section.n_spots, section.n_genes, section.species) == (world.SPOTS, world.GENES, "mouse")
    assert (section.kind, section.of, section.problem, section.progress) == ("real", "STD0001", None, None)
    assert [one.opened for one in api.spatial_files()] == [key]
    again = api.open_section(str(path))
    assert again == key
    assert len(api.sections()) == 1
    api.close_section(key)
    assert key not in names()
    assert path.is_file()
    assert not [one for one in (tmp_path / "cache").rglob("*") if one.is_file()]
    with pytest.raises(NotFound):
        api.close_section(key)


def test_a_file_that_changed_is_opened_anew_and_its_former_copy_goes(place: Path, tmp_path: Path) -> None:
    path = world.downloaded(place)
    key = world.opened(path)
    section_files.h5ad(path, SMALL)
    assert world.opened(path) == key
    assert [one.n_spots for one in api.sections()] == [60]
    assert len(list((tmp_path / "cache" / "sections").iterdir())) == 1


def test_a_file_that_is_replaced_while_its_copy_is_made(place: Path, tmp_path: Path) -> None:
    """What was opened anew stays open, and gets a copy of its own."""
    path = world.downloaded(place)
    key = section_openings.remember(path)

    def replaced(part: str, done: int, of: int, unit: str, seconds: float, before: int = 0) -> None:
        if part == "Writing" and section_shelf.get(key).n_spots != 60:
            section_files.h5ad(path.with_suffix(".new"), SMALL).replace(path)
            section_openings.remember(path)

    section_openings.make(key, replaced)
    one = section_shelf.get(key)
    assert (one.n_spots, one.complete, one.problem()) == (60, False, None)
    assert not [copy for copy in (tmp_path / "cache" / "sections").iterdir() if copy.suffix == ".h5"]
    section_openings.start(key)
    assert copied(key).n_spots == 60
    np.testing.assert_array_equal(api.spots(key, ["Sox2"], "mouse", scale="stored").value.values[0], SMALL.of("Sox2"))


def test_a_file_opened_by_several_at_once_is_one_section(place: Path) -> None:
    path = world.downloaded(place)

    def look() -> tuple[str, float]:
        key = section_openings.open_file(path)
        return key, float(api.spots(key, ["Sox2"], "mouse", scale="stored").value.values.sum())

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(contextvars.copy_context().run, look) for _ in range(4)]
    assert len({one.result() for one in asked}) == 1
    assert asked[0].result()[1] == world.truth().of("Sox2").sum()
    assert copied(asked[0].result()[0]).problem is None


def test_what_a_former_run_left_undone_goes_on(place: Path) -> None:
    key = section_openings.remember(world.downloaded(place))
    assert not section_shelf.get(key).complete
    api.sections()
    assert copied(key).problem is None
    assert section_shelf.get(key).complete


def test_a_copy_that_is_gone_is_made_again(place: Path, tmp_path: Path) -> None:
    """As after the cache was emptied, without a new start of the program."""
    key = section_openings.open_file(world.downloaded(place))
    assert copied(key).problem is None
    held = sources.get(key)
    assert held.spot_scales()[0].key == "cp10k"
    for copy in (tmp_path / "cache" / "sections").iterdir():
        copy.unlink()
    assert not section_shelf.get(key).complete
    shown = held.spots(["Sox2"], "mouse", "", "").value  # by who has asked before: no CP10K without totals
    assert shown.unit == "log2(count+1)"
    np.testing.assert_allclose(shown.values[0], np.log2(world.truth().of("Sox2") + 1))
    api.sections()
    assert copied(key).problem is None
    assert section_shelf.get(key).complete


def test_a_copy_that_fails_says_why(place: Path) -> None:
    path = section_files.gem(place / "cut.gem", SMALL, "0.2")
    path.write_text(path.read_text() + "Sox2\tnowhere\n")
    with world.home(place.parent, data=(path,)):
        section = copied(api.open_section(str(path)))
        assert section.progress is not None
        assert section.progress.state == "failed"
        assert "cut.gem" in section.progress.message
        with pytest.raises(Unavailable) as caught:  # and so does every other page
            api.tissue_profile(section.key, "Sox2", "mouse")
        assert section.progress.message.rstrip(".") in caught.value.message


def test_y_grows_downwards_where_positions_are_those_of_an_image(place: Path) -> None:
    (place / "spatial").mkdir()
    visium, plain = (section_files.h5ad(place / "spatial" / name, SMALL) for name in ("visium.h5ad", "plain.h5ad"))
    with h5py.File(visium, "r+") as file:
        file.create_group("uns/spatial/library/images")
    chip = section_files.gef(place / "spatial" / "chip.gef", SMALL, bins=(50,))
    told = {path.name: api.open_section(str(path)) for path in (visium, plain, chip)}
    shown = {name: api.spots(key, [SMALL.names[0]], "mouse", scale="stored").value.image for name, key in told.items()}
    assert shown == {"visium.h5ad": True, "plain.h5ad": False, "chip.gef": True}


def test_bins_are_further_sections(place: Path) -> None:
    (place / "spatial").mkdir()
    path = section_files.gef(place / "spatial" / "chip.gef", SMALL, bins=(1, 50))
    fine = copied(api.open_section(str(path), bin=1))
    assert set(fine.bins) >= {1, 50}
    coarse = copied(api.open_bin(fine.key, 50))
    assert (fine.bin, coarse.bin) == (1, 50)
    assert coarse.n_spots == len(SMALL.binned(50).spots)
    with pytest.raises(NotFound):
        api.open_bin(fine.key, 33)
    assert {one.key for one in api.sections()} == {fine.key, coarse.key}


def test_layers_are_further_sections(place: Path) -> None:
    """Of a file without X, too, whose raw/X and a layer called raw are told apart."""
    (place / "spatial").mkdir()
    path = section_files.h5ad(place / "spatial" / "layers.h5ad", SMALL)
    with h5py.File(path, "r+") as file:
        for name, factor in (("layers/raw", 3.0), ("raw/X", 2.0)):
            file.copy("X", name)
            file[f"{name}/data"][:] *= factor
        file.copy("var", "raw/var")
        del file["X"]
    with pytest.raises(BadInput, match="has no X"):
        api.open_section(str(path))
    layers = api.section_layers(str(path))
    assert layers == ("layers/raw", "raw")
    first = copied(api.open_section(str(path), layer="raw"))
    second = copied(api.open_layer(first.key, "layers/raw"))
    assert [(one.layer, one.layers) for one in (first, second)] == [("raw", layers), ("layers/raw", layers)]
    assert len({first.title, second.title}) == 2
    for one, factor in ((first, 2.0), (second, 3.0)):
        found = api.spots(one.key, [SMALL.names[0]], "mouse", scale="stored").value
        np.testing.assert_array_equal(found.values[0], factor * SMALL.values[:, 0])
    for wrong in ("", "counts", "../X"):
        with pytest.raises(NotFound):
            api.open_layer(first.key, wrong)


def test_uploads_stay_in_their_folder_and_replace_nothing(place: Path, tmp_path: Path) -> None:
    content = section_files.h5ad(tmp_path / "x.h5ad", SMALL).read_bytes()
    other = section_files.h5ad(tmp_path / "y.h5ad", section_files.made(30, 8)).read_bytes()
    first = api.keep_section_file("../../evil.h5ad", io.BytesIO(content))
    assert api.keep_section_file("C:\\data\\evil.h5ad", io.BytesIO(content)) == first
    second = api.keep_section_file("evil.h5ad", io.BytesIO(other))
    assert copied(api.open_section(first)).n_spots == 60
    assert copied(api.open_section(second)).n_spots == 30
    assert sorted(one.name for one in (place / "spatial").iterdir()) == ["evil-2.h5ad", "evil.h5ad"]
    for name, bad in (("a.h5ad", b"no"), ("b.h5ad", content[: len(content) // 2]), ("", content), ("..", content)):
        with pytest.raises(BadInput):
            api.keep_section_file(name, io.BytesIO(bad))
    assert len(list((place / "spatial").iterdir())) == 2
    assert len(api.sections()) == 2


def test_only_an_upload_is_deleted_with_its_sections_and_copies(place: Path, tmp_path: Path) -> None:
    content = io.BytesIO(section_files.h5ad(tmp_path / "x.h5ad", SMALL).read_bytes())
    path = api.keep_section_file("x.h5ad", content)
    by_hand = shutil.copy2(path, place / "spatial" / "mine.h5ad")
    key, other = copied(api.open_section(path)).key, copied(api.open_section(str(by_hand))).key
    assert {one.name: one.ours for one in api.spatial_files()} == {"x.h5ad": True, "mine.h5ad": False}
    for foreign in (str(by_hand), world.downloaded(place), tmp_path / "x.h5ad", f"{place}/spatial/../spatial/x.h5ad"):
        with pytest.raises(BadInput, match="not uploaded here"):
            api.delete_spatial_file(str(foreign))
    copies = place.parent / "cache" / "sections"
    assert len(list(copies.iterdir())) == 2
    gate = threading.Event()
    section_openings._queue.put("busy", lambda tell: gate.wait())
    Path(section_shelf.get(key).copy).unlink()
    api.index_section(key)
    with pytest.raises(Unavailable, match="is being made"):
        api.delete_spatial_file(path)
    gate.set()
    copied(key)
    assert api.delete_spatial_file(path) == (key,)
    assert not Path(path).exists()
    assert [one.key for one in api.sections()] == [other]
    assert len(list(copies.iterdir())) == 1
    path = api.keep_section_file("x.h5ad", io.BytesIO(content.getvalue()))
    shutil.copy(by_hand, path)  # written anew by somebody else
    with pytest.raises(BadInput, match="not uploaded here"):
        api.delete_spatial_file(path)


def test_the_command_opens_a_file_anywhere(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = section_files.gem(tmp_path / "far.gem", SMALL, "0.2")
    assert command.main(["open", str(path), "--bin", "20"]) == 0
    (section,) = api.sections()
    assert section.bin == 20
    assert f"It is open as {section.key}." in capsys.readouterr().out
    assert command.main(["open", str(tmp_path / "none.h5ad")]) == 2
    assert "none.h5ad cannot be opened" in capsys.readouterr().err


def test_servers_of_samples_serve_no_section(place: Path) -> None:
    key = world.opened(world.downloaded(place))
    assert key not in {one.name for one in choosing.local()}
    with pytest.raises(NotFound):
        choosing.best("mouse")
    with pytest.raises(NotFound):
        choosing.named(key, "mouse")
    assert key not in served.now().matrices


def test_a_damaged_record_is_left_out(place: Path) -> None:
    key = section_openings.remember(world.downloaded(place))
    kept = section_shelf.folder() / f"{key}.json"
    for bad in (
        "",
        "[]",
        '{"path": "x"}',
        kept.read_text().replace('"path": "/', '"path": "'),
        kept.read_text().replace('"opened_at": "', '"opened_at": "x'),
    ):
        (section_shelf.folder() / "spatial-bad.json").write_text(bad)
        assert set(section_shelf.opened(now=True)) == {key}


def test_without_room_for_the_demo_the_app_goes_on(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with world.home(tmp_path, demo=True):
            assert api.sections() == ()
            assert not [one for one in (tmp_path / "cache").rglob("*") if one.is_file()]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_the_demo_is_there_at_first_sight_and_says_that_it_is_simulated(place: Path, tmp_path: Path) -> None:
    assert api.sections() == ()
    with world.home(tmp_path, demo=True):
        api.sections()
        section = copied(section_shelf.DEMO)
        assert (section.kind, section.species, section.problem) == ("simulated", "mouse", None)
        assert "SIMULATED" in section.title
        found = api.spots(section.key, ["Mbp", "Rorb"], "mouse")
        assert found.provenance.kind == "simulated"
        table = found.value.table.assign(mbp=found.value.values[0], rorb=found.value.values[1])
        means = table.groupby("group")[["mbp", "rorb"]].mean()
        assert means["mbp"].idxmax() == "White matter"
        assert means["rorb"].idxmax() == "Layer 4"
        with h5py.File(section_shelf.demo_file()) as file:
            shape = tuple(file["X"].attrs["shape"])
            counts = sparse.csr_matrix((file["X/data"][:], file["X/indices"][:], file["X/indptr"][:]), shape)
        assert shape == (section.n_spots, section.n_genes)
        stored = api.spots(section.key, ["Reln"], "mouse", scale="stored").value.values[0]
        np.testing.assert_array_equal(stored, counts[:, 0].toarray().ravel())
        elsewhere = shutil.copy(section_shelf.demo_file(), tmp_path / "brain.h5ad")
        copy = section_shelf.get(section_openings.remember(Path(elsewhere)))
        assert copy.kind == "simulated"
        assert "SIMULATED" in copy.title
