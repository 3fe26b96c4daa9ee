"""What a spatial file holds, without its numbers, and what can be chosen of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

Form = Literal["h5ad", "gem", "gef"]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Tell = Callable[[str, int, int, str, float], None]  # part, done, of, unit, seconds since it began; may raise to stop

MOST_SPOTS, MOST_GENES = 3_000_000, 500_000
MOST_STORED = 2_000_000_000  # numbers of one section that are not 0
USUAL_SPOTS = 200_000  # of a GEM or GEF file where no bin is chosen
BINS = (1, 2, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True)
class SectionOptions:
    """What of a file is taken. bin: of GEM and GEF, in units of its coordinates; 0 for the cells it names, else for the
    smallest of BINS with at most USUAL_SPOTS spots. layer: of h5ad, one of its layers, "" for X.
    """

    bin: int = 0
    layer: str = ""


@dataclass(frozen=True)
class SectionOutline:
    """A spatial file without its numbers.

    ids: of genes, each once (a repeated one ends in " (2)"). names: symbols where the file tells them beside the ids,
    else "". spots: `spot` first, then columns that put spots into groups, as text, "" where nothing is told. positions:
    float64 (spots, 2) x, y in units of the file, NaN where missing; None where none are told. bin: in force, 0 for
    cells or spots as they are. bins, layers: that can be chosen (layers: see h5ad_layers.py). direct: one gene is read
    without the rest, in a moment. stored: numbers in the file, None while unknown. notes: what was left out or assumed,
    in sentences.
    """

    file: str
    form: Form
    ids: tuple[str, ...]
    names: tuple[str, ...]
    spots: pd.DataFrame
    positions: Floats | None
    bin: int = 0
    bins: tuple[int, ...] = ()
    layers: tuple[str, ...] = ()
    options: SectionOptions = SectionOptions()
    direct: bool = True
    stored: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Genes and spots."""
        return len(self.ids), len(self.spots)


@dataclass(frozen=True)
class Piece:
    """Some stored numbers: place of the gene, place of the spot, value; all (k,). Pairs may come twice: they add up.

    done, of: how much of the file is read, for progress.
    """

    genes: npt.NDArray[np.integer]
    spots: npt.NDArray[np.integer]
    values: npt.NDArray[np.floating]
    done: int
    of: int


class Reading(Protocol):
    """An open spatial file. by_gene: pieces come gene by gene in order, no gene in two of them. kind: of the values."""

    outline: SectionOutline
    by_gene: bool
    kind: np.dtype[np.floating]

    def pieces(self) -> Iterator[Piece]:
        """Every number that is not 0, NaN for missing. Raises BadInput for what is damaged or infinite."""

    def places(self) -> Iterator[Piece]:
        """The same where only `genes` count; values and spots may be empty. Cheaper where the form allows."""

    def gene(self, place: int) -> Floats:
        """Values of one gene over all spots, float64 (spots,), 0 where none is stored."""
