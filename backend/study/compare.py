"""Two versions of a matrix: which samples and features came and went, and which numbers changed.

Samples are the same by name, features by id (the first of an id with the first, and so on). A number changed when it
is another float32, or was measured in one version only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from backend.model_study import Comparison
from backend.study.matrix import Floats
from backend.study.store import Store

MOST_NAMES, MOST_CHANGES = 1_000, 100

Places = npt.NDArray[np.intp]
Change = tuple[float, int, int, float, float]  # size, feature and sample of the first version, before, after


def compare(before: Store, after: Store) -> Comparison:
    """Numbers are read in runs of features of the first version, so memory is bounded. Raises what `Store` raises."""
    samples = _Matched(list(before.head.samples["sample"]), list(after.head.samples["sample"]))
    features = _Matched(before.head.ids, after.head.ids)
    changes = _Changes()
    compared = 0
    if len(samples.first):
        for start, end in before.steps():
            here = slice(*np.searchsorted(features.first, [start, end]))
            first, second = features.first[here], features.second[here]
            if len(first):
                old = before.measured(start, end)[first - start][:, samples.first]
                new = _rows(after, second)[:, samples.second]
                compared += old.size
                changes.add(first, samples.first, old, new)
    names, ids = list(before.head.samples["sample"]), before.head.ids
    return Comparison(
        samples.added[:MOST_NAMES],
        samples.gone[:MOST_NAMES],
        features.added[:MOST_NAMES],
        features.gone[:MOST_NAMES],
        len(samples.added),
        len(samples.gone),
        len(features.added),
        len(features.gone),
        compared,
        changes.count,
        tuple((ids[row], str(names[column]), old, new) for _, row, column, old, new in changes.largest),
    )


class _Matched:
    """Names in two lists. first, second: places of those in both, in the order of the first list."""

    def __init__(self, before: Sequence[str], after: Sequence[str]) -> None:
        place = {key: number for number, key in enumerate(_numbered(after))}
        keys = _numbered(before)
        both = [(number, place[key]) for number, key in enumerate(keys) if key in place]
        self.first, self.second = (np.array([pair[side] for pair in both], dtype=np.intp) for side in (0, 1))
        there = set(keys)
        self.gone = tuple(name for name, number in keys if (name, number) not in place)
        self.added = tuple(name for name, number in place if (name, number) not in there)


def _numbered(names: Sequence[str]) -> list[tuple[str, int]]:
    """Each name with how often it stood before."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        found.append((name, seen[name]))
        seen[name] += 1
    return found


def _rows(store: Store, places: Places) -> Floats:
    """Rows in any order, each run of the file that holds some of them read once."""
    found = np.empty((len(places), len(store.head.samples)), dtype=np.float32)
    order = np.argsort(places, kind="stable")
    for start, end in store.steps():
        here = order[slice(*np.searchsorted(places[order], [start, end]))]
        if len(here):
            low, high = int(places[here].min()), int(places[here].max()) + 1
            found[here] = store.measured(low, high)[places[here] - low]
    return found


@dataclass
class _Changes:
    """count: of all. largest: the largest first; those measured in one version only come after the others."""

    count: int = 0
    largest: list[Change] = field(default_factory=list)

    def add(self, rows: Places, columns: Places, old: Floats, new: Floats) -> None:
        """Numbers of the same features and samples in both versions."""
        gaps = np.isnan(old) & np.isnan(new)
        places = np.flatnonzero((old != new) & ~gaps)
        self.count += len(places)
        before, after = (values.ravel()[places].astype(np.float64) for values in (old, new))
        size = np.abs(after - before)
        size[np.isnan(size)] = -1.0
        top = np.argsort(-size, kind="stable")[:MOST_CHANGES]
        row, column = np.divmod(places[top], len(columns))
        found = zip(size[top], rows[row], columns[column], before[top], after[top], strict=True)
        more = [(float(a), int(b), int(c), float(d), float(e)) for a, b, c, d, e in found]
        self.largest = sorted([*self.largest, *more], key=lambda one: -one[0])[:MOST_CHANGES]
