"""Which matrices of an h5ad file can be taken, and where each of them is."""

from __future__ import annotations

import h5py

from backend.study_files import hdf5_parts as parts

RAW = "raw/X"


def layers(file: h5py.File) -> tuple[str, ...]:
    """ "" for X, names of layers, "raw" for raw/X; a layer of that name is "layers/raw" where there is a raw/X."""
    own = ("",) if _is_matrix(file, "X") else ()
    raw = ("raw",) if parts.has_group(file, "raw") and _has_raw(file["raw"]) else ()
    return (*own, *(f"layers/{one}" if one in raw else one for one in parts.names_in(file, "layers")), *raw)


def place_of(file: h5py.File, layer: str) -> str:
    """Where the numbers of a layer are, whether they are there or not."""
    if not layer:
        return "X"
    return RAW if layer == "raw" and "raw" in layers(file) else f"layers/{layer.removeprefix('layers/')}"


def told_of(place: str) -> str:
    """Which numbers were taken, in a sentence; "" for the usual ones."""
    layer = place.removeprefix("layers/")
    return "" if place == "X" else f"Numbers: {RAW if place == RAW else f'the layer {layer}'}."


def _has_raw(raw: h5py.Group) -> bool:
    return _is_matrix(raw, "X") and parts.has_group(raw, "var")


def _is_matrix(group: h5py.Group, name: str) -> bool:
    """anndata may leave X out, or write one without a shape."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        return False
    found = group[name]
    return isinstance(found, h5py.Group) or (isinstance(found, h5py.Dataset) and len(found.shape or ()) == 2)
