"""A sample of the user's against the tissues of a local ARCHS4 file. Nothing of it is kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.archs4 import counts as archs4_counts
from backend.archs4.genes import GeneTable
from backend.errors import BadInput, TooLarge
from backend.genes import cleaned
from backend.model import PERCENTILE_COLUMNS, Answer, Pool, Species
from backend.sources.archs4_source import FileSource
from backend.sources.base import KnownNames, NearestTissues, OwnSample

MOST_ROWS = 250_000


class OwnSamples(FileSource, OwnSample, NearestTissues, KnownNames):
    """Counts of a sample, normalised as the file's own are."""

    _names: tuple[GeneTable, dict[str, int]] | None = None

    def known_names(self, names: Sequence[str], species: Species) -> tuple[str, ...]:
        """The label of the row that each name stands for, "" for none."""
        self.check_species(species)
        known, labels = self._known, self.table.labels
        rows = (known.get(_plain(name)) for name in names)
        return tuple("" if row is None else labels[row] for row in rows)

    def percentiles(
        self, counts: pd.DataFrame, genes: Sequence[str], species: Species, pool: Pool
    ) -> Answer[pd.DataFrame]:
        """For each gene and tissue the share of samples below the user's value, ties half, in percent."""
        wanted = self.rows(tuple(genes), species)
        rows, values, notes = self._read(counts, species)
        place = {int(row): i for i, row in enumerate(rows)}
        missing = tuple(self.table.labels[row] for row in wanted if row not in place)
        wanted = [row for row in wanted if row in place]
        if not wanted:
            raise BadInput(f"Your sample has no count of {', '.join(missing)}.", "Choose genes that are in it.")
        vector = np.array([values[place[row]] for row in wanted])
        table = self.atlas().percentiles(wanted, vector, pool)
        absent = (f"Not in your sample: {', '.join(missing)}.",) if missing else ()
        told = self.said(species, pool, n=self.atlas().pool_size(pool), notes=(*notes, *absent, *self.coverage_note()))
        return Answer(table[list(PERCENTILE_COLUMNS)], told)

    def nearest_tissues(self, counts: pd.DataFrame, species: Species, pool: Pool) -> Answer[pd.DataFrame]:
        """Tissues by the correlation of the sample with their mean profile, nearest first."""
        self.check_species(species)
        rows, values, notes = self._read(counts, species)
        table = self.atlas().nearest_tissues(rows.tolist(), values, pool)
        method = "r is Spearman's, of your sample with the mean of each tissue, over the genes both have."
        told = self.said(species, pool, unit="Spearman rho", n=len(rows), notes=(method, *notes, *self.coverage_note()))
        return Answer(table.reset_index(drop=True), told)

    def _read(
        self, counts: pd.DataFrame, species: Species
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64], tuple[str, ...]]:
        """Rows of the genes the file knows, their log2(1+CPM), and what was left out."""
        self.check_species(species)
        names, numbers = _checked(counts)
        known = self._known
        rows = np.array([known.get(_plain(name), -1) for name in names], dtype=np.intp)
        _, first = np.unique(rows, return_index=True)
        first = np.sort(first[rows[first] >= 0])
        if not len(first):
            raise BadInput(f"None of its genes is in {self.title}.", f"Give {species} symbols or Ensembl ids.")
        size = np.array([numbers.sum()]).round().astype(np.int64)
        values = archs4_counts.normalised(np.rint(numbers[first]).astype(np.int64)[:, None], size)[:, 0]
        unknown, twice = int((rows < 0).sum()), int((rows >= 0).sum()) - len(first)
        notes = [f"Your sample: {len(first):,} genes known here, {int(size[0]):,} reads."]
        if unknown:
            notes.append(f"{unknown:,} names are not genes of the file; their reads count in its library size.")
        if twice:
            notes.append(f"{twice:,} names repeat a gene; the first count of each is used.")
        return rows[first], values, tuple(notes)

    @property
    def _known(self) -> dict[str, int]:
        """Labels and Ensembl ids, folded, to their row; quick, for whole genomes of names."""
        table = self.table
        if self._names is None or self._names[0] is not table:
            frame = table.frame
            ids = {ensembl.casefold(): row for row, ensembl in reversed(list(enumerate(frame["ensembl"]))) if ensembl}
            known = ids | {_plain(label): row for row, label in reversed(list(enumerate(frame["gene"])))}
            self._names = (table, known)
        return self._names[1]


def _plain(name: str) -> str:
    return cleaned(name).casefold()


def _checked(counts: pd.DataFrame) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Names and counts of the frame. Raises BadInput, naming the line, and TooLarge over MOST_ROWS."""
    if not {"gene", "count"} <= set(counts.columns):
        raise BadInput("The sample has no columns gene and count.", "Give a table of two columns.")
    if len(counts) > MOST_ROWS:
        raise TooLarge(f"The sample has {len(counts):,} lines, over {MOST_ROWS:,}.", "Give one line a gene.")
    numbers = pd.to_numeric(counts["count"], errors="coerce").to_numpy(dtype=np.float64)
    bad = np.flatnonzero(~np.isfinite(numbers) | (numbers < 0) | (numbers > np.iinfo(np.uint32).max))
    if len(bad):
        line = int(bad[0]) + 1
        raise BadInput(f"The count in row {line} is not a count of reads.", "Give raw counts, 0 or more.", line=line)
    if numbers.sum() < 1:
        raise BadInput("The sample has no reads.", "Give raw counts, not all 0.")
    return [str(name) for name in counts["gene"]], numbers
