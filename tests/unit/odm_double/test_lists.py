"""The loopback ODM: who may in, both dialects, lists, filters, facets and errors, as recorded or documented."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.doubles.odm_web import Fault, OdmWeb
from tests.unit.odm_double.asking import CURATOR, USER, V1, ask, get


def test_a_token_is_asked_for_and_authorization_goes_first(web: OdmWeb) -> None:
    good, bad = web.token("user"), "wrong"
    idp = web.token("user", bearer=True)
    tries = (
        ({}, 401),
        ({"genestack-api-TOKEN": good}, 200),
        ({"Genestack-API-Token": bad}, 401),
        ({"Authorization": f"bearer {idp}"}, 200),
        ({"Authorization": f"Bearer {idp}", "Genestack-API-Token": bad}, 200),
        ({"Authorization": f"Bearer {bad}", "Genestack-API-Token": good}, 401),
        ({"Authorization": f"Bearer {good}"}, 401),  # a token of ODM is no bearer token
    )
    assert [ask(web, f"{USER}/studies", headers=headers).status_code for headers, _ in tries] == [s for _, s in tries]


def test_a_researcher_may_search_but_not_curate(web: OdmWeb) -> None:
    study = web.atlas.study
    tries = (
        ("GET", f"{CURATOR}/studies", 403),
        ("PATCH", f"{CURATOR}/studies/{study}", 403),
        ("POST", f"{V1}/jobs/import/study", 403),
        ("GET", f"{CURATOR}/integration/studies/{study}/validation-summary", 403),
        ("POST", f"{USER}/integration/fulltext/search/studies", 200),
    )
    assert [ask(web, path, method, "user", json={}).status_code for method, path, _ in tries] == [s for *_, s in tries]


def test_both_dialects_tell_the_same(web: OdmWeb) -> None:
    old = "/frontend/rs/genestack"
    study = web.atlas.study
    pairs = (
        (f"{USER}/studies/{study}", f"{old}/studyUser/default-released/studies/{study}"),
        (f"{CURATOR}/omics/samples", f"{old}/integrationCurator/default-released/omics/samples"),
    )
    for modern, legacy in pairs:
        assert ask(web, modern).json() == ask(web, legacy).json()
    assert ask(web, f"{old}/sampleUser/default-released/studies/{study}").status_code == 404
    web.switches.dialects = ("modern",)
    gone = ask(web, pairs[0][1])
    assert (gone.status_code, gone.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_unknown_parameters_are_refused(web: OdmWeb) -> None:
    assert ask(web, f"{USER}/omics/samples", params={"pageOffset": 1}).status_code == 400
    assert ask(web, f"{USER}/studies", params={"exQuery": "feature=A"}).status_code == 400
    assert ask(web, f"{USER}/studies", params={"pageLimit": 2001}).status_code == 400
    assert ask(web, f"{USER}/studies/GSF1").status_code == 404


def test_a_short_page_is_not_the_end(web: OdmWeb) -> None:
    web.switches.short_page = 40
    query = {"filter": '"Sample Source"=Simulated', "pageLimit": 50}
    first = get(web, f"{USER}/samples", **query)
    second = get(web, f"{USER}/samples", **query, pageOffset=40)
    assert first["meta"]["pagination"] == {"count": 40, "total": 60, "offset": 0, "limit": 50}
    found = [one["genestack:accession"] for page in (first, second) for one in page["data"]]
    assert found == web.truth.samples(web.atlas.study)


def test_records_have_nulls_lists_numbers_and_numeric_texts(web: OdmWeb) -> None:
    query = {"filter": '"Sample Source ID"="SIM-S01"'}
    shown = {role: get(web, f"{V1}/as-{role}/samples", role, **query)["data"][0] for role in ("user", "curator")}
    assert shown["user"]["Compound Treatment / Compound"] == ["ibuprofen", "metformin"]
    assert (shown["user"]["Age"], shown["user"]["Cell Line"]) == (25, None)
    assert shown["curator"]["BMI"] == "20.0"
    assert "BMI" not in shown["user"]
    assert list(shown["user"])[-1] == "groupId"
    assert "Sample Source" not in get(web, f"{USER}/samples", **query, returnedMetadataFields="minimal_data")["data"][0]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Sex=M", lambda one: one["Sex"] == "M"),
        (
            'Sex="male" AND (Tissue=liver OR Tissue="skeletal muscle")',
            lambda one: one["Sex"] == "male" and one.get("Tissue") in ("liver", "skeletal muscle"),
        ),
        ("NOT Sex=female && !=x", None),
        ("NOT Sex=female", lambda one: one["Sex"] != "female"),
        ("Age > 70.5", lambda one: one.get("Age", 0) > 70.5),
        ('"Sample Name" = "donor 1? l*"', lambda one: re.match(r"donor 1\d liver", one.get("Sample Name", ""))),
        (
            '"Compound Treatment / Compound"=metformin',
            lambda one: "metformin" in one.get("Compound Treatment / Compound", ()),
        ),
        ('"Organism" != "Homo sapiens"', lambda one: "Organism" not in one),
        ("Age >= 70", None),
        ('(Sex="male"', None),
    ],
)
def test_filters(web: OdmWeb, text: str, wanted: Any) -> None:
    reply = ask(web, f"{USER}/samples", params={"filter": text})
    if wanted is None:
        assert reply.status_code == 400
        return
    samples = [own for study in web.truth.studies() for own in web.truth.samples(study)]
    expected = [own for own in samples if wanted(web.truth.metadata(own))]
    assert [one["genestack:accession"] for one in reply.json()["data"]] == expected
    assert 0 < len(expected) < len(samples)


def test_full_text_knows_synonyms_and_narrower_terms(web: OdmWeb) -> None:
    def total(query: str, **more: Any) -> int:
        return get(web, f"{USER}/samples", query=query, **more)["meta"]["pagination"]["total"]

    samples = map(web.truth.metadata, web.truth.samples(web.atlas.study))
    ill = sum(one["Disease"] == "fatty liver disease" for one in samples)
    assert total("NAFLD") == total('"fatty liver disease"') == ill > 0
    assert total("leukocyte") == 0
    assert total("leukocyte", searchSpecificTerms="true") == 4
    first, second = web.truth.samples(web.atlas.study)[:2]
    assert total(f"{first},{second}") == total(f"{first} OR {second}") == 2


def test_facets_count_studies_and_select(web: OdmWeb) -> None:
    path = f"{USER}/integration/fulltext/search/studies"
    every = ask(web, path, "POST", json={"page": {"offset": 0, "limit": 1}}).json()
    assert (every["objectsPage"]["filteredCount"], len(every["objectsPage"]["content"])) == (2, 1)
    options = {one["name"]: one for group in every["filterOptionGroups"] for one in group["options"]}
    chosen = [{"type": "SELECT", "filterOptionId": options["liver"]["id"]}]
    found = ask(web, path, "POST", json={"filters": [*chosen, {"type": "FULL_TEXT", "match": "NAFLD"}]}).json()
    assert [one["accession"] for one in found["objectsPage"]["content"]] == [web.atlas.study]
    two = [{"type": "FULL_TEXT", "match": "x"}] * 2
    assert ask(web, path, "POST", json={"filters": two}).status_code == 400


@pytest.mark.parametrize("form", ["genestack", "rpc", "scim", "problem", "text"])
def test_errors_have_many_forms(web: OdmWeb, form: str) -> None:
    web.switches.error_form = form
    reply = ask(web, f"{USER}/studies/GSF1")
    assert reply.status_code == 404
    assert "Object 'GSF1' could not be found" in reply.text


def test_a_gateway_answers_with_a_page(web: OdmWeb) -> None:
    web.faults.append(Fault("html", f"{USER}/omics", times=1, status=504))
    late = ask(web, f"{USER}/omics/samples")
    assert (late.status_code, "504 Gateway Timeout" in late.text) == (504, True)
    assert ask(web, f"{USER}/omics/samples").status_code == 200


def test_requests_are_logged_with_their_headers(web: OdmWeb) -> None:
    get(web, f"{USER}/samples", filter="Sex=M")
    [one] = web.requests
    assert (one.method, one.path, one.query) == ("GET", f"{USER}/samples", {"filter": "Sex=M"})
    assert one.headers["genestack-api-token"] == web.token("user")


def test_objects_are_found_by_what_they_are_linked_to(web: OdmWeb) -> None:
    def accessions(path: str, **query: Any) -> list[str]:
        return [one["genestack:accession"] for one in get(web, f"{USER}/{path}", **query)["data"]]

    link = "integration/link"
    assert accessions(f"{link}/studies/by/samples", filter="Tissue=liver") == [web.atlas.study]
    pooled = accessions(f"{link}/samples/by/libraries", filter='"Library ID"=LIB1')
    assert pooled == web.truth.members(web.genomes.samples)[:2]
    assert accessions(f"libraries/by/group/{web.atlas.libraries}") == web.truth.members(web.atlas.libraries)
    pair = {"firstType": "library", "firstIds": web.truth.members(web.genomes.libraries)[:1]}
    batch = ask(web, f"{USER}/links/get-batch", "POST", "user", json=pair).json()
    assert [one["secondId"] for one in batch["data"] if one["secondType"] == "sample"] == pooled
    headers = web.headers() | {"Accept": "text/tab-separated-values"}
    table = ask(web, f"{USER}/studies", headers=headers, params={"query": "SIM-1"}).text.splitlines()
    cells = dict(zip(*(line.split("\t") for line in table), strict=True))
    assert cells["Study Description"] == "Simulated numbers || for tests of the app only"
