"""Whether a matrix was written the other way round: genes as obs, spots as var."""

from __future__ import annotations

import re
from collections.abc import Sequence

from backend.errors import BadInput
from backend.study.genes import is_ensembl

MOST_LOOKED_AT = 2_000  # names
FEWEST = 3  # genes of those below that are in no list of spots by chance
_BARCODE = re.compile(r"^[ACGTN]{8,}([-_.:].*)?$")
_SYMBOLS = ("Actb", "Gapdh", "B2m", "Malat1", "Rplp0", "Eef1a1", "Tpt1", "Ubc", "Fth1", "Hsp90ab1", "mt-Co1", "mt-Nd1")
_USUAL = {*_SYMBOLS, *(one.upper() for one in _SYMBOLS)}
_HINT = "obs must be spots and var genes: write adata.T in its place."


def check(shape: tuple[int, int], spots: Sequence[str], genes: Sequence[str], told: str) -> None:
    """shape: of the matrix. spots, genes: names in obs and var. Raises BadInput for what does not fit together."""
    if shape != (len(spots), len(genes)):
        message = f"The matrix of {told} has {shape[0]:,} x {shape[1]:,} numbers for {len(spots):,} obs"
        hint = "Write the matrix turned, spots by genes." if shape == (len(genes), len(spots)) else "Write it again."
        raise BadInput(f"{message} and {len(genes):,} var.", hint)
    if (_are_genes(spots) and not _are_genes(genes)) or (_are_barcodes(genes) and not _are_barcodes(spots)):
        raise BadInput(f"{told} has genes as obs and spots as var.", _HINT)


def _are_genes(names: Sequence[str]) -> bool:
    some = _some(names)
    ids = sum(map(is_ensembl, some)) * 2 > len(some)
    return ids or len(_USUAL.intersection(names)) >= FEWEST


def _are_barcodes(names: Sequence[str]) -> bool:
    some = _some(names)
    return sum(_BARCODE.match(one) is not None for one in some) * 2 > len(some)


def _some(names: Sequence[str]) -> Sequence[str]:
    return names[:: max(1, len(names) // MOST_LOOKED_AT)]
