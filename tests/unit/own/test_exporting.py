"""What was imported comes back: expression files byte for byte, metadata as they are now."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from backend import __main__ as command
from backend import api, settings
from backend.model import DataVersion, FileChoice
from backend.own import chains
from tests.unit.own.shelves import GCT, LIBRARIES, SAMPLES, SECOND, WHOLE, bring, bundle, listing


def _zip(accession: str) -> dict[str, bytes]:
    with zipfile.ZipFile(api.export_own(accession)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_everything_comes_back(tmp_path: Path) -> None:
    strange = SAMPLES.replace("1000 Genomes Project\tHG00119", "a||b|c\tHG00119")
    bring(bundle(tmp_path, samples_tsv=strange, libraries_tsv=LIBRARIES, a_gct=GCT.replace("\n", "\r\n")))
    found = _zip("LOC1")
    wanted = {**WHOLE, "samples.tsv": strange, "libraries.tsv": LIBRARIES, "a.gct": GCT.replace("\n", "\r\n")}
    assert found == {name: text.encode() for name, text in wanted.items()}


def test_packed_files_come_back_packed(tmp_path: Path) -> None:
    packed = gzip.compress(GCT.encode(), 9)
    bring(bundle(tmp_path, a_gct=None, a_gct_gz=packed))
    assert _zip("LOC1")["a.gct.gz"] == packed


def test_changes_and_all_versions_are_in_it(tmp_path: Path) -> None:
    bring(bundle(tmp_path))
    before = api.export_own("LOC1")
    (tmp_path / "a.gct").write_text(SECOND)
    bring(tmp_path / "a.gct", version_of="LOC7")
    api.patch_own("LOC1", "LOC3", {"Sex": "male", "Note": ["x|y", "z"]})
    found = _zip("LOC1")
    assert not before.exists()
    assert found["samples.tsv"].decode().splitlines()[:2] == [
        "Sample Source\tSample Source ID\tSex\tPopulation\tNote",
        "1000 Genomes Project\tHG00119\tmale\tBritish\tx||y|z",
    ]
    assert (found["LOCVC001 v1/a.gct"].decode(), found["a.gct"].decode()) == (GCT, SECOND)


def test_what_was_exported_can_be_imported_again(tmp_path: Path, studies: Path) -> None:
    bring(bundle(tmp_path, libraries_tsv=LIBRARIES))
    with zipfile.ZipFile(api.export_own("LOC1")) as packed:
        packed.extractall(tmp_path / "again")
    second = bring(tmp_path / "again", allow_duplicates=True)
    first, again = api.own_study("LOC1"), api.own_study(second)
    assert [group.attributes for group in first.groups] == [group.attributes for group in again.groups]
    keys = [(one.accession, one.matrices[0].version.accession) for one in (first, again)]
    stores = [studies / accession / f"{matrix}.h5" for accession, matrix in keys]
    with h5py.File(stores[0]) as one, h5py.File(stores[1]) as other:
        np.testing.assert_array_equal(one["matrix"][:], other["matrix"][:])


def test_an_export_changes_nothing(tmp_path: Path, studies: Path) -> None:
    bring(bundle(tmp_path))
    before = listing(studies)
    assert api.export_own("LOC1") == api.export_own("LOC1")
    assert listing(studies) == before


def test_measurements_of_one_file_are_matrices_that_share_it(tmp_path: Path) -> None:
    text = "gene\tHG00119.tpm\tHG00119.p\tHG00121.tpm\tHG00121.p\nTP53\t1\t0.5\t3\t0.25\nEGFR\t4\t0.1\t\t0.2\n"
    options = (FileChoice("b.tsv", form="tsv", n_features=1, separator="."),)
    bring(bundle(tmp_path, a_gct=None, a_gct_tsv=None, b_tsv=text), choices=options)
    first, second = api.own_study("LOC1").matrices
    assert [(one.measurement, one.version.n_columns) for one in (first, second)] == [("tpm", 2), ("p", 2)]
    told = api.expression(second.version.key, ["TP53"], ["HG00119", "HG00121"]).value["value"].astype(float)
    np.testing.assert_allclose(told, np.log2([1.5, 1.25]), rtol=1e-6)
    api.forget_own_matrix(first.version.accession)
    found = _zip("LOC1")
    assert (sorted(found), found["b.tsv"].decode()) == (["b.tsv", "samples.tsv", "study.tsv"], text)


def test_h5ad_brings_its_samples_along(tmp_path: Path) -> None:
    path = tmp_path / "cells.h5ad"
    with h5py.File(path, "w") as file:
        file.attrs["encoding-type"], file.attrs["encoding-version"] = "anndata", "0.1.0"
        file["X"] = np.array([[1, 2], [3, 4], [5, 6]], dtype=np.float32)
        for axis, names, column in (
            ("obs", ["c1", "c2", "c3"], ["A", "B", "A"]),
            ("var", ["TP53", "EGFR"], ["x", "y"]),
        ):
            table = file.create_group(axis)
            table.attrs.update({"_index": "_index", "column-order": ["kind"], "encoding-type": "dataframe"})
            table["_index"], table["kind"] = names, column
    accession = bring(path, title="Cells")
    (matrix,) = api.own_study(accession).matrices
    told = api.expression(matrix.version.key, ["EGFR"], ["c1", "c2", "c3"]).value["value"].astype(float)
    np.testing.assert_allclose(told, np.log2([3, 5, 7]), rtol=1e-6)
    assert api.search_samples(matrix.version.key, "kind:A").value.total == 2
    found = _zip(accession)
    assert found["cells.h5ad"] == path.read_bytes()
    assert found["samples.tsv"].decode().splitlines()[1].split("\t") == ["c1", "A"]


def test_an_exported_chain_comes_back_with_the_command(tmp_path: Path, studies: Path) -> None:
    bring(bundle(tmp_path))
    for n, text in enumerate((SECOND, SECOND.replace("15.7", "16.7"))):
        new = tmp_path / ("a.gct", "third.gct")[n]
        new.write_text(text)
        bring(new, version_of="LOC7")
    api.choose_version(next(one.accession for one in api.own_versions("LOC7") if one.number == 2))
    before = {one.number: (one.active, _first(studies, one)) for one in api.own_versions("LOC7")}
    assert command.main(["import", str(api.export_own("LOC1")), "--allow-duplicates"]) == 0
    again = api.own_studies()[0]
    assert (again.accession != "LOC1", again.title, len(again.matrices)) == (True, api.own_study("LOC1").title, 3)
    after = api.own_versions(again.matrices[0].version.accession)
    assert {one.number: (one.active, _first(studies, one)) for one in after} == before
    assert {one.chain for one in after} == {"LOCVC002"}
    assert [path for path in (settings.current().cache / "uploads").iterdir()] == []
    new = tmp_path / "fourth.gct"
    new.write_text(SECOND.replace("15.7", "17.7"))
    bring(new, version_of=after[0].accession)
    assert api.own_versions(after[0].accession)[0].number == 4


def _first(studies: Path, version: DataVersion) -> float:
    (store,) = studies.glob(f"*/{version.accession}.h5")
    with h5py.File(store) as file:
        return float(file["matrix"][0, 0])


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ("a.gct\t\tX1\t1\tno\n", {}),  # alone in its chain
        ("a.gct\t\tX1\t1\tno\nb.gct\t\tX1\t1\tyes\n", {}),  # of one number
        ("a.gct\t\tX1\tone\tno\nb.gct\t\tX1\t2\tyes\n", {}),
        ("nosuch.gct\t\tX1\t1\tno\nb.gct\t\tX1\t2\tyes\n", {}),
        ("a.gct\t\tX1\t2\tno\nb.gct\t\tX1\t5\tno\n", {2: False, 5: True}),  # the newest where none is active
    ],
)
def test_a_table_of_versions_that_says_nothing_is_left_out(tmp_path: Path, rows: str, left: dict[int, bool]) -> None:
    told = "\t".join(chains.NAMES) + "\n" + rows
    accession = bring(bundle(tmp_path, b_gct=SECOND, versions_tsv=told))
    matrices = api.own_study(accession).matrices
    assert len(matrices) == 2
    assert {one.version.number: one.version.active for one in matrices if one.version.chain} == left
