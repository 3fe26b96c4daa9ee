"""What a source is: a name, its terms of use, and the capabilities it inherits.

Each capability is a Protocol with ONE method. A source inherits those it has, so that
`isinstance(source, TissueProfile)` tells what it can do and mypy checks the signatures.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import pandas as pd

from backend.errors import ExpronautError, NotFound
from backend.genes import Resolution
from backend.model import (
    Answer,
    Choice,
    GeneInfo,
    Grouping,
    Kind,
    Page,
    Pool,
    Provenance,
    Species,
    Spots,
    SpotScale,
    State,
)

Progress = Callable[[int, int], None]  # (done, of)
Method = Literal["pearson", "spearman"]
Form = Literal["tsv", "hdf5"]
MOST_EXPORTED: dict[Form, int] = {"tsv": 5_000, "hdf5": 20_000}  # samples of an export of counts


class Source(ABC):
    """A place that numbers come from. Attributes of the class, or of each file, say what users must know about it.

    held: as in Provenance. address: of the service its data were fetched from, "" for the homepage. fetched: when
    they were, None where each answer has its own time. most_exported: samples of an export of counts, by its form.
    """

    name: str
    title: str
    homepage: str
    licence: str
    citation: str
    species: tuple[Species, ...]
    kind: Kind = "real"
    version: str = ""
    held: str = ""
    address: str = ""
    fetched: datetime | None = None
    most_exported: Mapping[Form, int] = MOST_EXPORTED

    def configured(self) -> str | None:
        """None when the source can be used, else why not and what to set."""
        return None

    def health(self) -> tuple[str, ...]:
        """One sentence for each service behind the source, how it is now; nothing for data of this machine."""
        return ()

    def state(self) -> State:
        """The health of all services behind the source in a word."""
        return "ready"

    def rest(self) -> float:
        """Seconds until a service that failed and is left alone may be asked again; 0 when none is left alone."""
        return 0.0

    def pause(self) -> float:
        """Seconds that whoever asks now waits first, because the service asked for it."""
        return 0.0

    def stamp(self) -> str:
        """Changes whenever answers may change: answers are kept under it."""
        return self.version

    def provenance(
        self,
        species: Species,
        *,
        unit: str = "",
        transform: str = "",
        z_reference: str = "",
        n: int | None = None,
        notes: tuple[str, ...] = (),
    ) -> Provenance:
        """What this source says of itself, with what is special to one answer."""
        return Provenance(
            source=self.name,
            title=self.title,
            species=species,
            version=self.version,
            kind=self.kind,
            licence=self.licence,
            citations=(self.citation,),
            url=self.address or self.homepage,
            unit=unit,
            transform=transform,
            z_reference=z_reference,
            n=n,
            notes=notes,
            held=self.held,
            fetched_at=self.fetched or datetime.now(UTC),
        )

    def check_species(self, species: Species) -> None:
        """Raises NotFound when the source has no data of this species."""
        if species not in self.species:
            raise NotFound(
                f"{self.title} has no {species} data.",
                f"Choose {' or '.join(self.species)}, or another source.",
            )


@runtime_checkable
class TissueProfile(Protocol):
    """One gene over tissues: PROFILE_COLUMNS, one row a tissue."""

    def tissue_profile(self, gene: str, species: Species) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class TissueProfiles(Protocol):
    """Several genes over tissues in one pass: gene, then PROFILE_COLUMNS; long."""

    def tissue_profiles(self, genes: Sequence[str], species: Species) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class ProfilePanel(Protocol):
    """Several genes over tissues, asked for one by one: as TissueProfiles; genes that failed are told in the notes.

    on_progress(done, of) may raise to cancel.
    """

    def profile_panel(
        self, genes: Sequence[str], species: Species, on_progress: Progress | None
    ) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class CohortProfile(Protocol):
    """One gene over cohorts whose units differ from the tissues': COHORT_COLUMNS."""

    def cohort_profile(self, gene: str, species: Species) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class CellLines(Protocol):
    """One gene over cell lines: cell_line, tissue, and PROFILE_BOX_COLUMNS."""

    def cell_lines(self, gene: str, species: Species) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class Expression(Protocol):
    """Long table gene, sample, value; the unit stands in the provenance."""

    def expression(self, genes: Sequence[str], samples: Sequence[str], species: Species) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class WatchedExpression(Protocol):
    """Expression that takes a while: on_progress(percent, 100) is called often and may raise to cancel."""

    def watched_expression(
        self, genes: Sequence[str], samples: Sequence[str], species: Species, on_progress: Progress | None
    ) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class Coexpression(Protocol):
    """Partners of a gene: COEXPRESSION_COLUMNS, strongest |r| first, both signs."""

    def coexpressed(self, gene: str, species: Species, limit: int, within: str | None) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class PartnerPanel(Protocol):
    """Partners of several genes asked for side by side: gene -> as Coexpression over all samples, or its error.

    on_progress(done, of) may raise to cancel.
    """

    def partner_panel(
        self, genes: Sequence[str], species: Species, limit: int, on_progress: Progress | None
    ) -> dict[str, Answer[pd.DataFrame] | ExpronautError]: ...


@runtime_checkable
class PairCorrelation(Protocol):
    """r of every pair among a few genes: EDGE_COLUMNS."""

    def correlations(self, genes: Sequence[str], species: Species) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class GeneLookup(Protocol):
    """A gene by any of its names, as this source knows it."""

    def gene(self, symbol: str, species: Species) -> Answer[GeneInfo]: ...


@runtime_checkable
class Resolving(Protocol):
    """What a name stands for in this source; `near`: how many suggestions to look for on a miss."""

    def resolve(self, name: str, species: Species, near: int) -> Resolution: ...


@runtime_checkable
class GeneList(Protocol):
    """Every gene the source has, as labels in alphabetical order."""

    def genes(self, species: Species) -> tuple[str, ...]: ...


@runtime_checkable
class SampleSearch(Protocol):
    """Samples whose description matches a query: a Page of SAMPLE_COLUMNS with totals and facets."""

    def search_samples(self, query: str, species: Species, offset: int, limit: int) -> Answer[Page]: ...


@runtime_checkable
class ChosenProfiles(Protocol):
    """Several genes over the tissues and cohorts of a choice of samples: gene, then PROFILE_COLUMNS; long."""

    def chosen_profiles(self, genes: Sequence[str], species: Species, choice: Choice) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class TissuePoints(Protocol):
    """The samples behind one box: POINT_COLUMNS; a random draw when there are many, said in the notes."""

    def points(self, gene: str, tissue: str, species: Species, pool: Pool) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class Groupings(Protocol):
    """What the samples can be grouped by, the usual one first."""

    def groupings(self, species: Species) -> Answer[tuple[Grouping, ...]]: ...


@runtime_checkable
class GroupedProfiles(Protocol):
    """Several genes over groups of samples (`by`: keys of groupings, up to two crossed): gene, then PROFILE_COLUMNS."""

    def grouped_profiles(self, genes: Sequence[str], species: Species, by: Sequence[str]) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class GroupedPoints(Protocol):
    """The samples behind such groups, measured ones only, group by group: GROUP_POINT_COLUMNS."""

    def grouped_points(self, genes: Sequence[str], species: Species, by: Sequence[str]) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class SpotExpression(Protocol):
    """Genes over the spots of a section. by: key of a grouping; scale: key of a scale; "" for the usual one."""

    def spots(
        self, genes: Sequence[str], species: Species, by: str, scale: str, on_progress: Progress | None = None
    ) -> Answer[Spots]: ...


@runtime_checkable
class SpotScales(Protocol):
    """The scales that values of spots can be shown on, the usual one first."""

    def spot_scales(self) -> tuple[SpotScale, ...]: ...


@runtime_checkable
class ChosenCoexpression(Protocol):
    """Partners over a pool, or within "tissue:Liver", "series:GSE1" or "query:words": COEXPRESSION_COLUMNS."""

    def chosen_partners(
        self, gene: str, species: Species, limit: int, within: str | None, method: Method, pool: Pool
    ) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class ChosenPairs(Protocol):
    """r of every pair among a few genes over a pool: EDGE_COLUMNS."""

    def chosen_correlations(self, genes: Sequence[str], species: Species, pool: Pool) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class Neighbours(Protocol):
    """Partners from a table made beforehand, for networks: COEXPRESSION_COLUMNS, quickly."""

    def neighbours(self, gene: str, species: Species, limit: int, pool: Pool) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class EdgeDetail(Protocol):
    """One pair tissue by tissue: EDGE_TISSUE_COLUMNS; attrs: pooled (r), sentence (whether one tissue carries it)."""

    def edge(self, gene_a: str, gene_b: str, species: Species, pool: Pool) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class PatternSearch(Protocol):
    """SampleSearch with a regular expression instead of words."""

    def search_pattern(self, query: str, species: Species, offset: int, limit: int) -> Answer[Page]: ...


@runtime_checkable
class AllSamples(Protocol):
    """The first `limit` hits of a search at once, as text, without why each was found: sample, series, title, ..."""

    def all_samples(self, query: str, species: Species, limit: int, regex: bool) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class CountExport(Protocol):
    """The counts of all genes in the samples of a search, written to `target`; its name."""

    def export_counts(
        self, query: str, species: Species, target: Path, form: Form, on_progress: Progress | None
    ) -> Answer[str]: ...


@runtime_checkable
class OwnSample(Protocol):
    """Where a sample of the user's (frame gene, count) stands in each tissue: PERCENTILE_COLUMNS."""

    def percentiles(
        self, counts: pd.DataFrame, genes: Sequence[str], species: Species, pool: Pool
    ) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class NearestTissues(Protocol):
    """The tissues a sample of the user's resembles, nearest first: tissue, system, n, r."""

    def nearest_tissues(self, counts: pd.DataFrame, species: Species, pool: Pool) -> Answer[pd.DataFrame]: ...


@runtime_checkable
class KnownNames(Protocol):
    """What each of very many names is called here, "" for none; labels and Ensembl ids only, quickly."""

    def known_names(self, names: Sequence[str], species: Species) -> tuple[str, ...]: ...


CAPABILITIES: dict[str, type] = {
    "Tissue profile": TissueProfile,
    "Tumour cohorts": CohortProfile,
    "Cell lines": CellLines,
    "Co-expression": Coexpression,
    "Gene lookup": GeneLookup,
    "Sample search": SampleSearch,
    "Sample expression": Expression,
    "Pools and cohorts": ChosenProfiles,
    "Points of a tissue": TissuePoints,
    "Choice of grouping": Groupings,
    "Spatial view": SpotExpression,
    "Co-expression within": ChosenCoexpression,
    "Edge by tissue": EdgeDetail,
    "Pattern search": PatternSearch,
    "Count export": CountExport,
    "Own sample": OwnSample,
    "Nearest tissues": NearestTissues,
}


def capabilities(source: Source) -> tuple[str, ...]:
    """The names of the capabilities a source has, in the order of CAPABILITIES."""
    return tuple(name for name, protocol in CAPABILITIES.items() if isinstance(source, protocol))
