"""Building the sample table: what it says of each sample, and that nothing half-built is ever read."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import h5py
import numpy as np
import pandas as pd
import pytest

from backend.archs4 import samples, tissues
from backend.archs4.layout import detect
from backend.archs4.rules import read as read_rules
from backend.archs4.tissues import CELL_LINE, UNLABELLED, Tissues
from backend.atlas import sample_table
from backend.atlas.samples import SampleTable
from backend.errors import BadAnswer, BadInput, NotConfigured
from tests.doubles import archs4_files
from tests.unit.atlas import sample_files

FILES = ["samples.npz", "samples.sqlite"]


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    return sample_files.write(tmp_path_factory.mktemp("samples") / "file.h5", 200)


@pytest.fixture(scope="module")
def built(layout, tmp_path_factory):
    folder = tmp_path_factory.mktemp("index")
    sample_table.build(layout, folder)
    return folder


@pytest.fixture
def copy(built, tmp_path):
    return shutil.copytree(built, tmp_path / "copy")


def names_in(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestContent:
    def test_tissues_are_those_of_the_rules(self, layout, built) -> None:
        table, labels = SampleTable(built), Tissues().labels(samples.read(layout))
        assert table.labels[table.tissue].tolist() == labels["label"].tolist()
        assert table.systems[table.tissue].tolist() == labels["system"].tolist()
        assert (table.labels[-2:].tolist(), len(set(table.labels))) == ([CELL_LINE, UNLABELLED], len(table.labels))
        assert (table.tissue.dtype, table.single.dtype, table.series.dtype) == (np.int16, np.bool_, np.int32)
        assert (table.n, table.species) == (200, "human")

    def test_unlabelled_stays_visible_where_every_sample_has_a_tissue(self, tmp_path) -> None:
        path = tmp_path / "file.h5"
        archs4_files.write(path, "metadata", samples=20)
        with h5py.File(path, "r+") as file:
            for name in ("characteristics_ch1", "title", "source_name_ch1"):
                sample_files.replace_field(file, name, ["tissue: liver"] * 20)
        sample_table.build(detect(path), tmp_path)
        assert SampleTable(tmp_path).labels.tolist() == ["Liver", UNLABELLED]

    def test_coverage_is_that_of_the_rules(self, layout, tmp_path) -> None:
        found = sample_table.build(layout, tmp_path)
        wanted = tissues.coverage(Tissues().labels(samples.read(layout)))
        assert found.sentence() == wanted.sentence()
        assert found.tumours == wanted.tumours
        pd.testing.assert_frame_equal(found.table, wanted.table)

    def test_other_rules_give_other_tissues(self, layout, tmp_path) -> None:
        rules = [rule for rule in read_rules() if rule.label != "Liver"]
        sample_table.build(layout, tmp_path, rules=rules)
        assert "Liver" not in SampleTable(tmp_path).labels

    @pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 1.0, None])
    def test_single_cell_is_above_the_threshold_and_unknown_is_bulk(self, layout, tmp_path, threshold) -> None:
        probability = samples.read(layout)["single_cell"].to_numpy()
        threshold = float(probability[5]) if threshold is None else threshold
        sample_table.build(layout, tmp_path, threshold)
        table = SampleTable(tmp_path)
        assert np.isnan(probability).any()
        np.testing.assert_array_equal(table.single, [p > threshold for p in probability])
        assert table.search("pool:bulk", 0, 1).total == np.count_nonzero(~table.single)

    @pytest.mark.parametrize("name", archs4_files.LAYOUTS)
    def test_every_layout_can_be_searched(self, tmp_path, name: str) -> None:
        layout = detect(archs4_files.write(tmp_path / "file.h5", name).path)
        sample_table.build(layout, tmp_path)
        table, expected = SampleTable(tmp_path), sample_files.shown(layout)
        assert table.species == layout.species
        found = table.rows(range(60))
        assert found["title"].tolist() == expected["title"].tolist()
        assert found["year"].tolist() == expected["year"].tolist()
        assert table.series_places("GSE172368").tolist() == table.series_places("GSE172367").tolist() == [2]
        assert table.search("mfn1 -liver", 0, 1).rows["sample"].tolist() == [expected["sample"][1]]
        assert table.places("HeLa").size == 0  # it stands in the extract protocol of every sample

    def test_a_file_that_lacks_fields_shows_them_empty(self, tmp_path) -> None:
        path = tmp_path / "file.h5"
        archs4_files.write(path, "metadata", samples=20)
        with h5py.File(path, "r+") as file:
            for name in set(file["meta/samples"]) - {"geo_accession", "taxid_ch1"}:
                del file[f"meta/samples/{name}"]
        sample_table.build(detect(path), tmp_path)
        table = SampleTable(tmp_path)
        page = table.search("gsm*", 0, 20)
        assert (page.total, page.total_series, table.n_series) == (20, 0, 0)
        assert (page.rows[["title", "series", "source", "characteristics", "instrument", "year"]] == "").all(axis=None)
        assert page.facets["series"] == page.facets["instrument"] == page.facets["year"] == {"(unknown)": 20}
        assert page.facets["tissue"] == {UNLABELLED: 20}

    def test_many_blocks_are_as_one(self, tmp_path) -> None:
        """Codes go on from block to block, whatever the size of a block."""
        made = sample_files.write(tmp_path / "file.h5", sample_table.BLOCK + 50)
        done: list[tuple[int, int]] = []
        sample_table.build(made, tmp_path, on_progress=lambda *at: done.append(at))
        assert done == [(sample_table.BLOCK, made.n_samples), (made.n_samples, made.n_samples)]
        with closing(sqlite3.connect(tmp_path / "samples.sqlite")) as db:
            texts = [text for (text,) in db.execute("SELECT text FROM texts")]
        assert len(texts) == len(set(texts))
        table, expected = SampleTable(tmp_path), sample_files.shown(made)
        rows = table.rows(range(made.n_samples - 100, made.n_samples))
        for name in ("sample", "title", "source", "characteristics", "tissue", "instrument", "pool", "year"):
            assert rows[name].tolist() == expected[name].iloc[-100:].tolist()
        assert table.search("GSE2 fetal", 0, 1).total == sum(
            "GSE2" in series and ("fetal" in text or "Fetal" in title)
            for series, text, title in zip(
                expected["series"], expected["characteristics"], expected["title"], strict=True
            )
        )


class TestWriting:
    def test_the_same_file_gives_the_same_bytes(self, layout, built, tmp_path) -> None:
        sample_table.build(layout, tmp_path)
        assert [(tmp_path / name).read_bytes() for name in FILES] == [(built / name).read_bytes() for name in FILES]
        assert names_in(tmp_path) == FILES

    def test_a_cancelled_build_leaves_nothing(self, layout, tmp_path) -> None:
        with pytest.raises(KeyboardInterrupt):
            sample_table.build(layout, tmp_path / "index", on_progress=stop)
        assert names_in(tmp_path / "index") == []

    def test_a_cancelled_build_leaves_the_table_before_it(self, layout, copy) -> None:
        before = SampleTable(copy).places("pool:bulk")
        with pytest.raises(KeyboardInterrupt):
            sample_table.build(layout, copy, threshold=0.9, on_progress=stop)
        assert names_in(copy) == FILES
        np.testing.assert_array_equal(SampleTable(copy).places("pool:bulk"), before)

    def test_remains_of_a_killed_build_are_no_obstacle(self, layout, built, tmp_path) -> None:
        for name in FILES:
            (tmp_path / f"{name}.part").write_bytes(b"half a table")
        sample_table.build(layout, tmp_path)
        assert (tmp_path / FILES[0]).read_bytes() == (built / FILES[0]).read_bytes()
        assert names_in(tmp_path) == FILES

    def test_a_damaged_file_is_said_and_leaves_nothing(self, tmp_path) -> None:
        made = sample_files.write(tmp_path / "file.h5", 30)
        (tmp_path / "file.h5").write_bytes((tmp_path / "file.h5").read_bytes()[:-500])
        with pytest.raises(BadAnswer):
            sample_table.build(made, tmp_path / "index")
        assert names_in(tmp_path / "index") == []

    def test_a_folder_that_cannot_be_is_said(self, layout, tmp_path) -> None:
        (tmp_path / "index").write_text("a file where the folder should be")
        with pytest.raises(NotConfigured, match="cannot be written"):
            sample_table.build(layout, tmp_path / "index")

    @pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
    def test_a_threshold_that_is_no_probability_is_refused(self, layout, tmp_path, threshold: float) -> None:
        with pytest.raises(BadInput):
            sample_table.build(layout, tmp_path, threshold)

    def test_a_folder_with_any_name(self, built, tmp_path) -> None:
        folder = shutil.copytree(built, tmp_path / "a b#c?d%20'é&x=1")
        table = SampleTable(folder)
        assert table.search("liver", 0, 1).total == table.search("liver", 0, 1, regex=False).total > 0
        assert table.search("GSM", 0, 1, regex=True).total == 200


class TestDamage:
    @pytest.mark.parametrize("name", FILES)
    def test_a_missing_file_asks_for_the_index(self, copy, name: str) -> None:
        (copy / name).unlink()
        with pytest.raises(NotConfigured):
            SampleTable(copy)

    @pytest.mark.parametrize("name", FILES)
    @pytest.mark.parametrize("content", [b"", b"no table at all" * 100])
    def test_another_file_is_said(self, copy, name: str, content: bytes) -> None:
        (copy / name).write_bytes(content)
        with pytest.raises(BadAnswer):
            SampleTable(copy)

    @pytest.mark.parametrize("name", FILES)
    @pytest.mark.parametrize("share", [0.3, 0.9])
    def test_a_cut_file_is_said(self, copy, name: str, share: float) -> None:
        whole = (copy / name).read_bytes()
        (copy / name).write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(BadAnswer):
            every_question(SampleTable(copy))

    def test_damage_while_open_is_said_by_every_question(self, copy) -> None:
        table = SampleTable(copy)
        content = bytearray((copy / "samples.sqlite").read_bytes())
        content[4096:] = b"\xff" * (len(content) - 4096)
        (copy / "samples.sqlite").write_bytes(content)
        for ask in questions(table):
            with pytest.raises(BadAnswer):
                ask()

    def test_files_of_two_builds_are_not_read_together(self, layout, copy, tmp_path) -> None:
        sample_table.build(layout, tmp_path / "other", threshold=0.9)
        shutil.copy(tmp_path / "other" / "samples.npz", copy)
        with pytest.raises(BadAnswer, match="two builds"):
            SampleTable(copy)

    def test_codes_beyond_their_lists_are_said(self, copy) -> None:
        with np.load(copy / "samples.npz") as file:
            arrays = {name: file[name] for name in file.files}
        for name, value in {"tissue": arrays["tissue"] + 100, "series": arrays["series"][:-1]}.items():
            np.savez(copy / "samples.npz", **(arrays | {name: value}))
            with pytest.raises(BadAnswer):
                SampleTable(copy)


def stop(done: int, of: int) -> None:
    raise KeyboardInterrupt


def questions(table: SampleTable):
    return (
        lambda: table.search("liver", 0, 300),
        lambda: table.search("liver|cell", 0, 300, regex=True),
        lambda: table.rows(range(table.n)),
        lambda: table.places_of(["GSM1000981"]),
        lambda: table.series_places("GSE1"),
    )


def every_question(table: SampleTable) -> None:
    for ask in questions(table):
        ask()
