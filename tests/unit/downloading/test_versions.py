"""The list of files: read as published, the newest of each, and wrong lists told by the field that is wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import downloading
from backend.downloading.versions import NAME, releases, version_text
from backend.errors import BadAnswer, BadInput, ExpronautError, NotFound, Unavailable
from tests.doubles.archs4_web import Fault
from tests.unit.downloading.conftest import Host

# As archs4.org answered in 2025.
ENTRY: dict[str, Any] = {
    "checksum": "AE96DE0512345678901234567890123456789012",
    "data_level": "gene",
    "ensembl_annotation": 107,
    "file_size": 47_865_298_452,
    "id": 12,
    "samples": 888_821,
    "species": "human",
    "timestamp": "Mon, 13 Jan 2025 23:30:45 GMT",
    "version_major": "2",
    "version_minor": "5",
}


def listed(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"versionfiles": list(entries)}


def test_an_entry_as_it_was_published() -> None:
    gene, meta = releases(listed(ENTRY))
    assert (gene.name, gene.species, gene.level, gene.version) == ("human_gene_v2.5.h5", "human", "gene", "2.5")
    assert gene.url.endswith("/human_gene_v2.5.h5")
    assert (gene.size, gene.sha1) == (47_865_298_452, ENTRY["checksum"].lower())
    assert (gene.n_samples, gene.annotation) == (888_821, 107)
    assert gene.published == datetime(2025, 1, 13, 23, 30, 45, tzinfo=UTC)
    assert (meta.name, meta.size, meta.sha1) == ("human_meta_v2.5.h5", None, None)


def test_latest_has_a_name_of_its_own_and_no_file_of_descriptions() -> None:
    (latest,) = releases(listed(ENTRY | {"version_minor": "latest"}))
    assert (latest.name, latest.version) == ("human_gene_v2.latest.h5", "latest")


@pytest.mark.parametrize("first", [0, 1])
def test_the_newest_publication_of_a_version_wins(first: int) -> None:
    older = ENTRY | {"timestamp": "Fri, 10 Jan 2025 08:00:00 GMT", "file_size": 1_234}
    entries = [ENTRY, older] if first == 0 else [older, ENTRY]
    assert releases(listed(*entries))[0].size == 47_865_298_452


def test_the_order_is_species_then_kind_then_newest_version() -> None:
    minors = ["9", "latest", "10", "5"]
    entries = [ENTRY | {"version_minor": minor, "species": name} for minor in minors for name in ("mouse", "human")]
    found = [(release.species, release.level, release.version) for release in releases(listed(*entries))]
    genes = [("human", "gene", version) for version in ("latest", "2.10", "2.9", "2.5")]
    assert found[:4] == genes
    assert found[4:7] == [("human", "meta", version) for version in ("2.10", "2.9", "2.5")]
    assert {species for species, _, _ in found[7:]} == {"mouse"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("checksum", "ae96"),
        ("checksum", 5),
        ("data_level", "../x"),
        ("species", None),
        ("species", "../../etc/passwd"),
        ("file_size", -1),
        ("file_size", "large"),
        ("file_size", True),
        ("file_size", None),
        ("samples", 1.5),
        ("ensembl_annotation", []),
        ("timestamp", "some day"),
        ("timestamp", 12),
        ("version_major", "2/.."),
        ("version_minor", ""),
        ("version_minor", "5/../../x"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: Any) -> None:
    with pytest.raises(BadAnswer, match=field):
        releases(listed(ENTRY | {field: value}))


def test_what_is_no_list_and_what_this_program_does_not_know() -> None:
    for content in ([], {}, {"versionfiles": {}}, None, {"versionfiles": ["x"]}):
        with pytest.raises(BadAnswer, match="versionfiles"):
            releases(content)
    assert releases(listed(ENTRY | {"species": "zebrafish"}, ENTRY | {"data_level": "tpm"})) == ()
    assert releases(listed(ENTRY | {"checksum": None}))[0].sha1 is None


@given(
    st.dictionaries(
        st.sampled_from(sorted(ENTRY)), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers())
    )
)
def test_any_entry_is_read_or_refused_in_words(changes: dict[str, Any]) -> None:
    try:
        found = releases(listed(ENTRY | changes))
    except ExpronautError:
        return
    assert all(NAME.fullmatch(release.name) for release in found)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("2.5", "2.5"), (" v2.5 ", "2.5"), ("2.1.2", "2.1.2"), ("latest", "latest"), ("2.latest", "latest")],
)
def test_versions_as_people_write_them(typed: str, meant: str) -> None:
    assert version_text(typed) == meant


@pytest.mark.parametrize("typed", ["", "../x", "2.5/../../x", "2", "2.5.h5", "2.5\0", "２.５", "latest/..", "a" * 99])
def test_what_is_no_version_is_refused(typed: str) -> None:
    with pytest.raises(BadInput):
        version_text(typed)


def test_the_list_of_the_double_is_true(host: Host) -> None:
    found = {release.name: release for release in downloading.listed().value}
    for name, release in found.items():
        file = host.web.file(name)
        if release.level != "meta":
            assert (release.size, release.sha1) == (len(file.content), file.sha1)
    assert sum(release.level == "meta" for release in found.values()) == 8


def test_an_unknown_version_is_told_with_those_there_are(host: Host) -> None:
    with pytest.raises(NotFound) as caught:
        host.release(version="2.6")
    assert "2.6" in caught.value.message
    assert caught.value.suggestions == ("latest", "2.5", "2.4", "2.3", "2.2")
    with pytest.raises(NotFound):
        host.release(level="meta", version="latest")


def test_without_the_site_the_list_of_before_serves_and_says_so(host: Host) -> None:
    downloading.listed()
    host.web.kill()
    assert downloading.listed().reply.kept
    host.web.revive()


@pytest.mark.parametrize("kind", ["gone", "cut", "status", "html", "empty", "garbage"])
def test_a_site_with_a_fault_is_told(host: Host, kind: str) -> None:
    host.web.faults.append(Fault(kind, "/api/versionfile"))
    with pytest.raises((Unavailable, BadAnswer)):
        downloading.listed()
