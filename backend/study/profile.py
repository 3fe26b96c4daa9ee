"""Genes over groups of samples of a study: boxes, and z against all its samples."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.study.grouping import Groups

QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
BOX = ("min", "q1", "median", "q3", "max")


def profiles(labels: Sequence[str], groups: Groups, values: npt.NDArray[np.float64]) -> pd.DataFrame:
    """Long: gene, tissue (the group), system "", median, z, n_samples, min, q1, q3, max, mean, sd, n_group, place.

    labels: genes, (g,). groups: of the samples, (s,). values: (g, s); NaN is left out of every number. n_samples counts
    the samples that were measured, n_group all of the group; place: of the group in its order. z = (mean of the group -
    mean of all samples) / SD of all samples (population SD); NaN where the gene does not vary. The numbers of a group
    without a measured sample are NaN.
    """
    count = len(groups.names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all-NaN: NaN is meant
        mean, sd = np.nanmean(values, axis=1), np.nanstd(values, axis=1)
        parts = [_of_group(values[:, groups.member == number]) for number in range(count)]
    table = pd.DataFrame(
        {
            "gene": np.repeat(np.array(labels, dtype=object), count),
            "tissue": np.tile(np.array(groups.names, dtype=object), len(labels)),
            "system": "",
            **{name: np.stack([part[name] for part in parts], axis=1).ravel() for name in parts[0]},
            "n_group": np.tile([number for _, number in groups.counts()], len(labels)),
            "place": np.tile(np.arange(count), len(labels)),
        }
    )
    spread = np.where(sd > 1e-12, sd, np.nan)
    table["z"] = (table["mean"].to_numpy() - np.repeat(mean, count)) / np.repeat(spread, count)
    first = ["gene", "tissue", "system", "median", "z", "n_samples"]
    return table[[*first, *(name for name in table.columns if name not in first)]]


def _of_group(values: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
    """The numbers of one group, each (g,)."""
    counted = np.count_nonzero(~np.isnan(values), axis=1)
    found = dict(zip(BOX, _quantiles(values, counted), strict=True))
    return found | {"mean": np.nanmean(values, axis=1), "sd": np.nanstd(values, axis=1), "n_samples": counted}


def _quantiles(values: npt.NDArray[np.float64], counted: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """QUANTILES of each row over what is not NaN, as numpy takes them by default; numpy itself does it row by row."""
    if not values.size:
        return np.full((len(QUANTILES), len(values)), np.nan)
    rising = np.sort(values, axis=1)  # NaN last
    at = np.outer(QUANTILES, np.maximum(counted - 1, 0))
    below = np.floor(at).astype(np.intp)
    above = np.minimum(below + 1, np.maximum(counted - 1, 0))
    rows = np.arange(len(values))
    low, high = rising[rows, below], rising[rows, above]
    return np.asarray(low + (high - low) * (at - below))


def points(labels: Sequence[str], groups: Groups, values: npt.NDArray[np.float64]) -> pd.DataFrame:
    """What stands behind the boxes, long: gene, tissue (the group), place (of the sample), value; measured ones only.

    Samples in the order of their groups. values: (g, s).
    """
    order = np.argsort(groups.member, kind="stable")
    row, column = np.nonzero(~np.isnan(values[:, order]))
    place = order[column]
    return pd.DataFrame(
        {
            "gene": np.array(labels, dtype=object)[row],
            "tissue": groups.label()[place],
            "place": place,
            "value": values[row, place],
        }
    )
