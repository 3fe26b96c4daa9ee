"""Genes over groups of samples of a study: boxes, and z against all its samples."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
BOX = ("min", "q1", "median", "q3", "max")
NO_GROUP = "not told"


def profiles(labels: Sequence[str], groups: Sequence[str], values: npt.NDArray[np.float64]) -> pd.DataFrame:
    """Long: gene, tissue (the group), system "", median, z, n_samples, min, q1, q3, max, mean, sd.

    labels: genes, (g,). groups: of the samples, (s,). values: (g, s); NaN is left out of every number. n_samples counts
    the samples that were measured. z = (mean of the group - mean of all samples) / SD of all samples (population SD);
    NaN where the gene does not vary.
    """
    names = [group.strip() or NO_GROUP for group in groups]
    order = list(dict.fromkeys(names))
    place = {name: number for number, name in enumerate(order)}
    member = np.array([place[name] for name in names])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all-NaN: NaN is meant
        mean, sd = np.nanmean(values, axis=1), np.nanstd(values, axis=1)
        parts = [_of_group(values[:, member == number]) for number in range(len(order))]
    table = pd.DataFrame(
        {
            "gene": np.repeat(np.array(labels, dtype=object), len(order)),
            "tissue": np.tile(np.array(order, dtype=object), len(labels)),
            "system": "",
            **{name: np.stack([part[name] for part in parts], axis=1).ravel() for name in parts[0]},
        }
    )
    spread = np.where(sd > 1e-12, sd, np.nan)
    table["z"] = (table["mean"].to_numpy() - np.repeat(mean, len(order))) / np.repeat(spread, len(order))
    first = ["gene", "tissue", "system", "median", "z", "n_samples"]
    return table[[*first, *(name for name in table.columns if name not in first)]]


def _of_group(values: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
    """The numbers of one group, each (g,)."""
    box = np.nanquantile(values, QUANTILES, axis=1)
    found = dict(zip(BOX, box, strict=True))
    counted = np.count_nonzero(~np.isnan(values), axis=1)
    return found | {"mean": np.nanmean(values, axis=1), "sd": np.nanstd(values, axis=1), "n_samples": counted}
