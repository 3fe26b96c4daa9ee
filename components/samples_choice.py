"""Which samples a figure is made of. The same control on every page; only sources with samples have it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import cast

import pandas as pd

from backend import api
from backend.errors import BadInput, ExpronautError, NotFound, TooLarge
from backend.model import POOLS, Answer, Choice, Cohort, Pool, Species
from components import cohorts, groups, inputs

NAMES = {"bulk": "Bulk", "single-cell": "Single-cell", "both": "Both"}
DEFAULT: Pool = "bulk"
HELP = "A sample is single-cell-like when ARCHS4 gives it a high probability; the notes name the threshold."
_OF_COHORTS = (NotFound, BadInput, TooLarge)


def has_samples(source: str) -> bool:
    """Whether the source can be asked for pools, groups and cohorts of samples."""
    return api.has(source, "Pools and cohorts")


def pool(source: str) -> Pool:
    """The pool of samples, in the URL as `pool`; sources without samples show no control and have the default."""
    if not has_samples(source):
        return DEFAULT
    return cast("Pool", inputs.segments("Samples", inputs.POOL, list(POOLS), DEFAULT, NAMES, help=HELP))


def words(chosen: Pool) -> str:
    """ "bulk samples", for a legend."""
    return "bulk and single-cell samples" if chosen == "both" else f"{chosen} samples"


@dataclass(frozen=True)
class Chosen:
    """What a profile is made of. small: tissues with fewer than three samples are shown too."""

    pool: Pool
    balanced: bool
    small: bool
    cohorts: tuple[Cohort, ...]

    @property
    def choice(self) -> Choice:
        """The same for the counter."""
        return Choice(self.pool, self.balanced, self.cohorts)

    @property
    def words(self) -> str:
        """ "bulk samples", for a legend."""
        return words(self.pool)


def of_profile(chosen_pool: Pool) -> Chosen:
    """The rarer controls of a profile, for a popover: weights, tissues of few samples, cohorts."""
    balanced = inputs.switch(
        "Each series weighs once",
        inputs.BALANCED,
        False,
        help="So that a study of many samples does not decide alone. The effective n stands in hover and table.",
    )
    return Chosen(chosen_pool, balanced, small_switch(), cohorts.picker("Cohorts beside the tissues"))


def small_switch() -> bool:
    """Whether tissues with fewer than three samples are shown."""
    return inputs.switch(f"Show tissues with fewer than {groups.FEWEST} samples", inputs.SMALL, False)


def profiles(
    source: str, genes: list[str], species: Species, chosen: Chosen | None
) -> tuple[Answer[pd.DataFrame], list[ExpronautError]]:
    """The genes over tissues and cohorts, and what is wrong with each cohort that had to be left out."""
    if chosen is None:
        return api.tissue_profiles(source, genes, species), []
    try:
        return api.tissue_profiles(source, genes, species, choice=chosen.choice), []
    except _OF_COHORTS:
        alone = dataclasses.replace(chosen, cohorts=())
        api.tissue_profiles(source, genes, species, choice=alone.choice)  # what fails without cohorts is not theirs
    found = {cohort: _problem(source, genes[0], species, alone, cohort) for cohort in chosen.cohorts}
    good = dataclasses.replace(alone, cohorts=tuple(cohort for cohort, problem in found.items() if problem is None))
    problems = [problem for problem in found.values() if problem is not None]
    return api.tissue_profiles(source, genes, species, choice=good.choice), problems


def _problem(source: str, gene: str, species: Species, alone: Chosen, cohort: Cohort) -> ExpronautError | None:
    """Why a cohort cannot be drawn, None when it can."""
    try:
        api.tissue_profile(source, gene, species, dataclasses.replace(alone, cohorts=(cohort,)).choice)
    except _OF_COHORTS as error:
        return type(error)(f"The cohort “{cohort.name}” is left out: {error.message}", error.hint)
    return None
