"""A source that is one stored study (backend/study): profile by group, co-expression over samples, sample search."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend import sample_query
from backend.errors import BadInput, NotFound, TooLarge
from backend.model import SAMPLE_COLUMNS, Answer, Grouping, Page, Species
from backend.sources.base import Expression, SampleSearch
from backend.sources.grouped_source import MOST_VALUES, Floats, GroupedSource, Places
from backend.study import grouping, partners
from backend.study.genes import Genes, species_of
from backend.study.grouping import Groups
from backend.study.store import Head, Store

FACET_VALUES = 12  # of a facet; further ones are counted together
_USUAL = ("tissue", "condition", "cell type", "disease", "description")
_TITLES = ("title", "sample name", "name", "description")


class StudySource(GroupedSource, SampleSearch, Expression):
    """One study. Subclasses say where it comes from; `grouping` may be "" for the usual column."""

    def __init__(self, path: Path, grouping: str = "") -> None:
        self.store = Store(path)
        self._grouping = grouping

    @property
    def head(self) -> Head:
        """Genes, samples and unit, without the numbers."""
        return self.store.head

    @cached_property
    def table(self) -> Genes:
        """The genes of the study."""
        return Genes(self.head.ids, self.head.names, species_of(self.head.ids))

    @cached_property
    def grouping(self) -> str:
        """The column that puts samples into groups where no other is asked for; "" when there is none."""
        columns = [str(name) for name in self.head.samples.columns if name != "sample"]
        if self._grouping in columns:
            return self._grouping
        usual = {name.casefold(): name for name in reversed(columns)}
        offered = [one.key for one in grouping.offered(self.head.samples) if one.key in columns]
        told = [usual[name] for name in _USUAL if name in usual]
        return next(iter([*(name for name in told if name in offered), *offered, *told, *columns]), "")

    @cached_property
    def _offered(self) -> tuple[Grouping, ...]:
        return grouping.offered(self.head.samples, self.grouping)

    @property
    def offered(self) -> tuple[Grouping, ...]:
        """What the samples can be grouped by, the usual way first."""
        return self._offered

    @property
    def n_columns(self) -> int:
        """Samples."""
        return len(self.head.samples)

    @property
    def unit(self) -> tuple[str, str]:
        """As the scale of the store says."""
        return self.head.scale.unit, self.head.scale.transform

    @property
    def notes(self) -> tuple[str, ...]:
        """Those of the store."""
        return self.head.notes

    def grouped(self, by: Sequence[str]) -> Groups:
        """The samples by columns of theirs."""
        return grouping.of(self.head.samples, by or [one.key for one in self._offered[:1]])

    def values_of(self, rows: Sequence[int]) -> Floats:
        """Rows of the store."""
        return self.store.rows(rows)

    def about_of(self, places: Places) -> pd.DataFrame:
        """As the samples are described."""
        return self._described.take(places)[["sample", "series", "title"]]

    def partners_of(self, row: int, limit: int, places: Places | None) -> pd.DataFrame:
        """By the index of the store."""
        return partners.partners(self.store, row, self.table.labels, limit, places)

    def pairs_of(self, rows: Sequence[int]) -> pd.DataFrame:
        """From the numbers themselves."""
        return partners.pairs(self.store, list(rows), self.table.labels)

    def chosen(self, kind: str, what: str, within: str) -> tuple[Places, str]:
        """The samples of a group, or of a search."""
        if kind == "query":
            return np.flatnonzero(self._hits(what)[0]), f"“{what}”"
        if kind != "group":
            raise BadInput(f"“{within[:60]}” is no group of this study.", "Write group:Sex=female or query:words.")
        return super().chosen(kind, what, within)

    def varied(self, most: int) -> tuple[str, ...]:
        """Genes that vary most over the samples, on the scale shown; the first ones of a store without an index."""
        index = self.store.index
        labels = self.table.labels
        if index is None:
            return labels[:most]
        spread = np.where(np.isnan(index.sd), -1.0, index.sd)
        return tuple(labels[place] for place in np.argsort(-spread, kind="stable")[:most])

    def expression(self, genes: Sequence[str], samples: Sequence[str], species: Species) -> Answer[pd.DataFrame]:
        """Long: gene, sample, value on the scale shown. Unknown samples are named in the notes.

        A sample by its very name, else by the first that differs from it in capitals only.
        """
        rows = self.rows_of(genes, species)
        told = [str(name) for name in self.head.samples["sample"]]
        known = {name.casefold(): place for place, name in reversed(list(enumerate(told)))}
        known |= {name: place for place, name in enumerate(told)}
        asked = {name: known.get(name, known.get(name.casefold())) for name in samples}
        places = list(dict.fromkeys(place for place in asked.values() if place is not None))
        if not places:
            raise NotFound("None of the samples is in this study.", "Search for samples of the study.")
        if len(rows) * len(places) > MOST_VALUES:
            raise TooLarge(f"{len(rows) * len(places):,} values; the cap is {MOST_VALUES:,}.", "Take fewer samples.")
        missing = [name for name, place in asked.items() if place is None]
        values = self.store.rows(rows)[:, places]
        names = np.array(told, dtype=object)[places]
        labels = np.array([self.table.labels[row] for row in rows], dtype=object)
        table = pd.DataFrame(
            {"gene": np.repeat(labels, len(places)), "sample": np.tile(names, len(rows)), "value": values.ravel()}
        )
        notes = (f"Not in the study: {', '.join(missing[:10])}.",) if missing else ()
        scale = self.head.scale
        facts = self.provenance(species, unit=scale.unit, transform=scale.transform, n=len(places), notes=notes)
        return Answer(table, facts)

    def search_samples(self, query: str, species: Species, offset: int, limit: int) -> Answer[Page]:
        """Among the samples of the study; every column can be asked for by name."""
        self.check_species(species)
        table, (found, node) = self._described, self._hits(query)
        columns, hits = self._searched, table[found]
        shown = hits.iloc[offset : offset + limit].reset_index(drop=True)
        records = [{str(name): value for name, value in row.items()} for row in shown[columns].to_dict("records")]
        matches = [sample_query.first_match(record, node) for record in records]
        rows = shown.assign(
            matched_field=[match.field for match in matches],
            snippet=[match.snippet for match in matches],
            spans=pd.Series([match.spans for match in matches], dtype=object),
        )
        more = [name for name in self.head.samples.columns if name not in (*SAMPLE_COLUMNS, "spans")]
        counted = {name: _counted(hits[name]) for name in self._facets}
        facets = {name: counts for name, counts in counted.items() if len(counts) > 1}
        page = Page(rows[[*SAMPLE_COLUMNS, "spans", *more]], len(hits), hits["series"].nunique(), offset, limit, facets)
        return Answer(page, self.provenance(species, n=len(table)))

    @cached_property
    def _facets(self) -> list[str]:
        """The columns that make groups: the one grouped by first, then those people usually ask for."""
        known = set(self.head.samples.columns) - {*SAMPLE_COLUMNS, "spans"}
        names = [one.key for one in self._offered if one.key in known]
        return sorted(names, key=lambda name: (name != self.grouping, name.casefold() not in _USUAL))

    @property
    def _searched(self) -> list[str]:
        return [str(name) for name in self._described.columns if name != "source"]

    def _hits(self, query: str) -> tuple[npt.NDArray[np.bool_], sample_query.Node]:
        """Which samples match, (s,), and the query as it was read."""
        node = sample_query.parse(query, fields=self._searched)
        return np.asarray(sample_query.search(self._described[self._searched], node), dtype=bool), node

    @cached_property
    def _described(self) -> pd.DataFrame:
        """The samples with SAMPLE_COLUMNS: what the study does not tell is empty, its own columns stay beside."""
        raw = self.head.samples
        samples = raw.assign(**{name: grouping.told(raw[name]) for name in raw.columns if name != "sample"})
        own = [str(name) for name in samples.columns if name != "sample"]
        distinct = [name for name in own if samples[name].nunique() == len(samples) > 1]
        title = next((name for name in own if name.casefold() in _TITLES), distinct[0] if distinct else "")
        records = samples[own].to_dict("records")
        texts = {
            "series": self._series(),
            "title": samples[title] if title else "",
            "source": samples[self.grouping] if self.grouping else "",
            "characteristics": [", ".join(f"{name}: {text}" for name, text in row.items() if text) for row in records],
        }
        return samples.assign(**{name: text for name, text in texts.items() if name not in own}).astype(object)

    def _series(self) -> str:
        """What the samples belong to, as the column series of a search."""
        return str(self.head.about.get("study") or self.name)


def _counted(values: pd.Series) -> dict[str, int]:
    plain = values.map(lambda value: str(value) or grouping.NOT_TOLD)
    counts = {str(name): int(count) for name, count in plain.value_counts().items()}
    lacking = counts.pop(grouping.NOT_TOLD, 0)
    kept = dict(list(counts.items())[:FACET_VALUES])
    others = sum(counts.values()) - sum(kept.values())
    return kept | {name: n for name, n in (("(other)", others), (grouping.NOT_TOLD, lacking)) if n}
