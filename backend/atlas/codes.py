"""log2(1+CPM) in one byte: the codes of the index, and the arithmetic that makes every engine give the same.

A code is log2(1+CPM) * STEPS rounded, so a value is at most HALF_STEP away from what the code stands for; 255
codes reach 20, and log2(1 + 1,000,000) is 19.93. Codes are decided by whole numbers: `thresholds` gives for a
library size the smallest count of each code. log2 is computed by the same sums and products everywhere, because
the libraries' own differ in the last bit. Code 0 is count 0 or a value below half a step.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

STEPS = 12.75  # codes for each doubling
HALF_STEP = 0.5 / STEPS
LARGEST = 255
PER_MILLION = 1e6

Codes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

_CPM_FROM = np.exp2((np.arange(1, LARGEST + 1) - 0.5) / STEPS) - 1.0
_MANTISSA, _ONE = (1 << 52) - 1, 1023 << 52
_ROOT = float(np.sqrt(2.0))
_TO_LOG2 = 2.0 / float(np.log(2.0))
TERMS = tuple(1.0 / k for k in range(21, 0, -2))  # of the series of artanh, last first; the error is below 1e-15


def thresholds(library_size: int) -> npt.NDArray[np.int64]:
    """The smallest count of each code from 1, (255,); for a library of this many reads (at least 1)."""
    least = np.maximum(1, np.ceil(_CPM_FROM * (library_size / PER_MILLION)))
    return np.asarray(least, dtype=np.int64)


def encode(counts: npt.NDArray[np.uint32], library_sizes: npt.NDArray[np.int64]) -> Codes:
    """Codes of counts (genes, samples); a sample without reads has code 0 throughout."""
    found: Codes = np.zeros(counts.shape, dtype=np.uint8)
    for sample, size in enumerate(library_sizes):
        if size > 0:
            found[:, sample] = np.searchsorted(thresholds(int(size)), counts[:, sample], side="right")
    return found


def decode(codes: npt.NDArray[np.integer]) -> Floats:
    """log2(1+CPM) in the middle of each code's range."""
    return np.asarray(codes / STEPS)


def log2(x: Floats) -> Floats:
    """log2 of numbers from 1 on, to 1e-14, by the steps that the compiled engine takes too."""
    bits = np.ascontiguousarray(x).view(np.int64)
    exponent = (bits >> 52) - 1023
    mantissa = ((bits & _MANTISSA) | _ONE).view(np.float64)
    high = mantissa > _ROOT
    mantissa = np.where(high, mantissa * 0.5, mantissa)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    square = s * s
    total = np.full_like(s, TERMS[0])
    for term in TERMS[1:]:
        total = total * square + term
    return np.asarray((exponent + high) + total * s * _TO_LOG2)
