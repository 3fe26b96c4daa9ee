"""The one invented matrix, and the signals, that every server of the RNAget double has a part in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

PROJECT, STUDY = "9c0eba51095d3939437e220db196e27b", "f3ba0b59bed0fa2f1030e7cb508324d1"
EXPRESSION, CONTINUOUS = "ac3e9279efd02f1c98de4ed3d335b98e", "5e22e009f41fc53cbea094a41de8798f"
GENES = (
    ("ENSG00000146648.17", "EGFR"),
    ("ENSG00000171862.10", "PTEN"),
    ("ENSG00000000003.14", "TSPAN6"),
    ("ENSG00000000005.5", "TNMD"),
    ("ENSG00000034677.12", "RNF19A"),
    ("ENSG00000039987.6", ""),
)
FILLERS = 134
TISSUES = ("liver", "blood", "skin", "brain")
PER_TISSUE = 6
NOT_MEASURED = (2, 5)  # row, column of the cell without a number
POSITIONS = (*(("chr1", at) for at in range(69)), *(("chr5", at) for at in range(232)))
TRACKS = ("61721_test", "61729_test")


@dataclass(frozen=True)
class World:
    """values: (genes, samples), float32 of three decimals. conditions, tissues: of the samples."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    samples: tuple[str, ...]
    conditions: tuple[str, ...]
    tissues: tuple[str, ...]
    values: np.ndarray

    def cut(self, rows: Sequence[int], columns: Sequence[int]) -> World:
        def chosen(texts: tuple[str, ...], places: Sequence[int]) -> tuple[str, ...]:
            return tuple(texts[place] for place in places)

        return World(
            chosen(self.ids, rows),
            chosen(self.names, rows),
            *(chosen(texts, columns) for texts in (self.samples, self.conditions, self.tissues)),
            self.values[np.ix_(rows, columns)],
        )

    def asked(self, query: dict[str, str], sent_whole: bool = False) -> World:
        """The part a query asks for. Unknown labels are dropped; sent_whole: unknown samples bring all samples."""
        ids, names, samples = (labels(query, f"{what}List") for what in ("featureID", "featureName", "sampleID"))
        rows = [
            row
            for row, (own, name) in enumerate(zip(self.ids, self.names, strict=True))
            if not (ids or names) or own in ids or own.split(".")[0] in ids or (name and name in names)
        ]
        columns = [column for column, name in enumerate(self.samples) if not samples or name in samples]
        whole = sent_whole and not columns
        return self.cut(rows, list(range(len(self.samples))) if whole else columns)


def labels(query: dict[str, str], name: str) -> list[str]:
    """A list of a query, as it stands: joined by commas in one value."""
    return [one.strip() for one in query.get(name, "").split(",") if one.strip()]


@lru_cache(maxsize=1)
def world() -> World:
    """Half of the genes go with one hidden factor, half against it."""
    random = np.random.default_rng(5)
    fillers = [(f"ENSG{9 * 10**10 + number:011d}.1", f"SYN{number}") for number in range(FILLERS)]
    genes = [*GENES, *fillers]
    tissues = [tissue for tissue in TISSUES for _ in range(PER_TISSUE)]
    factor = random.normal(size=len(tissues)) + np.repeat([1.5, 0.5, -0.5, -1.5], PER_TISSUE)
    sign = np.where(np.arange(len(genes)) % 2, -1, 1)[:, None]
    logged = 3 + sign * factor + random.normal(scale=0.4, size=(len(genes), len(tissues)))
    values = np.round(np.exp2(np.maximum(logged, -3)), 3).astype(np.float32)
    values[NOT_MEASURED] = np.nan
    return World(
        tuple(own for own, _ in genes),
        tuple(name for _, name in genes),
        tuple(f"S{number:02d}" for number in range(len(tissues))),
        tuple("tumour" if number % 2 else "normal" for number in range(len(tissues))),
        tuple(tissues),
        values,
    )


@lru_cache(maxsize=1)
def signal() -> np.ndarray:
    """(tracks, positions), float32 of three decimals."""
    random = np.random.default_rng(6)
    return np.round(random.gamma(2, 4, size=(len(TRACKS), len(POSITIONS))), 3).astype(np.float32)
