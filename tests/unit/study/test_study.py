"""Stored matrices: what is written is read again; names of genes; scales; profiles and partners against numpy."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats as scipy_stats

from backend.errors import BadAnswer, BadInput, NotFound, Unavailable
from backend.study import grouping, partners, profile, store
from backend.study.genes import Genes, is_ensembl, plain, species_of
from backend.study.matrix import Matrix, scale
from backend.study.store import Store

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
NUMBERS = st.floats(0, 1e6, width=32) | st.just(float("nan"))


def _matrix(values: np.ndarray, unit: str = "TPM", **columns: list[str]) -> Matrix:
    n_rows, n_columns = values.shape
    samples = pd.DataFrame({"sample": [f"S{n}" for n in range(n_columns)], **columns}, dtype=object)
    return Matrix(tuple(f"G{n}" for n in range(n_rows)), ("",) * n_rows, samples, values.astype(np.float32), unit)


def _kept(folder: Path, matrix: Matrix) -> Store:
    return Store(store.write(folder / "a.h5", matrix.checked(), {}))


@limits(max_examples=30, deadline=None)
@given(st.data())
def test_what_is_written_is_read_again(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(1, 70), st.integers(1, 5)))
    values = data.draw(arrays.arrays(np.float32, shape, elements=NUMBERS))
    column, texts = data.draw(TEXT), data.draw(st.lists(TEXT, min_size=shape[1], max_size=shape[1]))
    matrix = _matrix(values, data.draw(TEXT))
    if column != "sample":
        matrix.samples[column] = texts
    with tempfile.TemporaryDirectory() as folder:
        found = Store(store.write(Path(folder) / "a.h5", matrix.checked(), {"title": "x\0y", "n": 1}))
        pd.testing.assert_frame_equal(found.head.samples, matrix.samples.astype(object))
        assert (found.head.ids, found.head.unit) == (matrix.ids, matrix.unit)
        assert found.head.about == {"title": "x\0y", "n": 1}
        shown = found.head.scale.apply(values)
        np.testing.assert_array_equal(found.rows(range(shape[0])), shown)
        np.testing.assert_array_equal(np.concatenate([part for _, part in found.blocks()]), shown)
        np.testing.assert_array_equal(found.rows([shape[0] - 1, 0]), shown[[-1, 0]])


def test_what_hdf5_cannot_hold_is_replaced(tmp_path: Path) -> None:
    matrix = _matrix(np.ones((1, 2)), "T\0PM", tissue=["a\0b", "\ud800c"])
    assert list(_kept(tmp_path, matrix).head.samples["tissue"]) == ["a�b", "?c"]


def test_a_file_that_is_gone_or_damaged_is_told(tmp_path: Path) -> None:
    found = _kept(tmp_path, _matrix(np.random.default_rng(1).random((64, 500))))
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]
    body = found.path.read_bytes()
    found.path.write_bytes(body[: len(body) // 2])
    with pytest.raises(BadAnswer):
        Store(found.path).head.ids  # noqa: B018
    found.path.unlink()
    with pytest.raises(NotFound):
        Store(found.path).rows([0])
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        store.write(tmp_path / "file" / "a.h5", _matrix(np.ones((1, 1))), {})


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (_matrix(np.ones((0, 2))), "no features"),
        (_matrix(np.full((1, 1), np.inf)), "infinite"),
        (Matrix(("A",), ("",), pd.DataFrame({"sample": ["S", "S"]}), np.ones((1, 2), np.float32), ""), "twice"),
        (Matrix(("A",), ("",), pd.DataFrame({"sample": ["S"]}), np.ones((1, 2), np.float32), ""), "numbers for"),
    ],
)
def test_what_is_no_matrix_is_refused(matrix: Matrix, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        matrix.checked()


@pytest.mark.parametrize(
    ("unit", "lowest", "log", "shown"),
    [
        ("TPM", 0, True, "log2(TPM+1)"),
        ("counts", 0, True, "log2(count+1)"),
        ("", 0, True, "log2(value+1)"),
        ("TPM", -0.1, False, "TPM"),
        ("log2(TPM+1)", 0, False, "log2(TPM+1)"),
        ("Log10 CPM", 0, False, "Log10 CPM"),
        ("", -3, False, "value"),
    ],
)
def test_only_what_is_no_logarithm_yet_is_taken_one_of(unit: str, lowest: float, log: bool, shown: str) -> None:
    found = scale(unit, lowest)
    assert (found.log, found.unit) == (log, shown)
    np.testing.assert_allclose(found.apply(np.array([3.0])), [2.0 if log else 3.0])


class TestGenes:
    def test_any_name_leads_to_the_row(self) -> None:
        table = Genes(("ENSG00000141510.18", "ENSG00000146648", "X1"), ("", "EGFR", "ENSA"), "human")
        assert table.labels == ("TP53", "EGFR", "ENSA")
        for name in ("TP53", "tp53", "ENSG00000141510", "ensg00000141510.3", "P53"):
            assert table.row(name) == 0, name
        assert table.row("ERBB1") == 1
        assert table.row("X1") == table.row("ensa") == 2
        assert table.row("NOSUCHGENE1") is None
        assert table.resolve("ERBB1", 0).gene.symbol == "EGFR"
        assert table.resolve("MYC", 0).status == "absent"

    def test_a_label_that_stands_twice_is_told_apart(self) -> None:
        table = Genes(("A1", "A2"), ("ABC", "ABC"), "human")
        assert table.labels == ("ABC", "ABC (A2)")
        assert (table.row("ABC"), table.row("A2")) == (0, 1)

    def test_an_alias_does_not_lead_to_another_gene(self) -> None:
        """FHL1 is an alias of CFH, and the symbol of another gene."""
        table = Genes(("1",), ("FHL1",), "human")
        assert table.row("FHL1") == 0
        assert table.row("CFH") is None
        assert table.row("ENSG00000000971") is None

    def test_species_by_the_form_of_ids(self) -> None:
        assert species_of(("ENSMUSG00000059552", "ENSMUSG00000000001.4", "x")) == "mouse"
        assert species_of(("ENSG00000141510", "x")) == species_of(("x",)) == species_of(()) == "human"
        assert not is_ensembl("ENSA")
        assert (plain("ENSG00000141510.18"), plain("RP11-1.2")) == ("ensg00000141510", "rp11-1.2")


VALUES = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 4), st.integers(4, 12)), elements=st.floats(0, 1000) | st.just(float("nan"))
)


@limits(max_examples=50, deadline=None)
@given(VALUES, st.data())
def test_profiles_are_those_of_numpy(values: np.ndarray, data: st.DataObject) -> None:
    n = values.shape[1]
    groups = data.draw(st.lists(st.sampled_from(["a", "b", "", " a"]), min_size=n, max_size=n))
    samples = pd.DataFrame({"sample": range(n), "of": groups}, dtype=object)
    table = profile.profiles([f"g{row}" for row in range(len(values))], grouping.of(samples, ["of"]), values)
    plainly = np.array([name.strip() or grouping.NOT_TOLD for name in groups])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for _, row in table.iterrows():
            every = values[int(row["gene"][1:])]
            own = every[plainly == row["tissue"]]
            assert row["n_samples"] == np.count_nonzero(~np.isnan(own))
            expected = [np.nanmin(own), np.nanmedian(own), np.nanmax(own), np.nanmean(own)] if len(own) else []
            np.testing.assert_allclose(
                np.array(row[["min", "median", "max", "mean"]], dtype=float), expected, rtol=1e-9, atol=1e-12
            )
            sd = np.nanstd(every)
            if sd > 1e-6:
                np.testing.assert_allclose(row["z"], (np.nanmean(own) - np.nanmean(every)) / sd, atol=1e-9)
    assert len(table) == len(values) * len(set(plainly))


@pytest.fixture
def stored(tmp_path: Path) -> tuple[Store, np.ndarray, tuple[str, ...]]:
    random = np.random.default_rng(3)
    factor = random.normal(size=20)
    values = 5 + random.normal(size=(90, 20)) + np.linspace(-1, 2, 90)[:, None] * factor
    values = np.exp2(np.maximum(values, 0))
    values[7, 3] = values[8, :17] = np.nan
    values[9] = 4.0
    found = _kept(tmp_path, _matrix(values))
    return found, np.log2(values.astype(np.float32).astype(float) + 1), found.head.ids


@pytest.mark.parametrize("limit", [1, 5, 60])
def test_partners_are_those_of_scipy(stored: tuple[Store, np.ndarray, tuple[str, ...]], limit: int) -> None:
    found, logged, labels = stored
    table = partners.partners(found, 80, labels, limit).set_index("gene")
    r = {}
    for row, label in enumerate(labels):
        seen = ~np.isnan(logged[row])
        if row not in (8, 9, 80):  # too few numbers, constant, itself
            r[label] = scipy_stats.pearsonr(logged[80][seen], logged[row][seen])
    up = sorted((name for name in r if r[name][0] > 0), key=lambda name: -r[name][0])[:limit]
    down = sorted((name for name in r if r[name][0] < 0), key=lambda name: r[name][0])[:limit]
    assert set(table.index) == {*up, *down}
    assert list(table.index) == sorted(table.index, key=lambda name: -abs(r[name][0]))
    for name in table.index:
        assert table.loc[name, "r"] == pytest.approx(r[name][0], abs=1e-6)  # the index holds float32
        assert table.loc[name, "p"] == pytest.approx(r[name][1], rel=1e-4)
        assert table.loc[name, "n"] == (19 if name == "G7" else 20)
    every = pd.Series({name: p for name, (_, p) in r.items()})
    q = pd.Series(scipy_stats.false_discovery_control(every), index=every.index)
    np.testing.assert_allclose(table["q"], q[table.index], rtol=1e-4)


def test_pairs_are_those_of_scipy(stored: tuple[Store, np.ndarray, tuple[str, ...]]) -> None:
    found, logged, labels = stored
    table = partners.pairs(found, [80, 7, 9, 8, 1], labels).set_index(["gene_a", "gene_b"])
    assert set(table.index) == {("G80", "G7"), ("G80", "G1"), ("G7", "G1")}  # G9 does not vary, G8 is too rare
    seen = ~np.isnan(logged[7])
    assert table.loc[("G80", "G7"), "r"] == pytest.approx(np.corrcoef(logged[80][seen], logged[7][seen])[0, 1])
    assert table.loc[("G80", "G7"), "n"] == 19


def test_a_gene_that_tells_nothing_has_no_partners(stored: tuple[Store, np.ndarray, tuple[str, ...]]) -> None:
    found, _, labels = stored
    with pytest.raises(NotFound, match="fewer than"):
        partners.partners(found, 8, labels, 5)
    with pytest.raises(NotFound, match="does not vary"):
        partners.partners(found, 9, labels, 5)
