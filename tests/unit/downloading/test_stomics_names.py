"""Names that a service gives to files lead nowhere but into their folder, and its addresses are not used when old."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from backend.downloading import names, register
from backend.downloading.signed import Signed
from backend.errors import BadAnswer, BadInput
from backend.stomics.files import Address

ODD = st.text(st.sampled_from('aZ9ü.-_/\\ \0\n\u202e\ud800:*?"<>|é中'), max_size=300)


@limits(max_examples=40, deadline=None)
@given(ODD, st.text("0123456789abc-/.", min_size=1, max_size=20))
def test_any_name_is_one_in_the_folder_or_refused(told: str, file_id: str) -> None:
    try:
        name = names.safe(told)
    except BadAnswer:
        assert told.replace("\\", "/").rpartition("/")[2].strip("\0\n\u202e\ud800 .") == ""
        return
    for written in (name, names.with_id(name, file_id)):
        assert (Path("/folder") / written).resolve().parent == Path("/folder")
        assert len(f"{written}.part.json.part".encode()) <= 255
        assert written.isprintable()
        assert not set('/\\:*?"<>|') & set(written)
        assert not written.lower().endswith((".part", ".lock", ".part.json"))
        assert names.safe(written) == written


@pytest.mark.parametrize(
    ("name", "file_id", "expected"),
    [("matrix.h5ad", "43", "matrix-43.h5ad"), ("a.gem.gz", "x/1", "a-x_1.gem.gz"), ("README", "7", "README-7")],
)
def test_the_id_stands_before_the_ending(name: str, file_id: str, expected: str) -> None:
    assert names.with_id(name, file_id) == expected


@pytest.mark.parametrize("accession", ["", ".", "..", "a/b", "a\\b", "CON", "STD0001.", "STD 1", "ü", "x" * 65])
def test_an_accession_that_cannot_be_a_folder(accession: str) -> None:
    with pytest.raises(BadInput):
        names.folder(accession)


def test_a_name_is_free_when_neither_a_file_nor_another_entry_has_it(tmp_path: Path) -> None:
    (tmp_path / "Matrix.H5AD").write_text("of the user")
    assert register.claim(tmp_path, "STD0001", "42", "matrix.h5ad", 5).name == "matrix-42.h5ad"
    assert register.claim(tmp_path, "STD0001", "43", "matrix-42.h5ad", 5).name == "matrix-42-43.h5ad"
    again = register.claim(tmp_path, "STD0001", "42", "renamed.h5ad", 5)
    assert again.name == "renamed.h5ad"  # nothing of it was here yet
    (tmp_path / "renamed.h5ad.part").write_text("half")
    assert register.claim(tmp_path, "STD0001", "42", "other.h5ad", 5).name == "renamed.h5ad"


def test_an_entry_that_leads_elsewhere_is_none(tmp_path: Path) -> None:
    register.claim(tmp_path, "STD0001", "42", "matrix.h5ad", 5)
    (found,) = (tmp_path / register.FOLDER).glob("*.json")
    told = json.loads(found.read_text())
    for wrong in ({"name": "../../evil"}, {"name": 5}, {"size": "much"}, {"more": 1}):
        found.write_text(json.dumps(told | wrong))
        assert list(register.entries(tmp_path)) == []
    found.write_text("{")
    assert list(register.entries(tmp_path)) == []


def test_an_address_is_used_until_it_is_old_or_refused() -> None:
    now, given = datetime.now(UTC), []
    hour, week = timedelta(hours=1), timedelta(days=7)
    lives = [
        (timedelta(0), hour),  # used twice, then refused
        (timedelta(minutes=49), hour),  # used, then refused
        (timedelta(minutes=51), week),  # too old at once, however long it holds
        (timedelta(minutes=9), timedelta(minutes=10)),  # near its end
        (timedelta(0), week),
    ]

    def ask() -> Address:
        age, life = lives[len(given)]
        given.append(f"https://storage/{len(given)}")
        return Address(given[-1], now - age, now - age + life)

    signed = Signed(ask)
    assert [signed.now(), signed.now()] == [given[0]] * 2
    assert signed.refused()
    assert [signed.now(), signed.now()] == [given[1]] * 2
    assert signed.refused()
    assert [signed.now() for _ in range(4)] == [f"https://storage/{n}" for n in (2, 3, 4, 4)]
    assert signed.refused()
    assert not signed.refused()  # the fourth in a row
    signed.taken()
    assert signed.refused()
