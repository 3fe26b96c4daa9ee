"""Where a gene is expressed: boxes of tissues and cohorts, balanced by series, and the samples behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.atlas import codes, exact, statistics
from backend.atlas.index import Index, Mask, Places
from backend.atlas.statistics import FIELDS
from backend.errors import NotFound
from backend.model import POINT_COLUMNS, Choice, Pool

COHORTS = "Cohorts"  # the system of a group that the user named
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
SEED = 7
EXACTLY = 20_000  # samples of a cohort read from the file itself, a fifth of a second
Floats = npt.NDArray[np.float64]


def profiles(index: Index, rows: Sequence[int], choice: Choice) -> pd.DataFrame:
    """Genes over tissues, long: gene, tissue, system, n_samples, n_series, min, q1, median, q3, max, mean, sd,
    detected, z, and n_effective when balanced; one row a gene and tissue that has samples, cohorts after tissues.

    All in log2(1+CPM); detected: share of samples with a read; z: (mean - reference mean) / reference SD, against
    all samples of the pool. Raises NotFound when the pool or a cohort is empty.
    """
    if not index.pool_size(choice.pool):
        raise NotFound(f"{index.layout.path.name} has no {index.called(choice.pool)}.", "Choose another pool.")
    if choice.balanced or choice.cohorts:
        return _one_by_one(index, rows, choice)
    table, mean, sd = _plain(index, rows, choice.pool)
    return table.assign(z=_z(table["mean"].to_numpy(), mean, sd))


def _one_by_one(index: Index, rows: Sequence[int], choice: Choice) -> pd.DataFrame:
    """The same with cohorts, or balanced: each gene needs its values in all samples."""
    cohorts = [(cohort.name, _cohort(index, cohort.query, choice.pool)) for cohort in choice.cohorts]
    weights = _Weights(index, choice.pool) if choice.balanced else None
    tables = []
    for row in rows:
        table, mean, sd = _plain(index, [row], choice.pool)
        if weights is not None:
            mean, sd = weights.put_into(table, row)
        mean, sd = mean.ravel()[:1], sd.ravel()[:1]  # the reference is one for all lines
        if cohorts:
            extra = [_of_group(index, row, name, places, choice.balanced) for name, places in cohorts]
            table = pd.concat([table, pd.DataFrame(extra)], ignore_index=True)
        tables.append(table.assign(z=_z(table["mean"].to_numpy(), mean, sd), gene=index.label(row)))
    return pd.concat(tables, ignore_index=True)


def _z(values: Floats, mean: Floats, sd: Floats) -> Floats:
    """NaN where the reference does not vary."""
    return np.asarray((values - mean) / np.where(sd > 0, sd, np.nan))


def _plain(index: Index, rows: Sequence[int], pool: Pool) -> tuple[pd.DataFrame, Floats, Floats]:
    """The long table of some genes from the statistics; mean and SD of the whole pool for each of its lines."""
    number = index.pool_number(pool)
    n, n_series = index.statistics.n[number], index.statistics.n_series[number]
    there = np.flatnonzero(n[:-1])
    values = index.statistics.values(np.asarray(rows), number)
    labels, systems = (
        np.asarray(names, dtype=object)[there] for names in (index.samples.labels, index.samples.systems)
    )
    fixed = {"tissue": labels, "system": systems, "n_samples": n[there], "n_series": n_series[there]}
    columns: dict[str, Any] = {
        "gene": np.repeat(np.array([index.label(row) for row in rows], dtype=object), len(there))
    }
    columns |= {name: np.tile(column, len(rows)) for name, column in fixed.items()}
    columns |= {name: values[:, there, place].ravel() for place, name in enumerate(FIELDS)}
    mean, sd = (np.repeat(values[:, -1, place], len(there)) for place in (0, 1))
    return pd.DataFrame(columns), mean, sd


class _Weights:
    """Each series weighs once in each tissue, and once in the reference; a sample of no series is one of its own."""

    def __init__(self, index: Index, pool: Pool) -> None:
        self.store = index.needs_store("Balancing by series")
        self.inside = np.flatnonzero(index.inside(pool))
        self.tissue = index.samples.tissue[self.inside].astype(np.int64)
        series = _series(index)[self.inside]
        self.whole = _weights(series)
        self.within = _weights(self.tissue * (series.max(initial=0) + 1) + series)
        self.labels = np.asarray(index.samples.labels, dtype=object)

    def put_into(self, table: pd.DataFrame, row: int) -> tuple[Floats, Floats]:
        """The weighted numbers of a gene into its table; mean and SD of the reference.

        n_effective = (sum of weights)^2 / sum of squared weights.
        """
        found = self.store.rows([row])[0][self.inside]
        hists = np.bincount(self.tissue * 256 + found, self.within, 256 * len(self.labels)).reshape(-1, 256)
        weight = np.bincount(self.tissue, self.within, len(self.labels))
        square = np.bincount(self.tissue, self.within**2, len(self.labels))
        there = np.flatnonzero(weight)
        boxes = pd.DataFrame([_of_histogram(hists[code]) for code in there]).set_index(self.labels[there])
        boxes["n_effective"] = weight[there] ** 2 / square[there]
        for name in boxes.columns:
            table[name] = boxes.loc[table["tissue"], name].to_numpy()
        whole = _of_histogram(np.bincount(found, self.whole, 256))
        return np.array(whole["mean"]), np.array(whole["sd"])


def _series(index: Index) -> npt.NDArray[np.int64]:
    series = np.asarray(index.samples.series, dtype=np.int64).copy()
    alone = np.flatnonzero(series < 0)
    series[alone] = series.max(initial=0) + 1 + np.arange(len(alone))
    return series


def _weights(groups: npt.NDArray[np.int64]) -> Floats:
    """One over the size of each member's group."""
    _, place, size = np.unique(groups, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / size[place])


def _of_histogram(hist: npt.NDArray[Any]) -> dict[str, float]:
    """Mean, SD, share detected and quantiles (the smallest value with at least that share) of weights over codes."""
    total = hist.sum()
    value = codes.decode(np.arange(256))
    mean = float(hist @ value / total)
    reached = np.cumsum(hist) / total
    occurring = np.flatnonzero(hist)
    middle = (("q1", 0.25), ("median", 0.5), ("q3", 0.75))
    found = {name: value[min(255, int(np.searchsorted(reached, share - 1e-12)))] for name, share in middle}
    found |= {"min": value[occurring[0]], "max": value[occurring[-1]]}
    sd = float(np.sqrt(max(0.0, hist @ value**2 / total - mean**2)))
    return {"mean": mean, "sd": sd, "detected": float(1 - hist[0] / total)} | {k: float(v) for k, v in found.items()}


def _cohort(index: Index, query: str, pool: Pool) -> Places:
    """The samples of a pool that a query finds. Raises NotFound when there are none."""
    places = index.samples.places(query)
    places = places[index.inside(pool)[places]]
    if not len(places):
        raise NotFound(
            f"None of the {index.called(pool)} with reads matches “{query[:60]}”.", "Change the search or the pool."
        )
    return places


def cohort(index: Index, query: str, pool: Pool) -> Places:
    """The same, for co-expression."""
    return _cohort(index, query, pool)


def _of_group(index: Index, row: int, name: str, places: Places, balanced: bool) -> dict[str, object]:
    """One row of a profile for a group of samples."""
    series = _series(index)[places]
    chosen = np.zeros(index.layout.n_samples, dtype=np.bool_)
    chosen[places] = True
    common = {
        "tissue": name,
        "system": COHORTS,
        "n_samples": len(places),
        "n_series": len(np.unique(statistics.series_of(index.samples, chosen)[1])),
    }
    if balanced:
        found = index.needs_store("Balancing by series").rows([row])[0][places]
        weights = _weights(series)
        effective = {"n_effective": weights.sum() ** 2 / (weights**2).sum()}
        return common | effective | _of_histogram(np.bincount(found, weights, 256))
    values = _values(index, row, places)
    box = dict(zip(("min", "q1", "median", "q3", "max"), np.quantile(values, QUANTILES), strict=True))
    return common | box | {"mean": values.mean(), "sd": values.std(), "detected": (values > 0).mean()}


def _values(index: Index, row: int, places: Places) -> Floats:
    """One gene in some samples, exactly from the file; in very many from the store, where there is one."""
    if index.store is None or len(places) <= EXACTLY:
        return np.asarray(exact.values(index, [row], places)[0])
    return codes.decode(index.store.rows([row])[0][places])


def points(index: Index, row: int, tissue: str, pool: Pool, most: int = 2_000) -> pd.DataFrame:
    """The samples behind one bar: sample, series, title, value in log2(1+CPM), from the exact counts.

    Over `most` a random draw with a fixed seed; attrs["of"] holds how many there are.
    """
    chosen: Mask = index.inside(pool) & (np.asarray(index.samples.tissue) == index.tissue_code(tissue))
    return points_of(index, row, np.flatnonzero(chosen), most)


def points_of(index: Index, row: int, places: Places, most: int = 2_000) -> pd.DataFrame:
    """The same for any samples."""
    drawn = places
    if len(places) > most:
        drawn = np.sort(np.random.default_rng(SEED).choice(places, most, replace=False))
    table = index.samples.rows(drawn)
    table = table.assign(value=exact.values(index, [row], drawn)[0])[list(POINT_COLUMNS)]
    table.attrs["of"] = len(places)
    return table
