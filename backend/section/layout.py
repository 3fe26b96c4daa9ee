"""What is where in a copy sorted by gene: one HDF5 file, written aside and renamed (building.py), read by store.py.

genes/id, name           texts, as bytes, NUL between two of them
genes/first              int64 (genes + 1): where the numbers of each gene begin in spots and values
genes/measured, mean     of each gene
spots, values            uint32, float32 or float64: ascending spots of each gene; no zeros; NaN is missing
spot/name, total         of each spot; spot/position (spots, 2) where positions are told
groups/<number>          attribute `name`; names: texts; codes: a place in names, -1 where nothing is told
attributes               format, counts, missing, notes, about (JSON)
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

FORMAT = 1
CHUNK = 16_384  # numbers of a chunk: a gene of a large section is read in a few of them
PACKED: dict[str, Any] = {"compression": "lzf", "shuffle": True}


def put_texts(group: h5py.Group, name: str, texts: Iterable[str]) -> None:
    """A list of texts, none as well; NUL, which stands between two of them, is put as the sign for what is unknown."""
    kept = [text.replace("\0", "\ufffd") for text in texts]
    raw = "\0".join(kept).encode("utf-8", "replace")
    place = group.create_dataset(name, data=np.frombuffer(raw, dtype=np.uint8), **(PACKED if raw else {}))
    place.attrs["n"] = len(kept)


def texts(group: h5py.Group, name: str) -> list[str]:
    """The list. Raises ValueError when it is not whole."""
    found = group[name]
    kept = found[:].tobytes().decode("utf-8").split("\0") if found.attrs["n"] else []
    if len(kept) != found.attrs["n"]:
        raise ValueError(name)
    return kept


def put_spots(file: h5py.File, spots: pd.DataFrame, positions: npt.NDArray[np.float64] | None) -> None:
    """Names, groups and positions; the first column is `spot`."""
    put_texts(file, "spot/name", spots["spot"])
    if positions is not None:
        file.create_dataset("spot/position", data=positions, **PACKED)
    columns = [name for name in spots.columns if name != "spot"]
    groups = file.create_group("groups")
    for place, name in enumerate(columns):
        codes, told = pd.factorize(spots[name])
        nothing = np.array([text == "" for text in told] + [True])
        group = groups.create_group(f"{place:06d}")
        group.attrs["name"] = json.dumps(str(name))
        put_texts(group, "names", (str(text) for text in told))
        group.create_dataset("codes", data=np.where(nothing[codes], -1, codes).astype(np.int32), **PACKED)


def spots(file: h5py.File) -> pd.DataFrame:
    """As they were put."""
    names = texts(file, "spot/name")
    columns: dict[str, Any] = {"spot": names}
    for _, group in sorted(file["groups"].items()):
        told = np.array([*texts(group, "names"), ""], dtype=object)
        codes = group["codes"][:]
        if codes.shape != (len(names),) or (codes >= len(told) - 1).any():
            raise ValueError(group.name)
        columns[json.loads(group.attrs["name"])] = told[np.maximum(codes, -1)]
    return pd.DataFrame(columns, dtype=object)
