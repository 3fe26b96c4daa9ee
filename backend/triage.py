"""A pasted gene list sorted out: which names can be used as they are, which were mended, which not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

import pandas as pd

from backend import genes
from backend.genes import Resolution
from backend.model import TRIAGE_COLUMNS, Species

STATUSES = ("current", "renamed", "date repaired", "ortholog", "duplicate", "ambiguous", "absent")
USABLE = ("current", "renamed", "date repaired", "ortholog")
# Looking for similar names costs about 20 ms each: enough for every list a person reads through.
SUGGESTED_FOR = 50

Resolve = Callable[[str, int], Resolution]


def triage(entered: Iterable[str], species: Species, resolve: Resolve | None = None) -> pd.DataFrame:
    """One row for each name, in the entered order, columns TRIAGE_COLUMNS.

    status is one of STATUSES; use is True where the name may be drawn. A second name of a gene
    already in the list is a duplicate. The first SUGGESTED_FOR absent names get suggestions.
    resolve: a source's own look-up (name, number of suggestions); default: the name tables.
    """
    look_up = resolve or (lambda name, near: genes.resolve(name, species, near))
    rows: list[tuple[str, str, str, str, bool, str]] = []
    seen: dict[str, str] = {}
    absent = 0
    for name in entered:
        found = look_up(name, 5 if absent < SUGGESTED_FOR else 0)
        absent += found.status == "absent"
        rows.append(_row(_marking_repeat(found, seen)))
    return pd.DataFrame(rows, columns=list(TRIAGE_COLUMNS)).astype({"use": bool})


def _marking_repeat(found: Resolution, seen: dict[str, str]) -> Resolution:
    if found.gene is None:
        return found
    key = found.gene.ensembl or found.gene.symbol
    if key in seen:
        return replace(found, status="duplicate", note=f"the same gene as {seen[key]}")
    seen[key] = found.typed
    return found


def _row(found: Resolution) -> tuple[str, str, str, str, bool, str]:
    symbol = found.gene.symbol if found.gene else ""
    ensembl = found.gene.ensembl if found.gene else ""
    return found.typed, found.status, symbol, ensembl, found.status in USABLE, found.note


def summary(table: pd.DataFrame) -> str:
    """The triage in one line: "24 current, 2 renamed, 1 absent"."""
    counts = Counter(table["status"])
    return ", ".join(f"{counts[status]:,} {status}" for status in STATUSES if counts[status])
