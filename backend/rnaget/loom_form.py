"""A matrix as loom 3 (features x samples), or as the HDF5 of CanDIG (samples x features)."""

from __future__ import annotations

import io
from typing import Any

import h5py
import pandas as pd

from backend.errors import BadAnswer, TooLarge
from backend.hdf5 import own_data
from backend.study.matrix import MOST_CELLS, Floats, Matrix, as_float32

MOST_LABELS = 5_000_000
IDS = ("GeneID", "gene_id", "geneID", "Accession", "id", "ID")
_NAMES = ("GeneName", "gene_name", "geneName", "Gene", "name", "symbol")
SAMPLES = ("Sample", "CellID", "sample", "sample_id", "obs_names", "id")
_LIBRARY = (OSError, KeyError, ValueError, TypeError, RuntimeError, OverflowError, MemoryError)


def read(body: bytes, unit: str, rows: tuple[str, ...] = IDS, columns: tuple[str, ...] = SAMPLES) -> Matrix:
    """rows, columns: attributes that name them, first choice first.

    Raises BadAnswer for a file that is cut, or that is neither form, TooLarge over MOST_CELLS.
    """
    try:
        with h5py.File(io.BytesIO(body), "r") as file:
            if "matrix" in file:
                return _loom(file, unit, rows, columns)
            if "expression" in file and "axis" in file:
                return _candig(file, unit)
            raise BadAnswer("The HDF5 file of the server is neither loom nor a known form.", "Ask for TSV.")
    except _LIBRARY as error:
        raise BadAnswer("The HDF5 file of the server is damaged or cut.", "Ask again, or ask for TSV.") from error


def _loom(file: h5py.File, unit: str, row_names: tuple[str, ...], column_names: tuple[str, ...]) -> Matrix:
    values = _numbers(file, "matrix")
    rows, columns = _attributes(file, "row_attrs", len(values)), _attributes(file, "col_attrs", values.shape[1])
    ids = _first(rows, (*row_names, *_NAMES))
    names = rows.get(next((name for name in _NAMES if name in rows), ""), [""] * len(ids))
    key = next((name for name in column_names if name in columns), "")
    sample = columns[key] if key else [f"column {number + 1}" for number in range(values.shape[1])]
    more = {_plain(name): texts for name, texts in columns.items() if name != key and _plain(name) != "sample"}
    table = pd.DataFrame({"sample": sample, **more}, dtype=object)
    return Matrix(tuple(ids), tuple(names), table, values, _unit(file) or unit)


def _candig(file: h5py.File, unit: str) -> Matrix:
    values = _numbers(file, "expression").T
    ids, sample = _texts(_data(file, "axis/features")), _texts(_data(file, "axis/samples"))
    if values.shape != (len(ids), len(sample)):
        raise BadAnswer(
            f"The matrix has {values.shape} numbers for {len(ids):,} features and {len(sample):,} samples.",
            "Tell those who run the server.",
        )
    return Matrix(tuple(ids), ("",) * len(ids), pd.DataFrame({"sample": sample}, dtype=object), values, unit)


def _data(file: h5py.File, name: str) -> h5py.Dataset:
    """A data set whose numbers lie in the file itself, so that no other file of this machine is read."""
    try:
        return own_data(file, name)
    except KeyError as error:
        raise BadAnswer(f"The HDF5 file of the server has no {name}.", "Ask for TSV.") from error


def _numbers(file: h5py.File, name: str) -> Floats:
    data = _data(file, name)
    if data.ndim != 2 or data.dtype.kind not in "fiu":
        raise BadAnswer(f"{name} of the HDF5 file of the server is no table of numbers.", "Ask for TSV.")
    if data.size > MOST_CELLS:
        raise TooLarge(f"The matrix has {data.size:,} numbers; the cap is {MOST_CELLS:,}.", "Choose genes.")
    return as_float32(data[:])


def _attributes(file: h5py.File, name: str, length: int) -> dict[str, list[str]]:
    """The attributes of rows or columns that have one text for each."""
    group = file.get(name) if isinstance(file.get(name, getlink=True), h5py.HardLink) else None
    if not isinstance(group, h5py.Group):
        raise BadAnswer(f"The loom file of the server has no {name}.", "Ask for TSV.")
    sets = {str(one): group[one] for one in group if isinstance(group.get(one, getlink=True), h5py.HardLink)}
    return {one: _texts(_data(file, f"{name}/{one}")) for one, data in sets.items() if _has_shape(data, length)}


def _has_shape(data: Any, length: int) -> bool:
    return isinstance(data, h5py.Dataset) and data.shape == (length,)


def _first(found: dict[str, list[str]], names: tuple[str, ...]) -> list[str]:
    chosen = next((found[name] for name in names if name in found), None)
    if chosen is None:
        raise BadAnswer("The loom file of the server does not name its features.", "Ask for TSV.")
    return chosen


def _unit(file: h5py.File) -> str:
    attrs = file.get("attrs")
    if not isinstance(attrs, h5py.Group) or "units" not in attrs:
        return ""
    return _text(_data(file, "attrs/units")[()])[:60]


def _plain(name: str) -> str:
    """Condition -> condition, as everywhere in the app."""
    return " ".join(name.replace("_", " ").split()).casefold()


def _texts(data: h5py.Dataset) -> list[str]:
    if data.size > MOST_LABELS:
        raise TooLarge(f"{data.size:,} labels; the cap is {MOST_LABELS:,}.", "Choose genes or samples.")
    return [_text(one) for one in data[:]]


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
