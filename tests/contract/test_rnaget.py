"""RNAget servers of every kind: versions, catalogues, and matrices with the numbers the servers hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend import api, settings, sources
from backend.api import rnaget as counter
from backend.errors import BadAnswer, BadInput, NotFound, Refused
from backend.serve import rnaget as served
from backend.settings import Rnaget
from tests import serving
from tests.contract.rnaget_online import KEY, online, same, stored, truth
from tests.doubles.rnaget_candig import OLD_EXPRESSION, OLD_STUDY
from tests.doubles.rnaget_seed import EXPRESSION as SEED_EXPRESSION
from tests.doubles.rnaget_web import RnagetWeb
from tests.doubles.rnaget_world import CONTINUOUS, EXPRESSION, GENES, NOT_MEASURED, POSITIONS, STUDY, signal, world

VERSIONS = {
    "spec12": "1.2.0", "gtex": "1.2.0", "encode": "1.2.0", "candig095": "1.0", "candig093": "1.0 draft", "crg": "1.0",
    "caltech": "1.0", "seed010": "0.1.0",
}  # fmt: skip
WHOLE = {  # what to ask of each: id, study
    "spec12": (EXPRESSION, ""), "gtex": ("gene_tpms", ""), "candig095": (EXPRESSION, ""), "crg": ("", STUDY),
    "candig093": (OLD_EXPRESSION, ""), "caltech": ("", STUDY), "seed010": (SEED_EXPRESSION, ""),
}  # fmt: skip
SLICED = {
    "spec12": (EXPRESSION, ""), "gtex": ("gene_tpms", ""), "encode": ("EXPID001", ""), "candig095": ("", STUDY),
    "candig093": ("", OLD_STUDY), "crg": (EXPRESSION, ""), "caltech": ("", STUDY), "seed010": ("", "ST1"),
}  # fmt: skip


@pytest.fixture
def web() -> Iterator[RnagetWeb]:
    with RnagetWeb() as double:
        yield double


@pytest.fixture(autouse=True)
def services(web: RnagetWeb, tmp_path: Path) -> Iterator[None]:
    with settings.use(online(web, tmp_path)):
        yield


def _notes(answer: api.Answer) -> str:
    return "\n".join(answer.provenance.notes)


@pytest.mark.parametrize(("name", "version"), VERSIONS.items())
def test_the_version_is_found(name: str, version: str) -> None:
    answer = counter.rnaget_about(name)
    assert (answer.value.version, answer.provenance.version) == (version, version)


def test_what_a_server_says_of_itself() -> None:
    about = counter.rnaget_about("spec12").value
    assert (about.title, about.formats, about.units, about.lacking) == ("Test server", ("tsv", "loom"), ("TPM",), ())
    assert counter.rnaget_about("gtex").value.lacking == ("continuous",)
    assert counter.rnaget_about("encode").value.units == ("tpm", "fpkm")
    assert counter.rnaget_about("candig095").value.formats == ("json", "h5", "loom")


@pytest.mark.parametrize("name", VERSIONS)
def test_the_catalogue(name: str) -> None:
    projects = counter.rnaget_entries(name, "projects").value
    studies = counter.rnaget_entries(name, "studies").value
    assert len(projects) == len(studies) == 1
    assert studies[0].parent == ("" if name == "encode" else projects[0].id)


def test_filters_as_servers_offer_them(web: RnagetWeb) -> None:
    (perturbed,) = counter.rnaget_filters("encode", "studies").value
    assert (perturbed.name, perturbed.kind, perturbed.values) == ("perturbed", "string", ("0", "1"))
    assert counter.rnaget_filters("caltech", "projects").value[0].values == ()
    assert counter.rnaget_filters("encode", "projects").value == ()
    assert counter.rnaget_entries("spec12", "projects", {"version": "7"}).value == ()
    assert web.requests[-1].query == {"version": "7"}
    with pytest.raises(BadInput):
        counter.rnaget_filters("spec12", "planets")
    with pytest.raises(NotFound) as caught:
        counter.rnaget_about("nobody")
    assert "spec12" in caught.value.suggestions


def test_expressions_are_listed_by_those_that_do_and_typed_for_the_others() -> None:
    listed = counter.rnaget_entries("encode", "expressions").value
    assert [one.id for one in listed] == [f"EXPID{number:03d}" for number in range(1, 8)]
    assert dict(listed[0].more)["filters"] == "a = b"
    assert counter.rnaget_entries("gtex", "expressions").value == ()
    assert [one.id for one in counter.rnaget_entries("seed010", "expressions").value] == [SEED_EXPRESSION]
    assert [one.id for one in counter.rnaget_entries("candig093", "expressions").value] == [OLD_EXPRESSION]


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_matrix_has_every_number_of_the_server(name: str) -> None:
    expression, study = WHOLE[name]
    key = counter.open_matrix(name, expression, study).value
    found = stored(key)
    assert list(found.index) == list(world().ids)
    assert list(found.columns) == list(world().samples)
    np.testing.assert_allclose(found, world().values, rtol=1e-5, atol=1e-5)
    assert np.isnan(found.iloc[NOT_MEASURED])


@pytest.mark.parametrize("name", SLICED)
def test_a_slice_has_what_was_asked_for(web: RnagetWeb, name: str) -> None:
    expression, study = SLICED[name]
    samples = ["/files/S01/", "/files/S07/"] if name == "encode" else ["S01", "S07"]
    answer = counter.open_matrix(name, expression, study, ["EGFR", "TSPAN6"], samples)
    found = stored(answer.value)
    assert found.shape == (2, 2)
    assert list(found.columns) == samples
    for row, place in enumerate((0, 2)):
        for column, sample in enumerate((1, 7)):
            assert same(found.iloc[row, column], truth(place, sample))
    assert "left out" not in _notes(answer)
    asked = [record.query for record in web.requests if record.path.endswith(("ticket", "search"))][-1]
    if name not in ("candig093", "seed010", "candig095") or not expression:
        assert "EGFR,TSPAN6" in asked.values()  # one key, joined


def test_what_the_matrix_is_called_and_how_its_numbers_are_shown() -> None:
    key = counter.open_matrix("gtex", "gene_tpms", title="GTEx V8").value
    assert key == "rnaget-gtex-gene_tpms"
    (opened,) = counter.opened_matrices()
    assert (opened.key, opened.title) == (key, "GTEx V8 (RNAget, gtex)")
    assert (opened.unit, opened.columns, opened.species) == ("", (), "human")  # "tsv" is no unit
    answer = api.tissue_profile(key, "EGFR")
    assert answer.provenance.unit == "log2(value+1)"
    assert list(answer.value["tissue"]) == ["all samples"]
    counter.forget_matrix(key)
    assert counter.opened_matrices() == ()
    with pytest.raises(NotFound):
        api.tissue_profile(key, "EGFR")


def test_groups_are_chosen_among_the_columns() -> None:
    key = counter.open_matrix("spec12", EXPRESSION).value
    assert counter.opened_matrices()[0].columns == ("condition", "tissue")
    assert set(api.tissue_profile(key, "EGFR").value["tissue"]) == set(world().tissues)
    counter.group_matrix(key, "condition")
    table = api.tissue_profile(key, "EGFR").value.set_index("tissue")
    chosen = np.array(world().conditions) == "tumour"
    assert table.loc["tumour", "median"] == pytest.approx(np.median(np.log2(world().values[0, chosen] + 1)), rel=1e-5)
    with pytest.raises(NotFound):
        counter.group_matrix(key, "planet")


def test_two_slices_of_one_shape_are_two_matrices() -> None:
    first = counter.open_matrix("spec12", EXPRESSION, genes=["EGFR"]).value
    second = counter.open_matrix("spec12", EXPRESSION, genes=["PTEN"]).value
    assert first != second
    assert api.gene(first, "EGFR").value.symbol == "EGFR"
    with pytest.raises(NotFound):
        api.gene(first, "PTEN")


def test_what_lacks_and_what_came_unasked_is_told(web: RnagetWeb) -> None:
    web.switches.drop = "PTEN"
    assert "left out 1 genes that were asked for: PTEN" in _notes(
        counter.open_matrix("spec12", EXPRESSION, genes=["EGFR", "PTEN"])
    )
    assert "left out 1 samples that were asked for: S99" in _notes(
        counter.open_matrix("spec12", EXPRESSION, genes=["EGFR"], samples=["S00", "S99"])
    )
    web.switches.unasked = True
    answer = counter.open_matrix("spec12", EXPRESSION, genes=["EGFR"], samples=["S03"])
    assert "sent 138 genes nobody asked for" in _notes(answer)
    assert "sent 23 samples nobody asked for" in _notes(answer)
    assert stored(answer.value).shape == (1, 1)
    assert same(stored(answer.value).iloc[0, 0], truth(0, 3))


@pytest.mark.parametrize("name", ["spec12", "candig095"])
def test_everything_for_an_unknown_sample_is_no_answer(web: RnagetWeb, name: str) -> None:
    web.switches.whole = True
    with pytest.raises(NotFound, match="samples"):
        counter.open_matrix(name, study=STUDY, genes=["EGFR"], samples=["NOBODY"])


def test_ids_and_names_are_both_understood() -> None:
    by_id = stored(counter.open_matrix("gtex", "gene_tpms", genes=["ENSG00000171862"]).value)
    assert list(by_id.index) == ["ENSG00000171862.10"]
    key = counter.open_matrix("candig095", study=STUDY, genes=["ENSG00000146648"]).value  # it answers by symbols
    assert list(stored(key).columns) == list(world().samples)
    with pytest.raises(BadInput, match="not for both"):
        counter.open_matrix("gtex", "gene_tpms", genes=["EGFR", "ENSG00000171862"])


def test_nothing_that_matches_is_not_found(web: RnagetWeb) -> None:
    with pytest.raises(NotFound):
        counter.open_matrix("encode", "EXPID001", genes=["NOSUCHGENE"])
    with pytest.raises(NotFound):
        counter.open_matrix("seed010", study="nowhere")
    with pytest.raises(NotFound, match="No data found for this key"):
        counter.open_matrix("crg", "nope")
    web.switches.no_match = True
    with pytest.raises(NotFound, match="nothing that matches"):
        counter.open_matrix("spec12", EXPRESSION)


def test_what_servers_say_is_told() -> None:
    with pytest.raises(BadAnswer, match="Must filter by feature"):
        counter.open_matrix("encode", "EXPID001")
    with pytest.raises(BadAnswer, match="Invalid ID supplied"):
        counter.open_matrix("encode", "NOPE")
    with pytest.raises(BadAnswer, match="units: not one of ours"):
        counter.open_matrix("spec12", EXPRESSION, unit="counts")


def test_a_wrong_md5_is_no_answer(web: RnagetWeb) -> None:
    web.switches.wrong_md5 = True
    with pytest.raises(BadAnswer, match="md5"):
        counter.open_matrix("spec12", EXPRESSION)
    assert counter.opened_matrices() == ()


@pytest.mark.parametrize("turned", [False, True])
def test_the_seed_matrix_either_way_round(web: RnagetWeb, turned: bool) -> None:
    web.switches.turned = turned
    answer = counter.open_matrix("seed010", SEED_EXPRESSION)
    found = stored(answer.value)
    assert list(found.index) == list(world().ids)
    assert same(found.iloc[0, 3], truth(0, 3))
    assert "rows are taken as genes" not in _notes(answer)
    part = counter.open_matrix("seed010", SEED_EXPRESSION, genes=["PTEN"], samples=["S04"])
    assert stored(part.value).shape == (1, 1)
    assert "as a whole" in _notes(part)
    assert "nobody asked for" not in _notes(part)
    assert web.requests[-1].path == "/seed010/expressions//bySample/EX1"  # a slash of an id stays


def test_files_versions_and_changes_of_the_seed() -> None:
    (bam,) = counter.rnaget_files("seed010", kind="BAM").value
    assert (bam.id, bam.tags, bam.study, bam.url) == ("F1", ("demo",), "ST1", "https://a.org/1.bam")
    assert [one.id for one in counter.rnaget_files("seed010", study="ST2").value] == ["F2"]
    assert counter.rnaget_versions("seed010").value == ("1.0", "1.1")
    assert counter.rnaget_changes("seed010", "1.1").value[0].log == ("more samples", "fewer errors")
    assert counter.rnaget_changes("candig093", "1.0").value[0].log == ("initial load",)
    with pytest.raises(NotFound, match="only servers of"):
        counter.rnaget_versions("spec12")


def test_a_signal_of_a_region(web: RnagetWeb) -> None:
    answer = counter.rnaget_signal("spec12", CONTINUOUS, "chr5", 100, 110)
    table = answer.value.pivot(index="track", columns="position", values="value")
    first = POSITIONS.index(("chr5", 100))
    np.testing.assert_allclose(table, signal()[:, first : first + 10], rtol=1e-6)
    assert list(table.columns) == list(range(100, 110))
    assert answer.provenance.unit == "counts"
    web.switches.unasked = True
    cut = counter.rnaget_signal("spec12", CONTINUOUS, "chr5", 100, 110)
    assert cut.value.equals(answer.value)
    assert f"{len(POSITIONS) - 10:,} positions outside" in _notes(cut)


@pytest.mark.parametrize(("start", "end"), [(200, 100), (5, 5), (-1, 4)])
def test_a_region_without_sense_is_refused_before_anything_is_sent(web: RnagetWeb, start: int, end: int) -> None:
    with pytest.raises(BadInput):
        counter.rnaget_signal("spec12", CONTINUOUS, "chr1", start, end)
    assert web.count() == 0


def test_no_signal_where_there_is_none() -> None:
    with pytest.raises(NotFound, match="no continuous data"):
        counter.rnaget_signal("gtex", CONTINUOUS, "chr1")
    with pytest.raises(NotFound):
        counter.rnaget_signal("spec12", CONTINUOUS, "chr9")
    with pytest.raises(NotFound, match="Not implemented"):
        counter.rnaget_signal("candig095", CONTINUOUS, "chr1")


def test_a_server_that_wants_a_key(web: RnagetWeb, tmp_path: Path) -> None:
    web.switches.token = KEY
    with pytest.raises(Refused):
        counter.rnaget_entries("spec12", "projects")
    with settings.use(online(web, tmp_path, KEY)):
        assert counter.rnaget_entries("spec12", "projects").value
        assert counter.open_matrix("crg", EXPRESSION).value


def test_our_own_server_gives_the_numbers_of_the_page(tmp_path: Path) -> None:
    with serving.running(serving.rnaget_app()) as address:
        base = settings.current()
        servers = (Rnaget("own", address + served.PREFIX),)
        with settings.use(replace(base, rnaget=servers, rnaget_only=("hpa",))):
            assert counter.rnaget_about("own").value.version == "1.2.0"
            key = counter.open_matrix("own", "hpa", genes=["ALB", "TP53"]).value
            ours = api.tissue_profile("hpa", "ALB").value.set_index("tissue")["median"]
            theirs = api.tissue_profile(key, "ALB").value.set_index("tissue")["median"]
            assert len(theirs) == len(ours) == 50
            np.testing.assert_allclose(theirs.reindex(ours.index), ours, rtol=1e-5, atol=1e-6)


def test_a_damaged_matrix_is_told_and_can_be_deleted() -> None:
    key = counter.open_matrix("spec12", EXPRESSION, genes=["EGFR"]).value
    path = settings.current().cache / "rnaget" / f"{key}.h5"
    path.write_bytes(path.read_bytes()[:100])
    (opened,) = counter.opened_matrices()
    assert (opened.key, opened.n_genes) == (key, 0)
    assert sources.get(key).configured()
    counter.forget_matrix(key)
    assert not path.exists()


def test_every_gene_of_the_double_is_there() -> None:
    assert world().ids[: len(GENES)] == tuple(own for own, _ in GENES)
