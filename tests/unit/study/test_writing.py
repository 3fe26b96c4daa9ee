"""Matrices written block by block, and the index beside them: against numpy and h5py."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from backend.errors import BadAnswer, BadInput, NotFound, Stopped, TooLarge
from backend.study import partners, store
from backend.study.matrix import MOST_STORED
from backend.study.store import NewMatrix, Store


def _head(shape: tuple[int, int], unit: str = "TPM") -> NewMatrix:
    samples = pd.DataFrame({"sample": [f"S{n}" for n in range(shape[1])]}, dtype=object)
    return NewMatrix(tuple(f"G{n}" for n in range(shape[0])), ("",) * shape[0], samples, unit)


def _written(folder: Path, values: np.ndarray, unit: str = "TPM", sizes: tuple[int, ...] = ()) -> Store:
    cuts = np.cumsum(sizes)
    blocks = np.split(values.astype(np.float32), cuts[cuts < len(values)])
    return Store(store.write_blocks(folder / "a.h5", _head(values.shape, unit), blocks, {"n": 1}))


@limits(max_examples=30, deadline=None)
@given(st.integers(1, 90), st.integers(1, 6), st.lists(st.integers(0, 40), max_size=8), st.integers(0, 9))
def test_blocks_of_any_size_give_the_same_matrix(rows: int, columns: int, sizes: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.gamma(1, 3, (rows, columns)).astype(np.float32)
    values[random.random(values.shape) < 0.1] = np.nan
    with tempfile.TemporaryDirectory() as folder:
        found = _written(Path(folder), values, sizes=tuple(sizes))
        np.testing.assert_array_equal(found.measured(0, rows), values)
        assert found.head.about == {"n": 1}
        assert [path.name for path in Path(folder).iterdir()] == ["a.h5"]


@pytest.mark.parametrize(("unit", "shift", "log"), [("TPM", 0, True), ("TPM", -1, False), ("log2(TPM)", 0, False)])
def test_the_index_is_on_the_scale_that_is_known_at_the_end(tmp_path: Path, unit: str, shift: float, log: bool) -> None:
    """The lowest number stands in the last block."""
    values = np.random.default_rng(2).gamma(1, 9, (70, 12)) + 1
    values[-1, -1] = shift
    values[3] = 5
    values[4, 2] = np.nan
    found = _written(tmp_path, values, unit, (10,) * 7)
    assert found.head.scale.log == log
    single = values.astype(np.float32).astype(float)
    shown = np.log2(single + 1) if log else single
    with h5py.File(found.path) as file:
        standard, state = file["standard"][:], file["features/state"][:]
        np.testing.assert_allclose(file["features/mean"][:], np.nanmean(shown, axis=1))
        np.testing.assert_allclose(file["features/sd"][:], np.nanstd(shown, axis=1), atol=1e-12)
    away = np.delete(shown - shown.mean(axis=1, keepdims=True), [3, 4], axis=0)
    due = away / np.linalg.norm(away, axis=1, keepdims=True)
    assert (state[3], state[4], set(np.delete(state, [3, 4]))) == (2, 1, {0})
    np.testing.assert_allclose(np.delete(standard, [3, 4], axis=0), due, atol=1e-7)
    assert not standard[[3, 4]].any()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, np.ndarray]:
    """More numbers than one piece of the index; with gaps, flat rows, and rows that one sample drives."""
    random = np.random.default_rng(5)
    factor = random.normal(size=700)
    values = 2 ** (6 + random.normal(size=(1_600, 700)) + np.linspace(-2, 2, 1_600)[:, None] * factor)
    values[10, :300] = np.nan
    values[11] = np.nan
    values[12] = 7
    values[13, :] = 100 + np.arange(700) * 1e-3
    values[13, 650] = 1e6
    values[14, :600] = 3
    found = _written(tmp_path_factory.mktemp("large"), values)
    return found, np.log2(values.astype(np.float32).astype(float) + 1)


def _pearson(one: np.ndarray, other: np.ndarray) -> float:
    seen = ~np.isnan(one) & ~np.isnan(other)
    if np.count_nonzero(seen) < partners.FEWEST or np.ptp(one[seen]) < 1e-9 or np.ptp(other[seen]) < 1e-9:
        return float("nan")
    return float(np.corrcoef(one[seen], other[seen])[0, 1])


@pytest.mark.parametrize("columns", [None, np.arange(0, 600, 3), np.arange(690, 700)])
@pytest.mark.parametrize("asked", [1_500, 10])
def test_r_is_pearsons_over_any_samples(
    large: tuple[Store, np.ndarray], columns: np.ndarray | None, asked: int
) -> None:
    found, shown = large
    kept = np.arange(700) if columns is None else columns
    if np.count_nonzero(~np.isnan(shown[asked, kept])) < partners.FEWEST:
        pytest.skip("nothing to ask about")
    table = partners.partners(found, asked, found.head.ids, 2_000, columns).set_index("gene")
    every = [_pearson(shown[asked, kept], row[kept]) for row in shown]
    due = pd.Series(every, index=found.head.ids).drop(f"G{asked}").dropna()
    assert set(due.index) == set(table.index)
    np.testing.assert_allclose(table["r"], due[table.index], atol=1e-5)
    mean = pd.DataFrame(shown[:, kept], index=found.head.ids).mean(axis=1)
    np.testing.assert_allclose(table["mean_expression"], mean[table.index], rtol=1e-5)
    both = ~np.isnan(shown[:, kept]) & ~np.isnan(shown[asked, kept])
    assert list(table["n"]) == list(pd.Series(both.sum(axis=1), index=found.head.ids)[table.index])


def test_a_gene_reads_only_its_chunk(large: tuple[Store, np.ndarray]) -> None:
    """A chunk is small, and nothing of the rest is needed: it may even be damaged."""
    found, shown = large
    with h5py.File(found.path) as file:
        assert np.prod(file["matrix"].chunks) * 4 <= 1 << 16
        places = [file["matrix"].id.get_chunk_info(n) for n in range(file["matrix"].id.get_num_chunks())]
    body = bytearray(found.path.read_bytes())
    for place in places[20:]:
        body[place.byte_offset : place.byte_offset + place.size] = bytes(place.size)
    other = found.path.with_name("other.h5")
    other.write_bytes(body)
    np.testing.assert_array_equal(Store(other).rows([1]), shown[[1]])
    with pytest.raises(BadAnswer, match="damaged"):
        Store(other).rows([1_599])


def test_a_file_of_the_former_format_is_still_read(large: tuple[Store, np.ndarray], tmp_path: Path) -> None:
    found, _ = large
    old = tmp_path / "old.h5"
    with h5py.File(found.path) as source, h5py.File(old, "w") as file:
        for name in ("matrix", "samples", "features/id", "features/name"):
            source.copy(name, file, name=name) if "/" not in name else file.require_group("features")
            if "/" in name:
                source.copy(name, file["features"])
        for name in ("unit", "lowest", "notes", "about"):
            file.attrs[name] = source.attrs[name]
        file.attrs["format"] = 1
    one, two = (partners.partners(each, 1_500, found.head.ids, 20) for each in (Store(old), found))
    assert Store(old).index is None
    assert list(one["gene"]) == list(two["gene"])
    np.testing.assert_allclose(one["r"], two["r"], atol=1e-6)


def test_an_index_that_is_cut_is_told(large: tuple[Store, np.ndarray], tmp_path: Path) -> None:
    found, _ = large
    index = found.index
    assert index is not None
    cut = tmp_path / "cut.h5"
    cut.write_bytes(found.path.read_bytes()[: index.offset + 1_000_000])
    with pytest.raises(BadAnswer, match="damaged"):
        list(type(index)(cut, index.offset, index.shape, index.state, index.mean, index.sd).pieces())


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ([np.ones((2, 3))], "numbers for 3 features"),
        ([np.ones((2, 3)), np.ones((2, 3))], "numbers for 3 features"),
        ([np.ones((3, 2))], "numbers for 3 features"),
        ([np.ones((2, 3)), np.full((1, 3), np.inf)], "infinite"),
        ([np.ones(3)], "no table"),
    ],
)
def test_numbers_that_do_not_fit_leave_nothing_behind(tmp_path: Path, blocks: list[np.ndarray], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        store.write_blocks(tmp_path / "a.h5", _head((3, 3)), blocks, {})
    assert not list(tmp_path.iterdir())


def test_a_matrix_over_the_cap_is_refused(tmp_path: Path) -> None:
    samples = pd.DataFrame({"sample": np.arange(1_000_001).astype(str)})
    many = NewMatrix(("G",) * (MOST_STORED // 1_000_000), ("",) * (MOST_STORED // 1_000_000), samples, "")
    with pytest.raises(TooLarge):
        store.write_blocks(tmp_path / "a.h5", many, [], {})


def test_stopping_leaves_the_former_file(tmp_path: Path) -> None:
    found = _written(tmp_path, np.ones((3, 4)) * np.arange(4))
    seen: list[tuple[int, int]] = []

    def blocks() -> Iterator[np.ndarray]:
        yield np.zeros((3, 4), np.float32)

    def tell(done: int, of: int) -> None:
        seen.append((done, of))
        if done > 3:
            raise Stopped

    with pytest.raises(Stopped):
        store.write_blocks(found.path, _head((3, 4)), blocks(), {}, tell)
    assert seen == [(3, 6), (6, 6)]
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]
    np.testing.assert_array_equal(Store(found.path).measured(0, 3)[0], np.arange(4))


def test_a_gene_without_numbers_has_no_partners(large: tuple[Store, np.ndarray]) -> None:
    found, _ = large
    with pytest.raises(NotFound, match="fewer than"):
        partners.partners(found, 11, found.head.ids, 5)
    with pytest.raises(NotFound, match="does not vary"):
        partners.partners(found, 14, found.head.ids, 5, np.arange(0, 600, 3))
