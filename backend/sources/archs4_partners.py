"""Co-expression in a local ARCHS4 file, from its index."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from backend import stats
from backend.errors import NotFound
from backend.model import COEXPRESSION_COLUMNS, EDGE_COLUMNS, EDGE_TISSUE_COLUMNS, Answer, Pool, Provenance, Species
from backend.sources.archs4_source import UNIT, FileSource, noted
from backend.sources.base import (
    ChosenCoexpression,
    ChosenPairs,
    Coexpression,
    EdgeDetail,
    Method,
    Neighbours,
    PairCorrelation,
)

NAMES = {"pearson": "Pearson r", "spearman": "Spearman rho"}
SD = " (population SD)"
SAMPLES_NOTE = "Samples of one study resemble each other, so p and q, where given, only rank."
STEPS_NOTE = (
    "Over a whole pool r is of values in steps of 0.08: within 0.02 of the exact one for genes whose mean is above 1, "
    "less exact for fainter ones. Within a tissue, series or search it is exact."
)


class Partners(FileSource, Coexpression, ChosenCoexpression, PairCorrelation, ChosenPairs, Neighbours, EdgeDetail):
    """r over samples: of a pool, a tissue, a series or a search result."""

    def coexpressed(self, gene: str, species: Species, limit: int, within: str | None) -> Answer[pd.DataFrame]:
        """Pearson over all bulk samples, or within a group."""
        return self.chosen_partners(gene, species, limit, within, "pearson", "bulk")

    def chosen_partners(
        self, gene: str, species: Species, limit: int, within: str | None, method: Method, pool: Pool
    ) -> Answer[pd.DataFrame]:
        """Up to `limit` partners of each sign, strongest first; low marks genes of low expression."""
        row = self.row(gene, species)
        found = self.atlas()
        table = found.partners(row, self.places_within(within, pool) if within else pool, method, limit)
        where = _words(within, found.index.called(pool)) if within else found.reference(pool).removesuffix(SD)
        return Answer(
            _ordered(table, COEXPRESSION_COLUMNS), self._r(species, pool, table, NAMES[method], where, not within)
        )

    def correlations(self, genes: Sequence[str], species: Species) -> Answer[pd.DataFrame]:
        """Pearson of every pair over all bulk samples."""
        return self.chosen_correlations(genes, species, "bulk")

    def chosen_correlations(self, genes: Sequence[str], species: Species, pool: Pool) -> Answer[pd.DataFrame]:
        """Pearson of every pair over a pool."""
        rows = self.rows(tuple(genes), species)
        table = self.atlas().correlations(rows, pool)
        return Answer(
            _ordered(table, EDGE_COLUMNS),
            self._r(species, pool, table, NAMES["pearson"], self.atlas().reference(pool).removesuffix(SD)),
        )

    def neighbours(self, gene: str, species: Species, limit: int, pool: Pool) -> Answer[pd.DataFrame]:
        """The strongest partners from the table made with the index, where that holds the gene and the pool."""
        row = self.row(gene, species)
        found = self.atlas()
        try:
            table = found.neighbours(row, limit) if pool == "bulk" else None
        except NotFound:
            table = None
        if table is None:
            return self.chosen_partners(gene, species, limit, None, "pearson", pool)
        rows = self.rows(tuple(table["gene"]), species)
        means = found.index.statistics.means(found.index.pool_number(pool))[rows, -1]
        p = stats.p_values(table["r"].to_numpy(), table["n"].to_numpy())
        table = table.assign(p=p, q=np.nan, mean_expression=means)
        drawn = int(table["n"].iloc[0]) if len(table) else 0
        table.attrs |= {
            "n": drawn,
            "method": f"Partners and their r: Pearson over {drawn:,} bulk samples, drawn where there are more.",
        }
        answer = _ordered(table, COEXPRESSION_COLUMNS)
        return Answer(answer, self._r(species, pool, table, NAMES["pearson"], found.reference(pool).removesuffix(SD)))

    def edge(self, gene_a: str, gene_b: str, species: Species, pool: Pool) -> Answer[pd.DataFrame]:
        """r of a pair within each tissue, and over all others; attrs: pooled, sentence."""
        first, second = self.row(gene_a, species), self.row(gene_b, species)
        found = self.atlas()
        table = found.edge(first, second, pool)
        answer = _ordered(table, EDGE_TISSUE_COLUMNS)
        answer.attrs.update(table.attrs)
        return Answer(answer, self._r(species, pool, table, NAMES["pearson"], found.reference(pool).removesuffix(SD)))

    def _r(
        self, species: Species, pool: Pool, table: pd.DataFrame, name: str, where: str, pooled: bool = True
    ) -> Provenance:
        n = int(table.attrs["n"])
        drawn = f"{n:,} samples drawn at random from " if pooled and n < self.atlas().pool_size(pool) else ""
        return self.said(
            species,
            pool,
            unit=name,
            transform=f"over samples, on {UNIT}",
            n=n,
            notes=(
                f"Over {drawn}{where}.",
                *noted(table, "method", "note", "sentence"),
                SAMPLES_NOTE,
                *(STEPS_NOTE,) * pooled,
            ),
        )


def _words(within: str, samples: str) -> str:
    """A group of samples in words."""
    kind, _, what = within.partition(":")
    if kind == "query":
        return f"the {samples} that match “{what}”"
    return f"the {samples} of {'the series ' if kind == 'series' else ''}{what}"


def _ordered(table: pd.DataFrame, first: Sequence[str]) -> pd.DataFrame:
    """The table with the promised columns in front."""
    return table[[*first, *(name for name in table.columns if name not in first)]].reset_index(drop=True)
