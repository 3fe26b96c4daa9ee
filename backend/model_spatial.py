"""Records of spatial data: spots of a section with values of genes, sections that are open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.model_files import IndexProgress, Kind, Species

SPOT_COLUMNS = ("spot", "x", "y", "group")


@dataclass(frozen=True)
class Spots:
    """Where genes are expressed in a section.

    table: SPOT_COLUMNS, one row a spot; x, y are NaN where no position is told (a distribution can still be drawn),
    group is "" where none is told. genes: labels; values: float64 (genes, spots) in `unit`, NaN where missing, never 0
    for it. spacing: median distance to the nearest spot in units of x and y, None without positions. by: what the
    groups are, in words, "" for none; order: their names in their order. summaries: gene -> statistics, where a source
    tells nothing else (`table` is empty then). n_told: spots there are, when only some are listed (those that express
    it); None when all are. n_listed: then, how many spots the answer of each gene lists, those with a missing value
    too. read_as: how an answer was read, in a word ("columns"), "" for files.
    image: positions are those of an image, whose y grows downwards.
    """

    table: pd.DataFrame
    genes: tuple[str, ...]
    values: npt.NDArray[np.float64]
    unit: str
    spacing: float | None = None
    by: str = ""
    order: tuple[str, ...] = ()
    summaries: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    n_told: int | None = None
    read_as: str = ""
    annotations: tuple[tuple[str, str], ...] = ()
    image: bool = False
    n_listed: tuple[int, ...] = ()


@dataclass(frozen=True)
class SpotScale:
    """A scale that values of spots can be shown on. key: "stored", "log", "cp10k"; title: the unit on it."""

    key: str
    title: str


@dataclass(frozen=True)
class Section:
    """An open section: a spatial file of this machine, or a data set of STOmics; a source by its key.

    file: its name, "" for a live one. of: the data set it belongs to, "" if none. n_spots, n_genes: None while unknown.
    bins: of a GEM or GEF file, the widths that can be chosen; bin: the one in force, 0 for cells or spots as they are.
    layers: of an h5ad file, what can be chosen: "" for X, names of layers, "raw" for raw/X; layer: the one in force.
    scales: the usual one first. progress: of the copy sorted by gene; None when it is complete. problem: why it cannot
    be used, else None.
    """

    key: str
    title: str
    species: Species
    kind: Kind
    file: str
    of: str
    n_spots: int | None
    n_genes: int | None
    opened_at: datetime
    bin: int = 0
    bins: tuple[int, ...] = ()
    layer: str = ""
    layers: tuple[str, ...] = ()
    scales: tuple[SpotScale, ...] = ()
    progress: IndexProgress | None = None
    problem: str | None = None


@dataclass(frozen=True)
class SpatialFile:
    """A file of this machine that can be opened as a section. form: "h5ad", "gem", "gef". folder: as people write it.

    of: accession of the data set it was downloaded from, "" if none. opened: key of the section, "" while it is not.
    ours: it was uploaded or downloaded here, so that it can be deleted here.
    """

    path: str
    name: str
    folder: str
    form: str
    size: int
    of: str = ""
    opened: str = ""
    ours: bool = False
