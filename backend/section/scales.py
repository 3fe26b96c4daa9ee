"""The scales that numbers of spots are shown on: as stored, log2(x+1), and for counts log2(CP10K+1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.errors import BadInput
from backend.model import SpotScale

STORED, LOG, CP10K = "stored", "log", "cp10k"
TEN_THOUSAND = 1e4
Floats = npt.NDArray[np.float64]

_COUNTS = {CP10K: "log2(CP10K+1)", LOG: "log2(count+1)", STORED: "count"}
_VALUES = {STORED: "value as stored", LOG: "log2(value+1)"}
_WORDS = {
    CP10K: "log2(x+1) of counts per 10,000 counts of the spot",
    LOG: "log2(x+1) of the stored {}s, not normalised for the total of a spot",
    STORED: "as the file gives it",
}


def offered(counts: bool, lowest: float, totals: bool = True) -> tuple[SpotScale, ...]:
    """The scales that numbers can be shown on, the usual one first.

    counts: whole numbers, never negative. lowest: the lowest number. totals: whether those of the spots are known.
    """
    titles = _COUNTS if counts else _VALUES
    kept = [key for key in titles if (key != CP10K or totals) and (key != LOG or lowest >= 0)]
    return tuple(SpotScale(key, titles[key]) for key in kept)


@dataclass(frozen=True)
class Scale:
    """A scale in force. factors: what the number of a spot is multiplied with first, (spots,); None: with nothing."""

    key: str
    unit: str
    transform: str
    log: bool
    factors: Floats | None = None

    def apply(self, values: Floats, spots: npt.NDArray[np.integer] | None = None) -> Floats:
        """Numbers on this scale; NaN stays. values: (..., spots), or (k,) at the places `spots`."""
        if not self.log:
            return values
        if self.factors is None:
            return np.asarray(np.log2(values + 1.0))
        return np.asarray(np.log2(values * (self.factors if spots is None else self.factors[spots]) + 1.0))


def scale(key: str, among: tuple[SpotScale, ...], counts: bool, totals: Floats | None = None) -> Scale:
    """The scale of this key, "" for the usual one. totals: of each spot, for CP10K. Raises BadInput for another key.

    A spot without a count has no counts per 10,000; its numbers are 0 and stay so.
    """
    chosen = next((one for one in among if one.key == (key or among[0].key)), None)
    if chosen is None:
        names = ", ".join(one.key for one in among)
        raise BadInput(f"“{key[:20]}” is no scale for these numbers.", f"Choose one of: {names}.")
    factors = None
    if chosen.key == CP10K and totals is not None:
        factors = np.divide(TEN_THOUSAND, totals, out=np.zeros(len(totals)), where=totals > 0)
    words = _WORDS[chosen.key].format("count" if counts else "value")
    return Scale(chosen.key, chosen.title, words, chosen.key != STORED, factors)
