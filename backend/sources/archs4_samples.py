"""Samples of a local ARCHS4 file: from its index, and for small files without one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend import sample_query, settings
from backend.archs4 import counts as archs4_counts
from backend.archs4 import opening
from backend.archs4 import samples as archs4_samples
from backend.errors import NotConfigured, NotFound, TooLarge
from backend.model import SAMPLE_COLUMNS, Answer, Page, Provenance, Species
from backend.sources.archs4_source import BUILD, UNIT, FileSource, Places
from backend.sources.base import AllSamples, Expression, PatternSearch, SampleSearch

MOST_UNINDEXED = 50_000  # samples searched in memory
MOST_CELLS = 5_000_000  # genes x samples of one answer
MOST_SAMPLES_UNINDEXED = 2_000  # about 3 ms each
FIELDS = ("sample", "series", "title", "source", "characteristics")
EXTRA = ("pool", "instrument", "year")
MATCHED = ("matched_field", "snippet", "spans")
UNINDEXED_NOTE = "Searched without an index, so tissues are not known."


class Samples(FileSource, SampleSearch, PatternSearch, AllSamples):
    """Search by words and by pattern."""

    def search_samples(self, query: str, species: Species, offset: int, limit: int) -> Answer[Page]:
        """Words, phrases, AND OR NOT, field:word, accession lists; over the index, or small files in memory."""
        self.check_species(species)
        if self.is_indexed():
            return Answer(self.samples().search(query, offset, limit), self._of_samples(species))
        note = (UNINDEXED_NOTE,)
        return Answer(self._in_memory(query, offset, limit), self._of_samples(species, note))

    def search_pattern(self, query: str, species: Species, offset: int, limit: int) -> Answer[Page]:
        """A regular expression; needs the index."""
        self.check_species(species)
        return Answer(self.samples().search(query, offset, limit, regex=True), self._of_samples(species))

    def all_samples(self, query: str, species: Species, limit: int, regex: bool) -> Answer[pd.DataFrame]:
        """The first hits in the order of the file; all_series names every series of a sample."""
        self.check_species(species)
        places = self.samples().places(query, regex=True) if regex else self.places_of_hits(query)
        return Answer(self.sample_rows(np.asarray(places[:limit], dtype=np.int64)), self._of_samples(species))

    def places_of_hits(self, query: str) -> Places:
        """Ascending places of all samples that match."""
        if self.is_indexed():
            return np.asarray(self.samples().places(query), dtype=np.int64)
        return np.flatnonzero(self._hits(query)[1]).astype(np.int64)

    def sample_rows(self, places: Places) -> pd.DataFrame:
        """The samples at these places as text: FIELDS, all_series and what else is known."""
        if self.is_indexed():
            return self.samples().rows(places)
        table = self._table.iloc[places].reset_index(drop=True)
        return table.assign(all_series=table["series"], series=table["first_series"]).drop(columns="first_series")

    def _of_samples(self, species: Species, notes: tuple[str, ...] = ()) -> Provenance:
        return self.provenance(species, n=self.layout.n_samples, notes=notes)

    def _in_memory(self, query: str, offset: int, limit: int) -> Page:
        node, mask = self._hits(query)
        hits = self._table[mask]
        shown = hits.iloc[offset : offset + limit].reset_index(drop=True)
        matches = [sample_query.first_match(dict(zip(FIELDS, row, strict=True)), node) for row in _tuples(shown)]
        rows = shown.assign(series=shown["first_series"])
        for name in MATCHED:
            values = [getattr(match, "field" if name == "matched_field" else name) for match in matches]
            rows[name] = pd.Series(values, dtype=object)
        facets = {name: _counted(hits[name]) for name in ("first_series", *EXTRA)}
        facets = {"series" if name == "first_series" else name: counts for name, counts in facets.items()}
        every = {one for joined in hits["series"].unique() for one in joined.split(", ") if one}
        return Page(rows[[*SAMPLE_COLUMNS, "spans", *EXTRA]], len(hits), len(every), offset, limit, facets)

    def _hits(self, query: str) -> tuple[sample_query.Node, npt.NDArray[np.bool_]]:
        node = sample_query.parse(query, fields=(*FIELDS, *EXTRA))
        table = self._table
        asked = [*FIELDS, *EXTRA] if any(term.field in EXTRA for term in sample_query.terms(node)) else list(FIELDS)
        return node, sample_query.search(table[asked], node)

    @cached_property
    def _table(self) -> pd.DataFrame:
        """All samples of a file without an index, as text; series holds all of them."""
        layout = self.layout
        if layout.n_samples > MOST_UNINDEXED:
            what = f"{self.path.name} holds {layout.n_samples:,} samples; searching them needs an index."
            raise NotConfigured(what, BUILD)
        read = archs4_samples.read(layout).reset_index(drop=True)
        single = read["single_cell"].to_numpy(dtype=np.float64) > settings.current().single_cell
        table = pd.DataFrame({name: _texts(read[name]) for name in FIELDS if name != "series"}, dtype=object)
        table["series"] = [", ".join(names) for names in read["all_series"]]
        table["first_series"] = _texts(read["series"])
        table["pool"] = np.where(single, "single-cell", "bulk").astype(object)
        table["instrument"] = _texts(read["instrument"])
        table["year"] = ["" if pd.isna(year) else str(year) for year in read["year"]]
        return table


class Values(Samples, Expression):
    """Exact values of chosen genes in chosen samples."""

    def expression(self, genes: Sequence[str], samples: Sequence[str], species: Species) -> Answer[pd.DataFrame]:
        """Long: gene, sample, value; log2(CPM+1), straight from the counts. Unknown samples are named in the notes.

        Raises NotFound when no sample is known, TooLarge over MOST_CELLS values or, without an index, over
        MOST_SAMPLES_UNINDEXED samples.
        """
        rows = self.rows(tuple(genes), species)
        places, missing = self._places(samples)
        if not len(places):
            raise NotFound(f"None of the samples is in {self.title}.", "Give accessions such as GSM1000981.")
        if (cells := len(rows) * len(places)) > MOST_CELLS:
            raise TooLarge(f"{cells:,} values were asked for; the cap is {MOST_CELLS:,}.", "Take fewer samples.")
        values = self._values(rows, places)
        names = self.sample_names(places)
        labels = np.array([self.table.labels[row] for row in rows], dtype=object)
        table = pd.DataFrame(
            {"gene": np.repeat(labels, len(places)), "sample": np.tile(names, len(rows)), "value": values.ravel()}
        )
        left_out = f"Not in the file: {', '.join(missing[:10])}{' …' if len(missing) > 10 else ''}."
        notes = (left_out,) if missing else ()
        return Answer(table, self.provenance(species, unit=UNIT, transform=self.normalised, n=len(places), notes=notes))

    def sample_names(self, places: Places) -> npt.NDArray[np.object_]:
        """Accessions of the samples at these places."""
        if self.is_indexed():
            return self.samples().rows(places)["sample"].to_numpy(dtype=object)
        return np.array(self._accessions, dtype=object)[places]

    def _places(self, samples: Sequence[str]) -> tuple[Places, tuple[str, ...]]:
        if self.is_indexed():
            return self.samples().places_of(samples)
        known = {name.casefold(): place for place, name in reversed(list(enumerate(self._accessions)))}
        names = list(dict.fromkeys(name.strip() for name in samples))
        found = {known[name.casefold()]: None for name in names if name.casefold() in known}
        return np.array(list(found), dtype=np.int64), tuple(name for name in names if name.casefold() not in known)

    def _values(self, rows: list[int], places: Places) -> npt.NDArray[np.float64]:
        if self.is_indexed():
            return self.atlas().values(rows, places)
        if len(places) > MOST_SAMPLES_UNINDEXED:
            what = f"{len(places):,} samples; without an index the cap is {MOST_SAMPLES_UNINDEXED:,}."
            raise TooLarge(what, BUILD)
        return archs4_counts.log_cpm(self.layout, rows, places)

    @cached_property
    def _accessions(self) -> tuple[str, ...]:
        layout = self.layout
        with layout.opened() as file:
            return tuple(name.strip() for name in opening.texts(file[layout.accession]))


def _texts(values: pd.Series) -> list[str]:
    return [value if isinstance(value, str) else "" for value in values]


def _tuples(table: pd.DataFrame) -> list[tuple[str, ...]]:
    return list(zip(*(table[name] for name in FIELDS), strict=True))


def _counted(values: pd.Series) -> dict[str, int]:
    """How often each value stands, most first; nothing is called unknown."""
    return {str(name) or "unknown": int(count) for name, count in values.value_counts().items()}
