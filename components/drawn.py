"""The table a figure draws: selection, order and measure, applied once.

Screen, paper and CSV all take what is made here, so they cannot show different numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend import api
from backend.errors import BadInput

Z, LOG, LINEAR, BOX = "z", "log", "linear", "box"
BY_VALUE, BY_NAME, BY_SYSTEM = "value", "name", "system"
NOT_MEASURED = "not measured"


def linear_unit(unit: str) -> str:
    """The unit before the logarithm: "log2(nTPM+1)" -> "nTPM"."""
    return unit.removeprefix("log2(").removesuffix("+1)")


def measure_column(table: pd.DataFrame, measure: str) -> pd.Series:
    """The drawn number of each row: z, the log value as it stands, or 2**log - 1."""
    if measure == Z:
        return table["z"]
    if measure == LINEAR:
        return np.exp2(table["median"]) - 1
    return table["median"]


def profile(table: pd.DataFrame, measure: str, order: str, top: int | None, systems: tuple[str, ...]) -> pd.DataFrame:
    """What the profile figure draws, in its order, best first.

    table: long, gene + PROFILE_COLUMNS. The `top` tissues are those where any of the genes
    is highest; the first gene decides the order. Adds column value.
    """
    drawn = table.assign(value=measure_column(table, measure))
    if systems:
        drawn = drawn[drawn["system"].isin(systems)]
    if drawn.empty:
        raise BadInput("No tissue belongs to the chosen organ systems.", "Choose other organ systems.")
    highest = drawn.groupby("tissue")["value"].max().sort_values(ascending=False, kind="stable", na_position="last")
    leading = drawn[(drawn["gene"] == drawn["gene"].iloc[0]) & drawn["tissue"].isin(highest.index[:top])]
    leading = leading.sort_values(["value", "tissue"], ascending=[False, True], na_position="last")
    if order == BY_NAME:
        leading = leading.sort_values("tissue", key=lambda names: names.str.casefold())
    elif order == BY_SYSTEM:
        leading = leading.sort_values(["system", "value"], ascending=[True, False], na_position="last")
    rank = {tissue: position for position, tissue in enumerate(leading["tissue"])}
    drawn = drawn[drawn["tissue"].isin(rank)]
    position = drawn["tissue"].map(rank)
    genes = {gene: number for number, gene in enumerate(dict.fromkeys(table["gene"]))}
    keys = pd.DataFrame({"gene": drawn["gene"].map(genes), "rank": position}).sort_values(["gene", "rank"])
    return drawn.loc[keys.index].reset_index(drop=True)


def why_no_number(rows: pd.DataFrame) -> list[str]:
    """What stands in the place of a bar that has no number, row by row: a value without z is measured all the same."""
    values = rows["median"] if "median" in rows else rows["value"]
    return [NOT_MEASURED if missing else "no z: the same everywhere" for missing in values.isna()]


def cohorts(table: pd.DataFrame) -> pd.DataFrame:
    """What the cohort figure draws: by unit, then highest first; cohorts not measured are left out."""
    measured = table.dropna(subset="value")
    return measured.sort_values(["unit", "value"], ascending=[True, False]).reset_index(drop=True)


@dataclass(frozen=True)
class HeatmapDrawing:
    """A heatmap ready to draw. z, value: (genes, tissues), NaN where missing or constant.

    row_lines, column_lines: dendrogram segments (positions, heights) in leaf units, [] when not
    clustered; they span the first row_leaves rows and column_leaves columns.
    """

    genes: list[str]
    tissues: list[str]
    systems: list[str]
    z: npt.NDArray[np.float64]
    value: npt.NDArray[np.float64]
    clip: float
    unit: str
    row_lines: list[tuple[list[float], list[float]]] = field(default_factory=list)
    column_lines: list[tuple[list[float], list[float]]] = field(default_factory=list)

    @property
    def colour_title(self) -> str:
        """The title of the colour bar, with the clip."""
        return f"z-score, clipped at ±{self.clip:g}"

    def table(self) -> pd.DataFrame:
        """The drawn numbers, long: gene, tissue, system, z, value; in drawn order."""
        count = len(self.genes)
        return pd.DataFrame(
            {
                "gene": np.repeat(np.array(self.genes, dtype=object), len(self.tissues)),
                "tissue": np.tile(np.array(self.tissues, dtype=object), count),
                "system": np.tile(np.array(self.systems, dtype=object), count),
                "z": self.z.ravel(),
                "value": self.value.ravel(),
            }
        )


@dataclass(frozen=True)
class HeatmapOptions:
    """top: how many tissues, by largest |z|, None for all. clusters: which axes to cluster."""

    top: int | None = None
    cluster_genes: bool = True
    cluster_tissues: bool = True
    linkage: str = "average"
    metric: str = "pearson"
    clip: float = 3.0


def heatmap(table: pd.DataFrame, unit: str, options: HeatmapOptions) -> HeatmapDrawing:
    """From the long profile table to rows and columns in drawn order."""
    genes = list(dict.fromkeys(table["gene"]))
    tissues = list(dict.fromkeys(table["tissue"]))
    z = table["z"].to_numpy(dtype=float).reshape(len(genes), len(tissues))
    value = table["median"].to_numpy(dtype=float).reshape(len(genes), len(tissues))
    systems = list(table["system"].iloc[: len(tissues)])
    columns = _top_columns(z, options.top)
    z, value = z[:, columns], value[:, columns]
    rows = api.cluster(z, options.linkage, options.metric) if options.cluster_genes else None
    cols = api.cluster(z.T, options.linkage, options.metric) if options.cluster_tissues else None
    row_order = rows.order if rows else np.arange(len(genes))
    column_order = cols.order if cols else np.arange(len(columns))
    return HeatmapDrawing(
        genes=[genes[i] for i in row_order],
        tissues=[tissues[columns[i]] for i in column_order],
        systems=[systems[columns[i]] for i in column_order],
        z=z[np.ix_(row_order, column_order)],
        value=value[np.ix_(row_order, column_order)],
        clip=options.clip,
        unit=unit,
        row_lines=rows.lines if rows else [],
        column_lines=cols.lines if cols else [],
    )


def _top_columns(z: npt.NDArray[np.float64], top: int | None) -> npt.NDArray[np.intp]:
    """The `top` columns by their largest |z|, kept in the given order."""
    if top is None or top >= z.shape[1]:
        return np.arange(z.shape[1])
    strength = np.max(np.nan_to_num(np.abs(z)), axis=0)
    return np.sort(np.argsort(-strength, kind="stable")[:top])
