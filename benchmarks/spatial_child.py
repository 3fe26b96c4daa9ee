"""One way to a gene of a section, in a fresh process: what it takes, cold and warm, and in how much memory.

python benchmarks/spatial_child.py WAY FILE PLACE...    prints one line of JSON
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import h5py
import numpy as np
from measure import anonymous_peak, disk_bytes, evict, peak_bytes, seconds
from scipy import sparse

from backend import section_files
from backend.section import building
from backend.section.store import SectionStore
from backend.section_files import SectionOptions


def whole(path: Path) -> Callable[[int], object]:
    """The peer: the whole matrix by h5py and scipy, then one column of it."""

    def gene(place: int) -> object:
        with h5py.File(path) as file:
            group = file["X"]
            form = sparse.csr_matrix if group.attrs["encoding-type"] == "csr_matrix" else sparse.csc_matrix
            parts = tuple(group[name][:] for name in ("data", "indices", "indptr"))
            return form(parts, shape=tuple(group.attrs["shape"]))[:, [place]].toarray()

    return gene


def direct(path: Path) -> Callable[[int], object]:
    """One gene of the file itself; its outline is known."""
    known = section_files.outline(path)
    return lambda place: section_files.gene(path, known, place)


def copy(path: Path) -> Callable[[int], object]:
    """One gene of the copy, which is open."""
    store = SectionStore(path)
    store.rows([0])
    return lambda place: store.rows([place])


def outline(path: Path) -> Callable[[int], object]:
    """Names of genes and spots, groups and positions."""
    return lambda _: section_files.outline(path)


def built(path: Path) -> Callable[[int], object]:
    """The copy, made anew."""
    return lambda _: building.write(path, path.with_suffix(".copy.h5"), SectionOptions())


WAYS = {"idle": lambda _: lambda _: None, "whole": whole, "direct": direct, "copy": copy, "outline": outline}
WAYS |= {"build": built}


def main(way: str, path: Path, places: list[int]) -> None:
    ask = WAYS[way](path)
    with anonymous_peak() as most:
        evict(path)
        before = disk_bytes()
        cold = seconds(lambda: ask(places[0]))
        read = disk_bytes() - before
        warm = [seconds(lambda place=place: ask(place)) for place in places[1:]]
    told = {"cold": cold, "warm": float(np.median(warm)) if warm else cold, "read": read}
    print(json.dumps(told | {"peak": peak_bytes(), "anonymous": most[0]}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), [int(place) for place in sys.argv[3:]])
