"""Packed files: one stream of bytes, or an error that says what is wrong with the packing."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import BadInput, ExpronautError, TooLarge
from backend.study_files.unpack import is_bundle, lines, opened, plain_name, unpack_bundle, unpack_to


def zipped(*members: tuple[str, bytes]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return body.getvalue()


def read(folder: Path, name: str, body: bytes, cap: int = 1 << 20) -> bytes:
    (folder / "file").write_bytes(body)
    with opened(folder / "file", name, cap) as stream:
        return stream.read()


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("a.gct", b"#1.2\n"),
        ("a.gct.gz", gzip.compress(b"#1.2\n")),
        ("a.gct.zip", zipped(("a.gct", b"#1.2\n"), ("__MACOSX/._a.gct", b"x"))),
        ("a.gct", gzip.compress(b"#1.2\n")),  # what it holds decides, not the name
    ],
)
def test_one_file_comes_out(tmp_path: Path, name: str, packed: bytes) -> None:
    assert read(tmp_path, name, packed) == b"#1.2\n"


@pytest.mark.parametrize(
    ("name", "packed", "told"),
    [
        ("a.gz", b"#1.2\n", "not packed"),
        ("a.gz", gzip.compress(b"x" * 5000)[:-9], "damaged"),
        ("a.gz", gzip.compress(bytes(range(256)) * 20)[:40] + b"???" * 20, "damaged"),
        ("a.zip", zipped(("a", b"1"), ("b", b"2")), "holds 2 files"),
        ("a.zip", zipped(), "not packed"),
        ("a.zip", zipped(("a", b"x" * 500))[:60], "damaged"),
        ("a.zip", zipped(("b.zip", zipped(("a", b"1")))), "packed twice"),
        ("a.zip", zipped(("b", gzip.compress(b"1"))), "packed twice"),
        ("a.gz", gzip.compress(gzip.compress(b"1")), "packed twice"),
        ("a.tsv", zipped(("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")), "workbook"),
    ],
)
def test_what_cannot_be_unpacked_is_said(tmp_path: Path, name: str, packed: bytes, told: str) -> None:
    with pytest.raises(BadInput, match=told) as caught:
        read(tmp_path, name, packed)
    assert name in caught.value.message and caught.value.hint


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    body = bytearray(zipped(("a", b"1")))
    body[6] |= 1  # the flag in the local header
    body[body.rindex(b"PK\x01\x02") + 8] |= 1  # and in the directory
    with pytest.raises(BadInput, match="encrypted"):
        read(tmp_path, "a.zip", bytes(body))


@pytest.mark.parametrize("pack", [gzip.compress, lambda body: zipped(("a", body))])
def test_a_bomb_stops_at_the_cap(tmp_path: Path, pack: object) -> None:
    bomb = pack(bytes(20 << 20))  # type: ignore[operator]
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge):
        read(tmp_path, "a", bomb)


def test_a_zip_of_a_study_is_unpacked_without_its_folders(tmp_path: Path) -> None:
    (tmp_path / "study.zip").write_bytes(
        zipped(("../../evil/study.tsv", b"A"), ("x/samples.tsv", b"B"), ("x/.DS_Store", b"C"), ("__MACOSX/y", b"D"))
    )
    (tmp_path / "out").mkdir()
    assert is_bundle(tmp_path / "study.zip")
    files = unpack_bundle(tmp_path / "study.zip", tmp_path / "out")
    assert {name: path.read_bytes() for name, path in files.items()} == {"study.tsv": b"A", "samples.tsv": b"B"}
    assert {path.parent for path in files.values()} == {tmp_path / "out"}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out", "study.zip"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (zipped(("a/x.tsv", b"1"), ("b/a/x.tsv", b"2")), "are called a x.tsv"),
        (zipped(("a", b"1"), ("b", b"2"))[:-30], "damaged"),
        (zipped(("a", bytes(600_000)), ("b", bytes(600_000))), "more than"),
    ],
)
def test_a_zip_of_a_study_that_is_refused(tmp_path: Path, body: bytes, told: str) -> None:
    (tmp_path / "study.zip").write_bytes(body)
    with pytest.raises((BadInput, TooLarge), match=told):
        unpack_bundle(tmp_path / "study.zip", tmp_path, cap=1_000_000)


def test_versions_of_one_name_keep_the_name_of_their_folder(tmp_path: Path) -> None:
    former = ("LOCVC001 v1/a.gct", b"1"), ("LOCVC001 v1/a.gct.tsv", b"of 1")
    (tmp_path / "study.zip").write_bytes(zipped(("a.gct", b"2"), *former))
    files = unpack_bundle(tmp_path / "study.zip", tmp_path)
    assert {name: path.read_bytes() for name, path in files.items()} == {
        "a.gct": b"2",
        "LOCVC001 v1 a.gct": b"1",
        "LOCVC001 v1 a.gct.tsv": b"of 1",  # else it would describe the other a.gct
    }


def test_one_packed_file_and_a_workbook_are_no_study(tmp_path: Path) -> None:
    for body in (zipped(("a", b"1")), zipped(("[Content_Types].xml", b""), ("b", b"")), b"PK\x03\x04no", b""):
        (tmp_path / "file").write_bytes(body)
        assert not is_bundle(tmp_path / "file")


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"ab\r\n\tcd\t\r\n" + b"x" * 5000)
    with opened(tmp_path / "a") as stream:
        found = lines(stream, "a", longest=1000)
        assert next(found) == (1, b"ab")
        assert next(found) == (2, b"\tcd\t")  # tabs at the ends are cells
        with pytest.raises(TooLarge, match="Line 3"):
            next(found)


def test_names_and_files(tmp_path: Path) -> None:
    assert [plain_name(name) for name in ("a.gct.gz", "A.GCT.ZIP", "a.tsv")] == ["a.gct", "A.GCT", "a.tsv"]
    (tmp_path / "a.h5ad.gz").write_bytes(gzip.compress(b"\x89HDF"))
    assert unpack_to(tmp_path / "a.h5ad.gz", tmp_path / "out").read_bytes() == b"\x89HDF"


@settings(max_examples=50, deadline=None)
@given(st.sampled_from([b"\x1f\x8b\x08", b"PK\x03\x04", zipped(("a", b"abc")), gzip.compress(b"abc")]), st.data())
def test_any_damage_is_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, start: bytes, data: st.DataObject
) -> None:
    body = bytearray(start + data.draw(st.binary(max_size=60)))
    for at in data.draw(st.lists(st.integers(4, len(body) + 3), max_size=4)):
        if at < len(body):
            body[at] ^= data.draw(st.integers(1, 255))
    try:
        read(tmp_path_factory.getbasetemp(), "a.bin", bytes(body))
    except ExpronautError as error:
        assert error.hint
