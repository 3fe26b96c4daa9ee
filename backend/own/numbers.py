"""The numbers of a matrix: read from its file, written to its store, block by block."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pandas as pd

from backend.own import records
from backend.own.keeping import Report
from backend.own.records import MatrixEntry
from backend.own.study import Study
from backend.study import store
from backend.study.matrix import ABUNDANCES
from backend.study.store import NewMatrix, Store
from backend.study_files import expression
from backend.study_files.outline import ExpressionOutline
from backend.study_files.tables import AttributeTable, texts

METHOD, SCALE = "Normalization Method", "Scale"
_ABUNDANCE = re.compile(rf"\b({'|'.join(ABUNDANCES)})\b", re.IGNORECASE)
_COUNTS = re.compile(r"\b(counts?|reads)\b", re.IGNORECASE)
_LOG = re.compile(r"\blog(2|10|1p)?\b", re.IGNORECASE)


def store_of(study: Study, matrix: MatrixEntry) -> Store:
    """The store of a matrix."""
    return Store(study.path(records.store_file(matrix.accession)))


def unit(facts: AttributeTable, otherwise: str) -> str:
    """The unit its metadata tell, as TPM, counts or log2(TPM); otherwise what the file itself says."""
    told = {name.casefold(): " ".join(texts(cell)) for name, cell in zip(facts.names, facts.rows[0], strict=True)}
    words = f"{told.get(METHOD.casefold(), '')} {told.get(SCALE.casefold(), '')} {told.get('unit', '')}".strip()
    if not words:
        return otherwise
    plain = _plain(words)
    if log := _LOG.search(words):
        return f"{log.group(0).lower()}({plain or 'value'})"
    return plain or otherwise


def _plain(words: str) -> str:
    if found := _ABUNDANCE.search(words):
        name = found.group(1)
        return name.upper() if name.casefold()[0] not in "np" else name
    return "counts" if _COUNTS.search(words) else ""


def write(path: Path, source: Path, outline: ExpressionOutline, matrix: MatrixEntry, study: str, tell: Report) -> None:
    """Store one measurement of an expression file. Raises BadInput, Unavailable, and what `tell` raises."""
    reading, of, begun = f"Reading {outline.file}", len(outline.feature_ids), dict[str, float]()

    def on_progress(done: int, _: int) -> None:
        part = reading if done <= of else "Storing"
        now = time.monotonic()
        tell(part, done if done <= of else done - of, of, "genes", now - begun.setdefault(part, now))

    begun[reading] = time.monotonic()

    samples = pd.DataFrame({"sample": list(outline.columns)}, dtype=object)
    head = NewMatrix(outline.feature_ids, outline.names, samples, matrix.unit)
    about = {"study": study, "matrix": matrix.accession, "title": matrix.file}
    store.write_blocks(path, head, expression.blocks(source, outline, matrix.measurement), about, on_progress)
