"""Expression files of every form: checked once, then read in blocks of features.

    outline(path, name, options)           what is in it, and every rule it breaks
    blocks(path, outline, measurement)     its numbers, float32 (features of the block, columns), NaN for missing

An h5ad or loom file is checked in a process apart (hdf5_apart.py). Its blocks are read here, while it is unchanged:
what could be read to its end once can be read again.

Memory is bounded: a block holds some millions of numbers, or one feature; only a table with a sample a row is turned
whole, up to MOST_CELLS.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from backend.apart import USUAL, Waiting
from backend.errors import BadInput, TooLarge
from backend.study.matrix import MOST_CELLS, Floats
from backend.study_files import gct, h5ad_file, hdf5_apart, loom_file, matrix_tsv, unpack
from backend.study_files.outline import ExpressionOptions, ExpressionOutline, Form
from backend.study_files.text_rows import Lines

__all__ = ["ExpressionOptions", "ExpressionOutline", "blocks", "form", "outline"]

AS_FOUND = ExpressionOptions()
HDF5 = b"\x89HDF\r\n\x1a\n"
_TURNED = 4_000_000  # numbers of a block of a table that was turned


def form(path: Path, name: str = "", options: ExpressionOptions = AS_FOUND, waiting: Waiting = USUAL) -> Form:
    """What kind of file it is: by what it holds, then by its ending, `a.gct.gz`. Raises BadInput for an empty one."""
    file = unpack.plain_name(name or path.name)
    with unpack.opened(path, name) as stream:
        start = stream.read(4_000)
    if start.startswith(HDF5):
        ending = Path(file).suffix.casefold()
        return "loom" if ending == ".loom" or (ending != ".h5ad" and _is_loom(path, file, waiting)) else "h5ad"
    if not start:
        raise BadInput(f"{file} is empty.", "Give a file with a header and rows.", line=1)
    if options.form == "gct" or options.form == "tsv" or options.form == "table":
        return options.form
    if start.startswith((b"#1.", gct.BOM + b"#1.")) or Path(file).suffix.casefold() == ".gct":
        return "gct"
    return "tsv" if options.n_features is not None or options.separator else "table"


def outline(
    path: Path, name: str = "", options: ExpressionOptions = AS_FOUND, waiting: Waiting = USUAL
) -> ExpressionOutline:
    """Read a file once, from end to end. name: what the user calls it, with its ending; the path's own when left out.

    waiting: for h5ad and loom. Broken rules are findings of the outline. Raises BadInput (with the line where there is
    one) for what is no expression file at all, or an h5ad or loom file that cannot be read to its end; TooLarge over a
    cap; Unavailable when no process can be started.
    """
    file, kind = name or path.name, form(path, name, options, waiting)
    chosen = replace(options, form=kind)
    if kind in ("h5ad", "loom"):
        stamp = _stamp(path)
        with _plain(path, name) as there:
            return replace(hdf5_apart.outline(there, file, chosen, waiting), stamp=stamp)
    with _lines(path, name) as lines:
        found = gct.outline(lines, file) if kind == "gct" else matrix_tsv.outline(lines, file, chosen)
    return _turned(found) if chosen.samples_in_rows and kind == "table" else found


def blocks(path: Path, outline: ExpressionOutline, measurement: str = "") -> Iterator[Floats]:
    """The numbers of one measurement, features in the order of the outline; "" for the first.

    Raises BadInput when the measurement is unknown, and when the file is not the one that the outline was made of.
    """
    if measurement and measurement not in outline.measurements:
        known = ", ".join(outline.measurements) or "none"
        raise BadInput(f"{outline.file} has no measurement “{measurement[:60]}”.", f"It has: {known[:200]}.")
    if outline.form in ("h5ad", "loom"):
        if outline.stamp != _stamp(path):  # what is read here has to be what could be read to its end
            raise BadInput(f"{outline.file} has changed since it was checked.", "Check it again.")
        with _plain(path, outline.file) as there:
            yield from (h5ad_file if outline.form == "h5ad" else loom_file).blocks(there, outline)
        return
    with _lines(path, outline.file) as lines:
        if outline.form == "gct":
            yield from gct.blocks(lines, outline)
        elif outline.options.samples_in_rows:
            yield from _turned_blocks(lines, outline)
        else:
            yield from matrix_tsv.blocks(lines, outline, measurement)


@contextmanager
def _lines(path: Path, name: str) -> Iterator[Lines]:
    with unpack.opened(path, name) as stream:
        yield unpack.lines(stream, name or path.name)


@contextmanager
def _plain(path: Path, name: str) -> Iterator[Path]:
    """The file itself, or what is packed in it, as a file that goes away again."""
    with unpack.opened(path, name), path.open("rb") as file:
        is_plain = file.read(len(HDF5)) == HDF5
    if is_plain:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        yield unpack.unpack_to(path, Path(folder) / "unpacked.h5", name)


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        seen = path.stat()
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read.", "Check its name.") from error
    return seen.st_size, seen.st_mtime_ns


def _is_loom(path: Path, file: str, waiting: Waiting) -> bool:
    with _plain(path, file) as there:
        return hdf5_apart.is_loom(there, file, waiting)


def _turned(found: ExpressionOutline) -> ExpressionOutline:
    """The outline of a table with a sample a row: its columns are features."""
    if len(found.feature_ids) * len(found.columns) > MOST_CELLS:
        raise TooLarge(f"{found.file} has more than {MOST_CELLS:,} numbers, too many to turn.", "Put genes into rows.")
    return replace(
        found,
        feature_names=("feature",),
        feature_columns=(found.columns,),
        columns=found.feature_ids,
        numeric_features=(),
    )


def _turned_blocks(lines: Lines, outline: ExpressionOutline) -> Iterator[Floats]:
    """The whole table in memory, a column after the other."""
    known = replace(outline, feature_columns=(outline.columns,), columns=outline.feature_ids)
    whole = np.concatenate(list(matrix_tsv.blocks(lines, known, "")))
    size = max(1, _TURNED // max(1, len(whole)))
    for start in range(0, whole.shape[1], size):
        yield np.ascontiguousarray(whole[:, start : start + size].T)
