"""The walk of the training deck over the counter, and what curators change on an ODM server."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from backend import api, settings
from backend.errors import BadAnswer, BadInput, NotFound, Refused, Unavailable
from backend.model import OdmImport, OdmPart, OdmWish, OmicsQuery
from tests.contract.odm_curating import file, genomes, online, posts, run
from tests.doubles.odm_web import Fault, OdmWeb
from tests.doubles.odm_web_templates import ATLAS

GENE = "TRAF3IP2-AS1"


@pytest.fixture
def web(curated: OdmWeb) -> OdmWeb:
    return curated


def ended(key: str) -> OdmImport:
    """An import that was begun in the background, when it has ended; its parts were told."""
    while True:
        found, progress = api.odm_import_state(key)
        assert progress is not None
        if progress.state not in ("waiting", "running"):
            assert progress.state == "done", progress
            return found
        threading.Event().wait(0.005)


def walk(web: OdmWeb) -> OdmWish:
    study = OdmPart("study", link=web.link("walk_study.tsv"), template=ATLAS)
    samples = OdmPart("samples", file=file("walk_samples.tsv"), template=ATLAS)
    data = OdmPart("expression", file=file("walk.gct"), metadata_file=file("walk.gct.tsv"))
    return OdmWish("Simulated blood study", (study, samples, data))


def values(query: OmicsQuery) -> dict[str, float]:
    """The values of a query by the Sample Source ID of their samples."""
    table = api.omics_expression(query).value.table
    return dict(zip(table["run"], table["value"], strict=True))


def test_the_walk_of_the_deck(web: OdmWeb, tmp_path: Path) -> None:
    made = ended(api.odm_import(walk(web)).key)
    samples, data = (
        next(one.accession for one in made.steps if one.key == key) for key in ("samples-1", "expression-1")
    )
    study, monocytes = made.study, '"Cell Type"="CD14-positive monocyte"'

    with settings.use(online(web, tmp_path, role="user")):  # a researcher sees it, and asks in four ways
        assert api.odm_study(study).value.title == "Simulated blood study (not real data)"
        found = [api.omics_samples(OmicsQuery(study=study, sample_filter=chosen)).value.n for chosen in ("", monocytes)]
        assert found == [6, 3]
        assert values(OmicsQuery(study=study, sample_filter=monocytes, genes=(GENE,))) == {
            "W1": 150, "W2": 250, "W3": 200,
        }  # fmt: skip
        above = OmicsQuery(study=study, sample_filter=monocytes, ex_query=f"Feature={GENE} MinValue=200")
        assert values(above) == {"W2": 250, "W3": 200}
        with pytest.raises(Refused):
            api.odm_validation(study)

    second = OdmPart("expression", file=file("walk2.gct"), previous_version=data)
    known = (OdmPart("study", accession=study), OdmPart("samples", accession=samples))
    ended(api.odm_import(OdmWish("Next version", (*known, second))).key)
    genes = {"study": study, "genes": (GENE,)}
    assert values(OmicsQuery(**genes))["W1"] == 155
    assert values(OmicsQuery(**genes, versions="v1"))["W1"] == 150

    invalid = api.odm_validation(study).value.invalid
    told = {(one.attribute, one.value, one.count, one.error) for one in invalid}
    assert told == {("Organism", None, 2, "VALUE_NOT_SET"), ("Sex", "M", 1, "SYNONYM_ATTRIBUTE")}
    assert {one.group for one in invalid} == {samples}
    first, second_one, third = web.truth.samples(study)[:3]
    for sample in (first, second_one):
        api.odm_patch("samples", sample, {"Organism": "Homo sapiens"})
    api.odm_patch("samples", third, {"Sex": "male"})
    assert api.odm_validation(study).value.invalid == ()
    assert len(api.odm_history("samples", third).value.revisions) == 2


def test_a_patch_adds_changes_and_deletes(web: OdmWeb) -> None:
    sample = web.truth.samples(web.genomes.study)[0]
    told = api.odm_patch("samples", sample, {"Sex": None, "Note": "null", "Age": 38, "Sites": ("a", "b")})
    now = web.truth.metadata(sample)
    assert "Sex" not in now
    assert (now["Note"], now["Age"], now["Sites"]) == ("null", 38, ["a", "b"])
    assert dict(told.attributes)["Sites"] == "a | b"
    versions = api.odm_history("samples", sample).value.revisions
    assert versions[0].timestamp >= versions[1].timestamp
    before = api.odm_revision("samples", sample, versions[1].version).value
    assert dict(before.attributes)["Sex"] == "M"


@pytest.mark.parametrize("form", ["flat", "data"])
def test_both_forms_of_its_answer(web: OdmWeb, form: str) -> None:
    web.switches.patch_form = form
    told = api.odm_patch("studies", web.genomes.study, {"Contributor": "Lab One"})
    assert dict(told.attributes)["Contributor"] == "Lab One"
    assert told.warnings == ()


@pytest.mark.parametrize("arrived", [True, False])
def test_a_patch_whose_answer_is_lost_is_looked_up(web: OdmWeb, arrived: bool) -> None:
    study = web.genomes.study
    path = f"/api/v1/as-curator/studies/{study}"
    web.faults.append(Fault("cut" if arrived else "gone", path, times=1, method="PATCH"))
    if arrived:
        assert dict(api.odm_patch("studies", study, {"Contributor": "Lab One"}).attributes)["Contributor"] == "Lab One"
    else:
        with pytest.raises(Unavailable):
            api.odm_patch("studies", study, {"Contributor": "Lab One"})
    assert posts(web) == [f"PATCH {path}"], "sent once, whatever came of it"


def test_what_a_patch_cannot_be(web: OdmWeb, tmp_path: Path) -> None:
    study = web.genomes.study
    for values_ in ({}, {"": "x"}, {"groupId": "x"}, {"Sex": " "}, {"Age": float("nan")}, {"A": "x", " A ": "y"}):
        with pytest.raises(BadInput):
            api.odm_patch("studies", study, values_)
    with pytest.raises(BadInput):
        api.odm_patch("runs", study, {"A": "x"})
    with pytest.raises(BadInput, match="cannot restore"):
        api.odm_restore("studies", study, "c2738a64")
    assert not web.requests
    with pytest.raises(NotFound):
        api.odm_patch("studies", "GSF1", {"A": "x"})
    with settings.use(online(web, tmp_path, token=web.token("user"))), pytest.raises(Refused) as refused:
        api.odm_patch("studies", study, {"A": "x"})
    assert "Curators group" in refused.value.hint


def test_values_of_the_summary_may_be_objects(web: OdmWeb) -> None:
    run(walk(web))
    web.switches.validation_value = "object"
    study = web.truth.studies()[-1]
    sex = next(one for one in api.odm_validation(study).value.invalid if one.attribute == "Sex")
    assert '"M"' in str(sex.value)


@pytest.mark.parametrize("end", ["DONE", "FAILED", "KILLED"])
def test_publishing_is_waited_for(web: OdmWeb, end: str) -> None:
    web.switches.task_end = end
    study = web.genomes.study
    api.odm_publish_versions(study, "Spring release")
    while (seen := api.odm_publishing(study)) is None or seen.state in ("waiting", "running"):
        threading.Event().wait(0.005)
    assert seen.state == ("done" if end == "DONE" else "failed")
    assert (end in seen.message) == (end != "DONE")
    assert api.odm_history("studies", study).value.revisions[0].message == "Spring release"


def test_progress_tells_the_parts_and_the_bytes(web: OdmWeb) -> None:
    parts: dict[str, list[tuple[int, int, str]]] = {}
    run(
        genomes(web),
        lambda part, done, of, unit, _: parts.setdefault(part.partition(":")[0], []).append((done, of, unit)),
    )
    assert [*parts] == [
        "Importing study", "Importing samples", "Sending samples.tsv", "Linking samples to study",
        "Importing expression", "Sending a.gct", "Linking expression to samples", "Finished",
    ]  # fmt: skip
    sent = parts["Sending a.gct"]
    assert sent[-1][0] == sent[-1][1] > 200
    assert sent[-1][2] == "bytes"


def test_an_import_in_the_background_fails_in_words_and_is_forgotten(web: OdmWeb) -> None:
    web.switches.job_fails = "Disk of the server is full"
    key = api.odm_import(genomes(web, by_link=True)).key
    while (seen := api.odm_import_state(key)[1]) is None or seen.state in ("waiting", "running"):
        threading.Event().wait(0.005)
    assert seen.state == "failed"
    assert "Disk of the server is full" in seen.message
    web.switches.job_fails = ""
    assert ended(api.odm_resume(key).key).finished
    assert [one.key for one in api.odm_imports_known()] == [key]
    api.odm_forget_import(key)
    assert api.odm_imports_known() == ()
    with pytest.raises(NotFound):
        api.odm_import_state(key)


def test_an_import_in_the_background_is_stopped(web: OdmWeb) -> None:
    web.switches.job_end = "UNKNOWN"  # for ever
    key = api.odm_import(genomes(web, by_link=True)).key
    while "unknown" not in (seen := api.odm_import_state(key)[1]).part:
        assert seen.state in ("waiting", "running")
        threading.Event().wait(0.005)
    assert api.odm_import(genomes(web, by_link=True)).key == key, "it goes on, and nothing else begins"
    with pytest.raises(Unavailable, match="under way"):
        api.odm_forget_import(key)
    api.odm_cancel_import(key)
    while (seen := api.odm_import_state(key)[1]).state == "running":
        threading.Event().wait(0.005)
    assert seen.state == "cancelled"
    assert posts(web) == ["POST /api/v1/jobs/import/study", "PUT /api/v1/jobs/316/stop"]
    web.switches.job_end = ""
    assert ended(api.odm_resume(key).key).finished


def test_files_go_when_no_import_needs_them(web: OdmWeb, tmp_path: Path) -> None:
    ended(api.odm_import(genomes(web)).key)
    assert not [path for path in (tmp_path / "home").rglob("*.gct")]


def test_another_form_than_promised(web: OdmWeb) -> None:
    path = f"/api/v1/as-curator/integration/studies/{web.genomes.study}/validation-summary"
    web.faults.append(Fault("empty", path, times=1))
    with pytest.raises(BadAnswer):
        api.odm_validation(web.genomes.study)
