"""Opened data sets of STOmics (stomics.io), each a source: genes over the spots of its section, asked one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend import settings, web
from backend.errors import BadInput, NotFound, TooLarge
from backend.genes import Resolution
from backend.model import (
    GROUP_POINT_COLUMNS,
    SPECIES,
    SPOT_COLUMNS,
    Answer,
    GeneInfo,
    Grouping,
    Provenance,
    Species,
    Spots,
    State,
)
from backend.section.spacing import spacing
from backend.sources import stomics_asking, stomics_genes, stomics_shelf
from backend.sources.base import (
    GeneLookup,
    GroupedPoints,
    GroupedProfiles,
    Groupings,
    PairCorrelation,
    ProfilePanel,
    Progress,
    Resolving,
    Source,
    SpotExpression,
    TissueProfile,
)
from backend.sources.stomics_asking import Asked, ask
from backend.sources.stomics_shelf import Opened
from backend.stomics import joined
from backend.stomics.budget import Budget
from backend.stomics.expression import AS_TYPED
from backend.stomics.joined import Joined
from backend.stomics.server import NAME, problem
from backend.study import grouping, partners, profile
from backend.study.grouping import NOT_TOLD, Groups

STORED = "stored"  # the one scale there is
ALL = "all spots"
MOST_VALUES = 20_000_000
MOST_OF_GROUP = 1_000  # spots of a group whose points are drawn
Z_NOTE = "z = (mean of the group − mean of all spots) / SD of all spots; the value drawn is the group's median."


class StomicsSection(
    Source,
    TissueProfile,
    ProfilePanel,
    Groupings,
    GroupedProfiles,
    GroupedPoints,
    PairCorrelation,
    GeneLookup,
    Resolving,
    SpotExpression,
):
    """One opened data set. What genes it has is not told, so any name is asked for."""

    homepage = "https://stomics.io"
    licence = "as its authors say (stomics.io)"
    kind = "live"
    version = "online"

    def __init__(self, found: Opened) -> None:
        self.found = found
        self.name = found.key
        self.title = f"{found.title} (STOmics, {found.accession})"
        self.species = tuple(one for one in SPECIES if one in found.species) or SPECIES
        cite = f" {found.cite}." if found.cite else ""
        self.citation = f"STOmics (stomics.io), data set {found.accession}: {found.title}.{cite} Cite its authors."

    def configured(self) -> str | None:
        """Whether there is a key."""
        return problem()

    def health(self) -> tuple[str, ...]:
        """How the service was when it was asked last."""
        if settings.current().offline:
            return ("The offline switch is on: only what was kept of earlier answers is shown.",)
        why = stomics_asking.trouble(settings.current().stomics.base)
        return (f"{NAME}: did not answer when last asked. {why.message}" if why else f"{NAME}: no trouble known.",)

    def state(self) -> State:
        """In a word."""
        if settings.current().offline:
            return "offline"
        return "not answering" if stomics_asking.trouble(settings.current().stomics.base) else "ready"

    def stamp(self) -> str:
        """Who is asked, how it is, and when this data set was asked anew."""
        chosen = settings.current()
        health = stomics_asking.trouble_stamp(chosen.stomics.base)
        return f"{Budget(chosen.stomics).path.stem}-{int(chosen.offline)}-{self.found.anew}-{self.found.by}-{health}"

    def tissue_profile(self, gene: str, species: Species) -> Answer[pd.DataFrame]:
        """One gene over the groups of spots, highest median first."""
        answer = self.profile_panel([gene], species, None)
        table = answer.value.drop(columns="gene").sort_values("median", ascending=False, na_position="last")
        return Answer(table.reset_index(drop=True), answer.provenance)

    def profile_panel(
        self, genes: Sequence[str], species: Species, on_progress: Progress | None
    ) -> Answer[pd.DataFrame]:
        """Several genes over the groups the service tells; all spots are one group where it tells none."""
        return self._profiles(genes, species, (), on_progress)

    def grouped_profiles(self, genes: Sequence[str], species: Species, by: Sequence[str]) -> Answer[pd.DataFrame]:
        """The same by a grouping of `groupings`. Raises NotFound for another."""
        return self._profiles(genes, species, by, None)

    def _profiles(
        self, genes: Sequence[str], species: Species, by: Sequence[str], on_progress: Progress | None
    ) -> Answer[pd.DataFrame]:
        asked, over = self._ask(genes, species, on_progress)
        groups, how = self._grouped(over, by)
        rows = [profile.profiles([gene], groups, over.row(at)[None, :]) for at, gene in enumerate(over.genes)]
        only = " that are listed" if over.n_told else ""
        told = self._told(
            asked,
            over,
            species,
            Z_NOTE,
            how,
            z_reference=f"all {len(over.spots):,} spots{only} (population SD)",
        )
        return Answer(pd.concat(rows, ignore_index=True), told)

    def groupings(self, species: Species) -> Answer[tuple[Grouping, ...]]:
        """What the spots are grouped by, as the answers until now tell it; nothing before the first. Asks nothing."""
        self.check_species(species)
        known = self.found
        offered = (Grouping(known.by, known.by, known.groups, _how(known.by, known.groups)),) if known.by else ()
        return Answer(offered, self.provenance(species, n=known.n_spots))

    def grouped_points(self, genes: Sequence[str], species: Species, by: Sequence[str]) -> Answer[pd.DataFrame]:
        """The measured spots behind the groups: all, or MOST_OF_GROUP of each at random."""
        asked, over = self._ask(genes, species)
        groups, how = self._grouped(over, by)
        kept = _drawn(groups)
        points = [profile.points([gene], groups, over.row(at)[None, :]) for at, gene in enumerate(over.genes)]
        table = pd.concat([one[kept[one["place"].to_numpy()]] for one in points], ignore_index=True)
        spots = over.spots["spot"].to_numpy(dtype=object)[table.pop("place").to_numpy()]
        table = table.assign(sample=spots, series=self.found.accession, title="")[list(GROUP_POINT_COLUMNS)]
        at_random = f"Of groups of more than {MOST_OF_GROUP:,} spots, {MOST_OF_GROUP:,} were drawn at random."
        return Answer(table, self._told(asked, over, species, how, *(() if kept.all() else (at_random,))))

    def correlations(self, genes: Sequence[str], species: Species) -> Answer[pd.DataFrame]:
        """r of every pair of the genes over the spots listed for both, 4 at least, with their number."""
        asked, over = self._ask(genes, species)
        _check_size(over)
        table = partners.pair_table(over.rows(), over.genes)
        told = self._told(asked, over, species)
        return Answer(table, replace(told, unit="Pearson r", transform=f"over spots, on {told.unit}"))

    def pause(self) -> float:
        """After its 429 with a short Retry-After."""
        return web.resting(urlsplit(settings.current().stomics.base).netloc)

    def spots(
        self, genes: Sequence[str], species: Species, by: str, scale: str, on_progress: Progress | None = None
    ) -> Answer[Spots]:
        """Values as the service tells them. Genes with a summary alone have it in `summaries`, and no value."""
        if scale not in ("", STORED):
            raise BadInput(f"“{scale[:20]}” is no scale of STOmics.", "Its values are shown as they are told.")
        self.check_species(species)
        asked = ask(self.found, genes, on_progress)
        if not asked.found:
            raise next(iter(asked.failed.values()))
        over = joined.join(asked.with_spots)
        _check_size(over)
        groups, how = self._grouped(over, [by] if by else [])
        table = over.spots.assign(group=groups.label() if over.by and groups.by else "")
        told = self._told(asked, over, species, *([how] if len(table) else []))
        value = Spots(
            table=table[list(SPOT_COLUMNS)],
            genes=over.genes,
            values=over.rows() if over.genes else np.empty((0, 0)),
            unit=told.unit,
            spacing=spacing(table[["x", "y"]].to_numpy(dtype=np.float64)),
            by=groups.title if over.by and groups.by else "",
            order=groups.names if over.by and groups.by else (),
            summaries=asked.summaries,
            n_told=over.n_told,
            read_as=", ".join(dict.fromkeys(one.name for one in asked.found.values())),
            annotations=tuple(dict.fromkeys(pair for one in asked.found.values() for pair in one.annotations)),
            n_listed=over.n_listed if over.n_told else (),
        )
        return Answer(value, told)

    def gene(self, symbol: str, species: Species) -> Answer[GeneInfo]:
        """What would be asked for. Raises NotFound for what cannot be a gene's name. Asks nothing."""
        found = self.resolve(symbol, species, 5)
        if found.gene is None:
            raise stomics_genes.not_found(found, self.title)
        same = found.gene.symbol.casefold() == symbol.strip().casefold()
        read = f"“{symbol.strip()}” is read as {found.gene.symbol}"
        note = "" if same else f"{read}; type {symbol.strip()}{AS_TYPED} to ask for it as it is."
        return Answer(found.gene, self.provenance(species, notes=tuple(filter(None, (note,)))))

    def resolve(self, name: str, species: Species, near: int) -> Resolution:
        """What a name is sent as; any that could be one is."""
        del near
        self.check_species(species)
        return stomics_genes.resolve(name, species, known=species in self.found.species)

    def _ask(self, genes: Sequence[str], species: Species, on_progress: Progress | None = None) -> tuple[Asked, Joined]:
        """The genes with their spots. Raises what the first raised when there is none."""
        self.check_species(species)
        asked = ask(self.found, genes, on_progress)
        return asked, joined.join(asked.spots())

    def _grouped(self, over: Joined, by: Sequence[str]) -> tuple[Groups, str]:
        """The spots in groups, and how in words; what they are is remembered for `groupings`."""
        if lacks := [key for key in by if key not in (over.by, self.found.by)]:  # one answer may lack what others tell
            hint = f"There is: {over.by}." if over.by else "Look at all spots as one group."
            raise NotFound(f"STOmics tells no “{lacks[0][:60]}” of these spots.", hint)
        whole = Groups(ALL, (ALL,), np.zeros(len(over.spots), dtype=np.intp))
        if not over.by or over.spots.empty:
            return whole, "STOmics tells no groups of the spots: all of them are one."
        try:
            samples = pd.DataFrame({"sample": over.spots["spot"], over.by: over.spots["group"]})
            groups = grouping.of(samples, [over.by])
        except TooLarge as error:
            if by:
                raise
            return whole, f"{error.message} All spots are one."
        stomics_shelf.learn(self.name, over.by, groups.counts())
        return groups, _how(over.by, groups.counts())

    def _told(self, asked: Asked, over: Joined, species: Species, *notes: str, **more: Any) -> Provenance:
        """As old as the oldest answer, stale when one is."""
        said = stomics_asking.notes(asked.with_spots, over) if asked.with_spots else ()
        lacking = tuple(sentence for sentence in asked.lacking() if over.genes or asked.failed)
        p = self.provenance(
            species,
            unit=stomics_asking.unit(asked.found),
            transform="as STOmics tells it",
            n=len(over.spots) or None,  # statistics alone name no spots
            notes=tuple(filter(None, (*asked.told.notes, *lacking, *notes, *said))),
            **more,
        )
        told = asked.told
        return replace(p, kind=told.kind, fetched_at=told.fetched_at, stale=told.stale, url=told.url)


def _how(by: str, groups: Sequence[tuple[str, int]]) -> str:
    """How groups were made, in a sentence or two."""
    lacking = dict(groups).get(NOT_TOLD, 0)
    many = "1 spot tells none and is" if lacking == 1 else f"{lacking:,} spots tell none and are"
    without = f" {many} the group “{NOT_TOLD}”." if lacking else ""
    return f"Spots are grouped by “{by}”.{without}"


def _check_size(over: Joined) -> None:
    size = len(over.genes) * len(over.spots)
    if size > MOST_VALUES:
        raise TooLarge(f"{size:,} values; the cap is {MOST_VALUES:,}.", "Take fewer genes.")


def _drawn(groups: Groups) -> npt.NDArray[np.bool_]:
    """Which spots are drawn, (s,): at most MOST_OF_GROUP of each group; the same for all genes, and each time."""
    rank = pd.Series(np.random.default_rng(0).permutation(len(groups.member)))
    found: npt.NDArray[np.bool_] = (rank.groupby(groups.member).rank() <= MOST_OF_GROUP).to_numpy()
    return found
