"""Questions to the sample table that sample_table.build wrote: search, facets, cohorts, rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend import sample_query
from backend.atlas import sample_codes, sample_fts, sample_regex, sample_schema
from backend.atlas.sample_fts import Hits
from backend.atlas.sample_schema import FACETS, FIELDS, SERIES_SEPARATOR, UNKNOWN
from backend.errors import BadAnswer, BadInput, NotFound
from backend.model import SAMPLE_COLUMNS, Page, Species
from backend.sample_match import Match, folded_words

Places = npt.NDArray[np.int64]
Wanted = Sequence[int] | npt.NDArray[np.integer]
REMEMBERED = 16  # searches whose hits are kept, at most 4 MB each for a million samples
AT_ONCE = 50_000  # rows asked of SQLite at a time

_SHOWN = ("sample", "series", "title", "source", "characteristics")
_CODED = ("tissue", "pool", "instrument", "year", "origin", "library_source")
ROW_COLUMNS = (*_SHOWN, *_CODED, "all_series")
PAGE_COLUMNS = (*SAMPLE_COLUMNS, "spans", *_CODED, "all_series")
_ROWS = """
SELECT place, sample, title, coalesce(source.text, ''), coalesce(characteristics.text, ''), all_series
FROM json_each(?) AS asked
CROSS JOIN samples ON samples.place = asked.value
LEFT JOIN texts AS source ON source.id = samples.source
LEFT JOIN texts AS characteristics ON characteristics.id = samples.characteristics
ORDER BY asked.key
"""
_PLACES = """
SELECT asked.key, min(samples.place) FROM json_each(?) AS asked
CROSS JOIN samples ON samples.sample = asked.value COLLATE NOCASE GROUP BY asked.key
"""


class SampleTable:
    """The samples of one file. Safe to use from several threads: the texts are opened anew for each question.

    n, n_series, species; columns: the fields that may stand before a colon in a query.
    tissue: codes (n,) of labels and systems; single: single-cell or not (n,); series: codes (n,) of the first
    series, -1 none; more_place, more_series: the further series of samples that belong to several. Every method
    raises NotConfigured when the table is not there, BadAnswer when it is damaged.
    """

    columns: Final = FIELDS

    def __init__(self, folder: Path, patience: float = sample_regex.PATIENCE) -> None:
        """patience: seconds after which a search with a regular expression is given up."""
        self._path = folder / sample_schema.TEXTS
        self._patience = patience
        self._codes = codes = sample_codes.load(folder)
        with sample_schema.reading(self._path) as db:
            facts = dict(db.execute("SELECT name, value FROM facts"))
            (self.n_series,) = db.execute("SELECT count(*) FROM series").fetchone()
        if facts.get("token") != codes.token or facts.get("species") not in ("human", "mouse"):
            raise BadAnswer("The two files of the sample table are of two builds.", "Build the index again.")
        self.species: Species = "human" if facts["species"] == "human" else "mouse"
        self.n = codes.n
        self.tissue, self.single, self.series = codes.tissue, codes.single, codes.series
        self.labels, self.systems = codes.labels, codes.systems
        self.more_place, self.more_series = codes.more_place, codes.more_series
        self._label_words = frozenset(folded_words(str(label)) for label in self.labels)
        self._hits = lru_cache(maxsize=REMEMBERED)(self._search)

    def search(self, query: str, offset: int, limit: int, regex: bool = False) -> Page:
        """One page of the samples a query finds, in the order of the file; rows have PAGE_COLUMNS.

        regex: a regular expression, without case, over accession, title, source, characteristics and series.
        Facets FACETS count each sample once; total_series counts every series of every hit. Missing text is "".
        Raises BadInput and TooLarge as sample_query.parse or, with regex, sample_regex.scan; BadInput for a page
        that begins before the first.
        """
        if offset < 0 or limit < 0:
            raise BadInput(f"There is no page of {limit} samples from {offset} on.", "Begin at 0.")
        hits = self._hits(query, regex)
        with sample_schema.reading(self._path) as db:
            rows = self._rows(db, hits[offset : offset + limit])
            facets = {name: self._codes.facet(name, hits, _Names(db, self._codes, name)) for name in FACETS}
        matches = list(_matches(_records(rows), query, regex))
        rows = rows.assign(
            matched_field=pd.Series([match.field for match in matches], dtype=object),
            snippet=pd.Series([match.snippet for match in matches], dtype=object),
            spans=pd.Series([match.spans for match in matches], dtype=object),
        )
        return Page(rows[list(PAGE_COLUMNS)], len(hits), self._codes.n_series(hits), offset, limit, facets)

    def places(self, query: str, regex: bool = False) -> Places:
        """The places of all hits, ascending. Raises as `search`."""
        return self._hits(query, regex).astype(np.int64)

    def rows(self, places: Wanted) -> pd.DataFrame:
        """The samples at these places, in this order: ROW_COLUMNS, all text; all_series joined by ", ".

        Raises BadInput for a place outside the file.
        """
        asked = np.asarray(places, dtype=np.int64)
        if asked.size and (asked.min() < 0 or asked.max() >= self.n):
            raise BadInput(f"There are {self.n:,} samples, from place 0 on.", "Ask within the file.")
        with sample_schema.reading(self._path) as db:
            return self._rows(db, asked)

    def places_of(self, samples: Sequence[str]) -> tuple[Places, tuple[str, ...]]:
        """The places of accessions in any case, each once, in the order given; and those the file does not have.

        An accession that the file has twice means its first place.
        """
        names = list(dict.fromkeys(name.strip() for name in samples))
        with sample_schema.reading(self._path) as db:
            found: dict[int, int] = dict(db.execute(_PLACES, [json.dumps(names)]))
        missing = tuple(name for i, name in enumerate(names) if i not in found)
        return np.array(list(dict.fromkeys(found[i] for i in sorted(found))), np.int64), missing

    def series_places(self, name: str) -> Places:
        """The places of all samples of a series, ascending, also of those that belong to others too.

        Raises NotFound when the file does not have the series.
        """
        with sample_schema.reading(self._path) as db:
            asked = "SELECT code FROM series WHERE name = ? COLLATE NOCASE"
            code = db.execute(asked, [name.strip().encode("utf-8", "replace").decode()]).fetchone()
        if code is None:
            raise NotFound(f"No sample belongs to the series “{name.strip()[:40]}”.", "Give one such as GSE12345.")
        return self._codes.in_series(code[0]).astype(np.int64)

    def _search(self, query: str, regex: bool) -> Hits:
        if regex:
            hits = self._codes.having(sample_regex.scan(self._path, query, self._patience))
        else:
            node = sample_fts.named(sample_query.parse(query, FIELDS), self._label_words)
            with sample_schema.reading(self._path) as db:
                hits = sample_fts.hits(db, node)
        if len(hits) and hits[-1] >= self.n:
            raise sample_schema.damaged(self._path)
        hits.setflags(write=False)
        return hits

    def _rows(self, db: sqlite3.Connection, places: npt.NDArray[np.integer]) -> pd.DataFrame:
        found: list[tuple[int, str, str, str, str, str]] = []
        for start in range(0, len(places), AT_ONCE):
            found += db.execute(_ROWS, [json.dumps(places[start : start + AT_ONCE].tolist())])
        if len(found) != len(places):
            raise sample_schema.damaged(self._path)
        names = ("place", "sample", "title", "source", "characteristics", "all_series")
        table = pd.DataFrame(found, columns=list(names), dtype=object)
        table["series"] = pd.Series([every.split(SERIES_SEPARATOR)[0] for every in table["all_series"]], dtype=object)
        for name in _CODED:
            table[name] = pd.Series(self._codes.texts(name, self._codes.of(name)[places]), dtype=object)
        return table[list(ROW_COLUMNS)]


class _Names:
    """The texts of the codes of a facet."""

    def __init__(self, db: sqlite3.Connection, codes: sample_codes.SampleCodes, facet: str) -> None:
        self._db, self._codes, self._facet = db, codes, facet

    def __call__(self, wanted: list[int]) -> list[str]:
        if self._facet != "series":
            return self._codes.texts(self._facet, np.array(wanted, np.int64))
        asked = "SELECT name FROM json_each(?) AS asked CROSS JOIN series ON code = asked.value ORDER BY asked.key"
        return [name for (name,) in self._db.execute(asked, [json.dumps(wanted)])]


def _records(rows: pd.DataFrame) -> list[dict[str, str]]:
    """The rows as a match is looked for in them: FIELDS, every series of a sample."""
    columns = {name: rows["all_series" if name == "series" else name].tolist() for name in FIELDS}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _matches(records: Sequence[dict[str, str]], query: str, regex: bool) -> Iterator[Match]:
    """Why each record was found."""
    if regex:
        pattern = sample_regex.compiled(query)
        yield from (sample_regex.first_match(record, pattern) for record in records)
        return
    node = sample_query.parse(query, FIELDS)
    for record in records:
        match = sample_query.first_match(record, node)
        if not match.field:  # found by what is missing: year:unknown
            match = sample_query.first_match({name: record[name] or UNKNOWN for name in FACETS}, node)
        yield match
