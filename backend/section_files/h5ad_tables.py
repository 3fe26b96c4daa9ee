"""Spots and genes of an h5ad file: names, groups and positions of obs and obsm, ids and symbols of var."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.errors import BadInput
from backend.section_files import hdf5_file
from backend.section_files.h5ad_columns import column
from backend.section_files.hdf5_file import sound
from backend.section_files.outline import MOST_GENES, MOST_SPOTS, Floats
from backend.study_files import hdf5_parts as parts
from backend.study_files.h5ad_file import IDS

SYMBOLS = (
    *("gene_name", "gene_names", "gene_symbol", "gene_symbols", "real_gene_name", "feature_name"),
    *("GeneName", "geneName", "Gene", "Symbol", "symbol", "name"),
)
PAIRS = (
    ("x", "y"),
    ("spatial_x", "spatial_y"),
    ("coord_x", "coord_y"),
    ("pxl_col_in_fullres", "pxl_row_in_fullres"),
    ("imagecol", "imagerow"),
    ("array_col", "array_row"),
)
MOST_COLUMNS = 60  # of obs that are offered for groups
MOST_ORDERED = 10_000  # names of the order of columns that are read
_AGAIN = "Write the file again with a current version of anndata."


def index(file: h5py.File, name: str, told: str, most: int) -> tuple[h5py.Group, str, list[str]]:
    """obs or var: its group, the name of its index, and the names in it. Raises BadInput, TooLarge."""
    group = hdf5_file.group_of(file, name, told)
    with sound(told):
        key = parts.text(group.attrs.get("_index", "_index" if "_index" in group else "index"))
        place = group[key] if parts.has_group(group, key) else None
    if place is None:
        return group, key, hdf5_file.texts(hdf5_file.data(group, key, told), told, most)
    if "categories" in place:
        found = column(group, key, hdf5_file.data(place, "codes", told).size, told, most)
        return group, key, list(found.texts()) if found is not None else []
    return group, key, hdf5_file.texts(hdf5_file.data(place, "values", told), told, most)  # texts that may be missing


def spots(file: h5py.File, told: str) -> tuple[pd.DataFrame, Floats | None, list[str]]:
    """spot and columns of groups, as text; positions; notes."""
    group, key, names = index(file, "obs", told, MOST_SPOTS)
    positions, where, taken = _positions(file, group, len(names), told)
    table: dict[str, Sequence[str] | npt.NDArray[np.object_]] = {"spot": names}
    left: list[str] = []
    for one in _columns(file, group, told):
        if one in (key, "__categories", *taken):
            continue
        found = column(group, one, len(names), told) if len(table) <= MOST_COLUMNS else None
        if found is None or not found.names:
            left.append(one)
        else:
            table["spot (in the file)" if one == "spot" else one] = found.texts()
    notes = [where] if where else []
    if left:
        more = f" and {len(left) - 8} more" if len(left) > 8 else ""
        names_ = ", ".join(one[:40] for one in left[:8])
        notes.append(f"Columns of obs that are no groups of spots are left out: {names_}{more}.")
    return pd.DataFrame(table, dtype=object), positions, notes


def _columns(file: h5py.File, obs: h5py.Group, told: str) -> tuple[str, ...]:
    """The columns of obs as their writer ordered them, then those that the order leaves out."""
    with sound(told):
        there = parts.names_in(file, "obs")
        ordered = [parts.text(one) for one in np.ravel(obs.attrs.get("column-order", ()))[:MOST_ORDERED]]
    return tuple(dict.fromkeys([*(one for one in ordered if one in set(there)), *there]))


def _positions(file: h5py.File, obs: h5py.Group, rows: int, told: str) -> tuple[Floats | None, str, tuple[str, ...]]:
    """x and y of each spot, which they are in a sentence, and the columns of obs they were taken from."""
    with sound(told):
        offered = parts.names_in(file, "obsm")
    usual = [one for one in ("spatial", "X_spatial") if one in offered]
    for one in dict.fromkeys([*usual, *(name for name in offered if "spatial" in name.casefold())]):
        values, columns = _of_obsm(file["obsm"], one, rows, told)
        if values is not None:
            which = "" if columns == 2 else ", its first two columns"
            return np.ascontiguousarray(values), f"Positions: obsm/{one}{which}.", ()
    for pair in PAIRS:
        both = [found for one in pair if (found := _numeric(obs, one, rows, told)) is not None]
        if len(both) == len(pair):
            return np.column_stack(both), f"Positions: {pair[0]} and {pair[1]} of obs.", pair
    return None, "The file tells no positions of its spots.", ()


def _of_obsm(obsm: h5py.Group, name: str, rows: int, told: str) -> tuple[Floats | None, int]:
    """The first two columns of numbers of a matrix or a table of obsm, (rows, 2), None for another form; how many
    columns it has.
    """
    with sound(told):
        if parts.has_group(obsm, name):
            order = obsm[name].attrs.get("column-order", ())
            columns = (_numeric(obsm[name], parts.text(one), rows, told) for one in order)
            known = list(islice((one for one in columns if one is not None), 2))
            return np.column_stack(known) if len(known) == 2 else None, len(order)
        found = hdf5_file.data(obsm, name, told)
        if found.ndim != 2 or found.shape[0] != rows or found.shape[1] < 2:
            return None, 0
    return hdf5_file.numbers(found, told, columns=2), found.shape[1]


def _numeric(obs: h5py.Group, name: str, rows: int, told: str) -> Floats | None:
    with sound(told):
        if name not in obs or not isinstance(obs.get(name, getlink=True), h5py.HardLink):
            return None
        found = obs[name]
        if not isinstance(found, h5py.Dataset) or found.shape != (rows,) or "categories" in found.attrs:
            return None
    return hdf5_file.numbers(hdf5_file.data(obs, name, told), told)


def genes(file: h5py.File, name: str, told: str) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
    """ids, each once; symbols, "" where none is told; notes. name: "var" or "raw/var".

    The index is the id; a complete column of distinct ids takes its place, and the index is then the symbol.
    """
    group, key, names = index(file, name, told, MOST_GENES)
    columns = [one for one in (*IDS, *SYMBOLS) if one != key and one in group]
    texts = {one: _texts(group, one, len(names), told) for one in columns}
    own = next((one for one in IDS if (ids := texts.get(one)) and all(ids) and len(set(ids)) == len(ids)), "")
    symbols = next((one for one in SYMBOLS if any(texts.get(one) or ())), "")
    if own:
        ids, labels = texts[own] or [], names
        notes = [f"Ids of genes: {own} of var; their names: its index."]
    else:
        ids, labels = names, (texts[symbols] or []) if symbols else [""] * len(names)
        notes = [f"Names of genes: {symbols} of var."] if symbols else []
    if not names:
        raise BadInput(f"{told} has no genes.", _AGAIN)
    each, again = told_apart(ids)
    return each, tuple(labels), [*notes, *again]


def _texts(group: h5py.Group, name: str, rows: int, told: str) -> list[str] | None:
    found = column(group, name, rows, told, most=MOST_GENES)
    return list(found.texts()) if found is not None else None


def told_apart(ids: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Names of genes, of which a repeated one ends in " (2)", " (3)"; a note when there is one; "gene 7" for ""."""
    kept: list[str] = []
    seen: dict[str, int] = {}
    twice: dict[str, None] = {}
    taken = set(ids)
    for place, one in enumerate(ids, start=1):
        name = one or f"gene {place}"
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            twice[name] = None
            while (new := f"{name} ({seen[name]})") in taken:
                seen[name] += 1
            name = new
            taken.add(name)
        kept.append(name)
    if not twice:
        return tuple(kept), []
    shown = ", ".join(name[:40] for name in list(twice)[:5])
    more = f" and {len(twice) - 5} more" if len(twice) > 5 else ""
    return tuple(kept), [f"Several genes have one name, and are told apart by a number: {shown}{more}."]
