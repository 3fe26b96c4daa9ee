"""Loom files (version 3.0.0 of the format) by h5py alone: http://linnarssonlab.org/loompy/format.

/matrix (rows, columns) float32, chunked and compressed; /row_attrs and /col_attrs: labels; /attrs: what the file is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import h5py
import numpy as np

from backend.filling import created, into
from backend.serve.matrix import Values

VERSION = "3.0.0"
CHUNK = 64  # rows and columns, as in loompy
LEVEL = 2
_TEXT = h5py.string_dtype("utf-8")

Axis = Mapping[str, Sequence[str]]


def write(
    target: BinaryIO | Path,
    blocks: Iterable[tuple[Axis, Values]],
    columns: Axis,
    row_names: Sequence[str],
    facts: Mapping[str, str],
) -> None:
    """A loom file of blocks of rows, each with its row labels (row_names) and values (rows, columns).

    facts: texts for /attrs; CreationDate is one of them.
    """
    n_columns = len(next(iter(columns.values())))
    labels: dict[str, list[str]] = {name: [] for name in row_names}
    new = created(target) if isinstance(target, Path) else into(getattr(target, "raw", target))
    with new as (file, check):
        matrix = file.create_dataset(
            "matrix",
            shape=(0, n_columns),
            maxshape=(None, n_columns),
            dtype="f4",
            chunks=(CHUNK, max(1, min(CHUNK, n_columns))),
            compression="gzip",
            compression_opts=LEVEL,
        )
        for rows, values in blocks:
            start = matrix.shape[0]
            matrix.resize(start + len(values), axis=0)
            if len(values):
                matrix[start:] = values
                check()
            for name in row_names:
                labels[name] += rows[name]
        _texts(file, "row_attrs", labels)
        _texts(file, "col_attrs", columns)
        for name, text in {"LOOM_SPEC_VERSION": VERSION, **facts}.items():
            file.create_dataset(f"attrs/{name}", data=text, dtype=_TEXT)
        for name in ("layers", "row_graphs", "col_graphs"):
            file.create_group(name)


def _texts(file: h5py.File, group: str, axis: Axis) -> None:
    for name, texts in axis.items():
        file.create_dataset(f"{group}/{name}", data=np.array(list(texts), dtype=object), dtype=_TEXT)
