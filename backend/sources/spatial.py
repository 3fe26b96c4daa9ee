"""A source that is one open section: its spots, genes over groups of them, and co-expression across them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend import section_files
from backend.errors import ExpronautError, NotFound, TooLarge
from backend.model import SPOT_COLUMNS, Answer, Provenance, Species, Spots
from backend.section import partners, scales
from backend.section.partners import Correlated
from backend.section.scales import Scale
from backend.section.spacing import spacing
from backend.sources.base import PartnerPanel, Progress, SpotExpression
from backend.sources.grouped_source import MOST_VALUES, Floats, Places
from backend.sources.held_section import AT_ONCE, HeldSection, keep
from backend.sources.section_shelf import Opened
from backend.study import profile
from backend.study.grouping import Groups

DRAWN, FEWEST_DRAWN = 2_000, 500  # points of a group that are drawn of more, at most; below the second it is refused
KEPT_GENES = 64  # genes whose r with every gene is kept, 0.5 MB each
SEED = 20_261_123


class SpatialSection(HeldSection, PartnerPanel, SpotExpression):
    """One open section."""

    def __init__(self, found: Opened) -> None:
        super().__init__(found)
        self._correlated: dict[tuple[int, bytes], Correlated] = {}

    def profiles_of(self, rows: Sequence[int], groups: Groups) -> pd.DataFrame:
        """Some genes after the other, so that few numbers are in memory at once."""
        self._need_copy()
        parts = [profile.profiles(self.labels_of(few), groups, self.values_of(few)) for few in self._few(rows)]
        return pd.concat(parts, ignore_index=True)

    def points_of(self, rows: Sequence[int], groups: Groups) -> tuple[pd.DataFrame, tuple[str, ...]]:
        """At most DRAWN spots of each group, the same for every gene, drawn at random but the same each time."""
        self._need_copy()
        most = min(DRAWN, MOST_VALUES // max(1, len(rows) * len(groups.names)))
        if most < FEWEST_DRAWN:
            raise TooLarge(
                f"{len(rows):,} genes in {len(groups.names):,} groups are too many points.", "Take fewer genes."
            )
        kept = _drawn(groups, most)
        less = replace(groups, member=groups.member[kept])
        parts = [profile.points(self.labels_of(few), less, self.values_of(few)[:, kept]) for few in self._few(rows)]
        table = pd.concat(parts, ignore_index=True)
        table["place"] = kept[table["place"].to_numpy()]
        if len(kept) == len(groups.member):
            return table, ()
        return table, (f"{most:,} points were drawn at random from each group with more spots.",)

    def partners_of(self, row: int, limit: int, places: Places | None) -> pd.DataFrame:
        """From the stored numbers of the copy; what was computed last is kept."""
        self._need_copy()
        key = row, b"" if places is None else places.tobytes()
        found = self._correlated.get(key)
        if found is None:
            found = partners.with_all(self.store, row, self.table.labels, self._usual_scale, places)
            keep(self._correlated, key, found, KEPT_GENES)
        return found.strongest(row, self.table.labels, limit)

    def partner_panel(
        self, genes: Sequence[str], species: Species, limit: int, on_progress: Progress | None
    ) -> dict[str, Answer[pd.DataFrame] | ExpronautError]:
        """Many genes in one pass over the numbers, which takes little longer than one gene."""
        self._need_copy()
        rows = {name: self.rows_of([name], species)[0] for name in genes}
        kept = {row: self._correlated.get((row, b"")) for row in rows.values()}
        found = {row: self._answer(row, known, species, limit) for row, known in kept.items() if known is not None}
        wanted = [row for row in dict.fromkeys(rows.values()) if row not in found]
        done = 0
        for few in self._few(wanted, AT_ONCE // 2):
            for row, one in partners.panel(self.store, few, self.table.labels, self._usual_scale).items():
                found[row] = self._answer(row, one, species, limit)
                if not isinstance(one, NotFound):
                    keep(self._correlated, (row, b""), one, KEPT_GENES)
            done += len(few)
            if on_progress:
                on_progress(done, len(wanted))
        return {name: found[row] for name, row in rows.items()}

    def _answer(
        self, row: int, one: Correlated | NotFound, species: Species, limit: int
    ) -> Answer[pd.DataFrame] | ExpronautError:
        if isinstance(one, NotFound):
            return one
        table = one.strongest(row, self.table.labels, limit)
        return Answer(table, self.of_r(species, int(table["n"].max()) if len(table) else 0))

    def pairs_of(self, rows: Sequence[int]) -> pd.DataFrame:
        """From the numbers themselves."""
        self._need_copy()
        return partners.pairs(self.store, rows, self.table.labels, self._usual_scale)

    def of_r(self, species: Species, n: int, where: str = "") -> Provenance:
        """With why neither p nor q is told."""
        return super().of_r(species, n, where).noting(partners.NEAR)

    def spots(
        self, genes: Sequence[str], species: Species, by: str, scale: str, on_progress: Progress | None = None
    ) -> Answer[Spots]:
        """Genes over the spots, with where they are and their groups."""
        del on_progress  # at once
        rows = self.rows_of(genes, species)
        values, shown, notes = self._values_of_spots(rows, scale)
        groups = self.grouped([by] if by else ())
        told = self._told
        where = told.positions if told.positions is not None else np.full((len(told.spots), 2), np.nan)
        columns = (told.spots[self.column].to_numpy(dtype=object), where[:, 0], where[:, 1])
        table = pd.DataFrame(dict(zip(SPOT_COLUMNS, (*columns, groups.label() if groups.by else ""), strict=True)))
        order = groups.names if groups.by else ()
        found = Spots(
            table,
            tuple(self.labels_of(rows)),
            values,
            shown.unit,
            self._spacing,
            groups.title if groups.by else "",
            order,
            image=self.found.image,
        )
        facts = self.provenance(
            species,
            unit=shown.unit,
            transform=shown.transform,
            n=len(table),
            notes=(*((groups.how,) if groups.by else ()), *notes, *self.notes),
        )
        return Answer(found, facts)

    @cached_property
    def _spacing(self) -> float | None:
        return spacing(self._told.positions)

    def _values_of_spots(self, rows: Sequence[int], scale: str) -> tuple[Floats, Scale, tuple[str, ...]]:
        """From the copy, or gene by gene from the file, which is said then."""
        self._checked()
        if self.found.complete:
            shown = self._scale(scale)
            return shown.apply(self.store.rows(list(rows))), shown, ()
        if not self.found.direct:
            raise self._not_yet()
        if scale == scales.CP10K:
            raise self._not_yet()
        shown = self._scale(scale)
        read = [section_files.gene(self.found.file, self._outline, row) for row in rows]
        note = "Read directly from the file, as its copy sorted by gene is not complete yet"
        more = ": totals of spots, for log2(CP10K+1), are not known." if scale == "" else "."
        return shown.apply(np.stack(read)), shown, (note + more,)


def _drawn(groups: Groups, most: int) -> npt.NDArray[np.intp]:
    """Places of at most so many spots of each group, ascending."""
    random = np.random.default_rng(SEED)
    order = np.argsort(random.random(len(groups.member)))
    member = groups.member[order]
    by_group = np.argsort(member, kind="stable")
    starts = np.searchsorted(member[by_group], np.arange(len(groups.names)))
    rank = np.arange(len(order)) - starts[member[by_group]]
    return np.sort(order[by_group[rank < most]]).astype(np.intp)
