"""The atlas of one file: every question that its index answers, in one place. Numbers are in log2(1+CPM)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.atlas import coexpression, edge, exact, expression, index, own_sample
from backend.atlas.coexpression import Method
from backend.atlas.index import Index, Places
from backend.atlas.neighbours import FILE as NEIGHBOURS
from backend.atlas.neighbours import Neighbours
from backend.model import Choice, Pool

Wanted = Sequence[int] | npt.NDArray[np.integer]


class Atlas:
    """Answers from the index of a file. rows: of genes, places: of samples, both from 0 as in the file.

    layout, genes, samples, libraries, manifest, engine: as the index has them. Every method raises BadAnswer when
    the file or the index is damaged or replaced.
    """

    def __init__(self, found: Index) -> None:
        self.index = found
        self.layout, self.genes, self.samples = found.layout, found.genes, found.samples
        self.libraries, self.manifest, self.engine = found.libraries, found.manifest, found.engine

    def reference(self, pool: Pool) -> str:
        """The population that z is against, in words, with its size."""
        return self.index.reference(pool)

    def pool_size(self, pool: Pool) -> int:
        """Samples with reads in a pool."""
        return self.index.pool_size(pool)

    def profiles(self, rows: Sequence[int], choice: Choice) -> pd.DataFrame:
        """Boxes of genes over tissues and cohorts: expression.profiles."""
        return expression.profiles(self.index, rows, choice)

    def points(self, row: int, tissue: str, pool: Pool, most: int = 2_000) -> pd.DataFrame:
        """The samples behind one bar: expression.points."""
        return expression.points(self.index, row, tissue, pool, most)

    def points_of(self, row: int, places: Places, most: int = 2_000) -> pd.DataFrame:
        """The samples of any group: expression.points_of."""
        return expression.points_of(self.index, row, places, most)

    def counts(self, rows: Wanted, places: Wanted) -> npt.NDArray[np.uint32]:
        """Exact counts (genes, samples)."""
        return exact.counts(self.index, rows, places)

    def values(self, rows: Wanted, places: Wanted) -> npt.NDArray[np.float64]:
        """Exact log2(1+CPM) (genes, samples), NaN in samples without reads."""
        return exact.values(self.index, rows, places)

    def partners(self, row: int, pool_or_places: Pool | Places, method: Method, limit: int) -> pd.DataFrame:
        """Partners of a gene over a pool, or exactly within some samples: coexpression.partners."""
        if isinstance(pool_or_places, str):
            return coexpression.partners(self.index, row, pool_or_places, method, limit)
        return coexpression.partners_within(self.index, row, pool_or_places, method, limit)

    def correlations(self, rows: Sequence[int], pool: Pool) -> pd.DataFrame:
        """r of every pair of a few genes."""
        return coexpression.correlations(self.index, rows, pool)

    def neighbours(self, row: int, limit: int) -> pd.DataFrame:
        """gene, r, n: the strongest partners of either sign over the drawn bulk samples, for networks."""
        partner, r, n = Neighbours(self.index.folder / NEIGHBOURS).of(row)
        genes = [self.index.label(int(place)) for place in partner]
        table = pd.DataFrame({"gene": genes, "r": r.astype(np.float64), "n": n})
        kept = pd.concat([table[table["r"] > 0].head(limit), table[table["r"] < 0].head(limit)])
        return kept.sort_values("r", key=abs, ascending=False, kind="stable").reset_index(drop=True)

    def edge(self, row_a: int, row_b: int, pool: Pool) -> pd.DataFrame:
        """What lies behind one edge: edge.edge."""
        return edge.edge(self.index, row_a, row_b, pool)

    def percentiles(self, rows: Sequence[int], values: npt.NDArray[np.float64], pool: Pool) -> pd.DataFrame:
        """Where a sample stands within each tissue: own_sample.percentiles."""
        return own_sample.percentiles(self.index, rows, values, pool)

    def nearest_tissues(self, rows: Sequence[int], values: npt.NDArray[np.float64], pool: Pool) -> pd.DataFrame:
        """Which tissues a sample resembles: own_sample.nearest_tissues."""
        return own_sample.nearest_tissues(self.index, rows, values, pool)

    def places(self, query: str, pool: Pool) -> Places:
        """The samples of a pool that a search finds; raises NotFound when none does."""
        return expression.cohort(self.index, query, pool)

    def tissue_places(self, tissue: str, pool: Pool) -> Places:
        """The samples of a tissue in a pool."""
        chosen = self.index.inside(pool) & (np.asarray(self.samples.tissue) == self.index.tissue_code(tissue))
        return np.flatnonzero(chosen)


def opened(path: Path) -> Atlas:
    """The atlas of a file. Raises NotConfigured when it has no index, or one of another file."""
    return Atlas(index.opened(path))


def stamp(path: Path) -> str:
    """Changes with the file and its index; for the keys of caches."""
    return index.stamp(path)
