"""Lists and cursors read to their true end, against a server of a few lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend import settings
from backend.errors import BadAnswer, BadInput, NotFound, Refused, Unavailable
from backend.odm import facets, groups
from backend.odm.paging import cursor_pages, listed
from backend.odm.server import Server
from backend.settings import Odm
from tests.contract.live_world import QUICK
from tests.doubles.http_double import Answer, Call, HttpDouble

ROUTE = "/api/v1/as-user/"
OLD = "/frontend/rs/genestack/"


@pytest.fixture
def double(tmp_path: Path) -> Iterator[HttpDouble]:
    chosen = replace(settings.read({}), offline=False, cache=tmp_path, patience=replace(QUICK, read=2))
    with HttpDouble() as made, settings.use(chosen):
        yield made


def _server(double: HttpDouble, **more: str) -> Server:
    return Server(Odm(double.url, **more))  # type: ignore[arg-type]


def _of(accessions: list[int], offset: int, limit: int, short: int) -> dict[str, Any]:
    page = accessions[offset : offset + min(limit, short)]
    told = {"count": len(page), "total": len(accessions), "offset": offset, "limit": limit}
    return {"meta": {"pagination": told}, "data": [{"genestack:accession": f"GSF{own}"} for own in page]}


def test_a_short_page_is_not_the_last_one(double: HttpDouble) -> None:
    """As recorded: 2,000 asked for, 1,990 given, 2,536 in all."""
    accessions = list(range(2536))
    double.route(
        f"{ROUTE}samples",
        lambda call: Answer.json(_of(accessions, int(call.query["pageOffset"]), int(call.query["pageLimit"]), 1990)),
    )
    found = listed(_server(double), "samples")
    assert [one["genestack:accession"] for one in found] == [f"GSF{own}" for own in accessions]
    assert [record.query["pageOffset"] for record in double.requests] == ["0", "1990"]


def test_what_comes_twice_counts_once_and_an_empty_page_ends_it(double: HttpDouble) -> None:
    """The server tells a total that it never gives."""
    pages = [[1, 2], [2, 3], []]

    def page(call: Call) -> Answer:
        own = pages[min(int(call.query["pageOffset"]) // 2, 2)]
        told = {"count": len(own), "total": 99}
        return Answer.json(
            {"meta": {"pagination": told}, "data": [{"genestack:accession": f"GSF{one}"} for one in own]}
        )

    double.route(f"{ROUTE}samples", page)
    assert len(listed(_server(double), "samples")) == 3


def test_links_count_once_an_object_whether_they_come_as_lists_or_one_by_one(double: HttpDouble) -> None:
    """Pages of links count their objects, not their pairs."""
    pages = {0: [("L1", ["S1"]), ("L1", ["S2", "S1"])], 1: [("L2", ["S3"])]}

    def page(call: Call) -> Answer:
        records = [{"libraryId": own, "sampleIds": samples} for own, samples in pages[int(call.query["pageOffset"])]]
        return Answer.json({"meta": {"pagination": {"count": 1, "total": 2}}, "data": records})

    double.route(f"{ROUTE}integration/link/library/libraries-to-samples/by/group/G1", page)
    assert groups.pooled(_server(double), "libraries", "G1") == {"L1": ("S1", "S2"), "L2": ("S3",)}


def test_a_card_of_odd_values_is_a_card(double: HttpDouble) -> None:
    told = [{"key": "Organism", "values": "mouse"}, {"key": "Age", "values": 38}, {"key": "Sex", "values": ["M"]}]
    card = {"accession": "GSF1", "name": "One", "fileCreation": 10**400, "summary": [*told, {"key": "Tissue"}]}
    double.route(ROUTE, lambda _: Answer.json({"objectsPage": {"filteredCount": 1, "content": [card]}}))
    (found,) = facets.studies(_server(double), "", (), 0, 20).cards
    assert found.summary == (("Organism", ("mouse",)), ("Age", ("38",)), ("Sex", ("M",)), ("Tissue", ()))
    assert found.created == ""


CURSOR = "GSF1#GSF2#GSF2#45-A B.4"
ENDS: dict[str, list[dict[str, Any]]] = {
    "told": [{"resultsExhausted": False, "cursor": CURSOR}, {"resultsExhausted": True, "cursor": "x#y"}],
    "no cursor": [{"cursor": CURSOR}, {"cursor": None}],
    "the same cursor": [{"cursor": CURSOR}, {"resultsExhausted": False, "cursor": CURSOR}],
    "an empty page": [{"cursor": CURSOR}, {"cursor": "z"}, {"cursor": "w", "data": []}],
}


@pytest.mark.parametrize("end", ENDS)
def test_a_cursor_ends_in_each_of_its_ways(double: HttpDouble, end: str) -> None:
    pages, cursors = list(ENDS[end]), []

    def page(call: Call) -> Answer:
        cursors.append(call.query.get("cursor"))
        place = len(cursors)
        return Answer.json({"data": [{"itemId": f"{place}-A"}], "log": [f"page {place}"], **pages[place - 1]})

    double.route(f"{ROUTE}omics/samples", page)
    chunks = list(cursor_pages(_server(double), "omics/samples", {"pageLimit": 10}))
    assert len(cursors) == len(pages)
    assert cursors[:2] == [None, CURSOR]
    assert [chunk.whole for chunk in chunks] == [False] * (len(pages) - 1) + [True]
    assert chunks[0].log == ("page 1",)
    assert "pageOffset" not in double.requests[0].query


@pytest.mark.parametrize("body", [[], {"data": {}}, {"data": [1]}, {}, "x"])
def test_another_form_of_a_list_is_a_bad_answer(double: HttpDouble, body: Any) -> None:
    double.route(ROUTE, lambda _: Answer.json(body))
    for ask in (lambda: listed(_server(double), "samples"), lambda: list(cursor_pages(_server(double), "omics/x", {}))):
        with pytest.raises(BadAnswer, match=r"127\.0\.0\.1"):
            ask()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"message": "No such object"}}, "No such object"),
        ({"error": "text", "errorStackTrace": "at java"}, "text"),
        ({"schemas": [], "detail": "scim says", "status": "400"}, "scim says"),
        ({"title": "Bad Request", "status": 400, "detail": "about it", "errors": []}, "about it"),
        ({"errors": [{"message": "the first"}]}, "the first"),
    ],
)
def test_an_error_is_told_in_the_words_of_the_server_whatever_its_form(
    double: HttpDouble, body: Any, said: str
) -> None:
    double.route(ROUTE, lambda _: Answer.json(body, 400))
    with pytest.raises(BadAnswer, match=said) as caught:
        _server(double).get("samples")
    assert "java" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "error", "hint"),
    [(401, Refused, "first and last sign"), (403, Refused, "Curators group"), (404, NotFound, "accession")],
)
def test_401_403_and_404_say_what_to_check(double: HttpDouble, status: int, error: type[Exception], hint: str) -> None:
    double.route(ROUTE, lambda _: Answer.json({"error": {"message": "Not enough permissions"}}, status))
    for ask in (lambda: _server(double).get("x"), lambda: _server(double).post("x", {})):
        with pytest.raises(error, match="Not enough permissions") as caught:
            ask()
        assert hint in str(caught.value)


def test_a_page_of_the_gateway_is_no_answer(double: HttpDouble) -> None:
    page = "<html><style>a {b}</style><body><h1>504 Gateway Time-out</h1><hr>nginx</body></html>"
    double.route(ROUTE, lambda _: Answer(504, page.encode(), {"Content-Type": "text/html"}))
    with pytest.raises(Unavailable, match="504"):
        _server(double).get("x")
    before = len(double.requests)
    with pytest.raises(Unavailable, match=r"504 Gateway Time-out nginx") as caught:
        _server(double).post("x", {})
    assert "{b}" not in str(caught.value)
    assert len(double.requests) == before + 1  # a change is never sent twice
    double.route(ROUTE, lambda _: Answer(200, page.encode(), {"Content-Type": "text/html"}))
    with pytest.raises(BadAnswer, match="web page"):
        _server(double).get("y")


def test_the_legacy_form_is_asked_where_the_settings_say_so(double: HttpDouble) -> None:
    double.route(OLD, lambda _: Answer.json({"ok": 1}))
    server = _server(double, dialect="legacy", role="curator")
    assert server.get("studies/GSF1") == {"ok": 1}
    assert server.put("jobs/3/stop").value == {"ok": 1}
    paths = [record.path for record in double.requests]
    assert paths == [f"{OLD}studyCurator/default-released/studies/GSF1", f"{OLD}job/default-released/3/stop"]


def test_what_was_read_before_a_change_is_asked_anew(double: HttpDouble) -> None:
    values = iter(range(10))
    double.route(ROUTE, lambda _: Answer.json({"n": next(values)}))
    server = _server(double)
    assert [server.get("studies/GSF1")["n"], server.get("studies/GSF1")["n"]] == [0, 0]
    assert server.patch("studies/GSF1", {"Sex": None}).value == {"n": 1}
    assert double.requests[-1].body == b'{"Sex": null}'
    assert [server.get("studies/GSF1")["n"], server.get("studies/GSF1")["n"]] == [2, 2]


def test_files_are_sent_as_they_are(double: HttpDouble, tmp_path: Path) -> None:
    file, sent = tmp_path / 'a "b".gct', []
    file.write_bytes(bytes(range(256)) * 3_000)
    double.route(ROUTE, lambda _: Answer.json({"jobExecId": 7}))
    told = _server(double).multipart(
        "import/x", {"studyId": "GSF1"}, {"file": file}, on_sent=lambda done, of: sent.append((done, of))
    )
    record = double.requests[-1]
    assert told.value == {"jobExecId": 7}
    boundary = record.headers["Content-Type"].partition("boundary=")[2].encode()
    parts = record.body.split(b"--" + boundary)
    assert parts[1].endswith(b'name="studyId"\r\n\r\nGSF1\r\n')
    assert b'filename="a %22b%22.gct"' in parts[2]
    assert parts[2].partition(b"\r\n\r\n")[2] == file.read_bytes() + b"\r\n"
    assert parts[3] == b"--\r\n"
    assert sent[-1] == (len(record.body), len(record.body))


def test_a_file_that_changes_while_it_is_sent_is_told(double: HttpDouble, tmp_path: Path) -> None:
    file = tmp_path / "a.gct"
    file.write_bytes(b"x" * 1_000_000)
    double.route(ROUTE, lambda _: Answer.json({}))
    with pytest.raises(BadInput, match="changed while it was sent"):
        _server(double).multipart("import/x", {}, {"file": file}, on_sent=lambda *_: file.write_bytes(b"x"))
    with pytest.raises(BadInput, match=r"gone\.gct could not be read"):
        _server(double).multipart("import/x", {}, {"file": tmp_path / "gone.gct"})
