"""The codes of all samples, as samples.npz holds them (sample_table says what each is), and what can be counted."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backend.atlas.sample_fts import Hits
from backend.atlas.sample_regex import Scanned
from backend.atlas.sample_schema import CODES, POOLS, UNKNOWN, damaged
from backend.errors import NotConfigured

OTHER = "(other)"
MOST = 50  # values of a facet, the rest is OTHER

Ints = npt.NDArray[np.int32]
Texts = npt.NDArray[np.str_]


@dataclass(frozen=True)
class SampleCodes:
    """Arrays (samples,) of codes, -1 where missing, the texts they stand for, and memberships in further series."""

    tissue: npt.NDArray[np.int16]
    single: npt.NDArray[np.bool_]
    tumour: npt.NDArray[np.bool_]
    year: npt.NDArray[np.int16]
    origin: Ints
    instrument: Ints
    library: Ints
    source: Ints
    characteristics: Ints
    series: Ints
    more_place: Ints
    more_series: Ints
    labels: Texts
    systems: Texts
    origins: Texts
    instruments: Texts
    libraries: Texts
    token: str

    @property
    def n(self) -> int:
        return len(self.tissue)

    def n_series(self, hits: Hits) -> int:
        """How many series the samples belong to, samples of several counting for each."""
        seen = np.zeros(self.codes_of_series, np.bool_)
        seen[self.series[hits]] = True  # -1 is the last place, put right below
        seen[-1] = False
        seen[self.more_series[self._marked(hits)[self.more_place]]] = True
        return int(seen.sum())

    @property
    def codes_of_series(self) -> int:
        """One more than there are codes, so that -1 has a place of its own."""
        return int(max(self.series.max(initial=-1), self.more_series.max(initial=-1))) + 2

    def in_series(self, code: int) -> Hits:
        """All samples of a series, ascending."""
        first = np.flatnonzero(self.series == code).astype(np.int32)
        return np.union1d(first, self.more_place[self.more_series == code])

    def having(self, found: Scanned) -> Hits:
        """The samples that have any of the texts found, ascending."""
        mask = self._marked(np.array(found.samples, np.int32))
        for codes in (self.source, self.characteristics):
            mask |= _one_of(codes, found.texts)
        mask |= _one_of(self.series, found.series)
        mask[self.more_place[_one_of(self.more_series, found.series)]] = True
        return np.flatnonzero(mask).astype(np.int32)

    def facet(self, name: str, hits: Hits, named: Callable[[list[int]], list[str]]) -> dict[str, int]:
        """Value -> number of hits, most first; a sample counts for its first series only, so that no count is lost.

        named: the texts of codes. What lies beyond the MOST largest is OTHER, what is missing is UNKNOWN.
        """
        counts = np.bincount(self.of(name)[hits].astype(np.intp) + 1, minlength=1)
        missing, counts = int(counts[0]), counts[1:]
        largest = np.argsort(-counts, kind="stable")[: min(MOST, np.count_nonzero(counts))]
        found: Counter[str] = Counter()
        for text, code in zip(named(largest.tolist()), largest, strict=True):
            found[text] += int(counts[code])
        for text, count in ((OTHER, len(hits) - missing - found.total()), (UNKNOWN, missing)):
            if count:
                found[text] += count
        return dict(found)

    def texts(self, name: str, wanted: npt.NDArray[np.integer]) -> list[str]:
        """The texts of codes of tissue, instrument, pool, year, origin or library_source; "" for -1."""
        if name == "year":
            return [str(year) if year >= 0 else "" for year in wanted.tolist()]
        lists = {"tissue": self.labels, "origin": self.origins, "instrument": self.instruments}
        listed = {**lists, "library_source": self.libraries, "pool": np.array(POOLS)}[name].tolist()
        return [listed[code] if code >= 0 else "" for code in wanted.tolist()]

    def of(self, name: str) -> npt.NDArray[np.integer]:
        """The codes (samples,) of a field that `texts` knows, or of series."""
        if name == "pool":
            return self.single.view(np.int8)
        codes: npt.NDArray[np.integer] = getattr(self, "library" if name == "library_source" else name)
        return codes

    def _marked(self, places: Hits) -> npt.NDArray[np.bool_]:
        mask = np.zeros(self.n, np.bool_)
        mask[places] = True
        return mask


def load(folder: Path) -> SampleCodes:
    """The codes of the table in `folder`. Raises NotConfigured when it has none, BadAnswer when damaged."""
    path = folder / CODES
    if not path.is_file():
        raise NotConfigured(f"The sample table {path.name} is not there.", "Build the index of this file.")
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        codes = SampleCodes(**(arrays | {"token": str(arrays["token"])}))
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise damaged(path) from error
    _check(codes, path)
    return codes


def _check(codes: SampleCodes, path: Path) -> None:
    """Every array has its length, and no code is beyond its list."""
    lists = {"tissue": codes.labels, "origin": codes.origins, "instrument": codes.instruments}
    lists |= {"library": codes.libraries}
    for name in (*lists, "single", "tumour", "year", "source", "characteristics", "series"):
        if getattr(codes, name).shape != (codes.n,):
            raise damaged(path)
    if any(getattr(codes, name).max(initial=-1) >= len(values) for name, values in lists.items()):
        raise damaged(path)
    if len(codes.labels) != len(codes.systems) or codes.more_place.shape != codes.more_series.shape:
        raise damaged(path)
    if codes.more_place.max(initial=-1) >= codes.n:
        raise damaged(path)


def _one_of(codes: Ints, wanted: Sequence[int]) -> npt.NDArray[np.bool_]:
    table = np.zeros(int(max(codes.max(initial=-1), max(wanted, default=-1))) + 2, np.bool_)
    table[list(wanted)] = True
    return np.asarray(table[codes])
