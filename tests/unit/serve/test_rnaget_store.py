"""A lab's own loom files over RNAget: labels, slices, signals along chromosomes, and files that are wrong."""

from __future__ import annotations

import hashlib
import io
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from backend.errors import BadInput
from backend.serve import store
from tests.unit.serve import rnaget_world
from tests.unit.serve.rnaget_world import Client, texts

ROWS, COLUMNS = 300, 130
FACTS = {"id": "lab-1", "version": "2.0", "units": "TPM", "study": "lab.study", "project": "lab~project"}
POSITIONS = [*(f"chr1:{at}" for at in range(10, 40)), *(f"chrX:{at}" for at in range(5))]


def values() -> np.ndarray:
    made = np.random.default_rng(5).gamma(1, 30, (ROWS, COLUMNS)).astype(np.float32)
    made[3, 7] = np.nan
    made[4, :3] = (0.7, 1e-7, 3e38)
    return made


def rows() -> dict[str, list[str]]:
    return {"GeneID": [f"G{row}" for row in range(ROWS)], "GeneName": [f"N{row}" for row in range(ROWS)]}


def columns() -> dict[str, list[str]]:
    return {
        "Sample": [f"S{column}" for column in range(COLUMNS)],
        "Condition": ["treated, 5 µM" if column % 2 else "control" for column in range(COLUMNS)],
        "Tissue": [("liver", "lung", "")[column % 3] for column in range(COLUMNS)],
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("store")
    store.write_expression(made / "lab.loom", values(), rows(), columns(), FACTS | {"file_type": "tsv"})
    tidy = columns() | {"Condition": ["x"] * COLUMNS, "Tissue": ["liver"] * COLUMNS}
    store.write_expression(made / "tidy.loom", values(), rows(), tidy, FACTS | {"id": "tidy", "study": "tidy-study"})
    signals = np.arange(2 * len(POSITIONS), dtype=np.float32).reshape(2, -1) / 4
    store.write_continuous(
        made / "signals.h5", signals, ["t1", "t2"], POSITIONS, FACTS | {"id": "signal", "units": "counts"}
    )
    return made


@pytest.fixture(scope="module")
def client(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with rnaget_world.served(tmp_path_factory.mktemp("data"), rnaget_store=folder) as found:
        yield found


@pytest.mark.parametrize("form", ["tsv", "loom"])
@pytest.mark.parametrize("own", ["lab-1", "tidy"])
def test_the_whole_matrix_is_what_was_written(client: Client, own: str, form: str) -> None:
    found = getattr(client, form)(f"/expressions/{own}/bytes")
    assert (found.ids, found.names, found.samples) == (*rows().values(), columns()["Sample"])
    np.testing.assert_array_equal(found.values, values())


@pytest.mark.parametrize("form", ["tsv", "loom"])
def test_a_slice_is_that_part_in_the_order_of_the_store(client: Client, form: str) -> None:
    wanted = {"featureIDList": "G250,G3,G4,G251", "sampleIDList": "S129,S7,S0,S1,S2"}
    found = getattr(client, form)("/expressions/lab-1/bytes", **wanted)
    chosen_rows, chosen_columns = [3, 4, 250, 251], [0, 1, 2, 7, 129]
    assert (found.ids, found.samples) == ([f"G{row}" for row in chosen_rows], [f"S{at}" for at in chosen_columns])
    np.testing.assert_array_equal(found.values, values()[np.ix_(chosen_rows, chosen_columns)])


def test_labels_hold_no_comma_with_a_blank_and_are_never_empty(client: Client) -> None:
    found = client.tsv("/expressions/lab-1/bytes", featureIDList="G1")
    assert set(found.conditions) == {"control", "treated; 5 µM"}
    assert set(found.tissues) == {"liver", "lung", "unknown"}
    treated = client.tsv("/expressions/lab-1/bytes", condition="treated; 5 µM", tissue="LUNG", featureIDList="G1")
    assert treated.samples == [f"S{at}" for at in range(COLUMNS) if at % 2 and at % 3 == 1]


def test_the_form_that_none_asked_for_is_that_of_the_store(client: Client) -> None:
    assert client.get("/expressions/lab-1/ticket").json()["fileType"] == "tsv"
    assert client.get("/expressions/tidy/ticket").json()["fileType"] == "loom"
    assert client.get("/expressions/lab-1/bytes").headers["Content-Type"].startswith("text/tab-separated-values")


def test_a_file_that_is_the_answer_is_sent_as_it_is_and_its_sum_is_told(client: Client, folder: Path) -> None:
    ticket = client.get("/expressions/tidy/ticket").json()
    content = client.session.get(ticket["url"]).content
    assert content == (folder / "tidy.loom").read_bytes()
    assert ticket["md5"] == hashlib.md5(content).hexdigest()
    sliced = client.get("/expressions/tidy/ticket", featureIDList="G1").json()
    assert "md5" not in sliced


def test_several_matrices_are_never_chosen_from_silently(client: Client) -> None:
    for kind in ("ticket", "bytes"):
        said = client.refused(400, f"/expressions/{kind}", format="tsv", version="2.0")
        assert "Several matrices match, add studyID" in said
        assert "tidy-study" in said
    assert client.get("/expressions/ticket", format="tsv", studyID="tidy-study").json()["studyID"] == "tidy-study"
    assert client.get("/expressions/ticket", format="tsv", projectID="human-protein-atlas").json()["units"] == "nTPM"


def region(client: Client, **query: str) -> tuple[list[str], list[str], np.ndarray]:
    """Tracks, positions and values of a region, the same as text and as loom."""
    reply = client.get("/continuous/signal/bytes", format="tsv", **query)
    assert reply.status_code == 200, reply.text
    header, *lines = [line.split("\t") for line in reply.text.splitlines()]
    assert header[0] == "track"
    found = [line[0] for line in lines], header[1:], np.array([line[1:] for line in lines], dtype=np.float32)
    with h5py.File(io.BytesIO(client.get("/continuous/bytes", format="loom", **query).content)) as file:
        assert texts(file["row_attrs/tracks"]) == found[0]
        assert texts(file["col_attrs/position"]) == found[1]
        np.testing.assert_array_equal(file["matrix"][:], found[2])
    return found


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ({}, 0, 35),
        ({"chr": "chr1"}, 0, 30),
        ({"chr": "chrX"}, 30, 35),
        ({"chr": "chr1", "start": "20"}, 10, 30),
        ({"chr": "chr1", "end": "20"}, 0, 10),
        ({"chr": "chr1", "start": "0", "end": "11"}, 0, 1),
        ({"chr": "chrX", "start": "1", "end": "900"}, 31, 35),
    ],
)
def test_a_region_has_its_start_and_not_its_end(client: Client, query: dict[str, str], first: int, last: int) -> None:
    tracks, positions, found = region(client, **query)
    assert (tracks, positions) == (["t1", "t2"], POSITIONS[first:last])
    whole = np.arange(2 * len(POSITIONS), dtype=np.float32).reshape(2, -1) / 4
    np.testing.assert_array_equal(found, whole[:, first:last])
    assert region(client, sampleIDList="t2,t9", **query)[0] == ["t2"]


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({"start": "5"}, 400),
        ({"end": "5"}, 400),
        ({"chr": "1", "start": "9", "end": "8"}, 501),
        ({"chr": "1"}, 404),
        ({"chr": "chr1", "start": "20", "end": "20"}, 404),
        ({"chr": "chr1", "start": "40"}, 400),
        ({"chr": "chr1", "start": "-1"}, 400),
        ({"chr": "chr1", "start": "1.5"}, 400),
        ({"chr": "chr1", "end": "9" * 30}, 400),
        ({"sampleIDList": "t9"}, 404),
    ],
)
def test_a_region_that_is_none_is_told(client: Client, query: dict[str, str], number: int) -> None:
    for kind in ("ticket", "bytes"):
        client.refused(number, f"/continuous/signal/{kind}", **query)
        client.refused(number, f"/continuous/{kind}", format="tsv", **query)
        client.refused(404, f"/continuous/nope/{kind}")


def test_signals_are_listed_where_there_are_some(client: Client) -> None:
    assert client.get("/service-info").json()["supported"]["continuous"] is True
    assert client.get("/continuous/formats").json() == ["loom", "tsv"]
    named = {one["filter"]: one.get("values") for one in client.get("/continuous/filters").json()}
    assert named["chr"] == ["chr1", "chrX"]
    assert named["version"] == ["2.0"]
    ticket = client.get("/continuous/ticket", format="tsv", chr="chrX").json()
    assert (ticket["units"], ticket["fileType"]) == ("counts", "tsv")
    assert client.session.get(ticket["url"]).text.splitlines()[0].split("\t")[1:] == POSITIONS[30:]


def test_a_label_that_stands_twice_is_told_apart(tmp_path: Path) -> None:
    own = tmp_path / "store"
    own.mkdir()
    twice_rows = {"GeneID": ["G1", "G1", "", "G4"], "GeneName": ["A", "A", "B", "A"]}
    twice_columns = {"Sample": ["S", "S"], "Condition": ["x", "x"], "Tissue": ["a\tb", "c\nd"]}
    made = np.arange(8, dtype=np.float32).reshape(4, 2)
    store.write_expression(own / "twice.loom", made, twice_rows, twice_columns, FACTS)
    with rnaget_world.served(tmp_path, "store", rnaget_store=own) as found:
        for read in (found.tsv, found.loom):
            whole = read("/expressions/lab-1/bytes")
            assert whole.ids == ["G1", "G1 (row 2)", "B", "G4"]
            assert whole.names == ["A", "G1 (row 2)", "B", "G4"]
            assert whole.samples == ["S", "S (column 2)"]
            assert whole.tissues == ["a b", "c d"]
            np.testing.assert_array_equal(whole.values, made)
        for place, name in enumerate(whole.ids):
            asked = found.tsv("/expressions/lab-1/bytes", featureIDList=name, sampleIDList="S (column 2)")
            assert asked.values.tolist() == [[made[place, 1]]]


GROUP = object()


def change(path: Path, name: str, value: Any) -> None:
    with h5py.File(path, "r+") as file:
        del file[name]
        if value is GROUP:
            file.create_group(name)
        elif value is not None:
            file[name] = value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("attrs/units", None),
        ("attrs/id", "../secret"),
        ("attrs/file_type", "xlsx"),
        ("matrix", np.zeros((2, 2), np.float32)),
        ("matrix", None),
        ("matrix", GROUP),
        ("row_attrs/GeneID", None),
        ("row_attrs/GeneID", GROUP),
        ("attrs", None),
        ("attrs", 1),
        ("attrs/units", GROUP),
    ],
)
def test_a_wrong_file_is_left_out_and_the_others_are_served(
    folder: Path, tmp_path: Path, name: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    own = tmp_path / "store"
    own.mkdir()
    for file in ("lab.loom", "tidy.loom"):
        shutil.copy(folder / file, own)
    change(own / "lab.loom", name, value)
    (own / "garbage.h5").write_bytes(b"no HDF5")
    with caplog.at_level(logging.WARNING), rnaget_world.served(tmp_path, "store", rnaget_store=own) as found:
        assert [study["id"] for study in found.get("/studies").json()] == ["tidy-study"]
    assert "lab.loom is not served" in caplog.text
    assert "garbage.h5 is not served" in caplog.text


def test_an_id_is_served_once(folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    own = tmp_path / "store"
    own.mkdir()
    shutil.copy(folder / "lab.loom", own / "a.loom")
    shutil.copy(folder / "lab.loom", own / "b.loom")
    with caplog.at_level(logging.WARNING), rnaget_world.served(tmp_path, "store", rnaget_store=own) as found:
        assert found.get("/expressions/ticket", format="tsv").status_code == 200
    assert "b.loom is not served: its id lab-1 is taken" in caplog.text


def test_a_file_damaged_while_it_is_served_is_told_without_its_path(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "store"
    own.mkdir()
    shutil.copy(folder / "lab.loom", own)
    with rnaget_world.served(tmp_path, "store", rnaget_store=own) as found:
        assert found.get("/expressions/lab-1/ticket").status_code == 200
        (own / "lab.loom").write_bytes((own / "lab.loom").read_bytes()[:3_000])
        reply = found.get("/expressions/lab-1/bytes", format="tsv")
        assert reply.status_code in (404, 500)
        assert list(reply.json()) == ["message"]
        assert str(tmp_path) not in reply.text


def test_a_file_that_was_replaced_is_not_read_with_the_labels_of_the_old(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "store"
    own.mkdir()
    shutil.copy(folder / "lab.loom", own)
    with rnaget_world.served(tmp_path, "store", rnaget_store=own) as found:
        assert found.get("/expressions/lab-1/ticket").status_code == 200
        labels = {name: texts[:5] for name, texts in rows().items()}
        store.write_expression(own / "lab.loom", values()[:5], labels, columns(), FACTS)
        reply = found.get("/expressions/lab-1/bytes", format="tsv")
        if reply.status_code == 200:  # it was noticed already
            assert rnaget_world.table(reply.text).ids == labels["GeneID"]
        else:
            assert "was replaced" in reply.json()["message"]


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"id": "a/b"}, "id"),
        ({"units": " "}, "units"),
        ({"study": ""}, "study"),
        ({"file_type": "csv"}, "file_type"),
    ],
)
def test_facts_that_cannot_be_served_are_not_written(tmp_path: Path, more: dict[str, str], wrong: str) -> None:
    with pytest.raises(BadInput, match=wrong):
        store.write_expression(tmp_path / "x.loom", values(), rows(), columns(), FACTS | more)
    with pytest.raises(BadInput, match="shape"):
        store.write_expression(tmp_path / "x.loom", values()[1:], rows(), columns(), FACTS)
    with pytest.raises(BadInput, match="shape"):
        store.write_continuous(tmp_path / "x.loom", [1.0, 2.0], ["t"], ["chr1:0"], FACTS)
    assert not list(tmp_path.iterdir())
