"""Small spatial files, all made from one known truth, so that a test compares with it and not with the app.

    truth = made(spots=300, genes=40)            # counts; whole=False: numbers with decimals
    h5ad(folder / "a.h5ad", truth, "csc")        # layouts: csr, csc, dense
    gem(folder / "a.gem.gz", truth, "0.2")       # text; packed when the name ends in .gz
    gef(folder / "a.gef", truth, bins=(1, 50))   # HDF5 of square bins
    truth.of("Sox2")                             # (spots,): what each reader must give
    truth.binned(50).of("Sox2")                  # the same by squares of 50, as GEM and GEF files have them

Everything is simulated. h5ad follows the on-disk format of AnnData (https://anndata.readthedocs.io, 0.1.0 of the
file, 0.2.0 of arrays and tables); GEM and GEF follow what SAW writes: in a GEF, x and y of bin N are multiples of N.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import h5py
import numpy as np
from scipy import sparse

GENES = ("Sox2", "Gapdh", "Actb", "Mbp", "Plp1", "Snap25", "Pax6", "Gfap", "Neurod1", "Olig2", "H2-K1", "mt-Co1")
TWICE = "4930578N16Rik"  # the name that two genes have when duplicates are asked for
GROUPS = ("Cortex", "Hippocampus", "Fibre tract", "Thalamus")
SPACING = 10  # between neighbouring spots
TEXT = h5py.string_dtype()
POSITIONS = ("spatial", "X_spatial", "xy", "")  # obsm/spatial, obsm/X_spatial, columns x and y of obs, none


@dataclass(frozen=True)
class Truth:
    """What a file holds. values: (spots, genes) float64, NaN where missing; xy: (spots, 2).

    names: symbols; ids: as many ids; groups: column of obs -> group of each spot, "" where it is not told.
    cells: a number for each spot, 0 outside of cells.
    """

    values: np.ndarray
    names: list[str]
    ids: list[str]
    spots: list[str]
    xy: np.ndarray
    groups: dict[str, list[str]] = field(default_factory=dict)
    cells: np.ndarray | None = None

    def of(self, name: str) -> np.ndarray:
        """(spots,) of the first gene of this name or id."""
        return self.values[:, (self.names if name in self.names else self.ids).index(name)]

    def binned(self, width: int = 1) -> Truth:
        """Sums by squares, those without a count left out, in the order of x, then y; spots are called x_y."""
        corners, which = np.unique(self.xy.astype(int) // width * width, axis=0, return_inverse=True)
        return self._summed(corners, which, [f"{x}_{y}" for x, y in corners])

    def by_cell(self) -> Truth:
        """Sums by cell, in the order of their numbers, at the centre of their counts."""
        within = replace(self, values=self.values[inside := self.cells > 0], xy=self.xy[inside])
        numbers, which = np.unique(self.cells[inside], return_inverse=True)
        counts = within.values.sum(axis=1)
        middle = [np.average(within.xy, axis=0, weights=counts * (which == n)) for n in range(len(numbers))]
        return within._summed(np.array(middle), which, [str(number) for number in numbers])

    def _summed(self, xy: np.ndarray, which: np.ndarray, spots: list[str]) -> Truth:
        values = np.zeros((len(spots), len(self.names)))
        np.add.at(values, which.ravel(), self.values)
        kept = np.flatnonzero(values.sum(axis=1) > 0)
        return Truth(values[kept], self.names, self.ids, [spots[n] for n in kept], xy[kept])


def tiny() -> Truth:
    """Four spots of three genes; Sox2 is 0.0, 1.4, 2.2, 0.0 (its file has float64)."""
    values = np.array([[0.0, 5.0, 0.0], [1.4, 0.0, 3.0], [2.2, 1.0, 0.0], [0.0, 2.0, 1.0]])
    names, xy = ["Sox2", "Gapdh", "Mbp"], np.array([[1.0, 1.0], [2.0, 1.0], [1.0, 2.0], [2.0, 2.0]])
    groups = {"cell_type": ["Neuron", "Neuron", "Glia", "Glia"]}
    return Truth(values, names, _ids(3), ["s1", "s2", "s3", "s4"], xy, groups)


def made(
    spots: int = 300,
    genes: int = 40,
    seed: int = 1,
    whole: bool = True,
    missing: int = 0,
    duplicates: bool = False,
    names: Sequence[str] = (),
) -> Truth:
    """A section on a grid. whole: counts, else log2 of shares with decimals; missing: so many NaN (dense files only).

    Sox2 (gene 0) is high in the group Cortex, gene 1 high in every spot, the last gene 0 in all of them.
    """
    random = np.random.default_rng(seed)
    xy = np.array([(n % (side := int(np.ceil(np.sqrt(spots)))), n // side) for n in range(spots)]) * SPACING
    group = [GROUPS[int(2 * x // (side * SPACING)) + 2 * int(2 * y // (side * SPACING))] for x, y in xy]
    level = np.concatenate(([1.0, 8.0], random.gamma(0.5, 1.0, genes - 2)))
    rates = np.tile(level, (spots, 1))
    rates[:, 0] += 4.0 * (np.array(group) == GROUPS[0])
    counts = random.poisson(rates).astype(float)
    counts[:, -1] = 0.0
    values = counts if whole else np.log2(counts / (counts.sum(axis=1, keepdims=True) + 1) * 1e4 + 1)
    values = values.astype(np.float32).astype(float)
    values[random.integers(0, spots, missing), random.integers(1, genes - 1, missing)] = np.nan
    told = {"region": ["" if n % 17 == 3 else one for n, one in enumerate(group)], "half": _halves(xy)}
    cells = np.where(np.arange(spots) % 7 == 0, 0, xy[:, 0] // 30 + 1 + 1_000 * (xy[:, 1] // 30))
    barcodes = [f"SPOT{n:06d}-1" for n in range(spots)]
    return Truth(values, _names(genes, duplicates, names), _ids(genes), barcodes, xy.astype(float), told, cells)


def h5ad(
    path: Path,
    truth: Truth,
    layout: str = "csr",
    positions: str = "spatial",
    index: str = "names",
    symbols: str = "",
    packed: bool = False,
    dtype: str = "",
) -> Path:
    """layout: csr, csc, dense. index: of var, names or ids; symbols: the column of var that has the names, "" for none.

    packed: in small chunks with gzip. dtype: of X, float32 unless told, and unless that would round.
    """
    exact = np.array_equal(truth.values, truth.values.astype(np.float32), equal_nan=True)
    with h5py.File(path, "w") as file:
        _encoded(file, "anndata", "0.1.0")
        _matrix(file, "X", truth.values.astype(dtype or ("float32" if exact else "float64")), layout, packed)
        obs: dict[str, Sequence[str] | np.ndarray] = {name: told for name, told in truth.groups.items()}
        obs["n_counts"] = np.nansum(truth.values, axis=1)
        if positions == "xy":
            obs |= {"x": truth.xy[:, 0], "y": truth.xy[:, 1]}
        _frame(file.create_group("obs"), truth.spots, obs, "_index")
        columns = {symbols: _texts(truth.names)} if symbols else {}
        _frame(file.create_group("var"), getattr(truth, index), columns, "_index" if index == "names" else "gene_ids")
        for name in ("layers", "obsm", "obsp", "uns", "varm", "varp"):
            _encoded(file.create_group(name), "dict", "0.1.0")
        if positions in ("spatial", "X_spatial"):
            _array(file["obsm"], positions, truth.xy)
    return path


def endless(path: Path) -> Path:
    """An HDF5 file with texts, damaged so that HDF5 2.0 goes round in it without end when it reads one.

    One byte: the first heap of texts is said to be larger than it is.
    """
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"GCOL") + 9] = 80
    path.write_bytes(raw)
    return path


def gem(
    path: Path,
    truth: Truth,
    version: str = "0.1",
    count: str = "MIDCount",
    exon: bool = False,
    cells: str = "",
    comments: bool = True,
    offset: tuple[int, int] = (0, 0),
) -> Path:
    """version 0.1: geneID is a name; 0.2: geneID and geneName. cells: the heading of the cells' numbers, or "".

    Lines are sorted by gene as SAW writes them; zeros have none.
    """
    told = ["geneID", *(["geneName"] if version == "0.2" else []), "x", "y", count]
    lines = _comments(version, offset) if comments else []
    lines.append("\t".join([*told, *(["ExonCount"] if exon else []), *([cells] if cells else [])]))
    for gene, spot in zip(*np.nonzero(truth.values.T), strict=True):
        named = [truth.ids[gene], truth.names[gene]] if version == "0.2" else [truth.names[gene]]
        number = int(truth.values[spot, gene])
        row = [*named, int(truth.xy[spot, 0]), int(truth.xy[spot, 1]), number]
        row += [number // 2] if exon else []
        row += [int(truth.cells[spot])] if cells else []
        lines.append("\t".join(map(str, row)))
    text = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)
    return path


def gef(
    path: Path,
    truth: Truth,
    bins: Sequence[int] = (1, 50, 100),
    exon: bool = False,
    new: bool = False,
    offset: tuple[int, int] = (0, 0),
) -> Path:
    """new: genes have geneID and geneName (version 4), else one name (version 2). offset: minX and minY of bin 1."""
    with h5py.File(path, "w") as file:
        file.attrs["version"] = np.uint32([4 if new else 2])
        file.attrs["omics"] = np.array([b"Transcriptomics"], dtype="S32")
        file.attrs["bin_type"] = np.array([b"Bin"], dtype="S32")
        for width in bins:
            _bin(file.create_group(f"geneExp/bin{width}"), truth.binned(width), width, exon, new, offset)
    return path


def _bin(place: h5py.Group, truth: Truth, width: int, exon: bool, new: bool, offset: tuple[int, int]) -> None:
    gene, spot = np.nonzero(truth.values.T)
    number = truth.values[spot, gene].astype(np.uint32)
    most = int(number.max(initial=0))
    small = "u1" if most < 1 << 8 else "u2" if most < 1 << 16 else "u4"
    table = np.empty(len(gene), [("x", "i4"), ("y", "i4"), ("count", small)])
    table["x"], table["y"], table["count"] = truth.xy[spot, 0], truth.xy[spot, 1], number
    told = place.create_dataset("expression", data=table)
    told.attrs["minX"], told.attrs["minY"] = (np.int32([one // width * width]) for one in offset)
    told.attrs["maxX"], told.attrs["maxY"] = (np.int32([one]) for one in truth.xy.max(axis=0))
    told.attrs["maxExp"], told.attrs["resolution"] = np.uint32([most]), np.uint32([500])
    if exon:
        place["exon"] = (number // 2).astype(small)
    place["gene"] = _gene_table(truth, np.bincount(gene, minlength=len(truth.names)), new)


def _gene_table(truth: Truth, counts: np.ndarray, new: bool) -> np.ndarray:
    named = [("geneID", "S64"), ("geneName", "S64")] if new else [("gene", "S64")]
    table = np.empty(len(truth.names), [*named, ("offset", "u4"), ("count", "u4")])
    table["geneID" if new else "gene"] = [one.encode() for one in (truth.ids if new else truth.names)]
    if new:
        table["geneName"] = [one.encode() for one in truth.names]
    table["offset"], table["count"] = np.cumsum(counts) - counts, counts
    return table[counts > 0]  # SAW lists only genes that were seen


def _comments(version: str, offset: tuple[int, int]) -> list[str]:
    told = {"FileFormat": f"GEMv{version}", "SortedBy": "None", "BinType": "Bin", "BinSize": 1}
    told |= {"Omics": "Transcriptomics", "Stereo-seqChip": "SIMULATED", "OffsetX": offset[0], "OffsetY": offset[1]}
    return [f"#{name}={value}" for name, value in told.items()]


def _matrix(file: h5py.File, name: str, values: np.ndarray, layout: str, packed: bool) -> None:
    if layout == "dense":
        _array(file, name, values, packed)
        return
    form = sparse.csr_matrix(values) if layout == "csr" else sparse.csc_matrix(values)
    group = _encoded(file.create_group(name), f"{layout}_matrix", "0.1.0")
    group.attrs["shape"] = np.array(values.shape, dtype=np.int64)
    for part in ("data", "indices", "indptr"):
        how = {"chunks": (512,), "compression": "gzip"} if packed else {}
        group.create_dataset(part, data=getattr(form, part), maxshape=(None,), **how)


def _frame(group: h5py.Group, index: Sequence[str], columns: dict, key: str) -> None:
    _encoded(group, "dataframe", "0.2.0")
    group.attrs["_index"] = key
    group.attrs.create("column-order", list(columns), dtype=TEXT, shape=(len(columns),))
    _text_array(group, key, index)
    for name, told in columns.items():
        if isinstance(told, _texts):
            _text_array(group, name, told)
        elif isinstance(told, np.ndarray):
            _array(group, name, told)
        else:
            _categorical(group.create_group(name), told)


def _categorical(group: h5py.Group, told: Sequence[str]) -> None:
    _encoded(group, "categorical", "0.2.0").attrs["ordered"] = False
    categories = sorted(set(told) - {""})
    _text_array(group, "categories", categories)
    _array(group, "codes", np.array([categories.index(one) if one else -1 for one in told], dtype=np.int8))


def _array(group: h5py.Group, name: str, values: np.ndarray, packed: bool = False) -> None:
    how = {"chunks": tuple(min(size, 64) for size in values.shape), "compression": "gzip"} if packed else {}
    _encoded(group.create_dataset(name, data=values, **how), "array", "0.2.0")


def _text_array(group: h5py.Group, name: str, texts: Sequence[str]) -> None:
    _encoded(group.create_dataset(name, data=list(texts), dtype=TEXT, shape=(len(texts),)), "string-array", "0.2.0")


def _encoded(place: h5py.Group | h5py.Dataset, kind: str, version: str) -> h5py.Group | h5py.Dataset:
    place.attrs["encoding-type"], place.attrs["encoding-version"] = kind, version
    return place


class _texts(list):
    """A column of texts that is no categorical."""


def _names(genes: int, duplicates: bool, given: Sequence[str]) -> list[str]:
    names = [*(given or GENES), *(f"Gm{n}" for n in range(genes))][:genes]
    if duplicates:
        names[-3] = names[-2] = TWICE
    return names


def _ids(genes: int) -> list[str]:
    return [f"ENSMUSG{900_000 + n:011d}" for n in range(genes)]


def _halves(xy: np.ndarray) -> list[str]:
    return ["left" if x < xy[:, 0].mean() else "right" for x in xy[:, 0]]
