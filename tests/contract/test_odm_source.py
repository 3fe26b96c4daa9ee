"""Selections opened from ODM as sources: the suites of their capabilities, their numbers against the double's own."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats

from backend import api, settings, sources
from backend.api import odm as counter
from backend.errors import BadAnswer, BadInput, NotFound, TooLarge
from backend.model import OmicsQuery
from backend.odm import selection
from backend.odm.server import Server
from backend.sources.odm import OdmMatrix
from tests.contract.odm_online import online
from tests.contract.source_contract import (
    GeneLookupContract,
    SampleSearchContract,
    TissueProfileContract,
)
from tests.doubles.odm_web import OdmWeb
from tests.doubles.odm_web_atlas import DISEASES, GENES, INFINITE, N_COUNTED, N_SAMPLES, numbers, sample, source

TPM = '"Normalization Method"="TPM"'


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OdmWeb]:
    with OdmWeb() as double, settings.use(online(double, tmp_path_factory.mktemp("odm"))):
        counter.open_selection(OmicsQuery(), double.atlas.expressions["tpm"])
        yield double


@pytest.fixture(autouse=True)
def fresh(web: OdmWeb) -> None:
    for field in dataclasses.fields(web.switches):
        setattr(web.switches, field.name, field.default)


def _key(web: OdmWeb, name: str) -> str:
    return f"odm-{web.atlas.expressions[name].lower()}"


def _of(key: str) -> OdmMatrix:
    found = sources.get(key)
    assert isinstance(found, OdmMatrix)
    return found


def _stored(key: str) -> pd.DataFrame:
    """Features x samples on the linear scale, as they lie on disk."""
    own = _of(key)
    logged = own.store.rows(range(len(own.head.ids)))
    assert own.head.scale.log
    return pd.DataFrame(2**logged - 1, list(own.head.ids), list(own.head.samples["sample"]))


class TestOpenedGroup(TissueProfileContract, GeneLookupContract, SampleSearchContract):
    name: ClassVar[str] = "odm-gsf1047082"
    gene: ClassVar[str] = "CD36"
    other_gene: ClassVar[str] = "ALB"
    partner: ClassVar[str] = "CPT1A"
    query: ClassVar[str] = "liver"

    def test_it_is_the_group_with_tpm(self, web: OdmWeb) -> None:
        assert _key(web, "tpm") == self.name


def _expected() -> np.ndarray:
    values = numbers().copy()
    values[INFINITE] = np.nan
    return values


def test_a_streamed_group_is_stored_as_it_is_on_the_server(web: OdmWeb) -> None:
    found = _stored(_key(web, "tpm"))
    assert list(found.index) == list(GENES)
    assert list(found.columns) == [source(place) for place in range(N_SAMPLES)]
    np.testing.assert_allclose(found.to_numpy(), _expected(), rtol=1e-5, atol=1e-5)
    own = _of(_key(web, "tpm"))
    samples = own.head.samples.set_index("sample")
    for place in (0, 4, 7, 59):
        expected = {name: value for name, value in sample(place).items() if isinstance(value, str)}
        told = {name: samples.loc[source(place), name] for name in expected}
        assert told == expected
    assert samples.loc["SIM-S08", "Organism"] == ""
    assert (own.grouping, own.head.unit, own.kind) == ("Disease", "TPM", "cached")
    told = api.tissue_profile(_key(web, "tpm"), "IL6").provenance
    assert (told.url, told.kind) == (web.url, "cached")
    assert any("1 infinite value " in note for note in told.notes)
    assert any("0 is a measured value" in note for note in told.notes)


def test_boxes_by_disease_are_those_of_numpy(web: OdmWeb) -> None:
    table = api.tissue_profile(_key(web, "tpm"), "NR1H4").value.set_index("tissue")
    row = np.log2(numbers()[GENES.index("NR1H4")].astype(np.float32).astype(float) + 1)
    for number, disease in enumerate(DISEASES):
        own = row[np.arange(N_SAMPLES) // 3 % 3 == number]
        told = table.loc[disease, ["min", "q1", "median", "q3", "max"]].to_numpy(dtype=float)
        np.testing.assert_allclose(told, np.quantile(own, [0, 0.25, 0.5, 0.75, 1]), rtol=1e-6)
        assert table.loc[disease, "n_samples"] == len(own)


def test_partners_are_those_of_scipy(web: OdmWeb) -> None:
    logged, asked = np.log2(_expected() + 1), GENES.index("CD36")
    table = api.coexpressed(_key(web, "tpm"), "CD36", limit=10).value.set_index("gene")
    for name in ("CPT1A", "PPARG", "IL6"):
        row = logged[GENES.index(name)]
        seen = ~np.isnan(row)
        r, p = scipy_stats.pearsonr(logged[asked][seen], row[seen])
        if name in table.index:
            assert table.loc[name, "r"] == pytest.approx(r, abs=1e-5)
            assert table.loc[name, "p"] == pytest.approx(p, rel=1e-3)
            assert table.loc[name, "n"] == seen.sum()
    assert (table.index[0], table["r"].idxmin()) == ("CPT1A", "PPARG")
    assert table.loc["CPT1A", "n"] == N_SAMPLES - 1
    assert "INS" not in table.index  # 0 everywhere


def test_items_and_stream_give_the_same_matrix(web: OdmWeb) -> None:
    query = OmicsQuery(study=web.atlas.study, genes=("CD36", "ALB"), expression_filter=TPM, page=13)
    key = counter.open_selection(query, title="Two genes").value
    found, streamed = _stored(key), _stored(_key(web, "tpm"))
    pd.testing.assert_frame_equal(found.sort_index(), streamed.loc[["ALB", "CD36"], found.columns], rtol=1e-4)
    assert _of(key).title == "Two genes (ODM)"
    assert any("Only the active version" in note for note in _of(key).head.notes)


def test_a_query_of_several_groups_warns_of_everything_that_does_not_fit_together(web: OdmWeb) -> None:
    answer = counter.open_selection(OmicsQuery(study=web.atlas.study, genes=("CD36", "CPT1A")))
    notes = "\n".join(answer.provenance.notes)
    assert "Normalization Method differs" in notes
    assert f"TPM ({N_SAMPLES} columns)" in notes
    assert f"Counts ({N_COUNTED} columns)" in notes
    assert "Genome Version differs" in notes
    assert "4 of 76 columns are pools" in notes
    assert f"{N_COUNTED} samples stand in several columns" in notes
    head = _of(answer.value).head
    assert head.unit == ""
    assert head.samples["sample"].is_unique
    assert set(head.samples["Normalization Method"]) == {"TPM", "Counts", "RPKM"}


def test_pooled_libraries_stand_once_with_all_their_samples(web: OdmWeb) -> None:
    key = counter.open_selection(OmicsQuery(), web.atlas.expressions["pools"]).value
    found, samples = _stored(key), _of(key).head.samples.set_index("sample")
    features, runs, values = web.truth.matrix(web.atlas.expressions["pools"])
    np.testing.assert_allclose(found.loc[features, runs].to_numpy(), values, rtol=1e-5)
    assert samples.loc["POOL1", "Sample Source ID"] == "SIM-S01 | SIM-S02 | SIM-S03"
    assert samples.loc["POOL1", "Tissue"] == "liver | skeletal muscle | adipose tissue"
    assert samples.loc["POOL1", "Disease"] == "healthy"
    assert samples.loc["POOL1", "Library Type"] == "RNA-Seq-1"


def test_unlinked_data_open_and_say_so(web: OdmWeb) -> None:
    answer = counter.open_selection(OmicsQuery(), web.atlas.expressions["unlinked"])
    assert any("linked to no sample" in note and "ELSEWHERE1" in note for note in answer.provenance.notes)
    assert _stored(answer.value).shape == (3, 2)


def test_a_group_with_several_columns_of_features_is_found_by_gene(web: OdmWeb) -> None:
    key = counter.open_selection(OmicsQuery(), web.atlas.expressions["rpkm"]).value
    assert _of(key).gene("CD36", "human").value.symbol == "CD36"
    features, runs, values = web.truth.matrix(web.atlas.expressions["rpkm"])
    np.testing.assert_allclose(_stored(key).loc[features, runs].to_numpy(), values, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("by_cursor", [False, True])
def test_a_stream_by_samples_holds_these_samples_only(web: OdmWeb, by_cursor: bool) -> None:
    web.switches.runs_by_cursor = by_cursor
    query = OmicsQuery(sample_filter='"Cell Type"="CD14-positive monocyte"', genes=("CD36",))
    group = "counts2" if by_cursor else "tpm"  # nothing is kept of what was asked before
    answer = counter.open_selection(query, web.atlas.expressions[group])
    assert list(_stored(answer.value).columns) == [source(place) for place in range(4)]
    assert list(_stored(answer.value).index) == ["CD36"]
    assert answer.value != _key(web, group)
    assert set(_of(answer.value).head.samples["Cell Type"]) == {"CD14-positive monocyte"}
    assert any("linked through Sample Source ID" in note for note in answer.provenance.notes)


def test_of_a_feature_that_stands_twice_the_first_is_taken(web: OdmWeb) -> None:
    web.switches.generation = 1  # later items have ids, which are the same then
    features = web.world.matrices[web.genomes.expressions["samples"]].features
    known, features[1] = features[1], features[0]
    query = OmicsQuery(study=web.genomes.study, genes=(features[0][0],), sample_filter='"Sex"="F"')
    answer = counter.open_selection(query)
    features[1] = known
    own = {name: value for name, value in _stored(answer.value).iloc[0].items() if name.startswith("GSF")}
    assert sorted(own.values())[:2] == pytest.approx([16.8, 19.5])
    assert any("2 values stand twice" in note for note in answer.provenance.notes)


def test_old_versions_open_beside_the_active_one_and_can_be_asked_for_by_chain(web: OdmWeb) -> None:
    groups = web.atlas.expressions
    first, last = (counter.open_selection(OmicsQuery(), groups[f"counts{n}"]).value for n in (1, 3))
    np.testing.assert_allclose(
        _stored(last) - _stored(first), 2 * (np.arange(10) < 9)[:, None] * np.ones(12), atol=0.01
    )
    assert any("version 1 of" in note for note in _of(first).head.notes)
    assert not any("not its active one" in note for note in _of(last).head.notes)
    chain = next(chain for chain in counter.odm_chains(web.atlas.study).value if chain.accession)
    assert [version.key for version in chain.versions] == [last, "", first]
    query = OmicsQuery(study=web.atlas.study, genes=("CD36",), versions=f"{chain.accession}:v1")
    by_chain = counter.open_selection(query).value
    np.testing.assert_allclose(_stored(by_chain).loc["CD36"], _stored(first).loc["CD36"], rtol=1e-5)
    assert f"{chain.accession} v1" in _of(by_chain).version


def test_equal_accessions_of_two_servers_are_two_sources(web: OdmWeb) -> None:
    key = _key(web, "tpm")
    here, odm = settings.current(), settings.current().odm
    assert odm is not None
    with OdmWeb() as other, settings.use(dataclasses.replace(here, odm=dataclasses.replace(odm, base=other.url))):
        elsewhere = counter.open_selection(OmicsQuery(), other.atlas.expressions["tpm"]).value
        tpm = [version.key for chain in counter.odm_chains(other.atlas.study).value for version in chain.versions]
        assert elsewhere in tpm
        assert key not in tpm
        assert (_of(key).address, _of(elsewhere).address) == (web.url, other.url)
    counter.forget_selection(elsewhere)


def test_comparing_versions_tells_what_changed(web: OdmWeb) -> None:
    groups = web.atlas.expressions
    first, last = (counter.open_selection(OmicsQuery(), groups[f"counts{n}"]).value for n in (1, 3))
    found = counter.compare_selections(first, last)
    assert (found.n_samples_added, found.n_features_gone, found.n_compared) == (0, 0, 120)
    assert found.n_changed == 9 * N_COUNTED


def test_a_threshold_says_that_missing_may_be_low(web: OdmWeb) -> None:
    row = _expected()[GENES.index("NR1H4")]
    least = float(np.median(row))
    query = OmicsQuery(study=web.atlas.study, genes=("NR1H4",), threshold=least, expression_filter=TPM)
    answer = counter.open_selection(query)
    assert _stored(answer.value).shape == (1, int((row >= least).sum()))
    assert any("may be lower" in note for note in answer.provenance.notes)


def test_opened_selections_are_listed_grouped_and_forgotten(web: OdmWeb) -> None:
    key = counter.open_selection(OmicsQuery(genes=("ENSG00000077044",), study=web.genomes.study)).value
    listed = {one.key: one for one in counter.opened_selections()}
    assert (listed[key].n_genes, listed[key].n_samples) == (1, 6)
    counter.group_selection(key, "Sex")
    assert set(api.tissue_profile(key, "ENSG00000077044").value["tissue"]) == {"M", "F", "M | F"}
    counter.forget_selection(key)
    assert key not in {one.key for one in counter.opened_selections()}
    with pytest.raises(NotFound):
        counter.forget_selection(key)
    with pytest.raises(BadInput):
        counter.forget_selection("../odm-x")


def _awaited(job: str) -> str:
    while (seen := counter.opening_progress(job)) is not None and seen.state in ("waiting", "running"):
        time.sleep(0.005)
    assert seen is not None
    return seen.state if seen.state == "done" else f"{seen.state}: {seen.message}"


def test_opening_and_streaming_run_in_the_background(web: OdmWeb) -> None:
    job = counter.start_opening(OmicsQuery(), web.genomes.expressions["samples"])
    assert _awaited(job) == "done"
    assert counter.opened_as(job) in sources.names()
    assert job in counter.openings()
    streamed = counter.start_streaming(web.atlas.expressions["tpm"])
    assert _awaited(streamed) == "done"
    path = counter.streamed_file(streamed)
    assert path is not None
    table = pd.read_csv(path, index_col=0)
    np.testing.assert_allclose(table.to_numpy(dtype=float), numbers(), rtol=1e-4, atol=1e-4)


def test_an_error_in_the_band_leaves_nothing_behind(web: OdmWeb) -> None:
    own = web.atlas.expressions["counts2"]
    folder = settings.current().cache
    before = sorted(path for path in folder.rglob("*") if "answers" not in path.name)
    web.switches.stream_tail = "Search timed out after 60 s"
    with pytest.raises(BadAnswer, match="Search timed out after 60 s"):
        counter.open_selection(OmicsQuery(), own)
    job = counter.start_streaming(own)
    assert _awaited(job).startswith("failed: The server broke off the data: Search timed out")
    assert counter.streamed_file(job) is None
    assert sorted(path for path in folder.rglob("*") if "answers" not in path.name) == before


def test_what_cannot_be_opened_is_told(web: OdmWeb) -> None:
    with pytest.raises(NotFound, match="could not be found"):
        counter.open_selection(OmicsQuery(), "GSF1")
    with pytest.raises(NotFound, match="no expression"):
        counter.open_selection(OmicsQuery(study=web.atlas.study, genes=("NOGENE",)))
    with pytest.raises(BadInput, match="No gene"):
        counter.start_opening(OmicsQuery(study=web.atlas.study))
    with pytest.raises(BadInput, match="studyFilter"):
        counter.start_opening(OmicsQuery(study=web.atlas.study, study_filter="a=b"), web.atlas.expressions["tpm"])
    odm = settings.current().odm
    assert odm is not None
    with pytest.raises(TooLarge, match="over 10 values"):
        selection.of_items(Server(odm), OmicsQuery(study=web.atlas.study, genes=("CD36",)), most=10)
