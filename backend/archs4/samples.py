"""The samples of a file as a table, read in bounded blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.archs4 import opening, text
from backend.archs4.layout import Layout
from backend.errors import BadInput

T = TypeVar("T")
BLOCK = 20_000  # samples; about 30 MB of text
COLUMNS = (
    "sample",
    "series",
    "all_series",
    "title",
    "source",
    "characteristics",
    "pairs",
    "instrument",
    "library_source",
    "year",
    "single_cell",
    "aligned_reads",
)
_TEXTS = {
    "sample": "geo_accession",
    "title": "title",
    "source": "source_name_ch1",
    "characteristics": "characteristics_ch1",
    "instrument": "instrument_model",
    "library_source": "library_source",
}
_NUMBERS = {"single_cell": "singlecellprobability", "aligned_reads": "aligned_reads"}


def read(layout: Layout, start: int = 0, stop: int | None = None) -> pd.DataFrame:
    """Samples start..stop of the file, one row each; the index is their place in the file.

    Columns (COLUMNS): sample (GEO accession); series (the first), all_series (tuple of all, empty when none);
    title, source, characteristics, instrument, library_source (text, mojibake mended); pairs (characteristics
    as key -> value); year of submission (Int64); single_cell (probability, 0 to 1), aligned_reads (reads), NaN
    when unknown. Missing text is None. A field the file does not have is missing throughout.
    Raises BadInput for a range outside the file, BadAnswer when the file is damaged or was replaced.
    """
    stop = layout.n_samples if stop is None else stop
    if not 0 <= start <= stop <= layout.n_samples:
        held = f"{layout.path.name} holds {layout.n_samples:,}"
        raise BadInput(f"Samples {start:,} to {stop:,} were asked for, but {held}.", "Ask within the file.")
    pieces = [_piece(layout, a, min(a + BLOCK, stop)) for a in range(start, stop, BLOCK)]
    if not pieces:
        return _piece(layout, start, start)
    return pieces[0] if len(pieces) == 1 else pd.concat(pieces)


def blocks(layout: Layout, size: int = BLOCK) -> Iterator[pd.DataFrame]:
    """All samples in tables of at most `size` rows, as `read` gives them; only one is in memory at a time."""
    if size < 1:
        raise BadInput(f"A block cannot have {size} samples.", "Ask for at least one.")
    for start in range(0, layout.n_samples, size):
        yield read(layout, start, min(start + size, layout.n_samples))


def _piece(layout: Layout, start: int, stop: int) -> pd.DataFrame:
    with layout.opened() as file:
        fields = {column: _texts(layout, file, name, start, stop) for column, name in _TEXTS.items()}
        joined = _texts(layout, file, "series_id", start, stop)
        dates = _texts(layout, file, "submission_date", start, stop)
        scores = {column: _numbers(layout, file, name, start, stop) for column, name in _NUMBERS.items()}
    shown = {column: _each(_shown, values) for column, values in fields.items()}
    series = _each(text.series, joined)
    objects = {
        **shown,
        "series": [found[0] if found else None for found in series],
        "all_series": series,
        "pairs": [text.pairs(value or "") for value in shown["characteristics"]],
    }
    index = pd.RangeIndex(start, stop)
    # Said to be objects, or pandas would turn None into NaN.
    columns = {column: pd.Series(values, index, dtype=object) for column, values in objects.items()}
    years = pd.array(_each(text.year, dates), dtype="Int64")
    return pd.DataFrame({**columns, **scores, "year": years}, index, columns=list(COLUMNS))


def _texts(layout: Layout, file: h5py.File, field: str, start: int, stop: int) -> list[str]:
    name = layout.sample_fields.get(field)
    return [""] * (stop - start) if name is None else opening.texts(file[name], start, stop)


def _numbers(layout: Layout, file: h5py.File, field: str, start: int, stop: int) -> npt.NDArray[np.float64]:
    name = layout.sample_fields.get(field)
    return np.full(stop - start, np.nan) if name is None else opening.numbers(file[name], start, stop)


def _shown(value: str) -> str | None:
    return text.known(text.mended(value))


def _each(make: Callable[[str], T], values: list[str]) -> list[T]:
    """`make` of every value, computed once for each distinct one: the fields of a series repeat."""
    made = {value: make(value) for value in set(values)}
    return [made[value] for value in values]
