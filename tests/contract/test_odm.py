"""An ODM server asked through the counter: the catalogue, a study, omics queries, and the requests that are shown."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from backend import settings
from backend.api import odm as counter
from backend.errors import BadAnswer, BadInput, ExpronautError, NotConfigured, NotFound, Refused
from backend.model import Condition, OmicsQuery
from tests.contract.odm_online import STUDY, online
from tests.doubles.odm_web import Fault, OdmWeb
from tests.doubles.odm_web_atlas import GENES, N_SAMPLES, numbers, sample, source


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OdmWeb]:
    with OdmWeb() as double:
        yield double


@pytest.fixture(autouse=True)
def services(web: OdmWeb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    web.reset()
    with settings.use(online(web, tmp_path_factory.mktemp("odm"))):
        yield


def test_without_a_server_it_says_what_to_set() -> None:
    with settings.use(replace(settings.current(), odm=None)), pytest.raises(NotConfigured, match="EXPRONAUT_ODM"):
        counter.odm_server()


def test_the_server_is_told_without_its_token_and_checked_by_asking(web: OdmWeb) -> None:
    told = counter.odm_server()
    assert (told.base, told.dialect, told.role, told.sends) == (web.url, "modern", "user", "token")
    assert counter.odm_check().value == len(web.truth.studies())


@pytest.mark.parametrize(("role", "dialect", "bearer"), [("user", "legacy", False), ("curator", "modern", True)])
def test_each_form_of_address_and_each_kind_of_token_works(
    web: OdmWeb, tmp_path_factory: pytest.TempPathFactory, role: str, dialect: str, bearer: bool
) -> None:
    with settings.use(online(web, tmp_path_factory.mktemp("odm"), role, dialect, bearer)):
        assert counter.odm_check().value == 2
    sent = web.requests[-1].headers
    assert [name for name in ("Authorization", "Genestack-API-Token") if sent[name]] == (
        ["Authorization"] if bearer else ["Genestack-API-Token"]
    )


def test_a_wrong_token_says_what_to_check(web: OdmWeb) -> None:
    odm = settings.current().odm
    assert odm is not None
    wrong = replace(settings.current(), odm=replace(odm, token="wrong-one"))
    with settings.use(wrong), pytest.raises(Refused, match="still listed in your profile"):
        counter.odm_studies()
    curator = replace(settings.current(), odm=replace(odm, role="curator"))
    with settings.use(curator), pytest.raises(Refused, match="Curators group"):
        counter.odm_data(STUDY)


def test_the_catalogue_has_facets_with_counts_and_full_text(web: OdmWeb) -> None:
    found = counter.odm_studies().value
    assert {card.accession for card in found.cards} == set(web.truth.studies())
    assert (found.total, found.without) == (2, "")
    tissue = next(facet for facet in found.facets if facet.name == "Tissue")
    assert {option.name: option.count for option in tissue.options} == dict.fromkeys(
        ("liver", "skeletal muscle", "adipose tissue"), 1
    )
    liver = next(option.id for option in tissue.options if option.name == "liver")
    chosen = counter.odm_studies(options=[liver]).value
    assert [card.accession for card in chosen.cards] == [web.atlas.study]
    assert [card.accession for card in counter.odm_studies("Finnish").value.cards] == [web.genomes.study]
    assert counter.odm_studies("xylophone").value.total == 0
    assert len(counter.odm_studies(limit=1).value.cards) == 1


@pytest.mark.parametrize("status", [403, 404, 405])
def test_without_facets_there_is_the_plain_list_and_a_word_about_it(web: OdmWeb, status: int) -> None:
    web.faults.append(Fault("status", "/api/v1/as-user/integration/fulltext", status=status))
    answer = counter.odm_studies()
    assert {card.accession for card in answer.value.cards} == set(web.truth.studies())
    assert "no facets" in answer.value.without
    assert answer.value.without in answer.provenance.notes
    with pytest.raises(ExpronautError):  # a choice of facets is never left out silently
        counter.odm_studies(options=["x"])


def test_a_study_has_its_metadata_its_objects_and_its_data(web: OdmWeb) -> None:
    study = counter.odm_study(web.atlas.study).value
    truth = web.truth.metadata(web.atlas.study)
    assert study.title == truth["Study Title"]
    told = {name: value for name, value in study.about.attributes if value is not None}
    assert told == {name: value for name, value in truth.items() if name != "genestack:accession"}
    assert study.groups == ((web.atlas.samples, "samples", N_SAMPLES), (web.atlas.libraries, "libraries", 4))
    linked = set(web.atlas.expressions.values()) - {web.atlas.expressions["unlinked"]}
    assert {group.accession for group in study.data} == linked
    assert study.missing == ()
    with pytest.raises(NotFound):
        counter.odm_study("GSF1")


def test_what_a_server_does_not_give_of_a_study_is_told(web: OdmWeb) -> None:
    web.faults.append(Fault("status", "/api/v1/as-user/integration/link/library", status=404))
    study = counter.odm_study(web.atlas.study).value
    assert [what for what in study.missing if "libraries" in what]
    assert study.groups[0][2] == N_SAMPLES


def test_short_pages_give_all_samples(web: OdmWeb) -> None:
    web.switches.short_page = 7
    table = counter.odm_objects(web.atlas.study, "samples").value
    assert list(table["genestack:accession"]) == web.truth.samples(web.atlas.study)
    assert set(table["groupId"]) == {web.atlas.samples}
    assert table["Compound Treatment / Compound"][0] == "ibuprofen | metformin"


def test_attributes_are_those_of_the_template_that_is_chosen(web: OdmWeb) -> None:
    names = {
        fields: {one.name for one in counter.odm_attributes(web.atlas.study, "samples", fields).value}
        for fields in ("template", "applied", "all")
    }
    assert "BMI" in names["all"] - names["applied"]  # in no template
    assert "Cell Type" in names["template"] & names["all"]


def test_the_summary_counts_values_and_what_is_missing(web: OdmWeb) -> None:
    summary = {one.name: one for one in counter.odm_attributes(web.atlas.study, "samples").value}
    samples = [sample(place) for place in range(N_SAMPLES)]
    for name in ("Sex", "Disease", "Organism", "Steatosis Score"):
        expected = Counter(one[name] for one in samples if name in one)
        assert dict(summary[name].values) == expected
        assert summary[name].n_missing == N_SAMPLES - sum(expected.values())
    compounds = dict(summary["Compound Treatment / Compound"].values)
    assert compounds["metformin"] == compounds["ibuprofen"] == 10


def test_versions_of_metadata_and_of_data(web: OdmWeb) -> None:
    own = web.truth.samples(web.atlas.study)[0]
    history = counter.odm_history("samples", own).value
    assert [one.author for one in history.revisions] == ["Curator One"]
    then = counter.odm_revision("samples", own, history.revisions[0].version).value
    assert dict(then.attributes)["Sex"] == "male"
    chains = counter.odm_chains(web.atlas.study).value
    (counts,) = [chain for chain in chains if chain.accession]
    assert [(one.number, one.active) for one in counts.versions] == [(3, True), (2, False), (1, False)]
    assert [one.accession for one in counts.versions] == [web.atlas.expressions[f"counts{n}"] for n in (3, 2, 1)]
    active = {group.accession for group in counter.odm_data(web.atlas.study).value}
    assert counts.versions[0].accession in active
    assert counts.versions[1].accession not in active


def test_links_of_data_are_told_complete_pooled_or_none(web: OdmWeb) -> None:
    groups = web.atlas.expressions
    tpm, pools, none = (counter.odm_links(groups[name]).value for name in ("tpm", "pools", "unlinked"))
    assert (tpm.target, tpm.state, tpm.n_matched, tpm.without_data) == ("samples", "complete", N_SAMPLES, ())
    assert (pools.target, pools.state, pools.n_matched) == ("libraries", "complete", 4)
    assert pools.without_data == tuple(source(place) for place in range(12, N_SAMPLES))
    assert (none.state, none.unmatched) == ("none", ("ELSEWHERE1", "ELSEWHERE2"))


MONOCYTES = '"Cell Type"="CD14-positive monocyte"'


def test_the_four_queries_of_the_training(web: OdmWeb) -> None:
    """Study; with cell type; with gene; with least value."""
    own = web.truth.samples(web.atlas.study)
    query = OmicsQuery(study=web.atlas.study, page=10)
    assert set(counter.omics_samples(query).value.table["genestack:accession"]) == set(own)
    query = replace(query, sample_filter=MONOCYTES)
    found = counter.omics_samples(query).value
    assert list(found.table["genestack:accession"]) == own[:4]
    assert any("Found 4 samples" in line for line in found.log)
    query = replace(query, ex_query="Feature=TRAF3IP2-AS1", expression_filter='"Normalization Method"="TPM"')
    found = counter.omics_expression(query).value
    row = numbers()[GENES.index("TRAF3IP2-AS1")]
    assert list(found.table["value"]) == list(row[:4])
    assert list(found.table["run"]) == [source(place) for place in range(4)]
    least = sorted(row[:4])[2]
    found = counter.omics_expression(replace(query, ex_query=f"Feature=TRAF3IP2-AS1 MinValue={least}")).value
    assert sorted(found.table["value"]) == sorted(row[:4])[2:]


def test_the_first_objects_are_told_to_be_no_more_than_that(web: OdmWeb) -> None:
    answer = counter.omics_samples(OmicsQuery(study=web.atlas.study, page=7), most=20)
    assert (answer.value.n, answer.value.whole, len(answer.value.table)) == (20, False, 20)
    assert any("first 20" in note for note in answer.provenance.notes)
    assert web.count("/api/v1/as-user/omics/samples") == 3
    whole = counter.omics_samples(OmicsQuery(study=web.atlas.study, page=20), most=60).value
    assert (whole.n, whole.whole) == (60, True)


@pytest.mark.parametrize("end", ["cursor", "null", "unsaid", "repeated"])
def test_however_the_cursor_ends_everything_comes_once(web: OdmWeb, end: str) -> None:
    web.switches.end = end
    found = counter.omics_samples(OmicsQuery(study=web.atlas.study, page=25)).value
    assert sorted(found.table["genestack:accession"]) == sorted(web.truth.samples(web.atlas.study))


def test_long_lists_of_samples_are_asked_for_in_pieces(web: OdmWeb) -> None:
    own = tuple(web.truth.samples(web.atlas.study))
    query = OmicsQuery(samples=own, genes=("CD36",), expression_filter='"Normalization Method"="TPM"')
    assert len(counter.odm_requests(query, "expression")) == 2
    found = counter.omics_expression(query).value
    assert sorted(found.table["sample"]) == sorted(own)


def test_what_several_requests_find_comes_once(web: OdmWeb) -> None:
    genes = ("CD36", *(f"NONE{place}" for place in range(200)), "CPT1A")
    query = OmicsQuery(study=web.atlas.study, genes=genes)
    assert len(counter.odm_requests(query)) == 2
    found = counter.omics_samples(query).value
    assert sorted(found.table["genestack:accession"]) == sorted(web.truth.samples(web.atlas.study))


@pytest.mark.parametrize("generation", [1, 2, 3])
def test_items_of_every_generation_give_the_same_values(web: OdmWeb, generation: int) -> None:
    web.switches.generation = generation
    query = OmicsQuery(study=web.genomes.study, genes=("ENSG00000077044",), expression_filter="", page=3)
    table = counter.omics_expression(query).value.table
    own = table[table["library"] == ""].set_index("sample")["value"]
    assert dict(own) == web.truth.values(web.genomes.expressions["samples"], "ENSG00000077044")
    pools = table[table["library"] != ""].set_index("sample")["value"]
    first, second, third, _ = web.truth.samples(web.genomes.study)
    assert dict(pools) == {f"{first} | {second}": 21.9, third: 19.9}


def test_filters_made_here_are_read_by_the_server(web: OdmWeb) -> None:
    odd = 'a "quoted" \\ name (x) AND y'
    web.world.things[web.truth.samples(web.atlas.study)[5]].metadata[odd] = 'v"1"\\'
    made = counter.odm_filter([Condition(odd, "=", ('v"1"\\', "z")), Condition("Age", ">", ("20",))])
    found = counter.omics_samples(OmicsQuery(study=web.atlas.study, sample_filter=made)).value
    assert list(found.table["genestack:accession"]) == [web.truth.samples(web.atlas.study)[5]]


def test_a_filter_the_server_cannot_read_is_told_in_its_words() -> None:
    with pytest.raises(BadAnswer, match="Cannot parse") as caught:
        counter.omics_samples(OmicsQuery(sample_filter='"Sex" = ('))
    assert "filters" in str(caught.value)


@pytest.mark.parametrize("query", [OmicsQuery(), OmicsQuery(study="GSF1"), OmicsQuery(genes=("A",), page=0)])
def test_expression_of_everything_is_not_asked_for(web: OdmWeb, query: OmicsQuery) -> None:
    before = len(web.requests)
    with pytest.raises(BadInput):
        counter.omics_expression(query)
    assert len(web.requests) == before


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_python_and_the_curl_that_are_shown_work_and_hold_no_token(web: OdmWeb) -> None:
    query = OmicsQuery(study=web.atlas.study, sample_filter="\"Tissue\"='x' OR " + MONOCYTES, page=3)
    (request,) = counter.odm_requests(query)
    token = web.token()
    assert token not in f"{request!r}"
    env = {**os.environ, "ODM_TOKEN": token}
    told = subprocess.run([sys.executable, "-c", request.python], env=env, capture_output=True, text=True, check=True)
    assert told.stdout == "4 objects\n"
    told = subprocess.run(["sh", "-c", request.curl], env=env, capture_output=True, text=True, check=True)
    assert told.stdout.count("genestack:accession") == 3
    assert web.requests[-1].headers["Genestack-API-Token"] == token


def test_answers_say_when_the_server_is_gone(web: OdmWeb) -> None:
    first = counter.odm_data(web.atlas.study)
    assert (first.provenance.kind, first.provenance.url) == ("live", web.url)
    kept = counter.odm_data(web.atlas.study)
    assert (kept.value, kept.provenance.kind) == (first.value, "cached")
    with settings.use(replace(settings.current(), offline=True, keep=(("127.0.0.1", 0.0),))):
        old = counter.odm_data(web.atlas.study)
    assert old.value == first.value
    assert old.provenance.stale
    assert "Stale" in old.provenance.notes[0]
