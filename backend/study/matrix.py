"""An expression matrix of a study in memory, and the scale its numbers are shown on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.errors import BadInput

MOST_CELLS = 100_000_000
MOST_STORED = 1_000_000_000  # numbers of a matrix that is kept on disk, never whole in memory
Floats = npt.NDArray[np.float32]
ABUNDANCES = ("tpm", "fpkm", "rpkm", "cpm", "ntpm", "ptpm")
COUNTS = ("count", "counts", "raw counts", "reads", "raw")


def as_float32(values: npt.ArrayLike) -> Floats:
    """Numbers as float32; those that are too large for it become infinite, which `checked` refuses."""
    with np.errstate(over="ignore"):
        return np.asarray(values, dtype=np.float64).astype(np.float32)


@dataclass(frozen=True)
class Matrix:
    """Numbers of features (rows) in samples (columns).

    ids, names: of features; a name may be "". samples: one row a column, `sample` first, further columns as text.
    values: float32 (features, samples), NaN where not measured. unit: as the data say it.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    samples: pd.DataFrame
    values: Floats
    unit: str
    notes: tuple[str, ...] = field(default=())

    def checked(self) -> Matrix:
        """The matrix. Raises BadInput naming what does not fit: shapes, repeated samples, no or infinite numbers."""
        shape = (len(self.ids), len(self.samples))
        if self.values.shape != shape or len(self.names) != shape[0]:
            raise misfit(self.values.shape, shape)
        check_names(self.ids, self.samples)
        check_finite(self.values)
        return self

    def groupings(self) -> tuple[str, ...]:
        """Columns of `samples` that put them into groups: between one value and one less than there are samples."""
        n = len(self.samples)
        return tuple(
            name
            for name in self.samples.columns
            if name != "sample" and self.samples[name].nunique() >= 1 and (n == 1 or self.samples[name].nunique() < n)
        )


def check_names(ids: Sequence[str], samples: pd.DataFrame) -> None:
    """Raises BadInput for no features, no samples, or a sample that stands twice."""
    if not (len(ids) and len(samples)):
        raise BadInput("The matrix has no features or no samples.", "Choose another matrix.")
    if again := _repeated(list(samples["sample"])):
        raise BadInput(f"The sample {again} stands twice in the matrix.", "Name every sample once.")


def check_finite(values: Floats) -> None:
    """Raises BadInput for an infinite number."""
    if np.isinf(values).any():
        raise BadInput("The matrix holds an infinite number.", "Use log2(x+1) rather than log2(x).")


def misfit(found: tuple[int, ...], due: tuple[int, int]) -> BadInput:
    """Numbers of another shape than features and samples."""
    return BadInput(
        f"The matrix has {found} numbers for {due[0]:,} features and {due[1]:,} samples.",
        "Check that every row has one number for each sample.",
    )


def _repeated(names: Sequence[str]) -> str:
    counts = Counter(names)
    return next((name for name, count in counts.items() if count > 1), "")


@dataclass(frozen=True)
class Scale:
    """How numbers are shown: the unit on screen, in words how it is made, and whether log2(x+1) is taken."""

    unit: str
    transform: str
    log: bool

    def apply(self, values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """The numbers on this scale."""
        wide = np.asarray(values, dtype=np.float64)
        return np.log2(wide + 1) if self.log else wide


def scale(unit: str, lowest: float) -> Scale:
    """log2(x+1) of abundances and counts; numbers that are logarithms already, or negative, stay as they are."""
    told = " ".join(unit.split())
    name = told.casefold()
    if lowest < 0 or "log" in name:
        return Scale(told or "value", "as the source gives it", log=False)
    if name in ABUNDANCES:
        return Scale(f"log2({told}+1)", f"log2(x+1) of {told}", log=True)
    if name in COUNTS:
        return Scale("log2(count+1)", "log2(x+1) of counts, not normalised for library size", log=True)
    return Scale(f"log2({told or 'value'}+1)", f"log2(x+1) of {told or 'values without a unit'}", log=True)
