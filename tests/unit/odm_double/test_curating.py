"""The loopback ODM: import jobs, links, validation, changes and publishing, as recorded or documented."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.doubles.odm_web import BUNDLE, Fault, OdmWeb
from tests.doubles.odm_web_templates import ATLAS
from tests.unit.odm_double.asking import BULK, CURATOR, USER, V1, ask, finish, get, imported, start


def test_jobs_go_through_their_states(web: OdmWeb) -> None:
    body = {"metadataLink": web.link("study.tsv"), "source": "HTTP"}
    job = start(web, "study", **body)
    states = [get(web, f"{V1}/jobs/{job}/info")["status"] for _ in range(4)]
    assert states == ["STARTING", "RUNNING", "COMPLETED", "COMPLETED"]
    study = get(web, f"{V1}/jobs/{job}/output")["result"]["accession"]
    assert web.truth.metadata(study)["Study Title"] == "Thousand genomes subset"
    again = ask(web, f"{V1}/jobs/import/study", "POST", json=body)
    assert again.status_code == 409
    told = re.search(r"job instance already exists .+ jobExecId=([0-9]+)", again.json()["error"]["message"])
    assert told is not None
    assert int(told[1]) == job
    assert ask(web, f"{V1}/jobs/import/study?allow_dups=true", "POST", json=body).status_code == 200


def test_the_other_forms_of_jobs(web: OdmWeb) -> None:
    web.switches.job_steps = ("STARTED",)
    web.switches.study_result, web.switches.output_status = "groupAccession", False
    job = start(web, "study", metadataLink=web.link("study.tsv"))
    times = []
    for web.switches.time_form in ("dmy", "ymd", "iso"):
        times.append(get(web, f"{V1}/jobs/{job}/info"))
    assert times[0]["status"] == "STARTED"
    assert [re.sub(r"\d", "9", one["createTime"]) for one in times] == [
        "99-99-9999 99:99:99",
        "9999-99-99 99:99:99",
        "9999-99-99T99:99:99+99:99",
    ]
    assert set(get(web, f"{V1}/jobs/{job}/output")) == {"result"}


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("samples", "Sex\tSex\tSample Source ID\nM\tM\tS1\n", "Duplicated"),
        ("samples", "Sample Source ID\nS1\nS1\n", "not unique"),
        ("libraries", "Library ID\nL1\n", "Sample Source ID"),
        ("expression", "#1.2\n2\t5\nName\tDescription\tA\nG\tNA\t1\n", "Dimensions"),
        ("expression", "#1.2\n1\t1\nName\tDescription\tA\nG\tNA\tx\n", "not a number"),
        ("expression", "gene\tA\nG\t1\n", "mandatory"),
    ],
)
def test_a_broken_file_fails_the_job_and_leaves_nothing(web: OdmWeb, kind: str, text: str, said: str) -> None:
    before = len(web.world.things)
    body = {"dataLink" if kind == "expression" else "metadataLink": web.link("broken", text.encode())}
    job = start(web, kind, **body, **({"dataClass": BULK} if kind == "expression" else {}))
    output = finish(web, job)
    assert output["status"] == "FAILED"
    assert said in output["errors"][0]["stack"][0]["message"]
    assert len(web.world.things) == before
    assert ask(web, f"{V1}/jobs/import/{kind}", "POST", json={}).status_code == 400


def test_links_leave_this_machine_for_nothing(web: OdmWeb) -> None:
    output = finish(web, start(web, "study", metadataLink="http://192.0.2.1/study.tsv"))
    assert (output["status"], "result" in output) == ("FAILED", False)


def test_the_whole_walk(web: OdmWeb) -> None:
    study = imported(web, "study", metadataLink=web.link("study.tsv"))
    upload = {"file": ("samples.tsv", BUNDLE["samples.tsv"])}
    job = ask(web, f"{V1}/jobs/import/samples/multipart", "POST", files=upload, data={"studyId": study}).json()
    samples = finish(web, job["jobExecId"])["result"]["groupAccession"]
    link = f"{CURATOR}/integration/link"
    assert get(web, f"{USER}/integration/link/samples/by/study/{study}")["data"] == []  # studyId does not link
    assert ask(web, f"{link}/sample/group/{samples}/to/study/{study}", "POST").status_code == 204
    assert ask(web, f"{link}/sample/group/{samples}/to/study/{web.atlas.study}", "POST").status_code == 400

    def expression(file: str, **more: Any) -> str:
        return imported(web, "expression", dataLink=web.link(file), dataClass=BULK, **more)

    told = {"metadataLink": web.link("a.gct.tsv")}
    first, partial = expression("a.gct", **told), expression("partial.gct")
    pools, second = expression("libraries.gct"), expression("a2.gct", **told, previousVersion=first)
    statuses = [
        ask(web, f"{link}/expression/group/{group}/to/sample/group/{samples}", "POST").status_code
        for group in (first, partial, pools, second)
    ]
    assert statuses == [204, 200, 400, 204]
    wrong = ask(web, f"{link}/expression/group/{first}/to/sample/group/{samples}?linkingAttribute=Population", "POST")
    assert wrong.status_code == 400
    sample = web.truth.members(samples)[0]
    found = {
        versions: [
            one["value"]["value"]
            for one in get(
                web,
                f"{USER}/omics/expression/data",
                studyFilter=f"genestack:accession={study}",
                sampleFilter=f"genestack:accession={sample}",
                exQuery="feature=ENSG00000077044",
                exFilter='"Normalization Method"=RPKM',
                **({"useVersions": versions} if versions else {}),
            )["data"]
        ]
        for versions in ("", "v1", "*")
    }
    assert found == {"": [24.7], "v1": [14.7], "*": [14.7, 24.7]}
    assert web.truth.value("ENSG00000077044", sample, second) == 24.7


def test_linking_libraries_may_say_204_and_do_nothing(web: OdmWeb) -> None:
    study, samples = web.genomes.study, web.genomes.samples
    group = imported(web, "libraries", metadataLink=web.link("libraries.tsv"))
    path = f"{CURATOR}/integration/link/library/group/{group}/to/sample/group/{samples}"
    linked = f"{USER}/integration/link/library/group/by/study/{study}"
    web.switches.link_lost = True
    assert ask(web, path, "POST").status_code == 204
    assert group not in [one["itemId"] for one in get(web, linked)]
    web.switches.link_lost = False
    reply = ask(web, path, "POST")
    assert (reply.status_code, reply.content) == (204, b"")
    assert group in [one["itemId"] for one in get(web, linked)]
    assert ask(web, path, "DELETE").status_code == 204
    assert ask(web, path, "DELETE").status_code == 400


def test_tsv_with_measurements(web: OdmWeb) -> None:
    body = {"dataLink": web.link("b.tsv"), "numberOfFeatureAttributes": 4, "measurementSeparator": "."}
    group = imported(web, "expression", **body)
    found = get(web, f"{USER}/omics/expression/data", exFilter=f"genestack:accession={group}", exQuery="value.m1 > 1")
    assert [(one["itemOrigin"]["runSourceId"], one["value"]) for one in found["data"]] == [
        ("HG00121", {"m1": 1.5, "m2": 20.0}),
        ("HG00119", {"m1": 2.5, "m2": 30.0}),
    ]
    told = get(web, f"{USER}/expressions/group/{group}")["metadata"]
    assert told["Features (numeric)"] == ["Numeric Feature One", "Numeric Feature Two"]
    assert told["Values (numeric)"] == ["m1", "m2"]


def test_patch_adds_changes_and_deletes_with_a_version_each(web: OdmWeb) -> None:
    own = web.truth.samples(web.atlas.study)[0]
    path = f"{CURATOR}/samples/{own}"
    first = get(web, f"{path}/versions", "curator")[0]["version"]
    told = ask(web, path, "PATCH", json={"Sex": "female", "New": "Test", "BMI": None, "Age": "41"}).json()
    assert (told["Sex"], told["New"], told["Age"], "BMI" in told) == ("female", "Test", 41, False)
    web.switches.patch_form = "data"
    assert ask(web, path, "PATCH", json={"New": None}).json()["warnings"] == []
    versions = get(web, f"{path}/versions", "curator")
    assert [one["timestamp"] for one in versions] == sorted((one["timestamp"] for one in versions), reverse=True)
    assert len(versions) == 3
    assert get(web, f"{path}/versions/{first}", "curator")["BMI"] == "20.0"
    assert ask(web, path, "PATCH", data=b"[1]").status_code == 400


def test_validation_follows_the_metadata(web: OdmWeb) -> None:
    path = f"{CURATOR}/integration/studies/{web.atlas.study}/validation-summary"
    group = get(web, path, "curator")["samples"][0]
    found = {
        one["attributeName"]: [
            (v["value"], v["count"], v["errors"][0]["errorType"]) for v in one["attributeInvalidValues"]
        ]
        for one in group["attributes"]
    }
    assert found == {
        "Organism": [(None, 4, "VALUE_NOT_SET")],
        "Sex": [("M", 3, "SYNONYM_ATTRIBUTE")],
        "Compound Treatment / Compound": [("ibprofen", 2, "VOCABULARY_NOT_FOUND")],
    }
    samples = {own: web.truth.metadata(own) for own in web.truth.samples(web.atlas.study)}
    for own, metadata in samples.items():
        changes = {"Organism": "Homo sapiens"} if "Organism" not in metadata else {}
        changes |= {"Sex": "male"} if metadata["Sex"] == "M" else {}
        wrong = metadata.get("Compound Treatment / Compound") == "ibprofen"
        changes |= {"Compound Treatment / Compound": "Not recorded"} if wrong else {}
        if changes:
            ask(web, f"{CURATOR}/samples/{own}", "PATCH", json=changes)
    assert get(web, path, "curator") == {"samples": []}


def test_publishing_is_a_task(web: OdmWeb) -> None:
    study = web.atlas.study
    task = ask(web, f"{CURATOR}/integration/studies/{study}/tasks/publish-versions?versionMessage=Done", "POST").json()
    states = [get(web, f"{V1}/tasks/{task['id']}")["status"] for _ in range(3)]
    assert states == ["CREATED", "RUNNING", "DONE"]
    assert get(web, f"{USER}/studies/{study}/versions")[0]["message"] == "Done"


def test_a_template_is_applied_by_its_id(web: OdmWeb) -> None:
    study = imported(web, "study", metadataLink=web.link("walk_study.tsv"), templateId=ATLAS)
    samples = imported(web, "samples", metadataLink=web.link("walk_samples.tsv"), templateId=ATLAS)
    ask(web, f"{CURATOR}/integration/link/sample/group/{samples}/to/study/{study}", "POST")
    summary = get(web, f"{CURATOR}/integration/studies/{study}/validation-summary", "curator")["samples"]
    assert [one["attributeName"] for one in summary[0]["attributes"]] == ["Organism", "Sex"]
    assert get(web, f"{USER}/studies/{study}")["Study Title"].startswith("Simulated blood study")
    assert [web.truth.metadata(own)["Age"] for own in web.truth.members(samples)] == [31, 42, 53, 64, 35, 46]


def test_an_attribute_no_sample_has_may_be_told_apart(web: OdmWeb) -> None:
    samples = imported(web, "samples", metadataLink=web.link("samples.tsv"), templateId=ATLAS)
    study = imported(web, "study", metadataLink=web.link("study.tsv"))
    ask(web, f"{CURATOR}/integration/link/sample/group/{samples}/to/study/{study}", "POST")
    path = f"{CURATOR}/integration/studies/{study}/validation-summary"

    def organism() -> tuple[str, int]:
        attributes = get(web, path, "curator")["samples"][0]["attributes"]
        [value] = next(one for one in attributes if one["attributeName"] == "Organism")["attributeInvalidValues"]
        return value["errors"][0]["errorType"], value["count"]

    assert organism() == ("VALUE_NOT_SET", 4)
    web.switches.absent = "MISSING_ATTRIBUTE"
    assert organism() == ("MISSING_ATTRIBUTE", 4)


def test_a_job_is_stopped_and_started_again(web: OdmWeb) -> None:
    job = start(web, "study", metadataLink=web.link("study.tsv"))
    path = f"{V1}/jobs/{job}"
    assert ask(web, f"{path}/stop", "PUT").json()["status"] == "STOPPED"
    assert get(web, f"{path}/info")["status"] == "STOPPED"
    assert len(web.truth.studies()) == 2
    assert ask(web, f"{path}/restart", "PUT").json()["status"] == "STARTING"
    assert finish(web, job)["status"] == "COMPLETED"
    assert ask(web, f"{path}/stop", "PUT").status_code == 400
    web.switches.job_end = "UNKNOWN"
    endless = start(web, "samples", metadataLink=web.link("samples.tsv"))
    assert [get(web, f"{V1}/jobs/{endless}/info")["status"] for _ in range(5)][2:] == ["UNKNOWN"] * 3


def test_a_late_answer_is_to_something_done(web: OdmWeb) -> None:
    own = web.truth.samples(web.atlas.study)[0]
    web.faults.append(Fault("late", f"{CURATOR}/samples/", method="PATCH"))  # comes with release(), never by itself
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, web, f"{CURATOR}/samples/{own}", "PATCH", json={"New": "x"})
        for _ in range(2_000):
            if "New" in web.truth.metadata(own):
                break
            time.sleep(0.002)
        assert web.truth.metadata(own)["New"] == "x"
        assert not waiting.done()
        web.release()
        assert waiting.result().json()["New"] == "x"
