"""Counts equal what stands in the file, whatever is asked in whatever order; what cannot be read is never zero."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.archs4 import counts
from backend.archs4.layout import detect
from backend.errors import BadAnswer, BadInput, NotConfigured, TooLarge
from tests.doubles import archs4_files
from tests.doubles.archs4_files import LAYOUTS, ZEROS

COUNTED = [layout for layout in LAYOUTS if not layout.startswith("metadata")]


def in_file(path, genes_first: bool = True) -> np.ndarray:
    with h5py.File(path) as file:
        data = file["data/expression"][:]
    return data if genes_first else data.T


@pytest.mark.parametrize("layout", COUNTED)
def test_counts_are_those_of_the_file(written, layout: str) -> None:
    made = written(layout)
    found = detect(made.path)
    genes, samples = [299, 0, 7, 7, 120], [59, 0, 1, 30, 0, ZEROS]
    answer = counts.counts(found, genes, samples)
    assert answer.dtype == np.uint32
    assert answer.shape == (5, 6)
    assert np.array_equal(answer, in_file(made.path, found.genes_first)[np.ix_(genes, samples)])
    assert np.array_equal(counts.counts(found, range(300), range(60)), made.counts)


@pytest.mark.parametrize("block", [1, 7, 60])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_selection_of_any_chunking(tmp_path_factory, block: int, data) -> None:
    path = tmp_path_factory.getbasetemp() / f"chunks{block}.h5"
    if not path.exists():
        archs4_files.write(path, "v2.5", block=block)
    genes = data.draw(st.lists(st.integers(0, 299), max_size=12))
    samples = np.array(data.draw(st.lists(st.integers(0, 59), max_size=12)), dtype=np.int16)
    answer = counts.counts(detect(path), genes, samples)
    assert np.array_equal(answer, in_file(path)[np.ix_(np.array(genes, int), np.array(samples, int))])


def test_an_unchunked_file_reads_alike(tmp_path) -> None:
    path = tmp_path / "plain.h5"
    made = archs4_files.write(path, "v2.5")
    with h5py.File(path, "r+") as file:
        del file["data/expression"]
        file["data/expression"] = made.counts.astype(">i8")
    found = detect(path)
    assert np.array_equal(counts.counts(found, [5, 299, 0], range(60)), made.counts[[5, 299, 0]])
    assert np.array_equal(counts.library_sizes(found, [3, 1]), made.counts.sum(axis=0, dtype=np.int64)[[3, 1]])


@pytest.mark.parametrize("layout", ["v1", "v2.5"])
def test_library_sizes_do_not_overflow(written, layout: str) -> None:
    made = written(layout)
    sizes = counts.library_sizes(detect(made.path), [0, 59, 0, ZEROS])
    assert sizes.tolist() == [int(made.counts[:, i].astype(object).sum()) for i in (0, 59, 0, ZEROS)]
    assert sizes[3] == 0


@pytest.mark.parametrize("layout", ["v8", "v2.6"])
def test_log_cpm_is_log2_of_one_plus_reads_per_million(written, layout: str) -> None:
    made = written(layout)
    genes, samples = [12, 0, 12], [40, 2, 41, 40]
    with np.errstate(invalid="ignore"):
        expected = np.log2(1 + made.counts / made.counts.sum(axis=0, dtype=float) * 1e6)
    answer = counts.log_cpm(detect(made.path), genes, samples)
    np.testing.assert_allclose(answer, expected[np.ix_(genes, samples)], rtol=1e-12)


def test_a_sample_without_reads_has_no_log_cpm(written) -> None:
    answer = counts.log_cpm(detect(written("v2.5").path), [0, 1], [ZEROS, 2])
    assert np.isnan(answer[:, 0]).all()
    assert np.isfinite(answer[:, 1]).all()


def test_nothing_asked_is_nothing_answered(written) -> None:
    found = detect(written("v2.5").path)
    assert counts.counts(found, [], [1, 2]).shape == (0, 2)
    assert counts.counts(found, [1, 2, 3], []).shape == (3, 0)
    assert counts.library_sizes(found, []).shape == (0,)
    assert counts.log_cpm(found, [], []).shape == (0, 0)


@pytest.mark.parametrize(
    ("genes", "samples", "says"),
    [
        ([300], [0], r"300 is outside the 300 genes"),
        ([-1], [0], r"-1 is outside the 300 genes"),
        ([0], [60], r"60 is outside the 60 samples"),
        ([0], [5, -2, 70], r"-2 is outside"),
        ([0.0], [1], "genes are not a list of whole numbers"),
        ([0], [True], "samples are not a list of whole numbers"),
        ([[0]], [1], "genes are not a list"),
        (["TP53"], [1], "genes are not a list"),
    ],
)
def test_a_place_outside_the_file_is_refused(written, genes, samples, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        counts.counts(detect(written("v2.5").path), genes, samples)


def test_the_cap_is_stated(written) -> None:
    found = detect(written("v2.5").path)
    samples = np.zeros(counts.MAX_CELLS // 300 + 1, dtype=int)
    for ask in (counts.counts, counts.log_cpm):
        with pytest.raises(TooLarge, match=r"300 genes in 66,667 samples are 20,000,100 counts, over 20,000,000"):
            ask(found, range(300), samples)


def test_metadata_hold_no_counts(written) -> None:
    with pytest.raises(NotConfigured, match="holds no counts"):
        counts.counts(detect(written("metadata with genes").path), [0], [0])


@pytest.mark.parametrize("ask", [counts.counts, counts.log_cpm, lambda layout, _, s: counts.library_sizes(layout, s)])
class TestWhatCannotBeReadIsAnError:
    @pytest.fixture
    def path(self, tmp_path):
        archs4_files.write(tmp_path / "file.h5", "v2.5")
        return tmp_path / "file.h5"

    def test_a_spoilt_chunk(self, path, ask) -> None:
        archs4_files.spoil_counts(path, 150, 20)
        found = detect(path)
        with pytest.raises(BadAnswer, match="damaged"):
            ask(found, [150], [19, 20])
        assert ask(found, [150], [19]).size == 1  # its neighbours are whole

    def test_a_replaced_file(self, path, ask) -> None:
        found = detect(path)
        archs4_files.write(path, "v2.5", seed=2)
        with pytest.raises(BadAnswer, match="replaced or changed"):
            ask(found, [0], [0])

    def test_a_file_that_is_gone(self, path, ask) -> None:
        found = detect(path)
        path.unlink()
        with pytest.raises(NotConfigured, match="not there"):
            ask(found, [0], [0])

    def test_a_sample_that_was_never_written(self, path, ask) -> None:
        with h5py.File(path, "r+") as file:
            data = file["data/expression"][:]
            del file["data/expression"]
            made = file.create_dataset("data/expression", data.shape, "u4", chunks=(100, 1), maxshape=(300, None))
            for sample in range(59):
                made[:, sample] = data[:, sample]
        found = detect(path)
        with pytest.raises(BadAnswer, match="never written completely in samples 59 to 59"):
            ask(found, [0], [58, 59])
        assert ask(found, [0], [ZEROS]).size == 1  # written zeros are counts

    @pytest.mark.parametrize("wrong", [-1, 2**32])
    def test_a_number_that_is_no_count(self, path, ask, wrong: int) -> None:
        with h5py.File(path, "r+") as file:
            data = file["data/expression"][:].astype(np.int64)
            data[3, 4] = wrong
            del file["data/expression"]
            file["data/expression"] = data
        with pytest.raises(BadAnswer, match="which are not counts in samples 4 to 4"):
            ask(detect(path), [3], [4])


def test_nothing_written_at_all_is_an_error(tmp_path) -> None:
    path = tmp_path / "file.h5"
    archs4_files.write(path, "v2.5")
    with h5py.File(path, "r+") as file:
        del file["data/expression"]
        file.create_dataset("data/expression", (300, 60), "u4")
    with pytest.raises(BadAnswer, match="never written"):
        counts.counts(detect(path), [0], [0])


def test_only_the_pieces_of_the_wanted_genes_are_read(tmp_path) -> None:
    """Genes of the first and the last piece do not bring the one between, which cannot be read."""
    path = tmp_path / "file.h5"
    made = archs4_files.write(path, "v2.5")
    archs4_files.spoil_counts(path, 150, 20)
    found = detect(path)
    assert np.array_equal(counts.counts(found, [299, 0], [21, 20]), made.counts[np.ix_([299, 0], [21, 20])])
    with pytest.raises(BadAnswer):
        counts.counts(found, [99, 100], [20])
