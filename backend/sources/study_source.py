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
from backend.genes import Resolution
from backend.model import (
    EDGE_COLUMNS,
    GROUP_POINT_COLUMNS,
    SAMPLE_COLUMNS,
    Answer,
    GeneInfo,
    Grouping,
    Page,
    Provenance,
    Species,
)
from backend.sources.base import (
    Coexpression,
    Expression,
    GeneList,
    GeneLookup,
    GroupedPoints,
    GroupedProfiles,
    Groupings,
    PairCorrelation,
    Resolving,
    SampleSearch,
    Source,
    TissueProfile,
    TissueProfiles,
)
from backend.study import grouping, partners, profile
from backend.study.genes import ABSENT, Genes, species_of
from backend.study.grouping import Groups
from backend.study.store import Head, Store

MOST_VALUES = 5_000_000
FACET_VALUES = 12  # of a facet; further ones are counted together
NAMED = 8  # genes in groups that a note names
_USUAL = ("tissue", "condition", "cell type", "disease", "description")
_TITLES = ("title", "sample name", "name", "description")
Z_NOTE = "z = (mean of the group − mean of all samples) / SD of all samples; the value drawn is the group's median."


class StudySource(
    Source,
    TissueProfile,
    TissueProfiles,
    Groupings,
    GroupedProfiles,
    GroupedPoints,
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

    def groupings(self, species: Species) -> Answer[tuple[Grouping, ...]]:
        """What the samples can be grouped by, the usual way first; none when their columns tell nothing."""
        self.check_species(species)
        return Answer(self._offered, self.provenance(species, n=len(self.head.samples)))

    def _groups(self, by: Sequence[str]) -> Groups:
        return grouping.of(self.head.samples, by or [one.key for one in self._offered[:1]])

    def tissue_profile(self, gene: str, species: Species) -> Answer[pd.DataFrame]:
        """One row a group of samples, highest median first."""
        answer = self.tissue_profiles([gene], species)
        table = answer.value.drop(columns="gene").sort_values("median", ascending=False, na_position="last")
        return Answer(table.reset_index(drop=True), answer.provenance)

    def tissue_profiles(self, genes: Sequence[str], species: Species) -> Answer[pd.DataFrame]:
        """Several genes over the usual groups, long."""
        return self.grouped_profiles(genes, species, ())

    def grouped_profiles(self, genes: Sequence[str], species: Species, by: Sequence[str]) -> Answer[pd.DataFrame]:
        """Several genes over groups of samples, long; z against all samples of the study."""
        rows, groups = self._rows(genes, species), self._groups(by)
        table = profile.profiles([self.table.labels[row] for row in rows], groups, self.store.rows(rows))
        scale, n = self.head.scale, len(self.head.samples)
        told = self.provenance(
            species,
            unit=scale.unit,
            transform=scale.transform,
            z_reference=f"all {n:,} samples of the study (population SD)",
            n=n,
            notes=(Z_NOTE, groups.how, *_not_measured(table), *self.head.notes),
        )
        return Answer(table, told)

    def grouped_points(self, genes: Sequence[str], species: Species, by: Sequence[str]) -> Answer[pd.DataFrame]:
        """The measured samples behind the groups, group by group."""
        rows, groups = self._rows(genes, species), self._groups(by)
        if len(rows) * len(self.head.samples) > MOST_VALUES:
            what = f"{len(rows) * len(self.head.samples):,} values; the cap is {MOST_VALUES:,}."
            raise TooLarge(what, "Take fewer genes.")
        table = profile.points([self.table.labels[row] for row in rows], groups, self.store.rows(rows))
        about = self._described.take(table.pop("place").to_numpy()).reset_index(drop=True)
        table = pd.concat([table, about[["sample", "series", "title"]]], axis=1)[list(GROUP_POINT_COLUMNS)]
        scale = self.head.scale
        told = self.provenance(
            species,
            unit=scale.unit,
            transform=scale.transform,
            n=len(self.head.samples),
            notes=(groups.how, *self.head.notes),
        )
        return Answer(table, told)

    def coexpressed(self, gene: str, species: Species, limit: int, within: str | None) -> Answer[pd.DataFrame]:
        """Partners over all samples of the study, or within "group:Sex=female" or "query:words".

        Raises BadInput for another form of group, NotFound for fewer than four samples in it.
        """
        (row,) = self._rows([gene], species)
        places, where = (None, "the samples of the study") if within is None else self._within(within)
        found = partners.partners(self.store, row, self.table.labels, limit, places)
        return Answer(found, self._of_r(species, int(found["n"].max()) if len(found) else 0, where))

    def _within(self, within: str) -> tuple[npt.NDArray[np.intp], str]:
        """The samples of a group, and which they are in words."""
        kind, _, what = within.partition(":")
        if kind == "query":
            places, where = np.flatnonzero(self._hits(what)[0]), f"“{what}”"
        elif kind == "group":
            places, where = self._of_group(what)
        else:
            raise BadInput(f"“{within[:60]}” is no group of this study.", "Write group:Sex=female or query:words.")
        if len(places) < partners.FEWEST:
            are = "is 1 sample" if len(places) == 1 else f"are {len(places)} samples"
            what = f"There {are} of {where}; co-expression needs at least {partners.FEWEST}."
            raise NotFound(what, "Choose a larger group.")
        return places.astype(np.intp), f"the {len(places):,} samples of {where}"

    def _of_group(self, told: str) -> tuple[npt.NDArray[np.intp], str]:
        """The samples of a group written as "Sex=female"; the column may hold a = itself."""
        for at in (place for place, sign in enumerate(told) if sign == "="):
            try:
                groups = self._groups([told[:at]])
            except (NotFound, BadInput):
                continue
            if told[at + 1 :] in groups.names:
                places = np.flatnonzero(groups.member == groups.names.index(told[at + 1 :]))
                return places, f"{groups.title} = {told[at + 1 :]}"
        known = tuple(f"{one.title} = {name}" for one in self._offered for name, _ in one.groups)
        raise NotFound(f"There is no group “{told[:60]}” in this study.", "Choose one of its groups.", known[:10])

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

    def varied(self, most: int) -> tuple[str, ...]:
        """Genes that vary most over the samples, on the scale shown; the first ones of a store without an index."""
        index = self.store.index
        labels = self.table.labels
        if index is None:
            return labels[:most]
        spread = np.where(np.isnan(index.sd), -1.0, index.sd)
        return tuple(labels[place] for place in np.argsort(-spread, kind="stable")[:most])

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

    def _rows(self, genes: Sequence[str], species: Species) -> list[int]:
        self.check_species(species)
        found: list[int] = []
        for name in genes:
            row = self.table.row(name)
            if row is None:
                raise self._not_found(self.table.resolve(name, 5))
            found.append(row)
        return list(dict.fromkeys(found))

    def _of_r(self, species: Species, n: int, where: str = "the samples of the study") -> Provenance:
        scale = self.head.scale
        return self.provenance(
            species,
            unit="Pearson r",
            transform=f"over {where}, on {scale.unit}",
            n=n,
            notes=self.head.notes,
        )

    def _not_found(self, found: Resolution) -> NotFound:
        shown = found.typed.strip()[:40] or "An empty name"
        if found.status == "ambiguous":
            return NotFound(f"“{shown}” is ambiguous: {found.note}.", "Choose one of them.", found.candidates)
        note = found.note or "no gene is named like this"
        if note == f"{shown} {ABSENT}":  # a gene, but none of this study
            return NotFound(f"“{shown}” is not in {self.title}.", "Choose one of its genes.", found.candidates)
        return NotFound(f"“{shown}” is not in {self.title}: {note}.", "Check the spelling.", found.candidates)


def _not_measured(table: pd.DataFrame) -> tuple[str, ...]:
    """Which genes were measured in no sample of which groups: that is no 0."""
    none = table[table["n_samples"] == 0]
    pairs = [f"{gene} in {group}" for gene, group in zip(none["gene"], none["tissue"], strict=True)]
    if not pairs:
        return ()
    more = f" and {len(pairs) - NAMED:,} more" if len(pairs) > NAMED else ""
    return (f"Not measured in any sample, which is not 0: {', '.join(pairs[:NAMED])}{more}.",)


def _counted(values: pd.Series) -> dict[str, int]:
    plain = values.map(lambda value: str(value) or grouping.NOT_TOLD)
    counts = {str(name): int(count) for name, count in plain.value_counts().items()}
    lacking = counts.pop(grouping.NOT_TOLD, 0)
    kept = dict(list(counts.items())[:FACET_VALUES])
    others = sum(counts.values()) - sum(kept.values())
    return kept | {name: n for name, n in (("(other)", others), (grouping.NOT_TOLD, lacking)) if n}
