"""Everything an index holds, as arrays, so that two of them can be compared."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import h5py
import numpy as np

# times and the folder's own facts; and SQLite's file, whose content is compared instead
MAY_DIFFER = {"seconds", "built_with"}


def of(index: Path) -> dict[str, object]:
    """Name of a part -> its content. Files may differ in their bytes where a library writes times or gaps."""
    found: dict[str, object] = {}
    for path in sorted(path for path in index.rglob("*") if path.is_file()):
        name = path.relative_to(index).as_posix()
        found |= _READERS.get(path.suffix, _bytes)(name, path)
    return found


def assert_equal(one: Path, other: Path, ignoring: tuple[str, ...] = ()) -> None:
    first, second = of(one), of(other)
    for name in [name for name in first | second if name.startswith(ignoring) and ignoring]:
        first.pop(name, None)
        second.pop(name, None)
    assert sorted(first) == sorted(second)
    for name, value in first.items():
        if isinstance(value, np.ndarray):
            assert value.dtype == second[name].dtype, name
            np.testing.assert_array_equal(value, second[name], err_msg=name)
        else:
            assert value == second[name], name


def _npy(name: str, path: Path) -> dict[str, object]:
    return {name: np.load(path)}


def _npz(name: str, path: Path) -> dict[str, object]:
    with np.load(path) as arrays:
        return {f"{name}/{key}": arrays[key] for key in arrays.files}


def _h5(name: str, path: Path) -> dict[str, object]:
    """Values, and the compressed pieces as they lie in the file."""
    found: dict[str, object] = {}
    with h5py.File(path) as file:
        for key, data in file.items():
            found[f"{name}/{key}"] = data[:]
            found[f"{name}/{key} attributes"] = {k: np.asarray(v).tolist() for k, v in data.attrs.items()}
            if data.chunks and not data.is_virtual:
                pieces: list[tuple[object, bytes]] = []
                data.id.chunk_iter(lambda info, data=data, to=pieces: to.append(_piece(data, info)))
                found[f"{name}/{key} pieces"] = sorted(pieces)
        found[f"{name} attributes"] = {k: np.asarray(v).tolist() for k, v in file.attrs.items()}
    return found


def _piece(data: h5py.Dataset, info: h5py.h5d.StoreInfo) -> tuple[object, bytes]:
    return tuple(info.chunk_offset), data.id.read_direct_chunk(info.chunk_offset)[1]


def _json(name: str, path: Path) -> dict[str, object]:
    content = json.loads(path.read_text())
    return {name: {key: value for key, value in content.items() if key not in MAY_DIFFER}}


def _sqlite(name: str, path: Path) -> dict[str, object]:
    db = sqlite3.connect(path)
    try:
        tables = ("facts", "series", "texts", "samples", "words_data")
        return {f"{name}/{table}": db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables}
    finally:
        db.close()


def _bytes(name: str, path: Path) -> dict[str, object]:
    return {name: path.read_bytes()}


_READERS = {".npy": _npy, ".npz": _npz, ".h5": _h5, ".json": _json, ".sqlite": _sqlite}
