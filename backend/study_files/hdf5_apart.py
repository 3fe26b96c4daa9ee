"""h5ad and loom files are read in a process apart (backend/apart); what they hold comes back as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from backend.apart import CAN, Helper, Waiting
from backend.model_study import Finding
from backend.study_files import h5ad_file, hdf5_parts, loom_file
from backend.study_files.outline import ExpressionOptions, ExpressionOutline
from backend.study_files.tables import AttributeTable, Cell

_OWN_FORM = ("file", "form", "options", "findings", "samples", "stamp")
_helper = Helper("backend.study_files.apart_work")


def outline(path: Path, file: str, options: ExpressionOptions, waiting: Waiting) -> ExpressionOutline:
    """What the file holds; options.form says which it is. Raises as its reader, and as Helper.run."""
    if not CAN:
        return read(path, file, options)
    job = {"do": "outline", "path": str(path.absolute()), "file": file, "options": vars(options)}
    return _outline(_helper.run(job, file, waiting), file, options)


def is_loom(path: Path, file: str, waiting: Waiting) -> bool:
    """Whether it is built like a loom file. Raises BadInput for one that is damaged, and as Helper.run."""
    if not CAN:
        return loom_file.fits(path, file)
    return bool(_helper.run({"do": "is loom", "path": str(path.absolute()), "file": file}, file, waiting))


def read(
    path: Path, file: str, options: ExpressionOptions, sign: hdf5_parts.Sign = hdf5_parts.silent
) -> ExpressionOutline:
    """The same in this process."""
    if options.form == "loom":
        return loom_file.outline(path, file, options, sign)
    return h5ad_file.outline(path, file, options, sign)


def written(found: ExpressionOutline) -> dict[str, Any]:
    """What is found in a file, for JSON."""
    plain = {one.name: getattr(found, one.name) for one in fields(found) if one.name not in _OWN_FORM}
    samples = None
    if found.samples is not None:
        cells = [[row[place] for row in found.samples.rows] for place in range(len(found.samples.names))]
        samples = {"names": found.samples.names, "columns": [_coded(column) for column in cells]}
    return {**plain, "findings": [vars(one) for one in found.findings], "samples": samples}


def _coded(cells: list[Cell]) -> dict[str, Any]:
    """Texts that stand in a thousand rows are one text again when they are read."""
    seen: dict[Cell, int] = {}
    codes = [seen.setdefault(one, len(seen)) for one in cells]
    return {"cells": list(seen), "codes": codes}


def _outline(told: Mapping[str, Any], file: str, options: ExpressionOptions) -> ExpressionOutline:
    plain = {name: _tuples(value) for name, value in told.items() if name not in _OWN_FORM}
    findings = tuple(Finding(**one) for one in told["findings"])
    samples = told["samples"] and _table(told["samples"], file)
    assert options.form
    return ExpressionOutline(file=file, form=options.form, options=options, findings=findings, samples=samples, **plain)


def _table(told: Mapping[str, Any], file: str) -> AttributeTable:
    columns = [[column["cells"][code] for code in column["codes"]] for column in told["columns"]]
    return AttributeTable(file, tuple(told["names"]), tuple(zip(*columns, strict=True)))


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
