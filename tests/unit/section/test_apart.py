"""Files are read in a process that can be ended: what it raises arrives, and nothing is left of it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import h5py
import pytest

from backend.apart import Waiting
from backend.errors import BadInput, NotFound, Stopped, Unavailable
from backend.section import apart, store
from backend.section.store import SectionStore
from backend.section_files import SectionOptions
from tests.doubles import section_files as double


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return double.h5ad(tmp_path_factory.mktemp("files") / "a.h5ad", double.made(60, 12))


def test_the_copy_is_made_and_told_of(tmp_path: Path, file: Path) -> None:
    told: list[tuple[str, int, int]] = []
    copy = store.build(file, tell=lambda part, done, of, *_: told.append((part, done, of)), target=tmp_path / "copy.h5")
    assert [part for part, done, of in told if done == of][-1] == "Writing"
    assert SectionStore(copy).rows([1]).sum() == double.made(60, 12).of("Gapdh").sum()


def test_errors_arrive_as_they_were_raised(tmp_path: Path, file: Path) -> None:
    gem = tmp_path / "a.gem"
    gem.write_text("geneID\tx\ty\tMIDCount\nSox2\t1\t1\t1\nSox2\t1\tB\t1\n")
    with pytest.raises(BadInput, match="Line 3 of chip") as raised:
        store.build(gem, target=tmp_path / "copy.h5", name="chip.gem")
    assert (raised.value.line, raised.value.hint) == (3, "Correct it, or get the file again.")
    gef = double.gef(tmp_path / "a.gef", double.made(60, 12), bins=(1,))
    with pytest.raises(NotFound, match="no bin 20"):
        store.check(gef, SectionOptions(bin=20))
    with pytest.raises(BadInput, match="layers/none"):
        store.check(file, SectionOptions(layer="none"))
    store.check(file)


def test_a_file_that_is_being_written_is_told(file: Path) -> None:
    with h5py.File(file, "r+"), pytest.raises(Unavailable, match="being written"):
        store.check(file)


def test_a_file_that_keeps_its_reader_busy_is_given_up(tmp_path: Path) -> None:
    damaged = double.endless(double.h5ad(tmp_path / "a.h5ad", double.made(60, 12)))
    job = {"do": "check", "path": str(damaged), "bin": 0, "layer": "", "name": "a.h5ad"}
    with pytest.raises(BadInput, match="it cannot be read to its end"):
        apart.run(job, "a.h5ad", Waiting(patience=1.0))


def test_stopping_ends_the_work_and_leaves_nothing(tmp_path: Path, file: Path) -> None:
    def tell(part: str, done: int, of: int, unit: str, seconds: float) -> None:
        raise Stopped

    damaged = double.endless(double.h5ad(tmp_path / "a.h5ad", double.made(60, 12)))  # tells nothing of itself
    for one in (file, damaged):
        with pytest.raises(Stopped):
            store.build(one, tell=tell, target=tmp_path / "copies" / "copy.h5")
    assert not list((tmp_path / "copies").iterdir())


def test_a_process_that_dies_is_told_and_the_next_file_is_read(tmp_path: Path, file: Path) -> None:
    """As when the system is short of memory: whatever process is hit, another one takes its place."""

    def tell(part: str, done: int, of: int, unit: str, seconds: float) -> None:
        for pid in _children():
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(BadInput, match="has ended"):
        store.build(file, tell=tell, target=tmp_path / "copy.h5")
    store.check(file)
    assert not list(tmp_path.iterdir())


def _children() -> list[int]:
    """Processes that the helper of this process has forked, and the helper."""
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    helpers = [pid for one in tasks for pid in one.read_text().split()]
    mine = [pid for pid in helpers if b"apart_work" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    forked = [pid for one in mine for pid in Path(f"/proc/{one}/task/{one}/children").read_text().split()]
    return [int(pid) for pid in (*forked, *mine)]
