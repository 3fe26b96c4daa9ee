"""AnnData files (https://anndata.readthedocs.io/en/latest/fileformat-prose.html) by h5py: X, layers and raw, obs, var.

obs are samples, var features. In sparse matrices what is not stored is 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import h5py

from backend.errors import BadInput
from backend.study.matrix import Floats
from backend.study_files import hdf5_parts as parts
from backend.study_files.findings import Findings
from backend.study_files.h5ad_columns import Frame, frame
from backend.study_files.h5ad_matrix import AnnMatrix
from backend.study_files.outline import ExpressionOptions, ExpressionOutline

IDS = ("gene_ids", "gene_id", "GeneID", "ensembl_id", "ensembl", "feature_id", "Accession")
RAW = "raw"  # offered beside the layers


def outline(path: Path, file: str, options: ExpressionOptions, sign: parts.Sign = parts.silent) -> ExpressionOutline:
    """Everything but the numbers, which are looked at for infinite ones. Raises BadInput, TooLarge."""
    findings = Findings(file)
    with parts.opened(path, file) as found:
        matrix = _matrix(found, file, options.layer, sign)
        obs = frame(found, "obs", file, findings, sign)
        var = frame(found, "raw/var" if options.layer == RAW else "var", file, findings, sign)
        n_features, n_samples = matrix.shape
        if (len(var.index), len(obs.index)) != (n_features, n_samples):
            message = f"The matrix has {n_samples:,} x {n_features:,} numbers"
            raise BadInput(f"{message} for {len(obs.index):,} obs and {len(var.index):,} var.", "Write it again.")
        names, features = _features(var)
        parts.check_names(findings, "H5AD", features[0], obs.index)
        tally = parts.Tally(findings, "H5AD", features[0], obs.index)
        for values in matrix.blocks():
            tally.add(values)
        return ExpressionOutline(
            file,
            "h5ad",
            names,
            features,
            tuple(obs.index),
            options=options,
            findings=findings.all(),
            layers=_layers(found),
            n_missing=tally.n_missing,
            lowest=tally.lowest,
            samples=parts.sample_table(file, obs.index, obs.columns),
        )


def blocks(path: Path, known: ExpressionOutline) -> Iterator[Floats]:
    """The numbers of the layer that the outline is of."""
    with parts.opened(path, known.file) as found:
        matrix = _matrix(found, known.file, known.options.layer)
        if matrix.shape != (len(known.feature_ids), len(known.columns)):
            raise BadInput(f"{known.file} has changed since it was checked.", "Check it again.")
        yield from matrix.blocks()


def _matrix(found: h5py.File, file: str, layer: str, sign: parts.Sign = parts.silent) -> AnnMatrix:
    name = f"layers/{layer}" if layer and layer != RAW else "raw/X" if layer else "X"
    return AnnMatrix(found, name, file, sign)


def _layers(found: h5py.File) -> tuple[str, ...]:
    raw = (RAW,) if parts.has_group(found, "raw") and parts.has_group(found["raw"], "var") else ()
    return (*parts.names_in(found, "layers"), *raw)


def _features(var: Frame) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Titles and texts of the feature columns: ids, and symbols where there are some.

    The index is the id; a complete column of distinct ids takes its place, and the index is then the symbol.
    """
    own = next((name for name in IDS if _are_ids(var.columns.get(name, ()))), "")
    if own:
        return (own, "index"), (tuple(var.columns[own]), tuple(var.index))
    symbols = next((name for name in parts.NAMES if name in var.columns), "")
    if symbols:
        return ("index", symbols), (tuple(var.index), tuple(var.columns[symbols]))
    return ("index",), (tuple(var.index),)


def _are_ids(values: Sequence[str]) -> bool:
    return bool(values) and all(values) and len(set(values)) == len(values)
