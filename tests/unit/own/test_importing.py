"""Files become a study, or nothing of them stays."""

from __future__ import annotations

import gzip
import threading
from pathlib import Path

import numpy as np
import pytest

from backend import api
from backend.errors import BadInput, NotFound, Stopped
from backend.model_own import ImportOptions
from backend.own import checking, importing
from tests.doubles import section_files
from tests.unit.own.shelves import GCT, LIBRARIES, LIBRARY_GCT, SAMPLES, SECOND, bring, bundle, listing

VALUES = {"ENSG00000077044": [14.7, 16.8, 17.2, 19.5], "ENSG00000085982": [4.2, 7.1, 5.5, 6.8]}
IDS = ["HG00119", "HG00121", "HG00183", "HG00176"]


def test_the_worked_bundle(tmp_path: Path) -> None:
    assert bring(bundle(tmp_path)) == "LOC1"
    study = api.own_study("LOC1")
    (matrix,) = study.matrices
    assert (study.title, study.n_samples) == ("Thousand genomes subset", 4)
    assert [(one.accession, one.kind, one.n) for one in study.groups] == [("LOC1", "study", 1), ("LOC2", "samples", 4)]
    assert (matrix.link.state, matrix.link.n_matched, matrix.link.target) == ("complete", 4, "samples")
    assert (matrix.version.chain, matrix.version.number, matrix.version.active) == ("", 0, True)
    assert (matrix.unit, matrix.version.key) == ("RPKM", "own-loc7")
    assert dict(matrix.version.facts) == {"Normalization Method": "RPKM", "Genome Version": "GRCh38.91"}
    for gene, values in VALUES.items():
        told = api.expression("own-loc7", [gene], IDS).value
        np.testing.assert_allclose(told["value"].astype(float), np.log2(np.array(values) + 1), rtol=1e-6)
    page = api.search_samples("own-loc7", "Population:Finnish").value
    assert list(page.rows["sample"]) == IDS[2:]


def test_libraries_show_the_values_of_all_their_samples(tmp_path: Path) -> None:
    bring(bundle(tmp_path, a_gct=LIBRARY_GCT, libraries_tsv=LIBRARIES), link_to="libraries")
    (matrix,) = api.own_study("LOC1").matrices
    assert (matrix.link.target, matrix.link.state, matrix.link.without_data) == ("libraries", "complete", ("LIB3",))
    rows = api.search_samples(matrix.version.key, "LIB*").value.rows.set_index("sample")
    assert dict(rows["Sex"]) == {"LIB1": "M | F", "LIB2": "M"}
    assert dict(rows["Population"]) == {"LIB1": "British", "LIB2": "Finnish"}
    assert dict(rows["Library Type"]) == {"LIB1": "Spatial RNA-Seq-1", "LIB2": "RNA-Seq-1"}
    assert any("stands for all samples" in note for note in matrix.notes)
    assert any("1 libraries have no data (LIB3)" in note for note in matrix.notes)


def test_a_partial_link_is_told_with_the_names(tmp_path: Path) -> None:
    bring(bundle(tmp_path, a_gct=GCT.replace("HG00176", "HG00999")))
    (matrix,) = api.own_study("LOC1").matrices
    assert (matrix.link.state, matrix.link.unmatched) == ("partial", ("HG00999",))
    assert matrix.link.without_data == ("HG00176",)
    notes = api.tissue_profile(matrix.version.key, "ENSG00000077044").provenance.notes
    assert any("HG00999" in note and "HG00176" in note for note in notes)


def test_another_attribute_links(tmp_path: Path) -> None:
    named = SAMPLES.replace("Population\n", "Population\tSample Name\n")
    for number, line in enumerate(SAMPLES.splitlines()[1:]):
        named = named.replace(line, f"{line}\tDonor{number}")
    gct = GCT
    for number, name in enumerate(IDS):
        gct = gct.replace(name, f"Donor{number}")
    bring(bundle(tmp_path, samples_tsv=named, a_gct=gct), link_by="Sample Name")
    rows = api.search_samples("own-loc7", "Donor2").value.rows
    assert list(rows["Sample Source ID"]) == ["HG00183"]


BROKEN = {
    "DUP_ATTRIBUTE": {"samples_tsv": SAMPLES.replace("Population", "Sex")},
    "GCT_DIMS": {"a_gct": GCT.replace("2\t4", "2\t5")},
    "GCT_VERSION": {"a_gct": GCT.replace("#1.2", "#1.3")},
    "GCT_VALUE": {"a_gct": GCT.replace("14.7", "much")},
    "GCT_DUP_FEATURE": {"a_gct": GCT.replace("ENSG00000085982", "ENSG00000077044")},
    "SAMPLE_SOURCE_ID_DUPLICATE": {"samples_tsv": SAMPLES.replace("HG00121", "HG00119")},
    "STUDY_TITLE_MISSING": {"study_tsv": "Study Source\tStudy Description\nLab\tNothing\n"},
    "EXPR_META_ROWS": {"a_gct_tsv": "Normalization Method\nTPM\nRPKM\n"},
    "LINK_NONE": {"a_gct": GCT.replace("HG00", "XX00")},
}


@pytest.mark.parametrize("code", BROKEN)
def test_broken_files_leave_the_store_as_it_was(tmp_path: Path, studies: Path, code: str) -> None:
    bring(bundle(tmp_path, "good"))
    before, there = listing(studies), sorted(one.name for one in studies.iterdir())
    with pytest.raises(BadInput, match=code):
        bring(bundle(tmp_path, "bad", **{**BROKEN[code]}), allow_duplicates=True)
    assert (listing(studies), sorted(one.name for one in studies.iterdir())) == (before, there)


def test_what_may_be_accepted_is_accepted(tmp_path: Path) -> None:
    without = {"study_tsv": "Study Source\tStudy Description\nLab\tNothing\n"}
    assert bring(bundle(tmp_path, "one", **without), accept=("STUDY_TITLE_MISSING",)) == "LOC1"
    assert api.own_study("LOC1").title == "Lab"
    bring(bundle(tmp_path, "two", **without), title="Named by hand", allow_duplicates=True)
    assert api.own_studies()[0].title == "Named by hand"


def test_the_same_bytes_are_told_unless_they_are_allowed(tmp_path: Path, studies: Path) -> None:
    bring(bundle(tmp_path, "one"))
    before = listing(studies)
    packed = {"a_gct": None, "a_gct_gz": gzip.compress(GCT.encode()), "samples_tsv": SAMPLES + "\n"}
    with pytest.raises(BadInput, match=r"a\.gct\.gz is already imported as LOC7 of LOC1"):
        bring(bundle(tmp_path, "two", **packed))
    assert listing(studies) == before
    again = bring(tmp_path / "two", allow_duplicates=True)
    assert {one.accession for one in api.own_studies()} == {"LOC1", again}
    assert [one.file for one in api.check_study([tmp_path / "one"]).duplicates][:1] == ["samples.tsv"]


def test_accessions_are_never_given_again(tmp_path: Path, studies: Path) -> None:
    bring(bundle(tmp_path))
    api.forget_own("LOC1")
    assert [one.name for one in studies.iterdir() if not one.name.startswith(".")] == ["numbers.json"]
    assert bring(tmp_path / "in") == "LOC8"
    (studies / "numbers.json").unlink()
    assert bring(tmp_path / "in", allow_duplicates=True) == "LOC15"


def test_a_stopped_import_leaves_nothing(tmp_path: Path, studies: Path) -> None:
    files = checking.files_of([bundle(tmp_path)])
    for part in ("Checking", "Reading a.gct", "Storing", "Linking"):

        def tell(now: str, *_: object, wanted: str = part) -> None:
            if now == wanted:
                raise Stopped

        with pytest.raises(Stopped):
            importing.run(files, ImportOptions(), tell)
        assert listing(studies) == {}
        assert not list(studies.glob(".import*"))


def test_an_import_is_stopped_while_a_damaged_file_keeps_its_reader_busy(tmp_path: Path, studies: Path) -> None:
    damaged = section_files.endless(section_files.h5ad(tmp_path / "a.h5ad", section_files.made(20, 5)))
    told: list[str] = []

    def tell(now: str, *_: object) -> None:
        told.append(now)
        if len(told) == 5:  # the import, the file, and looks at what goes on
            raise Stopped

    with pytest.raises(Stopped):
        importing.run(checking.files_of([damaged]), ImportOptions(), tell)
    assert (set(told), listing(studies)) == ({"Checking"}, {})
    assert bring(bundle(tmp_path)) == "LOC1"


def test_two_imports_at_once(tmp_path: Path) -> None:
    texts = [
        {"a_gct": GCT.replace("14.7", f"{number}.5"), "samples_tsv": SAMPLES.replace("British", f"B{number % 2}")}
        for number in range(4)
    ]
    folders = [bundle(tmp_path, f"b{number}", **one) for number, one in enumerate(texts)]
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda folder=folder: made.append(bring(folder, allow_duplicates=True)))
        for folder in folders
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 4
    numbers = [
        one
        for accession in made
        for group in api.own_study(accession).groups
        for one in _objects(accession, group.accession)
    ]
    assert len(set(numbers)) == len(numbers) == 4 * 5


def _objects(accession: str, group: str) -> list[str]:
    return list(api.own_table(accession, group)["accession"])


def test_the_same_import_twice_at_once_is_stored_once(tmp_path: Path) -> None:
    folder, seen = bundle(tmp_path), []

    def work() -> None:
        try:
            seen.append(bring(folder))
        except BadInput as error:
            seen.append(error.message)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(api.own_studies()) == 1
    assert sum("already imported" in one for one in seen) == 2


def test_files_join_a_study(tmp_path: Path) -> None:
    bring(bundle(tmp_path))
    (tmp_path / "b.gct").write_text(SECOND)
    assert bring(tmp_path / "b.gct", into="LOC1") == "LOC1"
    study = api.own_study("LOC1")
    assert [(one.file, one.link.state, one.version.chain) for one in study.matrices] == [
        ("a.gct", "complete", ""), ("b.gct", "complete", ""),
    ]  # fmt: skip
    assert any("Normalization Method" in note for note in study.notes)
    with pytest.raises(NotFound):
        bring(tmp_path / "b.gct", into="LOC77")
    with pytest.raises(BadInput, match="study file"):
        bring(bundle(tmp_path, "more", a_gct=SECOND.replace("17.2", "1")), into="LOC1", allow_duplicates=True)


def test_what_was_accepted_once_is_not_asked_again(tmp_path: Path) -> None:
    plain = "Sample Source ID\tSex\n" + "".join(f"{name}\tM\n" for name in IDS)
    with pytest.raises(BadInput, match="SAMPLE_SOURCE_MISSING") as caught:
        bring(bundle(tmp_path, samples_tsv=plain))
    assert "accept SAMPLE_SOURCE_MISSING" in caught.value.hint
    bring(tmp_path / "in", accept=("SAMPLE_SOURCE_MISSING",))
    (tmp_path / "a.gct").write_text(SECOND)
    bring(tmp_path / "a.gct", version_of="LOC7")
    assert len(api.own_versions("LOC7")) == 2


def test_samples_that_are_there_already_cannot_join_again(tmp_path: Path) -> None:
    bring(bundle(tmp_path))
    (tmp_path / "more.tsv").write_text(SAMPLES.replace("HG00176", "HG00177"))
    with pytest.raises(BadInput, match="SAMPLE_SOURCE_ID_DUPLICATE"):
        bring(tmp_path / "more.tsv", into="LOC1")


def test_samples_that_differ_in_capitals_only_keep_their_own_numbers(tmp_path: Path) -> None:
    matrix = tmp_path / "case.gct"
    matrix.write_text("#1.2\n1\t3\nName\tDescription\ts1\tS1\tc\nTP53\tNA\t1\t3\t7\n")
    key = api.own_study(bring(matrix)).matrices[0].version.key
    answer = api.expression(key, ["TP53"], ["s1", "C", "S1", "nope"])
    assert dict(zip(answer.value["sample"], answer.value["value"], strict=True)) == {"s1": 1.0, "c": 3.0, "S1": 2.0}
    assert answer.provenance.notes[-1] == "Not in the study: nope."


def test_a_matrix_alone_is_a_study(tmp_path: Path) -> None:
    (tmp_path / "counts.tsv").write_text("gene\ts1\ts2\ts3\nTP53\t1\t2\t3\nEGFR\t4\t\t6\n")
    accession = bring(tmp_path / "counts.tsv", title="Alone", accept=("SAMPLE_SOURCE_MISSING",))
    (matrix,) = api.own_study(accession).matrices
    told = api.expression(matrix.version.key, ["EGFR"], ["s1", "s2", "s3"]).value["value"].astype(float)
    np.testing.assert_allclose(told, np.log2([5, np.nan, 7]))
