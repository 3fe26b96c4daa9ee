"""What sources share whose columns fall into groups, samples of a study or spots of a section: genes over groups,
the points behind them, co-expression over all columns and within a group, any name of a gene.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.errors import BadInput, NotFound, TooLarge
from backend.genes import Resolution
from backend.model import EDGE_COLUMNS, GROUP_POINT_COLUMNS, Answer, GeneInfo, Grouping, Provenance, Species
from backend.sources.base import (
    Coexpression,
    GeneList,
    GeneLookup,
    GroupedPoints,
    GroupedProfiles,
    Groupings,
    PairCorrelation,
    Resolving,
    Source,
    TissueProfile,
    TissueProfiles,
)
from backend.study import partners, profile
from backend.study.genes import Genes
from backend.study.grouping import Groups

MOST_VALUES = 5_000_000
NAMED = 8  # genes in groups that a note names

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


class GroupedSource(
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
):
    """Genes (rows) over columns in groups. column: what one column is; whole: what all of them belong to."""

    column = "sample"
    whole = "study"

    @property
    @abstractmethod
    def table(self) -> Genes:
        """The genes."""

    @property
    @abstractmethod
    def n_columns(self) -> int:
        """How many columns there are."""

    @property
    @abstractmethod
    def unit(self) -> tuple[str, str]:
        """The unit of the numbers as they are shown, and in words how it is made."""

    @property
    @abstractmethod
    def notes(self) -> tuple[str, ...]:
        """What is said of all numbers."""

    @property
    @abstractmethod
    def offered(self) -> tuple[Grouping, ...]:
        """What the columns can be grouped by, the usual way first."""

    @abstractmethod
    def grouped(self, by: Sequence[str]) -> Groups:
        """The columns in groups; by none, in the usual ones. Raises NotFound, BadInput, TooLarge."""

    @abstractmethod
    def values_of(self, rows: Sequence[int]) -> Floats:
        """Numbers of some genes in all columns as they are shown, (rows, columns)."""

    @abstractmethod
    def about_of(self, places: Places) -> pd.DataFrame:
        """sample, series, title of these columns, in their order."""

    @abstractmethod
    def varied(self, most: int) -> tuple[str, ...]:
        """Genes that vary most over the columns."""

    @abstractmethod
    def partners_of(self, row: int, limit: int, places: Places | None) -> pd.DataFrame:
        """Partners of a gene over all columns or these, up to `limit` of each sign: COEXPRESSION_COLUMNS."""

    @abstractmethod
    def pairs_of(self, rows: Sequence[int]) -> pd.DataFrame:
        """r of every pair among a few genes: EDGE_COLUMNS."""

    def profiles_of(self, rows: Sequence[int], groups: Groups) -> pd.DataFrame:
        """Genes over groups, as backend.study.profile."""
        return profile.profiles(self.labels_of(rows), groups, self.values_of(rows))

    def points_of(self, rows: Sequence[int], groups: Groups) -> tuple[pd.DataFrame, tuple[str, ...]]:
        """gene, tissue (the group), place (of the column), value; what is to be said of it. Raises TooLarge."""
        if len(rows) * self.n_columns > MOST_VALUES:
            raise TooLarge(f"{len(rows) * self.n_columns:,} values; the cap is {MOST_VALUES:,}.", "Take fewer genes.")
        return profile.points(self.labels_of(rows), groups, self.values_of(rows)), ()

    def groupings(self, species: Species) -> Answer[tuple[Grouping, ...]]:
        """What the columns can be grouped by, the usual way first; none where nothing is told of them."""
        self.check_species(species)
        return Answer(self.offered, self.provenance(species, n=self.n_columns))

    def tissue_profile(self, gene: str, species: Species) -> Answer[pd.DataFrame]:
        """One row a group, highest median first."""
        answer = self.tissue_profiles([gene], species)
        table = answer.value.drop(columns="gene").sort_values("median", ascending=False, na_position="last")
        return Answer(table.reset_index(drop=True), answer.provenance)

    def tissue_profiles(self, genes: Sequence[str], species: Species) -> Answer[pd.DataFrame]:
        """Several genes over the usual groups, long."""
        return self.grouped_profiles(genes, species, ())

    def grouped_profiles(self, genes: Sequence[str], species: Species, by: Sequence[str]) -> Answer[pd.DataFrame]:
        """Several genes over groups, long; z against all columns."""
        rows, groups = self.rows_of(genes, species), self.grouped(by)
        table = self.profiles_of(rows, groups)
        unit, transform = self.unit
        reference = f"all {self.n_columns:,} {self.column}s of the {self.whole} (population SD)"
        z = (
            f"z = (mean of the group − mean of all {self.column}s) / SD of all {self.column}s; "
            "the value drawn is the group's median."
        )
        notes = (z, groups.how, *_not_measured(table, self.column), *self.notes)
        told = self.provenance(
            species, unit=unit, transform=transform, z_reference=reference, n=self.n_columns, notes=notes
        )
        return Answer(table, told)

    def grouped_points(self, genes: Sequence[str], species: Species, by: Sequence[str]) -> Answer[pd.DataFrame]:
        """What was measured behind the groups, group by group."""
        rows, groups = self.rows_of(genes, species), self.grouped(by)
        table, notes = self.points_of(rows, groups)
        about = self.about_of(table.pop("place").to_numpy()).reset_index(drop=True)
        table = pd.concat([table, about], axis=1)[list(GROUP_POINT_COLUMNS)]
        unit, transform = self.unit
        notes = (groups.how, *notes, *self.notes)
        return Answer(table, self.provenance(species, unit=unit, transform=transform, n=self.n_columns, notes=notes))

    def coexpressed(self, gene: str, species: Species, limit: int, within: str | None) -> Answer[pd.DataFrame]:
        """Partners over all columns, or within "group:Sex=female" or what else `chosen` reads.

        Raises BadInput for another form of group, NotFound for fewer than four columns in it.
        """
        (row,) = self.rows_of([gene], species)
        places, where = (None, f"the {self.column}s of the {self.whole}") if within is None else self._within(within)
        found = self.partners_of(row, limit, places)
        return Answer(found, self.of_r(species, int(found["n"].max()) if len(found) else 0, where))

    def _within(self, within: str) -> tuple[Places, str]:
        """The columns of a group, and which they are in words."""
        kind, _, what = within.partition(":")
        places, where = self.chosen(kind, what, within)
        if len(places) < partners.FEWEST:
            are = f"is 1 {self.column}" if len(places) == 1 else f"are {len(places)} {self.column}s"
            told = f"There {are} of {where}; co-expression needs at least {partners.FEWEST}."
            raise NotFound(told, "Choose a larger group.")
        return places.astype(np.intp), f"the {len(places):,} {self.column}s of {where}"

    def chosen(self, kind: str, what: str, within: str) -> tuple[Places, str]:
        """The columns that "kind:what" names, and in words. Raises BadInput for another kind, NotFound."""
        if kind != "group":
            raise BadInput(f"“{within[:60]}” is no group of this {self.whole}.", "Write group:Sex=female.")
        return self._of_group(what)

    def _of_group(self, told: str) -> tuple[Places, str]:
        """The columns of a group written as "Sex=female"; the name of either may hold a = itself."""
        for at in (place for place, sign in enumerate(told) if sign == "="):
            try:
                groups = self.grouped([told[:at]])
            except (NotFound, BadInput):
                continue
            if told[at + 1 :] in groups.names:
                places = np.flatnonzero(groups.member == groups.names.index(told[at + 1 :]))
                return places, f"{groups.title} = {told[at + 1 :]}"
        known = tuple(f"{one.title} = {name}" for one in self.offered for name, _ in one.groups)
        what = f"There is no group “{told[:60]}” in this {self.whole}."
        raise NotFound(what, "Choose one of its groups.", known[:10])

    def correlations(self, genes: Sequence[str], species: Species) -> Answer[pd.DataFrame]:
        """r of every pair among the genes."""
        rows = self.rows_of(genes, species)
        if len(rows) < 2:
            return Answer(pd.DataFrame(columns=list(EDGE_COLUMNS)), self.of_r(species, 0))
        return Answer(self.pairs_of(rows), self.of_r(species, self.n_columns))

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
        """What a name stands for here."""
        self.check_species(species)
        return self.table.resolve(name, near)

    def rows_of(self, genes: Sequence[str], species: Species) -> list[int]:
        """The rows of genes by any of their names, each once. Raises NotFound with suggestions."""
        self.check_species(species)
        found: list[int] = []
        for name in genes:
            row = self.table.row(name)
            if row is None:
                raise self._not_found(self.table.resolve(name, 5))
            found.append(row)
        return list(dict.fromkeys(found))

    def of_r(self, species: Species, n: int, where: str = "") -> Provenance:
        """What is said of correlations over n columns."""
        over = where or f"the {self.column}s of the {self.whole}"
        return self.provenance(
            species, unit="Pearson r", transform=f"over {over}, on {self.unit[0]}", n=n, notes=self.notes
        )

    def labels_of(self, rows: Sequence[int]) -> list[str]:
        """What the genes of these rows are called."""
        return [self.table.labels[row] for row in rows]

    def _not_found(self, found: Resolution) -> NotFound:
        shown = found.typed.strip()[:40] or "An empty name"
        if found.status == "ambiguous":
            return NotFound(f"“{shown}” is ambiguous: {found.note}.", "Choose one of them.", found.candidates)
        note = found.note or "no gene is named like this"
        if note == f"{shown} {self.table.absent}":  # a gene, but none of these
            return NotFound(f"“{shown}” is not in {self.title}.", "Choose one of its genes.", found.candidates)
        return NotFound(f"“{shown}” is not in {self.title}: {note}.", "Check the spelling.", found.candidates)


def _not_measured(table: pd.DataFrame, column: str) -> tuple[str, ...]:
    """Which genes were measured in no column of which groups: that is no 0."""
    none = table[table["n_samples"] == 0]
    pairs = [f"{gene} in {group}" for gene, group in zip(none["gene"], none["tissue"], strict=True)]
    if not pairs:
        return ()
    more = f" and {len(pairs) - NAMED:,} more" if len(pairs) > NAMED else ""
    return (f"Not measured in any {column}, which is not 0: {', '.join(pairs[:NAMED])}{more}.",)
