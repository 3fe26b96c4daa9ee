"""A study of 30 samples as a source: metadata with blanks, numbers, warnings, and genes that were not measured.

Numbers come from one seed, so that tests compute what they expect from `values()` and `samples()` by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from backend.study import store
from backend.study.matrix import Matrix

KEY = "rnaget-lab-study"
GENES = (
    "ALB", "APOA1", "INS", "GCG", "UMOD", "NPHS1", "GFAP", "MBP", "CD3E", "CD19", "MYH6", "TNNT2", "KRT5", "SFTPC",
    "LIPF", "PRM1", "TG", "CRYAA", "PLP1", "ACTA1",
)  # fmt: skip
TISSUES = ("Liver", "Kidney", "Brain cortex", "")
WARNING = "Warning: The matrices differ in Normalization Method: TPM, FPKM."
NOTE = "Made for tests."
ABSENT = "UMOD"  # measured in no sample of the liver, 0 in all of the kidney
N = 30


def samples() -> pd.DataFrame:
    """One row a sample, all text as a store keeps it; "" where nothing is told."""
    random = np.random.default_rng(6)
    tissue = [TISSUES[n % 3] if n < 27 else "" for n in range(N)]
    age = [f"{value:.1f}" for value in random.uniform(21, 79, N)]
    return pd.DataFrame(
        {
            "sample": [f"S{n:02d}" for n in range(N)],
            "Sample Name": [f"Donor {n + 1}" for n in range(N)],
            "Tissue": tissue,
            "Sex": ["" if n in (4, 17) else ("female", "male")[n // 3 % 2] for n in range(N)],
            "Age": ["" if n in (2, 9, 23) else age[n] for n in range(N)],
            "Dose (mg)": [("0", "10", "2.5")[n // 6 % 3] for n in range(N)],
            "Cell Type": [("T cell", "B cell", "NaN")[n // 10] for n in range(N)],
        },
        dtype=object,
    )


def values() -> np.ndarray:
    """TPM, float32 (genes, samples), NaN where not measured."""
    random = np.random.default_rng(7)
    about = samples()
    found = random.gamma(2.0, 12.0, (len(GENES), N))
    shared = random.normal(0, 1, N)
    found[1] = 20 * np.exp2(shared)
    found[0] = 25 * np.exp2(0.8 * shared + 0.3 * random.normal(0, 1, N))
    found[:2, about["Tissue"] == "Liver"] *= 30
    absent = GENES.index(ABSENT)
    found[absent, about["Tissue"] == "Liver"] = np.nan
    found[absent, about["Tissue"] == "Kidney"] = 0
    found[8, 5] = np.nan
    return found.astype(np.float32)


def matrix() -> Matrix:
    return Matrix(GENES, GENES, samples(), values(), "TPM", (WARNING, NOTE))


def write(cache: Path, key: str = KEY, made: Matrix | None = None) -> str:
    """Keep it where opened matrices lie; the key of the source."""
    about = {
        "server": "lab",
        "base": "https://lab.example.org",
        "matrix": "study",
        "study": "ST1",
        "spoken": "1.2.0",
        "version": "",
        "title": "Organs of 30 donors",
        "fetched_at": datetime(2026, 11, 20, tzinfo=UTC).isoformat(),
    }
    store.write(cache / "rnaget" / f"{key}.h5", (made or matrix()).checked(), about)
    return key
