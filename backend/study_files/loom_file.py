"""Loom files (http://linnarssonlab.org/loompy/format): /matrix (features, samples), /row_attrs, /col_attrs, /layers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import h5py

from backend.errors import BadInput
from backend.study.matrix import Floats
from backend.study_files import hdf5_parts as parts
from backend.study_files.findings import Findings
from backend.study_files.outline import ExpressionOptions, ExpressionOutline

IDS = ("GeneID", "gene_id", "geneID", "gene_ids", "Accession", "var_names", "id", "ID", *parts.NAMES)
SAMPLES = ("Sample", "CellID", "sample", "sample_id", "obs_names", "id")


def outline(path: Path, file: str, options: ExpressionOptions, sign: parts.Sign = parts.silent) -> ExpressionOutline:
    """Everything but the numbers, which are looked at for infinite ones. Raises BadInput, TooLarge."""
    findings = Findings(file)
    with parts.opened(path, file) as found:
        matrix = _matrix(found, file, options.layer)
        rows = _attributes(found, "row_attrs", matrix.shape[0], file, findings, sign)
        columns = _attributes(found, "col_attrs", matrix.shape[1], file, findings, sign)
        key, sample = _chosen(rows, IDS), _chosen(columns, SAMPLES)
        if not key or not sample:
            what, wanted = ("features", IDS) if not key else ("samples", SAMPLES)
            raise BadInput(f"{file} does not name its {what}.", f"Name one of the attributes {', '.join(wanted[:4])}.")
        name = next((one for one in parts.NAMES if one in rows and one != key), "")
        names = (key, name) if name else (key,)
        ids, labels = rows[key], columns.pop(sample)
        parts.check_names(findings, "LOOM", ids, labels)
        tally = parts.Tally(findings, "LOOM", ids, labels)
        for values in _values(matrix):
            tally.add(values)
            sign()
        return ExpressionOutline(
            file,
            "loom",
            names,
            tuple(tuple(rows[one]) for one in names),
            tuple(labels),
            options=options,
            findings=findings.all(),
            layers=parts.names_in(found, "layers"),
            n_missing=tally.n_missing,
            lowest=tally.lowest,
            samples=parts.sample_table(file, labels, columns),
        )


def blocks(path: Path, known: ExpressionOutline) -> Iterator[Floats]:
    """The numbers of the layer that the outline is of."""
    with parts.opened(path, known.file) as found:
        matrix = _matrix(found, known.file, known.options.layer)
        if matrix.shape != (len(known.feature_ids), len(known.columns)):
            raise BadInput(f"{known.file} has changed since it was checked.", "Check it again.")
        yield from _values(matrix)


def _matrix(found: h5py.File, file: str, layer: str) -> h5py.Dataset:
    matrix = parts.data(found, f"layers/{layer}" if layer else "matrix", file)
    if matrix.ndim != 2 or matrix.dtype.kind not in "fiu":
        raise BadInput(f"{matrix.name} of {file} is no table of numbers.", "Choose another layer.")
    parts.check_shape(matrix.shape, file)
    return matrix


def _values(matrix: h5py.Dataset) -> Iterator[Floats]:
    for start, end in parts.steps(*matrix.shape):
        yield parts.floats(matrix[start:end])


def _attributes(
    found: h5py.File, name: str, length: int, file: str, findings: Findings, sign: parts.Sign
) -> dict[str, list[str]]:
    """The attributes with one text or number for each; others are named in a warning."""
    if not parts.has_group(found, name):
        raise BadInput(f"{file} has no {name}.", "Write it again with loompy.")
    kept: dict[str, list[str]] = {}
    for one in parts.names_in(found, name):
        sign()
        values = found[name][one]
        if isinstance(values, h5py.Dataset) and values.shape == (length,) and values.dtype.kind in "OSUbiuf":
            kept[one] = [text.strip() for text in parts.texts(parts.data(found, f"{name}/{one}", file), file)]
        else:
            findings.warn("LOOM_ATTRIBUTE", f"An attribute of {name} is no list of texts or numbers.", value=one)
    return kept


def _chosen(found: dict[str, list[str]], names: tuple[str, ...]) -> str:
    return next((name for name in names if name in found), "")


def fits(path: Path, file: str) -> bool:
    """Whether an HDF5 file is built like a loom file."""
    with parts.opened(path, file) as found:
        return "matrix" in found and parts.has_group(found, "row_attrs")
