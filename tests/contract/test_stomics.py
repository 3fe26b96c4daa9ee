"""STOmics through the counter: the list, a data set, its files, and where one is fetched, against the double."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend import api
from backend.errors import (
    BadAnswer,
    BadInput,
    NotFound,
)
from backend.stomics import files
from backend.stomics.server import server
from tests.doubles.http_double import Answer, Call
from tests.doubles.stomics_web import KEY, StomicsWeb
from tests.doubles.stomics_web_world import EMPTY, SECTION, TINY, UNPUBLISHED

LIST = "/api/v1/datasets"


def _listed(double: StomicsWeb) -> list[str]:
    return [one for one in double.datasets if one != UNPUBLISHED]


# the list


def test_three_calls_give_all_data_sets_once(double: StomicsWeb) -> None:
    asked: list[tuple[int, int]] = []
    found = api.stomics_all(on_progress=lambda done, of: asked.append((done, of)))
    assert [one.accession for one in found.value] == _listed(double)
    assert double.count(LIST) == 3
    assert asked == [(20, 45), (40, 45), (45, 45)]
    assert found.provenance.notes == ()


def test_a_list_that_shifts_gives_no_data_set_twice(double: StomicsWeb) -> None:
    double.switches.shift = True
    found = api.stomics_all().value
    assert len({one.accession for one in found}) == len(found) == 45


def test_what_never_came_of_a_list_is_told(odd: StomicsWeb) -> None:
    odd.route(LIST, lambda call: Answer.json({"items": [{"accession": "STD1", "title": "x"}], "total": 25}))
    told = api.stomics_all(text="moved")
    assert len(told.value) == 1
    assert "25 data sets; 1 different ones came" in told.provenance.notes[0]


def test_an_empty_page_ends_the_list_though_the_total_is_too_large(double: StomicsWeb) -> None:
    double.switches.extra = 100
    assert [one.accession for one in api.stomics_all().value] == _listed(double)
    assert double.count(LIST) == 4


def test_a_page_says_where_it_stands_and_only_what_was_wanted_is_asked(double: StomicsWeb) -> None:
    page = api.stomics_datasets("brain", (2, 1, 2), "download_count", "desc", page=1, per_page=5).value
    sent = double.requests[0].query
    assert sent == {
        "q": "brain",
        "technology_ids": "2,1",
        "sort_by": "download_count",
        "sort_order": "desc",
        "page": "1",
        "per_page": "5",
    }
    expected = [
        one.fields
        for name, one in double.datasets.items()
        if name != UNPUBLISHED and "brain" in one.fields["title"].lower() and (int(name[3:]) - 1) % 3 + 1 in (1, 2)
    ]
    assert page.total == len(expected)
    assert page.pages == -(-len(expected) // 5)
    counts = [one.download_count for one in page.datasets]
    assert counts == sorted((one["download_count"] for one in expected), reverse=True)[:5]
    api.stomics_datasets()
    assert double.requests[-1].query == {"page": "1", "per_page": "20"}


def test_a_page_past_the_end_is_empty_and_keeps_the_total(double: StomicsWeb) -> None:
    page = api.stomics_datasets(page=9).value
    assert (page.total, page.pages, page.datasets) == (45, 3, ())


def test_technologies_are_learnt_from_what_came(double: StomicsWeb) -> None:
    page = api.stomics_datasets().value
    assert set(page.technologies) == {(1, "Stereo-seq"), (2, "Visium"), (3, "MERFISH")}
    assert page.datasets[1].technologies == ((2, "Visium"),)
    assert page.datasets[1].technology == "Visium"


def test_data_sets_may_tell_nothing_but_accession_and_title(double: StomicsWeb) -> None:
    double.switches.certain = True
    one = api.stomics_datasets().value.datasets[0]
    assert (one.accession, one.title) == (TINY, double.datasets[TINY].fields["title"])
    assert (one.technology, one.species, one.n_spots, one.more) == ("", "", None, ())


def test_a_service_with_shorter_pages_is_asked_for_the_place_where_the_long_one_begins(double: StomicsWeb) -> None:
    double.switches.most_per_page = 20
    page = api.stomics_datasets(page=2, per_page=40).value
    assert (page.page, page.per_page, page.pages) == (3, 20, 3)
    assert [one.accession for one in page.datasets] == _listed(double)[40:]
    double.forget()
    api.stomics_datasets(page=1, per_page=50)
    assert [record.query["per_page"] for record in double.requests] == ["20"]


def test_a_service_that_shortens_pages_without_a_word_is_not_read_with_gaps(odd: StomicsWeb) -> None:
    every = [{"accession": f"STD{number:04}", "title": "x"} for number in range(60)]

    def listed(call: Call) -> Answer:
        size = min(25, int(call.query["per_page"]))
        first = (int(call.query["page"]) - 1) * size
        return Answer.json({"total": len(every), "items": every[first : first + size]})

    odd.route(LIST, listed)
    pages = [api.stomics_datasets(page=number, per_page=per_page).value for number, per_page in ((1, 50), (2, 20))]
    assert [(one.page, one.per_page, one.pages) for one in pages] == [(1, 20, 3), (2, 20, 3)]
    assert [one.accession for page in pages for one in page.datasets] == [one["accession"] for one in every[:40]]


@pytest.mark.parametrize(
    "asked", [{"page": 0}, {"per_page": 101}, {"sort_by": "a&b"}, {"sort_order": "up"}, {"text": "x" * 401}]
)
def test_what_makes_no_sense_is_told_before_anything_is_asked(double: StomicsWeb, asked: dict) -> None:
    with pytest.raises(BadInput):
        api.stomics_datasets(**asked)
    assert not double.requests


def test_what_the_service_does_not_take_is_told_in_its_words(double: StomicsWeb) -> None:
    with pytest.raises(BadInput, match="sort_by: Input should be 'download_count'"):
        api.stomics_datasets(sort_by="title")
    double.switches.ignores_odd = True
    assert api.stomics_datasets(sort_by="title").value.total == 45


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ([], "a list of 0"),
        ({"results": [], "count": 0}, "results, count"),
        ({"items": {}, "total": 3}, "items, total"),
        ({"items": [], "total": "3"}, "items, total"),
        ({"items": [{"id": 1, "name": "x"}], "total": 1}, "id, name"),
    ],
)
def test_a_list_of_another_form_is_an_error_that_names_what_came(odd: StomicsWeb, answer: object, told: str) -> None:
    odd.route(LIST, lambda call: Answer.json(answer))
    for _ in range(2):
        with pytest.raises(BadAnswer, match=told):
            api.stomics_datasets()
    assert len(odd.requests) == 2  # not kept


# a data set and its files


def test_a_data_set_tells_all_it_has(double: StomicsWeb) -> None:
    found = api.stomics_dataset(f" {TINY} ")
    fields = double.datasets[TINY].fields
    assert found.value.dataset.title == fields["title"]
    assert found.value.dataset.download_count == fields["download_count"]
    assert found.provenance.source == "stomics"
    assert KEY not in repr(found)


def test_the_files_are_those_of_the_service_and_an_unknown_size_is_not_0(double: StomicsWeb) -> None:
    found = api.stomics_files(SECTION).value
    told = double.files(SECTION)
    assert [(one.id, one.name, one.file_type, one.size) for one in found] == [
        (str(one["id"]), one["filename"], one["file_type"], one["size_bytes"]) for one in told
    ]
    assert None in {one.size for one in found}
    assert api.stomics_files(EMPTY).value == ()


def test_a_file_may_be_named_by_file_id_and_without_both_the_keys_are_told(double: StomicsWeb) -> None:
    usual = api.stomics_files(TINY).value
    double.switches.id_name = "file_id"
    assert api.stomics_files(SECTION).value[0].id == str(double.files(SECTION)[0]["file_id"])
    double.switches.id_name = ""
    with pytest.raises(BadAnswer, match=r"id or file_id.*filename, file_type, size_bytes"):
        api.stomics_files("STD0004")
    assert api.stomics_files(TINY).value == usual  # kept


def test_checksums_are_read_where_there_are_some(double: StomicsWeb) -> None:
    double.switches.digest = "0123456789ABCDEF" * 2
    found = {one.id: one.checksum for one in api.stomics_files(TINY).value}
    assert found["42"] == "md5:" + "0123456789abcdef" * 2


def test_the_files_are_a_list_and_no_object(odd: StomicsWeb) -> None:
    odd.route(f"{LIST}/{TINY}/files", lambda call: Answer.json({"items": [], "total": 0}))
    with pytest.raises(BadAnswer, match="items, total"):
        api.stomics_files(TINY)


def test_an_unknown_data_set_and_one_that_is_not_published_are_not_found(double: StomicsWeb) -> None:
    for accession in ("STD9999", UNPUBLISHED, "b c"):
        with pytest.raises(NotFound, match="Dataset not found"):
            api.stomics_dataset(accession)
    with pytest.raises(NotFound):
        api.stomics_dataset("../../account?x=1#y")
    assert double.requests[-1].path == f"{LIST}/../../account?x=1#y"  # all of it was in the path, as one part
    assert double.requests[-1].query == {}


@pytest.mark.parametrize("accession", ["STDS0000058", "stt0000001", "STSA0000010", "STTS0000001"])
def test_an_accession_of_stomicsdb_is_recognised_and_not_asked_for(double: StomicsWeb, accession: str) -> None:
    with pytest.raises(BadInput, match="looks like an accession of STOmicsDB, which is another service"):
        api.stomics_dataset(accession)
    assert not double.requests
    assert "STOmicsDB" in api.stomics_datasets(accession).provenance.notes[0]
    assert api.stomics_hint("STD0001") == api.stomics_hint("brain") == ""


# the address of a file


def test_an_address_is_fresh_each_time_and_nothing_of_it_is_kept_or_shown(
    double: StomicsWeb, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    first, second = files.address(server(), TINY, "42"), files.address(server(), TINY, "42")
    assert first.url != second.url
    assert first.url.startswith(double.storage.url)
    secret = re.search("X-Amz-Signature=([0-9a-f]+)", first.url)[1]
    assert secret not in f"{first!r} {caplog.text}"
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert not any(secret.encode() in one or KEY.encode() in one for one in kept)
    assert KEY not in caplog.text


def test_an_address_is_old_after_50_minutes(double: StomicsWeb) -> None:
    found = files.address(server(), TINY, "42")
    assert not found.old()
    assert [found.old(found.asked_at + timedelta(minutes=minutes)) for minutes in (49, 51)] == [False, True]
    double.switches.lifetime = 60
    assert files.address(server(), TINY, "42").old(datetime.now(UTC) + timedelta(seconds=55))


@pytest.mark.parametrize(
    "answer", [{"url": "file:///etc/passwd"}, {"url": "https://me:pw@x.org/?s=hush"}, {"url": None}, {"href": "x"}, []]
)
def test_an_address_that_cannot_be_fetched_is_an_error_that_does_not_tell_it(odd: StomicsWeb, answer: object) -> None:
    odd.route(f"{LIST}/{TINY}/files/42/download", lambda call: Answer.json(answer))
    with pytest.raises(BadAnswer) as caught:
        files.address(server(), TINY, "42")
    assert not {"passwd", "hush", "pw@"} & set(re.split(r"[/=?: ]", str(caught.value)))
