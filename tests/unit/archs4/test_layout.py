"""Any ARCHS4 file is recognised by its structure, and a bad one is refused by naming what is wrong."""

from __future__ import annotations

import os
import re
import shutil

import h5py
import numpy as np
import pytest

from backend.archs4.layout import detect
from backend.errors import BadAnswer, ExpronautError, NotConfigured
from tests.doubles import archs4_files
from tests.doubles.archs4_files import LAYOUTS

# layout -> family, kind, genes first, symbols, Ensembl ids, biotype, aligned reads, version
EXPECTED = {
    "v1": ("v1", "gene", False, "meta/genes", None, None, None, "1.0"),
    "v8": ("v1", "gene", False, "meta/genes", "meta/gene_ensemblid", None, "meta/reads_aligned", "1.0"),
    "v9": (
        "v2",
        "gene",
        True,
        "meta/genes/gene_symbol",
        "meta/genes/ensembl_gene_id",
        "meta/genes/gene_biotype",
        "meta/samples/readsaligned",
        "11",
    ),
    "v2.1.2": ("v2", "gene", True, "meta/genes/gene_symbol", None, None, "meta/samples/readsaligned", "2.1.2"),
    "v2.2": (
        "v2",
        "gene",
        True,
        "meta/genes/symbol",
        "meta/genes/ensembl_gene_id",
        "meta/genes/biotype",
        "meta/samples/readsaligned",
        "2.2",
    ),
    "v2.5": ("v2", "gene", True, "meta/genes/symbol", "meta/genes/ensembl_gene", "meta/genes/biotype", None, "2.5"),
    "v2.6": (
        "v2",
        "gene",
        True,
        "meta/genes/symbol",
        "meta/genes/ensembl_gene",
        "meta/genes/biotype",
        "meta/samples/alignedreads",
        "2.6",
    ),
    "transcript": (
        "v2",
        "transcript",
        True,
        "meta/transcripts/ensembl_id",
        "meta/transcripts/ensembl_id",
        None,
        "meta/samples/alignedreads",
        "transcript",
    ),
    "metadata": ("metadata", "metadata", True, None, None, None, None, "metadata"),
}
EXPECTED["v11"] = EXPECTED["v9"]
EXPECTED["mouse"] = (*EXPECTED["v2.6"][:-1], "mouse")
EXPECTED["metadata with genes"] = ("metadata", "metadata", *EXPECTED["v2.5"][2:-1], "metadata with genes")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_recognised(written, layout: str) -> None:
    made = written(layout)
    found = detect(made.path)
    shown = (found.family, found.kind, found.genes_first, found.symbol, found.ensembl, found.biotype)
    assert (*shown, found.aligned_reads, found.version) == EXPECTED[layout]
    assert found.species == made.species
    assert found.n_samples == 60
    assert found.n_genes == (0 if layout == "metadata" else 300)
    assert found.sample_fields["title"] in ("meta/samples/title", "meta/Sample_title")


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("truncated", "cut off before its end"),
        ("not HDF5", "not an HDF5 file"),
        ("empty", "not an HDF5 file"),
        ("foreign", "no sample accessions .*meta/samples/geo_accession or meta/Sample_geo_accession"),
        ("float counts", "float32 in data/expression"),
        ("three dimensions", r"shape \(1, 300, 60\).*300 genes and 60 samples"),
        ("other shape", r"shape \(299, 60\).*300 genes and 60 samples"),
        ("short field", r"meta/samples/title of shape \(59,\) for 60 samples"),
        ("short gene field", r"meta/genes/ensembl_gene of shape \(299,\) for 300 genes"),
        ("no accession", "no sample accessions"),
        ("numbers for accessions", "int64 .* in meta/samples/geo_accession"),
        ("no gene names", "counts but no gene names .*meta/genes/symbol"),
        ("no species", "neither human nor mouse .*organism_ch1"),
        ("mixed species", "150 human and 150 mouse entries in meta/genes/ensembl_gene"),
        ("no samples", "names no samples"),
    ],
)
def test_a_bad_file_is_refused_with_the_place(tmp_path, how: str, says: str) -> None:
    path = archs4_files.damage(tmp_path / "bad.h5", how)
    with pytest.raises(BadAnswer, match=says) as caught:
        detect(path)
    assert caught.value.message.startswith("bad.h5 ")
    assert caught.value.hint
    assert str(tmp_path) not in str(caught.value)


def test_every_damage_is_tested() -> None:
    tested = {mark.args[1][i][0] for mark in _marks() for i in range(len(mark.args[1]))}
    assert tested == set(archs4_files.DAMAGES)


def _marks():
    return [mark for mark in test_a_bad_file_is_refused_with_the_place.pytestmark if mark.name == "parametrize"]


def test_a_missing_file_is_not_configured(tmp_path) -> None:
    with pytest.raises(NotConfigured, match=r"human_gene\.h5 is not there"):
        detect(tmp_path / "human_gene.h5")
    with pytest.raises(NotConfigured, match="cannot be opened"):
        detect(tmp_path)


@pytest.mark.parametrize(("layout", "genes_first"), [("v8", False), ("v2.5", True)])
def test_a_square_file_goes_by_its_family(tmp_path, layout: str, genes_first: bool) -> None:
    archs4_files.write(tmp_path / "square.h5", layout, genes=60, samples=60)
    assert detect(tmp_path / "square.h5").genes_first is genes_first


def test_orientation_is_read_from_the_shape(tmp_path) -> None:
    """Flat names over genes x samples, and the reverse, are read as they lie."""
    for layout, genes_first in (("v8", True), ("v2.5", False)):
        path = tmp_path / f"{layout}.h5"
        archs4_files.write(path, layout)
        with h5py.File(path, "r+") as file:
            turned = file["data/expression"][:].T
            del file["data/expression"]
            file["data/expression"] = turned
        assert detect(path).genes_first is genes_first


@pytest.mark.parametrize("version", ["2.5", b"2.5", np.array(["2.5"], dtype=object), np.array([b"2.5"]), 2.5, None])
def test_the_version_is_read_in_any_form_and_decides_nothing(tmp_path, version) -> None:
    path = tmp_path / "file.h5"
    archs4_files.write(path, "v9")
    with h5py.File(path, "r+") as file:
        del file["meta/info/version"]
        if version is not None:
            file["info/version" if version == 2.5 else "meta/info/version"] = version
    found = detect(path)
    assert found.version == ("" if version is None else "2.5")
    assert found.symbol == "meta/genes/gene_symbol"


def test_the_taxon_decides_when_nothing_else_does(tmp_path) -> None:
    path = tmp_path / "file.h5"
    archs4_files.write(path, "v2.1.2")
    with h5py.File(path, "r+") as file:
        del file["meta/samples/organism_ch1"]
        file["meta/genes/gene_symbol"][:] = [f"Gene{i}" for i in range(300)]
        file["meta/samples/taxid_ch1"][:] = ["10090"] * 60
    assert detect(path).species == "mouse"


def test_a_replaced_file_is_noticed(tmp_path) -> None:
    path = tmp_path / "file.h5"
    archs4_files.write(path, "v2.5", samples=20)
    before = detect(path)
    assert detect(path).identity == before.identity
    archs4_files.write(tmp_path / "new.h5", "v2.5", samples=21)
    (tmp_path / "new.h5").replace(path)
    with pytest.raises(BadAnswer, match="replaced or changed"), before.opened():
        pass


def test_a_file_changed_within_the_same_size_and_time_is_noticed(tmp_path) -> None:
    path = tmp_path / "file.h5"
    archs4_files.write(path, "v2.5")
    before, times = detect(path), (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    with path.open("r+b") as file:
        file.seek(8)
        file.write(b"\x07")
    os.utime(path, ns=times)
    with pytest.raises(BadAnswer, match="replaced or changed"), before.opened():
        pass


def test_a_file_replaced_while_open_is_noticed(tmp_path) -> None:
    path = tmp_path / "file.h5"
    archs4_files.write(path, "v2.5")
    before = detect(path)
    with pytest.raises(BadAnswer, match="replaced or changed"), before.opened():
        archs4_files.write(tmp_path / "new.h5", "v2.5", seed=2)
        (tmp_path / "new.h5").replace(path)


def test_any_cut_is_an_error_of_ours(tmp_path, written) -> None:
    whole = written("v2.6").path.read_bytes()
    path = tmp_path / "cut.h5"
    for share in range(0, 100, 7):
        path.write_bytes(whole[: len(whole) * share // 100])
        with pytest.raises(BadAnswer):
            detect(path)


def test_any_overwritten_stretch_is_an_error_of_ours_or_does_not_matter(tmp_path, written) -> None:
    whole = written("v2.6").path.read_bytes()
    path = tmp_path / "spoilt.h5"
    refused = 0
    for place in range(0, 40_000, 401):
        path.write_bytes(whole[:place] + b"\xff" * 16 + whole[place + 16 :])
        try:
            detect(path)
        except ExpronautError:
            refused += 1
    assert refused


def test_the_file_is_not_written(tmp_path, written) -> None:
    copy = tmp_path / "copy.h5"
    shutil.copy(written("v2.5").path, copy)
    copy.chmod(0o444)
    before = copy.read_bytes()
    detect(copy)
    assert copy.read_bytes() == before
    assert re.fullmatch(r"[0-9a-f]{64}", detect(copy).identity.header)
