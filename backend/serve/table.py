"""Matrices as tab-separated text: `#` lines, a header, then a line a row; NaN marks what was not measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from backend.serve.matrix import Columns, Values, one_line

CELLS = 50_000  # written at once: a text takes twenty times the memory of its number
_POOL = pa.system_memory_pool()  # the usual one keeps megabytes for each thread that ever wrote a table


def head(notes: Iterable[str], labels: Sequence[str], columns: Sequence[str]) -> str:
    """The lines above the values. labels: names of the label columns."""
    comments = "".join(f"# {one_line(note)}\n" for note in notes)
    return comments + "\t".join((*labels, *columns)) + "\n"


def sample_headers(columns: Columns) -> list[str]:
    """Sample, condition and tissue, joined as readers of RNAget cut them."""
    named = zip(columns.sample, columns.condition, columns.tissue, strict=True)
    return [", ".join(labels) for labels in named]


def pieces(labels: Sequence[Sequence[str]], values: Values) -> Iterator[str]:
    """The lines of some rows, a few at a time, at least one piece. labels: one sequence for each label column."""
    step = max(1, CELLS // max(1, values.shape[1]))
    for start in range(0, max(1, len(values)), step):
        named = [column[start : start + step] for column in labels]
        yield "".join(_lines(named, values[start : start + step]))


def _lines(labels: Sequence[Sequence[str]], values: Values) -> Iterator[str]:
    shown = zip(*labels, strict=True)
    for named, texts in zip(shown, numbers(values), strict=True):
        yield "\t".join((*named, *texts)) + "\n"


def numbers(values: Values) -> list[list[str]]:
    """Values as the shortest texts that give the same float32 again."""
    plain = pa.array(np.ascontiguousarray(values).ravel(), memory_pool=_POOL)
    texts = pc.cast(plain, pa.string(), memory_pool=_POOL)
    texts = pc.if_else(pc.equal(texts, "nan", memory_pool=_POOL), "NaN", texts, memory_pool=_POOL)
    found: list[str] = texts.to_pylist()
    width = values.shape[1]
    return [found[row * width : (row + 1) * width] for row in range(len(values))]
