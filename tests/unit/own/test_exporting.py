"""What was imported comes back: expression files byte for byte, metadata as they are now."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import h5py
import numpy as np

from backend import api
from backend.model import FileChoice
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
