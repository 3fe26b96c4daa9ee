"""Compiled correlation of one gene with rows of codes. Not part of the reading, so it runs on every machine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
BINS = 4_096
STRETCH = 1_024  # samples summed in single precision before they go into a double


@njit(nogil=True, cache=True)
def _pearson(rows, centred, inside, n, out):  # type: ignore[no-untyped-def]
    """r of `centred` (0 outside `inside`) with each row; NaN for a row that does not vary."""
    length = 0.0
    for sample in range(len(centred)):
        length += np.float64(centred[sample]) ** 2
    for gene in range(rows.shape[0]):
        row = rows[gene]
        product, total, square = np.float64(0), np.int64(0), np.int64(0)
        for start in range(0, len(row), STRETCH):
            part, first, second = np.float32(0), np.uint32(0), np.uint32(0)
            for sample in range(start, min(start + STRETCH, len(row))):
                code = np.uint32(row[sample]) * inside[sample]
                part += np.float32(code) * centred[sample]
                first += code
                second += code * code
            product += np.float64(part)
            total += np.int64(first)
            square += np.int64(second)
        spread = square - np.float64(total) * total / n
        out[gene] = product / np.sqrt(spread * length) if spread > 0 and length > 0 else np.nan


@njit(nogil=True, cache=True)
def _spearman(rows, centred, inside, n, out):  # type: ignore[no-untyped-def]
    """The same for ranks: `centred` are ranks less their mean; ties share their mean rank."""
    length = 0.0
    for sample in range(len(centred)):
        length += np.float64(centred[sample]) ** 2
    hist, rank = np.empty(256, np.int64), np.empty(256, np.float64)
    for gene in range(rows.shape[0]):
        row = rows[gene]
        hist[:] = 0
        for sample in range(len(row)):
            hist[row[sample]] += inside[sample]
        below, spread = 0, 0.0
        for code in range(256):
            rank[code] = below + (hist[code] - 1) / 2 - (n - 1) / 2
            below += hist[code]
            spread += hist[code] * rank[code] ** 2
        product = 0.0
        for sample in range(len(row)):
            product += rank[row[sample]] * centred[sample]
        out[gene] = product / np.sqrt(spread * length) if spread > 0 and length > 0 else np.nan


@njit(nogil=True, cache=True)
def ends(r, each, out):  # type: ignore[no-untyped-def]
    """Places of the `each` largest, then the `each` smallest, of every row of r in [-1, 1]; in no order among them.

    By counting into narrow bins first, because sorting whole rows takes most of the time of the table.
    """
    hist = np.empty(BINS + 2, np.int64)
    for gene in range(r.shape[0]):
        row = r[gene]
        hist[:] = 0
        for place in range(len(row)):
            hist[_bin(row[place])] += 1
        for side in range(2):
            bin_, reached = (BINS + 1, 0) if side == 0 else (0, 0)
            while reached + hist[bin_] < each:
                reached += hist[bin_]
                bin_ += -1 if side == 0 else 1
            border = np.empty(hist[bin_], np.int64)
            taken, at_border = 0, 0
            for place in range(len(row)):
                found = _bin(row[place])
                if found == bin_:
                    border[at_border] = place
                    at_border += 1
                elif (found > bin_) == (side == 0):
                    out[gene, side * each + taken] = place
                    taken += 1
            order = np.argsort(row[border] if side else -row[border])
            for i in range(each - taken):
                out[gene, side * each + taken + i] = border[order[i]]


@njit(nogil=True, cache=True)
def _bin(value):  # type: ignore[no-untyped-def]
    return min(BINS + 1, max(0, np.int64((value + 1) * (BINS / 2))))


def with_rows(
    one: npt.NDArray[np.uint8], rows: npt.NDArray[np.uint8], inside: npt.NDArray[np.bool_], method: str
) -> Floats:
    """r (rows,) of codes `one` (samples,) with each row of codes (rows, samples), over the samples `inside`.

    method: "pearson" or "spearman". NaN where one of the two does not vary. The codes stand for steps of 0.08 in
    log2(1+CPM), which moves r by at most about 0.01 for genes whose mean is above 1, more for fainter ones.
    """
    found: Floats = np.full(len(rows), np.nan)
    n = int(inside.sum())
    if n < 2:
        return found
    weights = np.where(inside, 1, 0).astype(np.uint32)
    if method == "spearman":
        _spearman(rows, _centred(_ranks(one, inside), inside), weights, n, found)
    else:
        _pearson(rows, _centred(one.astype(np.float64), inside), weights, n, found)
    return np.clip(found, -1.0, 1.0)


def _ranks(one: npt.NDArray[np.uint8], inside: npt.NDArray[np.bool_]) -> Floats:
    counted = np.bincount(one[inside], minlength=256)
    ranks = np.cumsum(counted) - counted + (counted - 1) / 2
    return np.asarray(ranks[one], dtype=np.float64)


def _centred(values: Floats, inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    return np.where(inside, values - values[inside].mean(), 0).astype(np.float32)
