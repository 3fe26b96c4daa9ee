"""Genes over the tissues of the live ARCHS4: boxes, and z across the tissues of the gene."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pandas as pd

from backend import stats, web
from backend.archs4_live import boxes, legacy, sigpy, v1
from backend.archs4_live.choosing import Way, either
from backend.archs4_live.health import health
from backend.archs4_live.service import Served
from backend.errors import ExpronautError, NotFound
from backend.model import Answer, Kind, Provenance, Species
from backend.sources.archs4_live_genes import LiveGenes
from backend.sources.archs4_live_source import UNIT
from backend.sources.base import CellLines, ProfilePanel, Progress, TissueProfile
from backend.web import Mode

TRANSFORM = "as ARCHS4 serves it; no unit is published"
OWN_Z = "z is computed here, across the medians of the tissues of each gene: ARCHS4 publishes none."
SERVED_Z = "a population the v1 API does not name (z as served)"
EACH = "the tissues that ARCHS4 has for each gene (population SD of medians)"
_PLACES = ("tissue", "system")


class LiveProfiles(LiveGenes, TissueProfile, ProfilePanel, CellLines):
    """One gene, several genes, cell lines."""

    def tissue_profile(self, gene: str, species: Species) -> Answer[pd.DataFrame]:
        """tissue, system, organ, the five numbers of each box, z, and n_samples, n_series where told; highest first.

        From the v1 API only z: its medians are missing. z: population SD over the tissues of this gene.
        """
        info, called = self.spelled(gene, species)
        usual, upper = called, info.symbol.upper()

        def of_sigpy(mode: Mode) -> Served[pd.DataFrame]:
            return either(usual, upper, lambda name: sigpy.tissue_boxes(name, mode))

        def of_legacy(mode: Mode) -> Served[pd.DataFrame]:
            return either(usual.upper(), usual, lambda name: legacy.tissue_boxes(name, species, mode))

        def of_v1(mode: Mode) -> Served[pd.DataFrame]:
            return either(info.symbol, upper, lambda name: v1.zscores(name, species, mode))

        ways = [Way(legacy.php(), of_legacy), Way(v1.service(), of_v1)]
        if species == "human":
            ways.insert(0, Way(sigpy.service(), of_sigpy))
        found = self.first(f"the tissues of {info.symbol}", ways)
        return self._as_served(found, species) if found.dialect == "v1" else self._with_z(found, species)

    def _with_z(self, found: Served[pd.DataFrame], species: Species) -> Answer[pd.DataFrame]:
        table = found.value.assign(z=stats.z_scores(found.value["median"].to_numpy(dtype=float)))
        table = table.sort_values("median", ascending=False, na_position="last").reset_index(drop=True)
        counts = [name for name in ("n_samples", "n_series") if name in table]
        order = [*_PLACES, "organ", *boxes.NUMBERS, "z", *counts]
        told = self.told(
            found,
            species,
            OWN_Z,
            *boxes.notes(found.value, species),
            unit=UNIT,
            transform=TRANSFORM,
            z_reference=f"the {len(table)} tissues of ARCHS4 for the gene (population SD of medians)",
            n=len(table),
        )
        return Answer(table[order], told)

    def _as_served(self, found: Served[pd.DataFrame], species: Species) -> Answer[pd.DataFrame]:
        table = found.value.assign(system="", median=float("nan"))[[*_PLACES, "median", "z"]]
        table = table.sort_values("z", ascending=False, na_position="last").reset_index(drop=True)
        told = self.told(found, species, unit=UNIT, transform="z-scores as served", z_reference=SERVED_Z, n=len(table))
        return Answer(table, told)

    def profile_panel(
        self, genes: Sequence[str], species: Species, on_progress: Progress | None
    ) -> Answer[pd.DataFrame]:
        """Long: gene, then the columns of tissue_profile that all genes have; each gene has every tissue of any.

        Genes that failed are told in the notes. Raises the first error when all failed.
        """

        def ask(gene: str) -> Answer[pd.DataFrame]:
            return self.tissue_profile(gene, species)

        found = web.each(ask, list(dict.fromkeys(genes)), on_progress)
        answers = {gene: one for gene, one in found.items() if isinstance(one, Answer)}
        errors = {gene: one for gene, one in found.items() if isinstance(one, ExpronautError)}
        if errors:
            health.changed()  # what is missing is asked for again next time
        if not answers:
            raise next(iter(errors.values()))
        return _joined(answers, errors)

    def cell_lines(self, gene: str, species: Species) -> Answer[pd.DataFrame]:
        """cell_line, tissue, min, q1, median, q3, max; human only, highest first."""
        if species != "human":
            raise NotFound("ARCHS4 has cell lines of human only.", "Choose human.")
        info, called = self.spelled(gene, species)

        def ask(mode: Mode) -> Served[pd.DataFrame]:
            return either(called.upper(), called, lambda name: legacy.cell_lines(name, mode))

        found = self.first(f"the cell lines of {info.symbol}", [Way(legacy.php(), ask)])
        table = found.value.sort_values("median", ascending=False).reset_index(drop=True)
        return Answer(table, self.told(found, species, unit=UNIT, transform=TRANSFORM, n=len(table)))


def _joined(answers: dict[str, Answer[pd.DataFrame]], errors: dict[str, ExpronautError]) -> Answer[pd.DataFrame]:
    tables = {gene: answer.value for gene, answer in answers.items()}
    first = next(iter(tables.values()))
    columns = [name for name in first.columns if all(name in table for table in tables.values())]
    places = _every_place(tables.values())
    every = pd.MultiIndex.from_product([list(tables), places["tissue"]], names=["gene", "tissue"])
    found = pd.concat(tables, names=["gene"]).droplevel(1).set_index("tissue", append=True)
    table = found.drop(columns="system").reindex(every).reset_index().merge(places, on="tissue")[["gene", *columns]]
    return Answer(table, _of_all(answers, errors, len(places)))


def _every_place(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    places = pd.concat([table[list(_PLACES)] for table in tables], ignore_index=True)
    return places.drop_duplicates("tissue").reset_index(drop=True)


def _of_all(answers: dict[str, Answer[pd.DataFrame]], errors: dict[str, ExpronautError], n: int) -> Provenance:
    """One provenance of many answers: the oldest, stale when any is, with all notes and what differs between them."""
    every = [answer.provenance for answer in answers.values()]
    oldest = min(every, key=lambda p: p.fetched_at)
    versions = Counter(p.version.removeprefix("via ") for p in every)
    notes = [f"Left out: {gene}: {error.message}" for gene, error in errors.items()]
    if len(versions) > 1:
        told = ", ".join(f"{count:,} by {name}" for name, count in versions.items())
        notes.append(f"The genes were answered by different services: {told}. z is within each gene.")
    if stale := sum(p.stale for p in every):
        date = f"{oldest.fetched_at:%d %B %Y, %H:%M} UTC"
        notes.append(f"Stale: {stale:,} of {len(every):,} genes are what ARCHS4 answered earlier, on {date} at first.")
    own = [note for p in every for note in p.notes if not note.startswith(("Stale: ", boxes.SAME))]
    few = {gene: n - len(one.value) for gene, one in answers.items() if len(one.value) < n}
    lacking = [f"{gene} lacks {count} of the {n} tissues." for gene, count in few.items()]
    kind: Kind = "cached" if all(p.kind == "cached" for p in every) else "live"
    version = f"via {' + '.join(versions)}"
    joined = tuple(dict.fromkeys((*notes, *own, *lacking)))
    reference = EACH if few and oldest.z_reference != SERVED_Z else oldest.z_reference
    return replace(oldest, stale=stale > 0, kind=kind, version=version, z_reference=reference, notes=joined, n=n)
