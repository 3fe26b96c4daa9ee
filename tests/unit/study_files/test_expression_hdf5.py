"""h5ad and loom, written by hand with h5py as their libraries do: numbers, names, columns, and what is broken."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from scipy import sparse

from backend.apart import Waiting
from backend.errors import BadInput, Stopped, TooLarge
from backend.study_files import expression, hdf5_apart
from backend.study_files.h5ad_matrix import AnnMatrix
from backend.study_files.outline import ExpressionOptions, ExpressionOutline
from backend.study_files.tables import SAMPLE_ID
from tests.doubles import section_files

TEXT = h5py.string_dtype()
SAMPLES, GENES = 5, 7
X = np.round(np.random.default_rng(1).random((SAMPLES, GENES)) * (np.arange(GENES) > 1), 3)


def _frame(group: h5py.Group, index: list[str], key: str = "_index") -> None:
    group.attrs["_index"], group.attrs["encoding-type"] = key, "dataframe"
    group.create_dataset(key, data=index, dtype=TEXT)


def _sparse(place: h5py.Group, name: str, values: np.ndarray, form: str, old: bool = False) -> None:
    group = place.create_group(name)
    packed = sparse.csr_matrix(values) if form == "csr" else sparse.csc_matrix(values)
    if old:
        group.attrs["h5sparse_format"], group.attrs["h5sparse_shape"] = form, values.shape
    else:
        group.attrs["encoding-type"], group.attrs["shape"] = f"{form}_matrix", values.shape
    for part in ("data", "indices", "indptr"):
        group[part] = getattr(packed, part)


def _h5ad(path: Path, put: Callable[[h5py.File], None] | None = None, values: np.ndarray = X) -> Path:
    with h5py.File(path, "w") as file:
        _frame(file.create_group("obs"), [f"cell{n}" for n in range(values.shape[0])])
        _frame(file.create_group("var"), [f"SYM{n}" for n in range(values.shape[1])], "gene")
        if put is None:
            file["X"] = values
        else:
            put(file)
    return path


def _read(path: Path, **options: str) -> tuple[ExpressionOutline, np.ndarray]:
    found = expression.outline(path, path.name, ExpressionOptions(**options))  # type: ignore[arg-type]
    return found, np.concatenate(list(expression.blocks(path, found)))


@pytest.mark.parametrize("form", ["dense", "int", "chunked", "csr", "csc", "old csr", "old csc", "gz"])
def test_the_matrix_of_an_h5ad_in_every_form(tmp_path: Path, form: str) -> None:
    values = np.round(X * 10) if form == "int" else X

    def put(file: h5py.File) -> None:
        if "cs" in form:
            _sparse(file, "X", values, form[-3:], form.startswith("old"))
        elif form == "chunked":
            file.create_dataset("X", data=values.astype("f4"), chunks=(2, 3), compression="gzip")
        else:
            file["X"] = values.astype("i4" if form == "int" else "f8")

    path = _h5ad(tmp_path / "a.h5ad", put)
    if form == "gz":
        path = tmp_path / "a.h5ad.gz"
        path.write_bytes(gzip.compress((tmp_path / "a.h5ad").read_bytes()))
    found, numbers = _read(path)
    assert (found.form, found.findings) == ("h5ad", ())
    assert found.columns == tuple(f"cell{n}" for n in range(SAMPLES))
    assert found.feature_ids == tuple(f"SYM{n}" for n in range(GENES))
    assert (found.lowest, found.n_missing) == (0, 0)
    np.testing.assert_array_equal(numbers, values.T.astype(np.float32))


@limits(max_examples=25, deadline=None)
@given(st.integers(0, 99), st.sampled_from(["csr", "csc", "dense"]), st.integers(1, 60))
def test_a_matrix_comes_in_blocks_no_larger_than_asked(seed: int, form: str, most: int) -> None:
    random = np.random.default_rng(seed)
    values = random.poisson(0.7, random.integers(1, 9, 2)).astype(np.float32)
    with h5py.File(f"{seed}.h5", "w", driver="core", backing_store=False) as file:
        if form == "dense":
            file["X"] = values
        else:
            _sparse(file, "X", values, form)
        blocks = list(AnnMatrix(file, "X", "a").blocks(most))
        assert all(block.size <= max(most, len(values)) for block in blocks)
        np.testing.assert_array_equal(np.concatenate(blocks), values.T)


def test_entries_of_a_sparse_matrix_that_stand_twice_are_added(tmp_path: Path) -> None:
    def put(file: h5py.File) -> None:
        group = file.create_group("X")
        group.attrs["encoding-type"], group.attrs["shape"] = "csr_matrix", (2, 2)
        group["data"], group["indices"], group["indptr"] = [1.0, 2.0, 4.0], [1, 1, 0], [0, 2, 3]

    _, numbers = _read(_h5ad(tmp_path / "a.h5ad", put, np.zeros((2, 2))))
    np.testing.assert_array_equal(numbers, [[0, 4], [3, 0]])


def test_columns_of_obs_in_every_encoding(tmp_path: Path) -> None:
    def put(file: h5py.File) -> None:
        file["X"] = X
        obs = file["obs"]
        obs.create_dataset("batch", data=["a", "b", "a", "b", ""], dtype=TEXT)
        obs["age"], obs["smoker"] = [1.5, 2, np.nan, 3, 4], [True, False, True, True, False]
        new = obs.create_group("tissue")  # since 0.8
        new["codes"] = np.array([0, 1, -1, 0, 1], dtype="i1")
        new.create_dataset("categories", data=["liver", "lung"], dtype=TEXT)
        old = obs.create_group("__categories").create_dataset("sex", data=["f", "m"], dtype=TEXT)  # until 0.7
        obs["sex"] = np.array([1, 0, 1, 0, -1], dtype="i1")
        obs["sex"].attrs["categories"] = old.ref
        nullable = obs.create_group("n")
        nullable["values"], nullable["mask"] = [1, 2, 3, 4, 5], [False, True, False, False, False]
        obs["odd"] = np.zeros((5, 2))
        bad = obs.create_group("bad")
        bad["codes"] = [0, 1, 2, 3, 9]
        bad.create_dataset("categories", data=["x"], dtype=TEXT)

    found, _ = _read(_h5ad(tmp_path / "a.h5ad", put))
    table = found.samples
    assert table is not None
    assert table.column(SAMPLE_ID) == found.columns
    assert table.column("batch") == ("a", "b", "a", "b", None)
    assert table.column("age") == ("1.5", "2", None, "3", "4")
    assert table.column("smoker") == ("True", "False", "True", "True", "False")
    assert table.column("tissue") == ("liver", "lung", None, "liver", "lung")
    assert table.column("sex") == ("m", "f", "m", "f", None)
    assert table.column("n") == ("1", None, "3", "4", "5")
    assert {(one.code, one.level, one.value) for one in found.findings} == {
        ("H5AD_COLUMN", "warning", "odd"),
        ("H5AD_COLUMN", "warning", "bad"),
    }


def test_ids_symbols_layers_and_raw(tmp_path: Path) -> None:
    def put(file: h5py.File) -> None:
        file["X"] = X
        file["layers/counts"] = X * 2
        file["var"].create_dataset("gene_ids", data=[f"ENSG{n:011d}" for n in range(GENES)], dtype=TEXT)
        _sparse(file.create_group("raw"), "X", X[:, :3] * 3, "csr")
        _frame(file["raw"].create_group("var"), ["A", "B", "C"])
        file["raw/var"].create_dataset("gene_symbols", data=["a", "b", "c"], dtype=TEXT)

    path = _h5ad(tmp_path / "a.h5ad", put)
    found, numbers = _read(path)
    assert found.layers == ("counts", "raw")
    assert (found.feature_names, found.feature_ids[1]) == (("gene_ids", "index"), "ENSG00000000001")
    assert found.names[1] == "SYM1"
    np.testing.assert_array_equal(numbers, X.T.astype(np.float32))
    np.testing.assert_array_equal(_read(path, layer="counts")[1], (X.T * 2).astype(np.float32))
    raw, numbers = _read(path, layer="raw")
    assert (raw.feature_ids, raw.names) == (("A", "B", "C"), ("a", "b", "c"))
    np.testing.assert_array_equal(numbers, (X[:, :3].T * 3).astype(np.float32))
    with pytest.raises(BadInput):
        _read(path, layer="none")


def _loom(path: Path, values: np.ndarray, rows: dict[str, list[str]], columns: dict[str, list[str]]) -> Path:
    with h5py.File(path, "w") as file:
        file["matrix"] = values
        file.create_group("layers")["spliced"] = values * 2
        for group, axis in (("row_attrs", rows), ("col_attrs", columns)):
            file.create_group(group)
            for name, texts in axis.items():
                file[group].create_dataset(name, data=texts, dtype=TEXT)
        file["col_attrs"]["Embedding"] = np.zeros((values.shape[1], 2))
    return path


def test_a_loom_file(tmp_path: Path) -> None:
    rows = {"Accession": [f"ENSG{n}" for n in range(GENES)], "Gene": [f"SYM{n}" for n in range(GENES)]}
    columns = {"CellID": list("vwxyz"), "Tissue": ["liver", "lung", "liver", "lung", ""]}
    path = _loom(tmp_path / "a.loom", X.T, rows, columns)
    found, numbers = _read(path)
    assert (found.form, found.feature_ids, found.names) == ("loom", tuple(rows["Accession"]), tuple(rows["Gene"]))
    assert (found.columns, found.layers) == (tuple("vwxyz"), ("spliced",))
    assert [(one.code, one.value) for one in found.findings] == [("LOOM_ATTRIBUTE", "Embedding")]
    assert found.samples is not None
    assert found.samples.names == (SAMPLE_ID, "Tissue")
    assert found.samples.column("Tissue") == ("liver", "lung", "liver", "lung", None)
    np.testing.assert_array_equal(numbers, X.T.astype(np.float32))
    np.testing.assert_array_equal(_read(path, layer="spliced")[1], (X.T * 2).astype(np.float32))
    moved = path.rename(tmp_path / "upload")  # the content tells
    assert expression.form(moved) == "loom"


@pytest.mark.parametrize("form", ["h5ad", "loom"])
def test_names_that_repeat_and_infinite_numbers_are_findings(tmp_path: Path, form: str) -> None:
    values = np.array([[1, np.inf], [2, np.nan], [3, 4]])
    path = tmp_path / f"a.{form}"
    if form == "loom":
        _loom(path, values.T, {"Gene": ["G", "G"]}, {"CellID": ["a", "a", ""]})
    else:
        _h5ad(path, None, values)
        with h5py.File(path, "a") as file:
            file["var/gene"][:] = ["G", "G"]
            file["obs/_index"][:] = ["a", "a", ""]
    found = expression.outline(path)
    code = form.upper()
    errors = {one.code: one for one in found.findings if one.level == "error"}
    assert set(errors) == {f"{code}_DUP_FEATURE", f"{code}_DUP_SAMPLE", f"{code}_EMPTY_SAMPLE", f"{code}_VALUE"}
    assert (errors[f"{code}_VALUE"].column, errors[f"{code}_VALUE"].value) == ("a", "G: inf")
    assert (found.n_missing, found.lowest) == (1, 1)


def _dense(file: h5py.File, what: str, folder: Path) -> None:
    if what == "link":
        with h5py.File(folder / "other.h5", "w") as other:
            other["X"] = X
        file["X"] = h5py.ExternalLink("other.h5", "X")
    elif what == "external":
        (folder / "numbers").write_bytes(X.tobytes())
        file.create_dataset("X", X.shape, "f8", external=[("numbers", 0, X.nbytes)])
    elif what == "text":
        file["X"] = np.full(X.shape, b"x")
    elif what == "shape":
        file["X"] = X[:, 1:]


def _damaged(file: h5py.File, what: str) -> None:
    _sparse(file, "X", X, "csr")
    group = file["X"]
    if what == "indices":
        group["indices"][0] = 99
    elif what == "pointers":
        group["indptr"][1] = 999
    elif what == "format":
        group.attrs["encoding-type"] = "coo_matrix"
    else:
        del group.attrs["shape"]


DENSE, SPARSE = ("no X", "link", "external", "text", "shape"), ("indices", "pointers", "format", "no shape")


@pytest.mark.parametrize("what", [*DENSE, *SPARSE])
def test_a_broken_h5ad_is_refused_in_words(tmp_path: Path, what: str) -> None:
    def put(file: h5py.File) -> None:
        _dense(file, what, tmp_path) if what in DENSE else _damaged(file, what)

    path = _h5ad(tmp_path / "a.h5ad", put)
    with pytest.raises(BadInput):
        expression.outline(path)


@pytest.mark.parametrize("what", ["X", "chunk"])
def test_a_bomb_is_refused(tmp_path: Path, what: str) -> None:
    """Declared, not stored: the file is small."""

    def put(file: h5py.File) -> None:
        if what == "X":
            file.create_dataset("X", (100_000, 1_000_000), "f4", chunks=(10, 10))
        else:
            file.create_dataset("X", (SAMPLES, GENES), "f4", maxshape=(None, None), chunks=(20_000, 20_000))

    path = _h5ad(tmp_path / "a.h5ad", put)
    with pytest.raises(TooLarge):
        expression.outline(path)


@pytest.mark.parametrize("form", ["h5ad", "loom"])
def test_a_file_that_is_cut_or_damaged_is_refused_or_read(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"a.{form}"
    if form == "h5ad":
        _h5ad(path, lambda file: _sparse(file, "X", X, "csr"))
    else:
        _loom(path, X.T, {"Gene": [f"G{n}" for n in range(GENES)]}, {"CellID": list("vwxyz")})
    whole = path.read_bytes()
    for size in range(8, len(whole), len(whole) // 25):
        path.write_bytes(whole[:size])
        with pytest.raises(BadInput):
            expression.outline(path)
    random = np.random.default_rng(3)
    for _ in range(25):
        body = bytearray(whole)
        for place in random.integers(8, len(body), 12):
            body[place] ^= 0xFF
        path.write_bytes(body)
        try:
            found = expression.outline(path)
        except (BadInput, TooLarge):
            continue
        assert len(found.columns) == SAMPLES


def test_a_file_that_keeps_its_reader_busy_is_given_up_or_stopped(tmp_path: Path) -> None:
    path = section_files.endless(section_files.h5ad(tmp_path / "a.h5ad", section_files.made(20, 5)))
    with pytest.raises(BadInput, match=r"^atlas\.h5ad is damaged: it cannot be read to its end"):
        expression.outline(path, "atlas.h5ad", waiting=Waiting(patience=0.5))

    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        expression.outline(path, waiting=Waiting(look=stop))


def test_what_a_process_apart_found_is_what_is_found_here(tmp_path: Path) -> None:
    """Also names that JSON or a terminal may spoil, lists without any text, and no number at all."""
    rows = {"Gene": ["Ä\u2028b", "\U0001f600", 'a"\\']}
    columns = {"CellID": ["x", "y"], "Tissue": ["", ""], "Day": ["1", "1"]}
    loom = _loom(tmp_path / "a.loom", np.full((3, 2), np.nan), rows, columns)
    h5ad = _h5ad(tmp_path / "a.h5ad", None, np.where(X > 0.5, np.inf, X))
    for path in (loom, h5ad):
        found = expression.outline(path)
        here = hdf5_apart.read(path, path.name, found.options)
        assert repr(replace(found, stamp=())) == repr(here)
        assert found.findings


def test_numbers_are_those_that_were_checked(tmp_path: Path) -> None:
    path = _h5ad(tmp_path / "a.h5ad")
    found = expression.outline(path)
    _h5ad(path, None, X[:, ::-1] * 2.5)
    os.utime(path, ns=(0, 1))
    with pytest.raises(BadInput, match="has changed since it was checked"):
        list(expression.blocks(path, found))
