"""Metadata that change: each change a version, shown at once, and never at the cost of what was there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as texts

from backend import api, settings, sources
from backend.errors import BadInput, NotFound
from backend.own import objects
from backend.own.records import GroupEntry
from backend.study_files.tables import AttributeTable
from tests.unit.own.shelves import alone, bring, bundle

FIRST, KEY = "LOC3", "own-loc7"  # HG00119; the matrix


@pytest.fixture(autouse=True)
def imported(tmp_path: Path, studies: Path) -> Path:
    bring(bundle(tmp_path))
    return studies / "LOC1"


def _sex() -> dict[str, str]:
    table = api.own_table("LOC1", "LOC2")
    return dict(zip(table["accession"], table["Sex"], strict=True))


def test_a_change_adds_deletes_and_is_seen_at_once_on_every_page() -> None:
    assert set(api.tissue_profile(KEY, "ENSG00000077044").value["tissue"]) == {"M", "F"}
    api.patch_own("LOC1", FIRST, {"Sex": "male", "Smoker": "no | never", "Population": None}, author="A curator")
    assert _sex()[FIRST] == "male"
    assert dict(api.own_object("LOC1", FIRST).attributes) == {
        "Sample Source": "1000 Genomes Project", "Sample Source ID": "HG00119", "Sex": "male",
        "Smoker": ("no", "never"),
    }  # fmt: skip
    assert set(api.tissue_profile(KEY, "ENSG00000077044").value["tissue"]) == {"M", "F", "male"}
    assert api.search_samples(KEY, "Smoker:never").value.total == 1
    summary = {one.name: one for one in api.attribute_summary("LOC1", "LOC2")}
    assert (summary["Population"].n_missing, dict(summary["Sex"].values)) == (1, {"F": 2, "M": 1, "male": 1})


def test_the_history_is_newest_first_and_can_be_restored() -> None:
    (begun,) = api.own_history("LOC1", FIRST)
    for value in ("male", "female"):
        api.patch_own("LOC1", FIRST, {"Sex": value}, f"now {value}", "A curator")
    told = api.own_history("LOC1", FIRST)
    assert [one.message for one in told] == ["now female", "now male", begun.message]
    assert [one.timestamp for one in told] == sorted((one.timestamp for one in told), reverse=True)
    assert len({one.version for one in told}) == 3
    assert dict(api.own_object("LOC1", FIRST, told[1].version).attributes)["Sex"] == "male"
    api.restore_revision("LOC1", FIRST, begun.version, "A curator")
    assert _sex()[FIRST] == "M"
    assert len(api.own_history("LOC1", FIRST)) == 4
    assert api.own_history("LOC1", FIRST)[0].author == "A curator"
    assert len(api.own_history("LOC1", "LOC4")) == 1
    with pytest.raises(NotFound):
        api.restore_revision("LOC1", FIRST, "no such version")


def test_title_and_expression_metadata_are_objects_too() -> None:
    api.patch_own("LOC1", "LOC1", {"Study Title": "A better title"})
    api.patch_own("LOC1", "LOC7", {"Genome Version": "GRCh38.113"})
    study = api.own_study("LOC1")
    assert (study.title, study.matrices[0].title) == ("A better title", "A better title: a.gct")
    assert dict(study.matrices[0].version.facts)["Genome Version"] == "GRCh38.113"
    assert any("GRCh38.113" in note for note in api.tissue_profile(KEY, "ENSG00000077044").provenance.notes)


@pytest.mark.parametrize(
    "changes",
    [
        {"Sample Source ID": "HG00121"},
        {"Sample Source ID": None},
        {"Sample Source ID": "  "},
        {"": "x"},
        {"a\tb": "x"},
        {"Sex": ["a\nb"]},
        {"genestack:accession": "GSF1"},
        {"Sex": "M"},
        {},
        {"x" * 300: "y"},
        {"Sex": "x" * 30_000},
    ],
)
def test_what_no_file_could_hold_is_refused(imported: Path, changes: dict) -> None:
    with pytest.raises(BadInput):
        api.patch_own("LOC1", FIRST, changes)
    assert not list(imported.glob("*.edits.jsonl"))


def test_there_is_no_such_object() -> None:
    for item in ("LOC999", "GSF3", "../LOC3", ""):
        with pytest.raises(NotFound):
            api.patch_own("LOC1", item, {"Sex": "male"})
    with pytest.raises(NotFound):
        api.patch_own("LOC2", FIRST, {"Sex": "male"})
    with pytest.raises(NotFound):
        api.own_study("../LOC1")


def test_a_change_that_was_cut_short_does_not_count(imported: Path) -> None:
    api.patch_own("LOC1", FIRST, {"Sex": "male"})
    edits = imported / "LOC2.edits.jsonl"
    whole = edits.read_bytes()
    edits.write_bytes(whole + whole[: len(whole) // 2])
    assert _sex()[FIRST] == "male"
    api.patch_own("LOC1", "LOC4", {"Sex": "female"})
    assert (_sex()[FIRST], _sex()["LOC4"]) == ("male", "female")
    assert edits.read_bytes().startswith(whole)


def test_a_damaged_study_is_told_and_can_be_removed(imported: Path) -> None:
    (imported / "LOC2.edits.jsonl").write_text("{not json}\n")
    assert "damaged" in (api.own_study("LOC1").problem or "")
    (imported / "study.json").write_text('{"format": 1, "accession": "LOC1"}')
    (study,) = api.own_studies()
    assert "damaged" in (study.problem or "")
    assert KEY not in [one.key for one in api.sources().value]
    api.forget_own("LOC1")
    assert api.own_studies() == ()


def test_a_study_deleted_by_somebody_else_is_left_out_of_lists_that_are_being_made() -> None:
    before = sources.names()
    assert KEY in before
    api.forget_own("LOC1")
    assert [one.name for one in sources.those(before)] == [name for name in before if name != KEY]


values = texts.one_of(
    texts.none(),
    texts.text(texts.characters(blacklist_categories=["Cs", "Cc"]), max_size=8).map(str.strip).filter(bool),
    texts.lists(texts.text("ab|", min_size=1, max_size=3), min_size=2, max_size=3).map(tuple),
)


@limits(max_examples=30, deadline=None)
@given(texts.lists(texts.dictionaries(texts.sampled_from(["Sex", "Age", "New | one"]), values, min_size=1), max_size=4))
def test_the_last_record_is_what_the_object_is(tmp_path_factory: pytest.TempPathFactory, records: list) -> None:
    folder = tmp_path_factory.mktemp("study")
    group = GroupEntry("LOC2", "samples", "samples.tsv", 3, 2)
    with settings.use(alone(folder)):
        objects.write(folder, group, AttributeTable("samples.tsv", ("Sex",), (("M",), ("F",))))
        origin = "00000000-0000-0000-0000-000000000000"
        for record in records:
            objects.Objects(folder, group, origin, 0).append(0, record, "", "")
        found = objects.Objects(folder, group, origin, 0)
        assert found.record(0) == (records[-1] if records else {"Sex": "M"})
        assert found.record(1) == {"Sex": "F"}
        for name in found.table.names:
            assert found.table.column(name)[0] == found.record(0).get(name)
        told = found.history(0)
        assert [found.record(0, one.version) for one in told] == [*reversed(records), {"Sex": "M"}]
