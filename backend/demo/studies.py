"""Which simulated studies there are and which samples belong to them. Drawn one by one, never all in memory.

Accessions lie above any that GEO has given out (GSM9########, GSE9######): a link to GEO leads nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from backend.demo.kinds import KINDS

STUDY_EFFECTS = 16
FIRST_SAMPLE, FIRST_SERIES, FIRST_TOGETHER = 900_000_001, 9_000_001, 9_500_001
FEWEST, MOST = 3, 60  # samples of a study
SINGLE, UNSURE, UNTOLD, TOGETHER, TWO_KINDS, SURVEY = 0.38, 0.04, 0.11, 0.2, 0.15, 0.01
ABSENT, EMPTY = 7, 11  # places of a sample without a single-cell probability and of one without a read
RARE = 0.3  # kinds below this weight come in surveys of the whole body only

_WEIGHTS = np.array([kind.weight if kind.weight >= RARE else 0.0 for kind in KINDS])
_NAMES = [kind.words[0] for kind in KINDS]
# Every file begins with these, so that the smallest one has tissues, single cells and a cell line:
# material, samples, single-cell-like.
OPENING = (("liver", 12, False), ("PBMC", 12, True), ("prefrontal cortex", 11, False), ("HeLa", 6, False))


@dataclass(frozen=True)
class Study:
    """One simulated series. number: from 0.

    kinds: places in KINDS, one a sample. probability: that its samples are single cells, before noise.
    together: number of a series that several studies belong to, or None. untold: its texts name no tissue.
    effects: scores of STUDY_EFFECTS effects on all genes.
    """

    number: int
    kinds: tuple[int, ...]
    probability: float
    together: int | None
    untold: bool
    effects: tuple[float, ...]

    @property
    def series(self) -> str:
        """As ARCHS4 writes it: one series, or two with a comma."""
        own = f"GSE{FIRST_SERIES + self.number}"
        return own if self.together is None else f"{own},GSE{FIRST_TOGETHER + self.together}"


@dataclass(frozen=True)
class Sample:
    """place: in the file; number: in its study; both from 0. kind: place in KINDS.

    probability: of being a single cell, NaN once. library: expected reads, 0 once.
    """

    place: int
    number: int
    study: Study
    kind: int
    probability: float
    library: float

    @property
    def single(self) -> bool:
        """Whether its counts look like a single cell's."""
        return self.study.probability > 0.5

    @property
    def accession(self) -> str:
        """Its GSM number."""
        return f"GSM{FIRST_SAMPLE + self.place}"


def samples(number: int, seed: int) -> Iterator[Sample]:
    """The samples of a file in order, study after study; the last study may be cut short."""
    place = 0
    for study in _studies(seed):
        random = np.random.default_rng([seed, 2, study.number])
        for at, kind in enumerate(study.kinds):
            if place == number:
                return
            yield _sample(place, at, study, kind, random)
            place += 1


def _sample(place: int, number: int, study: Study, kind: int, random: np.random.Generator) -> Sample:
    probability = float(np.clip(study.probability + random.normal(0, 0.02), 0.0, 1.0))
    if study.probability > 0.5:
        library = np.clip(random.lognormal(np.log(300_000), 0.9), 50_000, 2_000_000)
    else:
        library = np.clip(random.lognormal(np.log(25_000_000), 0.6), 500_000, 70_000_000)
    probability = np.nan if place == ABSENT else round(probability, 4)
    return Sample(place, number, study, kind, probability, 0.0 if place == EMPTY else float(library))


def _studies(seed: int) -> Iterator[Study]:
    number = 0
    while True:
        yield _study(number, np.random.default_rng([seed, 1, number]))
        number += 1


def _study(number: int, random: np.random.Generator) -> Study:
    opening = OPENING[number] if number < len(OPENING) else None
    if opening is not None:
        name, size, single = opening
        kinds = (_NAMES.index(name),) * size
        probability = 0.97 if single else 0.03
    else:
        kinds, probability = _kinds(number, random), _probability(random)
    return Study(
        number,
        kinds,
        probability,
        number // 8 if random.random() < TOGETHER else None,
        opening is None and len(set(kinds)) < 3 and random.random() < UNTOLD,
        tuple(random.standard_normal(STUDY_EFFECTS)),
    )


def _kinds(number: int, random: np.random.Generator) -> tuple[int, ...]:
    """The material of each sample of a study."""
    if number == len(OPENING) or random.random() < SURVEY:
        return _survey(random)
    size = int(np.clip(random.lognormal(np.log(11), 0.7), FEWEST, MOST))
    drawn = random.choice(len(KINDS), 2, replace=False, p=_WEIGHTS / _WEIGHTS.sum())
    if random.random() < TWO_KINDS:
        return tuple(int(drawn[at % 2]) for at in range(size))
    return (int(drawn[0]),) * size


def _survey(random: np.random.Generator) -> tuple[int, ...]:
    """A study of the whole body: the rare tissues, one to four samples of each, and others up to MOST."""
    rare = [at for at, kind in enumerate(KINDS) if kind.weight < RARE]
    kinds = [at for at in rare for _ in range(int(random.integers(1, 5)))]
    common = [at for at, kind in enumerate(KINDS) if kind.weight >= RARE and kind.key == "tissue"]
    return tuple((kinds + [int(at) for at in random.permutation(common)])[:MOST])


def _probability(random: np.random.Generator) -> float:
    drawn = random.random()
    if drawn < SINGLE:
        return float(random.uniform(0.9, 0.99))
    if drawn < SINGLE + UNSURE:
        return float(random.uniform(0.3, 0.7))
    return float(random.uniform(0.0, 0.08))
