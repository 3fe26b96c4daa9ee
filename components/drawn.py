"""The table a figure draws: selection, order and measure, applied once.

Screen, paper and CSV all take what is made here, so they cannot show different numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend import api
from backend.errors import BadInput
from components import groups, palette

Z, LOG, LINEAR, BOX = "z", "log", "linear", "box"
BY_VALUE, BY_NAME, BY_SYSTEM = "value", "name", "system"
NOT_MEASURED = "not measured"
NAMED_SAMPLES = 60  # above this, names of samples would overlap


Z_ALONE = "z-score as served"  # the unit of an answer that holds nothing else


def is_z_alone(table: pd.DataFrame) -> bool:
    """Whether a profile holds z-scores and no values at all."""
    return bool(table["median"].isna().all() and table["z"].notna().any())


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
    is highest; the first gene decides the order. Cohorts stand above them, cell lines and unlabelled
    samples below; `top` and, for cohorts, `systems` leave them alone. Adds column value.
    """
    drawn = table.assign(value=measure_column(table, measure), kind=groups.kinds(table))
    if systems:
        drawn = drawn[drawn["system"].isin(systems) | (drawn["kind"] == groups.COHORT)]
    if drawn.empty:
        raise BadInput("No tissue belongs to the chosen organ systems.", "Choose other organ systems.")
    drawn = drawn.reset_index(drop=True)
    gene, tissue = pd.factorize(drawn["gene"])[0], pd.factorize(drawn["tissue"], sort=True)[0]  # numbers compare faster
    plain = (drawn["kind"] == groups.TISSUE).to_numpy()
    best = drawn["value"][plain].groupby(tissue[plain]).max()
    highest = best.sort_values(ascending=False, kind="stable", na_position="last").index[:top]
    leading = _ordered(drawn[(gene == 0) & (np.isin(tissue, highest) | ~plain)], order)
    rank = np.full(tissue.max() + 1, -1)
    rank[tissue[leading.index]] = np.arange(len(leading))
    places = np.lexsort((rank[tissue], gene))
    return drawn.drop(columns="kind").iloc[places[rank[tissue[places]] >= 0]].reset_index(drop=True)


def _ordered(leading: pd.DataFrame, order: str) -> pd.DataFrame:
    """The rows of one gene by value, name or system; cohorts first, then tissues, cell lines, unlabelled samples."""
    leading = leading.sort_values(["value", "tissue"], ascending=[False, True], na_position="last")
    if order == BY_NAME:
        names = leading["place"] if groups.is_of_study(leading) else leading["tissue"].str.casefold()
        leading = leading.loc[names.sort_values(kind="stable").index]
    elif order == BY_SYSTEM:
        leading = leading.sort_values(["system", "value"], ascending=[True, False], na_position="last")
    return leading.sort_values("kind", kind="stable")


def highest_first(values: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """The places of the numbers, highest first, equal ones as they stand; missing ones are left out."""
    numbers = np.asarray(values, dtype=float)
    return np.argsort(-numbers, kind="stable")[: np.count_nonzero(~np.isnan(numbers))]


def spread(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Offsets in -1..1 that keep points of near values apart (van der Corput's sequence along the values)."""
    sequence = np.zeros(len(values))
    index, share = np.arange(1, len(values) + 1), 0.5
    while index.any():
        sequence += share * (index & 1)
        index, share = index >> 1, share / 2
    offsets = np.empty(len(values))
    offsets[np.argsort(values, kind="stable")] = 2 * sequence - 1
    return offsets


def why_no_number(rows: pd.DataFrame) -> list[str]:
    """What stands in the place of a bar that has no number, row by row: a value without z is measured all the same."""
    values = rows["median"] if "median" in rows else rows["value"]
    scored = rows["z"].notna() if "z" in rows else pd.Series(False, index=rows.index)
    return [
        "only a z-score" if missing and score else NOT_MEASURED if missing else "no z: the same everywhere"
        for missing, score in zip(values.isna(), scored, strict=True)
    ]


def cell_lines(table: pd.DataFrame, gene: str, top: int | None) -> pd.DataFrame:
    """What the figure of cell lines draws: the `top` of highest median, None for all, as rows of a profile.

    table: cell_line, tissue, and the five numbers. A line of the same name in two tissues bears its tissue.
    """
    shared = table["cell_line"].duplicated(keep=False)
    named = table["cell_line"].where(~shared, table["cell_line"] + " (" + table["tissue"] + ")")
    rows = table.assign(gene=gene, tissue=named, system=table["tissue"], value=table["median"])
    ranked = rows.sort_values(["value", "tissue"], ascending=[False, True], na_position="last")
    return (
        ranked[["gene", "tissue", "system", "value", "min", "q1", "median", "q3", "max"]]
        .head(len(ranked) if top is None else top)
        .reset_index(drop=True)
    )


def cohorts(table: pd.DataFrame) -> pd.DataFrame:
    """What the cohort figure draws: by unit, then highest first; cohorts not measured are left out."""
    measured = table[table["value"].notna()]
    places = np.lexsort((-measured["value"].to_numpy(), pd.factorize(measured["unit"], sort=True)[0]))
    return measured.iloc[places].reset_index(drop=True)


@dataclass(frozen=True)
class HeatmapDrawing:
    """A heatmap ready to draw. z, value: (genes, tissues), NaN where missing or constant.

    row_lines, column_lines: dendrogram segments (positions, heights) in leaf units, [] when not
    clustered; they span the first row_leaves rows and column_leaves columns.
    column, band: what the columns and the colours above them are. The columns may be samples, then `tissues` holds
    their names and `systems` their tissues. about: one row a column, what else is known of it (n_samples; or
    series, title), in drawn order. bands: of a study, what the band can be, in the order of colours.
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
    column: str = "tissue"
    band: str = "organ system"
    about: pd.DataFrame = field(default_factory=pd.DataFrame)
    bands: tuple[str, ...] = ()

    @property
    def colours(self) -> dict[str, str]:
        """Name -> colour of the bands; those of a study keep theirs whatever is clustered."""
        if self.bands:
            return palette.group_colours(self.bands)
        return palette.system_colours(self.systems if any(self.systems) else ())

    @property
    def colour_title(self) -> str:
        """The title of the colour bar, with the clip."""
        return f"z-score, clipped at ±{self.clip:g}"

    @property
    def names(self) -> list[str]:
        """The columns as written: an asterisk where a tissue has few samples."""
        if not groups.has_samples(self.about):
            return self.tissues
        return [f"{name}*" if few else name for name, few in zip(self.tissues, groups.few(self.about), strict=True)]

    @property
    def few_note(self) -> str:
        """What the asterisk means, where one is written."""
        return groups.few_note(self.about).replace(" (paler)", "")

    @property
    def is_crossed(self) -> bool:
        """Whether the columns are groups by two columns of a study; the band is the first."""
        return self.column == "group" and any(self.systems)

    @property
    def is_z_alone(self) -> bool:
        """Whether there are z-scores and no values."""
        return self.unit == Z_ALONE

    @property
    def is_named(self) -> bool:
        """Whether the columns are named in the figure: tissues always, samples when few."""
        return self.column != "sample" or len(self.tissues) <= NAMED_SAMPLES

    def table(self) -> pd.DataFrame:
        """The drawn numbers, long: gene, tissue, system, z, value, and about; in drawn order."""
        count = len(self.genes)

        def repeated(values: Sequence[object]) -> npt.NDArray[np.object_]:
            return np.tile(np.array(values, dtype=object), count)

        band = self.band if self.column == "sample" or self.is_crossed else "system"
        columns = {
            "gene": np.repeat(np.array(self.genes, dtype=object), len(self.tissues)),
            self.column: repeated(self.tissues),
            band: repeated(self.systems),
            "z": self.z.ravel(),
            "value": self.value.ravel(),
        }
        return pd.DataFrame(columns | {name: np.tile(self.about[name].to_numpy(), count) for name in self.about})


@dataclass(frozen=True)
class HeatmapOptions:
    """top: how many tissues, by largest |z|, None for all. clusters: which axes to cluster."""

    top: int | None = None
    cluster_genes: bool = True
    cluster_tissues: bool = True
    linkage: str = "average"
    metric: str = "pearson"
    clip: float = 3.0


def heatmap(table: pd.DataFrame, unit: str, options: HeatmapOptions, column: str = "tissue") -> HeatmapDrawing:
    """From the long profile table to rows and columns in drawn order. column: what a column is."""
    genes, tissues = list(table["gene"].unique()), list(table["tissue"].unique())
    z = table["z"].to_numpy(dtype=float).reshape(len(genes), len(tissues))
    value = table["median"].to_numpy(dtype=float).reshape(len(genes), len(tissues))
    first = table.iloc[: len(tissues)]
    about = _counts(table, tissues)
    found = HeatmapDrawing(
        genes, tissues, list(first["system"]), z, value, options.clip, unit, column=column, about=about
    )
    return _arranged(found, _top_columns(z, options.top), options)


def _counts(table: pd.DataFrame, tissues: list[str]) -> pd.DataFrame:
    """n_samples and n_series of each tissue where known: of the first gene, else of the first gene that has it."""
    names = [name for name in ("n_samples", "n_series", "n_group") if name in table]
    if not names:
        return pd.DataFrame(index=range(len(tissues)))
    return table.groupby("tissue", sort=False)[names].first().reindex(tissues).reset_index(drop=True)


def sample_heatmap(table: pd.DataFrame, unit: str, options: HeatmapOptions, band: str = "tissue") -> HeatmapDrawing:
    """The same for samples as columns. table: long, gene, sample, value, series, title, tissue. band: what tissue is.

    z: against all samples of the table, gene by gene, with the population SD; NaN where a gene does not vary.
    """
    genes, samples = list(table["gene"].unique()), list(table["sample"].unique())
    value = table["value"].to_numpy(dtype=float).reshape(len(genes), len(samples))
    measured = np.ma.masked_invalid(value)
    deviation = np.ma.filled(measured.std(axis=1, keepdims=True), 0.0)
    mean = np.ma.filled(measured.mean(axis=1, keepdims=True), np.nan)
    z = (value - mean) / np.where(deviation > 1e-12, deviation, np.nan)
    first = table.iloc[: len(samples)]
    about = first[["series", "title"]]
    bands = () if band == "tissue" else tuple(dict.fromkeys(first["tissue"]))
    found = HeatmapDrawing(
        genes,
        samples,
        list(first["tissue"]),
        z,
        value,
        options.clip,
        unit,
        column="sample",
        band=band,
        about=about,
        bands=bands,
    )
    return _arranged(found, np.arange(len(samples)), options)


def _arranged(found: HeatmapDrawing, columns: npt.NDArray[np.intp], options: HeatmapOptions) -> HeatmapDrawing:
    """These columns of the drawing, and its rows, in clustered order where that is wanted."""
    z, value = found.z[:, columns], found.value[:, columns]
    rows = api.cluster(z, options.linkage, options.metric) if options.cluster_genes else None
    cols = api.cluster(z.T, options.linkage, options.metric) if options.cluster_tissues else None
    row_order = rows.order if rows else np.arange(len(found.genes))
    column_order = cols.order if cols else np.arange(len(columns))
    drawn = columns[column_order]
    return replace(
        found,
        genes=[found.genes[i] for i in row_order],
        tissues=[found.tissues[i] for i in drawn],
        systems=[found.systems[i] for i in drawn],
        z=z[np.ix_(row_order, column_order)],
        value=value[np.ix_(row_order, column_order)],
        about=found.about.iloc[drawn].reset_index(drop=True),
        row_lines=rows.lines if rows else [],
        column_lines=cols.lines if cols else [],
    )


def _top_columns(z: npt.NDArray[np.float64], top: int | None) -> npt.NDArray[np.intp]:
    """The `top` columns by their largest |z|, kept in the given order."""
    if top is None or top >= z.shape[1]:
        return np.arange(z.shape[1])
    strength = np.max(np.nan_to_num(np.abs(z)), axis=0)
    return np.sort(np.argsort(-strength, kind="stable")[:top])
