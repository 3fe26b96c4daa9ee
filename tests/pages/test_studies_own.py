"""Studies, your own: from files to sources, the report before anything is stored, metadata, versions, deletion."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from backend import api, settings
from backend.model import Finding
from components import inputs
from components.own import report
from tests.contract.own_world import alone, bring
from tests.pages.conftest import Open, captions, figures, messages, numbers, standing, unescaped
from tests.unit.study_files.worked import GCT, LIBRARIES, LIBRARY_GCT, SAMPLES, STUDY, WHOLE, put

SECOND = GCT.replace("\t14.7\t", "\t15.7\t").replace("\t6.8\n", "\t\n")


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Path]:
    """An empty shelf; the folder of its studies."""
    for job in api.imports():  # of other tests in this process
        api.forget_import(job)
    with settings.use(alone(tmp_path)):
        yield tmp_path / "studies"


@pytest.fixture
def stored(shelf: Path, tmp_path: Path) -> str:
    """The study of four samples with libraries, and two versions of its matrix: its accession."""
    (tmp_path / "in").mkdir()
    (tmp_path / "second").mkdir()
    accession = bring(*put(tmp_path / "in", {**WHOLE, "libraries.tsv": LIBRARIES}).values())
    (first,) = api.own_study(accession).matrices
    bring(*put(tmp_path / "second", {"a.gct": SECOND}).values(), version_of=first.version.accession)
    return accession


def files(**texts: str) -> list[tuple[str, bytes, str]]:
    return [(name.replace("_", "."), text.encode(), "text/plain") for name, text in texts.items()]


def dropped(at: AppTest, given: list[tuple[str, bytes, str]]) -> AppTest:
    at.file_uploader[0].set_value(given)
    return at.run()


def table(at: AppTest, column: str) -> Any:
    """The table that has this column."""
    return next(frame.value for frame in at.main.dataframe if column in frame.value.columns)


def pressed(at: AppTest, key: str) -> AppTest:
    at.button(key).click()
    return standing(at.run())


def imported(at: AppTest) -> AppTest:
    """After the press on Import, once the job has ended."""
    pressed(at, "own-import")
    end = time.monotonic() + 30
    while any(one.state in ("waiting", "running") for one in map(api.import_progress, api.imports()) if one):
        assert time.monotonic() < end
        time.sleep(0.02)
    return standing(at.run())


def test_the_example_becomes_a_study_with_one_click_each_way(open_page: Open, shelf: Path) -> None:
    at = pressed(open_page("studies"), "own-example")
    assert dict(zip(table(at, "Taken for")["File"], table(at, "Taken for")["Taken for"], strict=True)) == {
        "study.tsv": "Study",
        "samples.tsv": "Samples",
        "libraries.tsv": "Libraries",
        "rpkm.gct": "Expression",
        "rpkm.gct.tsv": "Expression metadata",
    }
    assert "No rule is broken" in unescaped(at.success[0].value)
    assert not list(shelf.glob("LOC*"))
    at = imported(at)
    (study,) = api.own_studies()
    assert (study.title, study.n_samples) == ("Example: four of the 1000 Genomes", 4)
    assert f"as {study.accession}" in unescaped(at.success[0].value)
    key = study.matrices[0].version.key
    queries = {link.proto.page: link.proto.query_string for link in at.main.page_link}
    assert {"gene", "heatmap", "coexpression", "samples"} <= set(queries)
    assert f"source={key}" in queries["gene"]
    at = standing(open_page("gene", source=key))
    assert set(at.multiselect(inputs.GENE).value) <= {"DGKD", "USP40"}  # the study has no ALB
    assert figures(at)


def test_a_broken_study_is_reported_and_nothing_is_stored(open_page: Open, shelf: Path) -> None:
    at = open_page("studies", add="new")
    broken = files(
        study_tsv=STUDY.replace("Study Title", "Name"),
        samples_tsv=SAMPLES.replace("Population", "Sex"),
        a_gct=GCT.replace("2\t4", "2\t5").replace("16.8", "many"),
        notes_docx="no study",
    )
    at = dropped(at, broken)
    found = table(at, "Rule")
    levels = list(found["Level"])
    assert levels == sorted(levels)
    told = {(row.Rule, row.File, row.Line) for row in found.itertuples()}
    assert {
        ("DUP_ATTRIBUTE", "samples.tsv", "1"),
        ("GCT_DIMS", "a.gct", "2"),
        ("GCT_VALUE", "a.gct", "4"),
        ("STUDY_TITLE_MISSING", "study.tsv", "1"),
        ("UNKNOWN_FILE", "notes.docx", ""),
    } <= told
    assert "many" in set(found["Value"])
    assert at.button("own-import").disabled
    accept = [box.key for box in at.checkbox]
    assert accept == ["own-accept-STUDY_TITLE_MISSING"]
    assert not list(shelf.glob("LOC*"))
    assert any("report" in one.proto.label for one in at.get("download_button"))


def test_an_error_that_may_be_accepted_needs_a_tick_and_the_title_can_be_typed(open_page: Open, shelf: Path) -> None:
    without = SAMPLES.replace("Sample Source\t", "Lab\t", 1)
    at = dropped(open_page("studies", add="new"), files(samples_tsv=without, a_gct=GCT.replace("HG00176", "HG00999")))
    assert at.button("own-import").disabled
    assert "Names in it that match nothing: HG00999" in captions(at)
    assert "Samples it has nothing of: HG00176" in captions(at)
    at.checkbox(key="own-accept-SAMPLE_SOURCE_MISSING").check()
    at.text_input(key="own-title").set_value("Typed *title*")
    at = standing(at.run())
    assert not at.button("own-import").disabled
    at = imported(at)
    (study,) = api.own_studies()
    assert study.title == "Typed *title*"
    assert study.matrices[0].link.state == "partial"


def test_what_a_file_is_taken_for_can_be_changed(open_page: Open, shelf: Path) -> None:
    at = open_page("studies", add="new")
    at = dropped(at, files(study_tsv=STUDY, samples_tsv=SAMPLES, libraries_tsv=LIBRARIES, b_gct=LIBRARY_GCT))
    assert "LINK_NONE" in set(table(at, "Rule")["Rule"])
    at = pressed(at, "own-proposed-b.gct")
    assert "b.gct → libraries by Library ID: 2 of 2 matched" in unescaped(" ".join(one.value for one in at.markdown))
    assert not at.button("own-import").disabled
    at.selectbox(key="own-kind-b.gct").set_value("samples")
    at = at.run()
    assert at.button("own-import").disabled
    kinds = table(at, "Taken for").set_index("File")["Taken for"]
    assert kinds["b.gct"] == "Samples"


def test_an_export_comes_back_whole_and_is_known_again(open_page: Open, stored: str) -> None:
    packed = api.export_own(stored).read_bytes()
    at = dropped(open_page("studies", add="new"), [("LOC1.zip", packed, "application/zip")])
    assert set(table(at, "Taken for")["File"]) == {
        "study.tsv",
        "samples.tsv",
        "libraries.tsv",
        "a.gct",
        "LOCVC001 v1 a.gct",
        "LOCVC001 v1 a.gct.tsv",
        "versions.tsv",
    }
    assert f"a.gct is stored already as {api.own_study(stored).matrices[-1].version.accession}" in messages(at)
    assert at.button("own-import").disabled
    at.checkbox(key="own-again").check()
    at = imported(at.run())
    assert len(api.own_studies()) == 2
    versions = [[(one.version.number, one.version.active) for one in study.matrices] for study in api.own_studies()]
    assert sorted(versions[0]) == sorted(versions[1]) == [(1, False), (2, True)]


def test_samples_are_summed_up_plotted_and_changed(open_page: Open, stored: str) -> None:
    at = open_page("studies", own=stored, tab="samples", attribute="Population", by_attribute="Sex")
    (figure,) = figures(standing(at))
    bars = {trace["name"]: dict(zip(trace["y"], numbers(trace["x"]), strict=True)) for trace in figure["data"]}
    assert bars == {"F": {"British": 1, "Finnish": 1}, "M": {"British": 1, "Finnish": 1}}
    summary = table(at, "Most frequent").set_index("Attribute")
    assert summary.loc["Sex", "Most frequent"] == "F (2), M (2)"
    group = next(one.accession for one in api.own_study(stored).groups if one.kind == "samples")
    item = str(api.own_table(stored, group)["accession"][0])
    at.selectbox(key=f"own-attribute-{group}").set_value("Sex")
    at = standing(at.run())
    at.text_input(key=f"own-new-value-{item}-Sex").set_value("male")
    at = pressed(at, "own-save")
    assert "Saved as version" in unescaped(at.success[0].value)
    assert api.own_table(stored, group)["Sex"].tolist() == ["male", "F", "M", "F"]
    at = standing(open_page("studies", own=stored, tab="history", group=group))
    assert len(table(at, "Who")) == 2
    assert table(at, "Then").to_numpy().tolist() == [["Sex", "M", "male"]]
    at = pressed(at, "own-restore")
    assert api.own_table(stored, group)["Sex"].tolist() == ["M", "F", "M", "F"]
    assert len(api.own_history(stored, item)) == 3


def test_versions_are_compared_chosen_and_opened(open_page: Open, stored: str) -> None:
    newest, first = sorted((one.version for one in api.own_study(stored).matrices), key=lambda one: -one.number)
    at = standing(open_page("studies", own=stored, tab="data"))
    at.selectbox(key=f"own-compare-{newest.chain}").set_value(first.accession)
    at = standing(at.run())
    assert "2 of 8 values that both have changed" in unescaped(" ".join(one.value for one in at.markdown))
    changes = table(at, "Change").set_index("Sample")
    assert changes.loc["HG00119", ["Before", "After"]].tolist() == pytest.approx([14.7, 15.7])
    at.button_group(key=f"own-version-of-{newest.chain}").set_value(first.accession)
    at = standing(at.run())
    at = standing(open_page("gene", source=first.key, gene=["ENSG00000077044"]))
    assert at.sidebar.selectbox[0].value == first.key  # a version that is not the active one can be looked at
    at = standing(open_page("studies", own=stored, tab="data"))
    at.button_group(key=f"own-version-of-{newest.chain}").set_value(first.accession)
    at = pressed(at.run(), f"own-choose-{first.key}")
    assert {one.version.key: one.version.active for one in api.own_study(stored).matrices} == {
        first.key: True,
        newest.key: False,
    }


def test_the_validation_says_what_to_do(open_page: Open, stored: str) -> None:
    at = standing(open_page("studies", own=stored, tab="validation"))
    told = table(at, "What to do")[["Attribute", "Value", "Samples", "What to do"]].to_numpy().tolist()
    assert sorted(told) == [["Sex", "F", 2, "Use female"], ["Sex", "M", 2, "Use male"]]
    at.file_uploader[0].set_value(("mine.json", b"[]", "application/json"))
    at = standing(at.run())
    assert "Metadata are valid" in at.success[0].value


def test_a_study_is_deleted_with_a_second_click_and_leaves_the_sources(open_page: Open, stored: str) -> None:
    key = next(one.version.key for one in api.own_study(stored).matrices if one.version.active)
    at = standing(open_page("studies", own=stored, source=key))
    at = pressed(at, f"deleted-{stored}")
    assert api.own_studies() == ()
    assert "source" not in at.query_params
    at = open_page("studies", own=stored)
    assert f"There is no own study {stored}" in messages(at)


def test_the_report_as_a_file_holds_what_the_page_shows() -> None:
    found = report.table(
        (Finding("B", "warning", "b.tsv", "later"), Finding("A", "error", "=a,b.tsv", "first", 3, "C", "v\n|", 2))
    )
    rows = list(csv.reader(io.StringIO(found.to_csv(index=False))))
    assert rows[1:] == [
        ["error", "A", "=a,b.tsv", "3", "C", "v\n|", "2", "first"],
        ["warning", "B", "b.tsv", "", "", "", "1", "later"],
    ]


def test_the_next_version_and_further_files_join_their_study(open_page: Open, stored: str) -> None:
    newest = max((one.version for one in api.own_study(stored).matrices), key=lambda one: one.number)
    at = dropped(open_page("studies", add=newest.accession), files(third_gct=GCT.replace("HG00176", "HG00999")))
    assert "VERSION_COLUMNS" in set(table(at, "Rule")["Rule"])
    at = imported(at)
    versions = api.own_versions(newest.accession)
    assert [(one.number, one.active) for one in versions] == [(3, True), (2, False), (1, False)]
    at = imported(dropped(open_page("studies", add=stored), files(other_gct=GCT.replace("14.7", "1"))))
    study = api.own_study(stored)
    assert (study.n_samples, len(study.matrices)) == (4, 4)


def test_files_that_are_gone_are_said_to_be_gone(open_page: Open, shelf: Path) -> None:
    at = dropped(open_page("studies", add="new"), files(a_gct=GCT))
    api.discard_upload(at.session_state["own_draft"].upload)
    at = standing(at.run())
    assert "not there any more" in messages(at)
    at = pressed(at, "own-example")
    assert len(table(at, "Taken for")) == 5
