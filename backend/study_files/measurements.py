"""Headers that name a sample and a measurement, as `HG00119.intensity`; they are split at the first separator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.errors import BadInput
from backend.study_files.findings import Findings
from backend.study_files.outline import SEPARATORS


@dataclass(frozen=True)
class Measured:
    """columns: each sample once, in the order of the file. pairs: sample and measurement of each header."""

    columns: tuple[str, ...]
    measurements: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]

    def places(self, measurement: str) -> npt.NDArray[np.intp] | None:
        """Where the headers of a measurement stand, a place a sample; None where there is but one. Raises BadInput."""
        wanted = measurement or self.measurements[0]
        if wanted not in self.measurements:
            known = ", ".join(self.measurements)
            raise BadInput(f"The file has no measurement “{wanted[:60]}”.", f"It has: {known[:200]}.")
        if self.measurements == ("",):
            return None
        place = {pair: number for number, pair in enumerate(self.pairs)}
        return np.array([place[name, wanted] for name in self.columns])


def split(headers: tuple[str, ...], separator: str, line: int, findings: Findings) -> Measured:
    """Headers of columns with numbers. Notes headers without separator, and samples whose measurements differ."""
    if not separator:
        return Measured(headers, ("",), tuple((name, "") for name in headers))
    _check_separator(separator, line, findings)
    pairs = []
    for name in headers:
        sample, found, measurement = (part.strip() for part in name.partition(separator))
        if not (sample and found and measurement) and name:
            message = "A column does not name a sample and a measurement with the separator between them."
            findings.add("TSV_SEPARATOR", message, line=line, column=name, value=separator)
        pairs.append((sample, measurement))
    columns = tuple(dict.fromkeys(sample for sample, _ in pairs))
    measurements = tuple(dict.fromkeys(measurement for _, measurement in pairs)) or ("",)
    _check_complete(columns, measurements, pairs, line, findings)
    return Measured(columns, measurements, tuple(pairs))


def _check_separator(separator: str, line: int, findings: Findings) -> None:
    if any(sign not in SEPARATORS for sign in separator):
        message = f"A separator is made of these signs: {' '.join(SEPARATORS)}"
        findings.add("TSV_SEPARATOR", message, line=line, value=separator)


def _check_complete(
    columns: tuple[str, ...], measurements: tuple[str, ...], pairs: list[tuple[str, str]], line: int, findings: Findings
) -> None:
    there = set(pairs)
    for sample in columns:
        lacking = [one for one in measurements if (sample, one) not in there]
        if lacking:
            message = "A sample lacks a measurement that others have."
            findings.add("TSV_SEPARATOR", message, line=line, column=sample, value=", ".join(lacking[:5]))
