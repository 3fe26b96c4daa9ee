"""One simulated liver sample as a file of counts, to try the page of own samples with."""

from __future__ import annotations

import numpy as np

from backend.model import Species
from backend.sources.hpa_atlas import atlas

TISSUE = "liver"
READS = 20_000_000
NOISE = 0.5  # SD of the natural logarithm


def counts(species: Species, seed: int = 7) -> bytes:
    """A TSV of gene and count: Poisson draws around the liver profile of the Human Protein Atlas.

    For mouse the same profile under the symbols in title case: most genes that two species share are called so.
    """
    data = atlas()
    profile = np.exp2(np.nan_to_num(data.log_tissue[:, list(data.tissues["key"]).index(TISSUE)])) - 1
    random = np.random.default_rng(seed)
    expected = profile * np.exp(random.normal(0, NOISE, len(profile)))
    drawn = random.poisson(READS * expected / expected.sum())
    names = data.labels if species == "human" else [label.capitalize() for label in data.labels]
    rows = "".join(f"{name}\t{count}\n" for name, count in zip(names, drawn, strict=True))
    return f"# SIMULATED from the {TISSUE} profile of the Human Protein Atlas\ngene\tcount\n{rows}".encode()
