"""How far apart the spots of a section are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

MOST_ASKED = 20_000  # spots whose nearest neighbour is looked for


def spacing(positions: npt.NDArray[np.float64] | None) -> float | None:
    """Median distance of a spot to the nearest other one, in the units of positions.

    positions: (spots, 2) x, y, NaN where missing; spots at one place count once. None without two places. Of very many
    spots some are asked, evenly over their order, for their neighbour among all.
    """
    if positions is None:
        return None
    known = np.unique(positions[~np.isnan(positions).any(axis=1)], axis=0)
    if len(known) < 2:
        return None
    asked = known[:: max(1, len(known) // MOST_ASKED)]
    distances, _ = cKDTree(known).query(asked, k=2)
    return float(np.median(np.asarray(distances)[:, 1]))
