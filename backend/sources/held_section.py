"""An open section as it is held: genes, spots, groups, numbers; by its copy sorted by gene or, before, by its file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from backend.errors import ExpronautError, Unavailable
from backend.model import SPECIES, Grouping, Provenance, Species, SpotScale
from backend.section import outlines, scales
from backend.section.scales import Scale
from backend.section.store import SectionHead, SectionStore
from backend.section_files import SectionOutline
from backend.sources import section_shelf
from backend.sources.base import SpotScales
from backend.sources.grouped_source import Floats, GroupedSource, Places
from backend.sources.section_shelf import Opened
from backend.study import grouping
from backend.study.genes import Genes
from backend.study.grouping import Groups

K = TypeVar("K")
V = TypeVar("V")
AT_ONCE = 10_000_000  # numbers of rows that are held at once
KEPT_GROUPINGS = 4
_USUAL = (
    "layer",
    "region",
    "domain",
    "annotation",
    "cell_type",
    "celltype",
    "cell type",
    "cluster",
    "leiden",
    "louvain",
)
_FORMATS = {"h5ad": "https://anndata.readthedocs.io", "gem": "https://stereopy.readthedocs.io"}


class HeldSection(GroupedSource, SpotScales):
    """One open section, without what is computed of it (spatial.py)."""

    column, whole = "spot", "section"
    licence = "as the source of the file says"

    def __init__(self, found: Opened) -> None:
        self.found = found
        self.store = SectionStore(Path(found.copy or found.path))
        self.name, self.kind = found.key, found.kind
        self.title = found.title or found.file.name
        self.species = found.species or SPECIES
        self.homepage = _FORMATS.get(found.form, _FORMATS["gem"])
        when = datetime.fromtimestamp(found.mtime_ns / 1e9, UTC)
        self.version = f"file of {when:%d %B %Y}" + (f", bin {found.in_force}" if found.in_force else "")
        self.held = "local file"  # the version tells of when
        of = f", of STOmics (stomics.io) data set {found.of}" if found.of else ""
        self.citation = f"Spatial file {found.file.name}{of}"
        if found.kind == "simulated":
            self.licence = "simulated, no data"
            self.citation = f"SIMULATED file {found.file.name}; not to be cited as data"
        self._groups: dict[tuple[str, ...], Groups] = {}

    def configured(self) -> str | None:
        """That its file is gone or has changed, or that nothing can be read of it yet."""
        problem = self.found.problem()
        if problem is None and not self.found.complete and not self.found.direct:
            problem = self._not_yet()
        return str(problem) if problem is not None else None

    def stamp(self) -> str:
        """The file, its copy, and how it was opened."""
        return self.found.seen

    def provenance(self, species: Species, **facts: Any) -> Provenance:
        """Without an address: it lies here alone."""
        return replace(super().provenance(species, **facts), url="")

    # What it holds.

    @cached_property
    def _head(self) -> SectionHead:
        return self.store.head

    @cached_property
    def _outline(self) -> SectionOutline:
        return outlines.outline(self.found.file, self.found.options)

    def _checked(self) -> None:
        """Raises what is wrong with the file."""
        problem = self.found.problem()
        if problem is not None:
            raise problem

    def _need_copy(self) -> None:
        """Raises Unavailable, telling how far the copy is, while it is not complete."""
        self._checked()
        if not self.found.complete:
            raise self._not_yet()

    def _not_yet(self) -> ExpronautError:
        far = section_shelf.how_far(self.found.key)
        what = f"The copy of {self.found.file.name} sorted by gene is {far or 'not made yet'}."
        hint = "Single genes can be seen on the Spatial page meanwhile." if self.found.direct else ""
        return Unavailable(what, hint or "Look at the Spatial page, which shows how far it is.")

    @property
    def _told(self) -> SectionHead | SectionOutline:
        """Genes, spots and positions, from the copy or, while there is none, from the file."""
        self._checked()
        if self.found.complete:
            return self._head
        if not self.found.direct:
            raise self._not_yet()
        return self._outline

    @cached_property
    def _genes(self) -> Genes:
        told = self._told
        return Genes(told.ids, told.names, section_shelf.species_among(told.ids, told.names), self.whole)

    @property
    def table(self) -> Genes:
        """The genes of the section."""
        return self._genes

    @property
    def n_columns(self) -> int:
        """Spots."""
        return len(self._told.spots)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader left out or assumed."""
        simulated = ("SIMULATED: made by a program, not measured.",) if self.kind == "simulated" else ()
        return (*simulated, *self._told.notes)

    # Scales.

    @property
    def _counts(self) -> bool:
        return self.found.form != "h5ad" if self.found.counts is None else self.found.counts

    def _scales(self, complete: bool) -> tuple[SpotScale, ...]:
        lowest = -1.0 if self.found.lowest is None else self.found.lowest
        return scales.offered(self._counts, lowest, totals=complete)

    def spot_scales(self) -> tuple[SpotScale, ...]:
        """The usual one first."""
        return self._scales(self.found.complete)

    @cached_property
    def _usual_scale(self) -> Scale:
        return self._scale("")

    def _scale(self, key: str) -> Scale:
        complete = self.found.complete  # asked once: without a copy there are no totals, and no CP10K
        return scales.scale(key, self._scales(complete), self._counts, self._head.totals if complete else None)

    @property
    def unit(self) -> tuple[str, str]:
        """Of the usual scale."""
        return self._usual_scale.unit, self._usual_scale.transform

    # Groups.

    @cached_property
    def _offered(self) -> tuple[Grouping, ...]:
        spots = self._told.spots
        found = grouping.offered(spots, one=self.column)
        usual = {name: place for place, name in enumerate(_USUAL)}
        numbers = (grouping.WIDTH, grouping.SIZE)  # as array_row of Visium: offered, but never before what is named

        def order(one: Grouping) -> int:
            return usual.get(one.key.casefold(), len(usual) + one.key.startswith(numbers))

        return tuple(sorted(found, key=order))

    @property
    def offered(self) -> tuple[Grouping, ...]:
        """Columns of the file that put spots into groups."""
        return self._offered

    def grouped(self, by: Sequence[str]) -> Groups:
        """The spots by columns of the file; the last few ways are kept."""
        key = tuple(by or [one.key for one in self._offered[:1]])
        found = self._groups.get(key)
        if found is None:
            found = grouping.of(self._told.spots, key, self.column)
            keep(self._groups, key, found, KEPT_GROUPINGS)
        return found

    # Numbers.

    def values_of(self, rows: Sequence[int]) -> Floats:
        """Rows of the copy on the usual scale."""
        self._need_copy()
        return self._usual_scale.apply(self.store.rows(list(rows)))

    def about_of(self, places: Places) -> pd.DataFrame:
        """Spots by name; where they are as title."""
        told = self._told
        names = told.spots[self.column].to_numpy(dtype=object)[places]
        where = [""] * len(places)
        if told.positions is not None:
            where = [f"x {x:.6g}, y {y:.6g}" for x, y in told.positions[places]]
        return pd.DataFrame({"sample": names, "series": "", "title": where}, dtype=object)

    def varied(self, most: int) -> tuple[str, ...]:
        """Genes that vary most over the spots; the first ones while there is no copy."""
        labels = self.table.labels
        places = self.found.varied if self.found.complete else ()
        return tuple(labels[place] for place in places[:most] if place < len(labels)) or labels[:most]

    def _few(self, rows: Sequence[int], most: int = AT_ONCE) -> Iterator[list[int]]:
        size = max(1, most // max(1, self.n_columns))
        return (list(rows[start : start + size]) for start in range(0, len(rows), size))


def keep(kept: dict[K, V], key: K, one: V, most: int) -> None:
    """Add one to those that are kept; of too many the first ones go. Several threads may do so at once."""
    for old in list(kept)[: max(0, len(kept) - most + 1)]:
        kept.pop(old, None)
    kept[key] = one
