"""A source that is one stored study (backend/study): profile by group, co-expression over samples, sample search."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from backend import sample_query
from backend.errors import BadInput, NotFound, TooLarge
from backend.genes import Resolution
from backend.model import EDGE_COLUMNS, SAMPLE_COLUMNS, Answer, GeneInfo, Page, Provenance, Species
from backend.sources.base import (
    Coexpression,
    Expression,
    GeneList,
    GeneLookup,
    PairCorrelation,
    Resolving,
    SampleSearch,
    Source,
    TissueProfile,
    TissueProfiles,
)
from backend.study import partners, profile
from backend.study.genes import Genes, species_of
from backend.study.store import Head, Store

MOST_VALUES = 5_000_000
FACET_VALUES = 20  # of a column that becomes a facet
_USUAL = ("tissue", "condition", "cell type", "disease", "description")
Z_NOTE = "z = (mean of the group − mean of all samples) / SD of all samples; the value drawn is the group's median."


class StudySource(
    Source,
    TissueProfile,
    TissueProfiles,
    Coexpression,
    PairCorrelation,
    GeneLookup,
    GeneList,
    Resolving,
    SampleSearch,
    Expression,
):
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
        """The column that puts samples into groups; "" when there is none."""
        columns = [name for name in self.head.samples.columns if name != "sample"]
        if self._grouping in columns:
            return self._grouping
        return next((name for name in _USUAL if name in columns), columns[0] if columns else "")

    def tissue_profile(self, gene: str, species: Species) -> Answer[pd.DataFrame]:
        """One row a group of samples, highest median first."""
        answer = self.tissue_profiles([gene], species)
        table = answer.value.drop(columns="gene").sort_values("median", ascending=False, na_position="last")
        return Answer(table.reset_index(drop=True), answer.provenance)

    def tissue_profiles(self, genes: Sequence[str], species: Species) -> Answer[pd.DataFrame]:
        """Several genes over the groups, long."""
        rows = self._rows(genes, species)
        samples = self.head.samples
        groups = list(samples[self.grouping]) if self.grouping else ["all samples"] * len(samples)
        labels = [self.table.labels[row] for row in rows]
        table = profile.profiles(labels, groups, self.store.rows(rows))
        by = f"Samples are grouped by “{self.grouping}”." if self.grouping else "The samples are not told apart."
        scale = self.head.scale
        told = self.provenance(
            species,
            unit=scale.unit,
            transform=scale.transform,
            z_reference=f"all {len(samples):,} samples of the study (population SD)",
            n=len(samples),
            notes=(Z_NOTE, by, *self.head.notes),
        )
        return Answer(table, told)

    def coexpressed(self, gene: str, species: Species, limit: int, within: str | None) -> Answer[pd.DataFrame]:
        """Partners over all samples of the study."""
        if within is not None:
            raise BadInput("Co-expression within a group of this study is not offered.", "Leave the group out.")
        (row,) = self._rows([gene], species)
        found = partners.partners(self.store, row, self.table.labels, limit)
        return Answer(found, self._of_r(species, int(found["n"].max()) if len(found) else 0))

    def correlations(self, genes: Sequence[str], species: Species) -> Answer[pd.DataFrame]:
        """r of every pair among the genes."""
        rows = self._rows(genes, species)
        if len(rows) < 2:
            return Answer(pd.DataFrame(columns=list(EDGE_COLUMNS)), self._of_r(species, 0))
        return Answer(partners.pairs(self.store, rows, self.table.labels), self._of_r(species, len(self.head.samples)))

    def gene(self, symbol: str, species: Species) -> Answer[GeneInfo]:
        """The gene behind any of its names. Raises NotFound with suggestions."""
        self.check_species(species)
        found = self.table.resolve(symbol, 5)
        if found.gene is None:
            raise self._not_found(found)
        same = found.gene.symbol.casefold() == symbol.strip().casefold()
        note = () if same else (f"“{symbol.strip()}” is read as {found.gene.symbol}.",)
        return Answer(found.gene, self.provenance(species, notes=note))

    def genes(self, species: Species) -> tuple[str, ...]:
        """Labels for pickers."""
        self.check_species(species)
        return self.table.offered()

    def resolve(self, name: str, species: Species, near: int) -> Resolution:
        """What a name stands for in the study."""
        self.check_species(species)
        return self.table.resolve(name, near)

    def expression(self, genes: Sequence[str], samples: Sequence[str], species: Species) -> Answer[pd.DataFrame]:
        """Long: gene, sample, value on the scale shown. Unknown samples are named in the notes."""
        rows = self._rows(genes, species)
        known = {str(name).casefold(): place for place, name in enumerate(self.head.samples["sample"])}
        places = list(dict.fromkeys(known[name.casefold()] for name in samples if name.casefold() in known))
        if not places:
            raise NotFound("None of the samples is in this study.", "Search for samples of the study.")
        if len(rows) * len(places) > MOST_VALUES:
            raise TooLarge(f"{len(rows) * len(places):,} values; the cap is {MOST_VALUES:,}.", "Take fewer samples.")
        missing = [name for name in samples if name.casefold() not in known]
        values = self.store.rows(rows)[:, places]
        names = self.head.samples["sample"].to_numpy(dtype=object)[places]
        labels = np.array([self.table.labels[row] for row in rows], dtype=object)
        table = pd.DataFrame(
            {"gene": np.repeat(labels, len(places)), "sample": np.tile(names, len(rows)), "value": values.ravel()}
        )
        notes = (f"Not in the study: {', '.join(missing[:10])}.",) if missing else ()
        scale = self.head.scale
        told = self.provenance(species, unit=scale.unit, transform=scale.transform, n=len(places), notes=notes)
        return Answer(table, told)

    def search_samples(self, query: str, species: Species, offset: int, limit: int) -> Answer[Page]:
        """Among the samples of the study; every column can be asked for by name."""
        self.check_species(species)
        table = self._described
        columns = [name for name in table.columns if name not in ("source",)]
        node = sample_query.parse(query, fields=columns)
        hits = table[sample_query.search(table[columns], node)]
        shown = hits.iloc[offset : offset + limit].reset_index(drop=True)
        records = [{str(name): value for name, value in row.items()} for row in shown[columns].to_dict("records")]
        matches = [sample_query.first_match(record, node) for record in records]
        rows = shown.assign(
            matched_field=[match.field for match in matches],
            snippet=[match.snippet for match in matches],
            spans=pd.Series([match.spans for match in matches], dtype=object),
        )
        more = [name for name in self.head.samples.columns if name not in (*SAMPLE_COLUMNS, "spans")]
        facets = {name: _counted(hits[name]) for name in more if 1 < hits[name].nunique() <= FACET_VALUES}
        page = Page(rows[[*SAMPLE_COLUMNS, "spans", *more]], len(hits), hits["series"].nunique(), offset, limit, facets)
        return Answer(page, self.provenance(species, n=len(table)))

    @cached_property
    def _described(self) -> pd.DataFrame:
        """The samples with SAMPLE_COLUMNS: what the study does not tell is empty, its own columns stay beside."""
        samples = self.head.samples
        own = [name for name in samples.columns if name != "sample"]
        texts = {
            "series": self._series(),
            "title": samples[own[0]] if own else "",
            "source": samples[self.grouping] if self.grouping else "",
            "characteristics": [", ".join(f"{name}: {row[name]}" for name in own) for _, row in samples.iterrows()],
        }
        return samples.assign(**{name: text for name, text in texts.items() if name not in own}).astype(object)

    def _series(self) -> str:
        """What the samples belong to, as the column series of a search."""
        return str(self.head.about.get("study") or self.name)

    def _rows(self, genes: Sequence[str], species: Species) -> list[int]:
        self.check_species(species)
        found: list[int] = []
        for name in genes:
            row = self.table.row(name)
            if row is None:
                raise self._not_found(self.table.resolve(name, 5))
            found.append(row)
        return list(dict.fromkeys(found))

    def _of_r(self, species: Species, n: int) -> Provenance:
        scale = self.head.scale
        return self.provenance(
            species,
            unit="Pearson r",
            transform=f"over the samples of the study, on {scale.unit}",
            n=n,
            notes=self.head.notes,
        )

    def _not_found(self, found: Resolution) -> NotFound:
        shown = found.typed.strip()[:40] or "An empty name"
        if found.status == "ambiguous":
            return NotFound(f"“{shown}” is ambiguous: {found.note}.", "Choose one of them.", found.candidates)
        note = found.note or "no gene is named like this"
        return NotFound(f"“{shown}” is not in {self.title}: {note}.", "Check the spelling.", found.candidates)


def _counted(values: pd.Series) -> dict[str, int]:
    plain = values.map(lambda value: str(value) or "unknown")
    return {str(name): int(count) for name, count in plain.value_counts().items()}
