"""Tissue profiles of a local ARCHS4 file, from its index."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from backend.errors import BadInput
from backend.model import POINT_COLUMNS, PROFILE_COLUMNS, Answer, Choice, Pool, Species
from backend.sources.archs4_source import FileSource
from backend.sources.base import ChosenProfiles, TissuePoints, TissueProfile, TissueProfiles

Z_NOTE = (
    "z = (mean of the tissue − mean of the reference) / SD of the reference, over samples; the value drawn is the "
    "tissue's median."
)
BALANCED_NOTE = "Study-balanced: each series weighs once; the effective n is (sum of weights)² / sum of weights²."


class Profiles(FileSource, TissueProfile, TissueProfiles, ChosenProfiles, TissuePoints):
    """Boxes a tissue, z against all samples of the pool, cohorts beside them."""

    def tissue_profile(self, gene: str, species: Species) -> Answer[pd.DataFrame]:
        """One row a tissue, highest median first: PROFILE_COLUMNS, n_samples, n_series, box, mean, sd, detected."""
        answer = self.tissue_profiles([gene], species)
        table = answer.value.drop(columns="gene").sort_values("median", ascending=False, na_position="last")
        return Answer(table.reset_index(drop=True), answer.provenance)

    def tissue_profiles(self, genes: Sequence[str], species: Species) -> Answer[pd.DataFrame]:
        """The same for several genes over all bulk samples; long, with gene."""
        return self.chosen_profiles(genes, species, Choice())

    def chosen_profiles(self, genes: Sequence[str], species: Species, choice: Choice) -> Answer[pd.DataFrame]:
        """The same over the samples of a choice, with a row for each cohort. Raises BadInput for a cohort's name."""
        rows = self.rows(tuple(genes), species)
        found = self.atlas()
        taken = {str(label).casefold() for label in found.samples.labels}
        for cohort in choice.cohorts:
            if cohort.name.casefold() in taken:
                raise BadInput(f"A tissue is called “{cohort.name}” already.", "Give the group another name.")
        table = found.profiles(rows, choice)
        first = ("gene", *PROFILE_COLUMNS)
        table = table[[*first, *(name for name in table.columns if name not in first)]]
        balanced = (BALANCED_NOTE,) if choice.balanced else ()
        provenance = self.said(
            species,
            choice.pool,
            z_reference=found.reference(choice.pool),
            n=found.pool_size(choice.pool),
            notes=(Z_NOTE, *balanced, *self.coverage_note()),
        )
        return Answer(table, provenance)

    def points(self, gene: str, tissue: str, species: Species, pool: Pool) -> Answer[pd.DataFrame]:
        """The samples of one tissue, exact values."""
        row = self.row(gene, species)
        found = self.atlas()
        table = found.points(row, self.tissue(tissue), pool)
        of = int(table.attrs["of"])
        drawn = (f"{len(table):,} samples drawn at random from {of:,}.",) if of > len(table) else ()
        notes = (*drawn, *self.coverage_note())
        return Answer(table[list(POINT_COLUMNS)], self.said(species, pool, n=len(table), notes=notes))
