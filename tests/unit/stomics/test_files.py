"""A file's id, size and checksum, and the address it is fetched from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.errors import BadAnswer, BadInput
from backend.settings import Stomics
from backend.stomics import accessions, files
from backend.stomics.files import Address
from backend.stomics.server import Server

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MD5, SHA1, SHA256 = "0" * 31 + "a", "0" * 39 + "b", "0" * 63 + "c"


@pytest.mark.parametrize(
    ("told", "checksum"),
    [
        ({"md5": MD5}, f"md5:{MD5}"),
        ({"md5": MD5, "sha256": SHA256.upper()}, f"sha256:{SHA256}"),
        ({"checksum": f"SHA-256:{SHA256}"}, f"sha256:{SHA256}"),
        ({"checksum": SHA1}, f"sha1:{SHA1}"),
        ({"checksum": f" {MD5} "}, f"md5:{MD5}"),
        ({"checksum": "crc32:0a0b0c0d"}, None),
        ({"md5": "d41d8cd9-3"}, None),
        ({"sha256": MD5, "md5": None}, None),
        ({}, None),
    ],
)
def test_a_checksum_is_taken_when_it_is_one(told: dict, checksum: str | None) -> None:
    assert files._file({"id": 1, "filename": "a", **told}).checksum == checksum


@pytest.mark.parametrize(("told", "size"), [(0, 0), (1.5e9, 1_500_000_000), (None, None), (-1, None), (True, None)])
def test_a_size_that_is_not_told_is_unknown_and_not_0(told: object, size: int | None) -> None:
    assert files._file({"id": 1, "filename": "a", "size_bytes": told}).size == size


@pytest.mark.parametrize(
    ("told", "number"), [({"id": 0}, "0"), ({"id": "x-1", "file_id": 2}, "x-1"), ({"file_id": 2}, "2")]
)
def test_the_id_is_that_of_the_service(told: dict, number: str) -> None:
    assert files._file({"filename": "a", **told}).id == number


@pytest.mark.parametrize(
    "found", [{"filename": "a"}, {"id": True, "filename": "a"}, {"id": 1}, {"id": 1, "filename": 2}, "a"]
)
def test_a_file_without_id_or_name_is_an_error_that_names_what_came(found: object) -> None:
    with pytest.raises(BadAnswer, match=r"there came (an object with|a text)"):
        files._file(found)


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("X-Amz-Date=20261123T120000Z&X-Amz-Expires=600", 600),
        ("X-Amz-Date=20261123T115500Z&X-Amz-Expires=3600", 3_300),
        ("x-amz-date=20261123T110000Z&x-amz-expires=600", 600),  # over by our clock, which may be wrong
        (f"Expires={int(NOW.timestamp()) + 900}", 900),
        ("X-Amz-Date=soon&X-Amz-Expires=many", 3_600),
        ("X-Amz-Expires=99999999999999999999", 3_600),
        ("", 3_600),
    ],
)
def test_an_address_says_itself_when_it_ends(query: str, seconds: int) -> None:
    assert files._expiry(f"https://s3.example/a?{query}", NOW) == NOW + timedelta(seconds=seconds)


def test_an_address_is_not_shown() -> None:
    assert "hush" not in repr(Address("https://s3.example/a?X-Amz-Signature=hush", NOW, NOW))


@pytest.mark.parametrize(
    ("url", "base", "fine"),
    [
        ("https://s3.example/a?b=c", "https://stomics.io", True),
        ("http://s3.example/a?b=hush", "https://stomics.io", False),
        ("http://127.0.0.1:1/a", "http://127.0.0.1:2", True),
        ("ftp://s3.example/hush", "http://127.0.0.1:2", False),
        ("/bucket/hush", "https://stomics.io", False),
    ],
)
def test_an_address_is_fetched_over_https_unless_the_service_itself_is_not(url: str, base: str, fine: bool) -> None:
    if fine:
        assert files._fetchable(url, base) == url
        return
    with pytest.raises(BadAnswer) as caught:
        files._fetchable(url, base)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("name", ["", " ", ".", "..", "a\nb", "x" * 101, "\ud800"])
def test_what_cannot_be_part_of_a_path_is_not_asked_for(name: str) -> None:
    for check in (accessions.checked, accessions.file_id):
        with pytest.raises(BadInput):
            check(name)
    with pytest.raises(BadInput):
        files.address(Server(Stomics(key="sk-x")), "STD0001", name)
