"""What is true on the ODM double, read from what it holds and not through its queries."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.doubles.odm_web_templates import STUDY
from tests.doubles.odm_web_world import World


class Truth:
    def __init__(self, world: World) -> None:
        self.world = world

    def studies(self) -> list[str]:
        return [one.accession for one in self.world.of(STUDY)]

    def samples(self, study: str) -> list[str]:
        """Accessions, in order."""
        return [one.accession for one in self.world.samples_in(study)]

    def members(self, group: str) -> list[str]:
        return [one.accession for one in self.world.members(group)]

    def metadata(self, accession: str) -> dict[str, Any]:
        """Of any object or expression group; without the attributes that are empty."""
        return dict(self.world.things[accession].metadata)

    def matrix(self, group: str) -> tuple[list[str], list[str], np.ndarray]:
        """Features, run source ids and values (features, runs) of the first measurement; NaN: not measured."""
        matrix = self.world.matrices[group]
        return [one[0] for one in matrix.features], [run.source for run in matrix.runs], matrix.values[:, :, 0].copy()

    def values(self, group: str, feature: str) -> dict[str, float]:
        """sample: value, over the runs of a group; a pooled library gives its value to each of its samples."""
        matrix = self.world.matrices[group]
        row = next((row for row, one in enumerate(matrix.features) if one[0] == feature), None)
        if row is None:
            raise KeyError(feature)
        return {
            sample: float(matrix.values[row, column, 0])
            for column, run in enumerate(matrix.runs)
            for sample in self.world.run_samples(run)
            if not math.isnan(matrix.values[row, column, 0])
        }

    def value(self, feature: str, sample: str, group: str = "") -> float:
        """Of the group, or of the first group that has this feature for this sample. KeyError: not measured."""
        for own in [group] if group else self.world.matrices:
            try:
                return self.values(own, feature)[sample]
            except KeyError:
                if group:
                    raise
        raise KeyError(feature, sample)
