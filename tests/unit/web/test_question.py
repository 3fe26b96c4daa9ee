"""What can be asked, and what a reply is read as."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import BadAnswer, BadInput
from backend.web import Reply, as_json, is_html, question, read_json

PIECES = st.sampled_from(
    (
        *("http://", "https://", "HTTP://", "file:///", "javascript:", "//", "/", "\\", "@", ":", ":80", ":99999", "?"),
        *("#", "[", "]", "[::1]", "%00", "%2f", "\n", "\t", "\0", " ", ".", "..", "host", "evil.example", "u:pw@", "é"),
    )
)
ADDRESSES = st.text() | st.lists(PIECES, max_size=8).map("".join) | st.builds("http://{}".format, st.text())


@given(ADDRESSES)
def test_any_text_is_a_web_address_or_told_not_to_be(url: str) -> None:
    try:
        asked = question(url)
    except BadInput as error:
        assert error.hint
        return
    assert asked.url.lower().startswith(("http://", "https://"))
    assert urlsplit(asked.url).hostname
    assert urlsplit(asked.url).username is None


@given(ADDRESSES)
def test_the_host_asked_is_the_host_named(url: str) -> None:
    """Two readings of one address would send a key elsewhere than the settings say."""
    try:
        asked = question(url)
        sent = requests.Request("GET", asked.url).prepare().url
    except (BadInput, requests.exceptions.InvalidURL):
        return
    named = urlsplit(asked.url).hostname or ""
    if named.isascii():
        assert urlsplit(sent or "").hostname == named


@pytest.mark.parametrize(
    "url",
    [
        *(
            "file:///etc/passwd",
            "javascript:alert(1)",
            "ftp://a/b",
            "a.example/x",
            "http://",
            "http://u:p@a.example",
            "",
        ),
        *("http://@a.example", "http://a.example\\@b.example", "http://a.example:port/", "http://a\n.example"),
        *("http://a b/", "http://a%2eb/", "http://a..b/", f"http://{'a' * 70}/"),
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        question(url)


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(BadInput) as caught:
        question("https://me:hunter2@a.example/")
    assert "hunter2" not in f"{caught.value} {caught.value!r}"


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1), min_size=1, max_size=4))
def test_params_arrive_as_they_were(params: dict[str, str]) -> None:
    try:
        asked = question("https://a.example/x?has=1#part", params)
    except BadInput:
        assert any("\ud800" <= letter <= "\udfff" for word in (*params, *params.values()) for letter in word)
        return
    found = parse_qs(urlsplit(asked.url).query)
    expected = {name: [value] for name, value in params.items()}
    expected["has"] = ["1", *expected.get("has", [])]
    assert found == expected
    assert urlsplit(asked.url).fragment == ""


def test_an_address_without_params_stays() -> None:
    for url in ("https://a.example", "https://a.example/x?", "https://a.example/x?a=%2F"):
        assert question(url).url == url


def test_the_order_of_a_body_does_not_matter() -> None:
    first, second = (
        {"gene": "TP53", "k": 2, "deep": {"a": 1, "b": 2}},
        {"k": 2, "deep": {"b": 2, "a": 1}, "gene": "TP53"},
    )
    asked = question("https://a.example", body=first)
    assert asked.key == question("https://a.example", body=second).key
    assert asked.method == "POST"
    assert asked.key != question("https://a.example", body=first | {"k": 3}).key


def test_questions_that_differ_have_keys_that_differ() -> None:
    url = "https://a.example/"
    asked = [
        question(url),
        question(url, {"a": 1}),
        question(url, method="POST"),
        question(url, body={}),
        question(url, headers={"Accept": "text/csv"}),
        question(url, secret={"Authorization": "one"}),
        question(url, secret={"Authorization": "two"}),
    ]
    assert len({one.key for one in asked}) == len(asked)


@pytest.mark.parametrize("value", ["a\r\nHost: b", "a\0", "schlüssel", " key", "key "])
def test_a_header_is_one_line(value: str) -> None:
    with pytest.raises(BadInput, match="Authorization") as caught:
        question("https://a.example", secret={"Authorization": value})
    assert value not in str(caught.value)


def reply(body: bytes) -> Reply:
    return Reply(200, "a.example", "application/json", body, datetime.now(UTC))


@given(
    st.binary() | st.recursive(st.none() | st.floats(), st.lists, max_leaves=5).map(lambda v: json.dumps(v).encode())
)
def test_any_bytes_are_json_or_told_not_to_be(body: bytes) -> None:
    try:
        as_json(reply(body))
    except BadAnswer as error:
        assert "a.example" in error.message
        assert error.hint


def test_json_too_deep_to_read_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswer):
        as_json(reply(b"[" * 200_000))


def test_a_message_about_a_long_answer_stays_short() -> None:
    with pytest.raises(BadAnswer, match="“<html> oops") as caught:
        as_json(reply(b"<html>\n  oops" + b"x" * 10_000))
    assert len(str(caught.value)) < 300


def test_web_pages_are_told_from_data() -> None:
    for body in (b"", b" \n", b"<!DOCTYPE html><html>", b"\n<HTML>", b"<head>"):
        assert is_html(reply(body))
    for body in (b"id,min,median\nTP53,1,2", b"{}", b"[]"):
        assert not is_html(reply(body))


@pytest.mark.parametrize("half", [rb'{"gene": "TP\ud83d"}', rb'["\uDC00"]', b'["\xed\xa0\x80"]'])
def test_half_a_character_is_refused_since_no_table_takes_it(half: bytes) -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        read_json(half)


def test_a_character_of_two_escapes_is_read() -> None:
    assert read_json(rb'{"gene": "\ud83e\uddec\\ud800"}') == {"gene": "🧬\\ud800"}
