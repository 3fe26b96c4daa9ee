"""The compiled loop over the stored numbers of a section. Plain arrays in, plain arrays out."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

TABLE = 256  # whole numbers below this are looked up
_LOG2 = np.log2(np.arange(TABLE) + 1.0)


@njit(nogil=True, cache=True)
def add_up(first, spots, values, asked, member, factors, log, sums, products):  # type: ignore[no-untyped-def]
    """Sums over the stored numbers of each gene of a run, on a scale.

    first, spots, values: as SectionStore.pieces. asked: (spots, k) of each spot; member: whether a spot counts,
    (spots,). factors: what numbers are multiplied with before log2(x+1), (spots,), or (0,) for nothing; log: whether
    log2(x+1) is taken at all. sums: (genes, 3) sum of x, of x², and how many are missing; products: (genes, k) sums of
    asked x.
    """
    scaled, k = len(factors) > 0, asked.shape[1]
    for gene in range(len(first) - 1):
        total, squares, missing = 0.0, 0.0, 0.0
        for at in range(first[gene], first[gene + 1]):
            spot = spots[at]
            if not member[spot]:
                continue
            x = float(values[at])
            if math.isnan(x):
                missing += 1.0
                continue
            if scaled:
                x = math.log2(x * factors[spot] + 1.0)
            elif log:
                x = _LOG2[int(x)] if 0.0 <= x < TABLE and x == math.floor(x) else math.log2(x + 1.0)
            total += x
            squares += x * x
            for one in range(k):
                products[gene, one] += asked[spot, one] * x
        sums[gene, 0], sums[gene, 1], sums[gene, 2] = total, squares, missing
