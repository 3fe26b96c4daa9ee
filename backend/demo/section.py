"""The demo section: SIMULATED counts of a slice of mouse cortex, written here as an h5ad file and never downloaded.

2,500 spots or so, staggered as on a slide for spatial transcriptomics, in layers that follow an arc. Every gene has a
level and the layers it is raised in; counts are negative binomial around their product with the depth of the spot. The
layers of the genes are those they are known for, the numbers say nothing about any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt

from backend.aside import aside
from backend.demo.section_genes import KINDS, LAYERS
from backend.filling import created
from backend.sources.section_shelf import SIMULATED

SAID = "SIMULATED: made by a program, not measured. Do not use it as data."
SEED = 20261123
PITCH = 85.0  # between neighbours, in micrometres
DISPERSION = 2.5  # of the negative binomial: variance = mean + mean² / DISPERSION
LEVEL_SPREAD = 0.6  # SD of the natural logarithm of the levels of genes of a kind
DEPTH_SPREAD = 0.3  # SD of the natural logarithm of the depth of spots
WOBBLE = 90.0  # micrometres by which the borders of layers waver
_CENTRE, _INNER, _OUTER = (2_900.0, -900.0), 2_300.0, 4_900.0  # of the arc: where, and from which radius to which
_DEPTHS = (0.06, 0.24, 0.36, 0.58, 0.78, 1.0)  # of the lower border of each layer, from the outside in
_TEXT = h5py.string_dtype()
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Slice:
    """Spots: positions (n, 2) in micrometres, place of the layer (n,), and how deep in it, 0 to 1 (n,)."""

    positions: Floats
    layer: npt.NDArray[np.intp]
    within: Floats


def write(path: Path) -> Path:
    """Write the file aside and rename it. Raises Unavailable when the disk is full or refuses."""
    random = np.random.default_rng(SEED)
    slide = _slice(random)
    counts = _counts(random, slide)
    with aside(path, "The simulated section") as part, created(part) as (file, check):
        _fill(file, slide, counts)
        check()
    return path


def _slice(random: np.random.Generator) -> Slice:
    """Spots of a staggered grid that lie on the arc."""
    rows, columns = np.mgrid[0:56, 0:69]
    x = (columns + 0.5 * (rows % 2)).ravel() * PITCH
    y = rows.ravel() * PITCH * np.sqrt(3) / 2
    angle = np.arctan2(x - _CENTRE[0], y - _CENTRE[1])
    radius = np.hypot(x - _CENTRE[0], y - _CENTRE[1])
    phases = random.uniform(0, 2 * np.pi, 3)
    radius = radius + WOBBLE * sum(np.sin((3 + 2 * n) * angle + phase) / (n + 1) for n, phase in enumerate(phases))
    deep = (_OUTER - radius) / (_OUTER - _INNER)
    kept = (deep >= 0) & (deep < 1) & (np.abs(angle) < 0.95)
    deep = deep[kept]
    layer = np.searchsorted(_DEPTHS, deep, side="right")
    borders = np.array([0.0, *_DEPTHS])
    within = (deep - borders[layer]) / np.diff(borders)[layer]
    return Slice(np.stack([x[kept], y[kept]], axis=1), layer, within)


def _counts(random: np.random.Generator, slide: Slice) -> npt.NDArray[np.float32]:
    """Counts, (spots, genes). A spot near the border of a layer takes a share of its neighbour."""
    kinds = [kind for kind in KINDS for _ in kind.symbols]
    raised = np.array([[kind.factor if layer in kind.layers else 1.0 for layer in LAYERS] for kind in kinds])
    level = np.array([kind.level for kind in kinds]) * np.exp(LEVEL_SPREAD * random.standard_normal(len(kinds)))
    near = np.where(slide.within < 0.5, slide.layer - 1, slide.layer + 1).clip(0, len(LAYERS) - 1)
    share = 0.5 * np.abs(2 * slide.within - 1) ** 4
    pattern = raised[:, slide.layer] * (1 - share) + raised[:, near] * share
    depth = np.exp(DEPTH_SPREAD * random.standard_normal(len(slide.layer)))
    mean = level[:, None] * pattern * depth
    return random.negative_binomial(DISPERSION, DISPERSION / (DISPERSION + mean)).T.astype(np.float32)


def _fill(file: h5py.File, slide: Slice, counts: npt.NDArray[np.float32]) -> None:
    """The layout of AnnData: X by spots (CSR), obs, var, obsm/spatial; that it is simulated stands in uns."""
    symbols = [symbol for kind in KINDS for symbol in kind.symbols]
    file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
    _sparse(file, counts)
    about = _frame(file, "obs", [f"spot-{n + 1:04d}" for n in range(len(counts))])
    about.attrs["column-order"] = np.array(["layer"], dtype=_TEXT)
    told = about.create_group("layer")
    told.attrs.update({"encoding-type": "categorical", "encoding-version": "0.2.0", "ordered": True})
    _texts(told, "categories", list(LAYERS))
    told.create_dataset("codes", data=slide.layer.astype(np.int8))
    _frame(file, "var", symbols).attrs["column-order"] = np.array([], dtype=_TEXT)
    file.create_group("obsm").create_dataset("spatial", data=slide.positions)
    uns, _, name = SIMULATED.partition("/")
    _texts(file.create_group(uns), name, [SAID])


def _sparse(file: h5py.File, counts: npt.NDArray[np.float32]) -> None:
    spots, genes = np.nonzero(counts)
    matrix = file.create_group("X")
    matrix.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": counts.shape})
    matrix.create_dataset("data", data=counts[spots, genes], compression="gzip", compression_opts=1)
    matrix.create_dataset("indices", data=genes.astype(np.int32), compression="gzip", compression_opts=1)
    matrix.create_dataset("indptr", data=np.searchsorted(spots, np.arange(len(counts) + 1)).astype(np.int64))


def _frame(file: h5py.File, name: str, index: list[str]) -> h5py.Group:
    frame = file.create_group(name)
    frame.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index"})
    _texts(frame, "_index", index)
    return frame


def _texts(place: h5py.Group, name: str, texts: list[str]) -> None:
    made = place.create_dataset(name, data=np.array(texts, dtype=_TEXT))
    made.attrs.update({"encoding-type": "string-array", "encoding-version": "0.2.0"})
