"""Tables of an h5ad file: an index, and columns of texts, numbers or categories, as texts."""

from __future__ import annotations

from dataclasses import dataclass

import h5py
import numpy as np

from backend.errors import BadInput
from backend.hdf5 import is_own
from backend.study_files import hdf5_parts as parts
from backend.study_files.findings import Findings
from backend.study_files.text_rows import MOST_FEATURES

_HINT = "Write it again with a current version of anndata."


@dataclass(frozen=True)
class Frame:
    """index: names of the rows. columns: by name, a text a row, "" for missing."""

    index: list[str]
    columns: dict[str, list[str]]


def frame(file: h5py.File, name: str, told: str, findings: Findings, sign: parts.Sign = parts.silent) -> Frame:
    """obs or var. Columns that are no texts, numbers or categories are named in a warning. Raises BadInput."""
    step, _, last = name.rpartition("/")
    place = file[step] if step and parts.has_group(file, step) else file
    if not parts.has_group(place, last):
        raise BadInput(f"{told} has no group {name}.", _HINT)
    group = place[last]
    key = parts.text(group.attrs.get("_index", "_index" if "_index" in group else "index"))
    index = _column(group, key, told)
    if index is None:
        raise BadInput(f"The index of {name} in {told} holds no texts.", _HINT)
    columns: dict[str, list[str]] = {}
    for one in parts.names_in(file, name) if not step else parts.names_in(place, last):
        sign()
        if one in (key, "__categories"):
            continue
        found = _column(group, one, told)
        if found is None or len(found) != len(index):
            findings.warn("H5AD_COLUMN", f"A column of {name} is no list of texts, numbers or categories.", value=one)
        else:
            columns[one] = found
    return Frame(index, columns)


def _column(group: h5py.Group, name: str, told: str) -> list[str] | None:
    """Texts of a column in any of its encodings, None for one that has another form."""
    if parts.has_group(group, name):
        return _of_group(group[name], told)
    found = parts.data(group, name, told)
    if found.ndim != 1 or found.dtype.kind not in "OSUbiuf":
        return None
    if "categories" in found.attrs:  # anndata before 0.8: codes, and a reference to their texts
        return _of_categories(group, found, found.attrs["categories"], told)
    return [text.strip() for text in parts.texts(found, told)]


def _of_group(group: h5py.Group, told: str) -> list[str] | None:
    if "codes" in group and "categories" in group:
        return _decoded(parts.data(group, "codes", told), parts.data(group, "categories", told), told)
    if "values" in group and "mask" in group:
        values = parts.texts(parts.data(group, "values", told), told)
        mask = parts.data(group, "mask", told)
        if mask.shape != (len(values),):
            return None
        return ["" if gone else text for text, gone in zip(values, mask[:], strict=True)]
    return None


def _of_categories(group: h5py.Group, codes: h5py.Dataset, reference: object, told: str) -> list[str] | None:
    found = group[reference] if isinstance(reference, h5py.Reference) else None
    return _decoded(codes, found, told) if found is not None and is_own(found) else None


def _decoded(codes: h5py.Dataset, categories: h5py.Dataset, told: str) -> list[str] | None:
    names = np.array([text.strip() for text in parts.texts(categories, told)] + [""], dtype=object)
    if codes.ndim != 1 or codes.dtype.kind not in "iu" or codes.size > MOST_FEATURES:
        return None
    places = codes[:].astype(np.int64)
    if (places >= len(names) - 1).any():
        return None
    return list(names[np.where(places < 0, -1, places)])
