"""Spatial h5ad files: genes, spots, positions and groups, and one gene alone, against the truth they were made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from backend import section_files
from backend.errors import BadInput, NotFound, TooLarge
from backend.section import building
from backend.section.store import SectionStore
from backend.section_files import SectionOptions
from tests.doubles import section_files as double


@pytest.fixture(scope="module")
def truth() -> double.Truth:
    return double.made(spots=80, genes=20)


@pytest.fixture
def file(tmp_path: Path, truth: double.Truth) -> Path:
    return double.h5ad(tmp_path / "a.h5ad", truth, "csr", packed=True)


@pytest.mark.parametrize(
    ("layout", "packed", "dtype"),
    [
        ("csr", False, "float64"),
        ("csr", True, "float32"),
        ("csc", False, "int64"),
        ("csc", True, "uint16"),
        ("dense", False, "float32"),
        ("dense", True, "float16"),
    ],
)
def test_one_gene_in_every_form(tmp_path: Path, truth: double.Truth, layout: str, packed: bool, dtype: str) -> None:
    path = double.h5ad(tmp_path / "a.h5ad", truth, layout, packed=packed, dtype=dtype)
    known = section_files.outline(path)
    assert (known.form, known.direct, known.ids) == ("h5ad", True, tuple(truth.names))
    assert list(known.spots["spot"]) == truth.spots
    np.testing.assert_array_equal(known.positions, truth.xy)
    found = np.array([section_files.gene(path, known, place) for place in range(len(known.ids))])
    np.testing.assert_array_equal(found.T, truth.values)


def test_missing_numbers_stay_missing(tmp_path: Path) -> None:
    truth = double.made(spots=50, genes=12, missing=9, whole=False)
    path = double.h5ad(tmp_path / "a.h5ad", truth, "dense")
    known = section_files.outline(path)
    found = np.array([section_files.gene(path, known, place) for place in range(12)])
    assert np.isnan(found).sum() == np.isnan(truth.values).sum() > 0
    np.testing.assert_array_equal(found.T, truth.values)


def test_groups_are_text_and_empty_where_nothing_is_told(file: Path, truth: double.Truth) -> None:
    spots = section_files.outline(file).spots
    assert list(spots["region"]) == truth.groups["region"]
    assert "" in truth.groups["region"]
    assert list(spots["half"]) == truth.groups["half"]


def test_old_files_of_anndata(tmp_path: Path, file: Path, truth: double.Truth) -> None:
    """Before 0.7 and 0.8: another name of the form, categories apart from their codes, an index called index."""
    with h5py.File(file, "r+") as old:
        old["X"].attrs["h5sparse_format"], old["X"].attrs["h5sparse_shape"] = b"csr", old["X"].attrs["shape"]
        for name in ("encoding-type", "shape"):
            del old["X"].attrs[name]
        region, obs = old["obs/region"], old["obs"]
        obs["__categories/region"] = region["categories"][:]
        codes = region["codes"][:]
        del obs["region"]
        obs["region"] = codes
        obs["region"].attrs["categories"] = obs["__categories/region"].ref
        obs.move("_index", "index")
        del obs.attrs["_index"]
    known = section_files.outline(file)
    assert list(known.spots["region"]) == truth.groups["region"]
    assert list(known.spots["spot"]) == truth.spots
    np.testing.assert_array_equal(section_files.gene(file, known, 0), truth.values[:, 0])


def test_tables_in_one_piece_are_told(tmp_path: Path) -> None:
    """Before 0.7 obs and var were one data set each."""
    path = tmp_path / "a.h5ad"
    with h5py.File(path, "w") as old:
        for name in ("obs", "var"):
            old[name] = np.array([(b"a", 1)], dtype=[("index", "S20"), ("n", "i1")])
    with pytest.raises(BadInput, match="version of anndata before"):
        section_files.form(path)


def test_columns_that_are_not_categories(file: Path, truth: double.Truth) -> None:
    n = len(truth.spots)
    with h5py.File(file, "r+") as changed:
        obs = changed["obs"]
        obs["slice"] = (np.arange(n) % 3).astype(">i4")
        obs["tissue"] = [("brain", "", "nan")[place % 3] for place in range(n)]
        obs["good"] = np.arange(n) % 2 == 0
        obs["leiden/values"], obs["leiden/mask"] = np.arange(n) % 4, np.arange(n) % 4 == 3
        obs["short"] = np.arange(n - 1)
        obs["table"] = np.zeros((n, 2))
    known = section_files.outline(file)
    assert list(known.spots["slice"][:4]) == ["0", "1", "2", "0"]
    assert list(known.spots["tissue"][:4]) == ["brain", "", "", "brain"]
    assert list(known.spots["good"][:2]) == ["True", "False"]
    assert list(known.spots["leiden"][:4]) == ["0", "1", "2", ""]
    assert not {"short", "table"} & set(known.spots)
    assert any("short" in note and "table" in note for note in known.notes)


@pytest.mark.parametrize(
    ("names", "note"),
    [
        (("obsm/X_spatial",), "obsm/X_spatial"),
        (("obsm/aligned_Spatial_3d",), "first two columns"),
        (("obs/x", "obs/y"), "x and y of obs"),
        (("obs/pxl_col_in_fullres", "obs/pxl_row_in_fullres"), "pxl_col_in_fullres"),
        (("obs/array_col", "obs/array_row"), "array_col"),
        ((), "no positions"),
    ],
)
def test_positions_are_looked_for(file: Path, truth: double.Truth, names: tuple[str, ...], note: str) -> None:
    with h5py.File(file, "r+") as changed:
        del changed["obsm/spatial"]
        for axis, name in enumerate(names):
            alone = np.column_stack([truth.xy, np.ones(len(truth.xy))]) if "3d" in name else truth.xy
            changed[name] = alone if len(names) == 1 else truth.xy[:, axis]
    known = section_files.outline(file)
    assert any(note in one for one in known.notes)
    if not names:
        assert known.positions is None
        return
    np.testing.assert_array_equal(known.positions, truth.xy)
    assert not {name.partition("/")[2] for name in names} & set(known.spots)  # what is a position is no group


def test_positions_in_a_table_and_names_that_may_be_missing(file: Path, truth: double.Truth) -> None:
    """As anndata writes a table into obsm, and names by pandas 3."""
    with h5py.File(file, "r+") as changed:
        del changed["obsm/spatial"]
        changed["obsm/spatial/x"], changed["obsm/spatial/y"] = truth.xy.T
        changed["obsm/spatial"].attrs["column-order"] = ["y", "x"]
        names = changed["obs/_index"][:]
        del changed["obs/_index"]
        changed["obs/_index/values"], changed["obs/_index/mask"] = names, np.zeros(len(names), dtype=bool)
    known = section_files.outline(file)
    np.testing.assert_array_equal(known.positions, truth.xy[:, ::-1])
    assert list(known.spots["spot"]) == truth.spots


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (["zone", "area", "cell_type"], ["zone", "area", "cell_type"]),
        (["zone", "nowhere", "zone"], ["zone", "area", "cell_type"]),
        ([], ["area", "cell_type", "zone"]),
        (None, ["area", "cell_type", "zone"]),
    ],
)
def test_columns_stand_in_the_order_of_their_writer(
    file: Path, truth: double.Truth, told: list[str] | None, shown: list[str]
) -> None:
    with h5py.File(file, "r+") as changed:
        for name in {*changed["obs"]} - {changed["obs"].attrs["_index"]}:
            del changed["obs"][name]
        for name in ("area", "cell_type", "zone"):
            changed["obs"][name] = ["a", "b"] * (len(truth.spots) // 2)
        del changed["obs"].attrs["column-order"]
        if told is not None:
            changed["obs"].attrs.create("column-order", told, dtype=h5py.string_dtype(), shape=(len(told),))
    assert list(section_files.outline(file).spots) == ["spot", *shown]


@pytest.mark.parametrize("column", ["gene_name", "real_gene_name", "feature_name"])
def test_symbols_stand_beside_ids(tmp_path: Path, truth: double.Truth, column: str) -> None:
    known = section_files.outline(double.h5ad(tmp_path / "a.h5ad", truth, index="ids", symbols=column))
    assert known.ids == tuple(truth.ids)
    assert known.names == tuple(truth.names)


def test_genes_of_one_name_are_kept_and_told_apart(tmp_path: Path) -> None:
    truth = double.made(spots=60, genes=15, duplicates=True)
    path = double.h5ad(tmp_path / "a.h5ad", truth, "csr")
    known = section_files.outline(path)
    assert known.ids[-3:-1] == (double.TWICE, f"{double.TWICE} (2)")
    assert any(double.TWICE in note for note in known.notes)
    for place in (12, 13):
        np.testing.assert_array_equal(section_files.gene(path, known, place), truth.values[:, place])


def test_layers_and_raw_are_chosen(file: Path, truth: double.Truth) -> None:
    with h5py.File(file, "r+") as changed:
        changed["layers/counts"] = 3 * truth.values
        changed.copy("X", "raw/X")
        changed["raw/X/data"][:] = 7
        changed.copy("var", "raw/var")
    assert section_files.outline(file).layers == section_files.layers(file) == ("", "counts", "raw")
    for layer, due in (
        ("", truth.of("Gapdh")),
        ("counts", 3 * truth.of("Gapdh")),
        ("raw", 7 * (truth.of("Gapdh") > 0)),
    ):
        known = section_files.outline(file, SectionOptions(layer=layer))
        np.testing.assert_array_equal(section_files.gene(file, known, known.ids.index("Gapdh")), due)
    with pytest.raises(BadInput, match="layers/gone") as raised:
        section_files.outline(file, SectionOptions(layer="gone"))
    assert "(counts, raw)" in raised.value.hint


@pytest.mark.parametrize("layout", ["csr", "csc"])
def test_entries_stored_twice_add_up_and_zeros_count_for_nothing(tmp_path: Path, layout: str) -> None:
    truth = double.tiny()
    path = double.h5ad(tmp_path / "a.h5ad", truth, layout)
    with h5py.File(path, "r+") as changed:
        group = changed["X"]
        parts = {name: group[name][:] for name in ("data", "indices", "indptr")}
        for name in parts:
            del group[name]
        group["data"] = np.concatenate([parts["data"], parts["data"][-1:], [0.0]])
        group["indices"] = np.concatenate([parts["indices"], parts["indices"][-1:], [0]])
        group["indptr"] = np.concatenate([parts["indptr"][:-1], parts["indptr"][-1:] + 2])
    due = truth.values.copy()
    due[3, 2] *= 2
    known = section_files.outline(path)
    store = SectionStore(building.write(path, tmp_path / "copy.h5", SectionOptions()))
    for place in range(3):
        np.testing.assert_array_equal(section_files.gene(path, known, place), due[:, place])
    np.testing.assert_array_equal(store.rows([0, 1, 2]).T, due)
    assert sum(len(values) for *_, values in store.pieces()) == np.count_nonzero(due)


def _out_of_range(file: h5py.File) -> None:
    file["X/indices"][3] = 20


def _negative(file: h5py.File) -> None:
    file["X/indices"][3] = -1


def _descending(file: h5py.File) -> None:
    file["X/indptr"][4] = 0


def _infinite(file: h5py.File) -> None:
    file["X/data"][5] = np.inf


def _other_form(file: h5py.File) -> None:
    file["X"].attrs["encoding-type"] = "coo_matrix"


def _no_shape(file: h5py.File) -> None:
    del file["X"].attrs["shape"]


def _more_spots(file: h5py.File) -> None:
    names = file["obs/_index"][:-1]
    del file["obs/_index"]
    file["obs/_index"] = names


def _external(file: h5py.File) -> None:
    del file["X/data"]
    file["X/data"] = h5py.ExternalLink("/etc/hostname", "data")


def _far_away(file: h5py.File) -> None:
    n = file["X/data"].size
    del file["X/data"]
    file["X"].create_dataset("data", (n,), "f4", external=[("/etc/hostname", 0, 4 * n)])


def _no_obs(file: h5py.File) -> None:
    del file["obs/_index"]


def _codes(file: h5py.File) -> None:
    file["obs/region/codes"][0] = 99


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (_out_of_range, "not sound"),
        (_negative, "not sound"),
        (_descending, "not sound"),
        (_infinite, "infinite number: .* in SPOT"),
        (_other_form, "coo_matrix"),
        (_no_shape, "shape"),
        (_more_spots, "80 x 20 numbers for 79 obs"),
        (_external, "data"),
        (_far_away, "data"),
        (_no_obs, "_index"),
        (_codes, "region"),
    ],
)
def test_what_is_damaged_is_named_and_leaves_nothing(
    tmp_path: Path, file: Path, damage: Callable[[h5py.File], None], what: str
) -> None:
    with h5py.File(file, "r+") as changed:
        damage(changed)
    with pytest.raises(BadInput, match=what):
        building.write(file, tmp_path / "out" / "copy.h5", SectionOptions())
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_a_cut_file_is_told(tmp_path: Path, file: Path, share: float) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(BadInput, match=r"a\.h5ad"):
        building.write(file, tmp_path / "copy.h5", SectionOptions())


def test_damage_in_other_genes_does_not_touch_one_that_is_whole(tmp_path: Path) -> None:
    """One gene is read, not the matrix: a slice of CSC whose neighbours cannot be unpacked."""
    truth = double.made(spots=300, genes=20)
    path = double.h5ad(tmp_path / "a.h5ad", truth, "csc", packed=True)
    known = section_files.outline(path)
    with h5py.File(path, "r+") as changed:
        changed["X/data"].id.write_direct_chunk((512,), b"damaged")
    np.testing.assert_array_equal(section_files.gene(path, known, 0), truth.values[:, 0])
    with pytest.raises(BadInput, match="damaged"):
        section_files.gene(path, known, 1)


def test_bombs_are_refused(file: Path) -> None:
    with h5py.File(file, "r+") as changed:
        del changed["X"]
        changed.create_dataset("X", (80, 20), "f4", chunks=(80, 20))
        del changed["obs/_index"]
        changed["obs"].create_dataset("_index", (80,), "S400000000", chunks=(1,), compression="gzip")
    with pytest.raises(TooLarge):
        section_files.outline(file)
    with h5py.File(file, "r+") as changed:
        del changed["X"]
        changed.create_dataset("X", (10_000_000, 20), "f4", chunks=(1_000, 20), compression="gzip")
    with pytest.raises(TooLarge, match="10,000,000 spots"):
        section_files.outline(file)


def test_what_changed_since_is_told(file: Path, tmp_path: Path) -> None:
    known = section_files.outline(file)
    double.h5ad(file, double.tiny())
    with pytest.raises(BadInput, match="changed"):
        section_files.gene(file, known, 0)
    with pytest.raises(NotFound):
        section_files.gene(file, known, 20)


def test_a_wide_table_of_another_byte_order(tmp_path: Path) -> None:
    """Its numbers are read one by one, without the rest of each spot."""
    random = np.random.default_rng(1)
    truth = replace(double.tiny(), values=random.normal(size=(4, 5_000)), names=[f"Gm{n}" for n in range(5_000)])
    path = double.h5ad(tmp_path / "a.h5ad", truth, "dense", dtype=">f8")
    known = section_files.outline(path)
    for place in (0, 77, 4_999):
        np.testing.assert_array_equal(section_files.gene(path, known, place), truth.values[:, place])


@pytest.mark.parametrize(
    ("obs", "var", "hint"),
    [("names", "spots", "adata.T"), ("ids", "spots", "adata.T"), ("spots", "names", "matrix turned")],
)
def test_genes_by_spots_are_told(tmp_path: Path, obs: str, var: str, hint: str) -> None:
    """The whole of it, or the matrix alone."""
    truth = double.made(spots=90, genes=12)
    path = double.h5ad(tmp_path / "a.h5ad", replace(truth, values=truth.values.T), positions="")
    with h5py.File(path, "r+") as changed:
        for side, names in (("obs", obs), ("var", var)):
            del changed[side]
            changed[f"{side}/_index"] = list(getattr(truth, names))
    with pytest.raises(BadInput) as raised:
        section_files.outline(path)
    assert hint in raised.value.hint


@pytest.mark.parametrize("name", ["a.h5ad", "a.gem", "a.gem.gz", "a.gef"])
def test_a_page_of_a_server_is_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\r\n<!DOCTYPE html>\n<html><body>Sign in</body></html>")
    with pytest.raises(BadInput, match="web page"):
        section_files.form(tmp_path / name)
    with pytest.raises(BadInput, match="is a folder"):
        section_files.form(tmp_path)


@pytest.mark.parametrize(
    ("name", "what"), [("a.rds", "R object"), ("a.tif", "image"), ("a.h5ad", "no HDF5"), ("a", "no")]
)
def test_other_files_are_refused_by_what_they_are(tmp_path: Path, name: str, what: str) -> None:
    (tmp_path / name).write_bytes(b"II*\0 something else\n")
    with pytest.raises(BadInput, match=what):
        section_files.form(tmp_path / name)
