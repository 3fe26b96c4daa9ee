"""The file is one of ARCHS4 v2.5 to any reader, is written whole or not at all, and says that it is simulated."""

from __future__ import annotations

import re

import h5py
import numpy as np
import pytest

from backend import demo
from backend.archs4 import counts
from backend.archs4.genes import read as gene_table
from backend.errors import BadInput, NotConfigured

# contracts/archs4.md section 10.2: the fields of v2.5, which has none of reads
FIELDS = """channel_count characteristics_ch1 contact_address contact_city contact_country contact_institute
contact_name contact_zip data_processing extract_protocol_ch1 geo_accession instrument_model last_update_date
library_selection library_source library_strategy molecule_ch1 organism_ch1 platform_id relation sample series_id
singlecellprobability source_name_ch1 status submission_date taxid_ch1 title type"""


def test_it_is_recognised_as_a_human_gene_file_of_v2_5(cohort):
    found = cohort.layout
    assert (found.family, found.kind, found.species, found.version) == ("v2", "gene", "human", "2.5")
    assert found.genes_first
    assert found.ensembl == "meta/genes/ensembl_gene"
    assert found.aligned_reads is None
    assert found.n_samples == 180


def test_the_fields_of_samples_are_those_of_v2_5_as_text_but_one(cohort):
    with h5py.File(cohort.path) as file:
        fields = file["meta/samples"]
        assert sorted(fields) == sorted(FIELDS.split())
        text = [
            h5py.check_string_dtype(fields[name].dtype) for name in FIELDS.split() if name != "singlecellprobability"
        ]
        assert all(kind.encoding == "utf-8" and kind.length is None for kind in text)
        assert fields["singlecellprobability"].dtype == np.float64
        assert sorted(file["meta/genes"]) == ["biotype", "ensembl_gene", "symbol"]
        assert {"author", "contact", "creation-date", "laboratory", "version"} <= set(file["meta/info"])


def test_chunks_are_2000_genes_of_one_sample_deflated_at_level_4(cohort):
    with h5py.File(cohort.path) as file:
        data = file["data/expression"]
        assert data.dtype == np.dtype("<u4")
        assert data.chunks == (2000, 1)
        assert data.maxshape == (cohort.layout.n_genes, None)
        assert (data.compression, data.compression_opts, data.shuffle) == ("gzip", 4, False)
        sizes: list[int] = []
        data.id.chunk_iter(lambda chunk: sizes.append(chunk.size))
        chunks_a_sample = -(-cohort.layout.n_genes // 2000)
        assert len(sizes) == 180 * chunks_a_sample
        assert 1200 <= np.mean(sizes) <= 1800  # 1,505 in the real file


def test_our_reader_gives_the_counts_that_h5py_gives(cohort):
    rows, places = np.arange(0, cohort.layout.n_genes, 997), np.array([0, 11, 90, 179])
    np.testing.assert_array_equal(counts.counts(cohort.layout, rows, places), cohort.counts[np.ix_(rows, places)])


def test_genes_are_real_and_as_odd_as_those_of_archs4(cohort):
    table = gene_table(cohort.layout)
    assert len(table) > 39_000
    assert list(table.ensembl) == sorted(table.ensembl)
    assert all(re.fullmatch(r"ENSG\d{11}", ensembl) for ensembl in table.ensembl)
    assert len(set(table.ensembl)) == len(table)
    assert len(table) - len(set(table.given)) > 10  # symbols of several rows
    assert 1 <= sum(symbol.startswith("ENSG") for symbol in table.given) < 100
    assert "C1orf43" in table.given
    assert table.ensembl[table.row("TP53")] == "ENSG00000141510"
    assert len(table.twins(table.row("MATR3"))) == 2


def test_a_padded_file_tells_made_up_genes_from_real_ones(tmp_path):
    path = tmp_path / "padded.h5"
    demo.write(path, samples=3, genes=67_186)
    with h5py.File(path) as file:
        symbol, biotype, ensembl = (
            file[f"meta/genes/{name}"].asstr()[:] for name in ("symbol", "biotype", "ensembl_gene")
        )
        made_up = np.array([re.fullmatch(r"SIM\d{5}", name) is not None for name in symbol])
        assert len(symbol) == 67_186
        assert set(biotype[made_up]) == {"simulated"}
        assert set(ensembl[made_up]) == {""}
        assert "simulated" not in set(biotype[~made_up])
        assert "do not exist" in file["meta/info/simulated"].asstr()[()]


def test_the_file_and_every_sample_say_that_they_are_simulated(cohort):
    with h5py.File(cohort.path) as file:
        assert "SIMULATED" in file["meta/info/simulated"].asstr()[()]
        assert all("SIMULATED" in text for text in file["meta/samples/data_processing"].asstr()[:])


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    first, second, other = (tmp_path / name for name in ("first.h5", "second.h5", "other.h5"))
    demo.write(first, samples=70, genes=300)
    demo.write(second, samples=70, genes=300)
    demo.write(other, samples=70, genes=300, seed=1)
    assert first.read_bytes() == second.read_bytes()
    with h5py.File(first) as one, h5py.File(other) as two:
        assert (one["data/expression"][:] != two["data/expression"][:]).any()
        assert (one["meta/samples/title"][:] != two["meta/samples/title"][:]).any()


def test_a_cohort_of_several_blocks_has_every_sample_in_its_place(many):
    with h5py.File(many.path) as file:
        accessions = file["meta/samples/geo_accession"].asstr()[:]
        assert len(set(accessions)) == len(accessions) == 2400
    empty = np.flatnonzero(many.sizes == 0)
    assert empty.tolist() == [11]  # one sample has no read, and none was left unwritten


def test_progress_ends_at_the_number_of_samples(tmp_path):
    told: list[tuple[int, int]] = []
    demo.write(tmp_path / "file.h5", samples=60, genes=50, on_progress=lambda done, of: told.append((done, of)))
    assert told[0] == (0, 60)
    assert told[-1] == (60, 60)
    assert told == sorted(told)


class _Enough(Exception):
    pass


def test_a_cancelled_file_leaves_nothing_and_keeps_the_old_one(tmp_path):
    path = tmp_path / "file.h5"
    path.write_bytes(b"the old one")

    def cancel(done: int, of: int) -> None:
        if done:
            raise _Enough

    with pytest.raises(_Enough):
        demo.write(path, samples=60, genes=50, on_progress=cancel)
    assert path.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_an_error_of_ours(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotConfigured, match="cannot be written"):
        demo.write(tmp_path / "file" / "demo.h5", samples=3, genes=50)


def test_a_file_too_big_for_the_disk_is_refused_before_it_is_begun(tmp_path):
    with pytest.raises(NotConfigured, match="MB are free"):
        demo.write(tmp_path / "demo.h5", samples=10**9, genes=50)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [{"samples": 0}, {"genes": 3}])
def test_an_empty_file_is_refused(tmp_path, wrong):
    with pytest.raises(BadInput):
        demo.write(tmp_path / "demo.h5", **{"samples": 3, "genes": 50} | wrong)
