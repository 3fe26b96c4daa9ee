"""Counts of chosen samples, which ARCHS4 packs while one waits: progress, cancel, and everything that may come back."""

from __future__ import annotations

import io
import resource
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backend import api, settings
from backend.errors import BadAnswer, ExpronautError, NotConfigured, NotFound, TooLarge, Unavailable
from tests.contract.live_world import online
from tests.doubles.archs4_web import Answer, Archs4Web, Fault

STATUS, DOWNLOAD = "/sigpy/data/samples/status/", "/sigpy/data/samples/download/"
TABLE = "\tGSM1\tGSM2\nALB\t1\t2\nTP53\t3\t0\nENSG00000287180\t6\t8\n"


class Cancelled(Exception):
    """What a page raises when its user leaves."""


@pytest.fixture
def web() -> Iterator[Archs4Web]:
    with Archs4Web() as double:
        yield double


@pytest.fixture(autouse=True)
def services(web: Archs4Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with settings.use(online(web, tmp_path, read=2)):
        yield
    assert not list((tmp_path / "temporary").iterdir())  # nothing is left lying about, whatever happened
    assert not list(tmp_path.glob("*.part"))


def _packed(table: str | bytes, name: str = "counts.tsv", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr(name, table)
    return made.getvalue()


def _hands_out(web: Archs4Web, content: bytes) -> None:
    web.route(DOWNLOAD, lambda call: Answer(200, content, {"Content-Type": "application/zip"}))


def _says(web: Archs4Web, *states: object) -> None:
    """The states of the task, one after the other; the last stays."""
    left = list(states)
    web.route(STATUS, lambda call: Answer.json(left.pop(0) if len(left) > 1 else left[0]))


def _ask(**more: object) -> api.Answer[pd.DataFrame]:
    return api.expression("archs4", ["ALB", "TP53"], ["GSM1", "GSM2"], **more)


def test_progress_goes_up_and_ends_below_the_whole(web: Archs4Web) -> None:
    web.switches.slow_task = True
    seen: list[tuple[int, int]] = []
    names = web.samples_matching("liver")[:3]
    answer = api.expression("archs4", ["ALB"], names, on_progress=lambda done, of: seen.append((done, of)))
    assert list(answer.value["sample"]) == names
    percents = [done for done, _ in seen]
    assert percents[:3] == [0, 20, 40]
    assert percents == sorted(percents)
    assert all(of == 100 and done <= 100 for done, of in seen)


@pytest.mark.parametrize("exported", [True, False])
def test_a_user_who_leaves_stops_it(web: Archs4Web, tmp_path: Path, exported: bool) -> None:
    web.switches.endless_task = True
    seen: list[int] = []

    def on_progress(done: int, of: int) -> None:
        seen.append(done)
        if len(seen) == 4:
            raise Cancelled

    with pytest.raises(Cancelled):
        if exported:
            api.export_counts("archs4", "liver", tmp_path / "counts.tsv", on_progress=on_progress)
        else:
            api.expression("archs4", ["ALB"], ["GSM1000981"], on_progress=on_progress)
    assert web.count(STATUS) == 4
    assert web.count(DOWNLOAD) == 0
    assert not (tmp_path / "counts.tsv").exists()


def test_a_user_who_leaves_while_it_is_fetched_leaves_no_file(web: Archs4Web, tmp_path: Path) -> None:
    def on_progress(done: int, of: int) -> None:
        if done > 50:
            raise Cancelled

    with pytest.raises(Cancelled):
        api.export_counts("archs4", "liver", tmp_path / "counts.h5", form="hdf5", on_progress=on_progress)
    assert web.count(DOWNLOAD) == 1
    assert not (tmp_path / "counts.h5").exists()


def test_a_failure_of_the_task_is_told(web: Archs4Web) -> None:
    web.switches.failing_task = True
    with pytest.raises(Unavailable, match="could not pack"):
        _ask()
    web.switches.failing_task = False
    assert len(api.expression("archs4", ["ALB"], web.samples_matching("liver")[:2]).value) == 2


def test_states_nobody_documented_count_as_under_way(web: Archs4Web) -> None:
    unknown = [{"status": "STARTED"}, {"status": None}, {}, {"status": "RETRY", "progress": "much"}]
    _says(web, *unknown, {"status": "PROCESSING", "progress": 1e300}, {"status": "SUCCESS"})
    _hands_out(web, _packed(TABLE))
    assert len(_ask().value) == 4
    assert web.count(STATUS) == 6


@pytest.mark.parametrize(
    ("path", "fault", "error"),
    [
        ("/sigpy/data/samples", Fault("garbage"), BadAnswer),
        ("/sigpy/data/samples", Fault("status", status=503), Unavailable),
        (STATUS, Fault("status", status=500), Unavailable),
        (STATUS, Fault("garbage"), BadAnswer),
        (STATUS, Fault("html", status=404), Unavailable),
        (DOWNLOAD, Fault("status", status=404), Unavailable),
        (DOWNLOAD, Fault("cut"), Unavailable),
        (DOWNLOAD, Fault("gone"), Unavailable),
        (DOWNLOAD, Fault("empty"), BadAnswer),
        (DOWNLOAD, Fault("html"), BadAnswer),
        (DOWNLOAD, Fault("garbage"), BadAnswer),
    ],
)
def test_every_step_may_fail(web: Archs4Web, path: str, fault: Fault, error: type[ExpronautError]) -> None:
    names = web.samples_matching("liver")[:3]
    web.faults.append(Fault(fault.kind, path, status=fault.status))
    with pytest.raises(error) as caught:
        api.expression("archs4", ["ALB"], names)
    assert caught.value.hint
    web.faults.clear()
    assert len(api.expression("archs4", ["ALB"], names).value) == 3


@pytest.mark.parametrize("task", [None, 7, "", "../../etc", "a b", "x" * 200])
def test_a_task_whose_name_is_no_name_is_refused(web: Archs4Web, task: object) -> None:
    web.route("/sigpy/data/samples", lambda call: Answer.json({"task_id": task}))
    with pytest.raises(BadAnswer, match="no task"):
        _ask()


@pytest.mark.parametrize("archive", ["two", "parent", "absolute", "broken", "empty"])
def test_a_zip_that_is_not_one_table_is_refused(web: Archs4Web, archive: str) -> None:
    web.switches.archive = archive
    with pytest.raises(BadAnswer, match="ZIP"):
        api.expression("archs4", ["ALB"], web.samples_matching("liver")[:3])


@pytest.mark.parametrize("name", ["..\\..\\counts.tsv", "a/../../counts.tsv", "C:\\counts.tsv", "/counts.tsv"])
def test_a_path_out_of_the_zip_is_refused_and_nothing_unpacked(web: Archs4Web, tmp_path: Path, name: str) -> None:
    _hands_out(web, _packed(TABLE, name))
    try:
        _ask()
    except BadAnswer as error:
        assert "outside" in error.message
    assert not list(tmp_path.rglob("counts.tsv"))


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("", "first line"),
        ("\n", "first line"),
        ("gene\n", "first line"),
        ("\tGSM1\tGSM1\nALB\t1\t2\n", "first line"),
        ("\tGSM1\tGSM2\nALB\t1\n", "line 2 has 1 counts"),
        ("\tGSM1\tGSM2\nALB\t1\t2\nTP53\t1\t2\t3\n", "line 3 has 3 counts"),
        ("\tGSM1\tGSM2\nALB\t1\t-2\n", "line 2 holds"),
        ("\tGSM1\tGSM2\nALB\t1\tnan\n", "line 2 holds"),
        ("\tGSM1\tGSM2\nALB\t1\tinf\n", "line 2 holds"),
        ("\tGSM1\tGSM2\nALB\t1\t1e999\n", "line 2 holds"),
        ("\tGSM1\tGSM2\nALB\t1\t5000000000\n", "line 2 holds"),
        ("\tGSM1\tGSM2\nALB\t1\t\n", "line 2 holds"),
        ("<!DOCTYPE html><html></html>", "first line"),
    ],
)
@pytest.mark.parametrize("exported", [True, False])
def test_a_table_that_is_none_is_told_with_the_line(
    web: Archs4Web, tmp_path: Path, table: str, why: str, exported: bool
) -> None:
    _hands_out(web, _packed(table))
    with pytest.raises(BadAnswer, match=why):
        if exported:
            api.export_counts("archs4", "liver", tmp_path / "counts.tsv")
        else:
            _ask()
    assert not (tmp_path / "counts.tsv").exists()


@pytest.mark.parametrize(
    "table",
    [
        TABLE,
        TABLE.replace("\n", "\r\n"),
        TABLE.replace("\tGSM1\tGSM2", "genes\tGSM1\tGSM2"),
        '\t"GSM1"\t"GSM2"\n"ALB"\t1\t2\n"TP53"\t3\t0\n"ENSG00000287180"\t6\t8\n',
        TABLE.replace("3\t0", "3.0\t0.0"),
        TABLE + "ALB\t0\t0\n",  # the first row of a symbol is taken
    ],
)
def test_forms_a_table_may_have(web: Archs4Web, table: str) -> None:
    _hands_out(web, _packed(table))
    answer = _ask()
    got = answer.value.pivot(index="gene", columns="sample", values="value")
    for sample, counts in {"GSM1": {"ALB": 1, "TP53": 3}, "GSM2": {"ALB": 2, "TP53": 0}}.items():
        for gene, count in counts.items():
            assert got.loc[gene, sample] == pytest.approx(np.log2(1 + count / 10 * 1e6))


def test_a_sample_without_any_read_has_no_value_and_is_named(web: Archs4Web) -> None:
    _hands_out(web, _packed("\tGSM1\tGSM2\nALB\t0\t5\nTP53\t0\t5\n"))
    answer = _ask()
    assert answer.value.set_index("sample").loc["GSM1", "value"].isna().all()
    assert any("Without any read" in note and "GSM1" in note for note in answer.provenance.notes)


def test_genes_that_did_not_come_are_named(web: Archs4Web) -> None:
    _hands_out(web, _packed("\tGSM1\tGSM2\nALB\t1\t2\n"))
    assert any("1 genes: TP53" in note for note in _ask().provenance.notes)
    _hands_out(web, _packed("\tGSM1\tGSM2\nMYC\t1\t2\n"))
    with pytest.raises(NotFound, match="None of the genes"):
        api.expression("archs4", ["ALB", "TP53"], ["GSM1", "GSM2", "GSM3"])


def test_more_samples_than_are_packed_are_refused_before_anything_is_asked(web: Archs4Web, tmp_path: Path) -> None:
    many = [f"GSM{number}" for number in range(5_001)]
    with pytest.raises(TooLarge, match="5,001 samples"):
        api.expression("archs4", ["ALB"], many)
    with pytest.raises(TooLarge, match="1,001 samples"):
        api.expression("archs4", ["ALB"], many[:1_001])
    _every_search_finds(web, many)
    with pytest.raises(TooLarge, match="packs up to 5,000"):
        api.export_counts("archs4", "tissue", tmp_path / "counts.tsv")
    assert web.count("/sigpy/data") == 0


def _every_search_finds(web: Archs4Web, names: list[str]) -> None:
    answer = {"samples": names, "series_count": 1, "species": "human"}
    web.route("/sigpy/meta/quicksearch", lambda call: Answer.json(answer))


def test_mouse_is_packed_as_mouse(web: Archs4Web) -> None:
    names = web.samples_matching("liver", "mouse")[:2]
    answer = api.expression("archs4", ["Alb"], names, "mouse")
    data = web.corpus("mouse")
    for row in answer.value.itertuples():
        size = data.counts[:, data.position[row.sample]].sum()
        assert row.gene == "Alb"
        assert row.value == pytest.approx(np.log2(1 + web.counts("ALB", row.sample, "mouse") / size * 1e6))


def test_without_sigpy_there_are_no_counts_and_it_is_said(web: Archs4Web, tmp_path: Path) -> None:
    with settings.use(online(web, tmp_path, ("legacy",))):
        with pytest.raises(NotConfigured, match="switched off"):
            _ask()
        with pytest.raises(NotConfigured):
            api.export_counts("archs4", "liver", tmp_path / "counts.tsv")


@contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("exported", [True, False])
def test_a_disk_that_is_full_is_told(web: Archs4Web, tmp_path: Path, exported: bool) -> None:
    names = web.samples_matching("liver")
    with _files_of_at_most(3_000), pytest.raises(Unavailable, match="could not be written"):
        if exported:
            api.export_counts("archs4", "liver", tmp_path / "counts.tsv")
        else:
            api.expression("archs4", ["ALB"], names)
    assert not (tmp_path / "counts.tsv").exists()
