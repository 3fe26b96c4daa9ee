"""Columns of obs and var of an h5ad file in all their encodings, as categories and codes, cheap for many rows."""

from __future__ import annotations

from dataclasses import dataclass

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.errors import BadInput
from backend.hdf5 import is_own
from backend.section_files import hdf5_file
from backend.section_files.hdf5_file import sound
from backend.study_files import hdf5_parts as parts

MOST_VALUES = 200  # different ones of a column that puts spots into groups
LOOK = 20_000  # rows after which a column with too many values is given up
_NOTHING = frozenset({"", "nan", "NaN", "None", "<NA>"})


@dataclass(frozen=True)
class Column:
    """names: the different texts. codes: int64 (rows,), a place in names, -1 for missing."""

    names: list[str]
    codes: npt.NDArray[np.int64]

    def texts(self) -> npt.NDArray[np.object_]:
        """(rows,), "" for missing; equal texts are one object."""
        return np.array([*self.names, ""], dtype=object)[self.codes]


def column(group: h5py.Group, name: str, rows: int, file: str, most: int = MOST_VALUES) -> Column | None:
    """A column with at most `most` different values, over more than one row; None when it is not of that kind."""
    with sound(file):
        inside = parts.has_group(group, name)
    if inside:
        return _of_group(group[name], rows, file, most)
    with sound(file):
        if not isinstance(group.get(name, getlink=True), h5py.HardLink) or not is_own(group[name]):
            return None
    found = hdf5_file.data(group, name, file)
    if found.shape != (rows,) or found.dtype.kind not in "OSUbiuf":
        return None
    if "categories" in found.attrs:  # anndata before 0.8: codes, and a reference to their texts
        with sound(file):
            told = found.attrs["categories"]
            names = group[told] if isinstance(told, h5py.Reference) else None
        return _decoded(found, names, rows, file, most) if names is not None and is_own(names) else None
    return _plain(found, file, most)


def _of_group(group: h5py.Group, rows: int, file: str, most: int) -> Column | None:
    held = parts.names_in(group.parent, group.name.rpartition("/")[2])
    if "codes" in held and "categories" in held:
        codes, names = (hdf5_file.data(group, one, file) for one in ("codes", "categories"))
        return _decoded(codes, names, rows, file, most)
    if "values" in held and "mask" in held:
        values, mask = (hdf5_file.data(group, one, file) for one in ("values", "mask"))
        if values.shape != (rows,) or mask.shape != (rows,) or values.dtype.kind not in "OSUbiuf":
            return None
        plain = _plain(values, file, most)
        with sound(file):
            gone = np.asarray(mask[:], dtype=bool)
        return Column(plain.names, np.where(gone, -1, plain.codes)) if plain is not None else None
    return None


def _decoded(codes: h5py.Dataset, names: h5py.Dataset, rows: int, file: str, most: int) -> Column | None:
    if codes.shape != (rows,) or codes.dtype.kind not in "iu" or names.ndim != 1 or names.size > most:
        return None
    if names.dtype.kind not in "OSUbiuf":
        return None
    told = hdf5_file.texts(names, file, most)
    with sound(file):
        places = codes[:].astype(np.int64)
    if places.size and places.max() >= len(told):
        raise BadInput(f"The column {codes.name} of {file} is not sound.", "Write the file again.")
    nothing = np.array([text in _NOTHING for text in told] + [True])
    return Column(told, np.where(nothing[np.maximum(places, -1)], -1, places))


def _plain(found: h5py.Dataset, file: str, most: int) -> Column | None:
    """Texts or numbers of a data set; looks at its beginning first, so that a long column of names costs little."""
    if found.size > LOOK:
        with sound(file):
            if pd.Series(hdf5_file.native(found[:LOOK])).nunique() > most:
                return None
    if found.dtype.kind in "biuf":
        with sound(file):
            codes, values = pd.factorize(hdf5_file.native(found[:]))
        told = [parts.text(one) for one in np.asarray(values).tolist()]
    else:
        codes, values = pd.factorize(np.array(hdf5_file.texts(found, file, found.size), dtype=object))
        told = [str(one) for one in values]
    if len(told) > most:
        return None
    nothing = np.array([text in _NOTHING for text in told] + [True])
    return Column(told, np.where(nothing[codes], -1, codes.astype(np.int64)))
