"""A matrix as TSV: comment lines, a header, one or two columns of labels, then a number for each sample.

Sample headers may be "id, condition, tissue" (compliance form), "id, description" (ENCODE) or the id alone.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from backend.errors import BadAnswer, TooLarge
from backend.study.matrix import MOST_CELLS, Matrix, as_float32

MOST_LABELS = 2
_LOOKED_AT = 50  # rows that tell which columns are labels
_MISSING = ("", "na", "nan", "null", "none", "n/a")


def lines(body: bytes) -> list[tuple[int, str]]:
    """The lines that are neither blank nor comments, with their numbers."""
    text = body.decode("utf-8-sig", "replace")
    every = ((number, line.removesuffix("\r")) for number, line in enumerate(text.split("\n"), start=1))
    return [(number, line) for number, line in every if line.strip() and not line.startswith("#")]


def read(body: bytes, unit: str) -> Matrix:
    """Raises BadAnswer with the line that is wrong, TooLarge over MOST_CELLS."""
    found = lines(body)
    if not found:
        raise BadAnswer("The table of the server is empty.", "Choose other genes or samples.")
    header, rows = found[0][1].split("\t"), found[1:]
    labels = _label_columns(header, [line.split("\t") for _, line in rows[:_LOOKED_AT]])
    samples = header[labels:]
    if not samples:
        raise BadAnswer("The table of the server has no samples.", "Choose other samples.")
    if len(rows) * len(samples) > MOST_CELLS:
        raise TooLarge(f"The matrix has {len(rows) * len(samples):,} numbers; the cap is {MOST_CELLS:,}.", _LESS)
    ids, names = [], []
    values = np.empty((len(rows), len(samples)), dtype=np.float32)
    for place, (number, line) in enumerate(rows):
        cells = line.split("\t")
        ended = place + 1 < len(rows) or body.endswith(b"\n")
        values[place] = as_float32(_numbers(cells[labels:], len(samples), number, ended))
        ids.append(cells[0].strip())
        names.append(cells[1].strip() if labels > 1 and len(cells) > 1 else "")
    return Matrix(tuple(ids), tuple(names), _samples(samples), values, unit)


def _label_columns(header: list[str], rows: list[list[str]]) -> int:
    """How many leading columns are labels: the first, and a second whose title or cells are names of genes."""
    count = 1
    for column in range(1, min(MOST_LABELS, len(header) - 1)):
        seen = [cells[column].strip() for cells in rows if len(cells) > column and cells[column].strip()]
        words = sum(not _is_number(cell) for cell in seen)
        if _names_a_gene(header[column]) or 2 * words > len(seen):
            count = column + 1
    return count


def _names_a_gene(title: str) -> bool:
    plain = title.casefold().replace(" ", "").replace("_", "")
    return plain in ("genename", "genesymbol", "symbol", "featurename", "description")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.casefold() in _MISSING
    return True


def _numbers(cells: list[str], wanted: int, line: int, ended: bool) -> list[float]:
    """The numbers of a row. A missing cell at the end of a line that has ended is empty: some servers strip lines."""
    if len(cells) > wanted:
        raise BadAnswer(f"Line {line} of the table has {len(cells)} numbers for {wanted} samples.", _CHANGED)
    if len(cells) < wanted - ended:
        raise BadAnswer(f"Line {line} of the table is cut: {len(cells)} numbers for {wanted} samples.", _CHANGED)
    try:
        found = list(map(float, cells))  # quick, and right for most lines
    except ValueError:
        found = [_number(cell.strip(), line) for cell in cells]
    return found + [float("nan")] * (wanted - len(found))


def _number(cell: str, line: int) -> float:
    if cell.casefold() in _MISSING:
        return float("nan")
    try:
        return float(cell)
    except ValueError as error:
        raise BadAnswer(f"Line {line} of the table holds “{cell[:20]}” where a number is due.", _CHANGED) from error


def _samples(headers: list[str]) -> pd.DataFrame:
    """sample, and condition, tissue or description where the headers carry them."""
    parts = [[piece.strip() for piece in header.split(", ")] for header in headers]
    most = min(len(piece) for piece in parts)
    if most == 1 and any(len(piece) > 1 for piece in parts):
        parts = [[piece[0], ", ".join(piece[1:])] for piece in parts]
        most = 2
    columns = {"sample": [piece[0] for piece in parts]}
    if most == 2:
        columns["description"] = [", ".join(piece[1:]) for piece in parts]
    elif most >= 3:
        columns["condition"] = [", ".join(piece[1:-1]) for piece in parts]
        columns["tissue"] = [piece[-1] for piece in parts]
    table = pd.DataFrame(columns, dtype=object)
    if table["sample"].duplicated().any():  # the id alone is not unique: take the whole header
        table["sample"] = headers
    return table


_CHANGED = "Ask again, or tell those who run the server."
_LESS = "Choose genes or samples."
